"""A GPIO bank that restores MASK from what its callbacks noted, under their lock: belief and register agree.

No runtime PM; the clock runs from probe on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.gpio_bank.common import (
    drvdata,
    gpio_bank_irq_chip,
    gpio_bank_remove_always_on,
    probe,
    restore_cached,
)
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def gpio_bank_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, gpio_bank_irq_chip, False, False)


@kernel
def gpio_bank_resume(k: Kernel, dev: Device) -> int:
    restore_cached(k, drvdata(k, dev))
    return 0


driver = Driver(
    "gpio-bank@cached-masks",
    compatible=("irqlab,gpio-bank",),
    probe=gpio_bank_probe,
    remove=gpio_bank_remove_always_on,
    pm=DevPmOps("gpio-bank@cached-masks", resume=gpio_bank_resume),
)
