"""What the mask loop costs: register accesses of the crash path, over every crash an exploration reaches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.kernel.context import Context
from irqlab.state import World
from irqlab.verdict.experiment import Experiment


class _Counter:
    """Counts register accesses made by chip callbacks, apart by whether the line was believed masked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.masked = self.unmasked = 0

    def call(self, name: str, args: tuple[Any, ...]) -> None:
        """Not of interest."""

    def reopen(self, name: str, args: tuple[Any, ...]) -> None:
        """Not of interest."""

    def result(self, name: str, result: Any) -> None:
        """Not of interest."""

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        """A register access while a chip callback is open."""
        subjects = self.world.tape.subjects
        if kind not in ("read", "write") or not subjects:
            return
        if subjects[-1].masked:  # type: ignore[attr-defined]
            self.masked += 1
        else:
            self.unmasked += 1


def loop_accesses(experiment: Experiment, *, masked_only: bool) -> tuple[int, str]:
    """The most register accesses one run of the mask loop makes (on lines believed masked), and in words.

    Only crashes whose loop is not cut short by a dead chip count, so that costs are compared and not crashes.
    """
    model, graph = experiment.model, experiment.exploration.graph
    world = model.world
    panic = world.at(Context, "panic")
    counts: list[tuple[int, int]] = []
    for number, state in enumerate(graph.states):
        if number == 0 or not graph.names[graph.by[number]].startswith("crash ("):
            continue
        world.restore(state)
        counter = _Counter(world)
        world.recorder = counter
        world.begin()
        finished = _run_out(model.named(f"{panic.name} goes on"), world)
        world.commit()
        world.recorder = None
        hung = bool(model.k.system.hung)
        world.rollback()
        if finished and not hung:
            counts.append((counter.masked, counter.unmasked))
    most = max((masked if masked_only else masked + unmasked for masked, unmasked in counts), default=0)
    total = max((masked + unmasked for masked, unmasked in counts), default=0)
    words = (
        f"over {len(counts)} crashes whose mask loop ran to its end, at most {most} register accesses of one loop were for lines "
        f"already masked, of at most {total} in all"
    )
    return most, words


def _run_out(action: Any, world: World) -> bool:
    """Runs the crash path to its end in one segment."""
    run: Callable[[], bool] = action.run
    return run() and not world.at(Context, "panic").exists
