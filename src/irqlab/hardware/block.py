"""Register blocks: what every device on a bus has in common.

A block answers on its bus only while its power domain is on, its reset is released and all its clocks run.  It has
32-bit registers, interrupt inputs and outputs.  Narrower and wider accesses are made of the words they touch.

Tests: ``tests/hardware/test_block.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from irqlab.errors import ModelError
from irqlab.hardware.clock import ClockGate
from irqlab.hardware.power import PowerDomain
from irqlab.hardware.reset import ResetLine
from irqlab.hardware.words import Register, Words
from irqlab.state import Record, Static, atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: What the bus does with an access that is not answered.
OnDead = Literal["abort", "hang", "ignore"]

#: What a block drives on its outputs while a clock of it is stopped (a property of the chip, often undocumented).
OutputWhenGated = Literal["low", "held", "follows"]

WORD = 0xFFFF_FFFF

#: How wide an access may be, in bytes.
SIZES = (1, 2, 4, 8)


class Observer(Protocol):
    """Who must be told when a level may have changed."""

    def sample(self) -> None:
        """Looks at levels for edges."""


class Held(Record):
    """The level an output froze at when the clock stopped; key: block name, output.  False while the clock runs."""

    level: bool = False


@dataclass(frozen=True)
class Supplies:
    """What a block needs in order to answer, and what it does without.

    :ivar clocks: (the block's name for the clock, the clock), in the device tree's order.
    :ivar retention: registers survive the loss of power (not a reset).
    :ivar output_when_gated: None when the board does not say; it then drives low.
    """

    clocks: tuple[tuple[str, ClockGate], ...] = ()
    domain: PowerDomain | None = None
    reset: ResetLine | None = None
    on_dead: OnDead = "abort"
    retention: bool = False
    output_when_gated: OutputWhenGated | None = None


class Block(Static):
    """One device on the bus.

    A kind of block describes its registers with :meth:`define` and overrides :meth:`load`, :meth:`store` and
    :meth:`drive`; what the supplies do to it is settled here.

    :ivar name: full node name, such as ``interrupt-controller@32e2d000``.
    :ivar device: the part of the board it belongs to: its name, but for the second and further windows of a part.
    :ivar base: where the CPU sees it, a physical address; None when nobody has said (see :meth:`place`).
    :ivar size: of its window there, in bytes.
    :ivar outputs: how many interrupt outputs it has.
    :ivar inputs: hwirq → the (block, output) pairs soldered to that input; the levels are ORed.
    :ivar observer: who latches what comes on lines and must be told when a level may have changed, if anybody.
    """

    #: Whether irqlab knows what the registers mean; where not, :meth:`lets_through` and the outputs say nothing.
    described = True

    #: Whether the block keeps what came on a line after the line is down again: then :meth:`sample` has to look.
    latches = False

    def __init__(self, world: World, name: str, supplies: Supplies | None = None, *, label: str = "", outputs: int = 0) -> None:
        supplies = supplies or Supplies()
        self.world = world
        self.name = name
        self.device = name
        self.label = label
        self.base: int | None = None
        self.size = 0
        self.clocks = supplies.clocks
        self.domain = supplies.domain
        self.reset = supplies.reset
        self.on_dead = supplies.on_dead
        self.retention = supplies.retention
        self.output_when_gated = supplies.output_when_gated
        self.outputs = outputs
        self.inputs: dict[int, tuple[tuple[Block, int], ...]] = {}
        self.observer: Observer | None = None
        self._names: dict[int, str] = {}
        self._stored: dict[int, tuple[Register, int]] = {}
        self._rest: Words | None = None
        self._held: tuple[Held, ...] = ()
        if self.output_when_gated == "held" and self.clocks:
            self._held = tuple(world.new(Held, name, index) for index in range(outputs))

    # -- while the machine is built ------------------------------------------------------------------------

    def define(self, offset: int, name: str, reset: int = 0, *, stored: bool = True) -> None:
        """Describes one register; ``stored=False`` for one that is computed when it is read."""
        if offset in self._names:
            raise ModelError(f"{self.name} has two registers at {offset:#x}: {self._names[offset]} and {name}")
        self._names[offset] = name
        if stored:
            self._stored[offset] = self.world.new(Register, self.name, name, value=reset), reset

    def keep_rest(self, words: Words) -> None:
        """Offsets that are not described are no mistake: they keep what is written."""
        self._rest = words

    def place(self, base: int, size: int) -> None:
        """Says where the CPU sees the block: a physical address, and a size in bytes."""
        self.base, self.size = base, size

    def wire(self, hwirq: int, source: Block, output: int) -> None:
        """Solders an output of ``source`` to input ``hwirq``; several outputs on one input are ORed."""
        self.inputs[hwirq] = (*self.inputs.get(hwirq, ()), (source, output))

    # -- on the bus ----------------------------------------------------------------------------------------

    @atomic
    def dead_reason(self) -> str:
        """Why the block does not answer, in plain words; empty when it does."""
        return self.cut_off() or self.stopped_clock()

    def cut_off(self) -> str:
        """Why the block has no state of its own: power or reset; empty when it has."""
        if self.domain is not None and not self.domain.powered():
            return f"power domain {self.domain.name} is off"
        if self.reset is not None and self.reset.asserted:
            return "reset is asserted"
        return ""

    def stopped_clock(self) -> str:
        """Which clock of the block stands still; empty when all run."""
        for name, clock in self.clocks:
            if not clock.running():
                return f"clock {name} is stopped"
        return ""

    @atomic
    def read(self, offset: int, size: int = 4) -> int:
        """Reads ``size`` bytes (1, 2, 4 or 8).  A dead block gives 0; what the bus does to the CPU is the caller's matter.

        An access at an odd address is made of the words it touches; whether the CPU makes one is its own matter.
        """
        if self.dead_reason():
            return 0
        value = 0
        for word, shift, mask in _words(self.name, offset, size):
            value |= shifted(self._load(word) & mask, shift)
        return value

    @atomic
    def write(self, offset: int, value: int, size: int = 4) -> None:
        """Writes ``size`` bytes (1, 2, 4 or 8).  Writes to a dead block are lost.

        Of a word that is written in part, the rest keeps what is stored; of a computed register it is written as 0.
        """
        if self.dead_reason():
            return
        told = False
        for word, shift, mask in _words(self.name, offset, size):
            if self._known(word):
                new = shifted(value, -shift) & mask
                self.store(word, new if mask == WORD else new | self.content(word) & ~mask)
                told = True
            else:
                self.world.signal("unknown-register", block=self.name, offset=word)
        if told:
            self.changed()

    def _load(self, word: int) -> int:
        if self._known(word):
            return self.load(word)
        self.world.signal("unknown-register", block=self.name, offset=word)
        return 0

    def _known(self, word: int) -> bool:
        return word in self._names or (self._rest is not None and word in self._rest)

    def register_name(self, offset: int) -> str:
        """The register's name in the manual, such as ``CHANMASK1`` (``CHANMASK1+2`` within); ``+0x44`` when it has none."""
        within = offset % 4
        name = self._names.get(offset - within)
        return f"+{offset:#x}" if name is None else f"{name}+{within}" if within else name

    def offset(self, name: str) -> int:
        """The offset of a register by its name."""
        for offset, known in self._names.items():
            if known == name:
                return offset
        raise ModelError(f"{self.name} has no register {name}: it has {', '.join(self._names.values())}")

    def load(self, offset: int) -> int:
        """What a defined register reads as, while the block answers."""
        return self.content(offset)

    def store(self, offset: int, value: int) -> None:
        """What a write to a defined register does, while the block answers; computed registers are read only."""
        if offset in self._stored:
            self._stored[offset][0].value = value
        elif self._rest is not None and offset not in self._names:
            self._rest.store(offset, value)

    def content(self, offset: int) -> int:
        """The content of a stored register, whether the block answers or not; 0 for a computed one."""
        if offset in self._stored:
            return self._stored[offset][0].value
        return self._rest.load(offset) if self._rest is not None and offset not in self._names else 0

    @atomic
    def lose(self) -> None:
        """All registers go to their reset values: power was lost, or reset asserted."""
        for register, reset in self._stored.values():
            register.value = reset
        if self._rest is not None:
            self._rest.lose()
        self._let_go()

    # -- lines ---------------------------------------------------------------------------------------------

    @atomic
    def output(self, index: int) -> bool:
        """The level of an output now.  Without power or in reset it is low, whatever it does without a clock."""
        if self.cut_off():
            return False
        if self.output_when_gated != "follows" and self.stopped_clock():
            return self._held[index].level if self._held else False
        return self.drive(index)

    def drive(self, index: int) -> bool:
        """What the block's logic wants on an output; a pure function of Records."""
        return False

    @atomic
    def input_level(self, hwirq: int) -> bool:
        """The level at an input now; low when nothing is soldered to it."""
        return any(source.output(index) for source, index in self.inputs.get(hwirq, ()))

    def lets_through(self, hwirq: int) -> bool:
        """Whether an input's mask lets it through to an output (read past the bus, for rules)."""
        return False

    def changed(self) -> None:
        """A level may have changed: who latches edges looks."""
        if self.observer is not None:
            self.observer.sample()

    def sample(self) -> None:
        """Looks at the inputs for edges; blocks that latch none need not look."""

    # -- what the clock and power code calls -----------------------------------------------------------------

    def gating(self) -> None:
        """A clock is about to stop: outputs that are held freeze at what they are."""
        if self._held and not self.dead_reason():
            for index, held in enumerate(self._held):
                held.level = self.drive(index)

    def ungated(self) -> None:
        """A clock has started: once the block answers again, its outputs are driven again."""
        if self._held and not self.dead_reason():
            self._let_go()

    def power_lost(self) -> None:
        """The power domain has gone off: registers are lost unless retained, and no output stays held."""
        if self.retention:
            self._let_go()
        else:
            self.lose()

    def _let_go(self) -> None:
        for held in self._held:
            held.level = False

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name}>"


def shifted(value: int, bits: int) -> int:
    """``value << bits``, also for negative ``bits``."""
    return value << bits if bits >= 0 else value >> -bits


def _words(name: str, offset: int, size: int) -> tuple[tuple[int, int, int], ...]:
    """The words an access touches: offset, how far left its bits stand in the value, and which of its bits are meant."""
    if size not in SIZES:
        raise ModelError(f"{name}: an access of {size} bytes at {offset:#x} is none: use 1, 2, 4 or 8")
    if size == 4 and not offset % 4:
        return ((offset, 0, WORD),)
    first = offset - offset % 4
    lanes = ((1 << 8 * size) - 1) << 8 * (offset - first)
    return tuple((word, 8 * (word - offset), lanes >> 8 * (word - first) & WORD) for word in range(first, offset + size, 4))
