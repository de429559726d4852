"""Drivers of a GPIO bank: what each finds broken, the shortest way there, and the neighbour that is clean of it."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from itertools import groupby
from pathlib import Path

import pytest
from setups import SMALL, explored, linux, rules, select

from irqlab.drivers import gpio_bank
from irqlab.explore.findings import Finding, Findings
from irqlab.explore.scope import Scope

LIVE = SMALL.but(crash=())
ASLEEP = LIVE.but(sleep=True)
DISABLED = ASLEEP.but(calls=("request", "disable"))
THREADED = ASLEEP.but(consumers=(("a", "threaded"),), calls=("request",))
EDGE = ASLEEP.but(consumers=(("b", "plain"),), calls=("request",))

LOOP = "machine_kexec_mask_interrupts | on the crash path"
SLEEP = "task sleep: echo mem > /sys/power/state"


@cache
def found(version: str, scope: Scope, *switches: str, kernel: str = "6.12", board: str = "") -> tuple[int, Findings]:
    """How many states there are, and the findings."""
    exploration, findings = explored(linux(f"gpio-bank@{version}", kernel, scope, *switches, board=board))
    assert exploration.stopped == "" and findings.unknown == {}
    return len(exploration.graph.states), findings


def steps(finding: Finding) -> list[tuple[str, int]]:
    """A trace: each action, and how often it is taken in a row."""
    return [(action, len(list(same))) for action, same in groupby(step.action for step in finding.steps)]


def first(version: str, scope: Scope, rule: str, cause: str) -> Finding:
    fitting = select(found(version, scope)[1], rule, cause=cause)
    assert fitting, sorted(map(str, (finding.breach.key for finding in found(version, scope)[1].broken)))
    return min(fitting, key=lambda finding: finding.depth)


# -- power -----------------------------------------------------------------------------------------------------------


def test_the_mask_loop_finds_a_bank_off_that_nobody_kept_up_for_a_requested_line() -> None:
    finding = first("unlinked", SMALL, "dead-register-access", f"{LOOP} | suspended | requested")
    assert (finding.breach.place, finding.breach.blame) == ("gpio_bank_irq_mask", "driver")
    assert steps(finding) == [
        ("task a: request", 1),
        ("task a goes on", 3),
        ("kworker gpio@30200000 runs", 1),
        ("kworker gpio@30200000 goes on", 10),
        ("crash (sysrq)", 1),
        ("panic goes on", 1),
    ]


@pytest.mark.parametrize("version", ["pm-device", "bus-lock"])
def test_with_a_pm_device_a_requested_line_keeps_the_bank_up(version: str) -> None:
    assert not select(found(version, SMALL)[1], "dead-register-access", cause="requested")
    assert found(version, LIVE)[1].broken == []


def test_without_one_request_and_free_find_it_off_too_and_an_enabled_line_is_dead() -> None:
    findings = found("unlinked", LIVE)[1]
    assert rules(findings) == {"dead-register-access", "deadlock", "lost-interrupt"}
    assert select(findings, "dead-register-access", place="gpio_bank_irq_set_type", cause="request_threaded_irq")
    assert select(findings, "dead-register-access", place="gpio_bank_irq_mask", cause="free_irq")
    assert select(findings, "lost-interrupt", cause="the controller is off (power domain pd_io is off)")


def test_the_pm_device_is_no_cure_for_lines_nobody_uses_the_bus_lock_is_and_pays_with_sleep() -> None:
    unused = first("pm-device", SMALL, "dead-register-access", f"{LOOP} | suspended | unused")
    assert (unused.breach.blame, steps(unused)) == (
        "architecture",
        [
            ("kworker gpio@30200000 runs", 1),
            ("kworker gpio@30200000 goes on", 10),
            ("crash (sysrq)", 1),
            ("panic goes on", 1),
        ],
    )
    assert rules(found("bus-lock", SMALL)[1]) == {"deadlock", "irqs-enabled", "sleep-in-atomic", "warning"}


@pytest.mark.parametrize("version", ["unlinked", "pm-device", "bus-lock"])
def test_the_mask_loop_masks_lines_that_gpiolib_no_longer_knows_as_interrupts(version: str) -> None:
    finding = first(version, SMALL, "warning", "FLAG_USED_AS_IRQ")
    assert (finding.breach.blame, steps(finding)) == ("architecture", [("crash (sysrq)", 1), ("panic goes on", 1)])


@pytest.mark.parametrize("version", ["pm-device", "bus-lock"])
def test_a_loop_that_skips_what_was_never_started_breaks_nothing(version: str) -> None:
    assert found(version, SMALL, "kexec-started-check")[1].broken == []


# -- masks that are restored -----------------------------------------------------------------------------------------


def test_a_mask_that_is_written_back_as_it_was_read_opens_a_line_that_was_masked_meanwhile() -> None:
    finding = first("saved-masks", DISABLED, "interrupt-storm", "a line believed masked is open")
    assert [step.action for step in finding.circle] == ["the CPU takes an interrupt"]
    assert steps(finding) == [
        ("task a: request", 1),
        ("task a goes on", 7),
        ("task a: disable", 1),
        ("task a goes on", 5),
        (SLEEP, 1),
        ("task sleep goes on", 33),
        ("device a raises its line", 1),
        ("the CPU takes an interrupt", 1),
        ("task sleep goes on", 42),
    ]


@pytest.mark.parametrize("version", ["merged-masks", "cached-masks"])
def test_what_the_cache_has_masked_stays_masked(version: str) -> None:
    assert rules(found(version, DISABLED)[1]) == {"never-suspends"}


def test_a_mask_that_is_restored_only_where_it_was_open_leaves_a_line_shut_whose_thread_ran_at_the_time() -> None:
    """gpio-mvebu of 6.12.117 does that; its suspend runs while interrupts and their threads do."""
    finding = first("merged-masks", THREADED, "mask-incoherent", "believed unmasked | register masked")
    assert (finding.breach.blame, steps(finding)) == (
        "driver",
        [
            ("task a: request", 1),
            ("task a goes on", 8),
            (SLEEP, 1),
            ("device a raises its line", 1),
            ("the CPU takes an interrupt", 1),
            ("task sleep goes on", 47),
            ("thread irq/2-0 runs", 1),
            ("irq/2-0 goes on", 4),
            ("task sleep goes on", 57),
        ],
    )
    assert select(found("merged-masks", THREADED)[1], "lost-interrupt", cause="its mask is shut though the core believes it open")


def test_a_cache_that_is_read_under_the_lock_and_written_after_it_is_stale() -> None:
    """As gpio-mvebu of 6.12.117, which drops its raw lock before ``regmap_write()``."""
    finding = first("merged-masks", THREADED, "interrupt-storm", "a line believed masked is open")
    assert steps(finding)[-3:] == [("device a raises its line", 1), ("the CPU takes an interrupt", 1), ("task sleep goes on", 1)]
    assert finding.depth == 97


def test_masks_that_are_restored_from_the_cache_under_its_lock_agree_with_the_core() -> None:
    assert rules(found("cached-masks", THREADED)[1]) == {"never-suspends"}


# -- edges -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forgetful(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The board with a bank that loses the edges of masked lines, in no power domain."""
    text = (files("irqlab.board") / "boards" / "gpio.dts").read_text()
    for was, becomes in (('masked-edges = "latched"', 'masked-edges = "lost"'), ("power-domains = <&pd_io>;", "")):
        assert was in text
        text = text.replace(was, becomes)
    path = tmp_path_factory.mktemp("boards") / "forgetful.dts"
    path.write_text(text)
    return path


def test_masking_a_line_for_system_sleep_loses_the_edge_a_lazily_disabled_one_would_have_noted(forgetful: Path) -> None:
    """Without ``IRQCHIP_MASK_ON_SUSPEND`` the edge comes to the core, which resends it."""
    lost = select(found("bus-lock", EDGE, board=str(forgetful))[1], "lost-interrupt", cause="the controller has lost its edge")
    assert [finding.breach.place for finding in lost] == ["gpio@30200000"]
    assert steps(lost[0]) == [
        ("task b: request", 1),
        ("task b goes on", 11),
        (SLEEP, 1),
        ("task sleep goes on", 46),
        ("device b raises its line", 1),
        ("task sleep goes on", 56),
        ("kworker pd_io off runs", 1),
        ("kworker pd_io off goes on", 3),
    ]
    assert "lost-interrupt" not in rules(found("pm-device", EDGE, board=str(forgetful))[1])
    assert "lost-interrupt" not in rules(found("bus-lock", EDGE)[1])


def test_how_much_there_is_to_see() -> None:
    versions = [driver.name.partition("@")[2] for driver in gpio_bank.DRIVERS]
    assert {version: found(version, LIVE)[0] for version in versions} == {
        "unlinked": 2424,
        "pm-device": 3676,
        "bus-lock": 3996,
        "saved-masks": 165,
        "merged-masks": 165,
        "cached-masks": 165,
    }
