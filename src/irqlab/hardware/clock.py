"""Clocks: an oscillator that always runs, or a gate behind a parent clock.

Tests: ``tests/hardware/test_supplies.py``.
"""

from __future__ import annotations

from irqlab.state import Record, atomic


class ClockGate(Record):
    """One clock; key: its name.

    :ivar on: whether the gate lets the clock through (the gate's own bit, whatever the parent does).
    :ivar parent: the clock that feeds it; fixed when the board is built.
    :ivar fixed: an oscillator without a gate: it always runs.
    """

    on: bool = False
    parent: ClockGate | None = None
    fixed: bool = False

    @property
    def name(self) -> str:
        """The clock's name on the board."""
        return str(self.key[0])

    @atomic
    def running(self) -> bool:
        """Whether edges come out: the gate is open, and its parent runs too."""
        if self.fixed:
            return True
        if not self.on:
            return False
        parent = self.parent
        return parent is None or parent.running()

    def chain(self) -> tuple[ClockGate, ...]:
        """This clock and all that feed it, nearest first (asked once, while the machine is built)."""
        parent = self.parent
        return (self, *(parent.chain() if parent is not None else ()))
