"""``drivers/mfd/syscon.c``: register blocks that several drivers share."""

from __future__ import annotations

from irqlab.board.node import Node
from irqlab.guest.ctypes import OptNode, err_ptr
from irqlab.guest.exports import Int, Ptr, Text, export
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.of import put_numbers
from irqlab.guest.symbols.regmap import regmap_pointer
from irqlab.kernel import syscon
from irqlab.kernel.errno import ENODEV
from irqlab.kernel.of import base
from irqlab.kernel.regmap import Regmap


def _given(g: Guest, found: Regmap | int) -> int:
    return err_ptr(g, found) if isinstance(found, int) else regmap_pointer(g, found)


@export("syscon_node_to_regmap")
def _syscon_node_to_regmap(g: Guest, np: OptNode) -> Ptr:
    return _given(g, syscon.syscon_node_to_regmap(g.k, np))


@export("device_node_to_regmap")
def _device_node_to_regmap(g: Guest, np: OptNode) -> Ptr:
    return _given(g, syscon.device_node_to_regmap(g.k, np))


@export("syscon_regmap_lookup_by_compatible")
def _syscon_regmap_lookup_by_compatible(g: Guest, compatible: Text) -> Ptr:
    nodes = g.k.board.root.walk()
    found = next((node for node in nodes if base.of_device_is_compatible(node, compatible)), None)
    return _by_node(g, found)


def _by_node(g: Guest, found: Node | None) -> int:
    return _given(g, -ENODEV if found is None else syscon.syscon_node_to_regmap(g.k, found))


@export("syscon_regmap_lookup_by_phandle")
def _syscon_regmap_lookup_by_phandle(g: Guest, np: OptNode, prop: Text) -> Ptr:
    return _by_node(g, base.of_parse_phandle(np, prop, 0) if prop else np)


@export("syscon_regmap_lookup_by_phandle_optional")
def _syscon_regmap_lookup_by_phandle_optional(g: Guest, np: OptNode, prop: Text) -> Ptr:
    found = base.of_parse_phandle(np, prop, 0) if prop else np
    return _by_node(g, found) if found is not None else 0


@export("syscon_regmap_lookup_by_phandle_args")
def _syscon_regmap_lookup_by_phandle_args(g: Guest, np: OptNode, prop: Text, count: Int, out: Ptr) -> Ptr:
    found = base.of_parse_phandle_with_args(np, prop, "", count, 0)
    if isinstance(found, int):
        return err_ptr(g, found)
    node, cells = found
    if node is None:
        return err_ptr(g, -ENODEV)
    put_numbers(g, out, cells[:count], 4)
    return _by_node(g, node)
