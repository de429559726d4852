"""irqsteer whose irq_mask takes a lock and does not release it where nothing is left to do."""

from irqlab.drivers.irqsteer import mainline_2020
from irqlab.drivers.irqsteer.common import imx_irqsteer_irq_mask, imx_irqsteer_irq_unmask, probe
from irqlab.kernel.device import Driver
from irqlab.kernel.irq.desc import IrqChip
from irqlab.kernel.locking import RawSpinLock, spin_lock, spin_unlock
from irqlab.state import kernel


@kernel
def mask_and_return(k, d):
    lock = k.lock(RawSpinLock, "irqsteer statistics lock")
    spin_lock(k, lock)
    imx_irqsteer_irq_mask(k, d)
    if d.disabled:
        return
    spin_unlock(k, lock)


chip = IrqChip("irqsteer", irq_mask=mask_and_return, irq_unmask=imx_irqsteer_irq_unmask)


@kernel
def imx_irqsteer_probe(k, pdev):
    return probe(k, pdev, chip, pm_device=False, runtime_pm=False)


like = mainline_2020.driver
driver = Driver("irqsteer@keeps-its-lock", like.compatible, imx_irqsteer_probe, like.remove, pm=like.pm)
