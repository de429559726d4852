"""What the kernel knows of the board, as compiled drivers ask for it: nodes, parts, windows, interrupts.

Tests: ``tests/guest/test_ground.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from irqlab.errors import GuestError
from irqlab.guest.abi import signed
from irqlab.guest.layout import MMIO, MMIO_END, PAGE, page_up
from irqlab.guest.nodes import Tree
from irqlab.guest.whole import Whole
from irqlab.kernel.of.address import Resource, resources_of
from irqlab.kernel.of.base import of_parse_phandle
from irqlab.kernel.of.irq import of_irq_find_parent
from irqlab.kernel.pm.power import RpmUsage

if TYPE_CHECKING:
    from irqlab.board.node import Node
    from irqlab.board.parts import Part
    from irqlab.hardware import Block
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel

#: So much of a window of registers is mapped, in bytes.
LARGEST = 0x100_0000


class Ground(Whole):
    """The board under a guest; everything here is fixed before the first state."""

    tree: Tree

    def _settle(self, k: Kernel) -> None:
        """Gives every node, part and register window of the board its place, and their names their addresses."""
        #: Mapped registers: (address, bytes, physical address).
        self._windows: list[tuple[int, int, int]] = []
        #: What :meth:`resources` has found: the same for ever.
        self._resources: dict[str, tuple[Resource, ...]] = {}
        self.nodes: tuple[Node, ...] = k.board.nodes
        self._parts = {part.name: at for at, part in enumerate(k.board.parts)}
        self._names = {id(part.node): part.name for part in k.board.parts}
        self.domain_nodes = ("", *dict.fromkeys(self.node_name(node) for node in self.nodes))
        self._domain_nodes = {name: at for at, name in enumerate(self.domain_nodes)}
        self._by_name = {self.node_name(node): node for node in reversed(self.nodes)}
        self.tree = Tree(self, self.nodes)
        for part in k.board.parts:
            self.intern(part.name)
        self._map(k)

    def node_name(self, node: Node) -> str:
        """What the kernel calls a node: the part it is, or its path."""
        return self._names.get(id(node), node.path)

    def node_named(self, name: str) -> Node | None:
        """The node of that name."""
        return self._by_name.get(name)

    def domain_node(self, name: str) -> int:
        """The place of a node's name among all."""
        return self._domain_nodes[name]

    def part_index(self, name: str) -> int:
        """The place of a part on the board."""
        return self._parts[name]

    def part(self, name: str) -> Part:
        """A part of the board."""
        return self.k.board.parts[self._parts[name]]

    def interrupt_parent(self, node: Node) -> Node | None:
        """The controller of a controller, as ``of_irq_init()`` finds it; None for a root."""
        parent = of_parse_phandle(node, "interrupts-extended", 0) or of_irq_find_parent(node)
        return None if parent is node else parent

    def is_part(self, node: Node) -> bool:
        """Whether a node is a part of the board."""
        return id(node) in self._names

    def resources(self, part: str) -> tuple[Resource, ...]:
        """``pdev->resource``: register windows; interrupts are mapped when they are asked for."""
        if part not in self._resources:
            self._resources[part] = resources_of(self.k, self.part(part).node)
        return self._resources[part]

    def usage_count(self, dev: Device) -> int:
        """``dev->power.usage_count``."""
        return self.world.at(RpmUsage, dev.name).usage_count

    def set_usage_count(self, dev: Device, value: int) -> None:
        """The inline functions of ``pm_runtime.h`` count by themselves."""
        self.world.at(RpmUsage, dev.name).usage_count = signed(value, 32)

    def _map(self, k: Kernel) -> None:
        """Gives every page with registers its address: pages that touch each other stay together, as they are on the bus.

        Between those that do not, a page is free: what runs over the end of its mapping faults.
        """
        free = MMIO
        for start, end in _pages(k.machine.all_blocks):
            self.cpu.map_registers(free, end - start)
            self._windows.append((free, end - start, start))
            free += end - start + PAGE
        if free > MMIO_END:
            raise GuestError(f"{k.board.name}: its registers take more than {MMIO_END - MMIO >> 20} MiB: give a smaller board")

    def ioremap(self, physical: int) -> int:
        """The address at which a physical one is mapped; 0 where no page with registers is."""
        for start, length, base in self._windows:
            if base <= physical < base + length:
                return start + physical - base
        return 0

    def physical(self, address: int) -> int:
        """The physical address behind a mapped one; -1 where nothing is mapped."""
        for start, length, base in self._windows:
            if start <= address < start + length:
                return base + address - start
        return -1

    def register_at(self, address: int) -> tuple[Block | None, int]:
        """The block that answers at an address in the space of mapped registers, and the offset within its window."""
        physical = self.physical(address)
        return (self.k.machine.at(physical) if physical >= 0 else None) or (None, 0)


def _pages(blocks: Iterable[Block]) -> list[tuple[int, int]]:
    """The pages that blocks lie in, as stretches (from, to), ascending."""
    found: list[tuple[int, int]] = []
    for block in sorted((block for block in blocks if block.base is not None), key=lambda block: block.base or 0):
        base = block.base or 0
        start, end = base // PAGE * PAGE, page_up(base + min(max(block.size, 1), LARGEST))
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], end)
        else:
            found.append((start, end))
    return found
