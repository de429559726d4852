"""Audited logs: every answer carries the field it came from, so a misaligned replay cannot pass unseen."""

from __future__ import annotations

import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.errors import ModelError
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Exploration, explore
from irqlab.kernel.release import release
from irqlab.state import End, Record, World, kernel


def explored(driver: str, kernel_name: str, scope: Scope, audit: bool) -> Exploration:
    model = LinuxModel(controller(driver), release(kernel_name), load("irqsteer"), scope)
    model.world.audit = audit
    return explore(model)


@pytest.mark.parametrize(
    ("driver", "kernel_name", "scope"),
    [
        ("irqsteer@unlinked-2020", "6.1", Scope()),
        ("irqsteer@6.11", "6.12", Scope()),
        ("irqsteer@5.19", "6.12", Scope(consumers=(("a", "threaded"),), calls=("request", "free", "synchronize"), crash=())),
    ],
)
def test_no_replay_is_misaligned_and_no_two_continuations_merge_by_chance(driver: str, kernel_name: str, scope: Scope) -> None:
    """Were an answer of one field taken for one of another, the audited exploration would stop; were two continuations
    one only because unlike fields held like values, it would have more states."""
    plain, audited = explored(driver, kernel_name, scope, False), explored(driver, kernel_name, scope, True)
    assert (plain.states, plain.successors) == (audited.states, audited.successors)


class Pair(Record):
    one: int = 0
    other: int = 0


CALLS: list[int] = []


@kernel
def reads_another_field_each_time(pair: Pair) -> None:
    CALLS.append(1)
    _ = pair.one if len(CALLS) % 2 else pair.other
    pair.world.tape.point("here")


@pytest.mark.parametrize("audit", [False, True])
def test_a_misaligned_replay_is_seen_only_when_audited(audit: bool) -> None:
    CALLS.clear()
    world = World()
    world.audit = audit
    world.may_stop = lambda kind: True
    pair = world.new(Pair, 1)
    world.begin()
    first = world.step("task", reads_another_field_each_time, (pair,), ())
    assert first.end is End.POINT
    if audit:
        with pytest.raises(ModelError, match="the code is not deterministic"):
            world.step("task", reads_another_field_each_time, (pair,), first.stored())
    else:
        assert world.step("task", reads_another_field_each_time, (pair,), first.stored()).end is End.DONE
