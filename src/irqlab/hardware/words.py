"""Register words: one Record each, so that a state that differs in one word differs in one Record.

Tests: ``tests/hardware/test_regfile.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.state import Record

if TYPE_CHECKING:
    from irqlab.state import World


class Register(Record):
    """The content of one register word; key: block name, register name."""

    value: int


class Written(Record):
    """Which words of :class:`Words` are not 0; key: block name.  Offsets, ascending."""

    offsets: tuple[int, ...] = ()


class Words:
    """As many 32-bit words as a window holds; a word that is 0 has no Record, whether it was ever written or not.

    :ivar size: of the window, in bytes.
    """

    def __init__(self, world: World, name: str, size: int) -> None:
        self.world, self.name, self.size = world, name, size
        self._written = world.new(Written, name)
        self._at(0)  # hardware is what has a slot before the first kernel starts: see Kernel.hardware

    def _at(self, offset: int) -> Register:
        return self.world.at(Register, self.name, f"+{offset:#x}")

    def __contains__(self, offset: int) -> bool:
        return 0 <= offset < self.size

    def load(self, offset: int) -> int:
        """The word at an offset (a multiple of 4)."""
        word = self._at(offset)
        return word.value if word.exists else 0

    def store(self, offset: int, value: int) -> None:
        """Keeps a word."""
        word = self._at(offset)
        if word.exists and value:
            word.value = value
        elif value:
            self.world.new(Register, *word.key, value=value)
            self._written.offsets = tuple(sorted((*self._written.offsets, offset)))
        elif word.exists:
            self.world.drop(word)
            self._written.offsets = tuple(known for known in self._written.offsets if known != offset)

    def lose(self) -> None:
        """Every word goes to 0."""
        offsets = self._written.offsets
        for offset in offsets:
            self.world.drop(self._at(offset))
        if offsets:
            self._written.offsets = ()
