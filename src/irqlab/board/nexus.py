"""``interrupt-map``: interrupts that pass a node and go on to another (``of_irq_parse_raw()``).

Tests: ``tests/board/test_nexus.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from irqlab.board import address

if TYPE_CHECKING:
    from irqlab.board.node import Node

#: Controllers whose driver reads the map itself (``of_irq_imap_abusers``, v6.12).
_OWN_READERS = (
    "CBEA,platform-spider-pic",
    "sti,platform-spider-pic",
    "realtek,rtl-intc",
    "fsl,ls1021a-extirq",
    "fsl,ls1043a-extirq",
    "fsl,ls1088a-extirq",
    "renesas,rza1-irqc",
    "pasemi,rootbus",
)

#: How many maps may stand in a row.
_MAX_CHAIN = 16


class Entry(NamedTuple):
    """One line of an ``interrupt-map``: what comes in (unit address and specifier), and where it goes."""

    unit: tuple[int, ...]
    cells: tuple[int, ...]
    parent: Node
    parent_unit: tuple[int, ...]
    parent_cells: tuple[int, ...]


def interrupt_map(node: Node) -> tuple[Entry, ...]:
    """The lines of a node's map; :class:`~irqlab.errors.BoardError` where one makes no sense."""
    values = node.prop_u32s("interrupt-map")
    unit_size = address.cells(node, "#address-cells")
    size = unit_size + node.prop_u32("#interrupt-cells") if values else 0
    entries: list[Entry] = []
    at = 0
    while at < len(values):
        if at + size >= len(values):
            node.fail("interrupt-map ends within an entry: correct it")
        parent = node.by_phandle(values[at + size])
        if parent is None:
            node.fail(f"interrupt-map refers to phandle {values[at + size]:#x}, which no node has: correct the reference")
        start = at + size + 1
        middle = start + (parent.prop_u32("#address-cells", 0))
        end = middle + parent.prop_u32("#interrupt-cells")
        if end > len(values):
            node.fail(f"interrupt-map ends within the reference to {parent.path}: correct it")
        unit, cells = values[at : at + unit_size], values[at + unit_size : at + size]
        entries.append(Entry(unit, cells, parent, values[start:middle], values[middle:end]))
        at = end
    return tuple(entries)


def resolve(node: Node, parent: Node, cells: tuple[int, ...]) -> tuple[Node, tuple[int, ...]]:
    """Where an interrupt of ``node`` ends that enters ``parent`` as ``cells``: through every map on its way.

    Raises :class:`~irqlab.errors.BoardError` if a map has no line for it.
    """
    unit = node.prop_u32s("reg")[: address.cells(parent, "#address-cells")] if node.has("reg") else ()
    for _ in range(_MAX_CHAIN):
        own_reader = parent.has("interrupt-controller") and parent.is_compatible(*_OWN_READERS)
        if not parent.has("interrupt-map") or own_reader:
            return parent, cells
        masks = parent.prop_u32s("interrupt-map-mask")
        entry = next((entry for entry in interrupt_map(parent) if _fits(entry, (*unit, *cells), masks)), None)
        if entry is None:
            node.fail(f"interrupt <{' '.join(map(str, cells))}> has no line in the interrupt-map of {parent.path}: add one")
        if entry.parent is parent:
            return parent, entry.parent_cells
        parent, unit, cells = entry.parent, entry.parent_unit, entry.parent_cells
    node.fail("its interrupts go through too many maps: correct interrupt-map")


def _fits(entry: Entry, wanted: tuple[int, ...], masks: tuple[int, ...]) -> bool:
    given = (*entry.unit, *entry.cells)
    if len(given) != len(wanted):
        return False
    padded = (*masks, *(0xFFFF_FFFF for _ in range(len(given) - len(masks))))
    return all((a ^ b) & mask == 0 for a, b, mask in zip(given, wanted, padded, strict=False))
