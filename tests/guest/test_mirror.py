"""Mirrored structs: whole fields, bit fields beside each other, and what may not be touched."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.guest.guest import Guest
from irqlab.guest.layout import MIRROR
from irqlab.guest.memory import Fault
from irqlab.guest.mirror import Field, Mirror, Mirrors
from irqlab.guest.types import Member

#: A struct of a number and three bit fields in the word behind it.
MEMBERS = {
    "count": Member(0, 4, True),
    "depth": Member(4, 4, False, (0, 3)),
    "pending": Member(4, 1, False, (3, 1)),
    "status": Member(4, 1, False, (5, 2)),
    "fixed": Member(8, 4, False),
}


class Types:
    """What debug info would say."""

    def member(self, struct: str, path: str) -> Member | None:
        return MEMBERS.get(path)

    def has(self, struct: str) -> bool:
        return True

    def field_at(self, struct: str, offset: int) -> str:
        return next((name for name, member in MEMBERS.items() if member.offset == offset), f"+{offset:#x}")


def _field(path: str) -> Field:
    def put(g: Guest, obj: Any, value: int) -> None:
        setattr(obj, path, value)

    return Field(path, lambda g, obj: int(getattr(obj, path)), put)


@pytest.fixture
def thing() -> SimpleNamespace:
    return SimpleNamespace(count=-1, depth=5, pending=1, status=2, name="thing")


def mirrors(thing: SimpleNamespace) -> Mirrors:
    fields = (*(_field(path) for path in ("count", "depth", "pending", "status")), Field("fixed", lambda g, obj: 7))
    one = Mirror(
        "thing", 0, 0x100, lambda g, obj: 0, lambda g, at: thing, lambda g, obj: True, (("thing", 0),), {"thing": fields}
    )
    return Mirrors(cast(Guest, SimpleNamespace(image=SimpleNamespace(types=Types()))), (one,))


def test_a_negative_number_is_read_as_c_has_it(thing: SimpleNamespace) -> None:
    assert mirrors(thing).read(MIRROR, 4) == b"\xff\xff\xff\xff"


def test_bit_fields_are_read_together(thing: SimpleNamespace) -> None:
    """Depth 5 in bits 0-2, pending in bit 3, status 2 in bits 5 and 6."""
    assert mirrors(thing).read(MIRROR + 4, 4) == (5 | 1 << 3 | 2 << 5).to_bytes(4, "little")
    assert mirrors(thing).read(MIRROR + 4, 1) == bytes((5 | 1 << 3 | 2 << 5,))


def test_who_writes_one_bit_field_writes_its_neighbours_as_they_were(thing: SimpleNamespace) -> None:
    seen = mirrors(thing)
    assert seen.write(MIRROR + 4, bytes((5 | 2 << 5,))) is None
    assert (thing.depth, thing.pending, thing.status) == (5, 0, 2)


@given(st.integers(0, 7), st.integers(0, 1), st.integers(0, 3))
def test_what_was_written_is_read(depth: int, pending: int, status: int) -> None:
    thing = SimpleNamespace(count=0, depth=0, pending=0, status=0, name="thing")
    seen, word = mirrors(thing), depth | pending << 3 | status << 5
    assert seen.write(MIRROR + 4, word.to_bytes(4, "little")) is None
    assert (thing.depth, thing.pending, thing.status) == (depth, pending, status)
    assert seen.read(MIRROR + 4, 4) == word.to_bytes(4, "little")


def test_half_of_a_number_may_be_written(thing: SimpleNamespace) -> None:
    thing.count = 0x11223344
    assert mirrors(thing).write(MIRROR + 2, b"\xaa\xbb") is None
    assert thing.count == 0xBBAA3344


def test_a_field_that_nobody_may_write_is_not_modelled(thing: SimpleNamespace) -> None:
    fault = mirrors(thing).write(MIRROR + 8, bytes(4))
    assert isinstance(fault, Fault) and (fault.what, fault.detail) == ("not-modelled", "a write of struct thing.fixed of thing")


def test_a_field_that_nobody_has_declared_is_not_modelled(thing: SimpleNamespace) -> None:
    fault = mirrors(thing).read(MIRROR + 0x20, 4)
    assert isinstance(fault, Fault) and (fault.what, fault.detail) == ("not-modelled", "struct thing.+0x20 of thing")
