"""``drivers/base/property.c``: properties of whatever a device was made of.  Here that is a node of the device tree.

A node that the driver has made up (``irq_domain_alloc_fwnode()``) has no properties.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from irqlab.board.node import Node
from irqlab.guest.ctypes import Dev, String, err_ptr, is_err
from irqlab.guest.exports import _POINTER, Bool, C, Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.fwnodes import fwnode_name
from irqlab.guest.guest import Guest
from irqlab.guest.nodes import fwnode_pointer, node_at
from irqlab.guest.symbols.ioremap import ioremap
from irqlab.guest.symbols.of import put_numbers
from irqlab.guest.symbols.of_address import resource_of
from irqlab.kernel.device import Device
from irqlab.kernel.errno import EINVAL, ENOENT
from irqlab.kernel.of import base
from irqlab.kernel.of import property as props
from irqlab.kernel.of.irq import of_irq_get, of_irq_get_byname


def _fwnode(g: Guest, raw: int) -> Node | None:
    """The node behind a ``struct fwnode_handle *``; NULL and error pointers are none (``IS_ERR_OR_NULL()``)."""
    if not raw or is_err(g, raw):
        return None
    found = node_at(g, raw)
    if found is None:
        g.unknown(f"a property of {fwnode_name(g, raw)}, which the driver has made up")
    return found


Fwnode = Annotated[Node | None, C("struct fwnode_handle *", _POINTER, 0, False, _fwnode, fwnode_pointer)]


def _node(g: Guest, dev: Device) -> Node:
    return g.part(dev.name).node


@export("__dev_fwnode", "__dev_fwnode_const", "dev_fwnode")
def _dev_fwnode(g: Guest, dev: Dev) -> Ptr:
    return fwnode_pointer(g, _node(g, dev))


# -- what is there -------------------------------------------------------------------------------------------------------


@export("device_property_present", "device_property_read_bool")
def _device_property_present(g: Guest, dev: Dev, name: String) -> Bool:
    return _node(g, dev).has(name)


@export("fwnode_property_present", "fwnode_property_read_bool")
def _fwnode_property_present(g: Guest, node: Fwnode, name: String) -> Bool:
    return node is not None and node.has(name)


# -- numbers -------------------------------------------------------------------------------------------------------------


def read_array(g: Guest, node: Node | None, name: str, out: int, count: int, size: int) -> int:
    """``fwnode_property_read_int_array()``: 0 with just ``count`` numbers written; how many there are for NULL."""
    if not out:
        return props.of_property_count_elems_of_size(node, name, size)
    found = props.of_property_read_variable_array(node, name, size, count, 0)
    if isinstance(found, int):
        return found
    put_numbers(g, out, found, size)
    return 0


def _device_array(size: int) -> Callable[..., int]:
    def read(g: Guest, dev: Dev, name: String, out: Ptr, count: ULong) -> Int:
        return read_array(g, _node(g, dev), name, out, count, size)

    return read


def _fwnode_array(size: int) -> Callable[..., int]:
    def read(g: Guest, node: Fwnode, name: String, out: Ptr, count: ULong) -> Int:
        return read_array(g, node, name, out, count, size)

    return read


for _size in (1, 2, 4, 8):
    export(f"device_property_read_u{8 * _size}_array")(_device_array(_size))
    export(f"fwnode_property_read_u{8 * _size}_array")(_fwnode_array(_size))


# -- strings -------------------------------------------------------------------------------------------------------------


def read_strings(g: Guest, node: Node | None, name: str, out: int, count: int) -> int:
    """``fwnode_property_read_string_array()``: how many strings were written; how many there are for NULL."""
    if not out:
        return props.of_property_read_string_helper(node, name, None, 0)[0]
    error, starts = props.of_property_read_string_helper(node, name, count, 0)
    found = g.tree.find(node, name)
    if found is not None:
        put_numbers(g, out, tuple(found.value + start for start in starts), g.abi.word)
    return error


@export("device_property_read_string_array")
def _device_property_read_string_array(g: Guest, dev: Dev, name: String, out: Ptr, count: ULong) -> Int:
    return read_strings(g, _node(g, dev), name, out, count)


@export("fwnode_property_read_string_array")
def _fwnode_property_read_string_array(g: Guest, node: Fwnode, name: String, out: Ptr, count: ULong) -> Int:
    return read_strings(g, node, name, out, count)


@export("device_property_read_string")
def _device_property_read_string(g: Guest, dev: Dev, name: String, out: Ptr) -> Int:
    return min(read_strings(g, _node(g, dev), name, out, 1), 0)


@export("fwnode_property_read_string")
def _fwnode_property_read_string(g: Guest, node: Fwnode, name: String, out: Ptr) -> Int:
    return min(read_strings(g, node, name, out, 1), 0)


@export("device_property_match_string")
def _device_property_match_string(g: Guest, dev: Dev, name: String, text: String) -> Int:
    return props.of_property_match_string(_node(g, dev), name, text)


@export("fwnode_property_match_string")
def _fwnode_property_match_string(g: Guest, node: Fwnode, name: String, text: String) -> Int:
    return props.of_property_match_string(node, name, text)


# -- nodes ---------------------------------------------------------------------------------------------------------------


@export("fwnode_handle_get")
def _fwnode_handle_get(g: Guest, node: Fwnode) -> Fwnode:
    return node


@export("fwnode_handle_put")
def _fwnode_handle_put(g: Guest, node: Fwnode) -> None:
    """Nothing counts."""


@export("fwnode_device_is_available")
def _fwnode_device_is_available(g: Guest, node: Fwnode) -> Bool:
    return base.of_device_is_available(node)


@export("fwnode_get_parent", "fwnode_get_next_parent")
def _fwnode_get_parent(g: Guest, node: Fwnode) -> Fwnode:
    return node.parent if node is not None else None


def _next_available(node: Node | None, child: Node | None) -> Node | None:
    """``of_fwnode_get_next_child_node()``: children that are not available are no children."""
    if node is None:
        return None
    child = base.next_child(node, child)
    while child is not None and not base.of_device_is_available(child):
        child = base.next_child(node, child)
    return child


@export("fwnode_get_next_child_node", "fwnode_get_next_available_child_node")
def _fwnode_get_next_child_node(g: Guest, node: Fwnode, child: Fwnode) -> Fwnode:
    return _next_available(node, child)


@export("device_get_next_child_node")
def _device_get_next_child_node(g: Guest, dev: Dev, child: Fwnode) -> Fwnode:
    return _next_available(_node(g, dev), child)


def _children(node: Node | None) -> tuple[Node, ...]:
    return tuple(child for child in (node.children if node is not None else ()) if base.of_device_is_available(child))


@export("device_get_child_node_count")
def _device_get_child_node_count(g: Guest, dev: Dev) -> UInt:
    return len(_children(_node(g, dev)))


@export("fwnode_get_named_child_node")
def _fwnode_get_named_child_node(g: Guest, node: Fwnode, name: Text) -> Fwnode:
    return next((child for child in _children(node) if base.of_node_name_eq(child, name)), None)


@export("device_get_named_child_node")
def _device_get_named_child_node(g: Guest, dev: Dev, name: Text) -> Fwnode:
    return next((child for child in _children(_node(g, dev)) if base.of_node_name_eq(child, name)), None)


_MAX_CELLS = 16


def _reference(node: Node | None, prop: str, cells_prop: str, count: int, index: int) -> tuple[Node, tuple[int, ...]] | int:
    """``of_fwnode_get_reference_args()``: the node a reference means, and its cells."""
    found = base.of_parse_phandle_with_args(node, prop, cells_prop, -1 if cells_prop else count, index)
    if isinstance(found, int):
        return found
    return (found[0], found[1]) if found[0] is not None else -ENOENT


@export("fwnode_property_get_reference_args")
def _fwnode_property_get_reference_args(
    g: Guest, node: Fwnode, prop: String, cells_prop: Text, count: UInt, index: UInt, out: Ptr
) -> Int:
    found = _reference(node, prop, cells_prop, count, index)
    if isinstance(found, int):
        return found
    target, cells = found
    if out:
        room = g.image.types.member("fwnode_reference_args", "args")
        places = room.size // 8 if room is not None else _MAX_CELLS
        g.set_field(out, "fwnode_reference_args", "fwnode", fwnode_pointer(g, target))
        g.set_field(out, "fwnode_reference_args", "nargs", len(cells))
        args = out + g.image.types.offset("fwnode_reference_args", "args")
        put_numbers(g, args, (*cells, *(0,) * places)[:places], 8)
    return 0


@export("fwnode_find_reference")
def _fwnode_find_reference(g: Guest, node: Fwnode, name: String, index: UInt) -> Ptr:
    found = _reference(node, name, "", 0, index)
    return err_ptr(g, found) if isinstance(found, int) else fwnode_pointer(g, found[0])


@export("fwnode_iomap")
def _fwnode_iomap(g: Guest, node: Fwnode, index: Int) -> Ptr:
    found = resource_of(g, node, index)
    return ioremap(g, found.start, found.size) if found is not None else 0


# -- interrupts ----------------------------------------------------------------------------------------------------------


@export("fwnode_irq_get")
def _fwnode_irq_get(g: Guest, node: Fwnode, index: UInt) -> Int:
    return of_irq_get(g.k, node, index) or -EINVAL


@export("fwnode_irq_get_byname")
def _fwnode_irq_get_byname(g: Guest, node: Fwnode, name: Text) -> Int:
    return (of_irq_get_byname(g.k, node, name) or -EINVAL) if name else -EINVAL


@export("is_acpi_device_node", "is_acpi_data_node", "is_software_node")
def _is_acpi_device_node(g: Guest, node: Ptr) -> Bool:
    """Devices come from a device tree."""
    return False
