"""A survey: how far each driver of a tree gets, and what the others lack.

A driver *builds*, *links*, *probes*, is *exercised* (:mod:`irqlab.explore.exercise`), and is explored in scope ``small`` as
far as a fixed number of states goes.  It stops at the first of these that fails; the row says why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from irqlab.board import Board
from irqlab.drivers.consumer import Consumer
from irqlab.errors import InputError
from irqlab.explore.action import Signal
from irqlab.explore.exercise import Exercised, exercise
from irqlab.explore.findings import collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Search
from irqlab.kernel.device import Driver
from irqlab.kernel.errno import errno_name
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.irq.flags import IRQ_PER_CPU_DEVID
from irqlab.kernel.irq.state import has_setting
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import Release
from irqlab.properties import CHECKS

#: States an exploration of a survey goes to.
STATES = 20_000

#: Every step, in order.
STEPS = ("builds", "links", "probes", "exercised")

#: What every driver of a survey goes through.
SCOPE = Scope("small", calls=("request", "free", "disable", "enable"))


@dataclass(frozen=True)
class Row:
    """How far one driver gets.

    :ivar source: below the tree's top.
    :ivar reached: the last of :data:`STEPS`; empty if it does not even build.
    :ivar board: the binding or device tree that the board is made of.
    :ivar lacks: what the next step lacks, a phrase; empty for an exercised driver.
    :ivar unknown: kernel functions, fields and so on that were reached and are not modelled.
    :ivar accesses: the register accesses of requesting and freeing the line.
    :ivar findings: ``(rule, where)`` of every broken promise of the exploration; ``exhausted`` if there is no more in scope.
    """

    source: str
    reached: str = ""
    board: str = ""
    lacks: str = ""
    unknown: tuple[str, ...] = ()
    accesses: tuple[str, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()
    states: int = 0
    exhausted: bool = False

    def has(self, step: str) -> bool:
        """Whether the driver got that far."""
        return bool(self.reached) and STEPS.index(self.reached) >= STEPS.index(step)

    def plain(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "source": self.source,
            **{step: self.has(step) for step in STEPS},
            "board": self.board,
            "lacks": self.lacks,
            "unknown": list(self.unknown),
            "accesses": list(self.accesses),
            "findings": [{"rule": rule, "where": where} for rule, where in self.findings],
            "states": self.states,
            "exhausted": self.exhausted,
        }

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Row:
        """The row that :meth:`plain` wrote."""
        reached = [step for step in STEPS if plain[step]]
        return cls(
            plain["source"],
            reached[-1] if reached else "",
            plain["board"],
            plain["lacks"],
            tuple(plain["unknown"]),
            tuple(plain["accesses"]),
            tuple((finding["rule"], finding["where"]) for finding in plain["findings"]),
            plain["states"],
            plain["exhausted"],
        )


@dataclass(frozen=True)
class Candidate:
    """One board a driver may be tried on; ``make`` may refuse."""

    name: str
    make: Callable[[], Board]


@dataclass(frozen=True)
class _Try:
    """What came of one board."""

    board: str
    reached: str
    lacks: str
    unknown: tuple[str, ...] = ()
    model: LinuxModel | None = field(default=None, compare=False)
    exercised: Exercised | None = field(default=None, compare=False)


def look(source: str, driver: Driver, release: Release, config: Config, candidates: Iterable[Candidate]) -> Row:
    """A driver that links, on the first board on which it gets furthest."""
    best = _Try("", "links", "no binding's example and no device tree of this tree has a node for it")
    for candidate in candidates:
        tried = _tried(driver, release, config, candidate)
        if best.model is None or STEPS.index(tried.reached) > STEPS.index(best.reached):
            best = tried if tried.model is not None or not best.board else best
        if best.reached == STEPS[-1]:
            break
    if best.reached != STEPS[-1]:
        return Row(source, best.reached, best.board, best.lacks, best.unknown)
    assert best.exercised is not None
    accesses = tuple(f"{call.name}: {access}" for call in best.exercised.calls for access in call.accesses)
    assert best.model is not None
    model = LinuxModel(driver, release, best.model.board, best.model.scope, config, checks=CHECKS)
    exploration = Search(model, Bounds(states=STATES), memo=True).run()
    found = collect(model, exploration)
    return Row(
        source,
        best.reached,
        best.board,
        "",
        tuple(sorted({*best.unknown, *map(named, found.unknown)})),
        accesses,
        tuple((finding.breach.rule, finding.breach.place) for finding in found.broken),
        exploration.states,
        not exploration.stopped,
    )


def _tried(driver: Driver, release: Release, config: Config, candidate: Candidate) -> _Try:
    try:
        board = candidate.make()
        model = LinuxModel(driver, release, board, SCOPE.but(consumers=_consumers(board)), config)
    except InputError as error:
        return _Try(candidate.name, "links", str(error))
    unknown = unknowns(model.boot_signals)
    why = _refusal(model.boot_signals, unknown)
    if why:
        return _Try(candidate.name, "links", why, unknown, model)
    tried = exercise(model)
    if _is_percpu(model):
        model = LinuxModel(driver, release, board, SCOPE.but(consumers=_consumers(board, "percpu")), config)
        tried = exercise(model)
    unknown = tuple(sorted({*unknown, *unknowns(tried.signals)}))
    if tried.alive:
        return _Try(candidate.name, "exercised", "", unknown, model, tried)
    return _Try(candidate.name, "probes", _short_of(tried, unknown), unknown, model, tried)


def _consumers(board: Board, kind: str = "plain") -> tuple[tuple[str, str], ...]:
    labels = [part.label or part.name for part in board.parts if part.kind == "peripheral"]
    return tuple((label, kind) for label in labels[:1])


def _is_percpu(model: LinuxModel) -> bool:
    """Whether the line of the first user is per CPU, and so is requested in another way."""
    for label, _ in model.scope.consumers:
        consumer = model.world.at(Consumer, model.labels[label])
        if consumer.exists and has_setting(model.world.at(IrqDesc, consumer.irq), IRQ_PER_CPU_DEVID):
            return True
    return False


def unknowns(signals: Iterable[Signal]) -> tuple[str, ...]:
    """What is not modelled among signals, by name."""
    return tuple(sorted({named(str(dict(facts)["what"])) for kind, facts in signals if kind == "not-modelled"}))


def named(what: str) -> str:
    """The name of what is not modelled, without where it was reached."""
    return re.sub(r",? (reached in|of IrqD\w+\(|of Device\(|of \w+\().*$", "", what.partition(", reached in")[0]).strip()


def _refusal(signals: Iterable[Signal], unknown: tuple[str, ...]) -> str:
    """Why a driver did not probe; empty if it did."""
    told = {kind: dict(facts) for kind, facts in signals}
    if unknown:
        return f"{unknown[0]} is not modelled"
    for kind, words in (
        ("memory-error", "{what} in {where}"),
        ("null-pointer", "NULL pointer: {what}"),
        ("bug", "BUG at {where}"),
    ):
        if kind in told:
            return words.format_map({"what": "", "where": "", **told[kind]})
    if "stuck" in told:
        return f"{told['stuck']['waits_for']}"
    if "probe_failed" in told:
        return f"its probe fails with {errno_name(int(told['probe_failed']['error']))}"
    if "irqchip-failed" in told:
        return f"its init fails with {errno_name(int(told['irqchip-failed']['error']))}"
    return "its probe is never reached, or deferred for ever" if "unprobed" in told else ""


def _short_of(tried: Exercised, unknown: tuple[str, ...]) -> str:
    """What an exercise lacked."""
    if unknown:
        return f"{unknown[0]} is not modelled"
    if not tried.mapped:
        return "no line of it could be mapped"
    stopped = next((call for call in tried.calls if not call.ended), None)
    if stopped is not None:
        kinds = [kind for kind, _ in stopped.signals]
        return f"{stopped.name} does not come back ({', '.join(dict.fromkeys(kinds)) or 'it waits'})"
    if not tried.requested:
        return "its line cannot be requested"
    if not tried.masked:
        return "freeing its line does not mask it"
    return "unmasking and masking write no register"


def blocking(rows: Iterable[Row]) -> list[tuple[str, int]]:
    """What is not modelled, by how many drivers it keeps from being exercised, most first."""
    counts: dict[str, int] = {}
    for row in rows:
        if not row.has("exercised"):
            for what in row.unknown:
                counts[what] = counts.get(what, 0) + 1
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
