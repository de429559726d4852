"""irqsteer whose irq_mask takes a spinlock_t: under the raw desc->lock, where PREEMPT_RT may not sleep."""

from irqlab.drivers.irqsteer import mainline_2020
from irqlab.drivers.irqsteer.common import imx_irqsteer_irq_mask, imx_irqsteer_irq_unmask, probe
from irqlab.kernel.device import Driver
from irqlab.kernel.irq.desc import IrqChip
from irqlab.kernel.locking import SpinLock, irqsave
from irqlab.state import kernel


@kernel
def mask_under_spinlock(k, d):
    with irqsave(k, k.lock(SpinLock, "irqsteer statistics lock")):
        imx_irqsteer_irq_mask(k, d)


chip = IrqChip("irqsteer", irq_mask=mask_under_spinlock, irq_unmask=imx_irqsteer_irq_unmask)


@kernel
def imx_irqsteer_probe(k, pdev):
    return probe(k, pdev, chip, pm_device=False, runtime_pm=False)


like = mainline_2020.driver
driver = Driver("irqsteer@spinlock-in-mask", like.compatible, imx_irqsteer_probe, like.remove, pm=like.pm)
