"""Remembering segments by what they read (the slow form).

What is remembered of an action is a decision tree, not a key: a node names the slot the code reads next, its branches
are the ids seen there; a choice branches the same way; a leaf holds what the segment did.  A segment that reads the
same values does the same thing, *if* nothing reads a state by a back door: that is what exploring with and without
remembering proves (``tests/explore/test_memo.py``).
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from irqlab.explore.action import Action, Signal
from irqlab.state import World

Delta = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one run of a segment did: slots that changed, what it signalled, the choices it was given."""

    delta: Delta
    signals: tuple[Signal, ...]
    script: tuple[int, ...]


class _Node:
    __slots__ = ("branches", "outcome", "slot")

    def __init__(self) -> None:
        #: The slot read here; -1 for a choice, -2 while unknown, -3 for a leaf.
        self.slot = -2
        self.branches: dict[int, _Node] = {}
        self.outcome: Outcome | None = None


@dataclass
class Memo:
    """Decision trees, one an action."""

    trees: dict[Action, _Node] = field(default_factory=dict)
    hits: int = 0
    misses: int = 0

    def recall(self, action: Action, vector: array[int]) -> list[Outcome | None] | None:
        """What the action does in this state: None if not known, ``[None]`` if it is impossible here."""
        node = self.trees.get(action)
        if node is None:
            self.misses += 1
            return None
        found: list[Outcome | None] = []
        if not _walk(node, vector, found):
            self.misses += 1
            return None
        self.hits += 1
        if len(found) > 1:
            found.sort(key=lambda outcome: outcome.script if outcome else ())
        return found

    def learn(self, action: Action, world: World, outcome: Outcome | None) -> None:
        """Remembers the segment just run (before it is rolled back)."""
        if world.unmemorable:
            return
        node = self.trees.setdefault(action, _Node())
        choices = list(world.choices)
        for position, (slot, number) in enumerate(world.reads.items()):
            node = _choose(node, choices, position)
            node = _branch(node, slot, number)
        node = _choose(node, choices, len(world.reads))
        assert node.slot in (-2, -3), "a segment that had read the same values stopped reading: hidden state"
        node.slot = -3
        node.outcome = outcome


def _choose(node: _Node, choices: list[tuple[int, int, int]], position: int) -> _Node:
    while choices and choices[0][2] == position:
        options, chosen, _ = choices.pop(0)
        assert node.slot in (-2, -1), "a segment that had read the same values chose something else: hidden state"
        node.slot = -1
        for option in range(options):
            node.branches.setdefault(option, _Node())
        node = node.branches[chosen]
    return node


def _branch(node: _Node, slot: int, number: int) -> _Node:
    if node.slot == -2:
        node.slot = slot
    assert node.slot == slot, "a segment that had read the same values read another slot: hidden state"
    return node.branches.setdefault(number, _Node())


def _walk(node: _Node, vector: array[int], found: list[Outcome | None]) -> bool:
    known = len(vector)
    while True:
        slot = node.slot
        if slot >= 0:
            branch = node.branches.get(vector[slot] if slot < known else 0)
            if branch is None:
                return False
            node = branch
        elif slot == -3:
            found.append(node.outcome)
            return True
        elif slot == -1:
            return all(_walk(branch, vector, found) for _, branch in sorted(node.branches.items()))
        else:
            return False
