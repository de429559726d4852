"""What a search tries in a state, and what came of it."""

from __future__ import annotations

from irqlab.explore.action import Action, Actor, Signal
from irqlab.explore.memo import Tree
from irqlab.state import Delta, State, World
from irqlab.state.chunks import Parts, place_of
from irqlab.state.world import Kinds


class Outcome:
    """What one run of a segment did.

    :ivar delta: slots and what they hold because of it.
    :ivar kept: the kinds it kept when it deleted all others; None where it did not.
    :ivar script: the choices it was given.
    :ivar label: the number of its label in the graph.
    :ivar parts: of one that is remembered, the change by chunks; ``after`` of one that is not, the state it led to.
    """

    __slots__ = ("after", "delta", "kept", "label", "parts", "script", "signals")

    def __init__(
        self, delta: Delta, kept: Kinds | None, signals: tuple[Signal, ...], script: tuple[int, ...], label: int = 0
    ) -> None:
        self.delta, self.kept, self.signals, self.script, self.label = delta, kept, signals, script, label
        self.parts: Parts = ()
        self.after: State | None = None

    def successor(self, world: World, state: State) -> State:
        """The state it leads to."""
        if self.after is not None:
            return self.after
        return world.chunks.successor(state if self.kept is None else world.without(state, self.kept), self.parts)

    def told(self) -> tuple[object, ...]:
        """Everything about it, to be compared."""
        return self.delta, self.kept, self.signals, self.script


class Candidate:
    """An action, or a check, to be tried.

    :ivar name: the number of its name in the graph, and ``own`` whether the kernel takes it by itself.
    :ivar place: of the Record it is about, in a state that is spread out, -1 for none; and ``allowed``, whether the ids
        of that Record that were met allow it.
    :ivar tree: what is remembered of it; None where nothing is to be.
    """

    __slots__ = ("action", "allowed", "name", "own", "place", "tree")

    def __init__(self, action: Action, name: int, tree: Tree[Outcome] | None) -> None:
        self.action, self.name, self.tree = action, name, tree
        self.own = action.actor is Actor.KERNEL
        self.place = place_of(action.slot) if action.slot >= 0 else -1
        self.allowed: dict[int, bool] = {}

    def allows(self, world: World, number: int) -> bool:
        """Whether an id of its Record allows it (asked once an id)."""
        allowed = self.allowed[number] = world.holds(self.action.slot, self.action.field, number)
        return allowed
