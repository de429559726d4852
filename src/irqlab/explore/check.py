"""One check: a driver under a kernel on a board within a scope, explored, collected and told.

Where the board does not say what a gated controller drives, each possibility is explored and a finding names those
it was seen under.

Tests: ``tests/cli/test_check.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from irqlab.board import Board
from irqlab.explore.findings import Finding, collect
from irqlab.explore.linux import Check, LinuxModel
from irqlab.explore.origin import Origin
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Progress, Search
from irqlab.explore.trace import Trace, retrace
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
    """

    output: str
    states: int
    successors: int
    depth: int
    stopped: str = ""


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


def check(
    setup: Setup,
    bounds: Bounds | None = None,
    *,
    memo: bool = False,
    progress: Progress | None = None,
    beginning: Beginning | None = None,
) -> Checked:
    """Explores, collects and tells."""
    bounds = bounds or Bounds()
    outputs = setup.outputs()
    runs: list[Run] = []
    found: dict[tuple[str, ...], Told] = {}
    unknown: dict[str, int] = {}
    lines: tuple[tuple[int, str], ...] = ()
    for output in outputs:
        model = setup.model(output)
        lines = lines or lines_of(model)
        first = model.world.state()
        search = Search(model, _share(bounds, len(outputs)), memo=memo, progress=progress)
        if beginning is not None:
            beginning(search, output, len(outputs))
        exploration = search.run()
        stopped = exploration.stopped.replace(_seconds(_share(bounds, len(outputs))), _seconds(bounds))
        runs.append(Run(output, exploration.states, exploration.successors, exploration.levels, stopped))
        findings = collect(model, exploration)
        for text, count in findings.unknown.items():
            unknown[text] = unknown.get(text, 0) + count
        for finding in (*findings.broken, *findings.notes):
            key = finding.breach.key
            known = found.get(key)
            if known is not None and _rank(known.finding) <= _rank(finding):
                found[key] = replace(known, under=(*known.under, output))
                continue
            under = (*known.under, output) if known is not None else (output,)
            found[key] = Told(finding, _tell(model, finding, first), output, under)
        if "interrupted" in exploration.stopped:
            break
    ordered = sorted(found.values(), key=lambda told: (told.breach.rule, told.finding.depth, told.breach.key))
    several = tuple(replace(told, under=() if len(told.under) == len(runs) else told.under) for told in ordered)
    return Checked(
        setup,
        tuple(runs),
        tuple(told for told in several if not told.breach.note),
        tuple(told for told in several if told.breach.note),
        tuple(sorted(unknown.items())),
        lines,
    )


def _tell(model: LinuxModel, finding: Finding, first: bytes) -> Trace:
    return retrace(model, finding.steps, finding.circle, finding.breach.key, first)


def _rank(finding: Finding) -> tuple[int, int]:
    return (CAUSES.index(finding.crash) if finding.crash in CAUSES else -1, finding.depth)


def _share(bounds: Bounds, runs: int) -> Bounds:
    """The bounds of one of several explorations: they share the time."""
    return bounds if bounds.seconds is None else replace(bounds, seconds=bounds.seconds / runs)


def _seconds(bounds: Bounds) -> str:
    return f"--max-seconds {bounds.seconds:g} " if bounds.seconds is not None else "\0"


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
