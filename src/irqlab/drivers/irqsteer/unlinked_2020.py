"""irqsteer as in the vendor tree the thread is about: runtime PM, and nothing tells the core which device it is.

``request_irq()`` calls ``irq_chip_pm_get()``, which finds no device to take a reference on.
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
    return probe(k, pdev, imx_irqsteer_irq_chip, False, True)


driver = Driver(
    "irqsteer@unlinked-2020",
    compatible=("fsl,imx-irqsteer",),
    probe=imx_irqsteer_probe,
    remove=imx_irqsteer_remove,
    pm=imx_irqsteer_pm_ops,
    takes=takes(Parts(imx_irqsteer_irq_chip)),
)
