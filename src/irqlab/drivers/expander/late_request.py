"""A GPIO expander that requests its line after its own have a domain, so that unbinding frees it, and its thread, first.

Its suspend is that of ``expander@unlocked-suspend``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.expander.common import expander_irq_chip, probe
from irqlab.drivers.expander.unlocked_suspend import expander_pm_ops
from irqlab.kernel.device import Device, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def expander_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, expander_irq_chip, late_request=True)


driver = Driver("expander@late-request", compatible=("irqlab,gpio-expander",), probe=expander_probe, pm=expander_pm_ops)
