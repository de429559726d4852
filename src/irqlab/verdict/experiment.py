"""An experiment: one driver under one kernel in one scope, explored once and asked many questions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.findings import Finding, Findings, collect
from irqlab.explore.graph import Step
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Exploration, Search
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import Release, release
from irqlab.properties import CHECKS
from irqlab.verdict.observe import OBSERVATIONS


@dataclass(frozen=True)
class Setup:
    """What is explored."""

    driver: str
    kernel: str
    scope: Scope
    with_: tuple[str, ...] = ()
    arch: str = "arm64"
    board: str = "irqsteer"

    @property
    def release(self) -> Release:
        return release(self.kernel).with_(*self.with_)

    def __str__(self) -> str:
        return f"{self.driver} on {self.release} ({self.arch})"

    @property
    def command(self) -> str:
        """The command that runs the same exploration."""
        words = [f"irqlab check {self.driver} --kernel {self.kernel} --arch {self.arch}"]
        words += [f"--with {switch}" for switch in self.with_]
        words += self.scope.options()
        return " ".join(words)

    def model(self, driver: Driver | None = None) -> LinuxModel:
        """A fresh model."""
        return LinuxModel(
            driver or controller(self.driver),
            self.release,
            load(self.board),
            self.scope,
            Config(arch=self.arch),
            checks=(*CHECKS, *OBSERVATIONS),
        )


@dataclass
class Experiment:
    """An exploration with its findings and observations."""

    setup: Setup
    model: LinuxModel
    exploration: Exploration
    findings: Findings
    #: What was observed, and the shortest way to it.
    observed: dict[str, tuple[Step, ...]] = field(default_factory=dict)

    def find(self, *predicates: Callable[[Finding], bool]) -> Finding | None:
        """The shortest finding or note of which all predicates hold."""
        fitting = [f for f in (*self.findings.broken, *self.findings.notes) if all(predicate(f) for predicate in predicates)]
        return min(fitting, key=lambda finding: (finding.depth, finding.breach.key), default=None)


def run(
    setup: Setup,
    bounds: Bounds | None = None,
    progress: Callable[[int, int, int], None] | None = None,
    *,
    driver: Driver | None = None,
    memo: bool = True,
) -> Experiment:
    """Explores a setup.

    Remembering is on: exploring with and without gives equal states, findings and traces, and this is quicker.
    """
    model = setup.model(driver)
    exploration = Search(model, bounds, memo=memo, progress=progress).run()
    experiment = Experiment(setup, model, exploration, collect(model, exploration))
    for sighting in exploration.sightings:
        kind, facts = sighting.signal
        if kind == "observed":
            what = str(dict(facts)["what"])
            if what not in experiment.observed:
                experiment.observed[what] = tuple(exploration.graph.path(sighting.state))
    return experiment
