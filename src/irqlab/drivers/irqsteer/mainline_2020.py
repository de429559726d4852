"""irqsteer as in v5.8: no runtime PM.  The clock runs from probe on, but for the noirq phase of system sleep."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.irqsteer.common import (
    imx_irqsteer_irq_chip,
    imx_irqsteer_remove,
    imx_irqsteer_resume,
    imx_irqsteer_suspend,
    probe,
)
from irqlab.drivers.irqsteer.given import Parts, takes
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def imx_irqsteer_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, imx_irqsteer_irq_chip, False, False)


driver = Driver(
    "irqsteer@mainline-2020",
    compatible=("fsl,imx-irqsteer",),
    probe=imx_irqsteer_probe,
    remove=imx_irqsteer_remove,
    pm=DevPmOps("irqsteer@mainline-2020", suspend_noirq=imx_irqsteer_suspend, resume_noirq=imx_irqsteer_resume),
    takes=takes(Parts(imx_irqsteer_irq_chip, runtime_pm=False)),
)
