"""What a step changed, as rows: bits as 0 and 1, registers in hex, what comes told whole, what goes in one row a kind."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.explore.changes import Change
from irqlab.report.differences import Difference, differences, written
from irqlab.report.words import Say

SAY = Say((("interrupt-controller@32e2d000", "irqsteer"),))


def test_each_field_is_a_row():
    was, now = (("status", "active"), ("queued", True)), (("status", ""), ("queued", False))
    change = Change("RpmState", ("interrupt-controller@32e2d000",), was, now)
    assert list(differences((change,), SAY)) == [
        Difference("RpmState(irqsteer)", "status", "active", '""'),
        Difference("RpmState(irqsteer)", "queued", "1", "0"),
    ]


def test_what_comes_is_told_whole_but_for_what_is_empty():
    change = Change("HeldLock", ("desc 2 lock",), None, (("owner", "task a"), ("where", "")))
    empty = Change("Context", ("task a",), None, (("irqs_off", False),))
    assert list(differences((change, empty), SAY)) == [
        Difference("HeldLock(desc 2 lock)", "", "–", "owner task a"),
        Difference("Context(task a)", "", "–", "there"),
    ]


def test_what_goes_is_a_row_a_kind():
    gone = [Change(kind, (key,), (("a", 1),), None) for kind, key in (("IrqData", 1), ("IrqData", 2), ("IrqDesc", 1))]
    assert list(differences(tuple(gone), SAY)) == [
        Difference("IrqData(1), IrqData(2)", "", "there", "gone"),
        Difference("IrqDesc(1)", "", "there", "gone"),
    ]


@pytest.mark.parametrize(
    ("kind", "field", "value", "text"),
    [
        ("Register", "value", 256, "0x00000100"),
        ("IrqDesc", "depth", 256, "256"),
        ("IrqData", "masked", True, "1"),
        ("IrqDesc", "handle_irq", "irqlab.kernel.irq.flow.handle_level_irq", "handle_level_irq"),
        ("IrqDesc", "actions", ("&IrqAction(2, 0)",), "(&IrqAction(2, 0))"),
        ("IrqData", "chip_data", None, "NULL"),
        ("Kept", "bytes", b"\x01\xff", "01 ff"),
    ],
)
def test_values_are_written_as_the_kernel_would(kind: str, field: str, value: Any, text: str):
    assert written(kind, field, value, SAY) == text
