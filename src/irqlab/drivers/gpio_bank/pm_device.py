"""A GPIO bank with runtime PM whose domain has a PM device, as ``gpio-mxc`` and ``gpio-rcar``: up while a line is requested.

What the core does without a reference is not covered: mapping a line (its handler is ``handle_bad_irq`` as in gpio-omap,
where those two have ``handle_level_irq``, so ``irq_ack`` is called), ``irq_set_irq_type()`` before the request, and the mask
loop of kexec.
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
    return probe(k, pdev, gpio_bank_irq_chip, True, True)


driver = Driver(
    "gpio-bank@pm-device",
    compatible=("irqlab,gpio-bank",),
    probe=gpio_bank_probe,
    remove=gpio_bank_remove,
    needs=("domain-pm-device",),
    pm=gpio_bank_pm_ops,
)
