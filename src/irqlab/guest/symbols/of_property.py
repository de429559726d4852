"""``drivers/of/property.c``: what is read of properties."""

from __future__ import annotations

from collections.abc import Callable

from irqlab.guest.ctypes import OptNode, OptProperty, String
from irqlab.guest.exports import Bool, Int, Ptr, UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.of import put_numbers
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.of import property as props


@export("of_find_property")
def _of_find_property(g: Guest, np: OptNode, name: String, length: Ptr) -> OptProperty:
    found = g.tree.find(np, name)
    if found is not None and length:
        g.set_number(length, found.length, 4)
    return found


@export("of_get_property")
def _of_get_property(g: Guest, np: OptNode, name: String, length: Ptr) -> Ptr:
    found = _of_find_property(g, np, name, length)
    return found.value if found is not None else 0


@export("of_property_read_bool")
def _of_property_read_bool(g: Guest, np: OptNode, name: String) -> Bool:
    return g.tree.find(np, name) is not None


def _array(size: int) -> Callable[..., int]:
    def read(g: Guest, np: OptNode, name: String, out: Ptr, low: ULong, high: ULong) -> Int:
        found = props.of_property_read_variable_array(np, name, size, low, high)
        if isinstance(found, int):
            return found
        put_numbers(g, out, found, size)
        return len(found)

    return read


def _index(size: int) -> Callable[..., int]:
    def read(g: Guest, np: OptNode, name: String, index: UInt, out: Ptr) -> Int:
        found = props.of_property_read_index(np, name, size, index)
        if isinstance(found, int):
            return found
        put_numbers(g, out, found, size)
        return 0

    return read


for _size in (1, 2, 4, 8):
    export(f"of_property_read_variable_u{8 * _size}_array")(_array(_size))
    if _size > 2:
        export(f"of_property_read_u{8 * _size}_index")(_index(_size))


@export("of_property_read_u64")
def _of_property_read_u64(g: Guest, np: OptNode, name: String, out: Ptr) -> Int:
    found = props.of_property_read_index(np, name, 8, 0)
    if isinstance(found, int):
        return found
    put_numbers(g, out, found, 8)
    return 0


@export("of_property_count_elems_of_size")
def _of_property_count_elems_of_size(g: Guest, np: OptNode, name: String, size: Int) -> Int:
    return props.of_property_count_elems_of_size(np, name, size)


# -- strings -----------------------------------------------------------------------------------------------------------


@export("of_property_read_string")
def _of_property_read_string(g: Guest, np: OptNode, name: String, out: Ptr) -> Int:
    error = props.of_property_read_string(np, name)
    found = g.tree.find(np, name)
    if error or found is None:
        return error or -EINVAL
    g.set_number(out, found.value)
    return 0


@export("of_property_match_string")
def _of_property_match_string(g: Guest, np: OptNode, name: String, text: String) -> Int:
    return props.of_property_match_string(np, name, text)


@export("of_property_read_string_helper")
def _of_property_read_string_helper(g: Guest, np: OptNode, name: String, out: Ptr, size: ULong, skip: Int) -> Int:
    count, starts = props.of_property_read_string_helper(np, name, size if out else None, skip)
    found = g.tree.find(np, name)
    if found is not None:
        put_numbers(g, out, tuple(found.value + start for start in starts), g.abi.word)
    return count


# -- one after the other -----------------------------------------------------------------------------------------------


@export("of_prop_next_u32")
def _of_prop_next_u32(g: Guest, prop: OptProperty, cur: Ptr, out: Ptr) -> Ptr:
    if prop is None:
        return 0
    at = cur + 4 if cur else prop.value
    if cur and at >= prop.value + prop.length:
        return 0
    g.set_number(out, int.from_bytes(g.read(at, 4), "big"), 4)
    return at


@export("of_prop_next_string")
def _of_prop_next_string(g: Guest, prop: OptProperty, cur: Ptr) -> Ptr:
    if prop is None:
        return 0
    if not cur:
        return prop.value
    value, at = props.of_find_property(prop.node, prop.name) or b"", cur - prop.value
    end = value.find(b"\0", at) if at >= 0 else -1
    return prop.value + end + 1 if 0 <= end < len(value) - 1 else 0
