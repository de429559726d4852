"""``kernel/sched``: who sleeps, in ``schedule()`` and in wait queues, and who wakes whom.

Everybody who waits is a Record, and so is a kernel thread (:mod:`irqlab.core.kthread`).
"""

from __future__ import annotations

from irqlab.guest.exports import Int, Long, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.kernel.context import SLEEPS, current, might_sleep, wait_event
from irqlab.kernel.kernel import Kernel
from irqlab.state import Record, atomic, kernel


class Sleeper(Record):
    """Somebody who called ``schedule()`` or will, and who was woken meanwhile.  Key: the context's name."""

    woken: bool = False


class Waiting(Record, counted=True):
    """An entry of a wait queue.  Key: the queue's address, the context's name."""


class KThread(Record, counted=True):
    """A kernel thread.  Key: a number.

    :ivar task: its ``struct task_struct``: memory with little in it.
    :ivar ran: it has run once; ``stopping`` is ``KTHREAD_SHOULD_STOP``; ``ended``: its function has returned.
    """

    name: str
    task: int
    function: int
    data: int
    ran: bool = False
    stopping: bool = False
    ended: bool = False


def me(g: Guest) -> str:
    context = current(g.world)
    return context.name if context is not None else "boot"


@atomic
def wake(k: Kernel, name: str) -> None:
    sleeper = k.world.at(Sleeper, name)
    if not sleeper.exists:
        k.world.new(Sleeper, name, woken=True)
    elif not sleeper.woken:
        sleeper.woken = True


@atomic
def slept(k: Kernel, name: str) -> None:
    sleeper = k.world.at(Sleeper, name)
    if sleeper.exists:
        k.world.drop(sleeper)


def is_woken(k: Kernel, name: str) -> bool:
    sleeper = k.world.at(Sleeper, name)
    return sleeper.exists and sleeper.woken


#: What a kernel thread waits for that has nothing to do.
_NOTHING = "somebody wakes it, for it has nothing to do"
IDLE = f"{SLEEPS}{_NOTHING}"


def await_wake(k: Kernel, name: str) -> None:
    """Sleeps until somebody wakes ``name``, whose turn this is: what ``schedule()`` comes down to."""
    _schedule(k, name)


@kernel
def _schedule(k: Kernel, name: str) -> None:
    wait_event(k, lambda: is_woken(k, name), _why(k, name))
    slept(k, name)


@atomic
def _why(k: Kernel, name: str) -> str:
    """What a context sleeps for: what the queue it stands in is for; a kernel thread that stands in none has nothing to do."""
    queues = [int(key[0]) for key in k.world.keys(Waiting) if key[1] == name]
    told = next((told for told in map(k.guest.queue_at, queues) if told), "somebody wakes it")
    threads = any(thread.name == name for thread in k.world.all(KThread))
    return _NOTHING if threads and not queues else told


@export()
def schedule(g: Guest) -> None:
    await_wake(g.k, me(g))


@export("__might_resched", "__cond_resched")
def _might_resched(g: Guest) -> None:
    might_sleep(g.k, "might_sleep()")


@export("__might_sleep")
def _might_sleep(g: Guest, file: Text, line: Int) -> None:
    might_sleep(g.k, "might_sleep()")


# -- wait queues -----------------------------------------------------------------------------------------------------------


@atomic
def _enqueue(k: Kernel, queue: int, name: str) -> None:
    """Who says anew that it will sleep has not been woken: what came before is lost."""
    slept(k, name)
    if not k.world.at(Waiting, queue, name).exists:
        k.world.new(Waiting, queue, name)


@atomic
def _dequeue(k: Kernel, queue: int, name: str) -> None:
    slept(k, name)
    entry = k.world.at(Waiting, queue, name)
    if entry.exists:
        k.world.drop(entry)


@atomic
def wake_all(k: Kernel, queue: int) -> None:
    for key in k.world.keys(Waiting):
        if key[0] == queue:
            wake(k, str(key[1]))


@export()
def init_wait_entry(g: Guest, entry: Ptr, flags: Int) -> None:
    return None


@export()
def prepare_to_wait(g: Guest, queue: Ptr, entry: Ptr, state: Int) -> None:
    _enqueue(g.k, queue, me(g))


@export()
def prepare_to_wait_event(g: Guest, queue: Ptr, entry: Ptr, state: Int) -> Long:
    _enqueue(g.k, queue, me(g))
    return 0


@export()
def finish_wait(g: Guest, queue: Ptr, entry: Ptr) -> None:
    _dequeue(g.k, queue, me(g))


@export()
def __wake_up(g: Guest, queue: Ptr, mode: UInt, count: Int, key: Ptr) -> Int:  # noqa: N807
    wake_all(g.k, queue)
    return 0


@export("__wake_up")
def _wake_up(g: Guest, queue: Ptr, mode: UInt, count: Int, key: Ptr) -> None:
    wake_all(g.k, queue)


@export()
def wake_up_bit(g: Guest, word: Ptr, bit: Int) -> None:
    return None


@export()
def out_of_line_wait_on_bit(g: Guest, word: Ptr, bit: Int, action: Ptr, mode: UInt) -> Int:
    _wait_on_bit(g.k, word, bit)
    return 0


@kernel
def _wait_on_bit(k: Kernel, word: int, bit: int) -> None:
    wait_event(k, lambda: not _bit(k, word, bit), "a bit is cleared")


def _bit(k: Kernel, word: int, bit: int) -> bool:
    content = k.guest.memory.load(word + bit // 8, 1)
    return isinstance(content, bytes) and bool(content[0] >> bit % 8 & 1)
