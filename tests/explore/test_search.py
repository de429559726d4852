"""The search is breadth-first, says where it stopped and why, and finds the same in every process."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import deque
from itertools import pairwise
from pathlib import Path

import pytest
from reference import Reference

from irqlab.explore.action import Action, Actor
from irqlab.explore.graph import Step
from irqlab.explore.search import Bounds, Search, explore
from irqlab.state import Record, World

MEMO = pytest.mark.parametrize("memo", [False, True], ids=["run", "remembered"])


class Number(Record):
    """A number that is counted up."""

    value: int = 0


class Dice:
    """Throws two coins until the limit; a throw of two heads stops everything."""

    def __init__(self, limit: int = 3) -> None:
        self.world = World()
        self.number = self.world.new(Number)
        self.world.commit()
        self.limit = limit
        self._actions = [Action("throw", Actor.KERNEL, self.throw, (), self.number.slot)]
        self._checks = [Action("odd", Actor.KERNEL, self.odd)]

    def conditions(self) -> int:
        return 0

    def actions(self) -> list[Action]:
        return self._actions

    boot_signals = ()

    def checks(self) -> list[Action]:
        return self._checks

    def throw(self) -> bool:
        if self.number.value >= self.limit:
            return False
        first = self.world.tape.choose(2, "first")
        second = self.world.tape.choose(2, "second") if first else 0
        self.number.value += 1 + first + second
        if first and second:
            self.world.signal("heads")
            self.world.signal("handler", irq=1)
            self.world.drop(self.number)
        return True

    def odd(self) -> bool:
        if self.number.exists and self.number.value % 2:
            self.world.signal("odd", number=self.number.value)
        return True


# -- bounds ----------------------------------------------------------------------------------------------------


@MEMO
def test_a_bound_on_states_says_where_it_stopped(memo: bool) -> None:
    result = explore(Reference(3), Bounds(states=1000), memo=memo)
    assert result.stopped == "--max-states 1000 reached after 488 of 1000 states were expanded, at depth 5"
    assert (result.exhausted, result.states) == (False, 1000)


@MEMO
def test_a_bound_on_depth_expands_every_state_above_it(memo: bool) -> None:
    result = explore(Reference(3), Bounds(depth=4), memo=memo)
    assert result.stopped == "--max-depth 4 reached after 134 of 333 states were expanded, at depth 4"
    assert (result.levels, sum(depth < 4 for depth in result.graph.depth)) == (4, 134)
    everything = explore(Reference(3), memo=memo).graph.depth
    assert (sum(depth < 4 for depth in everything), sum(depth <= 4 for depth in everything)) == (134, 333)


def test_a_bound_that_is_not_hit_says_nothing() -> None:
    result = explore(Reference(1), Bounds(states=81, seconds=3600, depth=9, memory=1 << 20))
    assert (result.stopped, result.exhausted, result.states) == ("", True, 80)


def test_a_bound_on_time_or_memory_is_named() -> None:
    assert explore(Reference(1), Bounds(seconds=-1)).stopped == (
        "--max-seconds -1 reached after 0 of 1 states were expanded, at depth 0"
    )
    assert explore(Reference(1), Bounds(memory=1)).stopped == (
        "--max-memory 1 MiB reached after 0 of 1 states were expanded, at depth 0"
    )


def test_an_interrupted_search_keeps_what_it_has() -> None:
    def interrupt(states: int, left: int, depth: int) -> None:
        if states > 1000:
            raise KeyboardInterrupt

    result = Search(Reference(3), progress=interrupt).run()
    assert result.stopped == "interrupted by the user after 512 of 1032 states were expanded, at depth 5"
    assert len(result.graph.first) == result.states + 1


# -- paths -----------------------------------------------------------------------------------------------------


def shortest(model: Reference) -> dict[bytes, int]:
    """Distances by a plain search that shares nothing with the one under test but the model."""
    world = model.world
    distance = {world.state(): 0}
    queue = deque(distance)
    while queue:
        state = queue.popleft()
        for action in model.actions():
            world.restore(state)
            world.begin()
            if action.run():
                world.commit()
                if world.state() not in distance:
                    distance[world.state()] = distance[state] + 1
                    queue.append(world.state())
            else:
                world.abandon()
    return distance


@MEMO
def test_a_path_leads_to_its_state_and_no_other_is_shorter(memo: bool) -> None:
    model = Reference(2)
    start = model.world.state()
    distance = shortest(model)
    model.world.restore(start)
    graph = explore(model, memo=memo).graph
    assert {state: graph.depth[number] for number, state in enumerate(graph.states)} == distance
    actions = {action.name: action for action in model.actions()}
    for number, state in enumerate(graph.states):
        path = graph.path(number)
        assert len(path) == distance[state]
        model.world.restore(start)
        for step in path:
            model.world.begin(step.script)
            assert actions[step.action].run()
            model.world.commit()
        assert model.world.state() == state


def test_states_are_numbered_level_by_level() -> None:
    depth = explore(Reference(2)).graph.depth
    assert all(earlier <= later for earlier, later in pairwise(depth))


# -- choices, checks, steps of the kernel's own ----------------------------------------------------------------


@MEMO
def test_every_choice_of_the_world_is_followed(memo: bool) -> None:
    model = Dice()
    result = explore(model, memo=memo)
    dumps = []
    for state in result.graph.states:
        model.world.restore(state)
        dumps.append(model.number.value if model.number.exists else None)
    assert dumps == [0, 1, 2, None, 3, 4]
    assert (result.states, result.successors, result.levels) == (6, 9, 2)
    assert [result.graph.path(number) for number in range(4)] == [
        [],
        [Step("throw")],
        [Step("throw", (1, 0))],
        [Step("throw", (1, 1))],
    ]


@MEMO
def test_what_is_signalled_is_seen_once_with_the_choices_that_led_to_it(memo: bool) -> None:
    seen = [(s.signal, s.state, s.action, s.script, s.depth) for s in explore(Dice(), memo=memo).sightings]
    assert seen == [
        (("heads", ()), 0, "throw", (1, 1), 1),
        (("handler", (("irq", 1),)), 0, "throw", (1, 1), 1),
        (("odd", (("number", 1),)), 1, "", (), 1),
        (("odd", (("number", 3),)), 4, "", (), 2),
    ]


@MEMO
def test_steps_of_the_kernels_own_are_edges_with_their_labels(memo: bool) -> None:
    graph = explore(Dice(), memo=memo).graph
    assert list(graph.first) == [0, 3, 6, 9, 9, 9, 9]
    assert list(graph.target) == [1, 2, 3, 2, 4, 3, 4, 5, 3]
    assert [graph.labels[number] for number in graph.label] == [(), (), (("handler", (("irq", 1),)),)] * 3


def test_a_step_of_a_user_is_no_edge() -> None:
    assert list(explore(Reference(1)).graph.target) == []


# -- determinism -----------------------------------------------------------------------------------------------

DIGEST = """
from test_search import digest
print(digest())
"""


def digest() -> str:
    """Of every state's dump, in the order in which they were found."""
    model = Reference(2)
    result = explore(model, memo=True)
    total = hashlib.sha256()
    for number, state in enumerate(result.graph.states):
        model.world.restore(state)
        total.update(repr((model.world.dump(), result.graph.path(number))).encode())
    return total.hexdigest()


def test_every_process_finds_the_same_in_the_same_order() -> None:
    here = str(Path(__file__).parent)
    path = os.pathsep.join([here, *filter(None, sys.path)])
    printed = [
        subprocess.run(
            [sys.executable, "-c", DIGEST],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.strip()
        for seed in ("0", "1", "4711")
    ]
    assert printed == [digest()] * 3
