"""A second, naive enumerator: what the search is held against.

It shares nothing with :mod:`irqlab.explore.search` but the models.  A state is a whole model, copied deeply
(:func:`copy.deepcopy`, or :mod:`pickle` where that takes too long) for every step that is tried; two states are one
if their readable dumps are equal.  Nothing is interned, committed, rolled back, restored or remembered: the tables
the World interns in are thrown away before the first step.  An action that names a Record without which it is
impossible is tried all the same, and must prove to be.

Only what is fixed before the first state is shared between the copies: statics (operation tables compare by
identity), the board's text, configuration.
"""

from __future__ import annotations

import copy
import gc
import io
import pickle
import sys
import types
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from irqlab.errors import ModelError
from irqlab.explore.action import Action, Signal
from irqlab.explore.scope import Scope
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import Release
from irqlab.state import Record, Static, World, readable

#: Text and settings; statics too, but not by name.
_TEXTS = (Release, Config, Scope)

Dump = tuple[Any, ...]

#: How the shortest way to a state goes: the state before, the action, the choices.
Way = tuple[Dump, str, tuple[int, ...]]


@dataclass
class Enumeration:
    """What the naive enumerator saw."""

    depth: dict[Dump, int] = field(default_factory=dict)
    way: dict[Dump, Way] = field(default_factory=dict)
    successors: int = 0
    #: What was signalled, and how deep the first step or state that did.
    signals: dict[Any, int] = field(default_factory=dict)

    @property
    def states(self) -> int:
        return len(self.depth)


def fixed() -> dict[int, Any]:
    """What copies share, by identity (the form of deepcopy's memo): statics from which no World can be reached."""
    statics = [thing for thing in gc.get_objects() if isinstance(thing, (*_TEXTS, Static))]
    return {id(thing): thing for thing in statics if not _reaches_a_world(thing)}


def _reaches_a_world(thing: Any) -> bool:
    seen, queue = {id(thing)}, [thing]
    for one in queue:
        if isinstance(one, (World, Record)):
            return True
        for other in gc.get_referents(one):
            if id(other) not in seen and not isinstance(other, (type, types.FunctionType, types.ModuleType)):
                seen.add(id(other))
                queue.append(other)
    return False


def spoken(signal: Signal) -> tuple[Any, ...]:
    """A signal with handles replaced by their names: it means the same in every World."""
    kind, facts = signal
    return kind, tuple((name, readable(value)) for name, value in facts)


def no_stop(kind: str) -> bool:
    return False


def no_matter(record: Record) -> None:
    return None


def no_wait(why: str) -> None:
    return None


class Copier:
    """Copies whole models with :func:`copy.deepcopy`."""

    def __init__(self) -> None:
        self.keep = fixed()

    def clean(self, model: Any) -> None:
        """Takes out what belongs to the segment that was run last."""
        world = model.world
        world.may_stop, world.before_wait = no_stop, no_wait  # closures over one World; set anew for every step
        if isinstance(world.on_absent, types.FunctionType):
            world.on_absent = no_matter
        world.reads, world.dirty, world.signals, world.choices = {}, {}, [], []

    def store(self, model: Any) -> Any:
        """A copy that is kept: what a state is."""
        return self.copy(model)

    def copy(self, stored: Any) -> Any:
        """A model to try a step with."""
        self.clean(stored)
        return copy.deepcopy(stored, dict(self.keep))


class QuickCopier(Copier):
    """The same with :mod:`pickle`, which copies as deeply and is written in C: once a state, then once a step."""

    def store(self, model: Any) -> bytes:
        self.clean(model)
        keep, stored = self.keep, io.BytesIO()

        class Pickler(pickle.Pickler):
            def persistent_id(self, thing: Any) -> int | None:
                return id(thing) if id(thing) in keep else None

        Pickler(stored, protocol=5).dump(model)
        return stored.getvalue()

    def copy(self, stored: bytes) -> Any:
        keep = self.keep

        class Unpickler(pickle.Unpickler):
            def persistent_load(self, number: int) -> Any:
                return keep[number]

        return Unpickler(io.BytesIO(stored)).load()


def enumerate_states(model: Any, copier: Copier | None = None, *, depth: int | None = None) -> Enumeration:
    """Every state that can be reached (in at most ``depth`` steps), level by level."""
    sys.setrecursionlimit(max(sys.getrecursionlimit(), 20_000))
    copier = copier or QuickCopier()
    model.world._tables, model.world._values = {}, {}
    result = Enumeration()
    start = model.world.dump()
    result.depth[start] = 0
    queue: deque[tuple[Dump, Any]] = deque([(start, copier.store(model))])
    while queue:
        dump, here = queue.popleft()
        _look(result, dump, here, copier)
        if depth is not None and result.depth[dump] >= depth:
            continue
        for name, script, there in _steps(here, copier):
            result.successors += 1
            for signal in map(spoken, there.world.signals):
                result.signals.setdefault(signal, result.depth[dump] + 1)
            reached = there.world.dump()
            if reached not in result.depth:
                result.depth[reached] = result.depth[dump] + 1
                result.way[reached] = (dump, name, script)
                queue.append((reached, copier.store(there)))
    return result


def _look(result: Enumeration, dump: Dump, here: Any, copier: Copier) -> None:
    """What the checks say of a state; they look at one in which no call is under way."""
    if any(kind == "Context" for kind, _, _ in dump):
        return
    there = copier.copy(here)
    for check in there.checks():
        there.world.begin()
        check.run()
        assert not there.world.dirty, f"the check {check.name} wrote"
        for signal in map(spoken, there.world.signals):
            result.signals.setdefault(signal, result.depth[dump])


def _run(action: Action, model: Any) -> bool:
    if action.slot < 0 or model.world.slot(action.slot)._values is not None:
        return action.run()
    try:
        possible = action.run()
    except ModelError as error:
        assert "was used while it does not exist" in str(error)  # what a call spared would have come to
        model.world.dirty[-1] = None  # nobody knows what it did: this copy is spent
        return False
    assert not possible, f"{action.name} is possible without {model.world.slot(action.slot).label}"
    return False


def _steps(here: Any, copier: Copier) -> Iterator[tuple[str, tuple[int, ...], Any]]:
    """Every way every action can go from here: name, choices, and the model afterwards."""
    fresh = copier.copy(here)
    for number in range(len(fresh.actions())):
        scripts: list[tuple[int, ...]] = [()]
        while scripts:
            script = scripts.pop()
            there = fresh or copier.copy(here)
            action = there.actions()[number]
            there.world.begin(script)
            possible = _run(action, there)
            fresh = None if possible or there.world.dirty else there  # a copy that was written to is spent
            if not possible:
                continue
            choices = there.world.choices
            chosen = tuple(choice for _, choice, _ in choices)
            yield action.name, chosen, there
            for position in range(len(script), len(chosen)):
                for option in range(1, choices[position][0]):
                    scripts.append((*chosen[:position], option))
