"""What the tree's own core sleeps on and is woken by: ``schedule()``, wait queues, kernel threads.

Threads and everybody who waits are Records; the rest of what lies beneath is C (``beneath.c``), and memory, locks and
strings are exported to every guest (:mod:`irqlab.guest.symbols`).
"""

from __future__ import annotations

from irqlab.guest.exports import U8, Bool, Int, Long, Ptr, Text, UInt, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import INT, Guest
from irqlab.guest.symbols.printk import tell
from irqlab.guest.symbols.slab import kfree, kmalloc
from irqlab.kernel.context import SLEEPS, current, might_sleep, start, wait_event
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


def _me(g: Guest) -> str:
    context = current(g.world)
    return context.name if context is not None else "boot"


@atomic
def _wake(k: Kernel, name: str) -> None:
    sleeper = k.world.at(Sleeper, name)
    if not sleeper.exists:
        k.world.new(Sleeper, name, woken=True)
    elif not sleeper.woken:
        sleeper.woken = True


@atomic
def _slept(k: Kernel, name: str) -> None:
    sleeper = k.world.at(Sleeper, name)
    if sleeper.exists:
        k.world.drop(sleeper)


def _woken(k: Kernel, name: str) -> bool:
    sleeper = k.world.at(Sleeper, name)
    return sleeper.exists and sleeper.woken


#: What a kernel thread waits for that has nothing to do.
_NOTHING = "somebody wakes it, for it has nothing to do"
IDLE = f"{SLEEPS}{_NOTHING}"


@kernel
def _schedule(k: Kernel, name: str) -> None:
    wait_event(k, lambda: _woken(k, name), _why(k, name))
    _slept(k, name)


@atomic
def _why(k: Kernel, name: str) -> str:
    """What a context sleeps for: what the queue it stands in is for; a kernel thread that stands in none has nothing to do."""
    queues = [int(key[0]) for key in k.world.keys(Waiting) if key[1] == name]
    told = next((told for told in map(k.guest.queue_at, queues) if told), "somebody wakes it")
    threads = any(thread.name == name for thread in k.world.all(KThread))
    return _NOTHING if threads and not queues else told


@export()
def schedule(g: Guest) -> None:
    _schedule(g.k, _me(g))


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
    _slept(k, name)
    if not k.world.at(Waiting, queue, name).exists:
        k.world.new(Waiting, queue, name)


@atomic
def _dequeue(k: Kernel, queue: int, name: str) -> None:
    _slept(k, name)
    entry = k.world.at(Waiting, queue, name)
    if entry.exists:
        k.world.drop(entry)


@atomic
def _wake_all(k: Kernel, queue: int) -> None:
    for key in k.world.keys(Waiting):
        if key[0] == queue:
            _wake(k, str(key[1]))


@export()
def init_wait_entry(g: Guest, entry: Ptr, flags: Int) -> None:
    return None


@export()
def prepare_to_wait(g: Guest, queue: Ptr, entry: Ptr, state: Int) -> None:
    _enqueue(g.k, queue, _me(g))


@export()
def prepare_to_wait_event(g: Guest, queue: Ptr, entry: Ptr, state: Int) -> Long:
    _enqueue(g.k, queue, _me(g))
    return 0


@export()
def finish_wait(g: Guest, queue: Ptr, entry: Ptr) -> None:
    _dequeue(g.k, queue, _me(g))


@export()
def __wake_up(g: Guest, queue: Ptr, mode: UInt, count: Int, key: Ptr) -> Int:  # noqa: N807
    _wake_all(g.k, queue)
    return 0


@export("__wake_up")
def _wake_up(g: Guest, queue: Ptr, mode: UInt, count: Int, key: Ptr) -> None:
    _wake_all(g.k, queue)


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


# -- kernel threads --------------------------------------------------------------------------------------------------------


@kernel
def kthread(k: Kernel, number: int) -> None:
    """``kthread()``: the entry of a thread's context."""
    thread = k.world.at(KThread, number)
    name, function, data, task = thread.name, thread.function, thread.data, thread.task
    _schedule(k, name)
    if not thread.stopping:
        _began(thread)
        k.guest.function(function, INT)(k, data)
    _ended(thread)
    _wake_all(k, task)
    put_task_struct(k.guest, task)


@atomic
def _began(thread: KThread) -> None:
    thread.ran = True


@atomic
def _ended(thread: KThread) -> None:
    thread.ended = True


@atomic
def _create(g: Guest, name: str, function: int, data: int, task: int) -> None:
    number = g.world.lowest_free(KThread)
    told = f"{name} ({number})" if any(thread.name == name for thread in g.world.all(KThread)) else name
    thread = g.world.new(KThread, number, name=told, task=task, function=function, data=data)
    start(g.k, thread.name, kthread, (number,))


def _thread_of(k: Kernel, task: int) -> KThread | None:
    return next((thread for thread in k.world.all(KThread) if thread.task == task), None)


@atomic
def _name_of(k: Kernel, task: int) -> str:
    thread = _thread_of(k, task)
    return thread.name if thread is not None else ""


@export()
def kthread_create_on_node(g: Guest, function: Ptr, data: Ptr, node: Int, text: Text, *arguments: int) -> Ptr:
    might_sleep(g.k, "kthread_create()")
    usage = g.image.types.offset("task_struct", "usage")
    task = kmalloc(g, usage + 64, 0, "kthread_create", zero=True)
    if not task:
        return -12 & g.abi.mask
    g.set_number(task + usage, 1, 4)
    _create(g, formatted(g, text, arguments), function, data, task)
    return task


@export()
def wake_up_process(g: Guest, task: Ptr) -> Int:
    name = _name_of(g.k, task)
    if name:
        _wake(g.k, name)
    return 1


@atomic
def _should_stop(k: Kernel, name: str) -> bool:
    return any(thread.stopping for thread in k.world.all(KThread) if thread.name == name)


@export()
def kthread_should_stop(g: Guest) -> Bool:
    return _should_stop(g.k, _me(g))


@atomic
def _stop(k: Kernel, task: int) -> str:
    thread = _thread_of(k, task)
    if thread is None:
        return ""
    thread.stopping = True
    _wake(k, thread.name)
    return thread.name


@kernel
def _await_end(k: Kernel, task: int) -> None:
    wait_event(k, lambda: _has_ended(k, task), "a thread has stopped")
    _forget(k, task)


def _has_ended(k: Kernel, task: int) -> bool:
    thread = _thread_of(k, task)
    return thread is None or thread.ended


@atomic
def _forget(k: Kernel, task: int) -> None:
    thread = _thread_of(k, task)
    if thread is not None:
        _slept(k, thread.name)
        k.world.drop(thread)


@export()
def kthread_stop(g: Guest, task: Ptr) -> Int:
    might_sleep(g.k, "kthread_stop()")
    _stop(g.k, task)
    _await_end(g.k, task)
    return 0


@export()
def kthread_stop_put(g: Guest, task: Ptr) -> Int:
    kthread_stop(g, task)
    put_task_struct(g, task)
    return 0


def put_task_struct(g: Guest, task: int) -> None:
    """``put_task_struct()``: the thread itself has a reference, and whoever took one."""
    usage = task + g.image.types.offset("task_struct", "usage")
    left = g.number(usage, 4) - 1
    g.set_number(usage, left, 4)
    if not left:
        kfree(g, task)


@export("__put_task_struct")
def _put_task_struct(g: Guest, task: Ptr) -> None:
    kfree(g, task)


@export()
def kthread_data(g: Guest, task: Ptr) -> Ptr:
    thread = _thread_of(g.k, task)
    return thread.data if thread is not None else 0


@export()
def task_work_add(g: Guest, task: Ptr, work: Ptr, mode: UInt) -> Int:
    return 0


@export()
def task_work_cancel_func(g: Guest, task: Ptr, function: Ptr) -> Ptr:
    return 0


# -- what is only told -----------------------------------------------------------------------------------------------------


@export("irqlab_warns")
def _warns(g: Guest, text: Text) -> None:
    g.k.warn(text.strip())


@export()
def dump_stack_lvl(g: Guest, level: Ptr) -> None:
    tell(g, f"stack trace of {g.where()}")


@export("strreplace")
def _strreplace(g: Guest, text: Ptr, old: U8, new: U8) -> Ptr:
    return _replaced(g, text, old, new)


@export("strreplace")
def _strreplace_signed(g: Guest, text: Ptr, old: Int, new: Int) -> Ptr:
    """The same where an object says that a ``char`` is wider."""
    return _replaced(g, text, old, new)


def _replaced(g: Guest, text: int, old: int, new: int) -> int:
    content = g.text(text)
    g.write(text, content.replace(chr(old & 0xFF), chr(new & 0xFF)).encode())
    return text


@export()
def sprintf(g: Guest, to: Ptr, text: Text, *arguments: int) -> Int:
    made = formatted(g, text, arguments, strip=False).encode()
    g.write(to, made + b"\0")
    return len(made)


@export("kvasprintf_const")
def _kvasprintf_const(g: Guest, flags: UInt, text: Text, arguments: Ptr) -> Ptr:
    made = text.encode() + b"\0"
    address = kmalloc(g, len(made), flags, "kvasprintf")
    if address:
        g.write(address, made)
    return address


__all__ = ["KThread", "Sleeper", "Waiting", "kthread"]
