"""irqsteer as in v5.19 to v6.10: runtime PM, and ``irq_domain_set_pm_device()`` tells the core."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.irqsteer.common import (
    imx_irqsteer_irq_chip,
    imx_irqsteer_pm_ops,
    imx_irqsteer_remove,
    probe,
)
from irqlab.drivers.irqsteer.given import Parts, takes
from irqlab.kernel.device import Device, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def imx_irqsteer_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, imx_irqsteer_irq_chip, True, True)


driver = Driver(
    "irqsteer@5.19",
    compatible=("fsl,imx-irqsteer",),
    probe=imx_irqsteer_probe,
    remove=imx_irqsteer_remove,
    needs=("domain-pm-device",),
    pm=imx_irqsteer_pm_ops,
    takes=takes(Parts(imx_irqsteer_irq_chip, pm_device=True)),
)
