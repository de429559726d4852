"""A GPIO bank with runtime PM, a PM device, and a bus lock that resumes it, as ``gpio-omap``; masked for system sleep.

So whatever the core does from process context, and arm64's mask loop, finds the bank powered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.gpio_bank.common import CALLBACKS, bank_of, device_of, gpio_bank_pm_ops, gpio_bank_remove, probe
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.irq.flags import IRQCHIP_IMMUTABLE, IRQCHIP_MASK_ON_SUSPEND
from irqlab.kernel.pm.runtime import pm_runtime_get_sync, pm_runtime_put
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def gpio_bank_irq_bus_lock(k: Kernel, d: IrqData) -> None:
    pm_runtime_get_sync(k, device_of(bank_of(k, d)))


@kernel
def gpio_bank_irq_bus_sync_unlock(k: Kernel, d: IrqData) -> None:
    pm_runtime_put(k, device_of(bank_of(k, d)))


gpio_bank_irq_chip = IrqChip(
    "gpio-bank",
    flags=IRQCHIP_IMMUTABLE | IRQCHIP_MASK_ON_SUSPEND,
    irq_bus_lock=gpio_bank_irq_bus_lock,
    irq_bus_sync_unlock=gpio_bank_irq_bus_sync_unlock,
    **CALLBACKS,
)


@kernel
def gpio_bank_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, gpio_bank_irq_chip, True, True)


driver = Driver(
    "gpio-bank@bus-lock",
    compatible=("irqlab,gpio-bank",),
    probe=gpio_bank_probe,
    remove=gpio_bank_remove,
    needs=("domain-pm-device",),
    pm=gpio_bank_pm_ops,
)
