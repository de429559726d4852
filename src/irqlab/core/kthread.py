"""``kernel/kthread.c``: threads of the tree's own core, made, woken, stopped, and what becomes of their memory."""

from __future__ import annotations

from irqlab.core.sched import KThread, await_wake, me, slept, wake, wake_all
from irqlab.guest.exports import Bool, Int, Ptr, Text, UInt, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import INT, Guest
from irqlab.guest.symbols.slab import kfree, kmalloc
from irqlab.kernel.context import might_sleep, start, wait_event
from irqlab.kernel.kernel import Kernel
from irqlab.state import atomic, kernel


@kernel
def kthread(k: Kernel, number: int) -> None:
    """``kthread()``: the entry of a thread's context."""
    thread = k.world.at(KThread, number)
    name, function, data, task = thread.name, thread.function, thread.data, thread.task
    await_wake(k, name)
    if not thread.stopping:
        _began(thread)
        k.guest.function(function, INT)(k, data)
    _ended(thread)
    wake_all(k, task)
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
        wake(g.k, name)
    return 1


@atomic
def _should_stop(k: Kernel, name: str) -> bool:
    return any(thread.stopping for thread in k.world.all(KThread) if thread.name == name)


@export()
def kthread_should_stop(g: Guest) -> Bool:
    return _should_stop(g.k, me(g))


@atomic
def _stop(k: Kernel, task: int) -> str:
    thread = _thread_of(k, task)
    if thread is None:
        return ""
    thread.stopping = True
    wake(k, thread.name)
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
        slept(k, thread.name)
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
