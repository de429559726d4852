"""``drivers/of/base.c``: finding nodes, telling what they are, following phandles.

Nodes have no reference counts here: ``of_node_get()`` and ``of_node_put()`` do nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from irqlab.board.node import Node
from irqlab.guest.ctypes import OptNode, String
from irqlab.guest.exports import Bool, Int, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.guest.matches import match_table
from irqlab.guest.memory import Fault
from irqlab.guest.nodes import node_at, node_pointer
from irqlab.kernel.errno import EINVAL, ENOENT
from irqlab.kernel.of import address, base
from irqlab.kernel.of.property import numbers

#: Cells that one reference may have: more are no reference, but a broken ``struct of_phandle_iterator``.
_MAX_CELLS = 1024

#: Strings that a list of compatible strings may have.
_MAX_STRINGS = 256


@export("of_node_get")
def _of_node_get(g: Guest, np: OptNode) -> OptNode:
    return np


@export("of_node_put")
def _of_node_put(g: Guest, np: OptNode) -> None:
    """Nothing counts."""


# -- what a node is ------------------------------------------------------------------------------------------------


@export("of_device_is_compatible")
def _of_device_is_compatible(g: Guest, np: OptNode, compatible: Text) -> Int:
    return base.of_device_is_compatible(np, compatible)


def strings_at(g: Guest, address: int) -> tuple[str, ...]:
    """A list of C strings that ends with NULL."""
    found: list[str] = []
    while len(found) < _MAX_STRINGS and (text := g.number(address + g.abi.word * len(found))):
        found.append(g.text(text))
    return tuple(found)


@export("of_device_compatible_match")
def _of_device_compatible_match(g: Guest, np: OptNode, compatibles: Ptr) -> Int:
    return base.of_device_compatible_match(np, strings_at(g, compatibles)) if compatibles else 0


@export("of_machine_compatible_match")
def _of_machine_compatible_match(g: Guest, compatibles: Ptr) -> Bool:
    return bool(compatibles) and base.of_device_compatible_match(g.k.board.root, strings_at(g, compatibles)) != 0


@export("of_machine_is_compatible")
def _of_machine_is_compatible(g: Guest, compatible: Text) -> Int:
    return base.of_device_is_compatible(g.k.board.root, compatible)


@export("of_device_is_available")
def _of_device_is_available(g: Guest, np: OptNode) -> Bool:
    return base.of_device_is_available(np)


@export("of_device_is_big_endian")
def _of_device_is_big_endian(g: Guest, np: OptNode) -> Bool:
    return base.of_device_is_big_endian(np)


@export("of_node_name_eq")
def _of_node_name_eq(g: Guest, np: OptNode, name: Text) -> Bool:
    return base.of_node_name_eq(np, name)


@export("of_node_name_prefix")
def _of_node_name_prefix(g: Guest, np: OptNode, prefix: String) -> Bool:
    return base.of_node_name_prefix(np, prefix)


@export("of_n_addr_cells")
def _of_n_addr_cells(g: Guest, np: OptNode) -> Int:
    return address.of_bus_n_addr_cells(np.parent or np if np is not None else None)


@export("of_n_size_cells")
def _of_n_size_cells(g: Guest, np: OptNode) -> Int:
    return address.of_bus_n_size_cells(np.parent or np if np is not None else None)


@export("of_node_to_nid")
def _of_node_to_nid(g: Guest, np: OptNode) -> Int:
    """There is one memory node; a device tree that says nothing of it is ``NUMA_NO_NODE``."""
    while np is not None and not np.has("numa-node-id"):
        np = np.parent
    return 0 if np is not None and np.prop_bytes("numa-node-id") == bytes(4) else -1


@export("of_match_node")
def _of_match_node(g: Guest, matches: Ptr, np: OptNode) -> Ptr:
    match = base.of_match_node(match_table(g, matches), np)
    return match.at if match is not None else 0


# -- going through the tree ------------------------------------------------------------------------------------------


@export("of_get_parent", "of_get_next_parent")
def _of_get_parent(g: Guest, np: OptNode) -> OptNode:
    return np.parent if np is not None else None


@export("of_get_next_child")
def _of_get_next_child(g: Guest, np: OptNode, child: OptNode) -> OptNode:
    return base.next_child(np, child) if np is not None else None


def _next_where(np: Node | None, child: Node | None, fits: Callable[[Node], bool]) -> Node | None:
    if np is None:
        return None
    child = base.next_child(np, child)
    while child is not None and not fits(child):
        child = base.next_child(np, child)
    return child


@export("of_get_next_available_child")
def _of_get_next_available_child(g: Guest, np: OptNode, child: OptNode) -> OptNode:
    return _next_where(np, child, base.of_device_is_available)


@export("of_get_next_reserved_child")
def _of_get_next_reserved_child(g: Guest, np: OptNode, child: OptNode) -> OptNode:
    return _next_where(np, child, base.is_reserved)


@export("of_get_child_by_name")
def _of_get_child_by_name(g: Guest, np: OptNode, name: Text) -> OptNode:
    return base.of_get_child_by_name(np, name)


@export("of_get_compatible_child")
def _of_get_compatible_child(g: Guest, np: OptNode, compatible: Text) -> OptNode:
    return base.of_get_compatible_child(np, compatible)


@export("of_get_next_cpu_node")
def _of_get_next_cpu_node(g: Guest, previous: OptNode) -> OptNode:
    cpus = base.cpu_nodes(g.k.board.root)
    after = cpus[cpus.index(previous) + 1 :] if previous in cpus else () if previous is not None else cpus
    return after[0] if after else None


@export("of_find_node_by_phandle")
def _of_find_node_by_phandle(g: Guest, phandle: UInt) -> OptNode:
    return _sought(g, g.k.board.root.by_phandle(phandle) if phandle else None, lambda node: 0 < node.phandle == phandle)


def _sought(g: Guest, found: Node | None, fits: Callable[[Node], object]) -> Node | None:
    """What a driver has looked for.  That nothing is there is not told where it may have been left out of the tree."""
    if found is None:
        missing = next((node for node in g.tree.left_out(g.k.board.whole) if fits(node)), None)
        if missing is not None:
            g.unknown(f"a node that the board has left out ({missing.path})")
    return found


@export("of_find_node_opts_by_path")
def _of_find_node_opts_by_path(g: Guest, path: String, options: Ptr) -> OptNode:
    where, colon, option = path.partition(":")
    if options:
        g.set_number(options, g.intern(option) if colon else 0)
    return _sought(g, base.of_find_node_by_path(g.k.board.root, path), lambda node: node.path == where)


def _search(g: Guest, start: Node | None, fits: Callable[[Node], object]) -> Node | None:
    """The next node behind ``start`` that fits."""
    found = next((node for node in base.following(g.k.board.root, start) if fits(node)), None)
    return found if start is not None else _sought(g, found, fits)


@export("of_find_all_nodes")
def _of_find_all_nodes(g: Guest, start: OptNode) -> OptNode:
    return _search(g, start, lambda node: True)


@export("of_find_node_by_name")
def _of_find_node_by_name(g: Guest, start: OptNode, name: Text) -> OptNode:
    return _search(g, start, lambda node: base.of_node_name_eq(node, name))


@export("of_find_node_by_type")
def _of_find_node_by_type(g: Guest, start: OptNode, kind: Text) -> OptNode:
    return _search(g, start, lambda node: base.of_node_is_type(node, kind))


@export("of_find_compatible_node")
def _of_find_compatible_node(g: Guest, start: OptNode, kind: Text, compatible: Text) -> OptNode:
    return _search(g, start, lambda node: base.compatible_score(node, compatible, kind))


@export("of_find_node_with_property")
def _of_find_node_with_property(g: Guest, start: OptNode, name: String) -> OptNode:
    return _search(g, start, lambda node: name == "name" or node.has(name))


@export("of_find_matching_node_and_match")
def _of_find_matching_node_and_match(g: Guest, start: OptNode, matches: Ptr, out: Ptr) -> OptNode:
    table = match_table(g, matches)
    found = _search(g, start, lambda node: base.of_match_node(table, node))
    if out:
        match = base.of_match_node(table, found)
        g.set_number(out, match.at if match is not None else 0)
    return found


@export("of_alias_get_id")
def _of_alias_get_id(g: Guest, np: OptNode, stem: String) -> Int:
    return base.of_alias_get_id(g.k.board.root, np, stem)


@export("of_alias_get_highest_id")
def _of_alias_get_highest_id(g: Guest, stem: String) -> Int:
    return base.of_alias_get_highest_id(g.k.board.root, stem)


# -- references ------------------------------------------------------------------------------------------------------


def set_phandle_args(g: Guest, address: int, node: Node | None, cells: tuple[int, ...]) -> None:
    """Writes a ``struct of_phandle_args``."""
    g.set_field(address, "of_phandle_args", "np", node_pointer(g, node))
    g.set_field(address, "of_phandle_args", "args_count", len(cells))
    put_numbers(g, address + g.image.types.offset("of_phandle_args", "args"), cells, 4)


def put_numbers(g: Guest, address: int, values: tuple[int, ...], size: int) -> None:
    """Writes numbers one behind the other."""
    if values:
        g.write(address, b"".join(value.to_bytes(size, "little") for value in values))


@export()
def __of_parse_phandle_with_args(
    g: Guest, np: OptNode, prop: String, cells_name: Text, cell_count: Int, index: Int, out: Ptr
) -> Int:
    found = base.of_parse_phandle_with_args(np, prop, cells_name, cell_count, index)
    if isinstance(found, int):
        return found
    if out:
        set_phandle_args(g, out, *found)
    return 0


@export("of_count_phandle_with_args")
def _of_count_phandle_with_args(g: Guest, np: OptNode, prop: String, cells_name: Text) -> Int:
    return base.of_count_phandle_with_args(np, prop, cells_name)


_ITERATOR = "of_phandle_iterator"


@export("of_phandle_iterator_init")
def _of_phandle_iterator_init(g: Guest, it: Ptr, np: OptNode, prop: String, cells_name: Ptr, cell_count: Int) -> Int:
    g.write(it, bytes(g.image.types.size(_ITERATOR)))
    if cell_count < 0 and not cells_name:
        return -EINVAL
    found = g.tree.find(np, prop)
    if found is None:
        return -ENOENT
    fields = {"cells_name": cells_name, "cell_count": cell_count, "parent": node_pointer(g, np), "cur": found.value}
    fields |= {"list_end": found.value + found.length // 4 * 4, "phandle_end": found.value}
    for name, value in fields.items():
        g.set_field(it, _ITERATOR, name, value)
    return 0


@export("of_phandle_iterator_next")
def _of_phandle_iterator_next(g: Guest, it: Ptr) -> Int:
    g.set_field(it, _ITERATOR, "node", 0)
    cur, end, last = (g.field(it, _ITERATOR, name) for name in ("cur", "phandle_end", "list_end"))
    parent = node_at(g, g.field(it, _ITERATOR, "parent"))
    prop = next((p for p in g.tree.properties if p.node is parent and p.value <= end < p.value + p.length), None)
    if not cur or end >= last or prop is None:
        return -ENOENT
    at = (end - prop.value) // 4
    said = g.field(it, _ITERATOR, "cells_name")
    entry = base.next_phandle(parent, prop.name, at, g.text(said) if said else "", g.field(it, _ITERATOR, "cell_count"))
    if isinstance(entry, int):
        g.set_field(it, _ITERATOR, "cur", end + 4)
        return entry
    fields = {"cur": end + 4, "phandle": entry.phandle, "node": node_pointer(g, entry.node)}
    fields |= {"phandle_end": prop.value + 4 * entry.end, "cur_count": len(entry.args)}
    for name, value in fields.items():
        g.set_field(it, _ITERATOR, name, value)
    return 0


@export("of_phandle_iterator_args")
def _of_phandle_iterator_args(g: Guest, it: Ptr, args: Ptr, size: Int) -> Int:
    count, cur = g.field(it, _ITERATOR, "cur_count"), g.field(it, _ITERATOR, "cur")
    if size < count:
        g.k.warn("of_phandle_iterator_args: more cells than there is room for")
        count = max(size, 0)
    if count > _MAX_CELLS:
        g.broken(Fault("out-of-bounds", cur, 4 * count, False, "as the cells of a reference"))
    cells = g.read(cur, 4 * count) if count else b""
    put_numbers(g, args, numbers(cells, 4), 4)
    g.set_field(it, _ITERATOR, "cur", cur + 4 * count)
    return count
