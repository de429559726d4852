"""Cures: the thread's argument as a table.  What is expected is what the kernel does (docs/thread.md), told here by kind:

1   the loop masks a line nobody requested, on a chip that is off
3a  a requested line on a chip that runtime PM has suspended
3b  a requested line in the noirq phase of system sleep
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from irqlab.explore.check import Told, check_each
from irqlab.explore.scope import SCOPES
from irqlab.explore.search import Bounds
from irqlab.report.cures import report
from irqlab.report.lines import plain
from irqlab.verdict.cures import CURES, Cured, Outcome, cured
from irqlab.verdict.experiment import setup

#: Claims are not about what a gated controller drives: it drives nothing here.
AWAKE = SCOPES["small"].but(raises=False)
ASLEEP = AWAKE.but(sleep=True)

TRIED = ("skip-masked", "started-check", "pm-device", "bus-lock", "mask-on-suspend", "stays-on")


@pytest.fixture(scope="module")
def thread() -> Cured:
    return cured(setup("irqsteer@unlinked-2020", "6.1", ASLEEP), TRIED)


def kinds(several: Iterable[Told]) -> set[str]:
    """Which of the thread's hazards are among these."""
    found = set()
    for told in several:
        facts, cause = told.breach.facts, told.breach.cause
        if told.breach.rule != "dead-register-access" or "machine_kexec_mask_interrupts" not in facts["calls"]:
            continue
        if "unused" in cause:
            found.add("1")
        elif "off by system sleep" in cause:
            found.add("3b")
        elif cause[2] == "suspended":
            found.add("3a")
    return found


def rules(several: Iterable[Told]) -> set[str]:
    return {told.breach.rule for told in several}


# -- the argument ------------------------------------------------------------------------------------------------------


def test_without_a_cure_every_hazard_of_the_thread_is_there(thread: Cured) -> None:
    assert kinds(thread.bare.broken) == {"1", "3a", "3b"}
    assert thread.decided


@pytest.mark.parametrize(
    ("cures", "leaves"),
    [
        (("skip-masked",), {"3a", "3b"}),  # Jason Liu's patch: papers over 3a and 3b
        (("pm-device",), {"1", "3b"}),  # Marc Zyngier's cure
        (("skip-masked", "pm-device"), {"3b"}),  # both
        (("started-check",), {"3a", "3b"}),  # 6.14
        (("started-check", "pm-device"), {"3b"}),
        (("bus-lock",), {"1", "3b"}),  # unused lines while runtime PM is disabled
        (("mask-on-suspend",), {"1", "3a", "3b"}),  # the old loop masks what is masked, too
        (("stays-on",), {"1", "3b"}),  # system sleep turns it off all the same
        (("skip-masked", "mask-on-suspend"), {"3a"}),
        (("skip-masked", "pm-device", "mask-on-suspend"), set()),
    ],
)
def test_what_each_cure_leaves_of_the_thread(thread: Cured, cures: tuple[str, ...], leaves: set[str]) -> None:
    assert kinds(thread.outcome(*cures).checked.broken) == leaves


def test_a_hazard_that_only_changes_its_form_is_not_lost() -> None:
    """MASK_ON_SUSPEND alone: the line is masked in the noirq phase, and the old loop masks it once more."""
    only = cured(setup("irqsteer@unlinked-2020", "6.1", ASLEEP), ("mask-on-suspend",)).outcome("mask-on-suspend")
    assert "3b" in kinds(only.comparison.gone) and "3b" in kinds(only.comparison.new) and not only.heals_all


def test_the_patch_and_the_started_check_heal_the_same(thread: Cured) -> None:
    patch, check = thread.outcome("skip-masked").comparison, thread.outcome("started-check").comparison
    assert [told.breach.key for told in patch.gone] == [told.breach.key for told in check.gone]
    assert kinds(patch.gone) == {"1"}


def test_neither_the_patch_nor_the_check_breaks_anything_and_the_bus_lock_does(thread: Cured) -> None:
    assert thread.outcome("skip-masked").comparison.new == thread.outcome("started-check").comparison.new == ()
    assert rules(thread.outcome("bus-lock").comparison.new) == {"deadlock", "irqs-enabled", "sleep-in-atomic"}
    assert "never-suspends" in rules(thread.outcome("stays-on").comparison.new)


def test_what_a_cure_breaks_has_its_trace(thread: Cured) -> None:
    broken = thread.outcome("bus-lock").comparison.new
    assert all(told.trace.steps and told.finding.steps for told in broken)


def test_the_smallest_sets_are_three_cures_and_neither_pair_of_them_is_enough(thread: Cured) -> None:
    assert [outcome.name for outcome in thread.smallest] == [
        "skip-masked + pm-device + mask-on-suspend",
        "started-check + pm-device + mask-on-suspend",
    ]
    assert not any(outcome.heals_all for outcome in thread.outcomes if len(outcome.cures) < 3)


def test_two_at_a_time_are_not_enough_and_one_less_hazard_is() -> None:
    """Without system sleep the patch or the check and the PM device are all it takes."""
    awake = cured(setup("irqsteer@unlinked-2020", "6.1", AWAKE), ("skip-masked", "started-check", "pm-device"), most=2)
    assert [outcome.name for outcome in awake.smallest] == ["skip-masked + pm-device", "started-check + pm-device"]
    asleep = cured(setup("irqsteer@unlinked-2020", "6.1", ASLEEP), ("skip-masked", "pm-device"), most=2)
    assert asleep.smallest == [] and asleep.decided


# -- costs -------------------------------------------------------------------------------------------------------------


def cost(outcome: Outcome) -> tuple[bool, bool, int, int, int, int]:
    costs = outcome.costs
    assert costs is not None
    return costs.off_unused, costs.off_used, costs.accesses, costs.masked, costs.resumes, costs.sleeps


def test_the_patch_saves_the_accesses_of_masked_lines(thread: Cured) -> None:
    """Claim 10: with the patch the loop writes to the GIC and changes the one line that is open."""
    assert (thread.costs.accesses, thread.costs.masked) == (5, 4)
    assert cost(thread.outcome("skip-masked")) == (True, True, 3, 0, 0, 0)


def test_the_pm_device_keeps_the_chip_up_for_a_user_and_only_for_a_user(thread: Cured) -> None:
    assert cost(thread.outcome("pm-device"))[:2] == (True, False)
    assert cost(thread.outcome("stays-on"))[:2] == (False, False)
    assert thread.costs.resumers == () and (costs := thread.outcome("pm-device").costs) and costs.resumers == ("request_irq()",)


def test_the_bus_lock_resumes_and_sleeps_in_the_loop_and_the_pm_device_does_not(thread: Cured) -> None:
    lock, device = thread.outcome("bus-lock").costs, thread.outcome("pm-device").costs
    assert lock is not None and device is not None
    assert lock.resumes == 1 and lock.sleeps > 0 and "the mask loop" in lock.resumers
    assert (device.resumes, device.sleeps) == (0, 0)


def test_the_smallest_set_is_priced_as_well_as_each_cure(thread: Cured) -> None:
    assert all(outcome.costs is not None for outcome in thread.smallest)


# -- what is not decided, and what is not tried ------------------------------------------------------------------------


def test_a_bound_heals_nothing() -> None:
    whole = setup("irqsteer@unlinked-2020", "6.1", AWAKE)

    def explore(setups, measure):  # type: ignore[no-untyped-def]
        bounds = Bounds(states=60) if setups[0].release.added else None
        return check_each(setups, bounds, memo=True, jobs=1, measure=measure)

    result = cured(whole, ("skip-masked",), explore=explore)
    said = result.outcome("skip-masked").comparison
    assert said.gone == () and said.unsure and not result.decided and result.smallest == []
    text = plain(report(result))
    assert text.startswith("NOT DECIDED") and "heals nothing" in text and "not decided" in text and "healed" not in text


def test_a_bound_without_a_cure_leaves_open_what_a_cure_breaks() -> None:
    whole = setup("irqsteer@unlinked-2020", "6.1", AWAKE)

    def explore(setups, measure):  # type: ignore[no-untyped-def]
        bounds = None if "+" in setups[0].driver.name else Bounds(states=400)
        return check_each(setups, bounds, memo=True, jobs=1, measure=measure)

    said = cured(whole, ("bus-lock",), explore=explore).outcome("bus-lock").comparison
    assert said.new == () and "sleep-in-atomic" in rules(said.unseen)


def test_what_cannot_be_had_is_not_tried_and_says_why() -> None:
    what = setup("irqsteer@5.19", "6.18", AWAKE)
    assert CURES["started-check"].refuses(what) == "Linux 6.18 has it"
    assert CURES["pm-device"].refuses(what).startswith("irqsteer@5.19 has it")
    assert CURES["mask-in-shutdown"].refuses(what) == "the scope has no orderly kexec"
    assert CURES["mask-in-shutdown"].refuses(replace(what, scope=AWAKE.but(kexec=True))) == ""
    old = setup("irqsteer@unlinked-2020", "5.8", AWAKE)
    assert CURES["pm-device"].refuses(old) == "it needs 'domain-pm-device', which Linux 5.8 lacks"
    assert CURES["bus-lock"].refuses(old) == CURES["skip-masked"].refuses(what) == ""


def test_a_driver_that_breaks_nothing_needs_no_cure() -> None:
    result = cured(setup("irqsteer@5.19", "6.1", AWAKE, with_=("kexec-started-check",)), ("skip-masked",))
    assert result.bare.broken == () and result.outcomes == [] and result.smallest == []
    assert plain(report(result)).startswith("KEPT") and result.decided


def test_the_same_input_gives_the_same_bytes() -> None:
    what = setup("irqsteer@unlinked-2020", "6.1", AWAKE)
    assert plain(report(cured(what, ("pm-device",)))) == plain(report(cured(what, ("pm-device",))))
