"""What goes on in an exploration although no promise is broken by it: which chip callbacks run where, and what comes of it.

A patch that takes a call away takes its broken promises along.  So what goes on without the patch and never with it is told.

Tests: ``tests/verdict/test_deeds.py``.
"""

from __future__ import annotations

from typing import Any

from irqlab.explore.graph import Step
from irqlab.explore.linux import LinuxModel
from irqlab.explore.search import Exploration
from irqlab.explore.trace import PANIC, run
from irqlab.kernel.context import Context
from irqlab.properties.balance import lines_in_use
from irqlab.verdict.observe import Deaf

#: The chip at the root of every board.
_ROOT = "GICv3"

REQUESTED = "a line is requested"


class _Listener(Deaf):
    """Hears which callbacks of chips are called."""

    def __init__(self, found: set[str]) -> None:
        self.found, self.where = found, ""

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        """A callback."""
        if kind == "callback":
            whose = "the root controller" if facts["chip"] == _ROOT else "the driver's chip"
            self.found.add(f"{facts['callback']} of {whose}, {self.where}")


def deeds(model: LinuxModel, exploration: Exploration) -> tuple[str, ...]:
    """Everything that goes on, in words: the step that first led to each state is done again."""
    world, graph = model.world, exploration.graph
    found: set[str] = set()
    listener = _Listener(found)
    panic = world.at(Context, PANIC)
    for number, state in enumerate(graph.states):
        if not number:
            continue
        world.restore(state)
        crashed = panic.exists or bool(model.k.system.crash)
        listener.where = "on the crash path" if crashed else "while the kernel runs"
        if model.k.system.exists and lines_in_use(model.k):
            found.add(REQUESTED)
        world.restore(graph.states[graph.parent[number]])
        world.recorder = listener
        try:
            run(model, Step(graph.names[graph.by[number]], graph.scripts.get(number, ())), "again")
        finally:
            world.recorder = None
    if graph.states:
        world.restore(graph.states[0])
    return tuple(sorted(found))
