"""An experiment: one setup, explored once and asked many questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from irqlab.board import Board, load
from irqlab.drivers import controller
from irqlab.explore.check import Setup
from irqlab.explore.findings import Finding, Findings, collect
from irqlab.explore.graph import Step
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Exploration, Progress, Search
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.state import State
from irqlab.verdict.observe import OBSERVATIONS

#: What a gated controller drives in experiments: claims are not about that.
OUTPUT = "low"


@cache
def _board(name: str) -> Board:
    return load(name)


def setup(
    driver: str, kernel: str, scope: Scope, *, with_: tuple[str, ...] = (), arch: str = "arm64", board: str = "irqsteer"
) -> Setup:
    """What is explored, by names."""
    return Setup(controller(driver), release(kernel).with_(*with_), Config(arch=arch), _board(board), scope, OUTPUT)


@dataclass
class Experiment:
    """An exploration with its findings and observations."""

    setup: Setup
    model: LinuxModel
    exploration: Exploration
    findings: Findings
    #: The state all traces begin in.
    first: State
    #: What was observed, and the shortest way to it.
    observed: dict[str, tuple[Step, ...]] = field(default_factory=dict)

    def find(self, *predicates: Callable[[Finding], bool]) -> Finding | None:
        """The shortest finding or note of which all predicates hold."""
        fitting = [f for f in (*self.findings.broken, *self.findings.notes) if all(predicate(f) for predicate in predicates)]
        return min(fitting, key=lambda finding: (finding.depth, finding.breach.key), default=None)


def run(what: Setup, bounds: Bounds | None = None, progress: Progress | None = None, *, memo: bool = True) -> Experiment:
    """Explores a setup.

    Remembering is on: exploring with and without gives equal states, findings and traces, and this is quicker.
    """
    model = what.model(what.output, OBSERVATIONS)
    first = model.world.state()
    exploration = Search(model, bounds, memo=memo, progress=progress).run()
    experiment = Experiment(what, model, exploration, collect(model, exploration), first)
    for sighting in exploration.sightings:
        kind, facts = sighting.signal
        if kind == "observed":
            observed = str(dict(facts)["what"])
            if observed not in experiment.observed:
                experiment.observed[observed] = tuple(exploration.graph.path(sighting.state))
    return experiment
