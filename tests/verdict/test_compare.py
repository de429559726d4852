"""Two checks held against each other: gone, left and new; what a bound leaves open; what makes two findings the same."""

from __future__ import annotations

import pytest

from irqlab.explore.check import Checked, check_each
from irqlab.explore.search import Bounds
from irqlab.verdict.compare import Comparison, both, compare, key_of
from irqlab.verdict.experiment import setup
from irqlab.verdict.thread import CRASH


def checked(driver: str, *switches: str, states: int | None = None) -> Checked:
    return check_each([setup(driver, "6.12", CRASH, with_=switches)], Bounds(states), memo=True)[0]


@pytest.fixture(scope="module")
def history() -> Comparison:
    found = both(setup("irqsteer@5.19", "6.12", CRASH), setup("irqsteer@6.11", "6.12", CRASH))
    assert found is not None
    return found


def test_the_bus_lock_heals_dead_registers_and_brings_its_price(history: Comparison) -> None:
    """Claim 9: the loop finds the chip powered, by accident and at a price."""
    assert {told.breach.rule for told in history.gone} == {"dead-register-access"}
    assert history.left == ()
    assert {told.breach.rule for told in history.new} == {"deadlock", "irqs-enabled", "sleep-in-atomic"}
    assert history.decided and not history.kept


def test_a_driver_and_itself_differ_in_nothing() -> None:
    one = checked("irqsteer@5.19")
    same = compare(one, one)
    assert same.gone == same.new == () and [told.breach for told in same.left] == [told.breach for told in one.broken]


def test_the_started_check_leaves_nothing_and_brings_nothing() -> None:
    after = compare(checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check"))
    assert after.kept and after.left == after.new == () and len(after.gone) == 2


def test_what_a_bound_hides_is_not_gone() -> None:
    cut = compare(checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check", states=40))
    assert cut.gone == () and len(cut.unsure) == 2 and not cut.kept and not cut.decided


def test_what_a_bound_hid_before_is_not_new() -> None:
    cut = compare(checked("irqsteer@5.19", states=2), checked("irqsteer@6.11"))
    assert cut.new == () and cut.unseen


def test_a_finding_is_the_same_whether_the_core_knows_the_device_or_not() -> None:
    unlinked, linked = checked("irqsteer@unlinked-2020"), checked("irqsteer@5.19")
    assert compare(unlinked, linked).left
    assert {told.breach.key for told in unlinked.broken}.isdisjoint(told.breach.key for told in linked.broken)
    assert all("no-pm-device" not in key_of(told.breach) for told in unlinked.broken)
