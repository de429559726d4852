"""irqsteer as in v6.11 (33b1c47d1fc0; also in 6.1.103 and later): the bus lock resumes the controller.

``irq_bus_lock`` was made for chips behind slow buses.  Here it makes every management call of the core, and arm64's
mask loop, find the chip powered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.irqsteer.common import (
    imx_irqsteer_irq_bus_lock,
    imx_irqsteer_irq_bus_sync_unlock,
    imx_irqsteer_irq_mask,
    imx_irqsteer_irq_unmask,
    imx_irqsteer_pm_ops,
    imx_irqsteer_remove,
    probe,
)
from irqlab.drivers.irqsteer.given import Parts, takes
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.irq.desc import IrqChip
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


imx_irqsteer_irq_chip = IrqChip(
    "irqsteer",
    irq_mask=imx_irqsteer_irq_mask,
    irq_unmask=imx_irqsteer_irq_unmask,
    irq_bus_lock=imx_irqsteer_irq_bus_lock,
    irq_bus_sync_unlock=imx_irqsteer_irq_bus_sync_unlock,
)


@kernel
def imx_irqsteer_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, imx_irqsteer_irq_chip, True, True)


driver = Driver(
    "irqsteer@6.11",
    compatible=("fsl,imx-irqsteer",),
    probe=imx_irqsteer_probe,
    remove=imx_irqsteer_remove,
    needs=("domain-pm-device",),
    pm=imx_irqsteer_pm_ops,
    takes=takes(Parts(imx_irqsteer_irq_chip, pm_device=True)),
)
