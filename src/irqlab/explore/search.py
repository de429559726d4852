"""Breadth-first search over whole states, so that the first trace to anything is a shortest one."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from irqlab.explore.action import Action, Actor, Model, Signal
from irqlab.explore.graph import Graph
from irqlab.explore.memo import Memo, Outcome


@dataclass(frozen=True)
class Bounds:
    """What may cut an exploration short (None: nothing does)."""

    states: int | None = None
    seconds: float | None = None
    depth: int | None = None
    #: Resident memory in MiB.
    memory: int | None = None


@dataclass
class Sighting:
    """Something signalled: in the step ``action`` (with ``script``) taken from state ``state``.

    An empty ``action`` means that a check saw it in the state itself.
    """

    signal: Signal
    state: int
    action: str
    script: tuple[int, ...] = ()
    depth: int = 0


@dataclass
class Exploration:
    """The result of a search."""

    graph: Graph
    sightings: list[Sighting] = field(default_factory=list)
    successors: int = 0
    segments: int = 0
    #: How many states were expanded; all of them where the scope is exhausted.
    expanded: int = 0
    #: Why the search stopped early, in plain words; empty when the scope is exhausted.
    stopped: str = ""

    @property
    def exhausted(self) -> bool:
        return not self.stopped

    @property
    def states(self) -> int:
        return len(self.graph.states)

    @property
    def levels(self) -> int:
        """Breadth-first levels below the first state."""
        return max(self.graph.depth, default=0)


#: Signals that label a step for the rules that look at what the kernel does by itself.
LABELS = frozenset({"handler", "thread-handler", "interrupt"})

Progress = Callable[[int, int, int], None]


class Search:
    """One exploration of a model.

    :param progress: called now and then with states, states still to expand, and depth.
    """

    def __init__(
        self, model: Model, bounds: Bounds | None = None, *, memo: bool = False, progress: Progress | None = None
    ) -> None:
        self.model = model
        self.world = model.world
        self.bounds = bounds or Bounds()
        self.memo = Memo() if memo else None
        self.progress = progress
        self.result = Exploration(Graph())
        self._seen: set[Signal] = set()

    def run(self) -> Exploration:
        """Explores until the scope is exhausted, a bound is hit, or the user interrupts."""
        graph, world = self.result.graph, self.world
        graph.add(world.state(), -1, 0, ())
        for signal in self.model.boot_signals:
            self._saw(signal, 0, "", ())
        started = time.monotonic()
        number = 0
        try:
            while number < len(graph.states):
                if number % 512 == 0:
                    self._watch(number, started)
                if self.result.stopped or self._too_deep(number):
                    break
                self._expand(number)
                number += 1
        except KeyboardInterrupt:
            self.result.stopped = "interrupted by the user"
        if self.result.stopped:
            depth = graph.depth[min(number, len(graph.states) - 1)]
            self.result.stopped += f" after {number} of {len(graph.states)} states were expanded, at depth {depth}"
        self.result.expanded = number
        while len(graph.first) <= len(graph.states):
            graph.expanded()
        return self.result

    def _too_deep(self, number: int) -> bool:
        limit = self.bounds.depth
        if limit is not None and self.result.graph.depth[number] >= limit:
            self.result.stopped = f"--max-depth {limit} reached"
            return True
        return False

    def _watch(self, number: int, started: float) -> None:
        bounds = self.bounds
        states = len(self.result.graph.states)
        if self.progress is not None:
            self.progress(states, states - number, self.result.graph.depth[number])
        if bounds.seconds is not None and time.monotonic() - started > bounds.seconds:
            self.result.stopped = f"--max-seconds {bounds.seconds:g} reached"
        if bounds.memory is not None and resident() > bounds.memory:
            self.result.stopped = f"--max-memory {bounds.memory} MiB reached"

    def _expand(self, number: int) -> None:
        graph, world, result = self.result.graph, self.world, self.result
        state = graph.states[number]
        if self.memo is None:
            world.restore(state)
            vector = world.vector
        else:
            vector = world.unpack(state)
        for check in self.model.checks():
            if check.slot >= 0 and check.slot < len(vector) and vector[check.slot]:
                continue  # a check's slot must be empty: see Action.slot of LinuxModel.checks
            for outcome in self._outcomes(check, state):
                for signal in outcome.signals:
                    self._saw(signal, number, "", ())
        limit = self.bounds.states
        for action in self.model.actions():
            slot = action.slot
            if slot >= 0 and (slot >= len(vector) or not vector[slot]):
                continue
            name = graph.name_id(action)
            for outcome in self._outcomes(action, state):
                result.successors += 1
                successor = world.successor(state, outcome.delta)
                target, new = graph.add(successor, number, name, outcome.script)
                for signal in outcome.signals:
                    self._saw(signal, number, action.name, outcome.script)
                if action.actor is Actor.KERNEL:
                    graph.edge(target, name, tuple(s for s in outcome.signals if s[0] in LABELS))
                if new and limit is not None and len(graph.states) >= limit:
                    result.stopped = f"--max-states {limit} reached"
        graph.expanded()

    def _saw(self, signal: Signal, number: int, action: str, script: tuple[int, ...]) -> None:
        if signal not in self._seen:
            self._seen.add(signal)
            depth = self.result.graph.depth[number]
            self.result.sightings.append(Sighting(signal, number, action, script, depth + (1 if action else 0)))

    def _outcomes(self, action: Action, state: bytes) -> Iterator[Outcome]:
        if self.memo is not None:
            known = self.memo.recall(action, self.world.unpack(state))
            if known is not None:
                yield from (outcome for outcome in known if outcome is not None)
                return
            self.world.restore(state)
        yield from self._run(action, state)

    def _run(self, action: Action, state: bytes) -> list[Outcome]:
        """Runs an action once for every way the world may choose in it; leaves the World in ``state``."""
        world = self.world
        scripts: list[tuple[int, ...]] = [()]
        outcomes: list[Outcome] = []
        while scripts:
            script = scripts.pop()
            world.begin(script)
            if not action.run():
                if self.memo is not None:
                    self.memo.learn(action, world, None)
                world.abandon()
                continue
            self.result.segments += 1
            delta = world.commit()
            chosen = tuple(choice for _, choice, _ in world.choices)
            outcome = Outcome(delta, tuple(world.signals), chosen)
            outcomes.append(outcome)
            if self.memo is not None:
                self.memo.learn(action, world, outcome)
            for position in range(len(script), len(chosen)):
                options = world.choices[position][0]
                scripts.extend((*chosen[:position], option) for option in range(1, options))
            world.rollback(delta)
        outcomes.sort(key=lambda outcome: outcome.script)
        return outcomes


def resident() -> int:
    """Resident memory of this process, in MiB."""
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() >> 20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def explore(model: Model, bounds: Bounds | None = None, *, memo: bool = False, progress: Progress | None = None) -> Exploration:
    """Explores ``model`` from the state its World is in."""
    return Search(model, bounds, memo=memo, progress=progress).run()
