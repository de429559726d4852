"""Drivers of a GPIO expander behind a sleeping bus: what each finds broken, the shortest way there, and who is clean of it."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

import pytest
from setups import SMALL, explored, linux, rules, select

from irqlab.explore.findings import Finding, Findings
from irqlab.explore.scope import Scope
from irqlab.hardware.expander import INPUT, INT_MASK
from irqlab.kernel.errno import EINVAL, ENXIO
from irqlab.kernel.i2c import i2c_read_reg, i2c_write_reg
from irqlab.kernel.irq.desc import IrqDesc, irq_to_desc
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_NESTED_THREAD, IRQ_TYPE_EDGE_RISING
from irqlab.kernel.irq.manage import free_irq, request_any_context_irq, request_threaded_irq
from irqlab.kernel.irq.mapping import irq_create_of_mapping
from irqlab.kernel.irq.state import has_setting
from irqlab.state import kernel

CHIP = "gpio@20"
ANYWHERE = SMALL.but(consumers=(("a", "any-context"),))
LIVE = ANYWHERE.but(crash=())
KEEPS = LIVE.but(calls=("request",))
ASLEEP = KEEPS.but(sleep=True)
UNBOUND = KEEPS.but(unbind=True)
SLEEP = "task sleep: echo mem > /sys/power/state"


@cache
def found(version: str, scope: Scope) -> tuple[int, Findings]:
    """How many states there are, and the findings."""
    exploration, findings = explored(linux(f"expander@{version}", "6.12", scope))
    assert exploration.stopped == "" and findings.unknown == {}
    return len(exploration.graph.states), findings


def steps(finding: Finding) -> list[tuple[str, int]]:
    """A trace: each action, and how often it is taken in a row."""
    return [(action, len(list(same))) for action, same in groupby(step.action for step in finding.steps)]


# -- one call at a time ----------------------------------------------------------------------------------------------


@kernel
def handled(k: Any, irq: int, dev_id: object) -> int:
    return IRQ_HANDLED


@pytest.fixture
def k() -> Any:
    """A kernel after its boot."""
    model = linux("expander@6.12", "6.12", LIVE)
    model.world.begin()
    return model.k


def test_a_line_is_nested_and_its_mask_is_written_when_the_bus_lock_is_dropped(k: Any) -> None:
    irq, block = irq_create_of_mapping(k, CHIP, (2, IRQ_TYPE_EDGE_RISING)), k.machine.blocks[CHIP]
    assert has_setting(irq_to_desc(k, irq), IRQ_NESTED_THREAD)
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == -EINVAL  # nobody would run a hard handler
    assert request_any_context_irq(k, irq, handled, 0, "user", None) == 1
    assert block.read(INT_MASK) == 0xFF & ~4 and k.world.at(IrqDesc, irq).depth == 0
    free_irq(k, irq, None)
    assert block.read(INT_MASK) == 0xFF and not k.world.signals


def test_an_expander_without_power_does_not_acknowledge(k: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    block = k.machine.blocks[CHIP]
    assert i2c_write_reg(k, block, INT_MASK, 3) == 0 and i2c_read_reg(k, block, INT_MASK) == (0, 3)
    monkeypatch.setattr(block, "dead_reason", lambda: "power domain io is off")
    assert i2c_read_reg(k, block, INPUT) == (-ENXIO, 0) and i2c_write_reg(k, block, INT_MASK, 0) == -ENXIO
    assert not k.world.signals


# -- explored --------------------------------------------------------------------------------------------------------


def test_a_mask_that_is_written_at_once_sleeps_under_the_descriptors_lock_and_a_cached_one_does_not() -> None:
    (finding,) = select(found("writes-in-mask", KEEPS)[1], "sleep-in-atomic", cause="request_threaded_irq")
    assert (finding.breach.place, finding.breach.blame) == ("write_mask", "driver")
    assert steps(finding) == [("task a: request", 1), ("task a goes on", 4)]
    assert found("6.12", KEEPS)[1].broken == []


def test_disabling_ones_own_line_with_the_mutex_that_its_thread_takes_is_a_deadlock() -> None:
    """``pca953x_save_context()`` of 6.12.117: ``disable_irq()`` under ``i2c_lock``."""
    task, thread = (select(found("6.12", ASLEEP)[1], "deadlock", place=place)[0] for place in ("task", "irq thread"))
    assert "sleeps until the threads of irq N are done" in task.breach.cause
    assert "sleeps until expander gpio@N i2c_lock is released" in thread.breach.cause
    assert steps(task) == [
        ("task a: request", 1),
        ("task a goes on", 12),
        (SLEEP, 1),
        ("device a raises its line", 1),
        ("the CPU takes an interrupt", 1),
        ("task sleep goes on", 28),
        ("thread irq/1-0 runs", 1),
        ("irq/1-0 goes on", 1),
    ]


def test_disabling_it_before_the_mutex_is_taken_breaks_nothing() -> None:
    assert found("unlocked-suspend", ASLEEP)[1].broken == []


def test_lines_that_are_freed_before_the_thread_has_ended_are_used_after_it() -> None:
    """devm undoes in reverse: ``pca953x_probe()`` requests its line before ``devm_gpiochip_add_data()``."""
    (finding,) = select(found("unlocked-suspend", UNBOUND)[1], "memory-error", cause="IrqDesc")
    assert (finding.breach.place, finding.breach.blame) == ("expander_irq_handler", "driver")
    assert steps(finding) == [
        ("task a: request", 1),
        ("task a goes on", 12),
        ("task bind: unbind gpio@20", 1),
        ("device a raises its line", 1),
        ("the CPU takes an interrupt", 1),
        ("task bind goes on", 14),
        ("thread irq/1-0 runs", 1),
        ("irq/1-0 goes on", 5),
        ("task bind goes on", 41),
        ("irq/1-0 goes on", 1),
    ]
    assert "memory-error" not in rules(found("late-request", UNBOUND)[1])


def test_what_comes_while_a_nested_line_is_disabled_is_not_resent() -> None:
    """``handle_nested_irq()`` notes it as pending; ``num_parents`` is 0, so ``irq_sw_resend()`` has no line to resend."""
    scope = LIVE.but(calls=("request", "disable", "enable"))
    (finding,) = found("6.12", scope)[1].broken
    assert (finding.breach.rule, finding.breach.place) == ("lost-interrupt", CHIP)
    assert "its change was read, and nothing came of it" in finding.breach.cause
    assert steps(finding) == [
        ("task a: request", 1),
        ("task a goes on", 12),
        ("task a: disable", 1),
        ("device a raises its line", 1),
        ("the CPU takes an interrupt", 1),
        ("task a goes on", 11),
        ("task a: enable", 1),
        ("task a goes on", 1),
        ("thread irq/1-0 runs", 1),
        ("irq/1-0 goes on", 9),
        ("task a goes on", 7),
    ]
    bank = explored(linux("gpio-bank@pm-device", "6.12", scope.but(consumers=(("b", "plain"),))))[1]
    assert bank.broken == []


def test_the_mask_loop_of_arm64_takes_a_mutex_and_uses_the_bus_on_the_crash_path() -> None:
    findings = found("6.12", ANYWHERE)[1]
    sleeping = select(findings, "sleep-in-atomic", cause="machine_kexec_mask_interrupts")
    assert {(finding.breach.place, finding.breach.blame) for finding in sleeping} == {
        ("expander_irq_bus_lock", "architecture"),
        ("expander_irq_bus_sync_unlock", "architecture"),
        ("write_mask", "architecture"),
    }
    assert {tuple(steps(finding)) for finding in sleeping} == {(("crash (sysrq)", 1), ("panic goes on", 1))}
    assert rules(findings) >= {"deadlock", "warning"}


def test_how_much_there_is_to_see() -> None:
    versions = ("6.12", "unlocked-suspend", "late-request", "writes-in-mask")
    assert [found(version, LIVE)[0] for version in versions] == [1683, 1683, 1683, 1685]
    assert found("6.12", LIVE.but(consumers=(("a", "plain"),)))[0] == 2  # its request is refused
