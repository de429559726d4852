"""From ``reg`` to addresses the CPU sees (``drivers/of/address.c``).

What PCI and ISA buses make of ``reg`` is not modelled.

Tests: ``tests/kernel/of/test_address.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from irqlab.board import address
from irqlab.board.node import Node
from irqlab.kernel.of.base import of_node_is_type, of_node_name_eq
from irqlab.kernel.of.property import of_find_property

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

IORESOURCE_IO, IORESOURCE_MEM, IORESOURCE_IRQ = 0x100, 0x200, 0x400

#: How many windows of one device are looked at.
MAX_RESOURCES = 64

#: How many cells an address has at most (``OF_MAX_ADDR_CELLS``).
_MAX_CELLS = 4


@dataclass(frozen=True)
class Resource:
    """One ``struct resource``; ``end`` is its last address."""

    start: int
    end: int
    flags: int
    name: str

    @property
    def size(self) -> int:
        """``resource_size()``."""
        return self.end - self.start + 1


def of_bus_n_addr_cells(bus: Node | None) -> int:
    """``of_bus_n_addr_cells()``: of the nearest node that says, else 1."""
    return address.cells(bus, "#address-cells")


def of_bus_n_size_cells(bus: Node | None) -> int:
    """``of_bus_n_size_cells()``: of the nearest node that says, else 1."""
    return address.cells(bus, "#size-cells")


def is_plain(node: Node) -> bool:
    """Whether the bus a node is on counts addresses as most do (``of_match_bus()``): no PCI, no ISA, no cell of flags."""
    bus = node.parent
    special = any(of_node_is_type(bus, kind) for kind in ("pci", "pciex", "vci", "ht"))
    return not special and not of_node_name_eq(bus, "pcie") and not of_node_name_eq(bus, "isa") and of_bus_n_addr_cells(bus) != 3


def of_get_address(node: Node, index: int) -> tuple[int, int] | None:
    """``of_get_address()``: where entry ``index`` of ``reg`` begins, in bytes, and its size; None if there is none."""
    if node.parent is None:
        return None
    cells, sizes = of_bus_n_addr_cells(node.parent), of_bus_n_size_cells(node.parent)
    if not 0 < cells <= _MAX_CELLS:
        return None
    value = of_find_property(node, "reg") or b""
    step = 4 * (cells + sizes)
    if index < 0 or (index + 1) * step > len(value):
        return None
    at = index * step
    return at, int.from_bytes(value[at + 4 * cells : at + step][-8:], "big")


def of_address_to_resource(k: Kernel, node: Node | None, index: int) -> Resource | None:
    """``of_address_to_resource()``: a window of registers; None where the kernel's gives -EINVAL.

    A part of the board whose tree gives no address the CPU sees is where the board has put it.
    """
    if node is None or index < 0:
        return None
    part = next((part for part in k.board.parts if part.node is node), None)
    found = part.regs[index] if part is not None and index < len(part.regs) and node.has("reg") else node.address(index)
    if found is None:
        return None
    names = node.strings("reg-names")
    start, size = found
    name = names[index] if index < len(names) else "" if node.parent is None else node.name
    return Resource(start, start + size - 1, IORESOURCE_MEM, name)


def resources_of(k: Kernel, node: Node) -> tuple[Resource, ...]:
    """``of_device_alloc()``: the resources of a node's device: windows up to the first that has no address.

    Interrupts are none since 5.18 (a1a2b7125e10): they are mapped when they are asked for.
    """
    found: list[Resource] = []
    while len(found) < MAX_RESOURCES and (resource := of_address_to_resource(k, node, len(found))) is not None:
        found.append(resource)
    return tuple(found)
