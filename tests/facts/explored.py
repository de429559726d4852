"""Explorations that several tests of the facts ask, each made once."""

from __future__ import annotations

from functools import cache

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.findings import Finding, Findings, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import explore
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import CHECKS


@cache
def findings(
    driver: str,
    kernel: str,
    scope: Scope,
    *,
    arch: str = "arm64",
    with_: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    board: str = "irqsteer",
    fw_devlink: str = "",
    gated: str = "low",
) -> Findings:
    """The findings of an exhausted exploration."""
    model = LinuxModel(
        controller(driver),
        release(kernel).with_(*with_).without(*without),
        load(board),
        scope,
        Config(arch=arch, fw_devlink=fw_devlink),
        checks=CHECKS,
        output_when_gated=gated,
    )
    exploration = explore(model, memo=True)
    assert exploration.exhausted
    return collect(model, exploration)


def broken(found: Findings, rule: str, **facts: object) -> list[Finding]:
    """The findings and notes of a rule whose signal had these facts; ``calls=`` names a call on the way."""
    fitting = []
    for finding in (*found.broken, *found.notes):
        if finding.breach.rule != rule:
            continue
        known = finding.breach.facts
        if all(
            value in known.get(name, ()) if name in ("calls", "subject") else known.get(name) == value
            for name, value in facts.items()
        ):
            fitting.append(finding)
    return fitting
