"""A small interrupt controller behind a clock, as its driver in C would be.

``driver`` says whose device powers its interrupts; ``forgetful`` does not, and breaks promises for it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from irqlab.hardware.intmux import chanier, chanipr
from irqlab.kernel.clk import clk_disable_unprepare, clk_prepare_enable
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.kernel.errno import ENOMEM
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, chip_of
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_domain_add_linear, irq_domain_set_pm_device
from irqlab.kernel.irq.flow import chained_irq_enter, chained_irq_exit, handle_level_irq
from irqlab.kernel.irq.mapping import generic_handle_domain_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data, irq_set_chip_and_handler, irq_set_chip_data
from irqlab.kernel.irq.translate import irq_domain_xlate_twocell
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.of.device import clk_name, irq_of_parse_and_map, regs
from irqlab.kernel.pm.runtime import pm_runtime_enable, pm_runtime_get_noresume, pm_runtime_put, pm_runtime_set_active
from irqlab.state import Record, atomic, kernel


class MyIntc(Record):
    """``struct my_intc``: everything that changes is in Records.  Key: the device's name."""

    dev: Device
    domain: IrqDomain | None = None
    saved: int = 0


@atomic
def _of(k: Kernel, d: IrqData | IrqDesc) -> MyIntc:
    return k.deref(d.chip_data if isinstance(d, IrqData) else d.handler_data, MyIntc, "struct my_intc")


@kernel
def my_intc_irq_mask(k: Kernel, d: IrqData) -> None:
    base = regs(k, _of(k, d).dev)
    writel(k, base, chanier(0), readl(k, base, chanier(0)) & ~(1 << d.hwirq))


@kernel
def my_intc_irq_unmask(k: Kernel, d: IrqData) -> None:
    base = regs(k, _of(k, d).dev)
    writel(k, base, chanier(0), readl(k, base, chanier(0)) | 1 << d.hwirq)


my_intc_chip = IrqChip("my-intc", irq_mask=my_intc_irq_mask, irq_unmask=my_intc_irq_unmask)


@kernel
def my_intc_map(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    irq_set_chip_data(k, irq, domain.host_data)
    irq_set_chip_and_handler(k, irq, my_intc_chip, handle_level_irq)
    return 0


my_intc_domain_ops = IrqDomainOps("my-intc", map=my_intc_map, xlate=irq_domain_xlate_twocell)


@kernel
def my_intc_handler(k: Kernel, desc: IrqDesc) -> None:
    intc = _of(k, desc)
    chained_irq_enter(k, chip_of(desc), desc)
    pending = readl(k, regs(k, intc.dev), chanipr(0))
    for hwirq in range(32):
        if pending >> hwirq & 1:
            generic_handle_domain_irq(k, k.deref(intc.domain, IrqDomain, "intc->domain"), hwirq)
    chained_irq_exit(k, chip_of(desc), desc)


@kernel
def my_intc_probe(k: Kernel, pdev: Device, *, pm_device: bool) -> int:
    intc = _alloc(k, pdev)
    pm_runtime_get_noresume(k, pdev)
    pm_runtime_set_active(k, pdev)
    pm_runtime_enable(k, pdev)
    clk_prepare_enable(k, clk_name(k, pdev, "bus"))
    writel(k, regs(k, pdev), chanier(0), 0)
    domain = irq_domain_add_linear(k, pdev.name, 32, my_intc_domain_ops, intc)
    if domain is None:
        return -ENOMEM
    _set_domain(intc, domain)
    if pm_device:
        irq_domain_set_pm_device(k, domain, pdev)
    irq_set_chained_handler_and_data(k, irq_of_parse_and_map(k, pdev, 0), my_intc_handler, intc)
    pm_runtime_put(k, pdev)
    return 0


@atomic
def _alloc(k: Kernel, pdev: Device) -> MyIntc:
    return k.world.new(MyIntc, pdev.name, dev=pdev)


@atomic
def _set_domain(intc: MyIntc, domain: IrqDomain) -> None:
    intc.domain = domain


@kernel
def my_intc_runtime_suspend(k: Kernel, dev: Device) -> int:
    k.world.at(MyIntc, dev.name).saved = readl(k, regs(k, dev), chanier(0))
    clk_disable_unprepare(k, clk_name(k, dev, "bus"))
    return 0


@kernel
def my_intc_runtime_resume(k: Kernel, dev: Device) -> int:
    clk_prepare_enable(k, clk_name(k, dev, "bus"))
    writel(k, regs(k, dev), chanier(0), k.world.at(MyIntc, dev.name).saved)
    return 0


driver = Driver(
    "my-intc",
    compatible=("my,intc",),
    probe=partial(my_intc_probe, pm_device=True),
    pm=DevPmOps("my-intc", runtime_suspend=my_intc_runtime_suspend, runtime_resume=my_intc_runtime_resume),
)
forgetful = replace(driver, name="my-intc-forgetful", probe=partial(my_intc_probe, pm_device=False))
