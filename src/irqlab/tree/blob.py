"""Device tree blobs as they are: nodes, and properties as bytes; what dtc left to be resolved.

Tests: ``tests/tree/test_blob.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from irqlab.errors import TreeError

_BEGIN, _END, _PROPERTY, _NOP, _LAST = 1, 2, 3, 4, 9


@dataclass
class Node:
    """A node: its name with the unit address, its properties' bytes, its children in order."""

    name: str
    properties: dict[str, bytes] = field(default_factory=dict)
    children: dict[str, Node] = field(default_factory=dict)

    def walk(self, path: str = "/") -> Iterator[tuple[str, Node]]:
        """The node and all below it, each with its path."""
        yield path, self
        for child in self.children.values():
            yield from child.walk(f"{path.rstrip('/')}/{child.name}")

    def at(self, path: str) -> Node:
        """The node at a path; raises :class:`KeyError`."""
        node = self
        for name in path.strip("/").split("/") if path != "/" else []:
            node = node.children[name]
        return node

    def strings(self, name: str) -> list[str]:
        """A property as strings; empty where it is not there."""
        return self.properties.get(name, b"").decode(errors="replace").rstrip("\0").split("\0") if name in self.properties else []


def parse(data: bytes) -> Node:
    """The root node of a blob that dtc made.

    :raises TreeError: it is damaged.
    """
    try:
        return _parse(data)
    except (struct.error, IndexError, UnicodeDecodeError, ValueError) as error:
        raise TreeError(f"the device tree blob is damaged ({error}): make it anew with dtc") from None


def _parse(data: bytes) -> Node:
    if data[:4] != b"\xd0\x0d\xfe\xed":
        raise ValueError("it does not begin as one")
    place, names = struct.unpack_from(">2I", data, 8)
    above: list[Node] = []
    while True:
        (token,) = struct.unpack_from(">I", data, place)
        place += 4
        if token == _BEGIN:
            end = data.index(b"\0", place)
            node = Node(data[place:end].decode() or "/")
            if above:
                above[-1].children[node.name] = node
            above.append(node)
            place = (end + 4) & ~3
        elif token == _PROPERTY:
            length, name = struct.unpack_from(">2I", data, place)
            start = names + name
            value = data[place + 8 : place + 8 + length]
            if len(value) < length:
                raise ValueError("it is cut short")
            above[-1].properties[data[start : data.index(b"\0", start)].decode()] = value
            place = (place + 8 + length + 3) & ~3
        elif token == _END:
            node = above.pop()
            if not above:
                return node
        elif token != _NOP:
            raise ValueError(f"token {token} at {place - 4}" if token != _LAST else "it ends early")


@dataclass(frozen=True)
class Reference:
    """A place where a phandle goes: the property of a node, and the offset in it, in bytes."""

    path: str
    name: str
    offset: int


def missing(root: Node) -> dict[str, list[Reference]]:
    """The labels a plugin blob refers to without having them, each with the places (``__fixups__``)."""
    fixups = root.children.get("__fixups__", Node(""))
    found: dict[str, list[Reference]] = {}
    for label in fixups.properties:
        for text in fixups.strings(label):
            path, name, offset = text.split(":")
            found.setdefault(label, []).append(Reference(path, name, int(offset)))
    return found


def resolved(root: Node) -> list[Reference]:
    """The places of phandles of nodes that a plugin blob has (``__local_fixups__``)."""
    found: list[Reference] = []
    for path, node in root.children.get("__local_fixups__", Node("")).walk():
        for name, value in node.properties.items():
            found += [Reference(path, name, offset) for (offset,) in struct.iter_unpack(">I", value)]
    return found
