"""irqsteer whose resume starts the clock and does not write the masks that the power domain has lost."""

from irqlab.drivers.irqsteer import mainline_2020
from irqlab.drivers.irqsteer.common import imx_irqsteer_suspend
from irqlab.kernel.clk import clk_prepare_enable
from irqlab.kernel.device import DevPmOps, Driver, dev_get_drvdata
from irqlab.state import kernel


@kernel
def resume_without_masks(k, dev):
    return clk_prepare_enable(k, dev_get_drvdata(k, dev).ipg_clk)


pm = DevPmOps("irqsteer@forgets-masks", suspend_noirq=imx_irqsteer_suspend, resume_noirq=resume_without_masks)
like = mainline_2020.driver
driver = Driver("irqsteer@forgets-masks", like.compatible, like.probe, like.remove, pm=pm)
