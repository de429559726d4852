"""NXP i.MX irqsteer: up to 512 interrupt inputs, one output for each group of 64.

Layout and word order follow ``drivers/irqchip/irq-imx-irqsteer.c`` (v6.12); the meaning of CHANSET, CHAN_MINTDIS and
CHAN_MASTRSTAT follows NXP's device headers.  With *t* register words the highest inputs come first: input *h* is bit
``h % 32`` of word ``t - 1 - h // 32``.

Tests: ``tests/hardware/test_irqsteer.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.errors import ModelError
from irqlab.hardware.block import Block, Supplies
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: The offset of the channel control register: bit *c* steers the inputs to channel *c*.
CHANCTRL = 0x0


class Irqsteer(Block):
    """One irqsteer channel.

    :ivar channel: the channel its outputs belong to; they stay low until CHANCTRL has that bit.
    :ivar words: number of 32-bit words in each register array (``reg_num`` of the driver).

    CHANMASK: 1 lets the input through.  CHANSET: 1 forces the input.  CHANSTATUS: (input or forced) and let through.
    CHAN_MINTDIS: bit *i* silences output *i*.  CHAN_MASTRSTAT: bit 0 is any CHANSTATUS bit.
    """

    def __init__(
        self, world: World, name: str, supplies: Supplies | None = None, *, num_irqs: int, channel: int = 0, label: str = ""
    ) -> None:
        if num_irqs <= 0 or num_irqs % 32:
            raise ModelError(f"{name} cannot have {num_irqs} inputs: a multiple of 32 is needed")
        super().__init__(world, name, supplies, label=label, outputs=-(-num_irqs // 64))
        self.channel = channel
        self.words = num_irqs // 32
        self.define(CHANCTRL, "CHANCTRL")
        for n in range(self.words):
            self.define(self.chanmask(n), f"CHANMASK{n}")
        for n in range(self.words):
            self.define(self.chanset(n), f"CHANSET{n}")
        for n in range(self.words):
            self.define(self.chanstatus(n), f"CHANSTATUS{n}", stored=False)
        self.define(self.chan_mintdis, "CHAN_MINTDIS")
        self.define(self.chan_mastrstat, "CHAN_MASTRSTAT", stored=False)

    def chanmask(self, n: int) -> int:
        """The offset of mask word ``n``."""
        return 4 + 4 * n

    def chanset(self, n: int) -> int:
        """The offset of force word ``n``."""
        return 4 + 4 * (self.words + n)

    def chanstatus(self, n: int) -> int:
        """The offset of status word ``n``."""
        return 4 + 4 * (2 * self.words + n)

    @property
    def chan_mintdis(self) -> int:
        """The offset of the group disable register."""
        return 4 + 4 * 3 * self.words

    @property
    def chan_mastrstat(self) -> int:
        """The offset of the master status register."""
        return 8 + 4 * 3 * self.words

    def word_of(self, hwirq: int) -> int:
        """The register word of an input: the highest inputs come first."""
        return self.words - 1 - hwirq // 32

    @atomic
    def enabled(self, hwirq: int) -> bool:
        """Whether the mask bit of an input lets it through (read past the bus, for rules)."""
        return bool(self.content(self.chanmask(self.word_of(hwirq))) >> hwirq % 32 & 1)

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in CHANMASK."""
        return self.enabled(hwirq)

    def _status(self, n: int) -> int:
        """Word ``n`` of CHANSTATUS."""
        mask = self.content(self.chanmask(n))
        if not mask:
            return 0
        status = self.content(self.chanset(n)) & mask
        first = 32 * (self.words - 1 - n)
        for hwirq in range(first, first + 32):
            bit = 1 << hwirq - first
            if mask & bit and self.input_level(hwirq):
                status |= bit
        return status

    def load(self, offset: int) -> int:
        """CHANSTATUS and CHAN_MASTRSTAT are computed from the inputs, the rest is what was written."""
        for n in range(self.words):
            if offset == self.chanstatus(n):
                return self._status(n)
        if offset == self.chan_mastrstat:
            return int(any(self._status(n) for n in range(self.words)))
        return super().load(offset)

    def drive(self, index: int) -> bool:
        """Output ``index``: any CHANSTATUS bit of inputs 64 × index to 64 × index + 63."""
        if not self.content(CHANCTRL) >> self.channel & 1:
            return False
        if self.content(self.chan_mintdis) >> index & 1:
            return False
        first = 2 * index
        return any(self._status(self.words - 1 - group) for group in range(first, min(first + 2, self.words)))
