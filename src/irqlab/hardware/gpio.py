"""A bank of GPIO lines that interrupts: each line a level or an edge, one output for the bank.

No chip of its own: what the banks of i.MX, OMAP and Marvell have in common.  STATUS latches, and a one written to it
clears.  What differs is what latches:

* a *level* line latches as long as it is active, so clearing its bit earlier does nothing;
* an *edge* line latches once, when the detector sees the line become active.  The detector is clocked: what it saw last
  stays while the clock is stopped, so a line that rose meanwhile and still is up is an edge when the clock starts
  again, and a pulse that is over is lost.  Without power it forgets, and begins anew with the level it finds
  (every line wakes as a high level, which is what its registers then say).

An edge of a line whose mask is shut is latched and let through when the mask opens, or lost: ``masked_edges``
(``irqlab,masked-edges`` in the tree).

Tests: ``tests/hardware/test_gpio.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from irqlab.errors import ModelError
from irqlab.hardware.block import Block, Supplies
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: What becomes of an edge that comes while its line is masked.
MaskedEdges = Literal["latched", "lost"]

#: The level of each line (read only); 1 lets a line through; what has come, write 1 to clear.
DATA, MASK, STATUS = 0x0, 0x4, 0x8

#: 1 for an edge, 0 for a level; 1 for a low level or a falling edge.
EDGE, POLARITY = 0xC, 0x10

#: The detector has not seen the line since it lost its power.
UNSEEN = -1


class Seen(Record):
    """The level at which the edge detector last saw a line; key: block name, line."""

    level: int = UNSEEN


class GpioBank(Block):
    """One bank of up to 32 lines.

    :ivar lines: how many it has (``ngpios``).
    :ivar masked_edges: whether an edge that comes while its line is masked is latched or lost.
    """

    latches = True

    def __init__(
        self,
        world: World,
        name: str,
        supplies: Supplies | None = None,
        *,
        lines: int = 32,
        masked_edges: MaskedEdges = "latched",
        label: str = "",
    ) -> None:
        if not 0 < lines <= 32:
            raise ModelError(f"{name} cannot have {lines} lines: 1 to 32 are possible")
        super().__init__(world, name, supplies, label=label, outputs=1)
        self.lines = lines
        self.masked_edges = masked_edges
        self._seen: dict[int, Seen] = {}
        self.define(DATA, "DATA", stored=False)
        for offset, register in ((MASK, "MASK"), (STATUS, "STATUS"), (EDGE, "EDGE"), (POLARITY, "POLARITY")):
            self.define(offset, register)

    def wire(self, hwirq: int, source: Block, output: int) -> None:
        """Solders an output to a line, which the edge detector watches from then on."""
        super().wire(hwirq, source, output)
        if hwirq not in self._seen:
            self._seen[hwirq] = self.world.new(Seen, self.name, hwirq)

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in MASK."""
        return bool(self.content(MASK) >> hwirq & 1)

    @atomic
    def latched(self, hwirq: int) -> bool:
        """Whether STATUS holds a line (read past the bus, for rules and tests)."""
        return bool(self.content(STATUS) >> hwirq & 1)

    def _levels(self) -> int:
        return sum(1 << hwirq for hwirq in self._seen if self.input_level(hwirq))

    def load(self, offset: int) -> int:
        """DATA is what the lines are at."""
        return self._levels() if offset == DATA else super().load(offset)

    def store(self, offset: int, value: int) -> None:
        """A one written to STATUS clears; whatever is written, a level line that is active latches at once."""
        value &= (1 << self.lines) - 1
        super().store(offset, self.content(STATUS) & ~value if offset == STATUS else value)
        self._latch(0)

    def _latch(self, risen: int) -> None:
        """Adds to STATUS the edges that came (``risen``) and the level lines that are active."""
        edge = self.content(EDGE)
        levels = (self._levels() ^ self.content(POLARITY)) & ~edge
        status = self.content(STATUS)
        new = status | risen & edge | sum(1 << hwirq for hwirq in self._seen if levels >> hwirq & 1)
        if new != status:
            super().store(STATUS, new)

    def sample(self) -> None:
        """Looks at the lines; without a clock nothing is seen."""
        if self.dead_reason():
            return
        risen, falling = 0, self.content(POLARITY)
        for hwirq, seen in self._seen.items():
            was, level = seen.level, int(self.input_level(hwirq))
            if was == level:
                continue
            seen.level = level
            if was != UNSEEN and level != falling >> hwirq & 1:
                risen |= 1 << hwirq
        self._latch(risen & self.content(MASK) if self.masked_edges == "lost" else risen)

    @atomic
    def lose(self) -> None:
        """The edge detector forgets with the registers."""
        super().lose()
        for seen in self._seen.values():
            seen.level = UNSEEN

    def drive(self, index: int) -> bool:
        """Up while a line that is let through is latched."""
        return self.content(STATUS) & self.content(MASK) != 0
