"""Resending what came while nobody could take it (kernel/irq/resend.c): level lines need none.

A chip that can raises the interrupt again; else the line waits for a tasklet, which calls its flow handler.  6.12 keeps a
list of such lines, the newest first; 6.1 a bitmap, from the lowest number on, in which a line stays when it is shut down.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import Context, cpu, local_irq_disable, local_irq_enable
from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.irq.desc import IrqDesc, chip_of, flow_handler, irq_to_desc
from irqlab.kernel.irq.flags import IRQ_NESTED_THREAD, IRQD_HANDLE_ENFORCE_IRQCTX
from irqlab.kernel.irq.parent import irq_chip_retrigger_hierarchy
from irqlab.kernel.irq.state import has_flag, has_setting
from irqlab.kernel.locking import RawSpinLock, spin_lock, spin_unlock
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: The context the tasklet runs in.
SOFTIRQ = "softirq"


class ResendList(Record):
    """Lines that wait for the tasklet; absent while none does."""

    irqs: tuple[int, ...]


@atomic
def _level_pending(desc: IrqDesc) -> bool:
    """A level line raises itself again: only the note is cleared."""
    if desc.irq_data.level:
        if desc.pending:
            desc.pending = False
        return True
    return False


@atomic
def _replaying(desc: IrqDesc) -> bool:
    return desc.replay


@atomic
def _take_pending(desc: IrqDesc) -> bool:
    if not desc.pending:
        return False
    desc.pending = False
    return True


@atomic
def _set_replay(desc: IrqDesc) -> None:
    desc.replay = True


@kernel
def try_retrigger(k: Kernel, desc: IrqDesc) -> int:
    """``try_retrigger()``: the outermost chip, or without its callback the next further in; 0 if nobody could."""
    chip = chip_of(desc)
    if chip.has("irq_retrigger"):
        return int(chip.call(k, "irq_retrigger", desc.irq_data))
    return irq_chip_retrigger_hierarchy(k, desc.irq_data)


@kernel
def irq_sw_resend(k: Kernel, desc: IrqDesc) -> int:
    """``irq_sw_resend()``: the line, or the one a nested line is behind, waits for the tasklet; -EINVAL where that cannot be."""
    if not k.arch.sw_resend or has_flag(desc.irq_data, IRQD_HANDLE_ENFORCE_IRQCTX):
        return -EINVAL
    irq = desc.irq
    if has_setting(desc, IRQ_NESTED_THREAD):
        irq = _parent_irq(desc)
        if not irq or (k.release.has("resend-list") and irq_to_desc(k, irq) is None):
            return -EINVAL
    _wait(k, irq)
    return 0


@atomic
def _parent_irq(desc: IrqDesc) -> int:
    return desc.parent_irq


@atomic
def _wait(k: Kernel, irq: int) -> None:
    waiting = k.world.at(ResendList)
    if not waiting.exists:
        k.world.new(ResendList, irqs=(irq,))
    elif irq not in waiting.irqs:
        irqs = (irq, *waiting.irqs)
        waiting.irqs = irqs if k.release.has("resend-list") else tuple(sorted(irqs))


@atomic
def _forget(k: Kernel, irq: int) -> None:
    waiting = k.world.at(ResendList)
    if not waiting.exists or irq not in waiting.irqs:
        return
    waiting.irqs = tuple(other for other in waiting.irqs if other != irq)
    if not waiting.irqs:
        k.world.drop(waiting)


def clear_irq_resend(k: Kernel, desc: IrqDesc) -> None:
    """``clear_irq_resend()``; not in 6.1."""
    _forget(k, desc.irq)


@kernel
def check_irq_resend(k: Kernel, desc: IrqDesc, inject: bool = False) -> int:
    """``check_irq_resend()``: -EINVAL for a level line, -EBUSY while one is being replayed; else by hardware or tasklet.

    ``inject``: whether anything is pending or not.
    """
    if _level_pending(desc):
        return -EINVAL
    if _replaying(desc):
        return -EBUSY
    if not _take_pending(desc) and not inject:
        return 0
    error = 0 if try_retrigger(k, desc) else irq_sw_resend(k, desc)
    if not error:
        _set_replay(desc)
    return error


# -- the tasklet -------------------------------------------------------------------------------------------------------


@atomic
def resend_pending(k: Kernel) -> bool:
    """Whether the tasklet is scheduled, and not running already."""
    return k.world.at(ResendList).exists and not k.world.at(Context, SOFTIRQ).exists


def push_softirq(k: Kernel, entry: Callable[..., Any]) -> Context:
    """``irq_exit()``, ``ksoftirqd``: a soft interrupt begins; interrupts stay on, no task goes on until it ends."""
    holder = cpu(k.world)
    context = k.world.new(Context, SOFTIRQ, entry=entry, preempt_count=1)
    holder.stack = (*holder.stack, context)
    return context


@atomic
def _first(k: Kernel) -> int:
    waiting = k.world.at(ResendList)
    return waiting.irqs[0] if waiting.exists else 0


def _lock(k: Kernel) -> RawSpinLock:
    lock = k.lock(RawSpinLock, "irq_resend_lock")
    assert isinstance(lock, RawSpinLock)
    return lock


@kernel
def resend_irqs(k: Kernel) -> None:
    """``resend_irqs()``: the flow handler of each waiting line, interrupts off, in no hard interrupt.  Softirq; an entry."""
    if not k.release.has("resend-list"):
        _resend_from_bitmap(k)
        return
    spin_lock(k, _lock(k), "irq")
    while irq := _first(k):
        _forget(k, irq)
        spin_unlock(k, _lock(k))
        flow_handler(k.world.at(IrqDesc, irq))(k, k.world.at(IrqDesc, irq))
        spin_lock(k, _lock(k))
    spin_unlock(k, _lock(k), "irq")


@kernel
def _resend_from_bitmap(k: Kernel) -> None:
    while irq := _first(k):
        _forget(k, irq)
        desc = irq_to_desc(k, irq)
        if desc is not None:
            local_irq_disable(k)
            flow_handler(desc)(k, desc)
            local_irq_enable(k)
