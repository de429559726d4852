"""What a driver and the mask loop cost, over everything an exploration reaches: what a cure is paid with.

Time is an order here, not a number: what is told of the chip is when it can be off and what resumes it; of the mask loop the
most register accesses, resumes and forbidden sleeps of one run of it, over every crash whose loop runs to its end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from irqlab.drivers import consumer
from irqlab.explore.linux import LinuxModel
from irqlab.explore.search import Exploration
from irqlab.kernel.context import Context
from irqlab.kernel.pm.power import RESUMING, SUSPENDED, RpmState
from irqlab.properties.balance import controllers, lines_in_use
from irqlab.state import World
from irqlab.verdict.experiment import Experiment
from irqlab.verdict.observe import Deaf, at_rest


@dataclass(frozen=True)
class Costs:
    """What an exploration says of the price.

    :ivar off_unused: a controller can be runtime-suspended while nobody uses a line of it; ``off_used``: while somebody does.
    :ivar resumers: who resumes it at run time.
    :ivar accesses: register accesses of one mask loop at most; ``masked`` those for lines the core believes masked.
    :ivar resumes: resumes in one mask loop at most; ``sleeps`` calls in it that may sleep.
    :ivar loops: how many crashes were looked at.
    """

    off_unused: bool = False
    off_used: bool = False
    resumers: tuple[str, ...] = ()
    accesses: int = 0
    masked: int = 0
    resumes: int = 0
    sleeps: int = 0
    loops: int = 0

    @classmethod
    def worst(cls, several: Iterable[Costs]) -> Costs:
        """The price of several explorations of the same."""
        worst = cls()
        for one in several:
            worst = cls(
                worst.off_unused or one.off_unused,
                worst.off_used or one.off_used,
                tuple(sorted({*worst.resumers, *one.resumers})),
                max(worst.accesses, one.accesses),
                max(worst.masked, one.masked),
                max(worst.resumes, one.resumes),
                max(worst.sleeps, one.sleeps),
                worst.loops + one.loops,
            )
        return worst


def costs(model: LinuxModel, exploration: Exploration) -> Costs:
    """The price of what was explored."""
    loops = list(_loops(model, exploration))

    def most(*kinds: str) -> int:
        return max((sum(counts[kind] for kind in kinds) for counts in loops), default=0)

    found = Costs(
        accesses=most("masked", "unmasked"),
        masked=most("masked"),
        resumes=most("resume"),
        sleeps=most("sleep"),
        loops=len(loops),
    )
    return replace(_power(model, exploration, found), resumers=_resumers(model, exploration))


def loop_accesses(experiment: Experiment, *, masked_only: bool) -> tuple[int, str]:
    """The most register accesses one run of the mask loop makes (on lines believed masked), and in words."""
    loops = list(_loops(experiment.model, experiment.exploration))
    masked = max((counts["masked"] for counts in loops), default=0)
    total = max((counts["masked"] + counts["unmasked"] for counts in loops), default=0)
    most = masked if masked_only else total
    words = (
        f"over {len(loops)} crashes whose mask loop ran to its end, at most {most} register accesses of one loop were for lines "
        f"already masked, of at most {total} in all"
    )
    return most, words


# -- the chip ------------------------------------------------------------------------------------------------------


def _power(model: LinuxModel, exploration: Exploration, found: Costs) -> Costs:
    """When a controller can be off while the kernel is at rest."""
    world, k = model.world, model.k
    for state in exploration.graph.states:
        if found.off_unused and found.off_used:
            break
        world.restore(state)
        if at_rest(k) and any(world.at(RpmState, device.name).status == SUSPENDED for device in controllers(k)):
            found = replace(
                found, off_used=found.off_used or bool(lines_in_use(k)), off_unused=found.off_unused or not lines_in_use(k)
            )
    return found


def _resumers(model: LinuxModel, exploration: Exploration) -> tuple[str, ...]:
    """Who resumes a controller: whose step the shortest way to a state takes in which it begins to resume."""
    world, graph = model.world, exploration.graph
    resuming: list[frozenset[str]] = []
    found: set[str] = set()
    for number, state in enumerate(graph.states):
        world.restore(state)
        now = frozenset(
            name for name in model.controllers if world.at(RpmState, name).exists and world.at(RpmState, name).status == RESUMING
        )
        resuming.append(now)
        if number and now - resuming[graph.parent[number]]:
            found.add(_who(world, graph.names[graph.by[number]]))
    return tuple(sorted(found))


#: Whose context is called what.
_ACTORS = {
    "panic": "the mask loop",
    "task sleep": "system sleep",
    "task bind": "unbind and bind",
    "task kexec": "orderly kexec",
}


def _who(world: World, action: str) -> str:
    """Whose step it was: a call of a consumer by its name, anybody else by what its context is called."""
    name = action.removesuffix(" goes on").removesuffix(" runs").partition(":")[0]
    context = world.at(Context, name)
    if context.exists and context.entry is consumer.call:
        return f"{context.args[-1]}_irq()"
    return _ACTORS.get(name, name)


# -- the mask loop -------------------------------------------------------------------------------------------------


class _Counter(Deaf):
    """Counts what a mask loop does: register accesses of chip callbacks, apart by whether the line was believed masked."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.counts: Counter[str] = Counter()

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        """A register access while a chip callback is open, a resume, a sleep."""
        subjects = self.world.tape.subjects
        if kind in ("read", "write") and subjects:
            self.counts["masked" if subjects[-1].masked else "unmasked"] += 1  # type: ignore[attr-defined]
        elif kind == "rpm_status" and facts["status"] == RESUMING:
            self.counts["resume"] += 1
        elif kind == "sleep-in-atomic":
            self.counts["sleep"] += 1


def _loops(model: LinuxModel, exploration: Exploration) -> Iterable[Counter[str]]:
    """What each mask loop did.

    Only crashes whose loop is not cut short by a dead chip count, so that costs are compared and not crashes.
    """
    world, graph = model.world, exploration.graph
    panic = world.at(Context, "panic")
    for number, state in enumerate(graph.states):
        if number == 0 or not graph.names[graph.by[number]].startswith("crash ("):
            continue
        world.restore(state)
        counter = _Counter(world)
        world.recorder = counter
        finished = _run_out(model, panic)
        world.recorder = None
        if finished and not model.k.system.hung:
            yield counter.counts
    world.restore(graph.states[0])


def _run_out(model: LinuxModel, panic: Context) -> bool:
    """Runs the crash path to its end, nobody else moving; whether it got there (it may wait for ever)."""
    world, action = model.world, model.named(f"{panic.name} goes on")
    going = True
    while going and panic.exists:
        world.begin()
        going = action is not None and action.run()
        world.commit()
    return going
