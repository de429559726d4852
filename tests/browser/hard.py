"""Pages made up to be hard: as large as one is likely to get, or about what has a hostile name."""

from __future__ import annotations

from dataclasses import replace
from itertools import cycle, islice

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.check import Checked, Setup, check
from irqlab.explore.scope import SCOPES
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.report.html.check import dumps

FINDINGS, STEPS = 200, 500

#: The number of the finding with the long trace.
LONG = 2


def _checked() -> Checked:
    driver = controller("irqsteer@unlinked-2020")
    return check(Setup(driver, release("6.1"), Config(), load("irqsteer"), SCOPES["small"], "low"), memo=True)


def hostile(name: str) -> str:
    """The text of a page whose one finding is about a device and a function of that name."""
    checked = _checked()
    told = checked.broken[0]
    trace = replace(told.trace, short=(("interrupt-controller@32e2d000", name),))
    breach = replace(told.breach, text=f"{name} reads", place=name, cause=(name,))
    return dumps(replace(checked, broken=(replace(told, trace=trace, finding=replace(told.finding, breach=breach)),)))


def large(findings: int = FINDINGS, steps: int = STEPS) -> str:
    """The text of the page: what is found of irqsteer without a PM device, over and over."""
    checked, several = _checked(), []
    for number, told in enumerate(islice(cycle(checked.broken), findings), 1):
        trace, finding = told.trace, told.finding
        if number == LONG:
            way = islice(cycle([*trace.steps[:-1], *checked.broken[4].trace.steps[:-1]]), steps - 1)
            trace = replace(trace, steps=tuple(replace(step, number=at) for at, step in enumerate([*way, trace.steps[-1]], 1)))
        breach = replace(told.breach, cause=(*told.breach.cause, f"again {number}"))
        several.append(replace(told, trace=trace, finding=replace(finding, breach=breach)))
    return dumps(replace(checked, broken=tuple(several)))
