"""Interrupt threads (kernel/irq/manage.c): one turn of their loop is one action of the explorer.

A thread at rest is the Records of its action; the call that is under way is a context named after the thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import Context, spin_until, wait_event
from irqlab.kernel.irq.chip import unmask_threaded_irq
from irqlab.kernel.irq.desc import IrqAction, IrqDesc, chip_bus_lock, chip_bus_sync_unlock, desc_lock
from irqlab.kernel.irq.flags import IRQ_NONE, IRQ_WAKE_THREAD
from irqlab.kernel.irq.spurious import note_thread
from irqlab.kernel.irq.state import is_disabled, is_inprogress, is_masked
from irqlab.kernel.locking import irq
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def thread_pending(k: Kernel, action: IrqAction) -> bool:
    """Whether the thread has a turn to take and is not taking one."""
    return action.exists and action.run_thread and not k.world.at(Context, action.thread_name).exists


@atomic
def _take_run(action: IrqAction) -> bool:
    if not action.run_thread:
        return False
    action.run_thread = False
    return True


@kernel
def irq_thread(k: Kernel, action: IrqAction) -> None:
    """One turn of ``irq_thread()``: ``thread_fn``, the end of ONESHOT, ``wake_threads_waitq()``.  Process context."""
    if not _take_run(action):
        return
    desc = k.world.at(IrqDesc, action.irq)
    result = _run_thread_fn(k, action)
    if k.config.spurious:
        note_thread(desc, result)
    if _is_oneshot(desc):
        irq_finalize_oneshot(k, desc, action)
    if result == IRQ_WAKE_THREAD:
        k.warn("irq_wake_secondary: the thread function wants a thread woken, and there is no secondary one")
    _thread_done(desc)


@kernel
def _run_thread_fn(k: Kernel, action: IrqAction) -> int:
    """``action->thread_fn()``: what it answered, as far as somebody asks."""
    k.signal("thread-handler", irq=action.irq)
    function = action.thread_fn
    dev_id = action.dev_id
    if function is None:  # of a nested line that was requested before it was one
        k.signal("null-pointer", what="action->thread_fn")
        k.oops("NULL pointer dereference of action->thread_fn")
        return IRQ_NONE
    result = function(k, action.irq, dev_id)
    return int(result) if k.config.spurious or result == IRQ_WAKE_THREAD else IRQ_NONE


@atomic
def _is_oneshot(desc: IrqDesc) -> bool:
    return desc.oneshot


@atomic
def _thread_done(desc: IrqDesc) -> None:
    desc.threads_active -= 1


@atomic
def _finish(desc: IrqDesc, action: IrqAction) -> bool:
    """Clears the thread's bit; True when the line is to be unmasked."""
    if action.run_thread:
        return False
    desc.threads_oneshot &= ~action.thread_mask
    return not desc.threads_oneshot and not is_disabled(desc.irq_data) and is_masked(desc.irq_data)


@kernel
def irq_finalize_oneshot(k: Kernel, desc: IrqDesc, action: IrqAction) -> None:
    """``irq_finalize_oneshot()``: unmasks when the last thread of the line is done; polls, bus lock and all, till then."""
    while True:
        chip_bus_lock(k, desc)
        with irq(k, desc_lock(k, desc)):
            handled = not _is_inprogress(desc)
            if handled and _finish(desc, action):
                unmask_threaded_irq(k, desc)
        chip_bus_sync_unlock(k, desc)
        if handled:
            return
        spin_until(k, lambda: not is_inprogress(desc.irq_data), f"irq {desc.key[0]} is no longer in progress")


@atomic
def _is_inprogress(desc: IrqDesc) -> bool:
    return is_inprogress(desc.irq_data)


@kernel
def stop_thread(k: Kernel, action: IrqAction) -> None:
    """``kthread_stop()``: waits until the thread has taken its last turn.  May sleep."""
    thread = k.world.at(Context, action.thread_name)
    wait_event(k, lambda: not action.run_thread and not thread.exists, f"thread {action.thread_name} has stopped")
    _forget_thread(action)


@atomic
def _forget_thread(action: IrqAction) -> None:
    action.thread = False
