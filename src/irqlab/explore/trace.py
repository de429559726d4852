"""A finding told in full: its steps are run again from the first state with a recorder on.

What is recorded here is facts (a function was entered, a clock stopped); words and layout are
:mod:`irqlab.report`'s business.  Segments of one call that follow each other directly are one step of the trace; the
steps as they were found stay in :attr:`TraceStep.raw`, for replay needs them.

Tests: ``tests/report/test_trace.py``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from irqlab.errors import FindingError
from irqlab.explore.action import Action, Actor
from irqlab.explore.changes import Change, Look, Row, changes, rows
from irqlab.explore.graph import Step
from irqlab.explore.linux import NEXT_KERNEL, LinuxModel
from irqlab.hardware import Block
from irqlab.kernel.clk import Clk
from irqlab.kernel.context import Context
from irqlab.kernel.core import LINUX
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import is_named
from irqlab.kernel.locking import HeldLock, Lock
from irqlab.kernel.pm.power import RpmState, RpmUsage
from irqlab.properties import Breach, judge
from irqlab.state import Directory, Record, State, World, readable

if TYPE_CHECKING:
    from irqlab.guest.types import Place

#: :attr:`Event.kind` of a function that was entered; every other kind is that of a ``trace()`` or ``signal()``.
CALL = "call"

#: What the module of a compiled function begins with: one of a driver, or of the tree's own core.
COMPILED = ("irqlab.guest:", LINUX)

#: How a trace ends: a step breaks the promise, the state it leads to does, or what then goes on for ever.  A promise that
#: the first boot breaks has no steps.
BREAKS, SEEN, CIRCLES, RESTS, BOOTS = "breaks", "seen", "circles", "rests", "boots"

#: The name of the context that runs after a crash.
PANIC = "panic"

#: More ways through a circle than any kernel has.
_WAYS = 10_000


@dataclass(frozen=True)
class Event:
    """One thing that happened in a step.

    :ivar depth: how many functions were open around it.
    :ivar name: the function, for :data:`CALL`, and ``module`` where it is written.
    :ivar facts: what the code told, in its order; ``was`` is the value before, where it is known.
    :ivar reopened: the function had been entered in an earlier step.
    :ivar open: the function has not returned when the step ends.
    :ivar result: what the function returned; None while it has not, or returned nothing.
    :ivar breach: the promise this breaks.
    :ivar chain: where compiled code does this, if it does it itself: the line, then those of the calls (and inlined
        functions) that led there within the compiled code, the innermost first.
    """

    depth: int
    kind: str
    name: str = ""
    module: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    reopened: bool = False
    open: bool = False
    result: Any = None
    breach: Breach | None = None
    chain: tuple[Place, ...] = ()

    @property
    def compiled(self) -> bool:
        """Whether this is the call of a compiled function."""
        return self.module.startswith(COMPILED)

    def __getitem__(self, fact: str) -> Any:
        return dict(self.facts).get(fact)


@dataclass(frozen=True)
class TraceStep:
    """One step of a trace: what one context did without anything coming between.

    :ivar number: counts from 1, on into the circle.
    :ivar context: who ran; empty where hardware moved.
    :ivar raw: the steps of the finding it is made of.
    :ivar stands: where the context stands at the end of the step; empty when its call is over.
    :ivar at: the line of compiled code it stands at, with its callers; empty where that is not in compiled code.
    :ivar changes: what is another after the step than before it.
    """

    number: int
    action: str
    context: str
    raw: tuple[Step, ...]
    events: tuple[Event, ...]
    stands: str = ""
    at: tuple[Place, ...] = ()
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True)
class Trace:
    """A finding, told in full.

    :ivar ending: :data:`BREAKS`, :data:`SEEN`, :data:`CIRCLES`, :data:`RESTS` or :data:`BOOTS`.
    :ivar seen: what a check signals in the last state (for :data:`SEEN`), or the first boot (for :data:`BOOTS`).
    :ivar digest: sha256 of the state after ``steps``, in every process the same.
    :ivar short: full names of devices, and how they are called in the trace.
    :ivar first: everything as it stands before the first step.
    """

    steps: tuple[TraceStep, ...]
    circle: tuple[TraceStep, ...]
    ending: str
    seen: tuple[Event, ...]
    digest: str
    short: tuple[tuple[str, str], ...] = ()
    first: tuple[Row, ...] = ()

    def breaches(self) -> Iterator[Breach]:
        """Every promise broken on the way, the last step's included, and in the last state."""
        for step in (*self.steps, *self.circle):
            yield from (event.breach for event in step.events if event.breach is not None)
        yield from (event.breach for event in self.seen if event.breach is not None)


def digest(world: World) -> str:
    """The sha256 of the state, in canonical order."""
    return hashlib.sha256(repr(world.dump()).encode()).hexdigest()


def retrace(
    model: LinuxModel, steps: Sequence[Step], circle: Sequence[Step] = (), key: tuple[str, ...] = (), first: State | None = None
) -> Trace:
    """Runs ``steps`` and ``circle`` again and tells what happened.

    :param key: the breach that is to be shown (:attr:`Breach.key`); it decides how the trace ends.
    :param first: the state to begin in; the World's, if it is not given.
    :raises FindingError: a step is not possible where it stands.
    """
    world = model.world
    if first is not None:
        world.restore(first)
    start = rows(model, Look.at(model))
    way = _Telling(model)
    for number, step in enumerate(steps, 1):
        way.step(step, f"step {number}")
    end, state = digest(world), world.state()
    seen = way.look()
    broken = any(event.breach is not None and event.breach.key == key for event in way.last)
    round_ = _Telling(model, len(way.groups))
    if circle:
        for step in _closing(model, circle) or circle:
            round_.step(step, "the circle")
        world.restore(state)
    if circle:
        ending = CIRCLES
    elif broken:
        ending = BREAKS
    elif any(event.breach is not None and event.breach.key == key for event in seen):
        ending = SEEN
    else:
        booted = () if steps else _booted(model, key)
        ending, seen = (BOOTS, booted) if booted else (RESTS, ())
    return Trace(way.told(), round_.told(), ending, seen if ending in (SEEN, BOOTS) else (), end, short_names(model), start)


def _booted(model: LinuxModel, key: tuple[str, ...]) -> tuple[Event, ...]:
    """What the first boot signalled that breaks the promise ``key``."""
    for kind, pairs in model.boot_signals:
        facts = dict(pairs)
        breach = judge(kind, facts) if "calls" in facts else None
        if breach is not None and breach.key == key:
            told = tuple((name, readable(value)) for name, value in facts.items())
            return (Event(0, kind, facts=told, breach=breach),)
    return ()


def short_names(model: LinuxModel) -> tuple[tuple[str, str], ...]:
    """Full names of the board's parts with their labels, which traces use; the longest first."""
    parts = model.board.parts
    pairs = {part.name: part.label for part in parts if part.label and part.label != part.name}
    return tuple(sorted(pairs.items(), key=lambda pair: (-len(pair[0]), pair)))


def closes(model: LinuxModel, circle: Sequence[Step]) -> bool:
    """Whether ``circle`` leads from the World's state back to it; the World is left as it was."""
    return _closing(model, circle) is not None


# -- running -----------------------------------------------------------------------------------------------------


def run(model: LinuxModel, step: Step, where: str) -> Action:
    """Runs one step from the World's state; raises :class:`FindingError` where it is not possible."""
    world = model.world
    action = model.named(step.action)
    if action is None:
        raise FindingError(f"{where}: '{step.action}' is no action here: the finding belongs to another driver, kernel or board")
    world.begin(step.script)
    if not action.run():
        world.abandon()
        raise FindingError(f"{where}: '{step.action}' is not possible here: the finding was made by another irqlab or driver")
    unknown = len(step.script) > len(world.choices) or any(chosen >= options for options, chosen, _ in world.choices)
    if unknown:
        world.abandon()
        raise FindingError(
            f"{where}: '{step.action}' has no choice {list(step.script)}: the finding was changed or is of another irqlab"
        )
    world.commit()
    return action


def _closing(model: LinuxModel, circle: Sequence[Step]) -> tuple[Step, ...] | None:
    """The circle with the choices that lead back to where it began; a graph keeps no choices of a circle."""
    world = model.world
    home = world.state()
    waiting: list[tuple[State, tuple[Step, ...]]] = [(home, ())]
    found: tuple[Step, ...] | None = None
    for _ in range(_WAYS):
        if not waiting:
            break
        state, done = waiting.pop()
        if len(done) == len(circle):
            if state == home:
                found = done
                break
            continue
        waiting.extend((after, (*done, step)) for after, step in reversed(_ways(model, state, circle[len(done)])))
    world.restore(home)
    return found


def _ways(model: LinuxModel, state: State, step: Step) -> list[tuple[State, Step]]:
    """Every state one step may lead to, with the choices made."""
    world = model.world
    found: list[tuple[State, Step]] = []
    scripts = [step.script]
    while scripts:
        script = scripts.pop()
        world.restore(state)
        action = model.named(step.action)
        world.begin(script)
        if action is None or not action.run():
            world.abandon()
            continue
        chosen = tuple(choice for _, choice, _ in world.choices)
        options = [number for number, _, _ in world.choices]
        world.commit()
        found.append((world.state(), Step(step.action, chosen if any(chosen) else ())))
        scripts.extend((*chosen[:at], other) for at in range(len(script), len(chosen)) for other in range(1, options[at]))
    return sorted(found, key=lambda pair: pair[1].script)


# -- recording ---------------------------------------------------------------------------------------------------


@dataclass
class _Draft:
    """An event that is still open."""

    depth: int
    kind: str
    name: str = ""
    module: str = ""
    facts: tuple[tuple[str, Any], ...] = ()
    reopened: bool = False
    result: Any = None
    breach: Breach | None = None
    chain: tuple[Place, ...] = ()

    def event(self, still_open: bool = False) -> Event:
        return Event(
            self.depth,
            self.kind,
            self.name,
            self.module,
            self.facts,
            self.reopened,
            still_open,
            self.result,
            self.breach,
            self.chain,
        )


@dataclass
class _Group:
    """Segments of one context in a row."""

    action: str
    context: str
    raw: list[Step] = field(default_factory=list)
    drafts: list[_Draft] = field(default_factory=list)
    #: Indices of the calls that are open, outermost first.
    open: list[int] = field(default_factory=list)
    stands: str = ""
    at: tuple[Place, ...] = ()
    changes: tuple[Change, ...] = ()

    def inner(self) -> _Draft | None:
        """The innermost call that is open."""
        return self.drafts[self.open[-1]] if self.open else None


class _Listener:
    """The recorder of one segment; goes on with the calls its group has open."""

    def __init__(self, model: LinuxModel, group: _Group, before: dict[tuple[str, str], Any]) -> None:
        self.world, self.k = model.world, model.k
        self.group, self.before = group, before
        self.context = ""
        self._live = False
        self._level = 0

    def _go_live(self) -> None:
        if not self._live:
            self._live = True
            del self.group.open[self._level :]

    def _push(self, name: str, args: tuple[Any, ...], reopened: bool) -> None:
        group = self.group
        module = str(getattr(name, "module", ""))
        draft = _Draft(len(group.open), CALL, str(name), module, _about(args), reopened=reopened, chain=self._chain())
        group.drafts.append(draft)
        group.open.append(len(group.drafts) - 1)

    def _chain(self) -> tuple[Place, ...]:
        """Where compiled code is, if what happens now happens in it and not in a function it called."""
        inner = self.group.inner()
        if self.k.guest is None or inner is None or not inner.module.startswith(COMPILED):
            return ()
        found: tuple[Place, ...] = self.k.guest.chain()
        return found

    def _who(self) -> None:
        context = self.world.tape.context
        if isinstance(context, Context):
            self.context = context.name

    def reopen(self, name: str, args: tuple[Any, ...]) -> None:
        self._who()
        group = self.group
        if self._level < len(group.open) and group.drafts[group.open[self._level]].name == name:
            self._level += 1
            return
        del group.open[self._level :]
        self._push(name, args, True)
        self._level += 1

    def call(self, name: str, args: tuple[Any, ...]) -> None:
        self._who()
        self._go_live()
        self._push(name, args, False)

    def result(self, name: str, result: Any) -> None:
        self._go_live()
        self.group.drafts[self.group.open.pop()].result = readable(result)

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        self._go_live()
        told = tuple((name, readable(value)) for name, value in facts.items())
        breach = judge(kind, facts) if "calls" in facts else None
        level = _LEVELS.get(kind)
        if level is not None:
            subject = (level.record.kind() + "." + level.field, str(facts[level.subject]))
            value = facts[level.fact]
            if subject in self.before and self.before[subject] != value:
                told += (("was", self.before[subject]),)
            self.before[subject] = value
        self.group.drafts.append(_Draft(len(self.group.open), kind, facts=told, breach=breach, chain=self._chain()))


def _about(args: tuple[Any, ...]) -> tuple[tuple[str, Any], ...]:
    """What a call is about: the lock it takes, the register it accesses."""
    for position, arg in enumerate(args):
        if isinstance(arg, Lock):
            return (("lock", arg.name),)
        if isinstance(arg, Block) and position + 1 < len(args) and isinstance(args[position + 1], int):
            return (("register", arg.register_name(args[position + 1])),)
    return ()


_STANDS = {
    "spin_lock": "stops before it takes {}",
    "mutex_lock": "stops before it takes {}",
    "spin_unlock": "stops after it has released {}",
    "mutex_unlock": "stops after it has released {}",
    "readl": "stops before it reads {}",
    "writel": "stops before it writes {}",
}


@dataclass(frozen=True)
class _Level:
    """Where the value before can be looked up that a note tells the new value of."""

    subject: str
    fact: str
    record: type[Record]
    field: str


_LEVELS = {
    "rpm_usage": _Level("device", "usage", RpmUsage, "usage_count"),
    "rpm_status": _Level("device", "status", RpmState, "status"),
    "depth": _Level("irq", "depth", IrqDesc, "depth"),
    "clk_enable": _Level("clk", "count", Clk, "enable_count"),
    "clk_disable": _Level("clk", "count", Clk, "enable_count"),
    "clk_prepare": _Level("clk", "count", Clk, "prepare_count"),
    "clk_unprepare": _Level("clk", "count", Clk, "prepare_count"),
}


def _levels(world: World) -> dict[tuple[str, str], Any]:
    """The values of everything in :data:`_LEVELS`, now (outside segments)."""
    return {
        (level.record.kind() + "." + level.field, str(record.key[0])): getattr(record, level.field)
        for level in _LEVELS.values()
        for record in world.known(level.record)
        if record.exists
    }


def _stands(world: World, group: _Group) -> str:
    """Where the context of a group stands now, in words; empty when its call is over (outside segments)."""
    context = world.at(Context, group.context)
    if not group.context or not context.exists or not group.open:
        return ""
    if context.waits_for:
        return f"{group.context} {context.waits_for}"
    inner = group.inner()
    assert inner is not None
    words = _STANDS.get(inner.name)
    if words is not None and inner.facts:
        if inner.name.endswith("_unlock") and world.at(HeldLock, str(inner.facts[0][1])).exists:
            return f"{group.context} stops holding {inner.facts[0][1]}"
        return f"{group.context} {words.format(inner.facts[0][1])}"
    named = next((name for at in reversed(group.open) if is_named(name := group.drafts[at].name)), inner.name)
    return f"{group.context} stops in {named}()"


def _at(group: _Group) -> tuple[Place, ...]:
    """The line of compiled code from which the innermost open call was made."""
    return next((group.drafts[at].chain for at in reversed(group.open) if group.drafts[at].chain), ())


def _started(action: Action) -> str:
    """The context an action starts that does not run in it."""
    if action.actor is Actor.CRASH:
        return PANIC
    return "init" if action.name == NEXT_KERNEL else ""


class _Telling:
    """Runs steps and groups what was heard."""

    def __init__(self, model: LinuxModel, before: int = 0) -> None:
        self.model = model
        self.groups: list[_Group] = []
        #: What was heard in the last segment.
        self.last: list[_Draft] = []
        self._before = before
        #: How everything stood where the last group began.
        self._began = Look.at(model)

    def step(self, step: Step, where: str) -> None:
        """Runs one step with the recorder on."""
        world, group = self.model.world, self._group(step)
        told = len(group.drafts)
        values = _levels(world)
        if not group.raw:
            self._began = Look.at(self.model)
        listener = _Listener(self.model, group, values)
        world.recorder = listener
        try:
            action = run(self.model, step, where)
        finally:
            world.recorder = None
        if not group.raw:
            group.context = listener.context or _started(action)
            self.groups.append(group)
        group.raw.append(step)
        group.stands = _stands(world, group)
        group.at = _at(group) if group.stands else ()
        group.changes = changes(self.model, self._began, Look.at(self.model))
        self.last = group.drafts[told:]

    def _group(self, step: Step) -> _Group:
        if self.groups:
            last = self.groups[-1]
            if last.context and step.action == f"{last.context} goes on":
                return last
        return _Group(step.action, "")

    def look(self) -> tuple[Event, ...]:
        """What the checks signal in the World's state; nothing while a call is under way."""
        world, model = self.model.world, self.model
        if world.at(Directory, Context.kind()).exists:
            return ()
        group = _Group("", "")
        world.recorder = _Listener(model, group, {})
        try:
            for check in model.checks():
                world.begin()
                check.run()
                world.abandon()
        finally:
            world.recorder = None
        return tuple(draft.event() for draft in group.drafts)

    def told(self) -> tuple[TraceStep, ...]:
        """The steps, numbered."""
        return tuple(
            TraceStep(
                number,
                group.action,
                group.context,
                tuple(group.raw),
                tuple(draft.event(at in group.open) for at, draft in enumerate(group.drafts)),
                group.stands,
                group.at,
                group.changes,
            )
            for number, group in enumerate(self.groups, self._before + 1)
        )
