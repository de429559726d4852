"""A GPIO expander as ``gpio-pca953x`` of 6.12.117 drives it: masks cached, written when the bus lock is dropped.

Its suspend calls ``disable_irq()`` with the mutex its own interrupt thread takes, and unbinding frees its lines before it
has waited for that thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.expander.common import expander_irq_chip, expander_pm_ops, probe
from irqlab.kernel.device import Device, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def expander_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, expander_irq_chip)


driver = Driver("expander@6.12", compatible=("irqlab,gpio-expander",), probe=expander_probe, pm=expander_pm_ops)
