"""A GPIO expander whose ``irq_mask`` and ``irq_unmask`` write over the bus at once, under ``desc->lock``: they sleep there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.expander.common import (
    CALLBACKS,
    chip_data,
    expander_irq_mask,
    expander_irq_unmask,
    expander_pm_ops,
    probe,
    write_mask,
)
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.irq.flags import IRQCHIP_IMMUTABLE
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def mask_at_once(k: Kernel, d: IrqData) -> None:
    expander_irq_mask(k, d)
    write_mask(k, chip_data(k, d))


@kernel
def unmask_at_once(k: Kernel, d: IrqData) -> None:
    expander_irq_unmask(k, d)
    write_mask(k, chip_data(k, d))


expander_irq_chip = IrqChip(
    "expander", flags=IRQCHIP_IMMUTABLE, **{**CALLBACKS, "irq_mask": mask_at_once, "irq_unmask": unmask_at_once}
)


@kernel
def expander_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, expander_irq_chip)


driver = Driver("expander@writes-in-mask", compatible=("irqlab,gpio-expander",), probe=expander_probe, pm=expander_pm_ops)
