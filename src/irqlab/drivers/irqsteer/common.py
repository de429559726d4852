"""What every irqsteer driver has in common, after ``drivers/irqchip/irq-imx-irqsteer.c``.

The versions beside this file differ in what they tell the core about power, and read like the driver they stand for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware import Block
from irqlab.kernel.clk import clk_disable_unprepare, clk_prepare_enable
from irqlab.kernel.device import Device, DevPmOps, dev_get_drvdata, dev_set_drvdata, devm_add_action
from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, chip_of
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_domain_add_linear, irq_domain_remove, irq_domain_set_pm_device
from irqlab.kernel.irq.flow import chained_irq_enter, chained_irq_exit, handle_level_irq
from irqlab.kernel.irq.mapping import generic_handle_domain_irq
from irqlab.kernel.irq.setup import (
    irq_set_chained_handler_and_data,
    irq_set_chip_and_handler,
    irq_set_chip_data,
    irq_set_status_level,
)
from irqlab.kernel.irq.translate import irq_domain_xlate_onecell
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.of.device import clk_name, irq_of_parse_and_map, property_u32, regs
from irqlab.kernel.pm.runtime import (
    pm_runtime_enable,
    pm_runtime_force_resume,
    pm_runtime_force_suspend,
    pm_runtime_get_noresume,
    pm_runtime_get_sync,
    pm_runtime_put_autosuspend,
    pm_runtime_put_noidle,
    pm_runtime_set_active,
)
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

CHANCTRL = 0x0


class IrqsteerData(Record):
    """``struct irqsteer_data``.  Key: the device's name."""

    dev: Device
    #: The chip of this instance's interrupts.
    chip: IrqChip
    ipg_clk: str
    channel: int
    reg_num: int
    irq: tuple[int, ...] = ()
    domain: IrqDomain | None = None
    saved_reg: tuple[int, ...] = ()


@atomic
def _regs(k: Kernel, data: IrqsteerData) -> Block:
    return regs(k, data.dev)


@atomic
def _chanmask(k: Kernel, data: IrqsteerData, hwirq: int) -> int:
    """``CHANMASK(imx_irqsteer_get_reg_index(data, hwirq), data->reg_num)``: the highest interrupts come first."""
    return 4 + 4 * (data.reg_num - hwirq // 32 - 1)


def _lock(k: Kernel, data: IrqsteerData) -> RawSpinLock:
    lock = k.lock(RawSpinLock, f"irqsteer {data.key[0]} lock")
    assert isinstance(lock, RawSpinLock)
    return lock


@atomic
def data_of(k: Kernel, d: IrqData) -> IrqsteerData:
    """``d->chip_data``."""
    return k.deref(d.chip_data, IrqsteerData, "d->chip_data")


@atomic
def bit(d: IrqData) -> int:
    """``BIT(d->hwirq % 32)``."""
    return 1 << d.hwirq % 32


@atomic
def device_of(data: IrqsteerData) -> Device:
    """``data->dev``."""
    return data.dev


@kernel
def imx_irqsteer_irq_unmask(k: Kernel, d: IrqData) -> None:
    data = data_of(k, d)
    reg = _chanmask(k, data, d.hwirq)
    with irqsave(k, _lock(k, data)):
        val = readl(k, _regs(k, data), reg)
        val |= bit(d)
        writel(k, _regs(k, data), reg, val)


@kernel
def imx_irqsteer_irq_mask(k: Kernel, d: IrqData) -> None:
    data = data_of(k, d)
    reg = _chanmask(k, data, d.hwirq)
    with irqsave(k, _lock(k, data)):
        val = readl(k, _regs(k, data), reg)
        val &= ~bit(d)
        writel(k, _regs(k, data), reg, val)


@kernel
def imx_irqsteer_irq_bus_lock(k: Kernel, d: IrqData) -> None:
    """Since 6.11 (33b1c47d1fc0)."""
    pm_runtime_get_sync(k, device_of(data_of(k, d)))


@kernel
def imx_irqsteer_irq_bus_sync_unlock(k: Kernel, d: IrqData) -> None:
    pm_runtime_put_autosuspend(k, device_of(data_of(k, d)))


imx_irqsteer_irq_chip = IrqChip("irqsteer", irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask)


@kernel
def imx_irqsteer_irq_map(k: Kernel, h: IrqDomain, irq: int, hwirq: int) -> int:
    data = k.deref(h.host_data, IrqsteerData, "h->host_data")
    irq_set_status_level(k, irq)
    irq_set_chip_data(k, irq, data)
    irq_set_chip_and_handler(k, irq, data.chip, handle_level_irq)
    return 0


imx_irqsteer_domain_ops = IrqDomainOps("irqsteer", map=imx_irqsteer_irq_map, xlate=irq_domain_xlate_onecell)


@atomic
def _chanstatus(data: IrqsteerData, desc: IrqDesc, half: int) -> tuple[int, int]:
    """The first hardware number of one status word of this output, and the word's offset; (-1, 0) past the end."""
    hwirq = data.irq.index(desc.irq) * 64 + 32 * half
    if hwirq >= data.reg_num * 32:
        return -1, 0
    return hwirq, 4 + 4 * (2 * data.reg_num + data.reg_num - hwirq // 32 - 1)


@atomic
def _handler_data(k: Kernel, desc: IrqDesc) -> IrqsteerData:
    return k.deref(desc.handler_data, IrqsteerData, "handler_data")


@atomic
def _domain(k: Kernel, data: IrqsteerData) -> IrqDomain:
    return k.deref(data.domain, IrqDomain, "data->domain")


@kernel
def imx_irqsteer_irq_handler(k: Kernel, desc: IrqDesc) -> None:
    data = _handler_data(k, desc)
    chained_irq_enter(k, chip_of(desc), desc)
    for half in range(2):
        hwirq, reg = _chanstatus(data, desc, half)
        if hwirq < 0:
            break
        irqmap = readl(k, _regs(k, data), reg)
        for pos in range(32):
            if irqmap >> pos & 1:
                generic_handle_domain_irq(k, _domain(k, data), pos + hwirq)
    chained_irq_exit(k, chip_of(desc), desc)


# -- probe and remove ------------------------------------------------------------------------------------------


def probe(k: Kernel, pdev: Device, chip: IrqChip, pm_device: bool, runtime_pm: bool, stays_on: bool = False) -> int:
    """The body of ``imx_irqsteer_probe()``; a part of it, so no traced call of its own.

    ``pm_device`` since 5.19, ``runtime_pm`` in the versions that have it;
    ``stays_on``, a reference that is never given back, in none.

    It writes CHANCTRL only: CHANMASK keeps what an earlier kernel left.
    """
    ipg_clk = clk_name(k, pdev, "ipg")
    if not ipg_clk:
        return -EINVAL
    num_irqs = property_u32(k, pdev, "fsl,num-irqs")
    channel = property_u32(k, pdev, "fsl,channel")
    if k.fails("devm_kzalloc"):
        return -ENOMEM
    data = _alloc(k, pdev, chip, ipg_clk, channel, num_irqs // 32)
    ret = clk_prepare_enable(k, ipg_clk)
    if ret:
        return ret
    writel(k, regs(k, pdev), CHANCTRL, 1 << channel)
    domain = irq_domain_add_linear(k, str(pdev.key[0]), num_irqs, imx_irqsteer_domain_ops, data)
    if domain is None:
        clk_disable_unprepare(k, ipg_clk)
        return -ENOMEM
    data.domain = domain
    if pm_device:
        irq_domain_set_pm_device(k, domain, pdev)
    for index in range(-(-num_irqs // 64)):
        irq = irq_of_parse_and_map(k, pdev, index)
        if not irq:
            clk_disable_unprepare(k, ipg_clk)
            return -EINVAL
        _add_irq(data, irq)
        irq_set_chained_handler_and_data(k, irq, imx_irqsteer_irq_handler, data)
    dev_set_drvdata(k, pdev, data)
    if runtime_pm:
        pm_runtime_set_active(k, pdev)
        if stays_on:
            pm_runtime_get_noresume(k, pdev)
        pm_runtime_enable(k, pdev)
    return 0


@atomic
def _alloc(k: Kernel, pdev: Device, chip: IrqChip, ipg_clk: str, channel: int, reg_num: int) -> IrqsteerData:
    name = str(pdev.key[0])
    saved = (0,) * reg_num  # a resume that no suspend came before writes zeros
    data = k.world.new(
        IrqsteerData, name, dev=pdev, chip=chip, ipg_clk=ipg_clk, channel=channel, reg_num=reg_num, saved_reg=saved
    )
    devm_add_action(k, pdev, _kfree, data)
    return data


@atomic
def _kfree(k: Kernel, data: IrqsteerData) -> None:
    k.world.drop(data)


@atomic
def _add_irq(data: IrqsteerData, irq: int) -> None:
    data.irq = (*data.irq, irq)


@kernel
def imx_irqsteer_remove(k: Kernel, pdev: Device) -> int:
    """``imx_irqsteer_remove()``: the clock is given back *whatever runtime PM has done with it*."""
    data = _drvdata(k, pdev)
    for irq in data.irq:
        irq_set_chained_handler_and_data(k, irq, None, None)
    irq_domain_remove(k, _domain(k, data))
    clk_disable_unprepare(k, data.ipg_clk)
    return 0


@kernel
def imx_irqsteer_remove_stays_on(k: Kernel, pdev: Device) -> int:
    """``imx_irqsteer_remove()`` where probe took a reference for good."""
    imx_irqsteer_remove(k, pdev)
    pm_runtime_put_noidle(k, pdev)
    return 0


@kernel
def imx_irqsteer_shutdown(k: Kernel, pdev: Device) -> None:
    """No version has it: every line is masked in the hardware before the next kernel starts."""
    data = _drvdata(k, pdev)
    pm_runtime_get_sync(k, pdev)
    for i in range(data.reg_num):
        writel(k, _regs(k, data), 4 + 4 * i, 0)


@atomic
def _drvdata(k: Kernel, dev: Device) -> IrqsteerData:
    return k.deref(dev_get_drvdata(k, dev), IrqsteerData, "dev_get_drvdata(dev)")


# -- power -----------------------------------------------------------------------------------------------------


@kernel
def imx_irqsteer_save_regs(k: Kernel, data: IrqsteerData) -> None:
    saved: tuple[int, ...] = ()
    for i in range(data.reg_num):
        saved = (*saved, readl(k, _regs(k, data), 4 + 4 * i))
    data.saved_reg = saved


@kernel
def imx_irqsteer_restore_regs(k: Kernel, data: IrqsteerData) -> None:
    writel(k, _regs(k, data), CHANCTRL, 1 << data.channel)
    for i, val in enumerate(data.saved_reg):
        writel(k, _regs(k, data), 4 + 4 * i, val)


@kernel
def imx_irqsteer_suspend(k: Kernel, dev: Device) -> int:
    data = _drvdata(k, dev)
    imx_irqsteer_save_regs(k, data)
    clk_disable_unprepare(k, data.ipg_clk)
    return 0


@kernel
def imx_irqsteer_resume(k: Kernel, dev: Device) -> int:
    data = _drvdata(k, dev)
    ret = clk_prepare_enable(k, data.ipg_clk)
    if ret:
        return ret
    imx_irqsteer_restore_regs(k, data)
    return 0


#: The operations of every version with runtime PM.
imx_irqsteer_pm_ops = DevPmOps(
    "irqsteer",
    runtime_suspend=imx_irqsteer_suspend,
    runtime_resume=imx_irqsteer_resume,
    suspend_noirq=pm_runtime_force_suspend,
    resume_noirq=pm_runtime_force_resume,
)
