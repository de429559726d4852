"""The timeline of a finding: steps across, lanes down, and in each lane what becomes of it at which step.

Built of a trace that has been run: nothing is run here.  A lane is there if something moves in it; what the core believes
of a line, and the like, stands beside it though it does not move.

Tests: ``tests/report/test_timeline.py``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from irqlab.explore.check import Told
from irqlab.explore.trace import Event, Trace, TraceStep
from irqlab.report.lanes import ABSENT, BIT, CONTEXTS, FIELDS, GROUPS, MARK, REGISTERS, RUN, SUBJECTS, name, order
from irqlab.report.trace import Layout
from irqlab.report.words import Say, told
from irqlab.state.record import Key

#: Who runs where no context does.
HARDWARE = "hardware"

#: What a context is doing at the end of a step.
RUNS, STANDS, ENDED = "runs", "stands", ""

#: More accesses of one register in a step than its cell has room for.
_ROOM = 2

_Lane = tuple[str, Key, str]


@dataclass(frozen=True)
class Cell:
    """What becomes of a lane at a step.

    :ivar step: the position of the step, from 0.
    :ivar text: what the lane says from here on; of accesses, what was accessed.
    :ivar high: of a bit, whether it is set from here on.
    :ivar told: the events that did it, in their order; what was before and after where none tells.
    :ivar bad: this breaks the promise.
    """

    step: int
    text: str
    high: bool = False
    told: tuple[str, ...] = ()
    bad: bool = False


@dataclass(frozen=True)
class Lane:
    """One lane.

    :ivar first: how it stands before the first step, as a cell of step -1.
    :ivar cells: where something happens in it, by step.
    """

    group: str
    name: str
    drawn: str
    first: Cell
    cells: tuple[Cell, ...] = ()


@dataclass(frozen=True)
class Moment:
    """One step.

    :ivar who: the context that runs, or :data:`HARDWARE`.
    :ivar circle: the step is of what goes on for ever.
    :ivar broken: the promise breaks in it.
    """

    number: int
    title: str
    who: str
    circle: bool = False
    broken: bool = False


@dataclass(frozen=True)
class Timeline:
    """Steps across, lanes down."""

    moments: tuple[Moment, ...]
    lanes: tuple[Lane, ...]


def timeline(told: Told) -> Timeline:
    """The timeline of a finding."""
    trace, key = told.trace, told.breach.key
    say = Say(trace.short)
    form, steps = Layout(say, key), _steps(trace)
    moments = tuple(
        Moment(
            step.number,
            form.title(step),
            say(step.context) or HARDWARE,
            step in trace.circle,
            any(event.breach is not None and event.breach.key == key for event in step.events),
        )
        for step in steps
    )
    lanes = [*_contexts(steps, say), *_fields(trace, say), *_accesses(steps, say, key)]
    return Timeline(moments, tuple(sorted(lanes, key=lambda lane: GROUPS.index(lane.group))))


def _steps(trace: Trace) -> tuple[TraceStep, ...]:
    return (*trace.steps, *trace.circle)


# -- contexts ------------------------------------------------------------------------------------------------------


def _contexts(steps: tuple[TraceStep, ...], say: Say) -> Iterator[Lane]:
    """Who runs, who stands somewhere in a call, who is there no more."""
    there: dict[str, str] = {}
    cells: dict[str, list[Cell]] = defaultdict(list)
    for at, step in enumerate(steps):
        alive = dict(there)
        for change in step.changes:
            if change.kind == "Context":
                who = str(change.key[0])
                if change.now is None:
                    alive.pop(who, None)
                else:
                    alive[who] = STANDS
        runs = step.context or HARDWARE
        for who in dict.fromkeys((*cells, *alive, runs)):
            now = RUNS if who == runs else alive.get(who, ENDED)
            if now == RUNS or now != (cells[who][-1].text if cells[who] else ENDED):
                standing = (say(step.stands),) if who == runs and step.stands else ()
                cells[who].append(Cell(at, now, told=standing))
        there = alive
    for who, several in cells.items():
        if several:
            yield Lane(CONTEXTS, say(who), RUN, Cell(-1, ENDED), tuple(several))


# -- fields --------------------------------------------------------------------------------------------------------


def _fields(trace: Trace, say: Say) -> Iterator[Lane]:
    """Every field that moves, and those that stand beside it; counts of clocks without a gate are left out."""
    ungated = {row.key for row in trace.first if row.kind == "ClockGate" and dict(row.fields)["fixed"]}
    first: dict[_Lane, Any] = {}
    for row in trace.first:
        first.update({(row.kind, row.key, field): value for field, value in row.fields if (row.kind, field) in FIELDS})
    moves: dict[_Lane, dict[int, Any]] = defaultdict(dict)
    about: dict[_Lane, dict[int, list[Event]]] = defaultdict(lambda: defaultdict(list))
    known: dict[tuple[str, Any, str], _Lane] = {_named(lane): lane for lane in first}
    for at, step in enumerate(_steps(trace)):
        for change in step.changes:
            for field, value in change.now if change.now is not None else [(field, None) for field, _ in change.was or ()]:
                if (change.kind, field) in FIELDS:
                    lane = (change.kind, change.key, field)
                    known.setdefault(_named(lane), lane)
                    moves[lane][at] = ABSENT if change.now is None else value
        for event in step.events:
            for subject in SUBJECTS[event.kind](event) if event.kind in SUBJECTS else ():
                if subject in known:
                    about[known[subject]][at].append(event)
    moving = {*moves, *about}
    beside = {(FIELDS[kind, field].group, key[:1]) for kind, key, field in moving}
    for lane in sorted({*moving, *first}, key=lambda lane: order(*lane)):
        kind, key, field = lane
        form = FIELDS[kind, field]
        if kind in ("ClockGate", "Clk") and key in ungated:
            continue
        if lane in moving or (form.always and (form.group, key[:1]) in beside):
            yield _field(lane, first.get(lane, ABSENT), moves[lane], about[lane], say)


def _named(lane: _Lane) -> tuple[str, Any, str]:
    """A lane, as an event says what it is about."""
    kind, key, field = lane
    return kind, key[0] if key else None, field


def _field(lane: _Lane, first: Any, moves: dict[int, Any], about: dict[int, list[Event]], say: Say) -> Lane:
    kind, key, field = lane
    form = FIELDS[kind, field]

    def cell(at: int, value: Any, *events: str) -> Cell:
        absent = value is ABSENT
        text = form.absent if absent else say(form.text(value))
        return Cell(at, text, form.drawn == BIT and not absent and bool(value), events)

    last, cells = cell(-1, first), []
    for at in sorted({*moves, *about}):
        now = cell(at, moves[at]) if at in moves else last
        said = [told(event, say) for event in about.get(at, ())] or [f"{last.text} -> {now.text}"]
        cells.append(Cell(at, now.text, now.high, tuple(said)))
        last = now
    return Lane(form.group, name(kind, key, field, say), form.drawn, cell(-1, first), tuple(cells))


# -- registers -----------------------------------------------------------------------------------------------------


def _accesses(steps: tuple[TraceStep, ...], say: Say, key: tuple[str, ...]) -> Iterator[Lane]:
    """Every register that is accessed, in the order of the first access."""
    found: dict[tuple[str, str], dict[int, list[Event]]] = {}
    for at, step in enumerate(steps):
        for event in step.events:
            if event.kind in ("read", "write", "dead-access"):
                where = str(event["block"]), str(event["register"])
                found.setdefault(where, {}).setdefault(at, []).append(event)
    for (block, register), accesses in found.items():
        cells = tuple(
            Cell(
                at,
                _short(events),
                told=tuple(told(event, say) for event in events),
                bad=any(event.breach is not None and event.breach.key == key for event in events),
            )
            for at, events in accesses.items()
        )
        yield Lane(REGISTERS, f"{say(block)} {register}", MARK, Cell(-1, ""), cells)


def _short(events: list[Event]) -> str:
    """``R 0x0, W 0x100``: the accesses of one register in one step."""
    words = []
    for event in events:
        if event.kind == "dead-access":
            words.append(f"!! {event['access']}")
        else:
            value = event["value"]
            words.append(f"{event.kind[0].upper()} {value:#x}" if isinstance(value, int) else f"{event.kind[0].upper()} {value}")
    if len(words) > _ROOM:
        words = [words[0], f"… {words[-1]}"]
    return ", ".join(words)
