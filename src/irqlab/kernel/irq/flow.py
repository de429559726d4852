"""Flow handlers (kernel/irq/chip.c, second half): what happens between the line and the actions.

Hard interrupt context, interrupts off.  Edge, simple, percpu and nested handlers come later.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.irq.chip import is_disabled, is_masked, mask_ack_irq, mask_irq, unmask_irq
from irqlab.kernel.irq.desc import IRQCHIP_EOI_IF_HANDLED, IRQCHIP_EOI_THREADED, IrqChip, IrqDesc, chip_of, desc_lock
from irqlab.kernel.irq.handle import handle_irq_event
from irqlab.kernel.irq.pm import irq_pm_check_wakeup
from irqlab.kernel.irq.resend import check_irq_resend
from irqlab.kernel.locking import spin
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _busy(desc: IrqDesc) -> bool:
    d = desc.irq_data
    return d.inprogress or d.wakeup_armed


@kernel
def irq_may_run(k: Kernel, desc: IrqDesc) -> bool:
    """``irq_may_run()``: not while in progress, and an armed wake interrupt wakes instead."""
    if not _busy(desc):
        return True
    irq_pm_check_wakeup(k, desc)
    return False


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


@kernel
def handle_fasteoi_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_fasteoi_irq()``: the controller keeps it active until ``irq_eoi``.

    6.12 notes as pending what comes while it may not run (``IRQD_RESEND_WHEN_IN_PROGRESS``) and resends it; 6.1 does not.
    """
    chip = chip_of(desc)
    with spin(k, desc_lock(k, desc)):
        if not irq_may_run(k, desc):
            if k.release.has("fasteoi-resend"):
                _note_missed(desc)
            _eoi_unhandled(k, desc, chip)
            return
        if _blocked(desc):
            mask_irq(k, desc)
            _eoi_unhandled(k, desc, chip)
            return
        if _oneshot(desc):
            mask_irq(k, desc)
        handle_irq_event(k, desc)
        _cond_unmask_eoi_irq(k, desc, chip)
        if k.release.has("fasteoi-resend") and _pending(desc):
            check_irq_resend(k, desc)


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
