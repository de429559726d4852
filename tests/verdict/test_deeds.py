"""What goes on without any promise broken: callbacks of chips by where they run, and that a line is requested."""

from __future__ import annotations

from irqlab.explore.check import check_each
from irqlab.verdict.deeds import REQUESTED, deeds
from irqlab.verdict.experiment import setup
from irqlab.verdict.thread import CRASH


def measured(driver: str, *switches: str) -> set[str]:
    (run,) = check_each([setup(driver, "6.12", CRASH, with_=switches)], memo=True, measure=deeds)[0].runs
    return set(run.measured)


def test_the_mask_loop_masks_and_clears_what_is_active() -> None:
    """``machine_kexec_mask_interrupts()`` of 6.12: ``irq_set_irqchip_state()``, then ``irq_mask``."""
    assert measured("irqsteer@5.19") == {
        REQUESTED,
        "irq_mask of the driver's chip, on the crash path",
        "irq_mask of the driver's chip, while the kernel runs",
        "irq_mask of the root controller, on the crash path",
        "irq_set_irqchip_state of the root controller, on the crash path",
        "irq_unmask of the driver's chip, while the kernel runs",
    }


def test_the_bus_lock_goes_on_in_both_places() -> None:
    locks = {f"irq_bus_{end} of the driver's chip" for end in ("lock", "sync_unlock")}
    both = {f"{lock}, {where}" for lock in locks for where in ("on the crash path", "while the kernel runs")}
    assert measured("irqsteer@6.11") - measured("irqsteer@5.19") == both


def test_the_started_check_takes_nothing_away_that_a_requested_line_needs() -> None:
    assert measured("irqsteer@5.19", "kexec-started-check") == measured("irqsteer@5.19")
