"""Exploring with and without remembering is the same: nothing reads a state by a back door."""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import replace
from typing import Any

import pytest
from reference import Reference
from setups import KEEPS, UNUSED, linux

from irqlab.errors import ModelError
from irqlab.explore.action import Action, Actor
from irqlab.explore.candidate import Outcome
from irqlab.explore.findings import Finding, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.memo import Tree
from irqlab.explore.search import Exploration, Search, explore
from irqlab.state import Record, State, World, readable
from irqlab.state.chunks import Spread, place_of

#: Driver, kernel, scope, switches; how much there is: states, successors, findings and notes.
CASES: dict[str, tuple[tuple[Any, ...], dict[str, Any], tuple[int, int, int]]] = {
    "a line that is kept": (("irqsteer@5.19", "6.1", KEEPS), {}, (1761, 4597, 2)),
    "sleep": (("irqsteer@6.11", "6.12", KEEPS.but(sleep=True, raises=False)), {}, (4452, 8125, 10)),
    "unbind and bind": (("irqsteer@5.19", "6.1", UNUSED.but(unbind=True, crash=())), {}, (5366, 13687, 6)),
    "kexec and successor": (("irqsteer@mainline-2020", "6.1", KEEPS.but(kexec=True, successor=True)), {}, (2879, 5016, 4)),
    "one failure": (("irqsteer@6.11", "6.12", KEEPS.but(failures=1, raises=False, crash=())), {}, (2798, 7090, 0)),
    "a shared clock": (("irqsteer@unlinked-2020", "6.1", UNUSED.but(clock_user=True)), {}, (1244, 3698, 2)),
    "the parent device, arm": (("irqsteer@vendor-2020", "5.8", KEEPS), {"arch": "arm"}, (1761, 4597, 2)),
    "intmux, the thread's patch": (("intmux@6.12", "6.12", KEEPS, "kexec-skip-masked"), {}, (1641, 4380, 0)),
    "a thread, NMI crashes": (
        ("irqsteer@mainline-2020", "6.12", KEEPS.but(consumers=(("a", "threaded"),), crash=("remote", "nmi"))),
        {},
        (1305, 1528, 2),
    ),
    "two tasks, nested interrupts": (
        ("irqsteer@mainline-2020", "6.1", KEEPS.but(consumers=(("a", "threaded"), ("b", "plain")), tasks=2, nested=1, crash=())),
        {},
        (1900, 3952, 1),
    ),
    "an edge of a GPIO bank": (
        ("gpio-bank@bus-lock", "6.12", KEEPS.but(consumers=(("b", "plain"),), crash=())),
        {},
        (1105, 2717, 0),
    ),
    "a nested line": (
        ("expander@6.12", "6.12", KEEPS.but(consumers=(("a", "any-context"),), sleep=True, crash=())),
        {},
        (2096, 4339, 3),
    ),
}


def digests(model: LinuxModel, result: Exploration) -> list[str]:
    """Of every state, in the order in which they were found."""
    found = []
    for state in result.graph.states:
        model.world.restore(state)
        found.append(hashlib.sha256(repr(model.world.dump()).encode()).hexdigest())
    return found


def told(finding: Finding) -> tuple[Any, ...]:
    return finding.breach, finding.steps, finding.circle, finding.crash


@pytest.mark.parametrize("case", CASES)
def test_remembering_changes_nothing(case: str) -> None:
    arguments, options, expected = CASES[case]
    run, remembered = linux(*arguments, **options), linux(*arguments, **options)
    plain, quick = explore(run), explore(remembered, memo=True)
    assert (quick.states, quick.successors, quick.stopped) == (plain.states, plain.successors, "")
    for part in ("parent", "by", "depth", "scripts", "names", "first", "target", "label", "action", "labels"):
        assert getattr(quick.graph, part) == getattr(plain.graph, part), part
    assert digests(remembered, quick) == digests(run, plain)
    assert [replace(s, signal=_plain(s.signal)) for s in quick.sightings] == [
        replace(s, signal=_plain(s.signal)) for s in plain.sightings
    ]
    found, expected_findings = collect(remembered, quick), collect(run, plain)
    assert list(map(told, found.broken)) == list(map(told, expected_findings.broken))
    assert list(map(told, found.notes)) == list(map(told, expected_findings.notes))
    assert found.unknown == expected_findings.unknown
    assert quick.segments < plain.segments  # something was remembered
    assert (plain.states, plain.successors, len(found.broken) + len(found.notes)) == expected


def _plain(signal: Any) -> Any:
    return readable(signal)


# -- an audit ----------------------------------------------------------------------------------------------------


class Audited(Search):
    """Runs every ``every``-th remembered step again and compares."""

    def __init__(self, model: Any, every: int) -> None:
        self.every, self.asked, self.again = every, 0, 0
        super().__init__(model, memo=True)

    def _tree(self, action: Action) -> Tree[Outcome] | None:
        return self._trees.setdefault(action, AuditedTree(self, action))

    def audit(self, action: Action, known: tuple[Outcome, ...], spread: Spread) -> None:
        self.asked += 1
        if self.asked % self.every:
            return
        self.again += 1
        world = self.world
        state, segments = world.state(), self.result.segments
        world.restore(together(world, spread))
        again = self.outcomes(action)
        conditions = self.model.conditions()
        world.restore(state)
        self.result.segments = segments
        assert [outcome.told() for outcome in known] == [outcome.told() for outcome in again], f"{action.name} did something else"
        assert self._conditions.recall(spread) in ((conditions,), None)


class AuditedTree(Tree[Outcome]):
    def __init__(self, search: Audited, action: Action) -> None:
        super().__init__()
        self.search, self.action = search, action

    def recall(self, spread: Spread) -> tuple[Outcome, ...] | None:
        known = super().recall(spread)
        if known is not None:
            self.search.audit(self.action, known, spread)
        return known


def together(world: World, spread: Spread) -> State:
    """The state that was spread out."""
    return world.pack(array("I", [spread[place_of(slot)] for slot in range(len(spread) // 2)]))


def audit(model: Any, every: int) -> tuple[Exploration, Audited]:
    search = Audited(model, every)
    return search.run(), search


@pytest.mark.parametrize("case", ["a line that is kept", "kexec and successor", "one failure", "the parent device, arm"])
def test_a_sample_of_remembered_steps_does_again_what_it_did(case: str) -> None:
    arguments, options, expected = CASES[case]
    result, search = audit(linux(*arguments, **options), every=17)
    assert (result.states, result.successors) == expected[:2]
    assert search.again == search.asked // 17 > 400


# -- back doors --------------------------------------------------------------------------------------------------


class Tally(Record):
    value: int = 0


class BackDoor:
    """Counts to three twice, and keeps a list beside the state."""

    def __init__(self, where: str, *, said: bool = False) -> None:
        """:param said: the segments say that they must not be remembered."""
        self.world = World()
        self.said = said
        self.numbers = [self.world.new(Tally, name) for name in ("left", "right")]
        self.world.commit()
        self.where = where
        self.notes: list[int] = []
        self._actions = [
            Action(f"count {number.key[0]}", Actor.USER, self.count, (number, other))
            for number, other in (self.numbers, self.numbers[::-1])
        ]

    def conditions(self) -> int:
        return 0

    def actions(self) -> list[Action]:
        return self._actions

    boot_signals = ()

    def checks(self) -> list[Action]:
        return []

    def count(self, number: Tally, other: Tally) -> bool:
        if number.value >= 3:
            return False
        self.world.unmemorable = self.said
        self.notes.append(number.value)
        odd = len(self.notes) % 2
        if self.where == "reads" and odd:
            number.value = other.value + 1 if other.value < 3 else 3
        elif self.where == "writes" and odd:
            number.value = 3
        elif self.where == "chooses" and odd:
            number.value = 1 + number.value + self.world.tape.choose(2, "by the way") * (number.value < 2)
        else:
            number.value += 1
        return True


def test_a_model_without_a_back_door_passes_the_audit() -> None:
    result, search = audit(BackDoor("nowhere"), every=1)
    assert (result.states, result.successors, search.again) == (16, 24, 24)
    result, _ = audit(Reference(2), every=1)
    assert (result.states, result.successors) == (836, 2044)


def test_what_must_not_be_remembered_is_run_each_time() -> None:
    plain, quick = explore(BackDoor("writes", said=True)), explore(BackDoor("writes", said=True), memo=True)
    assert (plain.states, plain.successors, plain.segments) == (quick.states, quick.successors, quick.segments)


def test_a_back_door_that_decides_what_is_read_is_caught_while_it_is_learnt() -> None:
    with pytest.raises(ModelError, match="hidden state"):
        explore(BackDoor("reads"), memo=True)


def test_a_back_door_that_decides_whether_there_is_a_choice_is_caught_while_it_is_learnt() -> None:
    with pytest.raises(ModelError, match="hidden state"):
        explore(BackDoor("chooses"), memo=True)


def test_a_back_door_that_only_decides_what_is_written_is_caught_by_the_comparison_and_by_the_audit() -> None:
    plain, quick = explore(BackDoor("writes")), explore(BackDoor("writes"), memo=True)
    assert (plain.states, plain.successors) != (quick.states, quick.successors)
    with pytest.raises(AssertionError, match="did something else"):
        audit(BackDoor("writes"), every=1)
