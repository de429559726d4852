"""Random orders of what may happen, the same for two drivers: calls, interrupts, workers, crashes, at register accesses too.

A *move* is an action, run on to the next register access of the context it starts or lets go on, or to where that waits
or ends.  What comes between two register accesses differs between a driver in C and one in Python; the moves do not.
"""

from __future__ import annotations

import random
from typing import Any

from irqlab.explore.linux import INTERRUPT, LinuxModel
from irqlab.kernel.context import Context
from irqlab.state import End, Tape, World


class Walker:
    """One model, walked by names of moves."""

    def __init__(self, model: LinuxModel) -> None:
        self.model, self.world = model, model.world
        self.world.step = self._step  # type: ignore[method-assign]
        self.tape: Tape | None = None
        self.first = model.world.state()
        self.accesses: list[tuple[str, str, str, int]] = []
        self.signals: list[str] = []

    def restart(self) -> None:
        """Back to the state after the first boot."""
        self.world.restore(self.first)
        self.accesses, self.signals = [], []

    # -- Recorder: what is heard --------------------------------------------------------------------------------

    def call(self, name: str, args: tuple[Any, ...]) -> None: ...
    def reopen(self, name: str, args: tuple[Any, ...]) -> None: ...
    def result(self, name: str, result: Any) -> None: ...

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        if kind in ("read", "write"):
            self.accesses.append((kind, facts["block"], facts["register"], facts["value"]))

    # -- moves --------------------------------------------------------------------------------------------------

    def _step(self, *args: Any) -> Tape:
        """Stops at every register access where something may come between, whatever was touched before it."""
        may_stop = self.world.may_stop

        def may(kind: str) -> bool:
            if kind.startswith(("readl", "writel")):
                self.world.touches += 1
            return may_stop(kind)

        self.world.may_stop = may
        self.tape = World.step(self.world, *args)
        return self.tape

    def _segment(self, name: str) -> bool:
        """Tries one action; the state is as before if it is not possible."""
        action = self.model.named(name)
        if action is None or (action.slot >= 0 and not self.world.vector[action.slot]):
            return False
        self.tape = None
        self.world.begin()
        self.world.recorder = self
        try:
            done = bool(action.run())
        finally:
            self.world.recorder = None
        if not done:
            self.world.abandon()
            return False
        self.signals.extend(kind for kind, _ in self.world.signals)
        self.world.commit()
        return True

    def possible(self) -> list[str]:
        """The moves that are possible now."""
        before, heard, told = self.world.state(), list(self.accesses), list(self.signals)
        names = []
        for action in list(self.model.actions()):
            if self._segment(action.name):
                names.append(action.name)
                self.world.restore(before)
        self.accesses, self.signals = heard, told
        return names

    def move(self, name: str) -> bool:
        """Makes a move: runs on to a register access, to where the context waits, or to its end."""
        if not self._segment(name):
            return False
        while self.tape is not None and self.tape.end is End.POINT and not self.tape.why.startswith(("readl", "writel")):
            context = self.tape.context
            assert isinstance(context, Context)
            if not self._segment(f"{context.name} goes on") and not self._segment(INTERRUPT):
                break
        return True


def walk(walkers: tuple[Walker, Walker], seed: int, length: int) -> list[str]:
    """One random order, made by both; the moves."""
    chance = random.Random(seed)
    for walker in walkers:
        walker.restart()
    made: list[str] = []
    for _ in range(length):
        possible = [walker.possible() for walker in walkers]
        assert possible[0] == possible[1], (made, possible)
        if not possible[0]:
            break
        calm = [name for name in possible[0] if not name.startswith(("crash", "task kexec"))]
        name = chance.choice(calm if calm and chance.random() < 0.9 else possible[0])
        made.append(name)
        moved = [walker.move(name) for walker in walkers]
        assert moved == [True, True], (made, name)
        assert walkers[0].accesses == walkers[1].accesses, made
        assert walkers[0].signals == walkers[1].signals, made
    return made
