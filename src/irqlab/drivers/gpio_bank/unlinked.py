"""A GPIO bank with runtime PM of which the core knows nothing: no PM device, no bus lock.

``request_irq()`` calls ``irq_chip_pm_get()``, which finds no device to take a reference on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.gpio_bank.common import gpio_bank_irq_chip, gpio_bank_pm_ops, gpio_bank_remove, probe
from irqlab.kernel.device import Device, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def gpio_bank_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, gpio_bank_irq_chip, False, True)


driver = Driver(
    "gpio-bank@unlinked",
    compatible=("irqlab,gpio-bank",),
    probe=gpio_bank_probe,
    remove=gpio_bank_remove,
    pm=gpio_bank_pm_ops,
)
