"""Tables of ``struct of_device_id`` in a guest's memory.

Tests: ``tests/guest/test_matches.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.of.base import Match

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: Entries that a table may have.
_MAX_MATCHES = 2048


def match_table(g: Guest, address: int) -> tuple[Match, ...]:
    """The entries of a table, up to the empty one; none for NULL.  A table that ends nowhere is the driver's error."""
    found: list[Match] = []
    while address and len(found) < _MAX_MATCHES:
        match = _match(g, address)
        if not (match.compatible or match.type or match.name):
            break
        found.append(match)
        address += g.image.types.size("of_device_id")
    return tuple(found)


def _match(g: Guest, address: int) -> Match:
    entry = g.read(address, g.image.types.size("of_device_id"))

    def text(field: str) -> str:
        member = g.image.types.member("of_device_id", field)
        return "" if member is None else entry[member.offset :][: member.size].partition(b"\0")[0].decode(errors="replace")

    return Match(text("compatible"), text("type"), text("name"), address)
