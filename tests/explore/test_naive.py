"""The search reaches what a naive enumerator reaches: the same states, as near, over as many steps."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from naive import Copier, QuickCopier, enumerate_states, spoken
from reference import Reference
from setups import KEEPS, SMALL, UNUSED, linux

from irqlab.explore.action import Model
from irqlab.explore.search import Exploration, explore

Make = Callable[[], Model]


def on_the_gic() -> Model:
    """A consumer whose line goes straight to the GIC; the irqsteer has none."""
    return linux("irqsteer@mainline-2020", "6.12", SMALL, board="direct")


#: What is enumerated, how models are copied, states, successors, signals.
CASES: dict[str, tuple[Make, type[Copier], tuple[int, int, int]]] = {
    "reference, 2 interrupts": (lambda: Reference(2), Copier, (836, 2044, 0)),
    "reference, 3 interrupts": (lambda: Reference(3), QuickCopier, (8976, 26796, 0)),
    "reference, 2 interrupts, with the bug": (lambda: Reference(2, bug=True), QuickCopier, (836, 2044, 1)),
    "irqsteer without runtime PM, 6.1": (
        lambda: linux("irqsteer@mainline-2020", "6.1", SMALL),
        QuickCopier,
        (273, 458, 2),
    ),
    "irqsteer without runtime PM, 6.1, by deepcopy": (
        lambda: linux("irqsteer@mainline-2020", "6.1", SMALL.but(raises=False)),
        Copier,
        (167, 302, 1),
    ),
    "unlinked irqsteer that nobody uses, 6.1": (
        lambda: linux("irqsteer@unlinked-2020", "6.1", UNUSED),
        QuickCopier,
        (136, 253, 4),
    ),
    "irqsteer of 5.19, requested for good, 6.1": (
        lambda: linux("irqsteer@5.19", "6.1", KEEPS.but(raises=False)),
        QuickCopier,
        (1469, 4135, 6),
    ),
    "intmux, requested for good, 6.12": (
        lambda: linux("intmux@6.12", "6.12", KEEPS.but(raises=False, crash=())),
        QuickCopier,
        (1119, 2761, 0),
    ),
    "irqsteer without runtime PM, a threaded consumer, 6.12": (
        lambda: linux("irqsteer@mainline-2020", "6.12", KEEPS.but(consumers=(("a", "threaded"),))),
        QuickCopier,
        (241, 388, 3),
    ),
    "irqsteer without runtime PM, one failure, kexec and the next kernel, 6.1": (
        lambda: linux("irqsteer@mainline-2020", "6.1", KEEPS.but(failures=1, kexec=True, successor=True, raises=False)),
        QuickCopier,
        (1514, 2802, 3),
    ),
    "irqsteer without runtime PM on a shared clock, 6.1, arm": (
        lambda: linux("irqsteer@mainline-2020", "6.1", UNUSED.but(clock_user=True), arch="arm"),
        QuickCopier,
        (86, 158, 1),
    ),
    "an edge of a GPIO bank whose masks are cached, 6.12": (
        lambda: linux("gpio-bank@cached-masks", "6.12", SMALL.but(consumers=(("b", "plain"),))),
        QuickCopier,
        (251, 427, 3),
    ),
    "a nested line of an expander, requested for good, 6.12": (
        lambda: linux("expander@6.12", "6.12", KEEPS.but(consumers=(("a", "any-context"),), crash=())),
        QuickCopier,
        (48, 59, 3),
    ),
    "a consumer of the GIC itself, 6.12": (on_the_gic, QuickCopier, (233, 412, 2)),
}


def distances(model: Model, result: Exploration) -> dict[object, int]:
    """Of every state the search found, by its readable dump."""
    found = {}
    for number, state in enumerate(result.graph.states):
        model.world.restore(state)
        found[model.world.dump()] = result.graph.depth[number]
    return found


@pytest.mark.parametrize("case", CASES)
def test_the_search_reaches_what_a_naive_enumerator_reaches(case: str) -> None:
    make, copier, expected = CASES[case]
    plain = enumerate_states(make(), copier())
    for memo in (False, True):
        model = make()
        result = explore(model, memo=memo)
        found = distances(model, result)
        assert (result.states, result.successors) == (plain.states, plain.successors)
        assert len(found) == result.states  # no two states look alike
        assert found == plain.depth  # the same states, each as near
        assert {spoken(sighting.signal): sighting.depth for sighting in result.sightings} == plain.signals  # seen as early
    assert (plain.states, plain.successors, len(plain.signals)) == expected
