"""Each rule was kept, broken, or not decided, and then something says why."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.explore.check import Checked
from irqlab.properties import RULES
from irqlab.report.outcome import level, outcomes, undecided


def test_there_is_one_a_rule_and_every_finding_is_in_one_under_its_number(unlinked: Checked):
    found = outcomes(unlinked)
    assert [outcome.rule.name for outcome in found] == list(RULES)
    pairs = [pair for outcome in found for pair in (*outcome.broken, *outcome.notes)]
    assert sorted(pairs, key=lambda pair: pair[0]) == list(enumerate(unlinked.told, 1))


def test_what_cannot_be_broken_here_is_not_said_to_be_kept(kept: Checked, small: Checked):
    why = {outcome.rule.name: outcome.undecided for outcome in outcomes(kept) if outcome.undecided}
    assert why == {
        "successor-storm": "not looked at: the successor kernel",
        "memory-leak": "not looked at: memory of drivers in Python",
    }
    assert [outcome.rule.name for outcome in outcomes(small) if outcome.undecided] == ["successor-storm"]


def test_what_was_cut_short_or_is_not_modelled_is_why_nothing_is_decided(kept: Checked):
    assert undecided(kept) == ""
    [run] = kept.runs
    cut = replace(kept, runs=(replace(run, stopped="--max-states 5 reached"),), unknown=(("a lock of x", 1), ("y()", 2)))
    size = f"({run.states} states, {run.successors} successors, depth {run.depth})"
    said = (
        f"stopped: --max-states 5 reached {size}; not modelled: a lock of x (seen in 1 way); not modelled: y() (seen in 2 ways)"
    )
    assert undecided(cut) == said
    assert all(outcome.undecided for outcome in outcomes(cut))


def test_what_is_broken_is_decided(unlinked: Checked):
    cut = replace(unlinked, unknown=(("y()", 2),))
    assert {outcome.rule.name for outcome in outcomes(cut) if not outcome.undecided} == {t.breach.rule for t in cut.broken}


@pytest.mark.parametrize(
    ("blame", "note", "said"),
    [("driver", False, "error"), ("core", False, "warning"), ("architecture", False, "warning"), ("driver", True, "note")],
)
def test_an_error_is_the_drivers_own(small: Checked, blame: str, note: bool, said: str):
    assert level(replace(small.broken[0].breach, blame=blame, note=note)) == said
