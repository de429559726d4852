"""What tests explore: a driver under a kernel in a scope, in one line."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.findings import Finding, Findings, collect
from irqlab.explore.graph import Step
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Exploration, explore
from irqlab.kernel.context import Context
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import CHECKS, Breach, judge

#: One consumer that requests and frees, its line rises, runtime PM runs, and a crash by sysrq.
SMALL = Scope("test")
#: The same, and the consumer never lets go.
KEEPS = SMALL.but(calls=("request",))
#: The board of each family of drivers; irqsteer's for all others.
FAMILIES = {"intmux": "intmux", "gpio-bank": "gpio", "expander": "expander"}
#: Nobody uses a line.
UNUSED = SMALL.but(calls=(), raises=False)


def linux(
    driver: str | Driver, kernel: str, scope: Scope = SMALL, *with_: str, board: str = "", arch: str = "arm64", **config: Any
) -> LinuxModel:
    """A model; the board is the one of the driver's family, or a file beside this one."""
    chosen = controller(driver) if isinstance(driver, str) else driver
    board = board or next((known for family, known in FAMILIES.items() if chosen.name.startswith(family)), "irqsteer")
    beside = Path(__file__).parent / f"{board}.dts"
    if beside.exists():
        board = str(beside)
    return LinuxModel(chosen, release(kernel).with_(*with_), load(board), scope, Config(arch=arch, **config), checks=CHECKS)


def explored(model: LinuxModel, **bounds: int) -> tuple[Exploration, Findings]:
    """Everything reached, and what was found."""
    exploration = explore(model, Bounds(**bounds), memo=True)
    return exploration, collect(model, exploration)


def select(findings: Findings, rule: str, **facts: Any) -> list[Finding]:
    """Findings and notes of a rule whose breach says so (attributes of :class:`Breach`, or words of its cause)."""
    found = []
    for finding in (*findings.broken, *findings.notes):
        breach = finding.breach
        wanted = {name: value for name, value in facts.items() if name != "cause"}
        fits = all(getattr(breach, name) == value for name, value in wanted.items())
        if breach.rule == rule and fits and facts.get("cause", "") in " | ".join(breach.cause):
            found.append(finding)
    return found


def rules(findings: Findings) -> set[str]:
    """The rules that are broken, notes included."""
    return {finding.breach.rule for finding in (*findings.broken, *findings.notes)}


def rerun(model: LinuxModel, steps: Iterable[Step]) -> list[Breach]:
    """Takes steps one by one in a fresh model; what the last one breaks, and what checks see then."""
    world = model.world
    signals = []
    for step in steps:
        world.begin(step.script)
        action = model.named(step.action)
        assert action is not None and action.run(), f"{step.action} is not possible here"
        signals = list(world.signals)
        world.commit()
    if not any(context.exists for context in world.known(Context)):
        for check in model.checks():
            world.begin()
            check.run()
            signals += world.signals
            world.abandon()
    return [breach for kind, facts in signals if (breach := judge(kind, dict(facts))) is not None]
