"""A GPIO expander on a slow bus: inputs that interrupt when they change, as NXP's PCA953x and PCAL64xx (``gpio-pca953x.c``).

It knows neither edges nor levels: an unmasked input that changes raises the output, and reading INPUT is what ends it.

* Without a latch (PCA953x) the output is up while an input differs from what was last *read*: a change that is undone
  before anybody has read is lost.
* With one (PCAL64xx) INT_STATUS keeps the change until INPUT is read.  INPUT itself gives the level of now; that the real
  chip gives the one it latched is not modelled.

What the bus does to who accesses it is the kernel's matter (:mod:`irqlab.kernel.i2c`).

Tests: ``tests/hardware/test_expander.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.errors import ModelError
from irqlab.hardware.block import Block, Supplies
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: The level of each input (reading it acknowledges); 1 masks an input; which unmasked inputs have changed (read only).
INPUT, INT_MASK, INT_STATUS = 0x0, 0x4, 0x8


class Inputs(Record):
    """What an expander remembers of its inputs; key: block name.

    ``levels`` as they were last read (with a latch: last seen), and the changes it latched since INPUT was read.
    """

    levels: int = 0
    latched: int = 0


class Expander(Block):
    """One expander of up to 32 inputs; all are masked after a reset.

    :ivar lines: how many inputs it has (``ngpios``).
    :ivar latches: whether it keeps a change that is undone again (``irqlab,input-latch``).
    """

    def __init__(
        self, world: World, name: str, supplies: Supplies | None = None, *, lines: int = 8, latches: bool = False, label: str = ""
    ) -> None:
        if not 0 < lines <= 32:
            raise ModelError(f"{name} cannot have {lines} lines: 1 to 32 are possible")
        super().__init__(world, name, supplies, label=label, outputs=1)
        self.lines = lines
        self.latches = latches
        self.define(INPUT, "INPUT", stored=False)
        self.define(INT_MASK, "INT_MASK", (1 << lines) - 1)
        self.define(INT_STATUS, "INT_STATUS", stored=False)
        self._inputs = world.new(Inputs, name)

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in INT_MASK is clear."""
        return not self.content(INT_MASK) >> hwirq & 1

    @atomic
    def waiting(self, hwirq: int) -> bool:
        """Whether INT_STATUS has a change of an input that nobody has read (past the bus, for rules and tests)."""
        return bool(self._changed() >> hwirq & 1)

    def _levels(self) -> int:
        return sum(1 << hwirq for hwirq in self.inputs if self.input_level(hwirq))

    def _changed(self) -> int:
        changed = self._inputs.latched if self.latches else self._levels() ^ self._inputs.levels
        return changed & ~self.content(INT_MASK)

    @atomic
    def sample(self) -> None:
        """Latches the unmasked inputs that have changed."""
        if not self.latches or self.dead_reason():
            return
        levels = self._levels()
        if levels != self._inputs.levels:
            changed = (levels ^ self._inputs.levels) & ~self.content(INT_MASK)
            self._inputs.latched |= changed
            self._inputs.levels = levels

    def load(self, offset: int) -> int:
        """INPUT is read, which ends the interrupt; INT_STATUS is computed."""
        if offset == INT_STATUS:
            return self._changed()
        if offset != INPUT:
            return super().load(offset)
        levels = self._levels()
        if (levels, 0) != (self._inputs.levels, self._inputs.latched):
            self._inputs.levels, self._inputs.latched = levels, 0
            self.changed()
        return levels

    def store(self, offset: int, value: int) -> None:
        """Only the mask can be written."""
        super().store(offset, value & (1 << self.lines) - 1)

    @atomic
    def lose(self) -> None:
        """What was read is forgotten with the registers."""
        super().lose()
        self._inputs.levels, self._inputs.latched = 0, 0

    def drive(self, index: int) -> bool:
        """Up while INT_STATUS is not 0."""
        return self._changed() != 0
