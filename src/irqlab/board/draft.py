"""A copy of a device tree that may still be written to: how a tree made for something else is completed.

Tests: ``tests/board/test_draft.py``.
"""

from __future__ import annotations

from types import MappingProxyType

from irqlab.board.node import Node


def words(*values: int) -> bytes:
    """32-bit cells as the bytes of a property."""
    return b"".join(value.to_bytes(4, "big") for value in values)


class Draft:
    """The copy; the tree it was made of stays as it is.

    :ivar root: its root.
    """

    def __init__(self, root: Node) -> None:
        self._values: dict[Node, dict[str, bytes]] = {}
        self._phandles: dict[int, Node] = {}
        copies: dict[Node, Node] = {}
        for node in root.walk():
            parent = copies[node.parent] if node.parent is not None and node is not root else None
            copies[node] = self._node(node.name, node.path, parent, node.labels, dict(node.properties), node.source)
        self.root = copies[root]
        for phandle, target in root._phandles.items():
            self._phandles[phandle] = copies[target]

    def _node(
        self, name: str, path: str, parent: Node | None, labels: tuple[str, ...], values: dict[str, bytes], source: str
    ) -> Node:
        node = Node(name, path, parent, labels, MappingProxyType(values), source, _phandles=self._phandles)
        self._values[node] = values
        if parent is not None:
            parent._children.append(node)
        return node

    def write(self, node: Node, prop: str, value: bytes) -> None:
        """Gives a property a value."""
        self._values[node][prop] = value

    def drop(self, node: Node, prop: str) -> None:
        """Takes a property away."""
        del self._values[node][prop]

    def add(self, name: str, values: dict[str, bytes], label: str = "") -> Node:
        """A new node below the root; its name gets a number if there is one of that name."""
        taken = {child.name for child in self.root.children}
        free = next(unused for number in range(len(taken) + 1) if (unused := f"{name}-{number}" if number else name) not in taken)
        return self._node(free, f"/{free}", self.root, (label,) if label else (), dict(values), self.root.source)

    def keep(self, needed: set[Node]) -> None:
        """Takes away every node that is not needed, with all below it."""
        for node in list(self.root.walk()):
            node._children[:] = [child for child in node._children if child in needed]
        left = set(self.root.walk())
        for phandle in [number for number, node in self._phandles.items() if node not in left]:
            del self._phandles[phandle]

    def phandle(self, node: Node) -> int:
        """The number others refer to a node by; it gets one if it has none."""
        if self._phandles.get(node.phandle) is node:
            return node.phandle
        number = max(self._phandles, default=0) + 1
        self.write(node, "phandle", words(number))
        self._phandles[number] = node
        return number
