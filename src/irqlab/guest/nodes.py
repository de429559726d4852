"""Device tree nodes and their properties as a guest sees them: ``struct device_node``, ``struct property``.

Values of properties are constant bytes of the kernel's memory, as in the tree it was booted with.

Tests: ``tests/guest/test_nodes.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irqlab.guest.mirror import REGION, Field, Mirror
from irqlab.guest.regions import NODE, PROPERTY
from irqlab.kernel.device import Device
from irqlab.kernel.of.flags import node_flags, set_node_flags
from irqlab.kernel.of.property import of_find_property, own_name, property_names

if TYPE_CHECKING:
    from irqlab.board.node import Node
    from irqlab.guest.guest import Guest
    from irqlab.guest.whole import Whole

_NODE, _PROPERTY = 0x200, 0x80


@dataclass(frozen=True)
class Property:
    """One ``struct property``: ``value`` is the address of its bytes, ``next`` the place of the node's next one."""

    node: Node
    name: str
    value: int
    length: int
    next: int | None

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"{self.name} of {self.node.path}"


class Tree:
    """The nodes of a board, each with its place; every name and value has its address from the beginning."""

    def __init__(self, guest: Whole, nodes: tuple[Node, ...]) -> None:
        self.nodes = nodes
        self.places = {node: at for at, node in enumerate(nodes)}
        self.properties: list[Property] = []
        self._first: dict[Node, int] = {}
        self._found: dict[tuple[Node, str], int] = {}
        self._left_out: tuple[Node, ...] | None = None
        for node in nodes:
            guest.intern(full_name(node))
            guest.intern(short_name(node))
        for node in nodes:
            self._first[node] = len(self.properties)
            names = property_names(node)
            for name in names:
                guest.intern(name)
                value = of_find_property(node, name) or b""
                at = len(self.properties)
                following = at + 1 if name != names[-1] else None
                self._found[node, name] = at
                self.properties.append(Property(node, name, guest.memory.constant(value), len(value), following))

    def left_out(self, whole: Node | None) -> tuple[Node, ...]:
        """The nodes of the tree as it was given that the board has left out."""
        if self._left_out is None:
            kept = frozenset(node.path for node in self.nodes)
            found = whole.walk() if whole is not None else ()
            self._left_out = tuple(node for node in found if node.path not in kept)
        return self._left_out

    def first(self, node: Node) -> Property:
        """The first property of a node: each has at least its name."""
        return self.properties[self._first[node]]

    def find(self, node: Node | None, name: str) -> Property | None:
        """``of_find_property()``."""
        at = self._found.get((node, name)) if node is not None else None
        return None if at is None else self.properties[at]


def full_name(node: Node) -> str:
    """``np->full_name``: with the unit address; empty for the root."""
    return node.name.strip("/")


def short_name(node: Node) -> str:
    """``np->name``: without the unit address."""
    return own_name(node)[:-1].decode()


# -- pointers ----------------------------------------------------------------------------------------------------------


def node_pointer(g: Guest, node: Node | None) -> int:
    """``struct device_node *``."""
    return g.mirrors.by_region[NODE].base + g.tree.places[node] * _NODE if node is not None else 0


def fwnode_pointer(g: Guest, node: Node | None) -> int:
    """``struct fwnode_handle *``: inside the ``struct device_node``."""
    return node_pointer(g, node) + fwnode_offset(g) if node is not None else 0


def fwnode_offset(g: Guest) -> int:
    """Where in a ``struct device_node`` its handle is."""
    return g.image.types.offset("device_node", "fwnode") if g.image.types.has("device_node") else 0x18


def node_at(g: Guest, address: int) -> Node | None:
    """The node behind a ``struct device_node *`` or ``struct fwnode_handle *``; None where none begins."""
    index, offset = divmod(address - g.mirrors.by_region[NODE].base, _NODE)
    return g.tree.nodes[index] if 0 <= index < len(g.tree.nodes) and offset in (0, fwnode_offset(g)) else None


def property_pointer(g: Guest, prop: Property | None) -> int:
    """``struct property *``."""
    return g.mirrors.by_region[PROPERTY].address(g, prop) if prop is not None else 0


def property_at(g: Guest, address: int) -> Property | None:
    """The property behind a ``struct property *``; None where none begins."""
    index, offset = divmod(address - g.mirrors.by_region[PROPERTY].base, _PROPERTY)
    return _property(g, index) if not offset else None


# -- mirrors -----------------------------------------------------------------------------------------------------------


def _node(g: Guest, index: int) -> Node | None:
    return g.tree.nodes[index] if 0 <= index < len(g.tree.nodes) else None


def _property(g: Guest, index: int) -> Property | None:
    return g.tree.properties[index] if 0 <= index < len(g.tree.properties) else None


def _always(g: Guest, obj: Any) -> bool:
    return True


def _constant(value: int) -> Any:
    return lambda g, obj: value


def _sibling(g: Guest, node: Node) -> Node | None:
    siblings = node.parent.children if node.parent is not None else ()
    at = siblings.index(node) + 1 if node in siblings else 0
    return siblings[at] if 0 < at < len(siblings) else None


def _device(g: Guest, node: Node) -> int:
    """``fwnode->dev``: the device that was made of the node."""
    from irqlab.guest.devices import device_pointer

    device = g.world.at(Device, g.node_name(node))
    return device_pointer(g, device) if g.is_part(node) and device.exists else 0


def _operations(g: Guest, node: Node) -> int:
    """``of_fwnode_ops``: by its address ``is_of_node()`` tells a node."""
    from irqlab.guest.objects import handle

    return g.image.symbols.get("of_fwnode_ops") or handle(g, "of_fwnode_ops")


def _ignored(g: Guest, node: Node, value: int) -> None:
    """``fwnode->flags`` are for ``fw_devlink``, which here looks at devices only."""


_NODE_FIELDS = (
    Field("name", lambda g, node: g.intern(short_name(node))),
    Field("full_name", lambda g, node: g.intern(full_name(node))),
    Field("phandle", lambda g, node: node.phandle),
    Field("fwnode.ops", _operations),
    Field("fwnode.secondary", _constant(0)),
    Field("fwnode.dev", _device),
    Field("fwnode.flags", _constant(0), _ignored),
    Field("properties", lambda g, node: property_pointer(g, g.tree.first(node))),
    Field("deadprops", _constant(0)),
    Field("parent", lambda g, node: node_pointer(g, node.parent)),
    Field("child", lambda g, node: node_pointer(g, node.children[0] if node.children else None)),
    Field("sibling", lambda g, node: node_pointer(g, _sibling(g, node))),
    Field("_flags", lambda g, node: node_flags(g.k, node), lambda g, node, value: set_node_flags(g.k, node, value)),
    Field("data", _constant(0)),
)

_PROPERTY_FIELDS = (
    Field("name", lambda g, prop: g.intern(prop.name)),
    Field("length", lambda g, prop: prop.length),
    Field("value", lambda g, prop: prop.value),
    Field("next", lambda g, prop: property_pointer(g, g.tree.properties[prop.next]) if prop.next is not None else 0),
    Field("_flags", _constant(0)),
)


def node_mirrors(g: Guest) -> tuple[Mirror, ...]:
    """The mirrors of this room."""
    assert len(g.tree.nodes) <= REGION // _NODE and len(g.tree.properties) <= REGION // _PROPERTY
    return (
        Mirror(
            "device_node",
            NODE,
            _NODE,
            lambda g, node: g.tree.places[node],
            _node,
            _always,
            (("device_node", 0),),
            {"device_node": _NODE_FIELDS},
        ),
        Mirror(
            "property",
            PROPERTY,
            _PROPERTY,
            lambda g, prop: g.tree.properties.index(prop),
            _property,
            _always,
            (("property", 0),),
            {"property": _PROPERTY_FIELDS},
        ),
    )
