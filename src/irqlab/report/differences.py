"""What a step changed, as rows of a table: which Record, which field, from what, to what.

A Record that comes is one row with what is in it; of those that go, each kind is one row.

Tests: ``tests/report/test_differences.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from irqlab.explore.changes import Change, Fields
from irqlab.report.words import Say

#: What stands where there is no Record.
NOTHING = "–"

#: Fields that hold the content of a register.
_WORDS = frozenset({("Register", "value")})


@dataclass(frozen=True)
class Difference:
    """One row.

    :ivar field: which field of the Record; empty where it comes or goes.
    """

    record: str
    field: str
    was: str
    now: str


def differences(changes: tuple[Change, ...], say: Say) -> Iterator[Difference]:
    """The rows of a step."""
    for (kind, gone), several in groupby(changes, key=lambda change: (change.kind, change.now is None)):
        if gone:
            yield Difference(", ".join(_label(change, say) for change in several), "", "there", "gone")
            continue
        for change in several:
            assert change.now is not None
            if change.was is None:
                yield Difference(_label(change, say), "", NOTHING, _whole(kind, change.now, say))
                continue
            for (field, was), (_, now) in zip(change.was, change.now, strict=True):
                yield Difference(_label(change, say), field, written(kind, field, was, say), written(kind, field, now, say))


def _label(change: Change, say: Say) -> str:
    return f"{change.kind}({', '.join(say(part) for part in change.key)})"


def _whole(kind: str, fields: Fields, say: Say) -> str:
    """What is in a Record that has come, but for what is empty."""
    return ", ".join(f"{field} {written(kind, field, value, say)}" for field, value in fields if value) or "there"


def written(kind: str, field: str, value: Any, say: Say) -> str:
    """A value: bits as 0 and 1, the content of registers in hex, functions by the kernel's names."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return f"{value:#010x}" if (kind, field) in _WORDS else str(value)
    if isinstance(value, tuple):
        return f"({', '.join(written(kind, field, item, say) for item in value)})"
    if isinstance(value, bytes):
        return value.hex(" ")
    text = str(value)
    return say(text.rpartition(".")[2] if text.startswith("irqlab.") else text) or '""'
