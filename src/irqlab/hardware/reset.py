"""Reset lines: while one is asserted its blocks do not answer, and their registers hold reset values.

Tests: ``tests/hardware/test_supplies.py``.
"""

from __future__ import annotations

from irqlab.state import Record


class ResetLine(Record):
    """One reset line; key: its name.

    :ivar asserted: whether the blocks behind it are held in reset.
    """

    asserted: bool = False

    @property
    def name(self) -> str:
        """The line's name on the board."""
        return str(self.key[0])
