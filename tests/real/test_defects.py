"""Our own test chip, compiled against the tree's headers, with one defect at a time; and without any."""

from __future__ import annotations

import pytest
from real_rig import chip, chip_board, explored, model, rules

from irqlab.explore.scope import Scope
from irqlab.explore.search import Search

SMALL = Scope("small").but(crash=())
UNBIND = SMALL.but(unbind=True)

#: What a crash in the middle of an unmask leaves behind: the descriptor's lock, held by nobody.
HELD = ("deadlock", "irq_set_irqchip_state")


@pytest.mark.parametrize("defect", ["NONE", "PADDING"])
def test_a_chip_without_a_defect_is_clean(defect: str) -> None:
    found = explored(model(chip(defect), chip_board(), UNBIND))
    assert rules(found) == set()
    assert found.unknown == {}


@pytest.mark.parametrize(
    ("defect", "place", "words"),
    [
        ("OVERFLOW", "deeper", "stack overflow"),
        ("NOWHERE", "defect", "jump to what is no code"),
        ("BEYOND", "defect", "out-of-bounds: write of 1 bytes"),
        ("WILD", "defect", "wild: write of 4 bytes at 0x70000000"),
        ("RODATA", "defect", "read-only: write of 4 bytes"),
    ],
)
def test_a_broken_memory_rule_names_the_function_and_ends_in_an_oops(defect: str, place: str, words: str) -> None:
    found = explored(model(chip(defect), chip_board(), SMALL))
    assert rules(found) == {("memory-error", place), HELD}
    [finding] = [finding for finding in found.broken if finding.breach.rule == "memory-error"]
    assert words in str(finding.breach.facts["what"])
    assert f"{place}() (chip.c:" in str(finding.breach.facts["where"])


def test_what_was_freed_is_used() -> None:
    found = explored(model(chip("FREED"), chip_board(), SMALL))
    assert rules(found) == {("memory-error", "defect"), HELD}


def test_a_null_pointer_is_an_oops() -> None:
    found = explored(model(chip("NULLPTR"), chip_board(), SMALL))
    assert rules(found) == {("memory-error", "defect"), HELD}


@pytest.mark.parametrize("defect", ["UNWRITTEN", "COPIED"])
def test_what_nobody_wrote_is_told_and_the_kernel_goes_on(defect: str) -> None:
    """COPIED reads two words in one instruction (``ldp``), both of them unwritten."""
    found = explored(model(chip(defect), chip_board(), SMALL))
    assert rules(found) == {("memory-error", "defect")}


def test_freeing_twice() -> None:
    found = explored(model(chip("TWICE"), chip_board(), UNBIND))
    assert ("memory-error", "chip_remove") in rules(found)


def test_bug_is_an_oops_and_warn_is_not() -> None:
    assert rules(explored(model(chip("BUGGY"), chip_board(), SMALL))) == {("memory-error", "defect"), HELD}
    assert rules(explored(model(chip("WARNING"), chip_board(), SMALL))) == {("warning", "defect")}


def test_a_lock_that_is_left_held() -> None:
    found = rules(explored(model(chip("HELD"), chip_board(), SMALL)))
    assert ("lock-left-held", "defect") in found
    assert ("deadlock", "chip_update") in found


def test_what_remove_forgets_leaks() -> None:
    found = explored(model(chip("LEAK"), chip_board(), UNBIND))
    assert {rule for rule, _ in rules(found)} == {"memory-leak"}


def test_interrupts_turned_on_under_a_caller_that_had_them_off() -> None:
    found = explored(model(chip("IRQSOFF"), chip_board(), SMALL))
    assert rules(found) == {("irqs-enabled", "chip_unmask")}


def test_what_nobody_models_is_named_and_located() -> None:
    found = explored(model(chip("UNKNOWN"), chip_board(), SMALL))
    assert rules(found) == set()
    [unknown] = found.unknown
    assert unknown.startswith("irqlab_nobody_models_this(), reached in defect() (chip.c:")


def test_a_probe_that_never_ends_is_found_and_ends() -> None:
    made = model(chip("ENDLESS"), chip_board(), SMALL)
    kinds = dict(made.boot_signals)
    assert "stuck" in kinds
    assert dict(kinds["stuck"])["waits_for"].startswith("runs without end in chip_probe() (chip.c:")
    assert not Search(made).run().stopped
