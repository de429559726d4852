"""Device tree blobs (.dtb) as text, so that there is one reader for both.

Every value is written as the bytes it has, strings as strings; nothing is guessed.

Tests: ``tests/board/test_devicetree.py``.
"""

from __future__ import annotations

import struct
from typing import Any

import fdt  # type: ignore[import-untyped]

from irqlab.errors import BoardError

#: The first bytes of every blob.
MAGIC = b"\xd0\x0d\xfe\xed"

#: The deepest tree that is read, as in the kernel (``FDT_MAX_DEPTH``).
MAX_DEPTH = 64


def to_text(data: bytes, source: str) -> str:
    """A blob as device tree source; :class:`~irqlab.errors.BoardError` if it is damaged."""
    remedy = "make it anew with dtc -I dts -O dtb, or give the .dts"
    if len(data) < 8 or int.from_bytes(data[4:8], "big") > len(data):
        raise BoardError(f"{source}: the device tree blob is cut off after {len(data)} bytes: {remedy}")
    try:
        root = fdt.parse_dtb(data).root
    except Exception as error:  # fdt raises whatever the damage leads to
        raise BoardError(f"{source}: the device tree blob is damaged ({type(error).__name__}: {error}): {remedy}") from None
    if root is None or root.name != "/":
        raise BoardError(f"{source}: the device tree blob has no root node: {remedy}")
    lines = ["/dts-v1/;"]
    waiting: list[tuple[Any, int]] = [(root, 1)]
    while waiting:
        node, depth = waiting.pop()
        if node is None:
            lines.append("};")
            continue
        if depth > MAX_DEPTH:
            raise BoardError(f"{source}: {node.path}: nodes are nested more than {MAX_DEPTH} deep: {remedy}")
        lines.append(f"{node.name} {{")
        lines.extend(_property(prop) for prop in node.props)
        waiting.append((None, depth))
        waiting.extend((child, depth + 1) for child in reversed(node.nodes))
    return "\n".join(lines) + "\n"


def _property(prop: Any) -> str:
    if isinstance(prop, fdt.PropStrings):
        return f"{prop.name} = {', '.join(map(_quoted, prop.data))};"
    if isinstance(prop, fdt.PropWords):
        value = struct.pack(f">{len(prop.data)}I", *prop.data)
    elif isinstance(prop, fdt.PropBytes):
        value = bytes(prop.data)
    else:
        return f"{prop.name};"
    return f"{prop.name} = [{value.hex(' ')}];"


def _quoted(text: str) -> str:
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" for c in text)
    return f'"{plain}"'
