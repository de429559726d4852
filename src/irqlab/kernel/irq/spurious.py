"""Lines that interrupt although nobody has anything to do (kernel/irq/spurious.c; 6.1.192 and 6.12.117 agree).

The kernel shuts a line down after 99 900 unhandled of 100 000 interrupts.  Here the window is ``Config.spurious``: N means N
of N (100 000 is the kernel's own rule, with the odd hundred it forgives), 0 that the kernel was booted with ``noirqdebug``,
and then nothing in this file runs and no count changes.

What only counts is no state, so two of the kernel's numbers are what is asked of them: ``threads_handled`` is whether it
differs from ``threads_handled_last``, ``last_unhandled`` whether it is more than 100 ms ago (:func:`unhandled_ages`, an action
of the explorer).  ``irq_poll_cpu`` is the one CPU there is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import Context, local_irq_disable, local_irq_enable, point
from irqlab.kernel.irq.chip import irq_disable
from irqlab.kernel.irq.desc import IrqDesc, desc_lock
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_IS_POLLED,
    IRQ_NESTED_THREAD,
    IRQ_NO_DEBUG,
    IRQ_NONE,
    IRQ_PER_CPU,
    IRQ_WAKE_THREAD,
    IRQF_IRQPOLL,
    IRQF_SHARED,
    IRQF_TIMER_BIT,
)
from irqlab.kernel.irq.resend import SOFTIRQ
from irqlab.kernel.irq.state import has_setting, is_disabled, is_inprogress
from irqlab.kernel.locking import irqsave, spin
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: ``irqfixup=``: look for the owner of an unhandled interrupt at other lines; ``irqpoll``: also after IRQF_IRQPOLL ones.
IRQFIXUP, IRQPOLL = 1, 2

#: What :func:`_verdict` says of an interrupt that is judged when the next one comes.
_LATER = -1


class PollTimer(Record):
    """``poll_spurious_irq_timer``; exists from the first line that was shut down on, for it arms itself again."""


class Polling(Record):
    """``irq_poll_active``; absent at 0."""

    count: int


# -- counting ----------------------------------------------------------------------------------------------------------


def watched(k: Kernel, desc: IrqDesc) -> bool:
    """``!irq_settings_no_debug()``, which ``noirqdebug`` makes false for every line."""
    return bool(k.config.spurious) and not has_setting(desc, IRQ_NO_DEBUG)


@kernel
def note_interrupt(k: Kernel, desc: IrqDesc, result: int) -> None:
    """``note_interrupt()``: what the actions of a line answered.  INPROGRESS, without ``desc->lock``."""
    if _left_alone(desc):
        return
    if not IRQ_NONE <= result <= IRQ_HANDLED | IRQ_WAKE_THREAD:
        __report_bad_irq(k, desc, f"irq event {desc.irq}: bogus return value {result & 0xFFFFFFFF:x}")
        return
    result = _verdict(desc, result)
    if result == _LATER:
        return
    if result == IRQ_NONE:
        _count_unhandled(desc)
    if _try_misrouted_irq(k, desc, result) and misrouted_irq(k, desc.irq) and result == IRQ_NONE:
        _discount(desc)
    if _is_stuck(k, desc):
        __report_bad_irq(k, desc, f'irq {desc.irq}: nobody cared (try booting with the "irqpoll" option)')
        k.world.trace("printk", text=f"Disabling IRQ #{desc.irq}")
        _shut(k, desc)
        irq_disable(k, desc)


@atomic
def _left_alone(desc: IrqDesc) -> bool:
    return desc.poll_inprogress or bool(desc.settings & IRQ_IS_POLLED)


@atomic
def _verdict(desc: IrqDesc, result: int) -> int:
    """What is judged: this interrupt, or where only threads were woken the one before; :data:`_LATER` if there was none."""
    if not result & IRQ_WAKE_THREAD:
        return result
    if result & IRQ_HANDLED:
        desc.deferred = False
        return result
    if not desc.deferred:
        desc.deferred = True
        return _LATER
    if not desc.threads_handled:
        return IRQ_NONE
    desc.threads_handled = False
    return IRQ_HANDLED


@atomic
def note_thread(desc: IrqDesc, result: int) -> None:
    """``irq_thread_fn()``: only a thread that says IRQ_HANDLED counts."""
    if result == IRQ_HANDLED:
        desc.threads_handled = True


@atomic
def _count_unhandled(desc: IrqDesc) -> None:
    desc.irqs_unhandled = 1 if desc.unhandled_aged else desc.irqs_unhandled + 1
    desc.unhandled_aged = False


@atomic
def _discount(desc: IrqDesc) -> None:
    desc.irqs_unhandled -= 1


@atomic
def _is_stuck(k: Kernel, desc: IrqDesc) -> bool:
    """Whether the window is full, and of nothing else; a full one is emptied."""
    if not desc.irqs_unhandled:
        return False
    window = k.config.spurious
    desc.irq_count += 1
    if desc.irq_count < window:
        return False
    stuck = desc.irqs_unhandled > window - max(1, window // 1000)
    reset_detection(desc)
    return stuck


@atomic
def reset_detection(desc: IrqDesc) -> None:
    """``irq_count`` and ``irqs_unhandled`` become 0: the window is full, or ``__setup_irq()`` has a new handler."""
    desc.irq_count = desc.irqs_unhandled = 0
    desc.unhandled_aged = False


@kernel
def __report_bad_irq(k: Kernel, desc: IrqDesc, text: str) -> None:  # noqa: N807
    """``__report_bad_irq()``: a message with a stack, then the handlers, which takes ``desc->lock``."""
    k.warn(text)
    with irqsave(k, desc_lock(k, desc)):
        k.world.trace("printk", text="handlers: " + ", ".join(action.name for action in desc.actions))


@atomic
def _shut(k: Kernel, desc: IrqDesc) -> None:
    """``IRQS_SPURIOUS_DISABLED``, one disable more, and the poll timer."""
    desc.spurious_disabled = True
    desc.depth += 1
    k.world.trace("depth", irq=desc.irq, depth=desc.depth)
    timer = k.world.at(PollTimer)
    if not timer.exists:
        k.world.new(PollTimer)


@atomic
def take_spurious_disabled(desc: IrqDesc) -> bool:
    """Clears ``IRQS_SPURIOUS_DISABLED``: a new handler is another chance; whether it was set."""
    if not desc.spurious_disabled:
        return False
    desc.spurious_disabled = False
    return True


# -- time --------------------------------------------------------------------------------------------------------------


@atomic
def unhandled_may_age(desc: IrqDesc) -> bool:
    """Whether it would make a difference that 100 ms pass without an unhandled interrupt."""
    return desc.exists and desc.irqs_unhandled > 0 and not desc.unhandled_aged


@atomic
def unhandled_ages(desc: IrqDesc) -> None:
    """``time_after(jiffies, last_unhandled + HZ/10)``: the next unhandled interrupt is the first again."""
    desc.unhandled_aged = True


# -- polling -----------------------------------------------------------------------------------------------------------


def irq_check_poll(k: Kernel, desc: IrqDesc) -> bool:
    """``irq_check_poll()``, ``irq_wait_for_poll()``: whether a line may be handled after its poll.  Not on one CPU."""
    if k.config.spurious and _polled_now(desc):
        k.warn(f"irq poll in progress on cpu 0 for irq {desc.irq}")
    return False


@atomic
def _polled_now(desc: IrqDesc) -> bool:
    return desc.poll_inprogress


@atomic
def _try_misrouted_irq(k: Kernel, desc: IrqDesc, result: int) -> bool:
    """``try_misrouted_irq()``."""
    if not k.config.irqfixup:
        return False
    if result == IRQ_NONE:
        return True
    return k.config.irqfixup >= IRQPOLL and desc.actions != () and bool(desc.actions[0].flags & IRQF_IRQPOLL)


@kernel
def try_one_irq(k: Kernel, desc: IrqDesc, force: bool) -> bool:
    """``try_one_irq()``: calls the handlers of a shared line; whether one had something to do.  Interrupts are off."""
    from irqlab.kernel.irq.handle import handle_irq_event

    handled = False
    with spin(k, desc_lock(k, desc)):
        again = _begin_poll(desc, force)
        while again:
            handled |= handle_irq_event(k, desc) == IRQ_HANDLED
            again = _poll_again(desc)
    return handled


@atomic
def _begin_poll(desc: IrqDesc, force: bool) -> bool:
    """Sets ``IRQS_POLL_INPROGRESS`` where the line may be polled; one in progress already is to look again."""
    if desc.settings & (IRQ_PER_CPU | IRQ_NESTED_THREAD | IRQ_IS_POLLED) or (is_disabled(desc.irq_data) and not force):
        return False
    if not desc.actions or not desc.actions[0].flags & IRQF_SHARED or desc.actions[0].flags & IRQF_TIMER_BIT:
        return False
    if is_inprogress(desc.irq_data):
        desc.pending = True
        return False
    desc.poll_inprogress = True
    return True


@atomic
def _poll_again(desc: IrqDesc) -> bool:
    desc.poll_inprogress = desc.pending and desc.actions != ()
    return desc.poll_inprogress


@atomic
def _enter(k: Kernel) -> bool:
    """Whether nobody polls already (``atomic_inc_return(&irq_poll_active)``)."""
    polling = k.world.at(Polling)
    if polling.exists:
        polling.count += 1
        return False
    k.world.new(Polling, count=1)
    return True


@atomic
def _leave(k: Kernel) -> None:
    polling = k.world.at(Polling)
    polling.count -= 1
    if not polling.count:
        k.world.drop(polling)


@atomic
def _next(k: Kernel, after: int, only_disabled: bool) -> int:
    """``for_each_irq_desc()``: the next number, or the next that is ``IRQS_SPURIOUS_DISABLED``; 0 if there is none."""
    for irq in sorted(int(key[0]) for key in k.world.keys(IrqDesc)):
        if irq > after and not (only_disabled and not k.world.at(IrqDesc, irq).spurious_disabled):
            return irq
    return 0


@kernel
def misrouted_irq(k: Kernel, irq: int) -> bool:
    """``misrouted_irq()``: asks the handlers of every other line that is enabled; nothing while somebody polls."""
    found = False
    if _enter(k):
        other = 0
        while other := _next(k, other, False):
            if other != irq:
                found |= try_one_irq(k, k.world.at(IrqDesc, other), False)
    _leave(k)
    return found


@atomic
def poll_pending(k: Kernel) -> bool:
    """Whether the poll timer may fire.  A turn that finds no line and only arms it again is left out: it changes nothing."""
    return k.world.at(PollTimer).exists and not k.world.at(Context, SOFTIRQ).exists and _next(k, 0, True) > 0


@kernel
def poll_spurious_irqs(k: Kernel) -> None:
    """``poll_spurious_irqs()``: the handlers of lines that were shut down, every 100 ms.  Timer softirq; an entry."""
    if _enter(k):
        irq = 0
        while irq := _next(k, irq, True):
            local_irq_disable(k)
            try_one_irq(k, k.world.at(IrqDesc, irq), True)
            local_irq_enable(k)
            point(k, "poll_spurious_irqs()")
    _leave(k)
