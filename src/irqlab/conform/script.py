"""What the callbacks of the chip and the handlers of the consumer do in one step, the same on both cores."""

from __future__ import annotations

from abc import ABC, abstractmethod

from irqlab.conform.step import POWER, Handling, Op
from irqlab.kernel.context import Context, wait_event
from irqlab.kernel.kernel import Kernel
from irqlab.state import Record, Static, atomic, kernel

#: ``IRQ_HANDLED``.
_HANDLED: Handling = ((), 1, False)


class Side(Static, ABC):
    """One of the two cores.

    :ivar operations: what it can do, by name.
    """

    @property
    @abstractmethod
    def irqs(self) -> tuple[int, ...]:
        """The Linux numbers of the lines; 0 where one is not mapped."""

    @abstractmethod
    def perform(self, k: Kernel, op: Op) -> int:
        """Does an operation in the running context; what it returned."""


class Script(Record):
    """What the running step wants.

    :ivar answers: what a callback returns on a line (or device): (callback, line, value); 0 where nothing is said.
    :ivar handlers: what the next calls of handlers do, in order; then they only say that it was theirs.
    :ivar journal: every callback and handler since the step began: (what, line, argument).
    """

    side: Side
    answers: tuple[tuple[str, int, int], ...] = ()
    handlers: tuple[Handling, ...] = ()
    journal: tuple[tuple[str, int, int], ...] = ()


class Asleep(Record, counted=True):
    """A threaded handler that sleeps until somebody wakes it.  Key: interrupt number, user."""


class Result(Record, counted=True):
    """What a step's operation returned.  Key: the context's name."""

    value: int


def script(k: Kernel) -> Script:
    """The script of the running step."""
    return k.world.at(Script)


#: Calls in one step after which callbacks answer 0: what is busy for ever is tried for ever.
PATIENCE = 40


@atomic
def callback(k: Kernel, what: str, line: int, argument: int) -> int:
    """A callback was called: writes it down, and answers what the step wants."""
    running = script(k)
    running.journal = (*running.journal, (what, line, argument))
    if len(running.journal) > PATIENCE:
        return 0
    return next((value for name, number, value in running.answers if name == what and number == line), 0)


#: An answer of a runtime PM callback: it sleeps until it is woken, then returns 0.
SLEEPS = -1001

#: A sleeping callback of device n is woken as interrupt ``DEVICE + n``, user 0.
DEVICE = 1000


@kernel
def power_callback(k: Kernel, what: str, device: int) -> int:
    """A runtime PM callback was called."""
    value = callback(k, what, device, 0)
    if value != SLEEPS:
        return value
    _fall_asleep(k, DEVICE + device, 0)
    wait_event(k, lambda: not k.world.at(Asleep, DEVICE + device, 0).exists, "somebody wakes the callback")
    return 0


@atomic
def _next_handling(k: Kernel, irq: int, user: int, thread: bool) -> Handling:
    running = script(k)
    running.journal = (*running.journal, ("thread_fn" if thread else "handler", irq, user))
    if not running.handlers:
        return _HANDLED
    first, running.handlers = running.handlers[0], running.handlers[1:]
    return first


@atomic
def _fall_asleep(k: Kernel, irq: int, user: int) -> None:
    if not k.world.at(Asleep, irq, user).exists:
        k.world.new(Asleep, irq, user)


@kernel
def handle(k: Kernel, irq: int, user: int, thread: bool) -> int:
    """A handler was called: does what the step wants."""
    ops, result, sleeps = _next_handling(k, irq, user, thread)
    if thread and sleeps:
        _fall_asleep(k, irq, user)
        wait_event(k, lambda: not k.world.at(Asleep, irq, user).exists, "somebody wakes the handler")
    for op in ops:
        perform(k, op)
    return result


class Holds(Record, counted=True):
    """A user has requested a line, or is about to.  Key: interrupt number, user."""

    #: How it was requested: ``request_percpu`` has ``_percpu``.
    how: str
    #: It is being freed.
    leaving: bool = False


#: The user that stands for the handler of a wake irq; that of device n holds its line as ``WAKER + n``.
WAKER = 7

#: What is returned where the user has the line already, or frees it already: nobody is that wrong.
HELD = -1000


@atomic
def _take(k: Kernel, irq: int, user: int, how: str) -> bool:
    if k.world.at(Holds, irq, user).exists:
        return False
    k.world.new(Holds, irq, user, how=how)
    return True


@atomic
def _leave(k: Kernel, irq: int, user: int, how: str) -> bool:
    """A user begins to free a line, requested or not, as it should or not; False where that is under way."""
    holds = k.world.at(Holds, irq, user)
    if not holds.exists or holds.how != how:
        return True
    if holds.leaving:
        return False
    holds.leaving = True
    return True


@atomic
def _give_up(k: Kernel, irq: int, user: int, how: str) -> None:
    holds = k.world.at(Holds, irq, user)
    if holds.exists and holds.how == how:
        k.world.drop(holds)


@atomic
def _requested(k: Kernel, irq: int) -> bool:
    return any(key[0] == irq for key in k.world.keys(Holds))


@atomic
def _disposable(k: Kernel, irq: int) -> bool:
    """Nobody has the line, and no other call that waits could have an eye on it."""
    return not _requested(k, irq) and sum(context.name.startswith("task") for context in k.world.all(Context)) <= 1


@atomic
def _take_wake(k: Kernel, irq: int, device: int) -> bool:
    """A device gets a dedicated wake irq; False where it has it, or it comes or goes: its thread's name would be there twice."""
    if k.world.at(Holds, irq, WAKER + device).exists:
        return False
    k.world.new(Holds, irq, WAKER + device, how="_wake", leaving=True)
    return True


@atomic
def _took_wake(k: Kernel, irq: int, device: int, error: int) -> None:
    holds = k.world.at(Holds, irq, WAKER + device)
    if error:
        k.world.drop(holds)
    else:
        holds.leaving = False


@atomic
def _leave_wake(k: Kernel, device: int) -> tuple[int, ...]:
    """The lines that are a wake irq of a device, which go."""
    lines = []
    for irq, user in k.world.keys(Holds):
        holds = k.world.at(Holds, irq, user)
        if user == WAKER + device and not holds.leaving:
            holds.leaving = True
            lines.append(int(irq))
    return tuple(lines)


@kernel
def _wake_irq(k: Kernel, op: Op) -> int:
    name, args = op
    if name == "clear_wake_irq":
        lines = _leave_wake(k, args[0])
        result = script(k).side.perform(k, op)
        for irq in lines:
            _give_up(k, irq, WAKER + args[0], "_wake")
        return result
    irq, device, how = args
    if not how:  # the device's own line, which it has requested itself
        return script(k).side.perform(k, op)
    if not _take_wake(k, irq, device):
        return HELD
    result = script(k).side.perform(k, op)
    _took_wake(k, irq, device, result)
    return result


@atomic
def _alone(k: Kernel) -> bool:
    """Nobody is in the middle of runtime PM: callbacks are where it sleeps."""
    return not k.world.keys(Asleep)


#: Operations of runtime PM that set a status and wake nobody who waits for it.
_UNTOLD = ("set_active", "set_suspended", "force_suspend", "force_resume")


@atomic
def _under_way(k: Kernel, device: int) -> bool:
    """Whether a callback of a device sleeps: the end of its transition is what others wait for."""
    return k.world.at(Asleep, DEVICE + device, 0).exists


@kernel
def perform(k: Kernel, op: Op) -> int:
    """Does one operation on the core at hand."""
    side = script(k).side
    name, args = op
    if name == "chain" and _requested(k, args[0]):
        return HELD
    if name == "dispose" and not _disposable(k, args[0]):
        return HELD
    if name == "nested" and args[0] not in side.irqs:
        return HELD
    if name in ("link", "unlink") and not _alone(k):  # a link goes only when nobody walks the lists
        return HELD
    if name == "pm" and POWER[args[1]] in _UNTOLD and _under_way(k, args[0]):
        return HELD
    if name.endswith("wake_irq"):
        return _wake_irq(k, op)
    if not name.startswith(("request", "free")):
        return side.perform(k, op)
    irq, user = args[0], args[-1]
    begins = _take if name.startswith("request") else _leave
    how = name.removeprefix("request").removeprefix("free").removeprefix("_any")
    if not begins(k, irq, user, how):
        return HELD
    result = side.perform(k, op)
    if name.startswith("free") or result < 0:
        _give_up(k, irq, user, how)
    return result


@kernel
def call(k: Kernel, name: str, op: Op) -> None:
    """The entry of a step's context."""
    _note_result(k, name, perform(k, op))


@atomic
def _note_result(k: Kernel, name: str, value: int) -> None:
    k.world.new(Result, name, value=value)


def wake(k: Kernel, irq: int, user: int) -> bool:
    """Wakes a handler; whether there was one asleep."""
    sleeper = k.world.at(Asleep, irq, user)
    if not sleeper.exists:
        return False
    k.world.drop(sleeper)
    return True


__all__ = [
    "WAKER",
    "Asleep",
    "Handling",
    "Op",
    "Result",
    "Script",
    "Side",
    "call",
    "callback",
    "handle",
    "perform",
    "power_callback",
    "wake",
]
