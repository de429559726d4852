"""The thread of August 2020, settled: who claimed what, and what exploration says.

A claim is a list of questions, each with the answer the claimant gave.  The answers come out of exploration; the
verdict is how they compare: *true* if all agree, *false* if none does, *partly true* otherwise, *undecided* where a
bound was hit first.  Nothing here knows a verdict beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from irqlab.explore.check import Setup
from irqlab.explore.findings import Finding
from irqlab.explore.graph import Step
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Progress
from irqlab.verdict import observe
from irqlab.verdict.cost import loop_accesses
from irqlab.verdict.experiment import Experiment, run, setup

#: One consumer, runtime PM, a crash anywhere a task may run.
CRASH = Scope("thread", raises=False)
#: The same with system sleep.
SLEEP = CRASH.but(name="thread, asleep", sleep=True)

UNLINKED = setup("irqsteer@unlinked-2020", "6.1", CRASH)
PATCHED = setup("irqsteer@unlinked-2020", "6.1", CRASH, with_=("kexec-skip-masked",))
UNLINKED_ASLEEP = setup("irqsteer@unlinked-2020", "6.1", SLEEP, with_=("kexec-skip-masked",))
LINKED = setup("irqsteer@5.19", "6.1", CRASH)
LINKED_ASLEEP = setup("irqsteer@5.19", "6.1", SLEEP)
VENDOR = setup("irqsteer@vendor-2020", "5.8", CRASH)
NO_RUNTIME_PM = setup("irqsteer@mainline-2020", "6.1", CRASH)
STARTED = setup("irqsteer@5.19", "6.1", SLEEP, with_=("kexec-started-check",))
UNLINKED_STARTED = setup("irqsteer@unlinked-2020", "6.1", CRASH, with_=("kexec-started-check",))
BUS_LOCK = setup("irqsteer@6.11", "6.12", SLEEP)
BUS_LOCK_ARM = setup("irqsteer@6.11", "6.12", SLEEP, arch="arm")
BUS_LOCK_CLOCK = setup("irqsteer@6.11", "6.12", CRASH.but(name="thread, shared clock", clock_user=True))


def rule(name: str) -> Callable[[Finding], bool]:
    return lambda finding: finding.breach.rule == name


def in_loop(finding: Finding) -> bool:
    """It happened in the mask loop."""
    return "machine_kexec_mask_interrupts" in finding.breach.facts.get("calls", ())


def line(*words: str) -> Callable[[Finding], bool]:
    """What the core believed of the line: ``requested``, ``unused``, ``masked``, ``unmasked``, ``started``."""
    return lambda finding: set(words) <= set(finding.breach.facts.get("subject", ()))


def never_started(finding: Finding) -> bool:
    return "started" not in finding.breach.facts.get("subject", ())


def runtime_suspended(finding: Finding) -> bool:
    """Runtime PM has suspended the chip (and is not in the middle of it)."""
    return finding.breach.facts.get("status") == "suspended" and bool(finding.breach.facts.get("rpm_enabled"))


def noirq(finding: Finding) -> bool:
    """In the noirq phase of system sleep."""
    return finding.breach.facts.get("phase") == "noirq"


def by_system_sleep(finding: Finding) -> bool:
    """System sleep, not runtime PM, has turned the chip off (or is doing so)."""
    return bool(finding.breach.facts.get("forced"))


def awake(finding: Finding) -> bool:
    """Not in the noirq phase of system sleep."""
    return not noirq(finding)


def runtime_pm_enabled(finding: Finding) -> bool:
    """Runtime PM of the chip is enabled (system sleep disables it from suspend_late to resume_early)."""
    return bool(finding.breach.facts.get("rpm_enabled"))


def runtime_pm_disabled(finding: Finding) -> bool:
    return not runtime_pm_enabled(finding)


def for_clock_lock(finding: Finding) -> bool:
    return "clk prepare" in str(finding.breach.facts.get("waits_for", ""))


DEAD = rule("dead-register-access")


@dataclass(frozen=True)
class Question:
    """One question to one exploration, and the answer the claimant gives.

    :ivar finding: the answer is *yes* if there is a finding of which all these hold; or
    :ivar observation: if this was observed in some state; or
    :ivar measure: a number asked of the experiment, and the answer is *yes* if it is above 0.
    """

    text: str
    setup: Setup
    claimed: bool
    finding: tuple[Callable[[Finding], bool], ...] = ()
    observation: str = ""
    measure: Callable[[Experiment], tuple[int, str]] | None = None


@dataclass(frozen=True)
class Claim:
    """One claim of the thread, or of what came after it."""

    number: str
    who: str
    words: str
    questions: tuple[Question, ...]


@dataclass(frozen=True)
class Answer:
    """What exploration says to a question.

    :ivar found: None where a bound was hit before a witness.
    :ivar experiment: the exploration that was asked.
    :ivar finding: the shortest finding that answers, if the question was about findings.
    :ivar steps: the shortest way to the witness (none for *no* and for measures).
    """

    question: Question
    found: bool | None
    experiment: Experiment
    finding: Finding | None = None
    steps: tuple[Step, ...] = ()
    circle: tuple[Step, ...] = ()
    detail: str = ""

    @property
    def agrees(self) -> bool:
        return self.found is self.question.claimed


@dataclass(frozen=True)
class Settled:
    """A claim with its verdict."""

    claim: Claim
    answers: tuple[Answer, ...]

    @property
    def verdict(self) -> str:
        if any(answer.found is None for answer in self.answers):
            return "undecided"
        agreeing = sum(answer.agrees for answer in self.answers)
        if agreeing == len(self.answers):
            return "true"
        return "partly true" if agreeing else "false"


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "1",
        "Jason Liu",
        "When kexec runs while the idle irqchip is runtime-suspended, the mask loop touches a chip without a clock.",
        (
            Question(
                "does the mask loop touch a dead chip, on a line nobody requested?",
                UNLINKED,
                True,
                (DEAD, in_loop, runtime_suspended, line("unused")),
            ),
            Question("and with a driver without runtime PM?", NO_RUNTIME_PM, False, (DEAD, in_loop)),
        ),
    ),
    Claim(
        "2",
        "Jason Liu",
        "Not masking again what is masked already prevents that.",
        (
            Question(
                "with the patch: does the loop still touch a dead chip on a masked line?",
                PATCHED,
                False,
                (DEAD, in_loop, line("masked")),
            ),
            Question("without the patch?", UNLINKED, True, (DEAD, in_loop, line("masked"))),
        ),
    ),
    Claim(
        "3a",
        "Marc Zyngier",
        "With that patch a requested, unmasked line on a suspended chip still explodes: the patch papers over a bug of the driver.",
        (
            Question(
                "with the patch: does the loop touch a runtime-suspended chip on a requested, unmasked line?",
                PATCHED,
                True,
                (DEAD, in_loop, awake, runtime_suspended, line("requested", "unmasked")),
            ),
        ),
    ),
    Claim(
        "3b",
        "Marc Zyngier",
        "'goes into suspend': the same happens inside the noirq window of system sleep.",
        (
            Question(
                "with the patch: does the loop touch a chip that system sleep has turned off, on a requested, unmasked line?",
                UNLINKED_ASLEEP,
                True,
                (DEAD, in_loop, noirq, by_system_sleep, line("requested", "unmasked")),
            ),
        ),
    ),
    Claim(
        "4",
        "Jason Liu",
        "request_irq() takes a reference that prevents the irqchip from being suspended; our driver is correct.",
        (
            Question(
                "in his driver: is there a requested line on a runtime-suspended chip?",
                UNLINKED,
                False,
                (),
                observe.SUSPENDED_IN_USE,
            ),
            Question("where chip->parent_device is set (5.8)?", VENDOR, False, (), observe.SUSPENDED_IN_USE),
            Question("where the domain has a PM device (6.1)?", LINKED, False, (), observe.SUSPENDED_IN_USE),
        ),
    ),
    Claim(
        "5",
        "Marc Zyngier",
        "Without a parent_device irq_chip_pm_get() and irq_chip_pm_put() do nothing: there is nothing to take a reference on.",
        (
            Question(
                "in Jason's driver: is a line requested while the usage count is 0?", UNLINKED, True, (), observe.NO_REFERENCE
            ),
            Question("in Jason's driver: is it ever above 0 with a line requested?", UNLINKED, False, (), observe.REFERENCE),
            Question(
                "where the domain has a PM device: is a line requested while the usage count is 0?",
                LINKED,
                False,
                (),
                observe.NO_REFERENCE,
            ),
        ),
    ),
    Claim(
        "6",
        "Jason Liu",
        "free_irq() lets the chip suspend, so when it is suspended it has no user and all its lines are disabled and masked.",
        (
            Question("in his driver: does the chip suspend once nobody uses a line?", UNLINKED, True, (), observe.REST_SUSPENDED),
            Question(
                "in his driver: is it ever suspended with a line believed unmasked?",
                UNLINKED,
                False,
                (),
                observe.SUSPENDED_UNMASKED,
            ),
            Question("where the domain has a PM device: does it suspend?", LINKED, True, (), observe.REST_SUSPENDED),
            Question(
                "where the domain has a PM device: ever with a line unmasked?", LINKED, False, (), observe.SUSPENDED_UNMASKED
            ),
        ),
    ),
    Claim(
        "7",
        "irqlab's notes",
        "The PM device cures 3a; it cures neither 3b nor 1.",
        (
            Question(
                "with the PM device: a requested, unmasked line on a dead chip outside system sleep (3a)?",
                LINKED_ASLEEP,
                False,
                (DEAD, in_loop, awake, line("requested", "unmasked")),
            ),
            Question(
                "inside the noirq window (3b)?",
                LINKED_ASLEEP,
                True,
                (DEAD, in_loop, noirq, by_system_sleep, line("requested", "unmasked")),
            ),
            Question("a line nobody requested (1)?", LINKED_ASLEEP, True, (DEAD, in_loop, awake, line("unused"))),
        ),
    ),
    Claim(
        "8",
        "irqlab's notes",
        "6.14's started-check (b4706d814921) cures 1; it leaves 3b, and 3a in a driver without PM device.",
        (
            Question(
                "started-check: a dead chip on a line that was never started (1)?", STARTED, False, (DEAD, in_loop, never_started)
            ),
            Question(
                "started-check and PM device: the noirq window (3b)?", STARTED, True, (DEAD, in_loop, noirq, line("started"))
            ),
            Question(
                "started-check without PM device: a runtime-suspended chip (3a)?",
                UNLINKED_STARTED,
                True,
                (DEAD, in_loop, awake, runtime_suspended, line("started")),
            ),
        ),
    ),
    Claim(
        "9",
        "irqlab's notes",
        "6.11's bus lock makes arm64's mask loop find the chip powered, by accident and at a price, but for the time in which system "
        "sleep has disabled runtime PM; on arm nothing changes.",
        (
            Question(
                "arm64: does the loop touch a dead chip while runtime PM is enabled?",
                BUS_LOCK,
                False,
                (DEAD, in_loop, runtime_pm_enabled),
            ),
            Question("arm64: inside the noirq window?", BUS_LOCK, True, (DEAD, in_loop, noirq)),
            Question(
                "arm64: in system sleep outside the noirq window (suspend_late, resume_early)?",
                BUS_LOCK,
                True,
                (DEAD, in_loop, awake, runtime_pm_disabled),
            ),
            Question("arm: while runtime PM is enabled?", BUS_LOCK_ARM, True, (DEAD, in_loop, runtime_pm_enabled)),
            Question("price on arm64: does the loop sleep?", BUS_LOCK, True, (rule("sleep-in-atomic"), in_loop)),
            Question(
                "price on arm64: are interrupts turned on inside the loop?", BUS_LOCK, True, (rule("irqs-enabled"), in_loop)
            ),
            Question(
                "price on arm64: can the loop wait for ever for a PM callback that the crash cut off?",
                BUS_LOCK,
                True,
                (rule("deadlock"), in_loop),
            ),
            Question(
                "price on arm64: for a clock lock held by a task that the crash cut off?",
                BUS_LOCK_CLOCK,
                True,
                (rule("deadlock"), in_loop, for_clock_lock),
            ),
            Question("price on arm: does the loop sleep?", BUS_LOCK_ARM, False, (rule("sleep-in-atomic"), in_loop)),
        ),
    ),
    Claim(
        "10",
        "Jason Liu",
        "Masking what is masked costs time in the loop, and the patch saves it.",
        (
            Question(
                "does the loop access the registers of lines that are masked already?",
                UNLINKED,
                True,
                measure=lambda experiment: loop_accesses(experiment, masked_only=True),
            ),
            Question(
                "and with the patch?", PATCHED, False, measure=lambda experiment: loop_accesses(experiment, masked_only=True)
            ),
        ),
    ),
)

#: Told what is about to be explored, and for which claim.
Beginning = Callable[[Claim, Setup], None]


def answer(question: Question, experiment: Experiment) -> Answer:
    """The answer to one question out of an exploration."""
    exhausted = experiment.exploration.exhausted
    if question.measure is not None:
        number, words = question.measure(experiment)
        return Answer(question, number > 0 if number or exhausted else None, experiment, detail=words)
    finding = experiment.find(*question.finding) if question.finding else None
    if finding is not None:
        return Answer(question, True, experiment, finding, finding.steps, finding.circle)
    if question.observation in experiment.observed:
        steps = experiment.observed[question.observation]
        return Answer(question, True, experiment, None, steps, detail=question.observation)
    return Answer(question, False if exhausted else None, experiment)


def settle(
    claims: tuple[Claim, ...] = CLAIMS,
    bounds: Bounds | None = None,
    *,
    progress: Progress | None = None,
    beginning: Beginning = lambda claim, setup: None,
) -> tuple[Settled, ...]:
    """Settles the claims; each setup is explored once."""
    experiments: dict[Setup, Experiment] = {}
    settled = []
    for claim in claims:
        answers = []
        for question in claim.questions:
            if question.setup not in experiments:
                beginning(claim, question.setup)
                experiments[question.setup] = run(question.setup, bounds, progress)
            answers.append(answer(question, experiments[question.setup]))
        settled.append(Settled(claim, tuple(answers)))
    return tuple(settled)
