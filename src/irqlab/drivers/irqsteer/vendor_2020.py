"""irqsteer with runtime PM and a chip of its own for each instance, whose ``parent_device`` is the controller.

This is how a driver told the core until 5.17; beb0622138cd (v5.18) removed ``parent_device``.
"""

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
    return probe(k, pdev, imx_irqsteer_irq_chip.for_device(k, pdev), False, True)


driver = Driver(
    "irqsteer@vendor-2020",
    compatible=("fsl,imx-irqsteer",),
    probe=imx_irqsteer_probe,
    remove=imx_irqsteer_remove,
    needs=("parent-device",),
    pm=imx_irqsteer_pm_ops,
    takes=takes(Parts(imx_irqsteer_irq_chip, parent_device=True)),
)
