"""irqsteer whose resume enables its output line, which nothing had disabled."""

from irqlab.drivers.irqsteer import mainline_2020
from irqlab.drivers.irqsteer.common import imx_irqsteer_resume, imx_irqsteer_suspend
from irqlab.kernel.device import DevPmOps, Driver, dev_get_drvdata
from irqlab.kernel.irq.manage import enable_irq
from irqlab.state import kernel


@kernel
def resume_and_enable(k, dev):
    for irq in dev_get_drvdata(k, dev).irq:
        enable_irq(k, irq)
    return 0


pm = DevPmOps(
    "irqsteer@enables-on-resume",
    suspend_noirq=imx_irqsteer_suspend,
    resume_noirq=imx_irqsteer_resume,
    resume=resume_and_enable,
)
like = mainline_2020.driver
driver = Driver("irqsteer@enables-on-resume", like.compatible, like.probe, like.remove, pm=pm)
