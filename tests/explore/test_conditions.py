"""What spares a call that would come to nothing forbids only what is impossible."""

from __future__ import annotations

from itertools import product

import pytest
from setups import SMALL, linux

from irqlab.explore.action import Action, Actor
from irqlab.explore.linux import ALIVE, CALLS, CALM, ENDED, FIRST, FREE, INTERRUPTED, OPEN, TIMERS, LinuxModel
from irqlab.explore.search import explore
from irqlab.state import Record


@pytest.fixture(scope="module")
def model() -> LinuxModel:
    """In a state in which a line with a thread is requested and nothing is under way."""
    made = linux("irqsteer@6.11", "6.12", SMALL.but(consumers=(("a", "threaded"),), calls=("request",), crash=()))
    states = explore(made, memo=True).graph.states
    threads = [action.slot for action in made.actions() if action.name.startswith("thread ")]
    for state in states:
        made.world.restore(state)
        if made.conditions() & CALLS and all(made.world.vector[slot] for slot in threads):
            return made
    raise AssertionError("no line was requested")


def flags(record: Record) -> list[str]:
    """The fields of a Record that are True or False now."""
    return [field.name for field in record.fields if type(getattr(record, field.name)) is bool]


def test_an_action_is_impossible_where_the_field_it_names_is_false(model: LinuxModel) -> None:
    world = model.world
    tried = set()
    for action in [action for action in model.actions() if action.field and world.vector[action.slot]]:
        record = world.slot(action.slot)
        for values in product((False, True), repeat=len(flags(record))):
            world.begin()
            for name, value in zip(flags(record), values, strict=True):
                setattr(record, name, value)
            world.commit()
            allowed = world.holds(action.slot, action.field, world.vector[action.slot])
            assert allowed is getattr(record, action.field)
            world.begin()
            if not allowed:
                assert not action.go(), f"{action.name} is possible with {world.dump()}"
                tried.add(action.function.__name__)
            world.abandon()
    assert tried == {"_worker", "_timer", "_delay", "_genpd_worker", "_thread"}


def test_a_value_that_does_not_exist_holds_nothing(model: LinuxModel) -> None:
    slot = next(action.slot for action in model.actions() if action.field)
    assert not model.world.holds(slot, "", 0)
    assert model.world.holds(slot, "", 1)


def test_an_action_is_tried_only_where_what_it_needs_holds() -> None:
    holding = 0
    run: list[int] = []

    def function() -> bool:
        run.append(holding)
        return True

    action = Action("any", Actor.USER, function, needs=ALIVE | FREE, conditions=lambda: holding)
    for holding in (0, ALIVE, FREE, ALIVE | FREE, ALIVE | FREE | CALM):  # noqa: B007  (the lambda looks at it)
        assert action.run() is (holding & (ALIVE | FREE) == ALIVE | FREE)
    assert run == [ALIVE | FREE, ALIVE | FREE | CALM]


def test_after_the_first_boot_everybody_may_begin() -> None:
    made = linux("irqsteer@6.11", "6.12")
    assert made.conditions() == ALIVE | CALM | FREE | CALLS | TIMERS | FIRST | OPEN
    made.world.begin()
    made.k.system.phase = "handover"
    assert made.conditions() == ENDED
    made.k.system.hung = "somewhere"
    assert made.conditions() == 0
    made.world.abandon()


def test_conditions_exclude_each_other_where_they_must() -> None:
    made = linux("irqsteer@6.11", "6.12", SMALL.but(sleep=True, crash=("remote",)))
    seen = set()
    for state in explore(made, memo=True).graph.states:
        made.world.restore(state)
        conditions = made.conditions()
        seen.add(conditions)
        assert bool(conditions & INTERRUPTED) + bool(conditions & CALM) + bool(conditions & ENDED) <= 1
        assert not conditions & FREE or (conditions & ALIVE and conditions & CALM and conditions & OPEN)
        assert not conditions & CALLS or conditions & FREE
    assert {bool(conditions & INTERRUPTED) for conditions in seen} == {True, False}
