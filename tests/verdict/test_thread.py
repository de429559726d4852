"""The thread, settled: verdicts, exhausted counts, shortest traces; and for each claim the one-line change that flips it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from irqlab.drivers.irqsteer import unlinked_2020
from irqlab.drivers.irqsteer.common import (
    imx_irqsteer_irq_mask,
    imx_irqsteer_irq_unmask,
    imx_irqsteer_pm_ops,
    imx_irqsteer_remove,
    probe,
)
from irqlab.explore.check import Setup
from irqlab.explore.search import Bounds
from irqlab.explore.trace import digest
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.irq.desc import IrqChip
from irqlab.kernel.irq.flags import IRQCHIP_MASK_ON_SUSPEND
from irqlab.kernel.kernel import Kernel
from irqlab.report.thread import markdown
from irqlab.state import kernel
from irqlab.verdict import thread
from irqlab.verdict.experiment import Experiment, run, setup
from irqlab.verdict.observe import NO_REFERENCE, REFERENCE, SUSPENDED_IN_USE, SUSPENDED_UNMASKED
from irqlab.verdict.thread import (
    CLAIMS,
    CRASH,
    DEAD,
    SLEEP,
    Settled,
    answer,
    in_loop,
    line,
    never_started,
    noirq,
    rule,
    runtime_pm_enabled,
    runtime_suspended,
    settle,
)


@pytest.fixture(scope="module")
def settled() -> dict[str, Settled]:
    return {one.claim.number: one for one in settle()}


@pytest.mark.parametrize(
    ("number", "verdict"),
    [
        ("1", "true"),
        ("2", "true"),
        ("3a", "true"),
        ("3b", "true"),
        ("4", "partly true"),
        ("5", "true"),
        ("6", "partly true"),
        ("7", "true"),
        ("8", "true"),
        ("9", "true"),
        ("10", "true"),
    ],
)
def test_every_claim_has_its_verdict(settled: dict[str, Settled], number: str, verdict: str) -> None:
    assert settled[number].verdict == verdict


def test_every_answer_exhausted_its_scope(settled: dict[str, Settled]) -> None:
    assert all(one.experiment.exploration.exhausted for claim in settled.values() for one in claim.answers)


def test_every_yes_about_a_state_has_a_trace_and_no_no_has_one(settled: dict[str, Settled]) -> None:
    for claim in settled.values():
        for one in claim.answers:
            if one.question.measure is None:
                assert bool(one.steps) is one.found


def test_what_jason_says_of_his_driver_is_false_and_of_linked_drivers_true(settled: dict[str, Settled]) -> None:
    assert [one.agrees for one in settled["4"].answers] == [False, True, True]
    assert [one.agrees for one in settled["6"].answers] == [True, False, True, True]


def test_the_requested_line_explodes_only_after_a_request_that_came_before_the_idle_worker(settled: dict[str, Settled]) -> None:
    """§11: on a suspended chip without a PM device the first request_irq() faults already."""
    names = [step.action for step in settled["3a"].answers[0].steps]
    assert names[-2:] == ["crash (sysrq)", "panic goes on"]
    request = names.index("task a: request")
    suspended = max(index for index, name in enumerate(names) if name.startswith("kworker interrupt-controller"))
    assert request < suspended


def test_a_bound_makes_a_claim_undecided() -> None:
    (one,) = settle((CLAIMS[1],), Bounds(states=50))
    assert one.verdict == "undecided"
    assert one.answers[0].experiment.exploration.stopped.startswith("--max-states 50 reached")


# -- flips: one line of driver or kernel ------------------------------------------------------------------------------


def explore(what: Setup, driver: Driver | None = None) -> Experiment:
    experiment = run(what if driver is None else replace(what, driver=driver))
    assert experiment.exploration.exhausted
    return experiment


def _driver(name: str, chip: IrqChip, pm_device: bool, runtime_pm: bool = True) -> Driver:
    """The thread's driver with one thing changed."""
    return Driver(
        name,
        unlinked_2020.driver.compatible,
        PROBES[chip.name, pm_device, runtime_pm],
        imx_irqsteer_remove,
        pm=imx_irqsteer_pm_ops,
    )


CHIP = IrqChip("plain", irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask)
MASKS_ON_SUSPEND = IrqChip(
    "masks-on-suspend", flags=IRQCHIP_MASK_ON_SUSPEND, irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask
)


@kernel
def probe_plain(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, CHIP, False, True)


@kernel
def probe_linked(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, CHIP, True, True)


@kernel
def probe_without_runtime_pm(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, CHIP, False, False)


@kernel
def probe_masks_on_suspend(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, MASKS_ON_SUSPEND, True, True)


PROBES = {
    ("plain", False, True): probe_plain,
    ("plain", True, True): probe_linked,
    ("plain", False, False): probe_without_runtime_pm,
    ("masks-on-suspend", True, True): probe_masks_on_suspend,
}

PLAIN = _driver("flip: unchanged", CHIP, False)
LINKED = _driver("flip: irq_domain_set_pm_device()", CHIP, True)
ALWAYS_ON = _driver("flip: no runtime PM", CHIP, False, False)
SUSPEND_MASKS = _driver("flip: IRQCHIP_MASK_ON_SUSPEND", MASKS_ON_SUSPEND, True)

KERNEL = setup("irqsteer@unlinked-2020", "6.1", CRASH)
PATCHED = setup("irqsteer@unlinked-2020", "6.1", CRASH, with_=("kexec-skip-masked",))
PATCHED_ASLEEP = setup("irqsteer@unlinked-2020", "6.1", SLEEP, with_=("kexec-skip-masked",))


def test_claim_1_flips_with_a_driver_without_runtime_pm() -> None:
    assert explore(KERNEL, PLAIN).find(DEAD, in_loop, line("unused")) is not None
    assert explore(KERNEL, ALWAYS_ON).find(DEAD, in_loop) is None


def test_claim_1_flips_with_the_started_check() -> None:
    assert (
        explore(setup("irqsteer@unlinked-2020", "6.1", CRASH, with_=("kexec-started-check",))).find(DEAD, in_loop, never_started)
        is None
    )


def test_claim_2_flips_without_the_patch() -> None:
    assert explore(PATCHED).find(DEAD, in_loop, line("masked")) is None
    assert explore(KERNEL).find(DEAD, in_loop, line("masked")) is not None


def test_claim_3a_flips_with_the_pm_device() -> None:
    assert explore(PATCHED, PLAIN).find(DEAD, in_loop, line("requested", "unmasked"), runtime_suspended) is not None
    assert explore(PATCHED, LINKED).find(DEAD, in_loop, line("requested", "unmasked"), runtime_suspended) is None


def test_claim_3b_does_not_flip_with_the_pm_device_but_with_mask_on_suspend() -> None:
    assert explore(PATCHED_ASLEEP, LINKED).find(DEAD, in_loop, noirq, line("requested", "unmasked")) is not None
    assert explore(PATCHED_ASLEEP, SUSPEND_MASKS).find(DEAD, in_loop, noirq, line("requested")) is None


@pytest.mark.parametrize("observation", [SUSPENDED_IN_USE, SUSPENDED_UNMASKED, NO_REFERENCE])
def test_claims_4_5_6_flip_with_the_pm_device(observation: str) -> None:
    assert observation in explore(KERNEL, PLAIN).observed
    assert observation not in explore(KERNEL, LINKED).observed


def test_claim_5_flips_with_the_pm_device() -> None:
    assert REFERENCE not in explore(KERNEL, PLAIN).observed
    assert REFERENCE in explore(KERNEL, LINKED).observed


def test_claim_7_flips_with_mask_on_suspend_and_the_started_check() -> None:
    """What the PM device leaves is cured by these two."""
    what = setup("irqsteer@unlinked-2020", "6.1", SLEEP, with_=("kexec-started-check",))
    assert explore(what, LINKED).find(DEAD, in_loop) is not None
    assert explore(what, SUSPEND_MASKS).find(DEAD, in_loop) is None


def test_claim_8_flips_without_the_started_check() -> None:
    assert (
        explore(setup("irqsteer@5.19", "6.1", CRASH, with_=("kexec-started-check",))).find(DEAD, in_loop, never_started) is None
    )
    assert explore(setup("irqsteer@5.19", "6.1", CRASH)).find(DEAD, in_loop, never_started) is not None


def test_claim_9_flips_without_the_clearing_of_the_active_state() -> None:
    """Without GENERIC_IRQ_KEXEC_CLEAR_VM_FORWARD nobody takes the bus lock in the loop."""
    arm64, arm = setup("irqsteer@6.11", "6.12", CRASH), setup("irqsteer@6.11", "6.12", CRASH, arch="arm")
    assert explore(arm64).find(DEAD, in_loop, runtime_pm_enabled) is None
    assert explore(arm).find(DEAD, in_loop, runtime_pm_enabled) is not None
    assert explore(arm64).find(rule("irqs-enabled"), in_loop) is not None
    assert explore(arm).find(rule("irqs-enabled"), in_loop) is None


def test_claim_10_counts_two_accesses_a_masked_line(settled: dict[str, Settled]) -> None:
    """irq_mask() of irqsteer reads and writes CHANMASK; two lines are mapped, both are masked while nobody uses them."""
    without, with_ = settled["10"].answers
    assert "at most 4 register accesses of one loop were for lines already masked" in without.detail
    assert "at most 0 register accesses of one loop were for lines already masked" in with_.detail


def test_remembering_changes_no_verdict() -> None:
    for claim in CLAIMS[:4]:
        for question in claim.questions:
            plain = answer(question, run(question.setup, memo=False))
            quick = answer(question, run(question.setup, memo=True))
            assert (plain.found, plain.steps, plain.circle) == (quick.found, quick.steps, quick.circle)
            assert looks(plain.experiment) == looks(quick.experiment)


def looks(experiment: Experiment) -> set[str]:
    """What every state looks like; as they are kept they can be compared within one World only."""
    world, found = experiment.model.world, set()
    for state in experiment.exploration.graph.states:
        world.restore(state)
        found.add(digest(world))
    assert len(found) == experiment.exploration.states
    return found


def test_the_page_in_docs_is_what_the_tool_writes() -> None:
    page = Path(__file__).parent.parent.parent / "docs" / "thread.md"
    assert markdown(settle()) == page.read_text(), "write it again: irqlab thread --markdown docs/thread.md"


def test_the_claims_are_those_of_the_thread() -> None:
    assert [claim.number for claim in thread.CLAIMS] == ["1", "2", "3a", "3b", "4", "5", "6", "7", "8", "9", "10"]
    assert {claim.who for claim in thread.CLAIMS} == {"Jason Liu", "Marc Zyngier", "irqlab's notes"}
