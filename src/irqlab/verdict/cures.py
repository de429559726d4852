"""Cures: what each known one heals, leaves, breaks and costs, alone and together, by the same exploration again.

A cure is a name and a transformation of a setup.  Cures of the kernel's reach set a switch of the release; cures of the
driver's reach give a driver what it says it takes.  Whether one helps is known to nobody beforehand.

Tests: ``tests/verdict/test_cures.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from itertools import combinations

from irqlab.drivers import GIFTS, Gift
from irqlab.explore.check import Checked, Setup
from irqlab.kernel.release import SWITCHES
from irqlab.verdict.compare import Comparison, Explore, compare, unbounded
from irqlab.verdict.cost import Costs, costs

KERNEL, DRIVER = "kernel", "driver"


@dataclass(frozen=True)
class Cure:
    """One known cure.

    :ivar reach: who has to be changed: :data:`KERNEL` or :data:`DRIVER`.
    :ivar apply: the setup with it.
    :ivar switch: that of the release it sets, if it is of the kernel's reach.
    :ivar refuses: why a setup cannot have it, or gains nothing by it, in a few words; empty where it can be tried.
    """

    name: str
    reach: str
    what: str
    origin: str
    apply: Callable[[Setup], Setup]
    refuses: Callable[[Setup], str]
    switch: str = ""


def _switch(name: str, switch: str) -> Cure:
    """A cure of the kernel's reach."""

    def refuses(setup: Setup) -> str:
        if setup.origin is not None and setup.origin.beneath:
            return "the core is the tree's own: change its source"
        if setup.release.has(switch):
            return f"Linux {setup.release} has it"
        return ""

    def apply(setup: Setup) -> Setup:
        return replace(setup, release=setup.release.with_(switch))

    return Cure(name, KERNEL, SWITCHES[switch].what, SWITCHES[switch].origin, apply, refuses, switch)


def _gift(gift: Gift) -> Cure:
    """A cure of the driver's reach."""

    def apply(setup: Setup) -> Setup:
        return replace(setup, driver=setup.driver.takes[gift.name](setup.driver))

    def refuses(setup: Setup) -> str:
        if setup.origin is not None:
            return "the driver is compiled: change its source"
        if setup.driver_file:
            return "the driver is in a file: change it there"
        if gift.name not in setup.driver.takes:
            return f"{setup.driver.name} has it, or does not say how it would be with it"
        missing = [need for need in apply(setup).driver.needs if not setup.release.has(need)]
        if missing:
            return f"it needs '{missing[0]}', which Linux {setup.release} lacks"
        if gift.name == "mask-in-shutdown" and not setup.scope.kexec:
            return "the scope has no orderly kexec"
        return ""

    return Cure(gift.name, DRIVER, gift.what, gift.origin, apply, refuses)


CURES: dict[str, Cure] = {
    cure.name: cure
    for cure in (
        _switch("skip-masked", "kexec-skip-masked"),
        _switch("started-check", "kexec-started-check"),
        _switch("resume-first", "kexec-resume-first"),
        *map(_gift, GIFTS.values()),
    )
}


@dataclass(frozen=True)
class Outcome:
    """What came of some cures together.

    :ivar costs: what they are paid with; None where that was not asked.
    """

    cures: tuple[Cure, ...]
    comparison: Comparison
    costs: Costs | None = None

    @property
    def name(self) -> str:
        return " + ".join(cure.name for cure in self.cures)

    @property
    def checked(self) -> Checked:
        return self.comparison.after

    @property
    def heals_all(self) -> bool:
        """Nothing is left, nothing new is broken, and everything was looked at."""
        return self.comparison.decided and self.comparison.kept


@dataclass
class Cured:
    """A driver with all that was tried on it.

    :ivar costs: the price without a cure.
    :ivar refused: cures that were not tried, and why.
    :ivar sets: how many sets were to be explored in all; fewer outcomes where the user interrupted.
    """

    bare: Checked
    costs: Costs
    outcomes: list[Outcome] = field(default_factory=list)
    refused: tuple[tuple[Cure, str], ...] = ()
    sets: int = 0
    #: How many cures were tried together at most.
    most: int = 0

    @property
    def smallest(self) -> list[Outcome]:
        """The sets of fewest cures that heal everything and break nothing."""
        healing = [outcome for outcome in self.outcomes if outcome.heals_all]
        fewest = min((len(outcome.cures) for outcome in healing), default=0)
        return [outcome for outcome in healing if len(outcome.cures) == fewest]

    @property
    def decided(self) -> bool:
        """Everything was explored to its end."""
        whole = len(self.outcomes) == self.sets
        return whole and self.bare.decided and all(outcome.comparison.decided for outcome in self.outcomes)

    def outcome(self, *names: str) -> Outcome:
        """What came of a cure, or of several together, by their names."""
        return next(outcome for outcome in self.outcomes if {cure.name for cure in outcome.cures} == set(names))


def cured(
    setup: Setup,
    names: Iterable[str] = CURES,
    *,
    most: int = 3,
    explore: Explore = unbounded,
    beginning: Callable[[int, int], None] = lambda sets, together: None,
) -> Cured:
    """Explores a setup bare, with each cure alone and in pairs; where none of these heals everything, with more at a time.

    :param most: how many at a time.
    :param beginning: told how many sets of how many cures are about to be explored.
    """
    refusals = [(CURES[name], CURES[name].refuses(setup)) for name in CURES if name in set(names)]
    tried = [cure for cure, why in refusals if not why]
    beginning(1, 0)
    (bare,) = explore([setup], costs)
    result = Cured(bare, _price(bare), refused=tuple((cure, why) for cure, why in refusals if why))
    if not bare.broken:
        return result
    for together in range(1, min(most, len(tried)) + 1):
        if together > 2 and result.smallest:
            break
        sets = list(combinations(tried, together))
        result.sets, result.most = result.sets + len(sets), together
        beginning(len(sets), together)
        setups = [_with(setup, cures) for cures in sets]
        for cures, checked in zip(sets, explore(setups, costs if together == 1 else None), strict=False):
            result.outcomes.append(Outcome(cures, compare(bare, checked), _price(checked) if together == 1 else None))
        if len(result.outcomes) < result.sets:
            return result
    dear = [outcome for outcome in result.smallest if outcome.costs is None]
    for outcome, checked in zip(dear, explore([outcome.checked.setup for outcome in dear], costs) if dear else [], strict=False):
        result.outcomes[result.outcomes.index(outcome)] = replace(outcome, costs=_price(checked))
    return result


def _with(setup: Setup, cures: Iterable[Cure]) -> Setup:
    for cure in cures:
        setup = cure.apply(setup)
    return setup


def _price(checked: Checked) -> Costs:
    return Costs.worst(run.measured for run in checked.runs)
