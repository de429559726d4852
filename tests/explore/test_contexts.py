"""Contexts are real: what only goes wrong when one call comes between two steps of another is found, replayed, minimal.

Each case stands beside its nearest neighbour, which does it right and in which nothing is found.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import steer
import users
from naive import Enumeration, enumerate_states
from setups import KEEPS, SMALL, explored, linux, rerun, rules, select

from irqlab.explore.action import Action, Actor
from irqlab.explore.findings import Finding
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import explore
from irqlab.explore.trace import retrace
from irqlab.kernel.context import SLEEPS, Context, Cpu
from irqlab.kernel.locking import HeldLock
from irqlab.properties import judge

#: No crash, no runtime PM: the price of leaving the controller on is all there is to find.
QUIET = Scope("quiet", crash=(), runtime_pm=False)
PRICE = {"never-suspends"}


@pytest.fixture(autouse=True)
def _users() -> Iterator[None]:
    with users.added():
        yield


def replayed(make: Callable[[], LinuxModel], finding: Finding) -> None:
    """The steps of a finding, taken by hand in a fresh model, break the same promise."""
    assert finding.breach.key in [breach.key for breach in rerun(make(), finding.steps)]


def minimal(make: Callable[[], LinuxModel], finding: Finding) -> None:
    """The naive enumerator sees the same promise broken at this depth and not before."""
    seen = enumerate_states(make(), depth=finding.depth).signals
    breaches = [(judge(kind, dict(facts)), depth) for (kind, facts), depth in seen.items()]
    assert min(depth for breach, depth in breaches if breach is not None and breach.key == finding.breach.key) == finding.depth


# -- an interrupt in the middle of a read-modify-write ---------------------------------------------------------------


def two_lines(driver: Any) -> Callable[[], LinuxModel]:
    """Two lines in one mask word: a masks itself until its thread is done, b is requested beside it."""
    scope = QUIET.but(consumers=(("a", "threaded"), ("b", "plain")), calls=("request",))
    return lambda: linux(driver, "6.12", scope, board="neighbours")


def accesses(make: Callable[[], LinuxModel], finding: Finding, register: str) -> list[tuple[str, str, int]]:
    """Who read and wrote a register on the way, and what."""
    trace = retrace(make(), finding.steps, finding.circle, finding.breach.key)
    return [
        (step.context.partition("/")[0].partition(" ")[0], event.kind, event["value"])
        for step in trace.steps
        for event in step.events
        if event.kind in ("read", "write") and event["register"] == register
    ]


def takes(model: LinuxModel, action: Action) -> bool:
    """Whether an action is possible now; nothing of it stays."""
    model.world.begin()
    possible = action.run()
    model.world.abandon()
    return possible


#: What ``request`` of a leaves: unmasked, and written again when the bus lock is dropped.
LINE_A_IS_REQUESTED = [("task", "read", 0), ("task", "write", 0x100), ("task", "read", 0x100), ("task", "write", 0x100)]


def test_an_interrupt_in_an_unlocked_read_modify_write_loses_its_mask() -> None:
    make = two_lines(steer.UNLOCKED)
    _, findings = explored(make())
    (storm,) = select(findings, "interrupt-storm", cause="a line believed masked is open")
    assert storm.depth == 22
    assert accesses(make, storm, "CHANMASK1") == [
        *LINE_A_IS_REQUESTED,
        ("task", "read", 0x100),
        ("task", "write", 0x300),
        ("task", "read", 0x300),  # b's bus lock is dropped: reads both lines open …
        ("hardirq", "read", 0x300),
        ("hardirq", "write", 0x200),  # … a's interrupt masks a …
        ("task", "write", 0x300),  # … and b writes it open again, with a's event waiting and its mask believed shut
    ]
    assert [step.action for step in storm.circle] == ["the CPU takes an interrupt"]
    model = make()
    rerun(model, storm.steps)
    before = model.world.dump()
    rerun(model, storm.circle)
    assert model.world.dump() == before  # taken, and nothing has changed
    assert [action.name for action in model.actions() if takes(model, action)] == ["the CPU takes an interrupt"]


def test_an_interrupt_in_the_threads_own_read_modify_write_loses_its_mask() -> None:
    make = two_lines(steer.UNLOCKED)
    _, findings = explored(make())
    (finding,) = select(findings, "mask-incoherent", cause="believed masked | register open")
    assert finding.depth == 24
    assert accesses(make, finding, "CHANMASK1") == [
        *LINE_A_IS_REQUESTED,
        ("hardirq", "read", 0x100),
        ("hardirq", "write", 0),  # a masks itself until its thread is done,
        ("irq", "read", 0),
        ("irq", "write", 0x100),  # which then unmasks it
        ("irq", "read", 0x100),  # and drops the bus lock: reads it open …
        ("hardirq", "read", 0x100),
        ("hardirq", "write", 0),  # … its next interrupt masks it …
        ("irq", "write", 0x100),  # … and the thread writes it open again
    ]
    replayed(make, finding)
    minimal(make, finding)


def test_a_thread_in_an_unlocked_read_modify_write_loses_its_unmask_and_the_interrupt() -> None:
    make = two_lines(steer.UNLOCKED)
    _, findings = explored(make())
    (finding,) = select(findings, "mask-incoherent", cause="believed unmasked | register masked")
    assert finding.depth == 32
    assert accesses(make, finding, "CHANMASK1")[-6:] == [
        ("task", "read", 0x200),  # b's bus lock is dropped: reads a masked …
        ("irq", "read", 0x200),
        ("irq", "write", 0x300),  # … a's thread is done and unmasks a,
        ("irq", "read", 0x300),
        ("irq", "write", 0x300),  # drops the bus lock …
        ("task", "write", 0x200),  # … and b shuts a for good
    ]
    replayed(make, finding)
    (lost,) = select(findings, "lost-interrupt", cause="its mask is shut though the core believes it open")
    assert lost.depth == finding.depth + 1  # once a raises its line again
    assert [step.action for step in lost.steps].count("device a raises its line") == 2


def test_with_the_lock_held_nothing_comes_between() -> None:
    result, findings = explored(two_lines(steer.LOCKED)())
    assert (result.states, result.successors, rules(findings)) == (612, 1031, PRICE)


# -- waiting for a thread that needs what the caller holds --------------------------------------------------------------


WAITERS = {"synchronize": 17, "disable": 20, "free": 21}


def mutex_thread(call: str) -> Callable[[], LinuxModel]:
    scope = QUIET.but(consumers=(("a", "mutex-thread"),), calls=("request", call))
    return lambda: linux("irqsteer@mainline-2020", "6.12", scope)


def waits(seen: Enumeration) -> dict[Any, int]:
    """Depths of the states in which the task waits for the thread and the thread for the task's mutex."""
    found = {}
    for dump, depth in seen.depth.items():
        waiting = {key[0]: dict(values)["waits_for"] for kind, key, values in dump if kind == "Context"}
        task, thread = waiting.get("task a", ""), next((w for name, w in waiting.items() if name.startswith("irq/")), "")
        if "threads of irq" in task and "mutex of its driver" in thread:
            found[dump] = depth
    return found


@pytest.mark.parametrize("call", WAITERS)
def test_waiting_for_a_thread_that_needs_the_callers_mutex_is_a_deadlock(call: str) -> None:
    make = mutex_thread(f"{call}-locked")
    _, findings = explored(make())
    (task,) = select(findings, "deadlock", place="task")
    (thread,) = select(findings, "deadlock", place="irq thread")
    assert task.depth == thread.depth == WAITERS[call]
    assert task.breach.cause == ("sleeps until the threads of irq N are done", "first kernel")
    assert "mutex of its driver is released" in thread.breach.cause[0]
    assert "task a holds peripheral@32e00000 mutex of its driver" in thread.breach.text
    model = make()
    rerun(model, task.steps)
    assert {context.name for context in model.world.all(Context)} == {"task a", "irq/2-0"}
    assert not any(action.run() for action in model.actions() if "goes on" in action.name)
    assert min(waits(enumerate_states(make())).values()) == task.depth


@pytest.mark.parametrize("call", WAITERS)
def test_with_the_mutex_dropped_first_the_thread_gets_done(call: str) -> None:
    _, findings = explored(mutex_thread(f"{call}-dropped")())
    assert rules(findings) == PRICE


# -- free_irq() while runtime suspend runs ------------------------------------------------------------------------------


def requests_and_frees(driver: str) -> Callable[[], LinuxModel]:
    return lambda: linux(driver, "6.1", SMALL.but(crash=(), raises=False))


def test_free_irq_while_runtime_suspend_runs_touches_a_stopped_chip() -> None:
    make = requests_and_frees("irqsteer@unlinked-2020")
    _, findings = explored(make())
    (finding,) = select(
        findings, "dead-register-access", cause="free_irq | while the kernel runs | in the middle of a PM callback"
    )
    assert (finding.breach.place, finding.breach.blame) == ("imx_irqsteer_irq_mask", "driver")
    assert finding.depth == 18
    assert [step.action for step in finding.steps[-10:]] == [
        "task a: free",
        *["task a goes on"] * 2,
        "kworker interrupt-controller@32e2d000 runs",
        *["kworker interrupt-controller@32e2d000 goes on"] * 5,
        "task a goes on",
    ]
    replayed(make, finding)
    minimal(make, finding)


def test_a_request_that_holds_a_reference_keeps_runtime_suspend_away_from_free_irq() -> None:
    result, findings = explored(requests_and_frees("irqsteer@5.19")())
    assert (result.states, result.successors, rules(findings)) == (2395, 6345, set())


# -- a handler that needs a lock of what it interrupted -------------------------------------------------------------------


def lock_handler(call: str) -> Callable[[], LinuxModel]:
    scope = QUIET.but(consumers=(("a", "lock-handler"),), calls=("request", call))
    return lambda: linux("irqsteer@mainline-2020", "6.12", scope)


def test_a_handler_spins_for_ever_on_a_lock_its_interrupted_holder_has() -> None:
    make = lock_handler("look-open")
    _, findings = explored(make())
    (finding,) = select(findings, "deadlock")
    assert (finding.breach.place, finding.breach.blame, finding.depth) == ("served_under_lock", "driver", 12)
    replayed(make, finding)
    minimal(make, finding)
    model = make()
    rerun(model, finding.steps)
    assert model.k.system.hung == "spins until peripheral@32e00000 lock of its driver is released"
    assert [lock.owner for lock in model.world.known(HeldLock) if lock.exists and "its driver" in str(lock.key)] == ["task a"]


def test_with_interrupts_off_the_handler_comes_later() -> None:
    _, findings = explored(lock_handler("look-irqsave")())
    assert rules(findings) == PRICE


# -- who goes on --------------------------------------------------------------------------------------------------------


def test_a_hardirq_ends_before_what_it_interrupted_goes_on() -> None:
    """NMI crashes make every point with interrupts off a state, so hard interrupts are seen standing."""
    model = linux("irqsteer@unlinked-2020", "6.1", SMALL.but(crash=("nmi",)))
    world = model.world
    result = explore(model, memo=True)
    standing: Counter[int] = Counter()
    for state in result.graph.states:
        world.restore(state)
        held = [context for context in world.all(Context) if context.hardirq]
        if not held:
            continue
        assert world.at(Cpu).stack[-1] is held[-1]
        others = [context for context in world.all(Context) if not context.hardirq]
        standing[len(others)] += 1
        for context in others:
            goes_on = model.named(f"{context.name} goes on")
            assert goes_on is not None
            world.begin()
            assert not goes_on.run()
            world.abandon()
    assert standing == {0: 58, 1: 493, 2: 957, 3: 522}  # by how many calls wait below


@pytest.mark.parametrize(
    ("driver", "places"),
    [
        (steer.RESUMING, {("on", "sysrq"), ("preemption off", "remote"), ("off", "nmi")}),
        ("irqsteer@5.19", {("on", "sysrq"), ("off", "nmi")}),
    ],
)
def test_a_crash_may_happen_anywhere_and_is_told_by_the_weakest_cause(driver: Any, places: set[tuple[str, str]]) -> None:
    """sysrq where tasks may run; remote where this CPU takes the IPI that stops it; with interrupts off only an NMI."""
    model = linux(driver, "6.12", KEEPS.but(raises=False, crash=("sysrq", "remote", "nmi")))
    world, seen = model.world, set()
    for state in explore(model, memo=True).graph.states:
        world.restore(state)
        if model.k.system.crash or model.k.system.hung:
            continue
        top = world.at(Cpu).stack[-1:]
        off = any(context.irqs_off or context.hardirq for context in top)
        where = "off" if off else "preemption off" if any(context.preempt_count for context in top) else "on"
        for action in model.actions():
            if action.actor is Actor.CRASH:
                world.begin()
                if action.run():
                    seen.add((where, action.name.removeprefix("crash (").removesuffix(")")))
                world.abandon()
    assert seen == places


def test_a_crash_keeps_no_stack() -> None:
    """Calls under way make many states; cut off, they leave what they had done, and nothing of where they stood."""
    model = linux("irqsteer@5.19", "6.1", KEEPS.but(raises=False, crash=("sysrq",)))
    world = model.world
    result = explore(model, memo=True)
    cut, from_ = set(), 0
    for state in result.graph.states:
        world.restore(state)
        world.begin()
        crash = model.named("crash (sysrq)")
        assert crash is not None
        if crash.run():
            assert [context.name for context in world.all(Context)] == ["panic"]
            assert world.at(Cpu).stack == (world.at(Context, "panic"),)
            world.commit()
            cut.add(world.state())
            from_ += 1
        else:
            world.abandon()
    assert (result.states, from_, len(cut)) == (1469, 1147, 161)


# -- what a resume does to its caller --------------------------------------------------------------------------------------


def test_a_resume_that_is_not_irq_safe_turns_interrupts_on_under_desc_lock() -> None:
    make = lambda: linux(steer.RESUMING, "6.12", KEEPS.but(crash=(), raises=False))  # noqa: E731
    _, findings = explored(make())
    (finding,) = select(findings, "irqs-enabled")
    assert finding.breach.cause == ("request_threaded_irq", "while the kernel runs", "under a caller that had them off")
    assert (finding.breach.place, finding.depth) == ("unmask_resumes", 6)
    replayed(make, finding)
    minimal(make, finding)


def test_an_irq_safe_resume_leaves_interrupts_off() -> None:
    _, findings = explored(linux(steer.IRQ_SAFE, "6.12", SMALL.but(crash=())))
    assert "irqs-enabled" not in rules(findings)


# -- the machine of contexts, whatever runs on it ---------------------------------------------------------------------------


EVERYTHING: dict[str, tuple[tuple[Any, ...], dict[str, int]]] = {
    "two consumers at a time": (
        ("irqsteer@5.19", "6.1", KEEPS.but(tasks=2, consumers=(("a", "plain"), ("b", "plain")), crash=(), raises=False)),
        {"at rest": 16, "locks": 6835},
    ),
    "a thread": (
        ("irqsteer@mainline-2020", "6.12", SMALL.but(consumers=(("a", "threaded"),), crash=("remote", "nmi"))),
        {"at rest": 447, "locks": 2429, "holds the CPU": 4505},
    ),
    "sleep": (
        ("irqsteer@6.11", "6.12", KEEPS.but(sleep=True, raises=False)),
        {"at rest": 498, "locks": 700, "holds the CPU": 608},
    ),
    "interrupts turned on in the middle": (
        (steer.RESUMING, "6.12", SMALL.but(crash=(), nested=1)),
        {"at rest": 78, "locks": 6489, "holds the CPU": 1616},
    ),
}


@pytest.mark.parametrize("case", EVERYTHING)
def test_in_every_state_the_books_of_the_cpu_are_right(case: str) -> None:
    """One owner a lock; nobody with interrupts on above one with them off; counts back at 0 where a call ends."""
    arguments, expected = EVERYTHING[case]
    model = linux(*arguments)
    world = model.world
    result = explore(model, memo=True)
    seen: Counter[str] = Counter()
    for state in result.graph.states:
        world.restore(state)
        stack = world.at(Cpu).stack
        alive = {context.name for context in world.all(Context)}
        crashed = bool(model.k.system.exists and (model.k.system.crash or model.k.system.hung))
        for context in world.all(Context):
            assert context.preempt_count >= 0 and context.raw_locks >= 0 and context.irq_disable_depth >= 0
            assert context.raw_locks <= context.preempt_count
            if context.irqs_off and not context.panic:
                assert context.hardirq or context.irq_disable_depth > 0
            if (context.preempt_count or context.irqs_off) and not context.waits_for.startswith(SLEEPS):
                seen["holds the CPU"] += 1
                assert context in stack
        assert all(not below.irqs_off or below.hardirq for below in stack[:-1])
        if not crashed:
            for lock in world.known(HeldLock):
                if lock.exists:
                    seen["locks"] += 1
                    assert lock.owner in alive
        if not alive:
            seen["at rest"] += 1
            assert stack == ()
            if not crashed and model.k.system.exists and model.k.system.phase != "handover":
                assert not [lock for lock in world.known(HeldLock) if lock.exists]
    assert dict(seen) == expected
