"""``vsprintf()``: formats of the kernel, with arguments out of registers.

What a format asks for that nobody here knows stays in the text as it was written.

Tests: ``tests/guest/test_format.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from irqlab.guest.abi import signed
from irqlab.kernel.errno import errno_name

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

_SPEC = re.compile(r"%([-+ #0]*)(\*|\d*)(?:\.(\*|\d+))?(hh|h|ll|l|z|t|j)?(?:(%)|(p)([A-Za-z]*)|([a-zA-Z]))")

#: Bytes of an argument by its length modifier, on 64 bits; longs and the like are as wide as a pointer.
_WIDTHS = {"hh": 1, "h": 2, "": 4, "ll": 8, "j": 8}

#: No string of a message is longer.
_LONGEST = 256


def formatted(g: Guest, text: str, arguments: tuple[int, ...], strip: bool = True) -> str:
    """``text`` with its arguments; ``strip``: as a line of the log, without its level and the newline."""
    given = list(arguments)

    def one(match: re.Match[str]) -> str:
        flags, width, precision, length, percent, pointer, extra, kind = match.groups()
        if percent:
            return "%"
        for number in (width, precision):
            if number == "*" and given:
                given.pop(0)
        if not given:
            return match.group(0)
        value = given.pop(0)
        if pointer:
            return _pointer(g, value, extra, match.group(0))
        size = _WIDTHS.get(length or "", g.abi.word)
        return _justified(_plain(g, kind, value, 8 * size, match.group(0)), flags, width)

    if strip:
        return _SPEC.sub(one, re.sub(r"^\x01.", "", text)).strip()
    return _SPEC.sub(one, text)


def _plain(g: Guest, kind: str, value: int, bits: int, spec: str) -> str:
    unsigned = value & (1 << bits) - 1
    shapes: dict[str, Callable[[], str]] = {
        "s": lambda: g.text(value, _LONGEST) if value else "(null)",
        "d": lambda: str(signed(value, bits)),
        "i": lambda: str(signed(value, bits)),
        "u": lambda: str(unsigned),
        "x": lambda: ("0x" if "#" in spec else "") + f"{unsigned:x}",
        "X": lambda: ("0X" if "#" in spec else "") + f"{unsigned:X}",
        "o": lambda: f"{unsigned:o}",
        "c": lambda: chr(value & 0xFF),
    }
    return shapes[kind]() if kind in shapes else spec


def _justified(text: str, flags: str, width: str) -> str:
    if not width.isdecimal():
        return text
    if "-" in flags:
        return text.ljust(int(width))
    if "0" in flags and not text.startswith("0x"):
        return text.zfill(int(width))
    return text.rjust(int(width))


def _pointer(g: Guest, value: int, extra: str, spec: str) -> str:
    """``%p`` and what the kernel makes of the letters behind it."""
    from irqlab.guest.objects import node_at

    if extra.startswith("e"):
        return errno_name(signed(value, g.abi.bits)) + extra[1:]
    if extra.startswith(("S", "s", "B")):
        return g.image.describe(value) + extra[1:]
    if extra.startswith("a"):
        return f"{g.number(value, 8):#018x}" + extra[2:]
    if extra.startswith("OF"):
        node = node_at(g, value)
        return (node.path if node is not None else "(null)") + extra[2:]
    return f"{value:#x}" if not extra else spec
