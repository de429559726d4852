"""``lib/string.c``: memory and strings; what is known of each byte moves with it."""

from __future__ import annotations

from irqlab.guest.exports import Int, Ptr, ULong, export
from irqlab.guest.guest import Guest
from irqlab.guest.layout import HEAP_SIZE
from irqlab.guest.memory import Fault


def fits(g: Guest, address: int, size: int, write: bool) -> bool:
    """Whether so many bytes can be touched at all: more than there is of memory is the driver's error, told and an oops."""
    if size > HEAP_SIZE:
        g.broken(Fault("out-of-bounds", address, size, write))
    return 0 < size <= HEAP_SIZE


@export("memset")
def memset(g: Guest, address: Ptr, value: Int, size: ULong) -> Ptr:
    if fits(g, address, size, True):
        g.write(address, bytes([value & 0xFF]) * size)
    return address


@export("memcpy", "memmove")
def memcpy(g: Guest, to: Ptr, source: Ptr, size: ULong) -> Ptr:
    if fits(g, to, size, True):
        g.copy(to, source, size)
    return to


@export("memcmp")
def memcmp(g: Guest, one: Ptr, other: Ptr, size: ULong) -> Int:
    if not fits(g, one, size, False):
        return 0
    left, right = g.read(one, size), g.read(other, size)
    return (left > right) - (left < right)


@export("strcmp")
def strcmp(g: Guest, one: Ptr, other: Ptr) -> Int:
    left, right = g.text(one), g.text(other)
    return (left > right) - (left < right)


@export("strncmp")
def strncmp(g: Guest, one: Ptr, other: Ptr, size: ULong) -> Int:
    if not size:
        return 0
    limit = min(size, HEAP_SIZE)
    left, right = g.text(one, limit)[:limit], g.text(other, limit)[:limit]
    return (left > right) - (left < right)


@export("strlen")
def strlen(g: Guest, text: Ptr) -> ULong:
    return len(g.text(text).encode())


@export("strnlen")
def strnlen(g: Guest, text: Ptr, size: ULong) -> ULong:
    return min(len(g.text(text, min(size, HEAP_SIZE)).encode()), size) if size else 0


@export("strchr")
def strchr(g: Guest, text: Ptr, character: Int) -> Ptr:
    wanted = bytes([character & 0xFF])
    at = (g.text(text).encode() + b"\0").find(wanted)
    return text + at if at >= 0 else 0


@export("strstr")
def strstr(g: Guest, text: Ptr, wanted: Ptr) -> Ptr:
    at = g.text(text).encode().find(g.text(wanted).encode())
    return text + at if at >= 0 else 0
