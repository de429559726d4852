"""A GPIO expander whose suspend calls ``disable_irq()`` before it takes the mutex that its interrupt thread takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.expander.common import drvdata, expander_irq_chip, expander_resume, i2c_lock, probe, set_cache_only
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.kernel.irq.manage import disable_irq
from irqlab.kernel.locking import mutex
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def expander_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, expander_irq_chip)


@kernel
def expander_suspend(k: Kernel, dev: Device) -> int:
    chip = drvdata(k, dev)
    disable_irq(k, chip.irq)
    with mutex(k, i2c_lock(k, chip)):
        set_cache_only(chip, True)
    return 0


expander_pm_ops = DevPmOps("expander", suspend=expander_suspend, resume=expander_resume)

driver = Driver("expander@unlocked-suspend", compatible=("irqlab,gpio-expander",), probe=expander_probe, pm=expander_pm_ops)
