"""Breadth-first search over whole states, so that the first trace to anything is a shortest one."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from irqlab.explore.action import Action, Model, Signal
from irqlab.explore.candidate import Candidate, Outcome
from irqlab.explore.graph import Graph
from irqlab.explore.memo import Tree
from irqlab.state import State
from irqlab.state.chunks import Spread


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

#: Called now and then with states, states still to expand, and depth; may raise KeyboardInterrupt.
Progress = Callable[[int, int, int], None]


class Search:
    """One exploration of a model."""

    def __init__(
        self, model: Model, bounds: Bounds | None = None, *, memo: bool = False, progress: Progress | None = None
    ) -> None:
        self.model = model
        self.world = model.world
        self.bounds = bounds or Bounds()
        self.memo = memo
        self.progress = progress
        self.result = Exploration(Graph())
        self._seen: set[Signal] = set()
        self._conditions: Tree[int] = Tree()
        self._trees: dict[Action, Tree[Outcome]] = {}
        self._checks = [Candidate(check, 0, self._tree(check)) for check in model.checks()]
        self._actions: list[Action] = []
        #: The candidates by the conditions that hold.
        self._plans: dict[int, list[Candidate]] = {}

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

    # -- one state ---------------------------------------------------------------------------------------------

    def _expand(self, number: int) -> None:
        graph, world, result = self.result.graph, self.world, self.result
        state = graph.states[number]
        if not self.memo:
            world.restore(state)
        spread = world.spread(state)
        for check in self._checks:
            if check.place < 0 or not spread[check.place]:  # its slot must be empty: see LinuxModel.checks
                self._outcomes(check, "", number, spread)
        limit = self.bounds.states
        for one in self._plan(self._holding(state, spread), spread):
            if one.place >= 0:
                record = spread[one.place]
                allowed = one.allowed.get(record)
                if not (one.allows(world, record) if allowed is None else allowed):
                    continue
            for outcome in self._outcomes(one, one.action.name, number, spread):
                result.successors += 1
                target, new = graph.add(outcome.successor(world, state), number, one.name, outcome.script)
                if one.own:
                    graph.edge(target, one.name, outcome.label)
                if new and limit is not None and len(graph.states) >= limit:
                    result.stopped = f"--max-states {limit} reached"
        graph.expanded()

    def _plan(self, conditions: int, spread: Spread) -> list[Candidate]:
        """The actions whose needs these conditions meet."""
        actions = self.model.actions()
        if actions is not self._actions:
            self._actions, self._plans = actions, {}
            self._widen(spread)
        plan = self._plans.get(conditions)
        if plan is None:
            name = self.result.graph.name_id
            possible = [action for action in actions if not action.needs & ~conditions]
            plan = self._plans[conditions] = [Candidate(action, name(action), self._tree(action)) for action in possible]
        return plan

    def _tree(self, action: Action) -> Tree[Outcome] | None:
        """What is remembered of an action, if anything is to be."""
        return self._trees.setdefault(action, Tree()) if self.memo else None

    def _holding(self, state: State, spread: Spread) -> int:
        """The conditions that hold in a state."""
        world = self.world
        if self.memo:
            known = self._conditions.recall(spread)
            if known is not None:
                return known[0]
            world.restore(state)
        world.begin()
        conditions = self.model.conditions()
        if self.memo:
            self._conditions.learn(world, conditions)
            self._widen(spread)
        world.abandon()
        return conditions

    def _outcomes(self, one: Candidate, told: str, number: int, spread: Spread) -> Sequence[Outcome]:
        """What an action does in a state, run if it is not known; what it signals then is seen.

        :param told: what it is called in a sighting; empty for a check.
        """
        if one.tree is not None:
            known = one.tree.recall(spread)
            if known is not None:
                return known
            self.world.restore(self.result.graph.states[number])
        outcomes = self.outcomes(one.action, one.tree)
        if 2 * len(self.world.vector) > len(spread):
            self._widen(spread)
        for outcome in outcomes:
            for signal in outcome.signals:
                self._saw(signal, number, told, outcome.script if told else ())
        return outcomes

    def _widen(self, spread: Spread) -> None:
        """Slots that have come to be known since a state was spread out are empty in it."""
        spread.frombytes(bytes(4 * (2 * len(self.world.vector) - len(spread))))

    def _saw(self, signal: Signal, number: int, action: str, script: tuple[int, ...]) -> None:
        if signal not in self._seen:
            self._seen.add(signal)
            depth = self.result.graph.depth[number]
            self.result.sightings.append(Sighting(signal, number, action, script, depth + (1 if action else 0)))

    # -- running -----------------------------------------------------------------------------------------------

    def outcomes(self, action: Action, tree: Tree[Outcome] | None = None) -> Sequence[Outcome]:
        """Runs an action once for every way the world may choose in it; leaves the World as it was.

        :param tree: where to remember it.
        """
        first = self._run(action, tree, ())
        if first is None:
            return ()
        if not first.script:
            return (first,)
        outcomes = [first]
        scripts = self._others(first, 0)
        while scripts:
            script = scripts.pop()
            outcome = self._run(action, tree, script)
            if outcome is not None:
                outcomes.append(outcome)
                scripts += self._others(outcome, len(script))
        return sorted(outcomes, key=lambda outcome: outcome.script)

    def _others(self, outcome: Outcome, given: int) -> list[tuple[int, ...]]:
        """What else might have been chosen in the run just made, past the choices it was given."""
        choices = enumerate(self.world.choices)
        later = [(position, options) for position, (options, _, _) in choices if position >= given]
        return [(*outcome.script[:position], option) for position, options in later for option in range(1, options)]

    def _run(self, action: Action, tree: Tree[Outcome] | None, script: tuple[int, ...]) -> Outcome | None:
        """Runs an action once; None where it is impossible."""
        world = self.world
        world.begin(script)
        if not action.go():
            if tree is not None:
                tree.learn(world, None)
            world.abandon()
            return None
        self.result.segments += 1
        delta = world.commit()
        signals, label = tuple(world.signals), 0
        if signals:
            label = self.result.graph.label_id(tuple([signal for signal in signals if signal[0] in LABELS]))
        outcome = Outcome(delta, world.kept, signals, tuple([chosen for _, chosen, _ in world.choices]), label)
        if tree is not None:
            outcome.parts = world.chunks.parts(delta)
            tree.learn(world, outcome)
        else:
            outcome.after = world.state()
        world.rollback()
        return outcome


def resident() -> int:
    """Resident memory of this process, in MiB."""
    if sys.platform == "linux":
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize() >> 20
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10


def explore(model: Model, bounds: Bounds | None = None, *, memo: bool = False, progress: Progress | None = None) -> Exploration:
    """Explores ``model`` from the state its World is in."""
    return Search(model, bounds, memo=memo, progress=progress).run()
