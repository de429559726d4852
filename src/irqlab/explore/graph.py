"""What was explored: states, how each was reached, and the steps the kernel takes by itself."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from irqlab.explore.action import Action, Signal
from irqlab.state import State

Label = tuple[Signal, ...]


@dataclass(frozen=True)
class Step:
    """One step of a trace: the action by name, and the choices the world made in it."""

    action: str
    script: tuple[int, ...] = ()


@dataclass
class Graph:
    """States in breadth-first order.

    :ivar parent: the state each was first reached from, by which action, with which choices.
    :ivar edges: steps of the kernel's own: ``first[i]`` to ``first[i + 1]`` are those of state ``i``.
    """

    states: list[State] = field(default_factory=list)
    number: dict[State, int] = field(default_factory=dict)
    parent: array[int] = field(default_factory=lambda: array("I"))
    by: array[int] = field(default_factory=lambda: array("H"))
    depth: array[int] = field(default_factory=lambda: array("I"))
    scripts: dict[int, tuple[int, ...]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    _name: dict[str, int] = field(default_factory=dict)
    first: array[int] = field(default_factory=lambda: array("I", [0]))
    target: array[int] = field(default_factory=lambda: array("I"))
    label: array[int] = field(default_factory=lambda: array("I"))
    action: array[int] = field(default_factory=lambda: array("H"))
    labels: list[Label] = field(default_factory=lambda: [()])
    _label: dict[Label, int] = field(default_factory=lambda: {(): 0})

    def name_id(self, action: Action) -> int:
        """A small number for an action's name."""
        number = self._name.get(action.name)
        if number is None:
            number = self._name[action.name] = len(self.names)
            self.names.append(action.name)
        return number

    def add(self, state: State, parent: int, action: int, script: tuple[int, ...]) -> tuple[int, bool]:
        """The number of a state, and whether it is new."""
        found = self.number.get(state)
        if found is not None:
            return found, False
        number = len(self.states)
        self.number[state] = number
        self.states.append(state)
        self.parent.append(max(parent, 0))
        self.by.append(action)
        self.depth.append(self.depth[parent] + 1 if parent >= 0 else 0)
        if any(script):
            self.scripts[number] = script
        return number, True

    def label_id(self, label: Label) -> int:
        """A small number for what a step of the kernel's own signals."""
        number = self._label.get(label)
        if number is None:
            number = self._label[label] = len(self.labels)
            self.labels.append(label)
        return number

    def edge(self, target: int, action: int, label: int) -> None:
        """One step the kernel takes by itself from the state being expanded."""
        self.target.append(target)
        self.action.append(action)
        self.label.append(label)

    def expanded(self) -> None:
        """All steps of the next state have been noted."""
        self.first.append(len(self.target))

    def path(self, number: int) -> list[Step]:
        """The steps from the first state to a state."""
        steps = []
        while number:
            steps.append(Step(self.names[self.by[number]], self.scripts.get(number, ())))
            number = self.parent[number]
        return steps[::-1]
