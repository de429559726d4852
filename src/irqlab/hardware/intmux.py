"""NXP i.MX intmux: 32 interrupt inputs, eight channels that each see all of them, one output a channel.

Layout follows ``drivers/irqchip/irq-imx-intmux.c`` (v6.12); the bits of CHANCSR follow NXP's device headers.

Tests: ``tests/hardware/test_intmux.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.block import Block, Supplies
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.state import World

CHANNELS = 8
INPUTS = 32

#: CHANCSR: software reset of the channel (reads 0), AND instead of OR, output pending (read only).
CSR_RST, CSR_AND, CSR_IRQP = 1 << 0, 1 << 1, 1 << 31


def chancsr(n: int) -> int:
    """The offset of the control and status register of channel ``n``."""
    return 0x40 * n


def chanvec(n: int) -> int:
    """The offset of the vector register of channel ``n``."""
    return 0x40 * n + 0x4


def chanier(n: int) -> int:
    """The offset of the interrupt enable register of channel ``n``."""
    return 0x40 * n + 0x10


def chanipr(n: int) -> int:
    """The offset of the interrupt pending register of channel ``n``."""
    return 0x40 * n + 0x20


class Intmux(Block):
    """One intmux.

    CHANIER: 1 enables the input.  CHANIPR: input and enabled, as the driver relies on.  CHANVEC: four times the lowest
    pending input (the base the chip adds to it is not modelled; Linux does not read it).
    """

    def __init__(self, world: World, name: str, supplies: Supplies | None = None, *, label: str = "") -> None:
        super().__init__(world, name, supplies, label=label, outputs=CHANNELS)
        for n in range(CHANNELS):
            self.define(chancsr(n), f"CHANCSR{n}")
            self.define(chanvec(n), f"CHANVEC{n}", stored=False)
            self.define(chanier(n), f"CHANIER{n}")
            self.define(chanipr(n), f"CHANIPR{n}", stored=False)

    @atomic
    def enabled(self, hwirq: int, channel: int) -> bool:
        """Whether a channel's enable bit lets an input through (read past the bus, for rules)."""
        return bool(self.content(chanier(channel)) >> hwirq & 1)

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in CHANIER of any channel."""
        return any(self.enabled(hwirq, channel) for channel in range(CHANNELS))

    def _pending(self, n: int) -> int:
        """CHANIPR of channel ``n``."""
        enabled = self.content(chanier(n))
        return sum(1 << hwirq for hwirq in range(INPUTS) if enabled >> hwirq & 1 and self.input_level(hwirq))

    def load(self, offset: int) -> int:
        """CHANIPR, CHANVEC and the status bits of CHANCSR are computed from the inputs."""
        n = offset // 0x40
        if offset == chanipr(n):
            return self._pending(n)
        if offset == chanvec(n):
            pending = self._pending(n)
            return 4 * ((pending & -pending).bit_length() - 1) if pending else 0
        if offset == chancsr(n):
            return self.content(offset) | n << 8 | (CSR_IRQP if self.drive(n) else 0)
        return super().load(offset)

    def store(self, offset: int, value: int) -> None:
        """A software reset clears the channel; of CHANCSR only AND is kept."""
        n = offset // 0x40
        if offset != chancsr(n):
            super().store(offset, value)
        elif value & CSR_RST:
            super().store(chancsr(n), 0)
            super().store(chanier(n), 0)
        else:
            super().store(offset, value & CSR_AND)

    def drive(self, index: int) -> bool:
        """Output of channel ``index``: any enabled input is high, or all of them are if CHANCSR says AND."""
        enabled = self.content(chanier(index))
        if not enabled:
            return False
        pending = self._pending(index)
        return pending == enabled if self.content(chancsr(index)) & CSR_AND else pending != 0
