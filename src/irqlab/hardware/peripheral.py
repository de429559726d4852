"""A peripheral: a device that asserts its interrupt line until it is served.

Tests: ``tests/hardware/test_peripheral.py``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from irqlab.hardware.block import Block, Supplies
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: The offset of the status register: bit *i* is the event of interrupt line *i*, write 1 to clear.
STATUS = 0x0

#: The offset of the control register: bit 0 starts the device; only a started one has events.
CONTROL = 0x4


class Event(Record):
    """Whether a peripheral asserts one of its lines; key: block name, line."""

    asserted: bool = False


class Peripheral(Block):
    """Any device that interrupts: one register STATUS, one event a line.

    The event latch needs power but no clock: unless the board says otherwise the line stays up while the clock is
    stopped.
    """

    def __init__(self, world: World, name: str, supplies: Supplies | None = None, *, label: str = "", lines: int = 1) -> None:
        supplies = supplies or Supplies()
        if supplies.output_when_gated is None:
            supplies = replace(supplies, output_when_gated="follows")
        super().__init__(world, name, supplies, label=label, outputs=lines)
        self.define(STATUS, "STATUS", stored=False)
        self.define(CONTROL, "CONTROL")
        self._events = tuple(world.new(Event, name, line) for line in range(lines))

    @atomic
    def asserted(self, line: int = 0) -> bool:
        """Whether the event of a line has not been served yet."""
        return self._events[line].asserted

    @atomic
    def can_raise(self) -> bool:
        """Whether the outside world can cause an event: the peripheral is started, has power and is not in reset."""
        return bool(self.content(CONTROL) & 1) and not self.cut_off()

    @atomic
    def raise_event(self, line: int = 0) -> None:
        """Something happens outside: the line goes up.  Nothing happens without power or in reset."""
        if not self.cut_off():
            self._events[line].asserted = True
            self.changed()

    def load(self, offset: int) -> int:
        """STATUS: the events that wait."""
        if offset != STATUS:
            return super().load(offset)
        return sum(1 << line for line, event in enumerate(self._events) if event.asserted)

    def store(self, offset: int, value: int) -> None:
        """STATUS: a one clears its event, and the line goes down."""
        if offset != STATUS:
            super().store(offset, value)
            return
        for line, event in enumerate(self._events):
            if value >> line & 1:
                event.asserted = False

    @atomic
    def lose(self) -> None:
        """Events are lost with the registers."""
        super().lose()
        for event in self._events:
            event.asserted = False

    def drive(self, index: int) -> bool:
        """A line is up as long as its event waits."""
        return self._events[index].asserted
