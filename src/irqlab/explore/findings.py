"""From an exploration to findings: one for each distinct cause, each with the shortest way to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from irqlab.explore.closure import Closure, Lasso
from irqlab.explore.graph import Step
from irqlab.explore.linux import INTERRUPT, LinuxModel
from irqlab.explore.search import Exploration
from irqlab.kernel.crash import CAUSES
from irqlab.properties import Breach, forever, judge, unknown


@dataclass(frozen=True)
class Finding:
    """One broken promise with its proof.

    :ivar steps: the actions from the first state to the breach (its last step breaks it, or leads into the circle).
    :ivar circle: what then goes on for ever (empty where the kernel rests, and for breaches of a single step).
    """

    breach: Breach
    steps: tuple[Step, ...]
    circle: tuple[Step, ...] = ()
    crash: str = ""

    @property
    def depth(self) -> int:
        return len(self.steps)


@dataclass
class Findings:
    """What an exploration found: broken promises, notes, and what is not known."""

    broken: list[Finding] = field(default_factory=list)
    notes: list[Finding] = field(default_factory=list)
    #: What was reached and is not modelled, with how often it was told apart.
    unknown: dict[str, int] = field(default_factory=dict)


def collect(model: LinuxModel, exploration: Exploration) -> Findings:
    """All findings of an exploration, shortest first within a rule."""
    found: dict[tuple[str, ...], Finding] = {}
    result = Findings()
    graph = exploration.graph
    for sighting in exploration.sightings:
        kind, pairs = sighting.signal
        facts = dict(pairs)
        if kind in unknown.KINDS:
            told = unknown.tell(kind, facts)
            result.unknown[told] = result.unknown.get(told, 0) + 1
            continue
        breach = judge(kind, facts)
        if breach is None:
            continue
        crash = str(facts.get("crash", ""))
        known = found.get(breach.key)
        if known is not None and (_weakness(known.crash), known.depth) <= (_weakness(crash), sighting.depth):
            continue
        steps = graph.path(sighting.state)
        if sighting.action:
            steps.append(Step(sighting.action, sighting.script if any(sighting.script) else ()))
        found[breach.key] = Finding(breach, tuple(steps), (), crash)
    for finding in _for_good(model, exploration):
        known = found.get(finding.breach.key)
        if known is None or finding.depth < known.depth:
            found[finding.breach.key] = finding
    for finding in sorted(found.values(), key=lambda f: (f.breach.rule, f.depth, f.breach.key)):
        (result.notes if finding.breach.note else result.broken).append(finding)
    return result


def _weakness(crash: str) -> int:
    return CAUSES.index(crash) if crash in CAUSES else -1


def _for_good(model: LinuxModel, exploration: Exploration) -> list[Finding]:
    """Findings about what the kernel comes to by itself: of each the first, with the shortest way to it."""
    graph, world, k = exploration.graph, model.world, model.k
    complete = exploration.expanded
    closure = Closure(graph, complete)
    findings: dict[tuple[str, ...], Finding] = {}

    def look(state: int) -> frozenset[tuple[str, ...]]:
        world.restore(graph.states[state])
        return forever.look(k)

    def add(breach: Breach | None, lasso: Lasso) -> None:
        if breach is None:
            return
        known = findings.get(breach.key)
        if known is None or graph.depth[lasso.state] < known.depth:
            crash = k.system.crash if k.system.exists else ""
            findings[breach.key] = Finding(breach, tuple(graph.path(lasso.state)), lasso.circle, crash)

    for lasso, part in closure.for_good(look):
        if lasso.fact[0] == "waits" and closure.delivers(part, INTERRUPT):
            continue  # interrupts leave it no time: that is told as a storm
        if lasso.fact[0] == "line-up" and any(lasso.fact[1] in label for label in closure.happens(part, "handler")):
            continue
        world.restore(graph.states[lasso.state])
        add(forever.judge(lasso.fact[0], {"fact": lasso.fact, "holders": forever.holders(k)}), lasso)
    for lasso in closure.storms(lambda action: action == INTERRUPT or action.startswith("hardirq ")):
        world.restore(graph.states[lasso.state])
        boot = bool(k.system.boot)
        names = sorted(name for name in _handled(closure, lasso))
        add(forever.judge_storm(boot, tuple(names), bool(names), forever.open_though_masked(k)), lasso)
    return list(findings.values())


def _handled(closure: Closure, lasso: Lasso) -> set[str]:
    """Names of the actions whose handlers run in a circle of deliveries."""
    graph, state = closure.graph, lasso.state
    names: set[str] = set()
    for step in lasso.circle:
        for target, action, label in closure.edges(state):
            if action == step.action:
                for kind, facts in graph.labels[label]:
                    if kind == "handler":
                        names.update(str(value) for name, value in facts if name == "name")
                state = target
                break
    return names
