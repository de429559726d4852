"""What the kernel comes to when nobody but the kernel moves: rules that no single step can break.

The steps the kernel takes by itself (calls going on, workers, timers, threads, deliveries) form a graph.  Whatever
happens, it ends up in a *terminal* strongly connected part: states it circles in for ever, or one state where it rests.
What is true in every state of such a part is true for good, until somebody from outside acts.

The trace of such a finding is a lasso: a way in, and a circle (empty where the kernel rests).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from irqlab.explore.graph import Graph, Step

Look = Callable[[int], frozenset[tuple[str, ...]]]


@dataclass(frozen=True)
class Lasso:
    """Something that holds for good: the state where the circle begins, and the circle."""

    fact: tuple[str, ...]
    state: int
    circle: tuple[Step, ...] = ()


class Closure:
    """The kernel's own steps of an exploration, and their terminal parts."""

    def __init__(self, graph: Graph, complete: int) -> None:
        """:param complete: how many states were expanded; the rest are not judged."""
        self.graph = graph
        self.complete = complete
        self._first = np.frombuffer(graph.first, dtype=np.uint32).astype(np.int64)
        self._target = np.frombuffer(graph.target, dtype=np.uint32).astype(np.int64) if graph.target else np.zeros(0, np.int64)
        size = len(graph.states)
        matrix = csr_matrix(
            (np.ones(len(self._target), dtype=np.int8), self._target, self._first[: size + 1]), shape=(size, size)
        )
        self.parts, self._part = connected_components(matrix, directed=True, connection="strong")
        self._source = source = np.repeat(np.arange(size), np.diff(self._first[: size + 1]))
        leaves = self._part[source] != self._part[self._target]
        terminal = np.ones(self.parts, dtype=bool)
        terminal[self._part[source[leaves]]] = False
        terminal[self._part[complete:]] = False
        self._terminal = terminal

    def terminal_parts(self) -> Iterator[list[int]]:
        """The states of each terminal part, the parts in the order in which they were first reached."""
        members: dict[int, list[int]] = {}
        for state in np.flatnonzero(self._terminal[self._part]):
            members.setdefault(int(self._part[state]), []).append(int(state))
        yield from sorted(members.values(), key=lambda states: states[0])

    def edges(self, state: int) -> Iterator[tuple[int, str, int]]:
        """The kernel's own steps from a state: target, action, label number."""
        graph = self.graph
        for edge in range(graph.first[state], graph.first[state + 1]):
            yield graph.target[edge], graph.names[graph.action[edge]], graph.label[edge]

    def happens(self, part: list[int], kind: str) -> set[tuple[str, ...]]:
        """What labels of a kind the steps inside a part carry, as tuples of text."""
        inside = set(part)
        found: set[tuple[str, ...]] = set()
        for state in part:
            for target, _, label in self.edges(state):
                if target in inside:
                    for signal, facts in self.graph.labels[label]:
                        if signal == kind:
                            found.add(tuple(str(value) for name, value in facts if name in ("irq", "name")))
        return found

    def delivers(self, part: list[int], interrupt: str) -> bool:
        """Whether interrupts are taken inside a part."""
        inside = set(part)
        return any(action == interrupt and target in inside for state in part for target, action, _ in self.edges(state))

    def circle(self, start: int, allowed: Callable[[int, str], bool]) -> tuple[Step, ...] | None:
        """A shortest way from a state back to itself over allowed steps; None if there is none."""
        came: dict[int, tuple[int, str]] = {}
        queue = [start]
        for state in queue:
            for target, action, _ in self.edges(state):
                if not allowed(target, action):
                    continue
                if target == start:
                    steps = [Step(action)]
                    while state != start:
                        state, action = came[state]
                        steps.append(Step(action))
                    return tuple(reversed(steps))
                if target not in came:
                    came[target] = (state, action)
                    queue.append(target)
        return None

    def storms(self, delivery: Callable[[str], bool]) -> Iterator[Lasso]:
        """Circles made of deliveries alone: the line is never quieted, and nothing else gets to run."""
        graph, size = self.graph, len(self.graph.states)
        deliveries = [number for number, name in enumerate(graph.names) if delivery(name)]
        kept = np.isin(np.frombuffer(graph.action, dtype=np.uint16), deliveries) if graph.action else np.zeros(0, bool)
        kept &= self._source < self.complete
        source, target = self._source[kept], self._target[kept]
        matrix = csr_matrix((np.ones(len(source), dtype=np.int8), (source, target)), shape=(size, size))
        _, part = connected_components(matrix, directed=True, connection="strong")
        for state in map(int, np.unique(source[part[source] == part[target]])):
            circle = self.circle(state, lambda target, action: delivery(action))
            if circle is not None:
                yield Lasso(("storm",), state, circle)

    def for_good(self, look: Look) -> Iterator[tuple[Lasso, list[int]]]:
        """Facts that hold in every state of a terminal part, with the part."""
        for part in self.terminal_parts():
            facts = look(part[0])
            for state in part[1:]:
                if not facts:
                    break
                facts &= look(state)
            if not facts:
                continue
            inside = set(part)
            circle = self.circle(part[0], lambda target, action, inside=inside: target in inside)  # type: ignore[misc]
            for fact in sorted(facts):
                yield Lasso(fact, part[0], circle or ()), part
