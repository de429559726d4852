"""Device tree blobs (.dtb) as text, so that there is one reader for both.

The layout is that of the Devicetree Specification v0.4, chapter 5 (versions 16 and 17, which is what dtc has written
since 2005).  Every value is written as the bytes it has, strings as strings; nothing is guessed.

Tests: ``tests/board/test_blob.py``.
"""

from __future__ import annotations

import re
from typing import NoReturn

from irqlab.errors import BoardError

#: The first bytes of every blob.
MAGIC = b"\xd0\x0d\xfe\xed"

#: The deepest tree that is read, as in the kernel (``FDT_MAX_DEPTH``).
MAX_DEPTH = 64

_REMEDY = "make it anew with dtc -I dts -O dtb, or give the .dts"

#: Tokens of the structure block.
_BEGIN_NODE, _END_NODE, _PROP, _NOP, _END = 1, 2, 3, 4, 9

#: The oldest version that is read; older ones pad values in another way.
_OLDEST = 16

#: What names may be made of: anything else would be read as something else in text.
_NODE_NAME = re.compile(rb"[\w,.+@-]+", re.ASCII)
_PROPERTY_NAME = re.compile(rb"[\w,.+?#-]+", re.ASCII)

_STRINGS = re.compile(rb"(?:[ -~\t]+\0)+")


def to_text(data: bytes, source: str) -> str:
    """A blob as device tree source; :class:`~irqlab.errors.BoardError` if it is damaged."""
    return _Reader(data, source).text()


class _Reader:
    """Reads the structure block token by token."""

    def __init__(self, data: bytes, source: str) -> None:
        if len(data) < 8 or int.from_bytes(data[4:8], "big") > len(data):
            raise BoardError(f"{source}: the device tree blob is cut off after {len(data)} bytes: {_REMEDY}")
        self._data, self._source = data, source
        self._strings = self._word(12)
        self._at = self._word(8)
        if self._word(20) < _OLDEST:
            self._damaged(f"it is of version {self._word(20)}, and {_OLDEST} is the oldest that is read")

    def _damaged(self, what: str) -> NoReturn:
        raise BoardError(f"{self._source}: the device tree blob is damaged ({what}): {_REMEDY}")

    def _word(self, at: int) -> int:
        if at + 4 > len(self._data):
            self._damaged(f"there is nothing at {at:#x}")
        return int.from_bytes(self._data[at : at + 4], "big")

    def _next(self) -> int:
        self._at += 4
        return self._word(self._at - 4)

    def _name(self, at: int, allowed: re.Pattern[bytes]) -> str:
        end = self._data.find(b"\0", at, at + 256)
        name = self._data[at:end]
        if end < 0 or not allowed.fullmatch(name):
            self._damaged(f"the name at {at:#x} is none")
        return name.decode()

    def text(self) -> str:
        """The whole tree."""
        lines = ["/dts-v1/;"]
        path: list[str] = []
        while (token := self._next()) != _END:
            if token == _BEGIN_NODE:
                self._begin(path, lines)
            elif token == _END_NODE and path:
                path.pop()
                lines.append("};")
            elif token == _PROP and path:
                lines.append(self._property())
            elif token != _NOP:
                self._damaged(f"token {token:#x} stands at {self._at - 4:#x}")
        if path or len(lines) == 1:
            self._damaged(f"{'/'.join(path) or 'the root node'} does not end" if path else "it has no root node")
        return "\n".join(lines) + "\n"

    def _begin(self, path: list[str], lines: list[str]) -> None:
        if not path and len(lines) > 1:
            self._damaged("it has two root nodes")
        if not path:
            name = "/"
            self._at += 4  # its name is empty
        else:
            name = self._name(self._at, _NODE_NAME)
            self._at += len(name) // 4 * 4 + 4
        path.append(name)
        if len(path) > MAX_DEPTH:
            where = "/".join(["", *path[1:]])
            raise BoardError(f"{self._source}: {where}: nodes are nested more than {MAX_DEPTH} deep: {_REMEDY}")
        lines.append(f"{name} {{")

    def _property(self) -> str:
        size, name = self._next(), self._name(self._strings + self._next(), _PROPERTY_NAME)
        value = self._data[self._at : self._at + size]
        if len(value) < size:
            self._damaged(f"{name} is cut off")
        self._at += -(-size // 4) * 4
        if not value:
            return f"{name};"
        if _STRINGS.fullmatch(value):
            return f"{name} = {', '.join(_quoted(text) for text in value[:-1].decode().split(chr(0)))};"
        return f"{name} = [{value.hex(' ')}];"


def _quoted(text: str) -> str:
    plain = "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\x{ord(c):02x}" for c in text)
    return f'"{plain}"'
