"""The machine of contexts under random scripts and a random scheduler: locks exclude, interrupts wait, counts come out even."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from setups import UNUSED, linux

from irqlab.kernel.context import (
    INTERRUPTS,
    NOTHING,
    Context,
    cpu,
    current,
    interrupts_open,
    may_run,
    point,
    push_hardirq,
    start,
    step,
)
from irqlab.kernel.locking import HeldLock, Mutex, RawSpinLock, irqsave, mutex, spin
from irqlab.state import Record, atomic, kernel

#: Lock 9 is the interrupt handler's: tasks take it with interrupts off.
SHARED = 9


class Inside(Record):
    """How many calls are inside the section a lock guards."""

    calls: int = 0


@atomic
def enter(k: Any, lock: int, by: int) -> None:
    k.world.at(Inside, lock).calls += by
    assert k.world.at(Inside, lock).calls in (0, 1), f"two calls inside the section of lock {lock}"


@atomic
def even(k: Any) -> bool:
    context = current(k.world)
    assert context is not None
    return (context.preempt_count, context.raw_locks, context.irq_disable_depth) == (0, 0, 0)


def guard(k: Any, how: str, lock: int) -> Any:
    if how == "mutex":
        return mutex(k, k.lock(Mutex, f"mutex {lock}"))
    return (spin if how == "spin" else irqsave)(k, k.lock(RawSpinLock, f"lock {lock}"))


@kernel
def perform(k: Any, script: tuple[Any, ...]) -> None:
    for how, lock, inner in script:
        with guard(k, how, lock):
            enter(k, lock, 1)
            point(k, "inside")
            perform(k, inner)
            enter(k, lock, -1)


@kernel
def entry(k: Any, script: tuple[Any, ...]) -> None:
    perform(k, script)
    assert even(k)


def scripts(lowest: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    """Sections one after the other and inside each other; locks in ascending order, mutexes outside spinlocks."""

    @st.composite
    def section(draw: Any) -> tuple[Any, ...]:
        lock = draw(st.integers(lowest, 4))
        inner = draw(scripts(lock + 1)) if lock < 4 else draw(st.sampled_from([(), (("irqsave", SHARED, ()),)]))
        return ("mutex" if lock < 2 else draw(st.sampled_from(["spin", "irqsave"])), lock, inner)

    return st.lists(section(), max_size=2).map(tuple)


HANDLER = (("spin", SHARED, ()),)


@settings(max_examples=60, deadline=None)
@given(st.lists(scripts(), min_size=2, max_size=3), st.lists(st.integers(0, 5), max_size=80), st.booleans())
def test_locks_exclude_and_interrupts_wait(tasks: list[tuple[Any, ...]], schedule: list[int], inside: bool) -> None:
    model = linux("irqsteer@mainline-2020", "6.12", UNUSED)
    world, k = model.world, model.k
    k.nmi_points = inside  # whether calls are seen standing with interrupts off
    world.begin()
    for lock in (0, 1, 2, 3, 4, SHARED):
        world.new(Inside, lock)
    for number, script in enumerate(tasks):
        start(k, f"task {number}", entry, (script,))
    world.commit()
    interrupts = 4
    for pick in [*schedule, *range(2000)]:
        alive = world.all(Context)
        if not alive:
            break
        stack = cpu(world).stack
        top = stack[-1] if stack else None
        if top is not None and top.irqs_off:
            assert interrupts_open(k) == NOTHING
        runnable = [context for context in alive if may_run(k, context)]
        assert runnable == ([top] if top is not None else list(alive))
        world.begin()
        if pick % 3 == 0 and interrupts and interrupts_open(k) >= INTERRUPTS and not any(c.hardirq for c in stack):
            interrupts -= 1
            assert step(k, push_hardirq(k, entry, (HANDLER,)))
            world.commit()
        elif step(k, runnable[pick % len(runnable)]):
            world.commit()
        else:
            world.abandon()
    assert world.all(Context) == () and cpu(world).stack == ()
    assert not model.k.system.hung
    assert not [lock for lock in world.known(HeldLock) if lock.exists]
