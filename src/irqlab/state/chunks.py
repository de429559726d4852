"""States as short byte strings: the vector of ids in chunks, each of which is kept once.

A World's vector holds one id a slot.  It is cut into chunks of :data:`WIDTH` slots; every chunk that was ever seen has a
number, and a :data:`State` is the numbers of its chunks, trailing empty chunks left out.  A slot that seldom changes
costs a state next to nothing, so neither the memory nor the time a state takes grows with what stands still (hundreds of
lines of guest memory).

Who asks for single ids *spreads* a state: chunk by chunk the ids, and after them as many flags, which say of each slot
whether its Record exists (:func:`place_of`).

Tests: ``tests/state/test_chunks.py``.
"""

from __future__ import annotations

import sys
from array import array
from typing import TypeAlias

State = bytes

#: What a segment changed: slots and their new ids.
Delta = tuple[tuple[int, int], ...]

#: What a change puts into one chunk: where in it, and which ids.
Part = tuple[tuple[int, int], ...]

#: A change by chunks: the index of each, what is put there, and which chunks that makes of which (as far as known).
Parts = tuple[tuple[int, Part, dict[int, int]], ...]

#: A state spread out.
Spread: TypeAlias = "array[int]"

#: Slots in a chunk; the bits of a slot's number that say where in its chunk it is.
WIDTH, SHIFT = 16, 4

#: The chunk of Records that do not exist; its number is 0.
EMPTY = bytes(4 * WIDTH)


def place_of(read: int) -> int:
    """Where in a state that is spread out the id of a slot is, or for ``~slot`` its flag."""
    slot = read if read >= 0 else ~read
    return slot + (slot >> SHIFT << SHIFT) + (0 if read >= 0 else WIDTH)


class Chunks:
    """Every chunk seen, by number."""

    __slots__ = ("_known", "_moves", "_numbers", "_spread")

    def __init__(self) -> None:
        self._known = [EMPTY]
        self._spread = [EMPTY + EMPTY]
        self._numbers = {EMPTY: 0}
        self._moves: dict[Part, dict[int, int]] = {}

    def __len__(self) -> int:
        return len(self._known)

    def __sizeof__(self) -> int:
        """The memory all of it takes, in bytes."""
        held: list[object] = [*self._known, *self._spread, *self._numbers.values(), *self._moves, *self._moves.values()]
        return sum(map(sys.getsizeof, (self._known, self._spread, self._numbers, self._moves, *held)))

    def number(self, content: bytes) -> int:
        """The number of a chunk."""
        number = self._numbers.get(content)
        if number is None:
            number = self._numbers[content] = len(self._known)
            self._known.append(content)
            flags = array("I", [1 if one else 0 for one in array("I", content)])
            self._spread.append(content + flags.tobytes())
        return number

    def content(self, number: int) -> array[int]:
        """The ids of one chunk."""
        return array("I", self._known[number])

    def pack(self, vector: array[int]) -> State:
        """A vector (of whole chunks) as a state."""
        contents = (vector[slot : slot + WIDTH].tobytes() for slot in range(0, len(vector), WIDTH))
        return state_of(array("I", map(self.number, contents)))

    def unpack(self, state: State) -> array[int]:
        """A state as a vector; slots past its last chunk are left out."""
        return array("I", b"".join([self._known[number] for number in numbers_of(state)]))

    def spread(self, state: State, chunks: int) -> Spread:
        """A state spread out, over that many chunks."""
        spread = self._spread
        places = array("I", b"".join([spread[number] for number in numbers_of(state)]))
        missing = 8 * WIDTH * chunks - 4 * len(places)
        if missing:
            places.frombytes(bytes(missing))
        return places

    def parts(self, delta: Delta) -> Parts:
        """A change by chunks."""
        parts: dict[int, list[tuple[int, int]]] = {}
        for slot, new in delta:
            parts.setdefault(slot >> SHIFT, []).append((slot & WIDTH - 1, new))
        return tuple([(chunk, tuple(part), self._moves.setdefault(tuple(part), {})) for chunk, part in parts.items()])

    def successor(self, state: State, parts: Parts) -> State:
        """The state a change leads to."""
        numbers = numbers_of(state)
        for chunk, part, moves in parts:
            if chunk >= len(numbers):
                numbers.extend([0] * (chunk + 1 - len(numbers)))
            old = numbers[chunk]
            new = moves.get(old)
            if new is None:
                new = moves[old] = self._put(old, part)
            numbers[chunk] = new
        return state_of(numbers)

    def _put(self, number: int, part: Part) -> int:
        """The chunk that comes of another."""
        content = self.content(number)
        for offset, new in part:
            content[offset] = new
        return self.number(content.tobytes())


def numbers_of(state: State) -> array[int]:
    """The numbers of a state's chunks."""
    return array("I", state)


def state_of(numbers: array[int]) -> State:
    """A state by the numbers of its chunks."""
    while numbers and not numbers[-1]:
        numbers.pop()
    return numbers.tobytes()
