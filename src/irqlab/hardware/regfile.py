"""Registers nobody has described: they keep what is written.

Of most hardware nothing is known but where its registers are.  A :class:`RegisterFile` answers like any block (clocks,
power, reset), keeps what is written at any offset of its window, and drives its outputs low: what would raise them is
not known.

Tests: ``tests/hardware/test_regfile.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.block import Block, Supplies
from irqlab.hardware.words import Words

if TYPE_CHECKING:
    from irqlab.state import World


class RegisterFile(Block):
    """A window of registers without a meaning; the reset value of each is 0.

    A block that irqlab has described may keep its other registers in the same way (:meth:`Block.keep_rest`).
    """

    described = False

    def __init__(
        self, world: World, name: str, supplies: Supplies | None = None, *, size: int, label: str = "", outputs: int = 0
    ) -> None:
        super().__init__(world, name, supplies, label=label, outputs=outputs)
        self.size = size
        self.keep_rest(Words(world, name, size))
