"""The reference model of N interrupts on one runtime-PM chip with a crash loop, as Records and actions.

Its closed form and what Spin counts are known, so it checks the search, not the kernel.  With ``bug`` the loop masks every
line, also those that hold no reference on the chip.
"""

from __future__ import annotations

from irqlab.explore.action import Action, Actor
from irqlab.state import Record, World

RUN, LOOP, NEXT = 0, 1, 2


class Line(Record):
    requested: bool = False
    depth: int = 1
    masked: bool = True
    asserted: bool = False


class Chip(Record):
    usage: int = 0
    external: int = 0
    suspended: bool = True
    clock: bool = False


class Phase(Record):
    phase: int = RUN
    position: int = 0


class Reference:
    """A :class:`~irqlab.explore.action.Model`: NI interrupts, disable depth up to D, U references of the driver."""

    def __init__(self, interrupts: int, depth: int = 2, references: int = 1, *, bug: bool = False) -> None:
        self.world = World()
        self.limit, self.references, self.bug = depth, references, bug
        self.lines = [self.world.new(Line, number) for number in range(interrupts)]
        self.chip = self.world.new(Chip)
        self.phase = self.world.new(Phase)
        self.world.commit()
        operations = (self.request, self.free, self.disable, self.enable, self.raise_line, self.deliver)
        self._actions = [
            Action(f"{operation.__name__} {line.key[0]}", Actor.USER, operation, (line,))
            for line in self.lines
            for operation in operations
        ]
        self._actions += [
            Action(operation.__name__, Actor.USER, operation)
            for operation in (self.get, self.put, self.suspend, self.crash, self.mask, self.done)
        ]

    boot_signals = ()

    def conditions(self) -> int:
        return 0

    def actions(self) -> list[Action]:
        return self._actions

    def checks(self) -> list[Action]:
        return []

    def touch(self) -> None:
        if not self.chip.clock:
            self.world.signal("dead-access")

    def resume(self) -> None:
        if self.chip.suspended:
            self.chip.suspended = False
            self.chip.clock = True

    def request(self, line: Line) -> bool:
        if self.phase.phase != RUN or line.requested:
            return False
        self.chip.usage += 1
        self.resume()
        self.touch()
        line.requested, line.depth, line.masked = True, 0, False
        return True

    def free(self, line: Line) -> bool:
        if self.phase.phase != RUN or not line.requested:
            return False
        self.touch()
        line.masked, line.depth, line.requested = True, 1, False
        self.chip.usage -= 1
        return True

    def disable(self, line: Line) -> bool:
        if self.phase.phase != RUN or not line.requested or line.depth >= self.limit:
            return False
        line.depth += 1
        return True

    def enable(self, line: Line) -> bool:
        if self.phase.phase != RUN or not line.requested or line.depth == 0:
            return False
        line.depth -= 1
        if line.depth == 0:
            self.touch()
            line.masked = False
        return True

    def raise_line(self, line: Line) -> bool:
        if self.phase.phase != RUN or line.asserted:
            return False
        line.asserted = True
        return True

    def deliver(self, line: Line) -> bool:
        if self.phase.phase != RUN or not line.asserted or not line.requested or line.masked or not self.chip.clock:
            return False
        if line.depth == 0:
            line.asserted = False
        else:
            self.touch()
            line.masked = True
        return True

    def get(self) -> bool:
        if self.phase.phase != RUN or self.chip.external >= self.references:
            return False
        self.chip.external += 1
        self.chip.usage += 1
        self.resume()
        return True

    def put(self) -> bool:
        if self.phase.phase != RUN or self.chip.external == 0:
            return False
        self.chip.external -= 1
        self.chip.usage -= 1
        return True

    def suspend(self) -> bool:
        if self.phase.phase != RUN or self.chip.usage or self.chip.suspended:
            return False
        self.chip.suspended, self.chip.clock = True, False
        return True

    def crash(self) -> bool:
        if self.phase.phase != RUN:
            return False
        self.phase.phase, self.phase.position = LOOP, 0
        return True

    def mask(self) -> bool:
        if self.phase.phase != LOOP or self.phase.position >= len(self.lines):
            return False
        line = self.lines[self.phase.position]
        if line.requested or self.bug:
            self.touch()
            line.masked = True
        self.phase.position += 1
        return True

    def done(self) -> bool:
        if self.phase.phase != LOOP or self.phase.position < len(self.lines):
            return False
        self.phase.phase = NEXT
        return True
