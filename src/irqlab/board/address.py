"""Addresses: ``reg`` and ``ranges``, as ``drivers/of/address.c`` reads them.

Whatever is odd in a tree has no address here (None); nothing raises.

Tests: ``tests/board/test_address.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irqlab.board.node import Node

#: How many cells an address or a size may have.
_MAX_CELLS = 4

#: How many entries of ``reg`` are read.
_MAX_REGS = 1024

#: An address or the end of a window beyond this is none.
_SPACE = 1 << 64


def cells(bus: Node | None, prop: str) -> int:
    """How many cells an address (or size) below a bus has (``of_bus_n_addr_cells()``): of the nearest that says, else 1."""
    while bus is not None:
        value = bus.prop_bytes(prop)
        if bus.has(prop):
            return int.from_bytes(value, "big") if len(value) == 4 else _MAX_CELLS + 1
        bus = bus.parent
    return 1


def reg(node: Node) -> tuple[tuple[int, int], ...]:
    """The (address, size) pairs of ``reg``, as the bus above counts; none if it has odd bytes."""
    size_of = tuple(4 * cells(node.parent, prop) for prop in ("#address-cells", "#size-cells"))
    step, value = sum(size_of), node.prop_bytes("reg")
    if not step or max(size_of) > 4 * _MAX_CELLS or len(value) % step:
        return ()
    starts = range(0, min(len(value), _MAX_REGS * step), step)
    return tuple((_number(value, at, size_of[0]), _number(value, at + size_of[0], size_of[1])) for at in starts)


def address(node: Node, index: int = 0) -> tuple[int, int] | None:
    """Where the CPU sees entry ``index`` of ``reg``: (base, size); None where it cannot (``of_address_to_resource()``)."""
    entries = reg(node)
    if index >= len(entries) or node.parent is None:
        return None
    base, size = entries[index]
    seen = translate(node.parent, base)
    return (seen, size) if seen is not None and size and seen + size <= _SPACE else None


def translate(bus: Node, base: int) -> int | None:
    """Where the CPU sees an address below a bus, through every ``ranges`` above (``of_translate_address()``)."""
    while bus.parent is not None:
        seen = _through(bus, base)
        if seen is None:
            return None
        base, bus = seen, bus.parent
    return base


def _through(bus: Node, base: int) -> int | None:
    """An address below a bus as the bus above knows it; None without ``ranges``, or outside of them."""
    if not bus.has("ranges") or cells(bus, "#size-cells") == 0 or bus.prop_bytes("device_type").startswith(b"pci"):
        return None
    value = bus.prop_bytes("ranges")
    if not value:
        return base
    child, above, size = (4 * count for count in (_addresses(bus), _addresses(bus.parent), cells(bus, "#size-cells")))
    step = child + above + size
    if max(child, above, size) > 4 * _MAX_CELLS or len(value) % step:
        return None
    for at in range(0, len(value), step):
        start, length = _number(value, at, child), _number(value, at + child + above, size)
        if start <= base < start + length:
            return _number(value, at + child, above) + base - start
    return None


def _addresses(bus: Node | None) -> int:
    return cells(bus, "#address-cells")


def _number(value: bytes, at: int, size: int) -> int:
    return int.from_bytes(value[at : at + size], "big")
