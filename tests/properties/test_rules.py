"""Every rule is broken by something, and kept by its nearest neighbour, which differs in one thing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import steer
import users
from setups import KEEPS, SMALL, UNUSED, explored, linux, rules, select

from irqlab.explore.scope import Scope
from irqlab.properties import RULES

LIVE = SMALL.but(crash=())
QUIET = LIVE.but(runtime_pm=False)
KEXEC = KEEPS.but(crash=(), kexec=True, successor=True)
UNBIND = UNUSED.but(unbind=True, crash=())
BESIDE = QUIET.but(consumers=(("a", "threaded"), ("b", "plain")), calls=("request",))
DISABLED = KEEPS.but(crash=(), sleep=True, calls=("request", "disable"))
ALWAYS_ON = "irqsteer@mainline-2020"


@dataclass(frozen=True)
class Run:
    """One exploration: a driver, a kernel with switches, a scope."""

    driver: Any
    kernel: str
    scope: Scope
    switches: tuple[str, ...] = ()
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """What breaks a rule, where, whom it blames, after how many steps; and what differs in one thing and does not."""

    rule: str
    why: str
    breaks: Run
    place: str
    cause: str
    blame: str
    depth: int
    keeps: Run


def line(kind: str, *calls: str) -> Scope:
    """One consumer of a kind, with these calls."""
    return QUIET.but(consumers=(("a", kind),), calls=("request", *calls))


PAIRS = (
    Pair(
        "dead-register-access",
        "nobody told the core which device powers the line",
        Run("irqsteer@unlinked-2020", "6.1", LIVE),
        "imx_irqsteer_irq_unmask",
        "request_threaded_irq | while the kernel runs | suspended",
        "driver",
        17,
        Run("irqsteer@5.19", "6.1", LIVE),
    ),
    Pair(
        "dead-register-access",
        "the mask loop touches a chip that is off",
        Run("irqsteer@5.19", "6.1", UNUSED),
        "imx_irqsteer_irq_mask",
        "machine_kexec_mask_interrupts | on the crash path | suspended",
        "architecture",
        15,
        Run("irqsteer@5.19", "6.1", UNUSED, ("kexec-skip-masked",)),
    ),
    Pair(
        "armed-at-handover",
        "an orderly kexec masks nothing",
        Run(steer.PLAIN, "6.12", KEXEC),
        "interrupt-controller@32e2d000",
        "in an orderly kexec",
        "architecture",
        26,
        Run(steer.SHUTS, "6.12", KEXEC),
    ),
    Pair(
        "successor-storm",
        "irqsteer's probe leaves the masks it finds, intmux zeroes CHANIER",
        Run(ALWAYS_ON, "6.12", KEXEC),
        "the next kernel",
        "no handler runs",
        "driver",
        50,
        Run("intmux@6.12", "6.12", KEXEC),
    ),
    Pair(
        "pm-reference-leak",
        "irq_release_resources() does not give back what irq_request_resources() took",
        Run(steer.LEAKING, "6.12", LIVE, options={"states": 4000}),
        "interrupt-controller@32e2d000",
        "while the kernel runs",
        "driver",
        23,
        Run(steer.BALANCED, "6.12", LIVE),
    ),
    Pair(
        "pm-reference-underflow",
        "irqsteer's remove gives the clock back whatever runtime PM has done, intmux resumes first",
        Run("irqsteer@5.19", "6.12", UNBIND),
        "imx_irqsteer_remove",
        "device_unbind | while the kernel runs | enable count",
        "driver",
        38,
        Run("intmux@6.12", "6.12", UNBIND),
    ),
    Pair(
        "never-suspends",
        "no runtime PM",
        Run(ALWAYS_ON, "6.1", LIVE),
        "interrupt-controller@32e2d000",
        "runtime PM is not used",
        "driver",
        4,
        Run("irqsteer@5.19", "6.1", LIVE),
    ),
    Pair(
        "sleep-in-atomic",
        "a mutex in irq_mask",
        Run(steer.MUTEX, "6.12", LIVE),
        "mask_under_mutex",
        "free_irq",
        "driver",
        12,
        Run(steer.PLAIN, "6.12", LIVE),
    ),
    Pair(
        "wait-context",
        "a spinlock_t in irq_mask",
        Run(steer.SPINLOCK, "6.12", LIVE),
        "mask_under_spinlock",
        "free_irq | while the kernel runs | under a raw spinlock",
        "driver",
        12,
        Run(steer.PLAIN, "6.12", LIVE),
    ),
    Pair(
        "wait-context",
        "a spinlock_t in a handler that PREEMPT_RT does not thread (__handle_irq_event_percpu(), lockdep_hardirq_threaded())",
        Run(ALWAYS_ON, "6.12", line("spinlock-no-thread")),
        "served_under_spinlock",
        "chained handler | while the kernel runs | in a hard interrupt",
        "driver",
        10,
        Run(ALWAYS_ON, "6.12", line("spinlock-handler")),
    ),
    Pair(
        "irqs-enabled",
        "a resume that is not irq_safe under desc->lock",
        Run(steer.RESUMING, "6.12", KEEPS.but(crash=())),
        "unmask_resumes",
        "request_threaded_irq | while the kernel runs | under a caller that had them off",
        "driver",
        6,
        Run(steer.IRQ_SAFE, "6.12", KEEPS.but(crash=())),
    ),
    Pair(
        "lost-interrupt",
        "the controller suspends under a requested line",
        Run("irqsteer@unlinked-2020", "6.1", LIVE),
        "interrupt-controller@32e2d000",
        "first kernel | the controller is off (power domain pd_mix is off)",
        "driver",
        27,
        Run("irqsteer@5.19", "6.1", LIVE),
    ),
    Pair(
        "interrupt-storm",
        "a handler that does not quiet its device",
        Run(ALWAYS_ON, "6.12", line("never-quiet", "free")),
        "a",
        "run and do not quiet it",
        "consumer",
        9,
        Run(ALWAYS_ON, "6.12", line("plain", "free")),
    ),
    Pair(
        "interrupt-storm",
        "an unlocked read-modify-write opens a line the core believes masked",
        Run(steer.UNLOCKED, "6.12", BESIDE, options={"board": "neighbours"}),
        "a",
        "run and do not quiet it | a line believed masked is open",
        "driver",
        22,
        Run(steer.LOCKED, "6.12", BESIDE, options={"board": "neighbours"}),
    ),
    Pair(
        "interrupt-storm",
        "an interrupt in the noirq phase masks its line after the masks were saved; resume opens it",
        Run(ALWAYS_ON, "6.1", KEEPS.but(crash=(), sleep=True)),
        "no handler",
        "no handler runs | a line believed masked is open",
        "driver",
        82,
        Run(ALWAYS_ON, "6.1", KEEPS.but(crash=())),
    ),
    Pair(
        "deadlock",
        "free_irq() with the mutex its thread needs",
        Run(ALWAYS_ON, "6.12", line("mutex-thread", "free-locked")),
        "task",
        "sleeps until the threads of irq N are done",
        "core",
        21,
        Run(ALWAYS_ON, "6.12", line("mutex-thread", "free-dropped")),
    ),
    Pair(
        "deadlock",
        "a handler spins on the lock of what it interrupted",
        Run(ALWAYS_ON, "6.12", line("lock-handler", "look-open")),
        "served_under_lock",
        "chained handler | while the kernel runs",
        "driver",
        12,
        Run(ALWAYS_ON, "6.12", line("lock-handler", "look-irqsave")),
    ),
    Pair(
        "mask-incoherent",
        "an unlocked read-modify-write of a mask register",
        Run(steer.UNLOCKED, "6.12", BESIDE, options={"board": "neighbours"}),
        "interrupt-controller@32e2d000",
        "believed masked | register open | while the kernel runs",
        "driver",
        24,
        Run(steer.LOCKED, "6.12", BESIDE, options={"board": "neighbours"}),
    ),
    Pair(
        "mask-incoherent",
        "masks saved before an interrupt, restored after it, on a line that stays disabled (its device loses the event)",
        Run("irqsteer@6.11", "6.12", DISABLED, options={"board": "together"}),
        "interrupt-controller@32e2d000",
        "believed masked | register open | while the kernel runs",
        "driver",
        113,
        Run("irqsteer@6.11", "6.12", DISABLED.but(raises=False), options={"board": "together"}),
    ),
    Pair(
        "unbalanced-enable",
        "enable_irq() twice after disable_irq() once",
        Run(ALWAYS_ON, "6.12", line("plain", "enable-twice")),
        "enable_irq",
        "while the kernel runs",
        "consumer",
        17,
        Run(ALWAYS_ON, "6.12", line("plain", "enable-once")),
    ),
    Pair(
        "warning",
        "free_irq() of what is free already",
        Run(ALWAYS_ON, "6.12", line("plain", "free-twice")),
        "free_twice",
        "Trying to free already-free IRQ N",
        "driver",
        21,
        Run(ALWAYS_ON, "6.12", line("plain", "free")),
    ),
    Pair(
        "warning",
        "irqsteer's remove leaves runtime PM enabled for the next probe",
        Run("irqsteer@5.19", "6.12", UNBIND),
        "imx_irqsteer_probe",
        "Unbalanced pm_runtime_enable!",
        "driver",
        65,
        Run("intmux@6.12", "6.12", UNBIND),
    ),
    Pair(
        "memory-error",
        "a mapping outlives the controller's data; the mask loop follows it",
        Run(ALWAYS_ON, "6.1", UNUSED.but(unbind=True)),
        "imx_irqsteer_irq_mask",
        "machine_kexec_mask_interrupts | on the crash path | IrqsteerData",
        "driver",
        37,
        Run(ALWAYS_ON, "6.1", UNUSED.but(unbind=True), ("kexec-started-check",)),
    ),
    Pair(
        "lock-left-held",
        "mask does not unlock",
        Run(steer.HOLDING, "6.12", QUIET),
        "irqsteer interrupt-controller@32e2d000 lock",
        "while the kernel runs",
        "driver",
        19,
        Run(steer.PLAIN, "6.12", QUIET),
    ),
)


@pytest.fixture(autouse=True)
def _users() -> Iterator[None]:
    with users.added():
        yield


def found(run: Run) -> Any:
    options = dict(run.options)
    bounds = {"states": options.pop("states")} if "states" in options else {}
    result, findings = explored(linux(run.driver, run.kernel, run.scope, *run.switches, **options), **bounds)
    assert result.exhausted or bounds
    return findings


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: f"{pair.rule}: {pair.why}")
def test_a_rule_is_broken_and_its_nearest_neighbour_keeps_it(pair: Pair) -> None:
    fitting = select(found(pair.breaks), pair.rule, place=pair.place, cause=pair.cause)
    assert fitting, sorted(map(str, (f.breach.key for f in found(pair.breaks).broken)))
    first = min(fitting, key=lambda finding: finding.depth)
    assert (first.breach.blame, first.depth) == (pair.blame, pair.depth)
    assert first.breach.note is (pair.rule == "armed-at-handover")
    neighbour = found(pair.keeps)
    assert not select(neighbour, pair.rule, place=pair.place, cause=pair.cause)
    if len({other.why for other in PAIRS if other.rule == pair.rule}) == 1:
        assert pair.rule not in rules(neighbour)


#: Only compiled drivers can break these: ``tests/real/test_defects.py`` does.
COMPILED = {"memory-leak"}


def test_every_rule_has_its_pair() -> None:
    assert {pair.rule for pair in PAIRS} == set(RULES) - COMPILED


def test_a_shutdown_that_masks_behind_the_cores_back_is_a_cure_and_no_incoherence() -> None:
    assert rules(found(Run(steer.SHUTS, "6.12", KEXEC))) == {"never-suspends"}
