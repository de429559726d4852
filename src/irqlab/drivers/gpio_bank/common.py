"""What every driver of a GPIO bank has in common: a chained handler, an immutable chip, and registers to be restored.

After no one driver; ``drivers/gpio/gpio-omap.c``, ``gpio-mxc.c``, ``gpio-rcar.c`` and ``gpio-mvebu.c`` (v6.12) look like
this where interrupts are concerned.  The versions beside this file differ in what they tell the core about power, and
in how they restore MASK.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.hardware.gpio import EDGE, MASK, POLARITY, STATUS
from irqlab.kernel.clk import clk_disable_unprepare, clk_prepare_enable
from irqlab.kernel.device import Device, DevPmOps, dev_get_drvdata, dev_set_drvdata, devm_add_action
from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.gpiolib import (
    GPIOCHIP_IRQ_RESOURCE_HELPERS,
    GpioChip,
    domain_of,
    gpiochip_add_irqchip,
    gpiochip_disable_irq,
    gpiochip_enable_irq,
    gpiochip_irqchip_remove,
)
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, chip_of, handle_bad_irq
from irqlab.kernel.irq.domain import irq_domain_set_pm_device
from irqlab.kernel.irq.flags import (
    IRQ_TYPE_EDGE_FALLING,
    IRQ_TYPE_EDGE_RISING,
    IRQ_TYPE_LEVEL_HIGH,
    IRQ_TYPE_LEVEL_LOW,
    IRQCHIP_IMMUTABLE,
)
from irqlab.kernel.irq.flow import chained_irq_enter, chained_irq_exit, handle_edge_irq, handle_level_irq
from irqlab.kernel.irq.mapping import generic_handle_domain_irq
from irqlab.kernel.irq.setup import irq_set_handler_locked
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.of.device import clk_name, irq_of_parse_and_map, property_u32, regs
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
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

_EDGES = (IRQ_TYPE_EDGE_RISING, IRQ_TYPE_EDGE_FALLING)
_INVERTED = (IRQ_TYPE_EDGE_FALLING, IRQ_TYPE_LEVEL_LOW)
_TYPES = (*_EDGES, IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_LEVEL_LOW)


class Bank(GpioChip):
    """``struct gpio_bank``: the chip, and what its registers ought to hold.  Key: the device's name."""

    ipg_clk: str = ""
    mask: int = 0
    edge: int = 0
    polarity: int = 0
    #: What MASK held when the system went to sleep (of the versions that read it back).
    saved_mask: int = 0


def lock_of(k: Kernel, bank: Bank) -> RawSpinLock:
    """``bank->lock``."""
    lock = k.lock(RawSpinLock, f"gpio bank {bank.key[0]} lock")
    assert isinstance(lock, RawSpinLock)
    return lock


@atomic
def bank_of(k: Kernel, d: IrqData) -> Bank:
    """``gpiochip_get_data(irq_data_get_irq_chip_data(d))``."""
    return k.deref(d.chip_data, Bank, "d->chip_data")


@atomic
def device_of(bank: Bank) -> Device:
    """``bank->chip.parent``."""
    return bank.dev


# -- the chip ------------------------------------------------------------------------------------------------------


@atomic
def _open(bank: Bank, d: IrqData, open_: bool) -> int:
    bit = 1 << d.hwirq
    bank.mask = bank.mask | bit if open_ else bank.mask & ~bit
    return bank.mask


@atomic
def _level_bit(bank: Bank, d: IrqData) -> int:
    """The bit of a level line; 0 for an edge."""
    return 1 << d.hwirq & ~bank.edge


@kernel
def gpio_bank_irq_mask(k: Kernel, d: IrqData) -> None:
    bank = bank_of(k, d)
    with irqsave(k, lock_of(k, bank)):
        writel(k, regs(k, bank.dev), MASK, _open(bank, d, False))
    gpiochip_disable_irq(k, d)


@kernel
def gpio_bank_irq_unmask(k: Kernel, d: IrqData) -> None:
    """A level that is over is still latched: it is cleared here, after the handler has quieted its source."""
    bank = bank_of(k, d)
    gpiochip_enable_irq(k, d)
    with irqsave(k, lock_of(k, bank)):
        level = _level_bit(bank, d)
        if level:
            writel(k, regs(k, bank.dev), STATUS, level)
        writel(k, regs(k, bank.dev), MASK, _open(bank, d, True))


@kernel
def gpio_bank_irq_ack(k: Kernel, d: IrqData) -> None:
    writel(k, regs(k, bank_of(k, d).dev), STATUS, 1 << d.hwirq)


@atomic
def _set_type(bank: Bank, d: IrqData, type_: int) -> tuple[int, int]:
    bit = 1 << d.hwirq
    bank.edge = bank.edge | bit if type_ in _EDGES else bank.edge & ~bit
    bank.polarity = bank.polarity | bit if type_ in _INVERTED else bank.polarity & ~bit
    return bank.edge, bank.polarity


@kernel
def gpio_bank_irq_set_type(k: Kernel, d: IrqData, type_: int) -> int:
    """One edge or one level; what the change has latched is cleared, and the flow handler follows."""
    if type_ not in _TYPES:
        return -EINVAL
    bank = bank_of(k, d)
    with irqsave(k, lock_of(k, bank)):
        edge, polarity = _set_type(bank, d, type_)
        writel(k, regs(k, bank.dev), EDGE, edge)
        writel(k, regs(k, bank.dev), POLARITY, polarity)
        writel(k, regs(k, bank.dev), STATUS, 1 << d.hwirq)
    irq_set_handler_locked(d, handle_edge_irq if type_ in _EDGES else handle_level_irq)
    return 0


#: The callbacks every version has.
CALLBACKS: dict[str, Any] = {
    "irq_ack": gpio_bank_irq_ack,
    "irq_mask": gpio_bank_irq_mask,
    "irq_unmask": gpio_bank_irq_unmask,
    "irq_set_type": gpio_bank_irq_set_type,
    **GPIOCHIP_IRQ_RESOURCE_HELPERS,
}

gpio_bank_irq_chip = IrqChip("gpio-bank", flags=IRQCHIP_IMMUTABLE, **CALLBACKS)


@atomic
def _handler_data(k: Kernel, desc: IrqDesc) -> Bank:
    return k.deref(desc.handler_data, Bank, "handler_data")


@kernel
def gpio_bank_irq_handler(k: Kernel, desc: IrqDesc) -> None:
    bank = _handler_data(k, desc)
    chained_irq_enter(k, chip_of(desc), desc)
    pending = readl(k, regs(k, bank.dev), STATUS)
    pending &= readl(k, regs(k, bank.dev), MASK)
    for pos in range(32):
        if pending >> pos & 1:
            generic_handle_domain_irq(k, domain_of(k, bank), pos)
    chained_irq_exit(k, chip_of(desc), desc)


# -- probe and remove ----------------------------------------------------------------------------------------------


@atomic
def _alloc(k: Kernel, pdev: Device, chip: IrqChip, ipg_clk: str, ngpio: int, irq: int) -> Bank:
    bank = k.world.new(
        Bank,
        str(pdev.key[0]),
        dev=pdev,
        ngpio=ngpio,
        chip=chip,
        handler=handle_bad_irq,
        parent=irq,
        parent_handler=gpio_bank_irq_handler,
        ipg_clk=ipg_clk,
    )
    devm_add_action(k, pdev, _kfree, bank)
    return bank


@atomic
def _kfree(k: Kernel, bank: Bank) -> None:
    k.world.drop(bank)


def probe(k: Kernel, pdev: Device, chip: IrqChip, pm_device: bool, runtime_pm: bool) -> int:
    """The body of the probe; a part of it, so no traced call of its own.

    MASK is zeroed before the handler is installed, so nothing is inherited.  ``gpiochip_add_data()`` stands for itself
    only as far as interrupts are concerned.
    """
    ipg_clk = clk_name(k, pdev, "ipg")
    irq = irq_of_parse_and_map(k, pdev, 0)
    if not ipg_clk or irq <= 0:
        return -EINVAL
    if k.fails("devm_kzalloc"):
        return -ENOMEM
    bank = _alloc(k, pdev, chip, ipg_clk, property_u32(k, pdev, "ngpios"), irq)
    dev_set_drvdata(k, pdev, bank)
    ret = clk_prepare_enable(k, ipg_clk)
    if ret:
        return ret
    if runtime_pm:
        pm_runtime_get_noresume(k, pdev)
        pm_runtime_set_active(k, pdev)
        pm_runtime_enable(k, pdev)
    writel(k, regs(k, pdev), MASK, 0)
    ret = gpiochip_add_irqchip(k, bank)
    if ret:
        if runtime_pm:
            pm_runtime_disable(k, pdev)
            pm_runtime_set_suspended(k, pdev)
            pm_runtime_put_noidle(k, pdev)
        clk_disable_unprepare(k, ipg_clk)
        return ret
    if pm_device:
        irq_domain_set_pm_device(k, domain_of(k, bank), pdev)
    if runtime_pm:
        pm_runtime_put(k, pdev)
    return 0


@atomic
def drvdata(k: Kernel, dev: Device) -> Bank:
    """``dev_get_drvdata(dev)``."""
    return k.deref(dev_get_drvdata(k, dev), Bank, "dev_get_drvdata(dev)")


@kernel
def gpio_bank_remove(k: Kernel, pdev: Device) -> int:
    """Resumes first, so that clock and status agree, and masks everything."""
    bank = drvdata(k, pdev)
    ret = pm_runtime_resume_and_get(k, pdev)
    if ret >= 0:
        writel(k, regs(k, pdev), MASK, 0)
    gpiochip_irqchip_remove(k, bank)
    pm_runtime_disable(k, pdev)
    if ret >= 0:
        pm_runtime_put_noidle(k, pdev)
        clk_disable_unprepare(k, bank.ipg_clk)
        pm_runtime_set_suspended(k, pdev)
    return 0


@kernel
def gpio_bank_remove_always_on(k: Kernel, pdev: Device) -> int:
    """The remove of the versions without runtime PM."""
    bank = drvdata(k, pdev)
    writel(k, regs(k, pdev), MASK, 0)
    gpiochip_irqchip_remove(k, bank)
    clk_disable_unprepare(k, bank.ipg_clk)
    return 0


# -- power ---------------------------------------------------------------------------------------------------------


@kernel
def restore_trigger(k: Kernel, bank: Bank) -> None:
    """EDGE and POLARITY as ``irq_set_type`` left them: nobody else changes them."""
    edge, polarity = _trigger(bank)
    writel(k, regs(k, bank.dev), EDGE, edge)
    writel(k, regs(k, bank.dev), POLARITY, polarity)


@atomic
def _trigger(bank: Bank) -> tuple[int, int]:
    return bank.edge, bank.polarity


@atomic
def cached_mask(bank: Bank) -> int:
    """What ``irq_mask`` and ``irq_unmask`` want MASK to be."""
    return bank.mask


@kernel
def restore_cached(k: Kernel, bank: Bank) -> None:
    """Everything from what the chip's callbacks noted, under the lock that they take."""
    with irqsave(k, lock_of(k, bank)):
        restore_trigger(k, bank)
        writel(k, regs(k, bank.dev), MASK, cached_mask(bank))


@kernel
def gpio_bank_runtime_suspend(k: Kernel, dev: Device) -> int:
    clk_disable_unprepare(k, drvdata(k, dev).ipg_clk)
    return 0


@kernel
def gpio_bank_runtime_resume(k: Kernel, dev: Device) -> int:
    bank = drvdata(k, dev)
    ret = clk_prepare_enable(k, bank.ipg_clk)
    if ret:
        return ret
    restore_cached(k, bank)
    return 0


#: The operations of every version with runtime PM.
gpio_bank_pm_ops = DevPmOps(
    "gpio-bank",
    runtime_suspend=gpio_bank_runtime_suspend,
    runtime_resume=gpio_bank_runtime_resume,
    suspend_noirq=pm_runtime_force_suspend,
    resume_noirq=pm_runtime_force_resume,
)
