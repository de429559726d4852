"""``arch/arm/lib/findbit.S``: bits of a bitmap, which other architectures compile from ``lib/find_bit.c``."""

from __future__ import annotations

from irqlab.guest.exports import Ptr, ULong, export
from irqlab.guest.guest import Guest


def _next(g: Guest, bitmap: int, size: int, start: int, wanted: int) -> int:
    """The first bit from ``start`` on that is ``wanted``; ``size`` where there is none."""
    if start >= size:
        return size
    content = int.from_bytes(g.read(bitmap, -(-size // 32) * 4), "little")
    return next((bit for bit in range(start, size) if content >> bit & 1 == wanted), size)


@export()
def _find_first_bit_le(g: Guest, bitmap: Ptr, size: ULong) -> ULong:
    return _next(g, bitmap, size, 0, 1)


@export()
def _find_next_bit_le(g: Guest, bitmap: Ptr, size: ULong, start: ULong) -> ULong:
    return _next(g, bitmap, size, start, 1)


@export()
def _find_first_zero_bit_le(g: Guest, bitmap: Ptr, size: ULong) -> ULong:
    return _next(g, bitmap, size, 0, 0)


@export()
def _find_next_zero_bit_le(g: Guest, bitmap: Ptr, size: ULong, start: ULong) -> ULong:
    return _next(g, bitmap, size, start, 0)
