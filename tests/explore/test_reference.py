"""The search counts what is known of the reference model, with and without remembering."""

from __future__ import annotations

import pytest
from reference import Reference

from irqlab.explore.graph import Step
from irqlab.explore.search import Exploration, explore

#: Interrupts: states, successors, levels.
KNOWN = {1: (80, 145, 8), 2: (836, 2044, 13), 3: (8976, 26796, 18), 4: (95536, 331456, 23)}


def counts(result: Exploration) -> tuple[int, int, int]:
    return result.states, result.successors, result.levels


@pytest.mark.parametrize("memo", [False, True], ids=["run", "remembered"])
@pytest.mark.parametrize("interrupts", KNOWN)
def test_the_reference_model_has_its_known_size(interrupts: int, memo: bool) -> None:
    result = explore(Reference(interrupts), memo=memo)
    assert counts(result) == KNOWN[interrupts]
    assert (result.stopped, result.sightings) == ("", [])


def test_remembering_runs_a_segment_once_for_all_that_read_the_same() -> None:
    assert [explore(Reference(3), memo=memo).segments for memo in (False, True)] == [26796, 492]


@pytest.mark.parametrize("memo", [False, True], ids=["run", "remembered"])
def test_remembering_changes_nothing_of_what_is_found(memo: bool) -> None:
    plain, other = Reference(2), Reference(2)
    expected, result = explore(plain), explore(other, memo=memo)
    assert result.graph.states == expected.graph.states
    assert (result.graph.parent, result.graph.by, result.graph.depth) == (
        expected.graph.parent,
        expected.graph.by,
        expected.graph.depth,
    )


@pytest.mark.parametrize("memo", [False, True], ids=["run", "remembered"])
@pytest.mark.parametrize("interrupts", [1, 2, 3])
def test_a_loop_that_masks_every_line_touches_a_dead_chip_after_two_steps(interrupts: int, memo: bool) -> None:
    result = explore(Reference(interrupts, bug=True), memo=memo)
    (dead,) = result.sightings
    assert (dead.signal, dead.action, dead.depth) == (("dead-access", ()), "mask", 2)
    assert result.graph.path(dead.state) == [Step("crash")]


@pytest.mark.parametrize("memo", [False, True], ids=["run", "remembered"])
def test_the_bug_reaches_the_same_states(memo: bool) -> None:
    """Lines nobody requested are masked already: the bug is an access too many, not another state."""
    assert counts(explore(Reference(3, bug=True), memo=memo)) == KNOWN[3]
