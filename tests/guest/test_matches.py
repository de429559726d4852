"""Tables of ``struct of_device_id`` in a guest's memory."""

from __future__ import annotations

from symbol_rig import Rig

from irqlab.guest.matches import match_table
from irqlab.kernel.of.base import Match


def test_a_table_ends_with_the_first_empty_entry():
    rig = Rig()
    size = rig.g.image.types.size("of_device_id")
    start = rig.room(4 * size)
    rig.g.write(start + 64, b"irqlab,one")
    rig.g.write(start + size, b"name")
    rig.g.write(start + size + 32, b"type")
    rig.g.write(start + 3 * size + 64, b"irqlab,behind")
    assert match_table(rig.g, start) == (Match("irqlab,one", at=start), Match(type="type", name="name", at=start + size))
    assert match_table(rig.g, 0) == ()


def test_a_string_may_fill_its_field():
    rig = Rig()
    start = rig.room(2 * rig.g.image.types.size("of_device_id"))
    rig.g.write(start + 64, b"x" * 128)
    assert match_table(rig.g, start) == (Match("x" * 128, at=start),)
