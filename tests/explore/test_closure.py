"""What the kernel comes to by itself, on graphs drawn by hand."""

from __future__ import annotations

from irqlab.explore.action import Action, Actor
from irqlab.explore.closure import Closure
from irqlab.explore.graph import Graph, Step

Edges = dict[int, list[tuple[str, int]]]


def graph(states: int, edges: Edges) -> Graph:
    """States 0, 1, … in a row, with steps of the kernel's own."""
    drawn = Graph()
    for state in range(states):
        drawn.add(bytes([state]), state - 1, 0, ())
    for state in range(states):
        for name, target in edges.get(state, []):
            drawn.edge(target, drawn.name_id(Action(name, Actor.KERNEL, lambda: True)), 0)
        drawn.expanded()
    return drawn


def storms(drawn: Graph, complete: int) -> list[tuple[int, list[str]]]:
    """Where circles of deliveries begin, and their steps."""
    found = Closure(drawn, complete).storms(lambda action: action.startswith("deliver"))
    return [(lasso.state, [step.action for step in lasso.circle]) for lasso in found]


def test_no_steps_are_no_storm() -> None:
    assert storms(graph(3, {}), 3) == []


def test_a_circle_of_deliveries_is_a_storm_wherever_it_begins() -> None:
    drawn = graph(4, {0: [("deliver", 1)], 1: [("deliver", 2), ("worker", 0)], 2: [("deliver again", 1)], 3: [("worker", 3)]})
    assert storms(drawn, 4) == [(1, ["deliver", "deliver again"]), (2, ["deliver again", "deliver"])]


def test_a_circle_that_needs_another_step_is_none() -> None:
    assert storms(graph(2, {0: [("deliver", 1)], 1: [("worker", 0)]}), 2) == []


def test_steps_of_a_state_that_was_not_expanded_are_not_judged() -> None:
    drawn = graph(2, {0: [("deliver", 1)], 1: [("deliver", 1)]})
    assert (storms(drawn, 2), storms(drawn, 1)) == ([(1, ["deliver"])], [])
    assert list(Closure(drawn, 2).terminal_parts()) == [[1]]
    assert list(Closure(drawn, 1).terminal_parts()) == []


def test_a_terminal_part_is_left_by_nothing_the_kernel_does() -> None:
    drawn = graph(5, {0: [("a", 1), ("b", 3)], 1: [("c", 2)], 2: [("d", 1)], 3: [("e", 0)], 4: []})
    closure = Closure(drawn, 5)
    assert list(closure.terminal_parts()) == [[1, 2], [4]]
    assert closure.circle(1, lambda target, action: True) == (Step("c"), Step("d"))
    assert closure.circle(4, lambda target, action: True) is None
