"""A guest's memory, as Records: lines of 64 bytes.

What a driver can write is kept in :class:`Line` Records, so that a state of the World has it, a segment's reads and
writes are noted, and what differs is small.  The emulator's own memory is a cache of it: a line is put there when the
guest first touches it.  Code and read-only data never change and are not watched.

Rules: every access lies inside one live allocation (``out-of-bounds``, ``use-after-free``), and what is read has been
written (``uninitialised``; a load of which some bytes are written passes, for compilers copy padding).

Tests: ``tests/guest/test_memory.py``.
"""

from __future__ import annotations

import bisect
import ctypes
import mmap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from irqlab.errors import GuestError
from irqlab.guest.image import Image
from irqlab.guest.layout import (
    HEAP,
    HEAP_SIZE,
    IMAGE,
    MIRROR,
    MIRROR_SIZE,
    STACK,
    STACK_SIZE,
    STACK_TOP,
    STRINGS,
    STRINGS_SIZE,
    TASK,
    TASK_SIZE,
    THREAD_INFO,
)
from irqlab.state import Record

if TYPE_CHECKING:
    from irqlab.state import World

#: Bytes of a line.
LINE = 64
_FULL = (1 << LINE) - 1

#: Allocations begin at multiples of this (``ARCH_KMALLOC_MINALIGN``), at least a line apart.
_ALIGN = 128

Broken = Literal["out-of-bounds", "use-after-free", "uninitialised", "null", "wild", "read-only", "not-modelled"]


class Line(Record):
    """64 bytes of a guest's memory.  Key: address / 64.  In the image's data an absent line is as it was linked."""

    data: bytes
    #: One bit a byte: it may be read, for it was written; it is part of an allocation.
    known: int = _FULL
    valid: int = _FULL
    #: It is part of a number that only counts: what is stored there is kept in no state.
    counts: int = 0


class Allocation(Record, counted=True):
    """Memory that was handed out.  Key: its address."""

    size: int
    #: Where: function of the driver and what it called.
    where: str = ""


@dataclass(frozen=True)
class Fault:
    """An access that may not be."""

    what: Broken
    address: int
    size: int
    write: bool
    detail: str = ""


class Window(Protocol):
    """Memory whose content is made when it is read: mirrors of kernel objects."""

    def read(self, address: int, size: int) -> bytes | Fault: ...
    def write(self, address: int, data: bytes) -> Fault | None: ...


class Ram:
    """A region of the emulator's memory."""

    def __init__(self, base: int, size: int) -> None:
        self.base, self.size = base, size
        self._map = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)  # a fork has its own
        self.view = memoryview(self._map)
        self.pointer = ctypes.addressof(ctypes.c_char.from_buffer(self._map))

    def get(self, address: int, size: int) -> bytes:
        at = address - self.base
        return bytes(self.view[at : at + size])

    def put(self, address: int, data: bytes) -> None:
        at = address - self.base
        self.view[at : at + len(data)] = data

    def clear(self, address: int, end: int) -> None:
        """Zeroes from ``address`` to ``end``."""
        ctypes.memset(self.pointer + address - self.base, 0, end - address)


class Memory:
    """All memory of one guest.

    :ivar window: answers for the mirrored region; set once the kernel's objects are known.
    """

    def __init__(self, world: World, image: Image) -> None:
        self.world, self.image = world, image
        self.code = Ram(IMAGE, image.data - IMAGE) if image.data > IMAGE else Ram(IMAGE, 0x1000)
        self.code.put(IMAGE, image.content[: image.data - IMAGE])
        self.data = Ram(image.data, max(image.end - image.data, 0x1000))
        self.heap = Ram(HEAP, HEAP_SIZE)
        self.mirror = Ram(MIRROR, MIRROR_SIZE)
        self.strings = Ram(STRINGS, STRINGS_SIZE)
        self.stack = Ram(STACK, STACK_SIZE)
        self.task = Ram(TASK, TASK_SIZE)
        #: What of ``current`` is not the same for ever is like this when a call begins.
        self.task_begins = bytes(THREAD_INFO)
        self.window: Window | None = None
        self._strings: dict[str, int] = {}
        self._next_string = STRINGS
        #: What the emulator's copy of each line holds.
        self._loaded: dict[int, bytes] = {}
        #: Lines of the image with variables of the kernel in them, as they are when it starts.
        self._initial: dict[int, bytes] = {}
        #: (first address, end, name) of each variable of the kernel whose content nobody knows; where the first begins.
        self._unknown: list[tuple[int, int, str]] = []
        self._externs = image.end
        #: Lines that something was stored to, since somebody asked for them.
        self._stored: set[int] = set()
        #: Whose segment that was: what is stored in one says nothing about another.
        self._segment: object = None
        #: A variable of statistics: nobody but people looks at it, and it is kept in no state.
        self.statistics = range(0)

    @property
    def regions(self) -> tuple[Ram, ...]:
        """Everything that is mapped, but registers."""
        return (self.code, self.data, self.heap, self.mirror, self.strings, self.stack, self.task)

    # -- lines -------------------------------------------------------------------------------------------------

    def _ram(self, address: int) -> Ram:
        return self.heap if address >= HEAP else self.data

    def _linked(self, number: int) -> bytes:
        return self._initial.get(number) or self.image.read(number * LINE, LINE)

    def provide(self, name: str, address: int, size: int, content: bytes | None) -> None:
        """Says what is in a variable of the kernel when it starts; None: nobody knows, so reading it is not modelled."""
        if content is None:
            self._unknown = sorted((*self._unknown, (address, address + size, name)))
            self._externs = self._unknown[0][0]
            return
        for number in range(address // LINE, (address + size - 1) // LINE + 1):
            line = bytearray(self._linked(number))
            low, high = max(address, number * LINE), min(address + size, (number + 1) * LINE)
            line[low - number * LINE : high - number * LINE] = content[low - address : high - address]
            self._initial[number] = bytes(line)

    def _of_kernel(self, address: int, size: int) -> Fault | None:
        """What is wrong with reading here: it is a variable of the kernel whose content nobody knows."""
        at = bisect.bisect_right(self._unknown, (address + size - 1, self.image.end, "")) - 1
        if at < 0 or address >= self._unknown[at][1]:
            return None
        return Fault("not-modelled", address, size, False, f"the kernel's variable {self._unknown[at][2]}")

    def watched(self, address: int) -> bool:
        """Whether an address is kept in lines."""
        return HEAP <= address < HEAP + HEAP_SIZE or self.image.data <= address < self.image.end

    def prepare(self, address: int, size: int, write: bool) -> Fault | None:
        """Before the guest accesses its memory: brings the lines up to date, and says what is wrong with the access."""
        if self._externs <= address < HEAP and not write:
            fault = self._of_kernel(address, size)
            if fault is not None:
                return fault
        first, last = address // LINE, (address + size - 1) // LINE
        for number in range(first, last + 1):
            line = self.world.at(Line, number)
            low, high = max(address, number * LINE), min(address + size, (number + 1) * LINE)
            wanted = ((1 << high - low) - 1) << low - number * LINE
            if line.exists:
                content = line.data
                if line.valid & wanted != wanted:
                    return self._outside(address, size, write)
                if not write and not line.known & wanted:
                    return Fault("uninitialised", address, size, write, self.belongs(address))
            elif address >= HEAP:
                return self._outside(address, size, write)
            else:
                content = self._linked(number)
            if self._loaded.get(number) is not content:
                self._ram(address).put(number * LINE, content)
                self._loaded[number] = content
        return None

    def wrote(self, address: int, data: bytes) -> None:
        """The guest is storing ``data``: the lines say so, and the emulator has it in a moment."""
        if self._only_counts(address, len(data)):
            self.spoilt(address, len(data))
            return
        self._store(address, data, _FULL)
        for number in range(address // LINE, (address + len(data) - 1) // LINE + 1):
            self._loaded[number] = self.world.at(Line, number).data

    def _only_counts(self, address: int, size: int) -> bool:
        """Whether all that is stored counts and does nothing else: a store may begin in a counter and go on behind it."""
        if address in self.statistics:
            return address + size <= self.statistics.stop
        if address < HEAP:
            return False
        places = range(address, address + size)
        return all(self.world.at(Line, at // LINE).counts >> at % LINE & 1 for at in places)

    def only_counts(self, address: int, size: int) -> None:
        """From now on what is at ``address`` counts and is looked at by nobody: it stays as it is in every state."""
        for at in range(address, address + size):
            line = self.world.at(Line, at // LINE)
            if line.exists and not line.counts >> at % LINE & 1:
                line.counts |= 1 << at % LINE

    def stored_lines(self) -> set[int]:
        """The lines that were stored to in this segment since this was asked last."""
        self._begin()
        stored, self._stored = self._stored, set()
        return stored

    def _begin(self) -> None:
        if self._segment is not self.world.tape:
            self._segment = self.world.tape
            self._stored = set()

    def glance(self, address: int, size: int) -> bytes:
        """What is there, without a note that anybody has looked: for what says nothing about a state."""
        if not self.watched(address):
            return self.image.read(address, size) if IMAGE <= address < self.image.data else bytes(size)
        found = b""
        for number in range(address // LINE, (address + size - 1) // LINE + 1):
            values = self.world.glance(self.world.at(Line, number))
            found += values[0] if values is not None else self._linked(number) if address < HEAP else bytes(LINE)
        return found[address % LINE : address % LINE + size]

    def spoilt(self, address: int, size: int) -> None:
        """A store that may not be has changed the emulator's copy all the same: it is brought up to date when next used."""
        for number in range(address // LINE, (address + size - 1) // LINE + 1):
            self._loaded.pop(number, None)

    def _store(self, address: int, data: bytes, known: int) -> None:
        """``known``: one bit a byte of ``data``."""
        self._begin()
        at = 0
        while at < len(data):
            number, offset = divmod(address + at, LINE)
            self._stored.add(number)
            part = data[at : at + LINE - offset]
            line = self.world.at(Line, number)
            if not line.exists:
                self.world.new(Line, number, data=self._linked(number))
            old = line.data
            new = old[:offset] + part + old[offset + len(part) :]
            if new != old:
                line.data = new
            mask = ((1 << len(part)) - 1) << offset
            bits = (known >> at << offset) & mask
            told = line.known & ~mask | bits
            if told != line.known:
                line.known = told
            at += len(part)

    def belongs(self, address: int) -> str:
        """The allocation or variable that an address is in or just behind, in words."""
        best = None
        for (start,) in self.world.keys(Allocation):
            if isinstance(start, int) and start <= address:
                best = start
        if best is not None and address >= HEAP:
            allocation = self.world.at(Allocation, best)
            size, where = allocation.size, allocation.where
            inside = "in" if address < best + size else f"{address - best - size} bytes behind"
            return (
                f"{address - best:#x} {inside} the {size} bytes of {where}" if where else f"{address - best:#x} in {size} bytes"
            )
        return self.image.describe(address)

    def _outside(self, address: int, size: int, write: bool) -> Fault:
        for (start,) in self.world.keys(Allocation):
            assert isinstance(start, int)
            if start <= address < -(-(start + self.world.at(Allocation, start).size + LINE) // _ALIGN) * _ALIGN:
                return Fault("out-of-bounds", address, size, write, self.belongs(address))
        return Fault("use-after-free", address, size, write)

    # -- what the kernel reads and writes ----------------------------------------------------------------------

    def load(self, address: int, size: int) -> bytes | Fault:
        """Bytes as the guest would read them."""
        if address >= STACK and address + size <= STACK_TOP:
            return self.stack.get(address, size)
        if IMAGE <= address < self.image.data:
            return self.image.read(address, size)
        if STRINGS <= address < self._next_string:
            return self.strings.get(address, size)
        if TASK <= address < TASK + TASK_SIZE:
            return self.task.get(address, size)
        if MIRROR <= address < MIRROR + MIRROR_SIZE and self.window is not None:
            return self.window.read(address, size)
        if not self.watched(address):
            return Fault("null" if address < 0x1000 else "wild", address, size, False)
        fault = self._of_kernel(address, size) if self._externs <= address < HEAP else None
        if fault is not None:
            return fault
        parts = []
        end = address + size
        while address < end:
            number, offset = divmod(address, LINE)
            line = self.world.at(Line, number)
            count = min(LINE - offset, end - address)
            if line.exists:
                wanted = ((1 << count) - 1) << offset
                if line.valid & wanted != wanted:
                    return self._outside(address, count, False)
                content = line.data
            elif address >= HEAP:
                return self._outside(address, count, False)
            else:
                content = self._linked(number)
            parts.append(content[offset : offset + count])
            address += count
        return b"".join(parts)

    def known(self, address: int, size: int) -> int:
        """Which of the bytes have been written, one bit a byte."""
        bits = 0
        for at in range(size):
            number, offset = divmod(address + at, LINE)
            line = self.world.at(Line, number)
            if not self.watched(address + at) or not line.exists or line.known >> offset & 1:
                bits |= 1 << at
        return bits

    def store(self, address: int, data: bytes, known: int | None = None) -> Fault | None:
        """Writes bytes as the guest would; ``known``: one bit a byte, all if not given."""
        if not data:
            return None
        if address >= STACK and address + len(data) <= STACK_TOP:
            self.stack.put(address, data)
            return None
        if MIRROR <= address < MIRROR + MIRROR_SIZE and self.window is not None:
            return self.window.write(address, data)
        if TASK <= address < TASK + TASK_SIZE:
            self.task.put(address, data)
            return None
        if not self.watched(address):
            what: Broken = "null" if address < 0x1000 else "read-only" if IMAGE <= address < self.image.data else "wild"
            return Fault(what, address, len(data), True)
        if address >= HEAP:
            for number in range(address // LINE, (address + len(data) - 1) // LINE + 1):
                line = self.world.at(Line, number)
                low, high = max(address, number * LINE), min(address + len(data), (number + 1) * LINE)
                wanted = ((1 << high - low) - 1) << low - number * LINE
                if not line.exists or line.valid & wanted != wanted:
                    return self._outside(low, high - low, True)
        self._store(address, data, (1 << len(data)) - 1 if known is None else known)
        return None

    # -- the allocator -----------------------------------------------------------------------------------------

    def allocate(self, size: int, zero: bool, where: str) -> int:
        """``kmalloc()``: the lowest free place; 0 when there is none."""
        address = HEAP
        for (start,) in self.world.keys(Allocation):
            assert isinstance(start, int)
            if address + max(size, 1) + LINE <= start:
                break
            address = -(-(start + self.world.at(Allocation, start).size + LINE) // _ALIGN) * _ALIGN
        if address + size > HEAP + HEAP_SIZE:
            return 0
        self.world.new(Allocation, address, size=size, where=where)
        for number in range(address // LINE, -(-(address + size) // LINE)):
            count = min(LINE, address + size - number * LINE)
            valid = (1 << count) - 1
            self.world.new(Line, number, data=bytes(LINE), known=valid if zero else 0, valid=valid)
        return address

    def release(self, address: int) -> bool:
        """``kfree()``: False if nothing was allocated there."""
        allocation = self.world.at(Allocation, address)
        if not allocation.exists:
            return False
        size = allocation.size
        for number in range(address // LINE, -(-(address + size) // LINE)):
            self.world.drop(self.world.at(Line, number))
        self.world.drop(allocation)
        return True

    def size_of(self, address: int) -> int:
        """``ksize()``: bytes of an allocation; -1 if there is none."""
        allocation = self.world.at(Allocation, address)
        return allocation.size if allocation.exists else -1

    # -- strings -----------------------------------------------------------------------------------------------

    def intern(self, text: str) -> int:
        """The address of a C string that never changes.  Given out in the order of first use: name all there are at once."""
        if text not in self._strings:
            self._strings[text] = self.constant(text.encode() + b"\0")
        return self._strings[text]

    def constant(self, data: bytes) -> int:
        """The address of new bytes that never change; after them a NUL."""
        address, end = self._next_string, self._next_string + len(data) + 1
        if end > STRINGS + STRINGS_SIZE:
            raise GuestError(f"{self.image.name}: the board's names and properties are more than {STRINGS_SIZE >> 20} MiB")
        self.strings.put(address, data)
        self._next_string = -(-end // 8) * 8
        return address
