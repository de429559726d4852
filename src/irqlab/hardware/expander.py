"""A GPIO expander on a slow bus: inputs that interrupt when they change, as NXP's PCAL64xx (``gpio-pca953x.c``, v6.12).

It knows neither edges nor levels: an input that differs from what was last *read* raises the output, and reading INPUT
is what ends it.  A pulse that is over before anybody has read is lost (the input latch is not modelled), and so is what
INPUT had told somebody who did not listen.  What the bus does to who accesses it is the kernel's matter
(:mod:`irqlab.kernel.i2c`).

Tests: ``tests/hardware/test_expander.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.errors import ModelError
from irqlab.hardware.block import Block, Supplies
from irqlab.hardware.words import Register
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: The level of each input (reading it acknowledges); 1 masks an input; which unmasked inputs have changed (read only).
INPUT, INT_MASK, INT_STATUS = 0x0, 0x4, 0x8


class Expander(Block):
    """One expander of up to 32 inputs; all are masked after a reset.

    :ivar lines: how many inputs it has (``ngpios``).
    """

    def __init__(self, world: World, name: str, supplies: Supplies | None = None, *, lines: int = 8, label: str = "") -> None:
        if not 0 < lines <= 32:
            raise ModelError(f"{name} cannot have {lines} lines: 1 to 32 are possible")
        super().__init__(world, name, supplies, label=label, outputs=1)
        self.lines = lines
        self.define(INPUT, "INPUT", stored=False)
        self.define(INT_MASK, "INT_MASK", (1 << lines) - 1)
        self.define(INT_STATUS, "INT_STATUS", stored=False)
        self._read = world.new(Register, name, "last read", value=0)

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in INT_MASK is clear."""
        return not self.content(INT_MASK) >> hwirq & 1

    def _levels(self) -> int:
        return sum(1 << hwirq for hwirq in self.inputs if self.input_level(hwirq))

    def _changed(self) -> int:
        return (self._levels() ^ self._read.value) & ~self.content(INT_MASK)

    def load(self, offset: int) -> int:
        """INPUT is read and remembered, INT_STATUS is computed."""
        if offset == INT_STATUS:
            return self._changed()
        if offset != INPUT:
            return super().load(offset)
        levels = self._levels()
        if levels != self._read.value:
            self._read.value = levels
            self.changed()
        return levels

    def store(self, offset: int, value: int) -> None:
        """Only the mask can be written."""
        super().store(offset, value & (1 << self.lines) - 1)

    @atomic
    def lose(self) -> None:
        """What was read is forgotten with the registers."""
        super().lose()
        self._read.value = 0

    def drive(self, index: int) -> bool:
        """Up while an unmasked input differs from what was last read."""
        return self._changed() != 0
