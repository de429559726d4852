"""One check: a driver under a kernel on a board within a scope, explored, collected and told.

Where the board does not say what a gated controller drives, each possibility is explored, side by side where there are
processors for it, and a finding names those it was seen under.

Tests: ``tests/cli/test_check.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from irqlab.board import Board
from irqlab.explore.findings import Finding, collect
from irqlab.explore.linux import Check, LinuxModel
from irqlab.explore.origin import Origin
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Exploration, Progress, Search
from irqlab.explore.trace import Trace, retrace
from irqlab.explore.workers import Task, usable
from irqlab.explore.workers import run as side_by_side
from irqlab.kernel.crash import CAUSES
from irqlab.kernel.device import Driver
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import Release
from irqlab.properties import CHECKS, Breach
from irqlab.state import World

#: What a gated controller may drive, where the board does not say.
OUTPUTS = ("low", "held", "follows")


@dataclass(frozen=True)
class Setup:
    """What is checked.

    :ivar output: what undecided controllers drive while gated; empty: each possibility is explored.
    :ivar driver_file: where the driver was loaded from; empty for irqlab's own.
    :ivar board_file: where the board was read from, and ``dts`` its text; empty for irqlab's own.
    :ivar origin: where a compiled driver comes from; None for one in Python.
    :ivar notes: what was assumed besides what the board assumes, a sentence each.
    """

    driver: Driver
    release: Release
    config: Config
    board: Board
    scope: Scope
    output: str = ""
    driver_file: str = ""
    board_file: str = ""
    dts: str = ""
    origin: Origin | None = None
    notes: tuple[str, ...] = ()

    @property
    def assumptions(self) -> tuple[str, ...]:
        """Everything that was taken for granted."""
        return (*self.notes, *self.board.assumptions)

    def outputs(self) -> tuple[str, ...]:
        """What is to be explored: one possibility, or each."""
        if self.output:
            return (self.output,)
        return OUTPUTS if self.board.undecided else OUTPUTS[:1]

    def model(self, output: str, also: tuple[tuple[str, Check], ...] = ()) -> LinuxModel:
        """The model, standing in the state after the first boot; ``also`` looks at its states beside the rules."""
        checks = (*CHECKS, *also)
        return LinuxModel(self.driver, self.release, self.board, self.scope, self.config, checks=checks, output_when_gated=output)


@dataclass(frozen=True)
class Run:
    """What one exploration covered.

    :ivar output: what undecided controllers drove while gated.
    :ivar stopped: which bound stopped it and where; empty when everything in scope was exhausted.
    :ivar measured: what was measured in it, if anything.
    """

    output: str
    states: int
    successors: int
    depth: int
    stopped: str = ""
    measured: Any = None


@dataclass(frozen=True)
class Told:
    """A finding with its trace.

    :ivar output: what undecided controllers drive while gated, in the trace.
    :ivar under: the possibilities it was seen under, of several.
    """

    finding: Finding
    trace: Trace
    output: str
    under: tuple[str, ...] = ()

    @property
    def breach(self) -> Breach:
        return self.finding.breach


@dataclass(frozen=True)
class Checked:
    """The result of one check.

    :ivar lines: interrupt numbers and what they are, as after the first boot.
    """

    setup: Setup
    runs: tuple[Run, ...]
    broken: tuple[Told, ...]
    notes: tuple[Told, ...]
    unknown: tuple[tuple[str, int], ...]
    lines: tuple[tuple[int, str], ...]

    @property
    def exhausted(self) -> bool:
        return not any(run.stopped for run in self.runs)

    @property
    def decided(self) -> bool:
        """Everything in scope was looked at and everything that was reached is modelled."""
        return self.exhausted and not self.unknown

    @property
    def told(self) -> tuple[Told, ...]:
        """Broken promises, then notes: as they are numbered in every report."""
        return (*self.broken, *self.notes)


#: Told before an exploration begins: its search, its output, how many there are.
Beginning = Callable[[Search, str, int], None]


#: Asks something of an exploration besides its findings: a plain value.
Measure = Callable[[LinuxModel, Exploration], Any]

#: What stands around everything that runs a driver.
Around = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class _Explored:
    """One possibility, explored, collected and told: a plain value."""

    run: Run
    told: tuple[Told, ...]
    unknown: dict[str, int]
    lines: tuple[tuple[int, str], ...]


def check(
    setup: Setup,
    bounds: Bounds | None = None,
    *,
    memo: bool = False,
    progress: Progress | None = None,
    beginning: Beginning | None = None,
    around: Around = nullcontext,
    jobs: int | None = None,
) -> Checked:
    """Explores, collects and tells.

    :param beginning: called in the process that explores, and ``around`` stands there around all of it.
    :param jobs: how many explorations may run at the same time; as many as there are processors, if not given.
    """
    return check_each([setup], bounds, memo=memo, progress=progress, beginning=beginning, around=around, jobs=jobs)[0]


def check_each(
    setups: Sequence[Setup],
    bounds: Bounds | None = None,
    *,
    memo: bool = False,
    progress: Progress | None = None,
    beginning: Beginning | None = None,
    around: Around = nullcontext,
    jobs: int | None = None,
    measure: Measure | None = None,
) -> list[Checked]:
    """Checks setups, their explorations side by side; fewer results than setups where the user interrupted.

    The parameters are those of :func:`check`; what ``measure`` returns is kept with each run.
    """
    work = [(setup, output) for setup in setups for output in setup.outputs()]
    jobs = min(jobs or usable(), len(work))

    def explore(setup: Setup, output: str, progress: Progress | None) -> _Explored:
        with around():
            return _explore(setup, output, _Shares(bounds or Bounds(), len(work), jobs), memo, progress, beginning, measure)

    tasks = [Task(f"the exploration with gated output {output}", partial(explore, setup, output)) for setup, output in work]
    done = side_by_side(tasks, jobs, progress, lambda explored: "interrupted" in explored.run.stopped)
    results: list[Checked] = []
    for setup in setups:
        several, done = done[: len(setup.outputs())], done[len(setup.outputs()) :]
        if several:
            results.append(_merged(setup, several))
    return results


def _explore(
    setup: Setup,
    output: str,
    shares: _Shares,
    memo: bool,
    progress: Progress | None,
    beginning: Beginning | None,
    measure: Measure | None,
) -> _Explored:
    """Explores one possibility."""
    model = setup.model(output)
    lines, first = lines_of(model), model.world.state()
    search = Search(model, shares.each, memo=memo, progress=progress)
    if beginning is not None:
        beginning(search, output, shares.runs)
    exploration = search.run()
    findings = collect(model, exploration)
    told = tuple(
        Told(finding, retrace(model, finding.steps, finding.circle, finding.breach.key, first), output)
        for finding in (*findings.broken, *findings.notes)
    )
    stopped = shares.said(exploration.stopped)
    measured = None if measure is None else measure(model, exploration)
    run = Run(output, exploration.states, exploration.successors, exploration.levels, stopped, measured)
    return _Explored(run, told, findings.unknown, lines)


def _merged(setup: Setup, explored: list[_Explored]) -> Checked:
    """All possibilities as one result: each finding once, where it is seen soonest."""
    found: dict[tuple[str, ...], Told] = {}
    unknown: dict[str, int] = {}
    for one in explored:
        for text, count in one.unknown.items():
            unknown[text] = unknown.get(text, 0) + count
        for told in one.told:
            known = found.get(told.breach.key)
            under = (*known.under, told.output) if known is not None else (told.output,)
            better = known is None or _rank(told.finding) < _rank(known.finding)
            found[told.breach.key] = replace(told if better or known is None else known, under=under)
    ordered = sorted(found.values(), key=lambda told: (told.breach.rule, told.finding.depth, told.breach.key))
    several = tuple(replace(told, under=() if len(told.under) == len(explored) else told.under) for told in ordered)
    return Checked(
        setup,
        tuple(one.run for one in explored),
        tuple(told for told in several if not told.breach.note),
        tuple(told for told in several if told.breach.note),
        tuple(sorted(unknown.items())),
        explored[0].lines,
    )


def _rank(finding: Finding) -> tuple[int, int]:
    return (CAUSES.index(finding.crash) if finding.crash in CAUSES else -1, finding.depth)


class _Shares:
    """The bounds of each of several explorations: those at the same time share the memory, those in turn the time."""

    def __init__(self, whole: Bounds, runs: int, jobs: int) -> None:
        self.whole, self.runs = whole, runs
        turns = -(-runs // jobs)
        self.each = replace(
            whole,
            seconds=None if whole.seconds is None else whole.seconds / turns,
            memory=None if whole.memory is None else whole.memory // jobs,
        )

    def said(self, stopped: str) -> str:
        """Why an exploration stopped, in the words of the bounds that were given."""
        whole, each = self.whole, self.each
        if whole.seconds is not None and each.seconds is not None:
            stopped = stopped.replace(f"--max-seconds {each.seconds:g} ", f"--max-seconds {whole.seconds:g} ")
        return stopped.replace(f"--max-memory {each.memory} ", f"--max-memory {whole.memory} ")


def lines_of(model: LinuxModel) -> tuple[tuple[int, str], ...]:
    """Every interrupt number of the first kernel, and what it is."""
    world: World = model.world
    described: list[tuple[int, str]] = []
    for desc in world.all(IrqDesc):
        data = desc.irq_data
        domain = data.domain
        if domain is None:
            continue
        where = str(domain.key[0])
        users = [
            part.label or part.name
            for part in model.board.parts
            for wire in part.wires
            if (wire.controller, wire.hwirq) == (where, data.hwirq)
        ]
        label = next((part.label or part.name for part in model.board.parts if part.name == where), where)
        chained = " (chained)" if any(action.chained for action in desc.actions) else ""
        described.append((desc.irq, f"{label} hwirq {data.hwirq}, from {' and '.join(users) or 'nobody'}{chained}"))
    return tuple(described)
