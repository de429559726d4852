"""What a step changes: the Records before it and after it, and the levels at the inputs of the board's blocks.

Memory of compiled drivers is left out: what the kernel makes of it is in Records of its own.

Tests: ``tests/explore/test_changes.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import Context, Cpu
from irqlab.state import Directory, Record, readable
from irqlab.state.record import Key

if TYPE_CHECKING:
    from irqlab.explore.linux import LinuxModel

#: Names of fields with their values, as people read them.
Fields = tuple[tuple[str, Any], ...]

#: What a slot holds; None where the Record does not exist.
Values = tuple[Any, ...] | list[Any] | None

#: The kind of what is no Record: the level at one input of a block; key: the block's name, the input.
INPUT = "Input"

#: What is told of Records that say how execution goes on; the rest of them is nobody's business.
_MACHINERY: dict[type[Record], tuple[str, ...]] = {
    Context: ("waits_for", "irqs_off", "preempt_count", "hardirq"),
    Cpu: ("stack",),
}

#: Records that are never told: lists of others, and lines of a guest's memory.
_UNTOLD = frozenset({Directory.kind(), "Line"})


@dataclass(frozen=True)
class Row:
    """One Record as it stands in a state."""

    kind: str
    key: Key
    fields: Fields


@dataclass(frozen=True)
class Change:
    """What became of one Record in a step.

    :ivar was: the fields that differ, before; None where there was no such Record.
    :ivar now: the same fields after; None where the Record is gone.  A Record that comes or goes is told whole.
    """

    kind: str
    key: Key
    was: Fields | None
    now: Fields | None


@dataclass(frozen=True)
class Look:
    """How everything stands at one moment (outside segments): values by slot, levels by block and input."""

    values: tuple[Values, ...]
    levels: tuple[tuple[Key, bool], ...]

    @classmethod
    def at(cls, model: LinuxModel) -> Look:
        """Now."""
        world = model.world
        values = tuple(world.glance(world.slot(number)) for number in range(world.slots))
        blocks = model.k.machine.all_blocks
        levels = (((block.name, hwirq), block.input_level(hwirq)) for block in blocks for hwirq in block.inputs)
        return cls(values, tuple(levels))


def rows(model: LinuxModel, look: Look) -> tuple[Row, ...]:
    """Everything that is told of a moment, by kind and key."""
    return tuple(Row(*one.name, one.now) for one in _differences(model, None, look) if one.now is not None)


def changes(model: LinuxModel, before: Look, after: Look) -> tuple[Change, ...]:
    """What is another in one moment than in another, by kind and key."""
    return tuple(_change(one) for one in _differences(model, before, after))


@dataclass(frozen=True)
class _Difference:
    """One Record, whole, in two moments."""

    name: tuple[str, Key]
    was: Fields | None
    now: Fields | None


def _differences(model: LinuxModel, before: Look | None, after: Look) -> list[_Difference]:
    """What differs, in order; everything there is, where there is no moment before."""
    world = model.world
    found = []
    for slot, (was, now) in enumerate(zip_longest(before.values if before is not None else (), after.values)):
        record = world.slot(slot)
        if was is not now and _is_told(record):
            found.append(_Difference((record.kind(), record.key), _fields(record, was), _fields(record, now)))
    levels = dict(before.levels) if before is not None else {}
    for key, level in after.levels:
        if levels.get(key) is not level:
            known = (("level", levels[key]),) if key in levels else None
            found.append(_Difference((INPUT, key), known, (("level", level),)))
    return sorted((one for one in found if one.was != one.now), key=_order)


def _is_told(record: Record) -> bool:
    return record.kind() not in _UNTOLD and (not record.machinery or type(record) in _MACHINERY)


def _fields(record: Record, values: Values) -> Fields | None:
    """A Record's values with their names."""
    if values is None:
        return None
    wanted = _MACHINERY.get(type(record))
    pairs = zip(record.fields, values, strict=True)
    return tuple((field.name, readable(value)) for field, value in pairs if wanted is None or field.name in wanted)


def _change(one: _Difference) -> Change:
    if one.was is None or one.now is None:
        return Change(*one.name, one.was, one.now)
    pairs = [(old, new) for old, new in zip(one.was, one.now, strict=True) if old != new]
    return Change(*one.name, tuple(old for old, _ in pairs), tuple(new for _, new in pairs))


def _order(one: _Difference) -> tuple[str, list[tuple[int, int, str]]]:
    """By kind, then key; numbers before names."""
    kind, key = one.name
    return kind, [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in key]
