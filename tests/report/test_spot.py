"""The line a finding is at: where it breaks, where the rule says, or the last one before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.explore.check import Checked, Told
from irqlab.explore.trace import RESTS
from irqlab.guest.types import Place
from irqlab.report.spot import spot

SOURCE = "drivers/irqchip/irq-x.c"


def resting(told: Told, **more: object) -> Told:
    """The same, as a promise that is broken because nothing leads on: at no line."""
    breach = replace(told.breach, **{"text": "Nothing leads on.", **more})  # type: ignore[arg-type]
    trace = replace(told.trace, steps=told.trace.steps[:1], ending=RESTS)
    return replace(told, finding=replace(told.finding, breach=breach), trace=trace)


def test_it_is_where_the_promise_is_broken(small: Checked):
    assert spot(small.setup, small.broken[0]) == (SOURCE, 91)


def test_else_it_is_where_the_rule_says(small: Checked):
    assert spot(small.setup, resting(small.broken[0], facts={"at": f"{SOURCE}:17"})) == (SOURCE, 17)
    assert spot(small.setup, resting(small.broken[0], text=f"8 bytes (x_probe() {SOURCE}:18) are left")) == (SOURCE, 18)


def test_else_it_is_the_last_line_before_and_rather_the_drivers_own(small: Checked):
    told = resting(small.broken[0])
    assert spot(small.setup, told) == (SOURCE, 70)
    [step] = told.trace.steps
    core = replace(step.events[-1], chain=(Place("irq_enable", "kernel/irq/chip.c", 300),))
    later = replace(told, trace=replace(told.trace, steps=(replace(step, events=(*step.events, core)),)))
    assert spot(small.setup, later) == (SOURCE, 70)


def test_a_driver_in_python_has_no_line(small: Checked):
    assert spot(replace(small.setup, origin=None), small.broken[0]) is None


@pytest.mark.parametrize("file", ["arch/arm64/include/asm/io.h"])
def test_a_header_alone_is_no_line_of_the_driver(small: Checked, file: str):
    told = resting(small.broken[0])
    [step] = told.trace.steps
    header = replace(step.events[-1], chain=(Place("readl", file, 7),))
    only = replace(told, trace=replace(told.trace, steps=(replace(step, events=(*step.events[:-1], header)),)))
    assert spot(small.setup, only) is None
