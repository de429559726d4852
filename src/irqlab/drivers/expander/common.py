"""What every driver of a GPIO expander has in common, after ``drivers/gpio/gpio-pca953x.c`` (6.12.117).

The expander is behind a bus that sleeps, so nothing is written where the core calls the chip: ``irq_mask``,
``irq_unmask`` and ``irq_set_type`` change what the driver remembers, and ``irq_bus_sync_unlock`` writes it.  Its lines are
nested in the thread of the line it is behind.

Triggers are found by comparing what is read with what was read before, so an interrupt is an input that *changed*: a
level line that is still up when it is enabled again is not seen until something else changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.hardware.expander import INPUT, INT_MASK, INT_STATUS
from irqlab.kernel.device import Device, DevPmOps, dev_get_drvdata, dev_set_drvdata, devm_add_action
from irqlab.kernel.errno import EBUSY, EINVAL, ENOMEM
from irqlab.kernel.gpiolib import (
    GPIOCHIP_IRQ_RESOURCE_HELPERS,
    GpioChip,
    domain_of,
    gpiochip_add_irqchip,
    gpiochip_disable_irq,
    gpiochip_enable_irq,
    gpiochip_irqchip_remove,
)
from irqlab.kernel.i2c import i2c_read_reg, i2c_write_reg
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_NONE,
    IRQ_TYPE_EDGE_FALLING,
    IRQ_TYPE_EDGE_RISING,
    IRQ_TYPE_LEVEL_HIGH,
    IRQ_TYPE_LEVEL_LOW,
    IRQ_TYPE_SENSE_MASK,
    IRQCHIP_IMMUTABLE,
    IRQF_ONESHOT,
    IRQF_SHARED,
)
from irqlab.kernel.irq.flow import handle_nested_irq, handle_simple_irq
from irqlab.kernel.irq.manage import disable_irq, enable_irq, free_irq, request_threaded_irq
from irqlab.kernel.irq.mapping import irq_find_mapping
from irqlab.kernel.locking import Mutex, mutex, mutex_lock, mutex_unlock
from irqlab.kernel.of.device import irq_of_parse_and_map, property_u32, regs
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class Expander(GpioChip):
    """``struct pca953x_chip``.  Key: the device's name."""

    #: ``client->irq``.
    irq: int = 0
    #: Lines that are unmasked, and what the inputs were when they were last read.
    irq_mask: int = 0
    irq_stat: int = 0
    rising: int = 0
    falling: int = 0
    high: int = 0
    low: int = 0
    #: ``regcache_cache_only()``: the bus is not used, reads of what changes by itself fail.
    cache_only: bool = False


def irq_lock(k: Kernel, chip: Expander) -> Mutex:
    """``chip->irq_lock``: held from ``irq_bus_lock`` to ``irq_bus_sync_unlock``."""
    lock = k.lock(Mutex, f"expander {chip.key[0]} irq_lock")
    assert isinstance(lock, Mutex)
    return lock


def i2c_lock(k: Kernel, chip: Expander) -> Mutex:
    """``chip->i2c_lock``: held around what is done to the registers."""
    lock = k.lock(Mutex, f"expander {chip.key[0]} i2c_lock")
    assert isinstance(lock, Mutex)
    return lock


@atomic
def chip_data(k: Kernel, d: IrqData) -> Expander:
    """``gpiochip_get_data(irq_data_get_irq_chip_data(d))``."""
    return k.deref(d.chip_data, Expander, "d->chip_data")


# -- the chip ------------------------------------------------------------------------------------------------------


@atomic
def note_mask(k: Kernel, d: IrqData, open_: bool) -> None:
    """``set_bit()``, ``clear_bit()`` of ``chip->irq_mask``."""
    chip, bit = chip_data(k, d), 1 << d.hwirq
    chip.irq_mask = chip.irq_mask | bit if open_ else chip.irq_mask & ~bit


@kernel
def expander_irq_mask(k: Kernel, d: IrqData) -> None:
    note_mask(k, d, False)
    gpiochip_disable_irq(k, d)


@kernel
def expander_irq_unmask(k: Kernel, d: IrqData) -> None:
    gpiochip_enable_irq(k, d)
    note_mask(k, d, True)


@atomic
def _note_type(k: Kernel, d: IrqData, type_: int) -> None:
    chip, bit = chip_data(k, d), 1 << d.hwirq
    chip.rising = chip.rising | bit if type_ & IRQ_TYPE_EDGE_RISING else chip.rising & ~bit
    chip.falling = chip.falling | bit if type_ & IRQ_TYPE_EDGE_FALLING else chip.falling & ~bit
    chip.high = chip.high | bit if type_ & IRQ_TYPE_LEVEL_HIGH else chip.high & ~bit
    chip.low = chip.low | bit if type_ & IRQ_TYPE_LEVEL_LOW else chip.low & ~bit


@kernel
def expander_irq_set_type(k: Kernel, d: IrqData, type_: int) -> int:
    if not type_ & IRQ_TYPE_SENSE_MASK:
        return -EINVAL
    _note_type(k, d, type_)
    return 0


@kernel
def expander_irq_shutdown(k: Kernel, d: IrqData) -> None:
    _note_type(k, d, 0)
    expander_irq_mask(k, d)


@kernel
def expander_irq_bus_lock(k: Kernel, d: IrqData) -> None:
    mutex_lock(k, irq_lock(k, chip_data(k, d)))


@kernel
def expander_irq_bus_sync_unlock(k: Kernel, d: IrqData) -> None:
    chip = chip_data(k, d)
    with mutex(k, i2c_lock(k, chip)):
        write_mask(k, chip)
        mutex_unlock(k, irq_lock(k, chip))


@atomic
def _mask_to_write(chip: Expander) -> tuple[bool, int]:
    return chip.cache_only, (1 << chip.ngpio) - 1 & ~chip.irq_mask


@kernel
def write_mask(k: Kernel, chip: Expander) -> None:
    """``pca953x_write_regs(chip, PCAL953X_INT_MASK, …)``: nothing while only the cache is used."""
    cache_only, mask = _mask_to_write(chip)
    if not cache_only:
        i2c_write_reg(k, regs(k, chip.dev), INT_MASK, mask)


CALLBACKS: dict[str, Any] = {
    "irq_mask": expander_irq_mask,
    "irq_unmask": expander_irq_unmask,
    "irq_set_type": expander_irq_set_type,
    "irq_shutdown": expander_irq_shutdown,
    "irq_bus_lock": expander_irq_bus_lock,
    "irq_bus_sync_unlock": expander_irq_bus_sync_unlock,
    **GPIOCHIP_IRQ_RESOURCE_HELPERS,
}

expander_irq_chip = IrqChip("expander", flags=IRQCHIP_IMMUTABLE, **CALLBACKS)


# -- the thread ----------------------------------------------------------------------------------------------------


@atomic
def _cache_only(chip: Expander) -> bool:
    return chip.cache_only


@atomic
def _triggered(chip: Expander, status: int, new: int) -> int:
    """The lines that are to be handled, from what is read now and what was read before; a pulse shows in the status only."""
    old, chip.irq_stat = chip.irq_stat, new
    edges = (chip.falling & old | chip.rising & new) & (old ^ new) | status & (chip.rising & new | chip.falling & ~new)
    return (edges | chip.high & new | chip.low & ~new) & chip.irq_mask


@kernel
def expander_irq_pending(k: Kernel, chip: Expander) -> int:
    """``pca953x_irq_pending()`` of a PCAL64xx: INT_STATUS before it is cleared, by reading the inputs."""
    error, status = _read(k, chip, INT_STATUS)
    if error:
        return 0
    error, new = _read(k, chip, INPUT)
    return 0 if error else _triggered(chip, status, new)


@kernel
def _read(k: Kernel, chip: Expander, register: int) -> tuple[int, int]:
    """``pca953x_read_regs()`` of what changes by itself: -EBUSY while only the cache is used."""
    return (-EBUSY, 0) if _cache_only(chip) else i2c_read_reg(k, regs(k, chip.dev), register)


@kernel
def expander_irq_handler(k: Kernel, irq: int, chip: Expander) -> int:
    """``pca953x_irq_handler()``: the thread of the line the expander is behind."""
    with mutex(k, i2c_lock(k, chip)):
        pending = expander_irq_pending(k, chip)
    ret = IRQ_NONE
    for level in range(32):
        nested = irq_find_mapping(k, domain_of(k, chip), level) if pending >> level & 1 else 0
        if nested:
            handle_nested_irq(k, nested)
            ret = IRQ_HANDLED
    return ret


# -- probe ---------------------------------------------------------------------------------------------------------


@atomic
def _alloc(k: Kernel, pdev: Device, chip: IrqChip, ngpio: int, irq: int) -> Expander:
    name = str(pdev.key[0])
    new = k.world.new(Expander, name, dev=pdev, ngpio=ngpio, chip=chip, handler=handle_simple_irq, threaded=True, irq=irq)
    devm_add_action(k, pdev, _kfree, new)
    return new


@atomic
def _kfree(k: Kernel, chip: Expander) -> None:
    k.world.drop(chip)


@atomic
def _note_inputs(chip: Expander, levels: int) -> None:
    chip.irq_stat = levels


def probe(k: Kernel, pdev: Device, irq_chip: IrqChip, late_request: bool = False) -> int:
    """The body of ``pca953x_probe()``; a part of it, so no traced call of its own.

    The line of the expander is requested before its own lines have a domain, so what devm undoes it frees after them;
    ``late_request``: the other way round.
    """
    irq = irq_of_parse_and_map(k, pdev, 0)
    if irq <= 0:
        return -EINVAL
    if k.fails("devm_kzalloc"):
        return -ENOMEM
    chip = _alloc(k, pdev, irq_chip, property_u32(k, pdev, "ngpios"), irq)
    dev_set_drvdata(k, pdev, chip)
    write_mask(k, chip)
    error, levels = i2c_read_reg(k, regs(k, pdev), INPUT)
    if error:
        return error
    _note_inputs(chip, levels)
    for step in (_add_chip, _request) if late_request else (_request, _add_chip):
        error = step(k, pdev, chip)
        if error:
            return error
    return 0


@kernel
def _request(k: Kernel, pdev: Device, chip: Expander) -> int:
    """``devm_request_threaded_irq()``."""
    name = str(pdev.key[0])
    error = request_threaded_irq(k, chip.irq, None, expander_irq_handler, IRQF_ONESHOT | IRQF_SHARED, name, chip)
    if not error:
        devm_add_action(k, pdev, free_irq, chip.irq, chip)
    return error


@kernel
def _add_chip(k: Kernel, pdev: Device, chip: Expander) -> int:
    """``devm_gpiochip_add_data()``."""
    error = gpiochip_add_irqchip(k, chip)
    if not error:
        devm_add_action(k, pdev, gpiochip_irqchip_remove, chip)
    return error


# -- system sleep --------------------------------------------------------------------------------------------------


@atomic
def drvdata(k: Kernel, dev: Device) -> Expander:
    """``dev_get_drvdata(dev)``."""
    return k.deref(dev_get_drvdata(k, dev), Expander, "dev_get_drvdata(dev)")


@atomic
def set_cache_only(chip: Expander, on: bool) -> None:
    """``regcache_cache_only()``."""
    chip.cache_only = on


@kernel
def expander_suspend(k: Kernel, dev: Device) -> int:
    """``pca953x_save_context()``: ``disable_irq()``, which waits for the thread, *with the mutex the thread takes*."""
    chip = drvdata(k, dev)
    with mutex(k, i2c_lock(k, chip)):
        disable_irq(k, chip.irq)
        set_cache_only(chip, True)
    return 0


@kernel
def expander_resume(k: Kernel, dev: Device) -> int:
    """``pca953x_restore_context()``."""
    chip = drvdata(k, dev)
    with mutex(k, i2c_lock(k, chip)):
        enable_irq(k, chip.irq)
        set_cache_only(chip, False)
        write_mask(k, chip)
    return 0


expander_pm_ops = DevPmOps("expander", suspend=expander_suspend, resume=expander_resume)
