"""NXP intmux as in v6.12, after ``drivers/irqchip/irq-imx-intmux.c``: one domain a channel, each with a PM device.

Its probe zeroes CHANIER before it installs a handler, so it inherits nothing from an earlier kernel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.intmux import chanier, chanipr
from irqlab.kernel.clk import clk_disable_unprepare, clk_prepare_enable
from irqlab.kernel.device import Device, DevPmOps, Driver, dev_get_drvdata, dev_set_drvdata, devm_add_action
from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, chip_of
from irqlab.kernel.irq.domain import (
    Fwspec,
    IrqDomain,
    IrqDomainOps,
    Translated,
    irq_domain_add_linear,
    irq_domain_remove,
    irq_domain_set_pm_device,
)
from irqlab.kernel.irq.flags import IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_NONE
from irqlab.kernel.irq.flow import chained_irq_enter, chained_irq_exit, handle_level_irq
from irqlab.kernel.irq.mapping import generic_handle_domain_irq
from irqlab.kernel.irq.setup import (
    irq_set_chained_handler_and_data,
    irq_set_chip_and_handler,
    irq_set_chip_data,
)
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.of.device import clk_name, irq_count, irq_of_parse_and_map, regs
from irqlab.kernel.pm.runtime import (
    pm_runtime_disable,
    pm_runtime_enable,
    pm_runtime_force_resume,
    pm_runtime_force_suspend,
    pm_runtime_get_noresume,
    pm_runtime_put,
    pm_runtime_put_noidle,
    pm_runtime_resume_and_get,
    pm_runtime_set_active,
    pm_runtime_set_suspended,
)
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

CHAN_MAX_NUM = 8


class IntmuxData(Record):
    """``struct intmux_data``.  Key: the device's name."""

    dev: Device
    ipg_clk: str
    channum: int


class IntmuxChannel(Record):
    """``struct intmux_irqchip_data``.  Key: the device's name and the channel."""

    dev: Device
    irq: int = 0
    domain: IrqDomain | None = None
    saved_reg: int = 0

    @property
    def chanidx(self) -> int:
        return int(self.key[1])


def _lock(k: Kernel, channel: IntmuxChannel) -> RawSpinLock:
    lock = k.lock(RawSpinLock, f"intmux {channel.key[0]} lock")
    assert isinstance(lock, RawSpinLock)
    return lock


@atomic
def _channel(k: Kernel, d: IrqData) -> IntmuxChannel:
    return k.deref(d.chip_data, IntmuxChannel, "d->chip_data")


@atomic
def _bit(d: IrqData) -> int:
    return 1 << d.hwirq


@kernel
def imx_intmux_irq_mask(k: Kernel, d: IrqData) -> None:
    channel = _channel(k, d)
    with irqsave(k, _lock(k, channel)):
        val = readl(k, regs(k, channel.dev), chanier(channel.chanidx))
        val &= ~_bit(d)
        writel(k, regs(k, channel.dev), chanier(channel.chanidx), val)


@kernel
def imx_intmux_irq_unmask(k: Kernel, d: IrqData) -> None:
    channel = _channel(k, d)
    with irqsave(k, _lock(k, channel)):
        val = readl(k, regs(k, channel.dev), chanier(channel.chanidx))
        val |= _bit(d)
        writel(k, regs(k, channel.dev), chanier(channel.chanidx), val)


imx_intmux_irq_chip = IrqChip("intmux", irq_mask=imx_intmux_irq_mask, irq_unmask=imx_intmux_irq_unmask)


@kernel
def imx_intmux_irq_map(k: Kernel, h: IrqDomain, irq: int, hwirq: int) -> int:
    irq_set_chip_data(k, irq, h.host_data)
    irq_set_chip_and_handler(k, irq, imx_intmux_irq_chip, handle_level_irq)
    return 0


@kernel
def imx_intmux_irq_xlate(k: Kernel, d: IrqDomain, fwspec: Fwspec) -> Translated:
    """Two cells: hardware number, channel; the type is always LEVEL_HIGH."""
    cells = fwspec[1]
    if len(cells) != 2:
        k.warn("imx_intmux_irq_xlate: intsize != 2")
        return -EINVAL, 0, IRQ_TYPE_NONE
    if cells[1] >= _channum(k, d):
        k.warn("imx_intmux_irq_xlate: intspec[1] >= data->channum")
        return -EINVAL, 0, IRQ_TYPE_NONE
    return 0, cells[0], IRQ_TYPE_LEVEL_HIGH


@atomic
def _channum(k: Kernel, d: IrqDomain) -> int:
    return k.world.at(IntmuxData, str(d.key[0])).channum


@atomic
def imx_intmux_irq_select(k: Kernel, d: IrqDomain, fwspec: Fwspec, bus_token: int) -> bool:
    """The channel's number is the second cell."""
    node, cells = fwspec
    if node != d.key[0]:
        return False
    if not cells:
        return d.bus_token == bus_token
    channel = k.deref(d.host_data, IntmuxChannel, "d->host_data")
    return len(cells) == 2 and channel.chanidx == cells[1]


imx_intmux_domain_ops = IrqDomainOps("intmux", map=imx_intmux_irq_map, xlate=imx_intmux_irq_xlate, select=imx_intmux_irq_select)


@atomic
def _handler_data(k: Kernel, desc: IrqDesc) -> IntmuxChannel:
    return k.deref(desc.handler_data, IntmuxChannel, "handler_data")


@atomic
def _domain(k: Kernel, channel: IntmuxChannel) -> IrqDomain:
    return k.deref(channel.domain, IrqDomain, "irqchip_data->domain")


@kernel
def imx_intmux_irq_handler(k: Kernel, desc: IrqDesc) -> None:
    channel = _handler_data(k, desc)
    chained_irq_enter(k, chip_of(desc), desc)
    irqstat = readl(k, regs(k, channel.dev), chanipr(channel.chanidx))
    for pos in range(32):
        if irqstat >> pos & 1:
            generic_handle_domain_irq(k, _domain(k, channel), pos)
    chained_irq_exit(k, chip_of(desc), desc)


@atomic
def _alloc(k: Kernel, pdev: Device, ipg_clk: str, channum: int) -> IntmuxData:
    name = str(pdev.key[0])
    for i in range(channum):
        k.world.new(IntmuxChannel, name, i, dev=pdev)
    data = k.world.new(IntmuxData, name, dev=pdev, ipg_clk=ipg_clk, channum=channum)
    devm_add_action(k, pdev, _kfree, data)
    return data


@atomic
def _kfree(k: Kernel, data: IntmuxData) -> None:
    for i in range(data.channum):
        k.world.drop(k.world.at(IntmuxChannel, str(data.key[0]), i))
    k.world.drop(data)


@atomic
def _set(channel: IntmuxChannel, irq: int, domain: IrqDomain) -> None:
    channel.irq, channel.domain = irq, domain


@kernel
def imx_intmux_probe(k: Kernel, pdev: Device) -> int:
    channum = irq_count(k, pdev)
    if channum > CHAN_MAX_NUM:
        return -EINVAL
    ipg_clk = clk_name(k, pdev, "ipg")
    if not ipg_clk:
        return -EINVAL
    if k.fails("devm_kzalloc"):
        return -ENOMEM
    data = _alloc(k, pdev, ipg_clk, channum)
    pm_runtime_get_noresume(k, pdev)
    pm_runtime_set_active(k, pdev)
    pm_runtime_enable(k, pdev)
    ret = clk_prepare_enable(k, ipg_clk)
    if ret:
        return ret
    for i in range(channum):
        ret = _probe_channel(k, pdev, i)
        if ret:
            clk_disable_unprepare(k, ipg_clk)
            return ret
    dev_set_drvdata(k, pdev, data)
    pm_runtime_put(k, pdev)
    return 0


@kernel
def _probe_channel(k: Kernel, pdev: Device, i: int) -> int:
    channel = k.world.at(IntmuxChannel, str(pdev.key[0]), i)
    irq = irq_of_parse_and_map(k, pdev, i)
    if irq <= 0:
        return -EINVAL
    domain = irq_domain_add_linear(k, str(pdev.key[0]), 32, imx_intmux_domain_ops, channel)
    if domain is None:
        return -ENOMEM
    _set(channel, irq, domain)
    irq_domain_set_pm_device(k, domain, pdev)
    writel(k, regs(k, pdev), chanier(i), 0)
    irq_set_chained_handler_and_data(k, irq, imx_intmux_irq_handler, channel)
    return 0


@atomic
def _drvdata(k: Kernel, dev: Device) -> IntmuxData:
    return k.deref(dev_get_drvdata(k, dev), IntmuxData, "dev_get_drvdata(dev)")


@kernel
def imx_intmux_remove(k: Kernel, pdev: Device) -> int:
    """As in 6.12.117: resumes first, so that clock and status agree."""
    data = _drvdata(k, pdev)
    ret = pm_runtime_resume_and_get(k, pdev)
    for i in range(data.channum):
        channel = k.world.at(IntmuxChannel, str(pdev.key[0]), i)
        if ret >= 0:
            writel(k, regs(k, pdev), chanier(i), 0)
        irq_set_chained_handler_and_data(k, channel.irq, None, None)
        irq_domain_remove(k, _domain(k, channel))
    pm_runtime_disable(k, pdev)
    if ret >= 0:
        pm_runtime_put_noidle(k, pdev)
        clk_disable_unprepare(k, data.ipg_clk)
        pm_runtime_set_suspended(k, pdev)
    return 0


@kernel
def imx_intmux_runtime_suspend(k: Kernel, dev: Device) -> int:
    data = _drvdata(k, dev)
    for i in range(data.channum):
        channel = k.world.at(IntmuxChannel, str(dev.key[0]), i)
        channel.saved_reg = readl(k, regs(k, dev), chanier(i))
    clk_disable_unprepare(k, data.ipg_clk)
    return 0


@kernel
def imx_intmux_runtime_resume(k: Kernel, dev: Device) -> int:
    data = _drvdata(k, dev)
    ret = clk_prepare_enable(k, data.ipg_clk)
    if ret:
        return ret
    for i in range(data.channum):
        channel = k.world.at(IntmuxChannel, str(dev.key[0]), i)
        writel(k, regs(k, dev), chanier(i), channel.saved_reg)
    return 0


driver = Driver(
    "intmux@6.12",
    compatible=("fsl,imx-intmux",),
    probe=imx_intmux_probe,
    remove=imx_intmux_remove,
    needs=("domain-pm-device",),
    pm=DevPmOps(
        "intmux@6.12",
        runtime_suspend=imx_intmux_runtime_suspend,
        runtime_resume=imx_intmux_runtime_resume,
        suspend_noirq=pm_runtime_force_suspend,
        resume_noirq=pm_runtime_force_resume,
    ),
)
