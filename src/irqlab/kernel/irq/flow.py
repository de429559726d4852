"""Flow handlers (kernel/irq/chip.c, second half): what happens between the line and the actions.

Hard interrupt context, interrupts off; a software resend calls them in a soft interrupt.  Those of lines per CPU are in
:mod:`irqlab.kernel.irq.percpu`, nested interrupts run in threads (:func:`handle_nested_irq`).

6.1.192 and 6.12.117 agree but for ``handle_fasteoi_irq()`` and ``handle_nested_irq()``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import might_sleep
from irqlab.kernel.irq.chip import mask_ack_irq, mask_irq, unmask_irq
from irqlab.kernel.irq.desc import IrqChip, IrqDesc, chip_of, desc_lock, irq_to_desc
from irqlab.kernel.irq.flags import IRQ_NONE, IRQCHIP_EOI_IF_HANDLED, IRQCHIP_EOI_THREADED
from irqlab.kernel.irq.handle import __handle_irq_event_percpu, actions_of, call_nmi_handler, handle_irq_event, set_inprogress
from irqlab.kernel.irq.pm import irq_pm_check_wakeup
from irqlab.kernel.irq.resend import check_irq_resend
from irqlab.kernel.irq.spurious import irq_check_poll, note_interrupt, watched
from irqlab.kernel.irq.state import is_disabled, is_masked
from irqlab.kernel.irq.thread import _run_thread_fn
from irqlab.kernel.locking import irq, spin, spin_lock, spin_unlock
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _busy(desc: IrqDesc) -> bool:
    d = desc.irq_data
    return d.inprogress or d.wakeup_armed


@kernel
def irq_may_run(k: Kernel, desc: IrqDesc) -> bool:
    """``irq_may_run()``: not while in progress or polled, and an armed wake interrupt wakes instead."""
    if not _busy(desc):
        return True
    return not irq_pm_check_wakeup(k, desc) and irq_check_poll(k, desc)


@atomic
def _blocked(desc: IrqDesc) -> bool:
    """Nobody to call, or disabled: then the interrupt is noted as pending."""
    desc.replay = False
    if desc.actions and not desc.irq_data.disabled:
        return False
    desc.pending = True
    return True


@atomic
def _note_missed(desc: IrqDesc) -> None:
    """An interrupt that may not run now is to be resent, where its controller needs that."""
    if desc.irq_data.resend_when_in_progress:
        desc.pending = True


@atomic
def _oneshot(desc: IrqDesc) -> bool:
    return desc.oneshot


@atomic
def _may_unmask(desc: IrqDesc) -> bool:
    """``!DISABLED && MASKED && !threads_oneshot``."""
    return not is_disabled(desc.irq_data) and is_masked(desc.irq_data) and not desc.threads_oneshot


@kernel
def handle_level_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_level_irq()``: masked while it is handled."""
    with spin(k, desc_lock(k, desc)):
        mask_ack_irq(k, desc)
        if not irq_may_run(k, desc):
            return
        if _blocked(desc):
            return
        handle_irq_event(k, desc)
        if _may_unmask(desc):
            unmask_irq(k, desc)


@atomic
def _pending(desc: IrqDesc) -> bool:
    return desc.pending


def _eoi_unhandled(k: Kernel, desc: IrqDesc, chip: IrqChip) -> None:
    if not chip.flags & IRQCHIP_EOI_IF_HANDLED:
        chip.call(k, "irq_eoi", desc.irq_data)


@kernel
def _cond_unmask_eoi_irq(k: Kernel, desc: IrqDesc, chip: IrqChip) -> None:
    if not _oneshot(desc):
        chip.call(k, "irq_eoi", desc.irq_data)
    elif _may_unmask(desc):
        chip.call(k, "irq_eoi", desc.irq_data)
        unmask_irq(k, desc)
    elif not chip.flags & IRQCHIP_EOI_THREADED:
        chip.call(k, "irq_eoi", desc.irq_data)


@kernel
def handle_fasteoi_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_fasteoi_irq()``: the controller keeps it active until ``irq_eoi``.

    6.12 notes as pending what comes while it may not run (``IRQD_RESEND_WHEN_IN_PROGRESS``) and resends it; 6.1 does not.
    """
    with spin(k, desc_lock(k, desc)):
        if not irq_may_run(k, desc):
            if k.release.has("fasteoi-resend"):
                _note_missed(desc)
            _eoi_unhandled(k, desc, chip_of(desc))
        elif _fasteoi(k, desc, False) and k.release.has("fasteoi-resend") and _pending(desc):
            check_irq_resend(k, desc)


@kernel
def handle_fasteoi_ack_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_fasteoi_ack_irq()``: ``irq_ack`` before the actions, for an edge chip stacked on a fasteoi one."""
    with spin(k, desc_lock(k, desc)):
        if irq_may_run(k, desc):
            _fasteoi(k, desc, True)
        else:
            _eoi_unhandled(k, desc, chip_of(desc))


@kernel
def handle_fasteoi_mask_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_fasteoi_mask_irq()``: ``irq_mask_ack`` first, for a level chip stacked on a fasteoi one.

    Only ONESHOT lines are unmasked again here: another's chip has to do that in its ``irq_eoi``.
    """
    with spin(k, desc_lock(k, desc)):
        mask_ack_irq(k, desc)
        if irq_may_run(k, desc):
            _fasteoi(k, desc, False)
        else:
            _eoi_unhandled(k, desc, chip_of(desc))


@kernel
def _fasteoi(k: Kernel, desc: IrqDesc, ack: bool) -> bool:
    """What the fasteoi handlers share; whether the actions ran."""
    chip = chip_of(desc)
    if _blocked(desc):
        mask_irq(k, desc)
        _eoi_unhandled(k, desc, chip)
        return False
    if _oneshot(desc):
        mask_irq(k, desc)
    if ack:
        chip.call(k, "irq_ack", desc.irq_data)
    handle_irq_event(k, desc)
    _cond_unmask_eoi_irq(k, desc, chip)
    return True


# -- edge --------------------------------------------------------------------------------------------------------------


@atomic
def _clear_replay(desc: IrqDesc) -> None:
    desc.replay = False


@atomic
def _note_pending(desc: IrqDesc) -> None:
    desc.pending = True


@atomic
def _orphaned(desc: IrqDesc) -> bool:
    """The last action was freed while the line was handled."""
    return not desc.actions


@atomic
def _came_masked(desc: IrqDesc) -> bool:
    """Another interrupt came meanwhile and was masked: the line may be opened again."""
    return desc.pending and not is_disabled(desc.irq_data) and is_masked(desc.irq_data)


@atomic
def _again(desc: IrqDesc) -> bool:
    return desc.pending and not is_disabled(desc.irq_data)


@kernel
def handle_edge_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_edge_irq()``: acknowledged, then handled as often as it came; masked only if it comes too often, or to nobody."""
    with spin(k, desc_lock(k, desc)):
        _clear_replay(desc)
        if not irq_may_run(k, desc) or _blocked(desc):
            _note_pending(desc)
            mask_ack_irq(k, desc)
            return
        chip_of(desc).call(k, "irq_ack", desc.irq_data)
        while True:
            if _orphaned(desc):
                mask_irq(k, desc)
                return
            if _came_masked(desc):
                unmask_irq(k, desc)
            handle_irq_event(k, desc)
            if not _again(desc):
                return


@kernel
def handle_edge_eoi_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_edge_eoi_irq()`` (CONFIG_IRQ_EDGE_EOI_HANDLER, powerpc): no mask; ``irq_eoi`` in any case."""
    with spin(k, desc_lock(k, desc)):
        _clear_replay(desc)
        if not irq_may_run(k, desc) or _blocked(desc):
            _note_pending(desc)
        else:
            while not _orphaned(desc):
                handle_irq_event(k, desc)
                if not _again(desc):
                    break
        chip_of(desc).call(k, "irq_eoi", desc.irq_data)


# -- without a chip ----------------------------------------------------------------------------------------------------


@kernel
def handle_simple_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_simple_irq()``: the chip is not called."""
    with spin(k, desc_lock(k, desc)):
        if irq_may_run(k, desc) and not _blocked(desc):
            handle_irq_event(k, desc)


@kernel
def handle_untracked_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_untracked_irq()``: as ``handle_simple_irq()``, but not counted (which is not modelled anyway)."""
    with spin(k, desc_lock(k, desc)):
        if not irq_may_run(k, desc) or _blocked(desc):
            return
        set_inprogress(desc, True)
        spin_unlock(k, desc_lock(k, desc))
        __handle_irq_event_percpu(k, desc)
        spin_lock(k, desc_lock(k, desc))
        set_inprogress(desc, False)


@kernel
def handle_fasteoi_nmi(k: Kernel, desc: IrqDesc) -> None:
    """``handle_fasteoi_nmi()``: the one action, without any lock; ``irq_eoi`` if there is one."""
    call_nmi_handler(k, desc)
    chip = chip_of(desc)
    if chip.has("irq_eoi"):
        chip.call(k, "irq_eoi", desc.irq_data)


# -- nested ------------------------------------------------------------------------------------------------------------


@kernel
def handle_nested_irq(k: Kernel, number: int) -> None:
    """``handle_nested_irq()``: runs the thread functions of a line in the thread of the line it is behind.  Sleeps.

    6.12 counts it in ``threads_active``, 6.1 sets INPROGRESS meanwhile: so 6.1's ``disable_irq()`` spins where 6.12's sleeps.
    """
    desc = k.deref(irq_to_desc(k, number), IrqDesc, "desc")
    might_sleep(k, "handle_nested_irq()")
    as_thread = k.release.has("nested-counts-as-thread")
    with irq(k, desc_lock(k, desc)):
        if _blocked(desc):
            return
        _nest(desc, as_thread, 1)
    result = IRQ_NONE
    for action in actions_of(desc):
        result |= _run_thread_fn(k, action)
    if watched(k, desc):
        note_interrupt(k, desc, result)
    if as_thread:
        _nest(desc, True, -1)
    else:
        with irq(k, desc_lock(k, desc)):
            _nest(desc, False, -1)


@atomic
def _nest(desc: IrqDesc, as_thread: bool, by: int) -> None:
    """A nested handler begins or ends (``wake_threads_waitq()``)."""
    if as_thread:
        desc.threads_active += by
    else:
        desc.irq_data.inprogress = by > 0


# -- chained -----------------------------------------------------------------------------------------------------------


@kernel
def chained_irq_enter(k: Kernel, chip: IrqChip, desc: IrqDesc) -> None:
    """``chained_irq_enter()``: straight to the chip, the core's beliefs are not told."""
    if chip.has("irq_eoi"):
        return
    if chip.has("irq_mask_ack"):
        chip.call(k, "irq_mask_ack", desc.irq_data)
        return
    chip.call(k, "irq_mask", desc.irq_data)
    if chip.has("irq_ack"):
        chip.call(k, "irq_ack", desc.irq_data)


@kernel
def chained_irq_exit(k: Kernel, chip: IrqChip, desc: IrqDesc) -> None:
    """``chained_irq_exit()``: unmasks whatever the core believes."""
    if chip.has("irq_eoi"):
        chip.call(k, "irq_eoi", desc.irq_data)
    else:
        chip.call(k, "irq_unmask", desc.irq_data)
