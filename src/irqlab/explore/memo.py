"""Remembering segments by what they read.

What is remembered of an action is a decision tree, not a key: a node says which slots the code reads next and with which
ids, then which slot the ways part at; its branches are the ids seen there.  A choice branches the same way; a leaf holds
what the segment did.  A segment that reads the same values does the same thing, *if* nothing reads a state by a back door:
that is what exploring with and without remembering proves (``tests/explore/test_memo.py``).

Implementation notes
--------------------
* Reads at which no way parts are kept in one node and compared at once (:attr:`Node.look`), so a tree is as deep as there
  are partings, and a leaf costs one node however much its segment read.
* Branches are asked with ids, never with values: a walk costs what its partings cost, whatever the Records hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from operator import itemgetter
from typing import Any, Generic, TypeVar

from irqlab.errors import ModelError
from irqlab.state import World
from irqlab.state.chunks import Spread, place_of

T = TypeVar("T")

#: :attr:`Node.place` of a choice, of a node nothing is known of, and of a leaf.
CHOICE, UNKNOWN, LEAF = -1, -2, -3


class Node(Generic[T]):
    """A place in a tree.  What is read is named by its place in a state that is spread out.

    :ivar places: read here one after the other, each with one id alone so far: ``ids``.
    :ivar look: gives the ids of ``places`` in a state, to be compared with ``seen``; None where nothing is read.
    :ivar place: where the ways part, or :data:`CHOICE`, :data:`UNKNOWN`, :data:`LEAF`.
    :ivar found: what is remembered in a leaf; nothing where the action is impossible.
    """

    __slots__ = ("branches", "found", "ids", "look", "place", "places", "seen")

    def __init__(self) -> None:
        self.place = UNKNOWN
        self.branches: dict[int, Node[T]] | None = None
        self.found: tuple[T, ...] = ()
        self.read((), ())

    def read(self, places: tuple[int, ...], ids: tuple[int, ...]) -> None:
        """Sets what is read here."""
        self.places, self.ids = places, ids
        self.look = _look(places) if places else None
        self.seen: Any = ids if len(places) > 1 else ids[0] if places else None

    def split(self, position: int) -> None:
        """From now on the ways part at the read at ``position``."""
        places, ids = self.places, self.ids
        below: Node[T] = Node()
        below.place, below.branches, below.found = self.place, self.branches, self.found
        below.read(places[position + 1 :], ids[position + 1 :])
        self.place, self.branches, self.found = places[position], {ids[position]: below}, ()
        self.read(places[:position], ids[:position])


@cache
def _look(places: tuple[int, ...]) -> Callable[[Spread], Any]:
    return itemgetter(*places)


class Tree(Generic[T]):
    """What is remembered of one action."""

    __slots__ = ("root",)

    def __init__(self) -> None:
        self.root: Node[T] = Node()

    def recall(self, spread: Spread) -> tuple[T, ...] | None:
        """What is remembered for this state, for every choice in order; None where something of it is not known."""
        return _below(self.root, spread)

    def learn(self, world: World, found: T | None) -> None:
        """Remembers the segment just run (before it is rolled back); None: it is impossible."""
        if world.unmemorable:
            return
        way = list(_way(world))
        node, at = self.root, 0
        while node.place != UNKNOWN:
            for position, (place, number) in enumerate(zip(node.places, node.ids, strict=True)):
                _expect(place, way[at][0])
                if way[at][1] != number:
                    node.split(position)
                    break
                at += 1
            _expect(node.place, way[at][0])
            if node.branches is None:
                break
            node = node.branches.setdefault(way[at][1], Node())
            at += 1
        _grow(node, way[at:], () if found is None else (found,))


def _below(node: Node[T] | None, spread: Spread) -> tuple[T, ...] | None:
    """What is remembered below a node for a state."""
    while node is not None:
        look = node.look
        if look is not None and look(spread) != node.seen:
            return None
        place = node.place
        if place >= 0:
            node = node.branches.get(spread[place])  # type: ignore[union-attr]
        elif place == LEAF:
            return node.found
        elif place == CHOICE:
            return _every(node, spread)
        else:
            return None
    return None


def _every(node: Node[T], spread: Spread) -> tuple[T, ...] | None:
    """What is remembered below a choice."""
    found: tuple[T, ...] = ()
    for _, branch in sorted((node.branches or {}).items()):
        below = _below(branch, spread)
        if below is None:
            return None
        found += below
    return found


# -- learning --------------------------------------------------------------------------------------------------

#: What a segment read and chose: a place and what was there, or :data:`CHOICE`, what was chosen, of how many.
Way = tuple[int, int, int]


def _way(world: World) -> Iterator[Way]:
    """What the segment just run read and chose, in order, and a leaf at the end."""
    choices = iter([*world.choices, (0, 0, -1)])
    options, chosen, position = next(choices)
    for number, (read, seen) in enumerate([*world.reads.items(), (None, 0)]):
        while position == number:
            yield CHOICE, chosen, options
            options, chosen, position = next(choices)
        yield LEAF if read is None else place_of(read), seen, 0


def _grow(node: Node[T], way: list[Way], found: tuple[T, ...]) -> None:
    """Writes the rest of a way where nothing is known yet, or anew into a leaf."""
    reads: list[tuple[int, int]] = []
    for place, number, options in way:
        if place >= 0:
            reads.append((place, number))
            continue
        if node.place == UNKNOWN:
            node.read(tuple(place for place, _ in reads), tuple(number for _, number in reads))
        if place == LEAF:
            node.place, node.found = LEAF, found
        else:
            node.place, node.branches = CHOICE, {option: Node() for option in range(options)}
            node, reads = node.branches[number], []


_MEANT = {CHOICE: "made a choice", LEAF: "ended"}


def _expect(known: int, now: int) -> None:
    if now != known:
        meant, means = (_MEANT.get(place, f"read place {place}") for place in (known, now))
        raise ModelError(f"a segment that had read the same values {meant} at one time and {means} at another: hidden state")
