"""What the core does to a chip and what it then believes (kernel/irq/chip.c, first half).

All of it runs under ``desc->lock`` with interrupts off unless said otherwise.  The flow handlers are in
:mod:`irqlab.kernel.irq.flow`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.device import Device
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.desc import (
    IRQ_DISABLE_UNLAZY,
    IRQ_LEVEL,
    IRQ_NOAUTOEN,
    IRQ_NOREQUEST,
    IRQ_TYPE_NONE,
    IRQCHIP_EOI_THREADED,
    IrqAction,
    IrqChip,
    IrqData,
    IrqDesc,
    buslock,
    chip_of,
    free_slot,
    handle_bad_irq,
    irq_to_desc,
    no_irq_chip,
)
from irqlab.kernel.irq.domain import irq_domain_activate_irq, irq_domain_deactivate_irq
from irqlab.kernel.irq.resend import check_irq_resend
from irqlab.kernel.pm.runtime import pm_runtime_get_sync, pm_runtime_put, pm_runtime_put_noidle, pm_runtime_resume_and_get
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def is_masked(d: IrqData) -> bool:
    """``irqd_irq_masked()``."""
    return d.masked


@atomic
def is_disabled(d: IrqData) -> bool:
    """``irqd_irq_disabled()``."""
    return d.disabled


@atomic
def is_started(d: IrqData) -> bool:
    """``irqd_is_started()``."""
    return d.started


@atomic
def is_inprogress(d: IrqData) -> bool:
    """``irqd_irq_inprogress()``."""
    return d.inprogress


@atomic
def believe(k: Kernel, d: IrqData, *, masked: bool | None = None, disabled: bool | None = None) -> None:
    """Sets ``IRQD_IRQ_MASKED`` and ``IRQD_IRQ_DISABLED`` (``irq_state_set_masked()`` and its like)."""
    if masked is not None and d.masked is not masked:
        d.masked = masked
        k.world.trace("belief", irq=d.key[0], masked=masked)
    if disabled is not None and d.disabled is not disabled:
        d.disabled = disabled
        k.world.trace("belief", irq=d.key[0], disabled=disabled)


@atomic
def set_depth(k: Kernel, desc: IrqDesc, depth: int) -> None:
    """``desc->depth = depth``."""
    if desc.depth != depth:
        k.world.trace("depth", irq=desc.key[0], depth=depth)
        desc.depth = depth


@atomic
def set_started(d: IrqData, started: bool) -> None:
    """``irq_state_set_started()``, ``irq_state_clr_started()``."""
    d.started = started


# -- primitives ------------------------------------------------------------------------------------------------


@kernel
def mask_irq(k: Kernel, desc: IrqDesc) -> None:
    """``mask_irq()``: nothing when believed masked; a chip without ``irq_mask`` stays believed unmasked."""
    if is_masked(desc.irq_data):
        return
    chip = chip_of(desc)
    if chip.has("irq_mask"):
        chip.call(k, "irq_mask", desc.irq_data)
        believe(k, desc.irq_data, masked=True)


@kernel
def unmask_irq(k: Kernel, desc: IrqDesc) -> None:
    """``unmask_irq()``: nothing when believed unmasked."""
    if not is_masked(desc.irq_data):
        return
    chip = chip_of(desc)
    if chip.has("irq_unmask"):
        chip.call(k, "irq_unmask", desc.irq_data)
        believe(k, desc.irq_data, masked=False)


@kernel
def unmask_threaded_irq(k: Kernel, desc: IrqDesc) -> None:
    """``unmask_threaded_irq()``."""
    chip = chip_of(desc)
    if chip.flags & IRQCHIP_EOI_THREADED:
        chip.call(k, "irq_eoi", desc.irq_data)
    unmask_irq(k, desc)


@kernel
def mask_ack_irq(k: Kernel, desc: IrqDesc) -> None:
    """``mask_ack_irq()``: ``irq_mask_ack`` is called whatever the core believes."""
    chip = chip_of(desc)
    if chip.has("irq_mask_ack"):
        chip.call(k, "irq_mask_ack", desc.irq_data)
        believe(k, desc.irq_data, masked=True)
    else:
        mask_irq(k, desc)
        if chip.has("irq_ack"):
            chip.call(k, "irq_ack", desc.irq_data)


@kernel
def irq_enable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_enable()``."""
    d = desc.irq_data
    if not is_disabled(d):
        unmask_irq(k, desc)
        return
    believe(k, d, disabled=False)
    chip = chip_of(desc)
    if chip.has("irq_enable"):
        chip.call(k, "irq_enable", d)
        believe(k, d, masked=False)
    else:
        unmask_irq(k, desc)


@kernel
def __irq_disable(k: Kernel, desc: IrqDesc, mask: bool) -> None:  # noqa: N807
    """``__irq_disable()``: without ``irq_disable`` and without ``mask`` nothing but a belief changes (lazy)."""
    d = desc.irq_data
    if is_disabled(d):
        if mask:
            mask_irq(k, desc)
        return
    believe(k, d, disabled=True)
    chip = chip_of(desc)
    if chip.has("irq_disable"):
        chip.call(k, "irq_disable", d)
        believe(k, d, masked=True)
    elif mask:
        mask_irq(k, desc)


@atomic
def _unlazy(desc: IrqDesc) -> bool:
    return desc.disable_unlazy


def irq_disable(k: Kernel, desc: IrqDesc) -> None:
    """``irq_disable()``: lazy unless ``IRQ_DISABLE_UNLAZY``."""
    __irq_disable(k, desc, _unlazy(desc))


@kernel
def irq_startup(k: Kernel, desc: IrqDesc, resend: bool) -> int:
    """``irq_startup()``: depth becomes 0; ``irq_startup`` of the chip, or enable."""
    d = desc.irq_data
    error = 0
    set_depth(k, desc, 0)
    if is_started(d):
        irq_enable(k, desc)
    else:
        chip = chip_of(desc)
        if not _is_activated(d):
            k.warn("irq_startup: !irqd_is_activated(d)")
        if chip.has("irq_startup"):
            error = int(chip.call(k, "irq_startup", d))
            believe(k, d, masked=False, disabled=False)
        else:
            irq_enable(k, desc)
        set_started(d, True)
    if resend:
        check_irq_resend(k, desc)
    return error


@atomic
def _is_activated(d: IrqData) -> bool:
    return d.activated


@kernel
def irq_shutdown(k: Kernel, desc: IrqDesc) -> None:
    """``irq_shutdown()``: only what was started; ends masked, disabled, depth 1."""
    d = desc.irq_data
    if not is_started(d):
        return
    set_depth(k, desc, 1)
    chip = chip_of(desc)
    if chip.has("irq_shutdown"):
        chip.call(k, "irq_shutdown", d)
        believe(k, d, masked=True, disabled=True)
    else:
        __irq_disable(k, desc, True)
    set_started(d, False)


@kernel
def irq_shutdown_and_deactivate(k: Kernel, desc: IrqDesc) -> None:
    """``irq_shutdown_and_deactivate()``."""
    irq_shutdown(k, desc)
    irq_domain_deactivate_irq(k, desc)


@kernel
def irq_activate_and_startup(k: Kernel, desc: IrqDesc, resend: bool) -> int:
    """``irq_activate_and_startup()``."""
    if irq_domain_activate_irq(k, desc):
        k.warn("irq_activate_and_startup: irq_activate() failed")
        return 0
    return irq_startup(k, desc, resend)


# -- the device behind the interrupt ----------------------------------------------------------------------------


@atomic
def irq_get_pm_device(k: Kernel, d: IrqData) -> Device | None:
    """The device ``irq_chip_pm_get()`` takes its reference on; None means *there is nothing to take it on*.

    ``chip->parent_device`` from be45beb2df69 (v4.8) to 5.17, the PM device of the outermost domain since
    1f8863bfb5ca (v5.18).  Parent domains are not asked.
    """
    if not k.config.pm:
        return None
    if k.release.has("domain-pm-device"):
        return d.domain.pm_dev if d.domain is not None else None
    if k.release.has("parent-device"):
        return d.chip.parent_device
    return None


@kernel
def irq_chip_pm_get(k: Kernel, d: IrqData) -> int:
    """``irq_chip_pm_get()``: 0, or a negative error with the reference dropped.  May sleep."""
    device = irq_get_pm_device(k, d)
    if device is None:
        k.world.trace("pm-get-nothing", irq=d.key[0])
        return 0
    if k.release.has("pm-get-unbalanced"):
        error = pm_runtime_get_sync(k, device)
        if error < 0:
            pm_runtime_put_noidle(k, device)
            return error
        return 0
    return min(pm_runtime_resume_and_get(k, device), 0)


@kernel
def irq_chip_pm_put(k: Kernel, d: IrqData) -> int:
    """``irq_chip_pm_put()``: asynchronous."""
    device = irq_get_pm_device(k, d)
    if device is None:
        k.world.trace("pm-put-nothing", irq=d.key[0])
        return 0
    return min(pm_runtime_put(k, device), 0)


# -- setting chips and handlers -----------------------------------------------------------------------------------


@atomic
def irq_set_chip(k: Kernel, irq: int, chip: IrqChip | None) -> None:
    """``irq_set_chip()``; None is ``no_irq_chip``.  Nobody else knows the descriptor yet, so ``desc->lock`` is left out."""
    k.world.at(IrqData, irq).chip = chip if chip is not None else no_irq_chip


@kernel
def __irq_set_handler(k: Kernel, irq: int, handle: Callable[..., Any] | None) -> None:  # noqa: N807
    """``__irq_set_handler()`` of a flow handler: under the *new* chip's bus lock and ``desc->lock``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        __irq_do_set_handler(k, desc, handle, False)


@kernel
def irq_set_chip_and_handler(k: Kernel, irq: int, chip: IrqChip | None, handle: Callable[..., Any] | None) -> None:
    """``irq_set_chip_and_handler()``: the chip's bus lock is called, so ``chip_data`` has to be set before."""
    irq_set_chip(k, irq, chip)
    __irq_set_handler(k, irq, handle)


@atomic
def irq_set_chip_data(k: Kernel, irq: int, data: Record | None) -> None:
    """``irq_set_chip_data()``."""
    k.world.at(IrqData, irq).chip_data = data


@atomic
def irq_modify_status(k: Kernel, irq: int, clear: int, set_: int) -> None:
    """``irq_modify_status()`` for ``IRQ_LEVEL``, ``IRQ_NOREQUEST``, ``IRQ_NOAUTOEN`` and ``IRQ_DISABLE_UNLAZY``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    if desc.depth == 0 and set_ & IRQ_NOAUTOEN:
        k.warn("irq_modify_status: IRQ_NOAUTOEN of an enabled interrupt")
    for flag, field, record in (
        (IRQ_LEVEL, "level", desc.irq_data),
        (IRQ_NOREQUEST, "norequest", desc),
        (IRQ_NOAUTOEN, "noautoen", desc),
        (IRQ_DISABLE_UNLAZY, "disable_unlazy", desc),
    ):
        if (clear | set_) & flag:
            setattr(record, field, bool(set_ & flag))


def irq_set_status_flags(k: Kernel, irq: int, flags: int) -> None:
    """``irq_set_status_flags()``."""
    irq_modify_status(k, irq, 0, flags)


def irq_clear_status_flags(k: Kernel, irq: int, flags: int) -> None:
    """``irq_clear_status_flags()``."""
    irq_modify_status(k, irq, flags, 0)


def irq_set_status_level(k: Kernel, irq: int) -> None:
    """``irq_set_status_flags(irq, IRQ_LEVEL)``."""
    irq_set_status_flags(k, irq, IRQ_LEVEL)


@kernel
def irq_set_irq_type(k: Kernel, irq: int, type_: int) -> int:
    """``irq_set_irq_type()``: bus lock and ``desc->lock``; takes no PM reference."""
    from irqlab.kernel.irq.trigger import __irq_set_trigger as set_trigger

    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    with buslock(k, desc):
        return set_trigger(k, desc, type_)


# -- chained handlers -----------------------------------------------------------------------------------------------


@kernel
def chained_action_handler(k: Kernel, irq: int, dev_id: Record | None) -> int:
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
    """``desc->action = &chained_action``; the line can no longer be requested."""
    _no_action(k, desc)
    desc.norequest = True
    slot = free_slot(k, desc.irq)
    action = k.world.new(IrqAction, desc.irq, slot, handler=chained_action_handler, name="chained", chained=True)
    desc.actions = (action,)


@atomic
def _set_flow_handler(desc: IrqDesc, handle: Callable[..., Any]) -> None:
    desc.handle_irq = handle


@atomic
def _set_handler_data(desc: IrqDesc, data: Record | None) -> None:
    desc.handler_data = data


@atomic
def trigger_of(d: IrqData) -> int:
    """``irqd_get_trigger_type()``."""
    return d.trigger


@kernel
def __irq_do_set_handler(k: Kernel, desc: IrqDesc, handle: Callable[..., Any] | None, chained: bool) -> None:  # noqa: N807
    """``__irq_do_set_handler()``; ``handle`` None uninstalls.  Bus lock and ``desc->lock`` held."""
    if handle is not None and chip_of(desc) is no_irq_chip:
        k.warn("__irq_do_set_handler: no chip")
        return
    if handle is None:
        _uninstall(k, desc, chained)
    _set_flow_handler(desc, handle if handle is not None else handle_bad_irq)
    if handle is not None and chained:
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
def _install_chained(k: Kernel, desc: IrqDesc, handle: Callable[..., Any]) -> None:
    from irqlab.kernel.irq.trigger import __irq_set_trigger as set_trigger

    trigger = trigger_of(desc.irq_data)
    if trigger != IRQ_TYPE_NONE:
        set_trigger(k, desc, trigger)
        _set_flow_handler(desc, handle)  # the chip may have chosen another
    _chained_action(k, desc)
    if k.release.has("chained-pm-reference") and irq_chip_pm_get(k, desc.irq_data):
        k.warn("__irq_do_set_handler: irq_chip_pm_get() failed")
    irq_activate_and_startup(k, desc, True)


@kernel
def irq_set_chained_handler_and_data(k: Kernel, irq: int, handle: Callable[..., Any] | None, data: Record | None) -> None:
    """``irq_set_chained_handler_and_data()``; ``handle`` None uninstalls.

    Uninstalling neither clears STARTED nor deactivates, and gives a PM reference back whether or not one was taken.
    Since 668a9fe5c6a1 (v5.19) installing takes one with the raw ``desc->lock`` held and interrupts off.
    """
    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    with buslock(k, desc):
        _set_handler_data(desc, data)
        __irq_do_set_handler(k, desc, handle, True)
