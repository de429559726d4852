"""What drivers of controllers set of a line: chip, handlers, data, settings (kernel/irq/chip.c).

Where the kernel takes only ``desc->lock`` for the store of one pointer, nothing is taken here: nobody else knows the
descriptor yet.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.core import core
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.chip import irq_activate_and_startup, irq_chip_pm_get, irq_chip_pm_put, mask_ack_irq
from irqlab.kernel.irq.desc import (
    IrqAction,
    IrqChip,
    IrqData,
    IrqDesc,
    buslock,
    chip_of,
    desc_lock,
    free_slot,
    global_desc,
    handle_bad_irq,
    irq_to_desc,
    no_irq_chip,
)
from irqlab.kernel.irq.flags import IRQ_LEVEL, IRQ_NESTED_THREAD, IRQ_NOTHREAD, IRQ_TYPE_NONE
from irqlab.kernel.irq.state import add_settings, believe, modify_settings, set_depth, trigger_of
from irqlab.kernel.irq.trigger import __irq_set_trigger as set_trigger
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Handler = Callable[..., Any]

# -- chip and data -----------------------------------------------------------------------------------------------------


@atomic
def irq_set_chip(k: Kernel, irq: int, chip: IrqChip | None) -> int:
    """``irq_set_chip()``; None is ``no_irq_chip``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    desc.irq_data.chip = chip if chip is not None else no_irq_chip
    return 0


@atomic
def irq_set_chip_data(k: Kernel, irq: int, data: Pointer) -> int:
    """``irq_set_chip_data()``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    desc.irq_data.chip_data = data
    return 0


@atomic
def irq_set_handler_data(k: Kernel, irq: int, data: Pointer) -> int:
    """``irq_set_handler_data()``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    desc.handler_data = data
    return 0


@atomic
def irq_set_parent(k: Kernel, irq: int, parent_irq: int) -> int:
    """``irq_set_parent()``: the line whose interrupt is resent in place of this nested one."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    desc.parent_irq = parent_irq
    return 0


# -- settings ----------------------------------------------------------------------------------------------------------


@core
@kernel
def irq_modify_status(k: Kernel, irq: int, clear: int, set_: int) -> None:
    """``irq_modify_status()``: under ``desc->lock``, for drivers change the settings of lines that are in use.

    ``IRQ_NOPROBE`` is kept, but the core never sets it here: nothing probes.
    """
    desc = irq_to_desc(k, irq)
    if desc is not None:
        with irqsave(k, desc_lock(k, desc)):
            modify_settings(k, desc, clear, set_)


def irq_set_status_flags(k: Kernel, irq: int, flags: int) -> None:
    """``irq_set_status_flags()``."""
    irq_modify_status(k, irq, 0, flags)


def irq_clear_status_flags(k: Kernel, irq: int, flags: int) -> None:
    """``irq_clear_status_flags()``."""
    irq_modify_status(k, irq, flags, 0)


def irq_set_status_level(k: Kernel, irq: int) -> None:
    """``irq_set_status_flags(irq, IRQ_LEVEL)``."""
    irq_set_status_flags(k, irq, IRQ_LEVEL)


def irq_set_nested_thread(k: Kernel, irq: int, nested: bool) -> None:
    """``irq_set_nested_thread()``: its handlers run in the thread of the line it is behind."""
    irq_modify_status(k, irq, 0 if nested else IRQ_NESTED_THREAD, IRQ_NESTED_THREAD if nested else 0)


@kernel
def irq_set_irq_type(k: Kernel, irq: int, type_: int) -> int:
    """``irq_set_irq_type()``: bus lock and ``desc->lock``; takes no PM reference."""
    desc = global_desc(k, irq)
    if desc is None:
        return -EINVAL
    with buslock(k, desc):
        return set_trigger(k, desc, type_)


# -- flow handlers -----------------------------------------------------------------------------------------------------


@atomic
def _set_flow_handler(desc: IrqDesc, handle: Handler) -> None:
    desc.handle_irq = handle


@atomic
def _set_flow_handler_name(desc: IrqDesc, handle: Handler, name: str) -> None:
    desc.handle_irq = handle
    if desc.name != name:
        desc.name = name


@atomic
def irq_set_handler_locked(d: IrqData, handle: Handler) -> None:
    """``irq_set_handler_locked()``: as an ``irq_set_type`` callback does.  ``desc->lock`` held."""
    d.desc.handle_irq = handle


@atomic
def irq_set_chip_handler_name_locked(d: IrqData, chip: IrqChip, handle: Handler, name: str) -> None:
    """``irq_set_chip_handler_name_locked()``.  ``desc->lock`` held."""
    d.desc.handle_irq, d.desc.name, d.chip = handle, name, chip


@kernel
def __irq_set_handler(  # noqa: N807
    k: Kernel, irq: int, handle: Handler | None, chained: bool = False, name: str = ""
) -> None:
    """``__irq_set_handler()``: under the *new* chip's bus lock and ``desc->lock``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        __irq_do_set_handler(k, desc, handle, chained, name)


def irq_set_handler(k: Kernel, irq: int, handle: Handler | None) -> None:
    """``irq_set_handler()``."""
    __irq_set_handler(k, irq, handle)


@kernel
def irq_set_chip_and_handler_name(k: Kernel, irq: int, chip: IrqChip | None, handle: Handler | None, name: str) -> None:
    """``irq_set_chip_and_handler_name()``: the chip's bus lock is called, so ``chip_data`` has to be set before."""
    irq_set_chip(k, irq, chip)
    __irq_set_handler(k, irq, handle, False, name)


@kernel
def irq_set_chip_and_handler(k: Kernel, irq: int, chip: IrqChip | None, handle: Handler | None) -> None:
    """``irq_set_chip_and_handler()``."""
    irq_set_chip(k, irq, chip)
    __irq_set_handler(k, irq, handle)


# -- chained handlers --------------------------------------------------------------------------------------------------


@kernel
def chained_action_handler(k: Kernel, irq: int, dev_id: Pointer) -> int:
    """``bad_chained_irq()``: the handler of ``chained_action``; never runs."""
    k.warn(f"Chained irq {irq} should not call an action")
    return 0


@atomic
def _no_action(k: Kernel, desc: IrqDesc) -> None:
    """``desc->action = NULL``: what was requested is lost, not freed."""
    for action in desc.actions:
        if action.chained:
            k.world.drop(action)
    desc.actions = ()


@atomic
def _chained_action(k: Kernel, desc: IrqDesc) -> None:
    """``desc->action = &chained_action``; the line can no longer be requested, nor threaded."""
    _no_action(k, desc)
    desc.norequest = True
    add_settings(desc, IRQ_NOTHREAD)
    slot = free_slot(k, desc.irq)
    action = k.world.new(IrqAction, desc.irq, slot, handler=chained_action_handler, name="chained", chained=True)
    desc.actions = (action,)


@atomic
def _set_handler_data(desc: IrqDesc, data: Pointer) -> None:
    desc.handler_data = data


@atomic
def _some_chip(desc: IrqDesc, chained: bool) -> bool:
    """Whether the line has a chip: the outermost one may still be missing where its parents are set up and it is not chained."""
    d: IrqData | None = desc.irq_data
    while d is not None and d.chip is no_irq_chip:
        d = None if chained else d.parent_data
    return d is not None


@kernel
def __irq_do_set_handler(  # noqa: N807
    k: Kernel, desc: IrqDesc, handle: Handler | None, chained: bool, name: str
) -> None:
    """``__irq_do_set_handler()``; ``handle`` None uninstalls.  Bus lock and ``desc->lock`` held."""
    if handle is not None and not _some_chip(desc, chained):
        k.warn("__irq_do_set_handler: no chip")
        return
    if handle is None or handle is handle_bad_irq:
        _uninstall(k, desc, chained)
        _set_flow_handler_name(desc, handle_bad_irq, name)
        return
    _set_flow_handler_name(desc, handle, name)
    if chained:
        _install_chained(k, desc, handle)


@kernel
def _uninstall(k: Kernel, desc: IrqDesc, chained: bool) -> None:
    if chip_of(desc) is not no_irq_chip:
        mask_ack_irq(k, desc)
    believe(k, desc.irq_data, disabled=True)
    if chained:
        _no_action(k, desc)
        if k.release.has("chained-pm-reference") and irq_chip_pm_put(k, desc.irq_data):
            k.warn("__irq_do_set_handler: irq_chip_pm_put() failed")
    set_depth(k, desc, 1)


@kernel
def _install_chained(k: Kernel, desc: IrqDesc, handle: Handler) -> None:
    trigger = trigger_of(desc.irq_data)
    if trigger != IRQ_TYPE_NONE:
        set_trigger(k, desc, trigger)
        _set_flow_handler(desc, handle)  # the chip may have chosen another
    _chained_action(k, desc)
    if k.release.has("chained-pm-reference") and irq_chip_pm_get(k, desc.irq_data):
        k.warn("__irq_do_set_handler: irq_chip_pm_get() failed")
    irq_activate_and_startup(k, desc, True)


@kernel
def irq_set_chained_handler_and_data(k: Kernel, irq: int, handle: Handler | None, data: Pointer) -> None:
    """``irq_set_chained_handler_and_data()``; ``handle`` None uninstalls.

    Uninstalling neither clears STARTED nor deactivates, and gives a PM reference back whether or not one was taken.
    Since 668a9fe5c6a1 (v5.19) installing takes one with the raw ``desc->lock`` held and interrupts off.
    """
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        _set_handler_data(desc, data)
        __irq_do_set_handler(k, desc, handle, True, "")


def irq_set_chained_handler(k: Kernel, irq: int, handle: Handler | None) -> None:
    """``irq_set_chained_handler()``: handler data stays."""
    __irq_set_handler(k, irq, handle, True)
