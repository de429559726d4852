"""One word for a patch: what it breaks, papers over, leaves or cures; the drivers and switches are those of the thread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.explore.check import Checked, Told, check_each
from irqlab.explore.search import Bounds
from irqlab.verdict.compare import compare
from irqlab.verdict.experiment import setup
from irqlab.verdict.review import (
    BREAKS,
    CURES,
    KEPT,
    NOTHING,
    PAPERS,
    REMOVES,
    UNCOMPILED,
    UNDECIDED,
    Judged,
    Review,
    worst,
)
from irqlab.verdict.thread import CRASH


def checked(driver: str, *switches: str, states: int | None = None) -> Checked:
    return check_each([setup(driver, "6.12", CRASH, with_=switches)], Bounds(states), memo=True)[0]


def judged(before: Checked, after: Checked) -> Judged:
    return Judged("drivers/irqchip/irq-imx-irqsteer.c", False, compare(before, after))


def test_the_patch_of_the_thread_papers_over_what_its_driver_does() -> None:
    """The maintainer's word: another order of events still has the loop touch the stopped chip, in the same function."""
    patch = judged(checked("irqsteer@unlinked-2020"), checked("irqsteer@unlinked-2020", "kexec-skip-masked"))
    assert patch.word == PAPERS
    assert {(told.breach.rule, told.breach.place) for told in patch.papered} == {
        ("dead-register-access", "imx_irqsteer_irq_mask")
    }


def test_the_started_check_cures_the_driver_that_set_its_device() -> None:
    patch = judged(checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check"))
    assert patch.word == CURES and patch.papered == ()


def test_the_bus_lock_breaks_other_promises() -> None:
    assert judged(checked("irqsteer@5.19"), checked("irqsteer@6.11")).word == BREAKS


def test_a_function_of_another_name_is_the_same_and_another_cause_in_it_papers_over() -> None:
    before = checked("irqsteer@5.19")
    renamed = replace(before, broken=tuple(_told(told, place="mask") for told in before.broken))
    same = judged(before, renamed)
    assert (same.word, len(same.moved), same.gone, same.new) == (NOTHING, 2, (), ())
    shifted = replace(before, broken=tuple(_told(told, cause=("elsewhere",)) for told in before.broken[:1]))
    other = judged(before, shifted)
    assert (other.word, len(other.gone), len(other.papered), other.fresh) == (PAPERS, 2, 2, ())
    apart = replace(before, broken=tuple(_told(told, place="mask", cause=("elsewhere",)) for told in before.broken[:1]))
    assert judged(before, apart).word == BREAKS


def test_what_goes_on_no_more_is_removed_and_not_cured() -> None:
    def did(side: Checked, *deeds: str) -> Checked:
        return replace(side, runs=tuple(replace(run, measured=deeds) for run in side.runs))

    before, after = checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check")
    assert judged(did(before, "irq_mask"), did(after, "irq_mask", "irq_ack")).word == CURES
    removed = judged(did(before, "irq_ack", "irq_mask"), did(after, "irq_ack"))
    assert (removed.word, removed.lost) == (REMOVES, ("irq_mask",))
    assert judged(did(before, "irq_mask"), did(before)).word == REMOVES


def _told(told: Told, **breach: object) -> Told:
    return replace(told, finding=replace(told.finding, breach=replace(told.breach, **breach)))


def test_nothing_is_changed_by_what_changes_nothing() -> None:
    same = checked("irqsteer@5.19")
    assert judged(same, same).word == NOTHING
    kept = checked("irqsteer@5.19", "kexec-started-check")
    assert judged(kept, kept).word == KEPT


def test_what_a_bound_hides_is_not_decided() -> None:
    cut = judged(checked("irqsteer@5.19"), checked("irqsteer@5.19", "kexec-started-check", states=40))
    assert cut.word == UNDECIDED and cut.papered == ()


def test_what_does_not_compile_says_so() -> None:
    assert Judged("drivers/irqchip/irq-x.c", False, None, "expected ';'").word == UNCOMPILED


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ([CURES, NOTHING], CURES),
        ([CURES, KEPT], CURES),
        ([CURES, PAPERS], PAPERS),
        ([CURES, BREAKS], BREAKS),
        ([NOTHING, KEPT], NOTHING),
        ([KEPT], KEPT),
        ([PAPERS, UNDECIDED], UNDECIDED),
        ([PAPERS, REMOVES], REMOVES),
        ([UNDECIDED, UNCOMPILED], UNCOMPILED),
    ],
)
def test_of_several_drivers_the_worst_counts_and_a_cure_is_not_undone_by_one_it_does_not_touch(
    words: list[str], word: str
) -> None:
    assert worst(words) == word


def test_a_review_is_as_its_drivers() -> None:
    same = checked("irqsteer@5.19")
    assert Review("x.patch", "", (judged(same, same),)).word == NOTHING
