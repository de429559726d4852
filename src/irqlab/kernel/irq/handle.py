"""Running the actions of an interrupt (kernel/irq/handle.c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import current, hardirq_threaded, irqs_disabled, local_irq_disable
from irqlab.kernel.irq.desc import IrqAction, IrqDesc, desc_lock
from irqlab.kernel.irq.flags import IRQ_NONE, IRQ_NOTHREAD, IRQ_WAKE_THREAD, IRQF_NO_THREAD, IRQF_ONESHOT, IRQF_PERCPU
from irqlab.kernel.irq.spurious import note_interrupt, watched
from irqlab.kernel.locking import spin_lock, spin_unlock
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def set_inprogress(desc: IrqDesc, value: bool) -> None:
    """``IRQD_IRQ_INPROGRESS``; what was pending is being handled."""
    if value:
        desc.pending = False
    desc.irq_data.inprogress = value


@atomic
def actions_of(desc: IrqDesc) -> tuple[IrqAction, ...]:
    """``desc->action`` as a tuple."""
    return desc.actions


@atomic
def wake_thread(k: Kernel, desc: IrqDesc, action: IrqAction) -> None:
    """``__irq_wake_thread()``: nothing if it is to run already."""
    if action.run_thread or not action.thread:
        return
    action.run_thread = True
    desc.threads_oneshot |= action.thread_mask
    desc.threads_active += 1
    k.world.trace("wake-thread", irq=desc.key[0], thread=action.thread_name)


@kernel
def handle_irq_event(k: Kernel, desc: IrqDesc) -> int:
    """``handle_irq_event()``: INPROGRESS is set and ``desc->lock`` dropped while the actions run."""
    set_inprogress(desc, True)
    spin_unlock(k, desc_lock(k, desc))
    result = handle_irq_event_percpu(k, desc)
    spin_lock(k, desc_lock(k, desc))
    set_inprogress(desc, False)
    return result


def handle_irq_event_percpu(k: Kernel, desc: IrqDesc) -> int:
    """``handle_irq_event_percpu()``: the actions, and whether any of them cared."""
    result = __handle_irq_event_percpu(k, desc)
    if watched(k, desc):
        note_interrupt(k, desc, result)
    return result


@kernel
def __handle_irq_event_percpu(k: Kernel, desc: IrqDesc) -> int:  # noqa: N807
    """``__handle_irq_event_percpu()``: every action of a shared line runs."""
    result = IRQ_NONE
    for action in actions_of(desc):
        result |= _run_action(k, desc, action)
    return result


@kernel
def _run_action(k: Kernel, desc: IrqDesc, action: IrqAction) -> int:
    handler = _handler(action)
    k.signal("handler", irq=desc.key[0], name=_name(action))
    hardirq_threaded(k, _may_be_threaded(desc, action))
    result = int(handler(k, desc.irq, _dev_id(action))) if handler is not None else IRQ_WAKE_THREAD
    hardirq_threaded(k, False)
    if current(k.world) is not None and not irqs_disabled(k):
        k.warn(f"irq {desc.irq} handler {_name(action)} enabled interrupts")
        local_irq_disable(k)
    if result == IRQ_WAKE_THREAD:
        if not _has_thread_fn(action):
            warn_no_thread(k, action)
        else:
            wake_thread(k, desc, action)
    return result


@kernel
def call_nmi_handler(k: Kernel, desc: IrqDesc) -> None:
    """``action->handler()`` of the first action alone, as flow handlers of NMIs call it: nobody asks what it answers."""
    action = k.deref(_first(desc), IrqAction, "desc->action")
    k.signal("handler", irq=desc.key[0], name=_name(action))
    handler = _handler(action)
    if handler is not None:
        handler(k, desc.irq, _dev_id(action))


@atomic
def _first(desc: IrqDesc) -> IrqAction | None:
    return desc.actions[0] if desc.actions else None


@atomic
def warn_no_thread(k: Kernel, action: IrqAction) -> None:
    """``warn_no_thread()``: printed once for each action; not a WARN."""
    if not action.warned:
        action.warned = True
        text = f"IRQ {action.irq} device {action.name} returned IRQ_WAKE_THREAD but no thread function available."
        k.world.trace("printk", text=text)


@atomic
def _may_be_threaded(desc: IrqDesc, action: IrqAction) -> bool:
    """Whether PREEMPT_RT runs this handler in a thread: all but NO_THREAD, PERCPU and ONESHOT ones, and IRQ_NOTHREAD lines."""
    return not desc.settings & IRQ_NOTHREAD and not action.flags & (IRQF_NO_THREAD | IRQF_PERCPU | IRQF_ONESHOT)


@atomic
def _handler(action: IrqAction) -> Callable[..., Any] | None:
    return action.handler


@atomic
def _has_thread_fn(action: IrqAction) -> bool:
    return action.thread_fn is not None


@atomic
def _dev_id(action: IrqAction) -> Pointer:
    return action.dev_id


@atomic
def _name(action: IrqAction) -> str:
    return action.name
