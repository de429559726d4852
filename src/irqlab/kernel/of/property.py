"""Properties and what is read of them (``drivers/of/property.c``).

Numbers are big-endian cells.  Each function gives what the kernel's writes through its pointers, or a negative errno.

Tests: ``tests/kernel/of/test_property.py``.
"""

from __future__ import annotations

from irqlab.board.node import Node
from irqlab.kernel.errno import EILSEQ, EINVAL, ENODATA, EOVERFLOW


def of_find_property(node: Node | None, name: str) -> bytes | None:
    """``of_find_property()``: the bytes of a property; None where there is none.

    Every node has a property ``name``: the kernel makes it of the node's name when it reads the tree
    (``populate_properties()``).
    """
    if node is None:
        return None
    found = node.properties.get(name)
    return own_name(node) if found is None and name == "name" else found


def own_name(node: Node) -> bytes:
    """The property ``name`` that the kernel gives a node: its name without the unit address."""
    return node.name.strip("/").partition("@")[0].encode() + b"\0"


def property_names(node: Node) -> tuple[str, ...]:
    """The names of a node's properties, in the order of the kernel's list."""
    return (*node.properties, *(() if "name" in node.properties else ("name",)))


def of_find_property_value_of_size(node: Node | None, name: str, low: int, high: int) -> bytes | int:
    """``of_find_property_value_of_size()``: the bytes, if there are at least ``low`` and (unless 0) at most ``high``.

    A property without a value is there and has 0 bytes: it is too short, which is -EOVERFLOW.
    """
    found = of_find_property(node, name)
    if found is None:
        return -EINVAL
    return -EOVERFLOW if len(found) < low or (high and len(found) > high) else found


def of_property_read_variable_array(node: Node | None, name: str, size: int, low: int, high: int) -> tuple[int, ...] | int:
    """``of_property_read_variable_u8_array()`` and its kin: ``low`` to ``high`` numbers of ``size`` bytes; just ``low`` of
    them if ``high`` is 0."""
    found = of_find_property_value_of_size(node, name, low * size, high * size)
    if isinstance(found, int):
        return found
    return numbers(found, size)[: len(found) // size if high else low]


def of_property_read_index(node: Node | None, name: str, size: int, index: int) -> tuple[int] | int:
    """``of_property_read_u32_index()``, ``of_property_read_u64_index()``: the number at ``index``."""
    found = of_find_property_value_of_size(node, name, (index + 1) * size, 0)
    return found if isinstance(found, int) else (int.from_bytes(found[index * size : (index + 1) * size], "big"),)


def of_property_read_u32(node: Node | None, name: str) -> int | None:
    """``of_property_read_u32()``: the first cell; None where the kernel's gives an error."""
    found = of_property_read_index(node, name, 4, 0)
    return None if isinstance(found, int) else found[0]


def of_property_count_elems_of_size(node: Node | None, name: str, size: int) -> int:
    """``of_property_count_elems_of_size()``."""
    found = of_find_property(node, name)
    if found is None or size <= 0 or len(found) % size:
        return -EINVAL
    return len(found) // size


def numbers(value: bytes, size: int) -> tuple[int, ...]:
    """The numbers of ``size`` bytes that a property consists of; odd bytes at the end are left out."""
    return tuple(int.from_bytes(value[at : at + size], "big") for at in range(0, len(value) - size + 1, size))


# -- strings -----------------------------------------------------------------------------------------------------------


def of_property_read_string(node: Node | None, name: str) -> int:
    """``of_property_read_string()``: 0 if the property begins with a string, which then begins at its first byte."""
    found = of_find_property(node, name)
    if found is None:
        return -EINVAL
    if not found:
        return -ENODATA
    return 0 if b"\0" in found else -EILSEQ


def of_property_read_string_helper(node: Node | None, name: str, limit: int | None, skip: int) -> tuple[int, tuple[int, ...]]:
    """``of_property_read_string_helper()``: how many strings there are behind the first ``skip``, or an error; and where
    in the property up to ``limit`` of them begin (None: only counted)."""
    found = of_find_property(node, name)
    if found is None:
        return -EINVAL, ()
    starts: list[int] = []
    at = count = 0
    while at < len(found) and (limit is None or count < skip + limit):
        end = found.find(b"\0", at)
        if end < 0:
            return -EILSEQ, tuple(starts)
        if limit is not None and count >= skip:
            starts.append(at)
        at, count = end + 1, count + 1
    count -= skip
    return (count if count > 0 else -ENODATA), tuple(starts)


def of_property_match_string(node: Node | None, name: str, text: str) -> int:
    """``of_property_match_string()``: the place of a string in a list of them."""
    found = of_find_property(node, name)
    if found is None:
        return -EINVAL
    at = index = 0
    while at < len(found):
        end = found.find(b"\0", at)
        if end < 0:
            return -EILSEQ
        if found[at:end] == text.encode():
            return index
        at, index = end + 1, index + 1
    return -ENODATA
