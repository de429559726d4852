"""A GICv3 distributor and CPU interface, reduced to what Linux uses of a shared peripheral interrupt (SPI).

INTIDs are the architecture's: SPI *n* of a device tree is INTID 32 + n.  Offsets and write-one-to-set, write-one-to-clear
behaviour follow the GICv3 architecture and ``drivers/irqchip/irq-gic-v3.c`` (v6.12).  All interrupts have one priority
and go to one CPU; the running priority is not modelled, so an active interrupt holds back only itself.

Tests: ``tests/hardware/test_gic.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from irqlab.hardware.block import Block
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.state import World

#: What the interrupt acknowledge register reads as when nothing is signalled.
SPURIOUS = 1023

GICD_CTLR, GICD_TYPER = 0x0, 0x4
GICD_ISENABLER, GICD_ICENABLER = 0x100, 0x180
GICD_ISPENDR, GICD_ICPENDR = 0x200, 0x280
GICD_ISACTIVER, GICD_ICACTIVER = 0x300, 0x380

#: GICD_CTLR: group 1 is forwarded to the CPU (either bit), affinity routing is on.
CTLR_ENABLE, CTLR_ARE = 0x3, 0x10

_ARRAYS = (
    (GICD_ISENABLER, "GICD_ISENABLER"),
    (GICD_ICENABLER, "GICD_ICENABLER"),
    (GICD_ISPENDR, "GICD_ISPENDR"),
    (GICD_ICPENDR, "GICD_ICPENDR"),
    (GICD_ISACTIVER, "GICD_ISACTIVER"),
    (GICD_ICACTIVER, "GICD_ICACTIVER"),
)


class Spi(Record):
    """One wired interrupt; key: GIC name, INTID.

    :ivar enabled: GICD_ISENABLER's bit.
    :ivar active: acknowledged and not yet deactivated.
    :ivar latched: pending by an edge or by software (for a level-sensitive one the line adds to it).
    """

    enabled: bool = False
    active: bool = False
    latched: bool = False


class EdgeInput(Record):
    """The level last seen at an edge-triggered input; key: GIC name, INTID."""

    level: bool = False


class Gic(Block):
    """The interrupt controller the CPU is wired to.  Always powered, so it always answers.

    It starts as a boot loader leaves it: forwarding on, every interrupt disabled.
    """

    def __init__(self, world: World, name: str, *, label: str = "", spis: int = 32) -> None:
        super().__init__(world, name, label=label)
        self.words = 1 + -(-spis // 32)
        self._spis: dict[int, Spi] = {}
        self._edges: dict[int, EdgeInput] = {}
        self.define(GICD_CTLR, "GICD_CTLR", CTLR_ARE | CTLR_ENABLE)
        self.define(GICD_TYPER, "GICD_TYPER", stored=False)
        for base, array in _ARRAYS:
            for n in range(self.words):
                self.define(base + 4 * n, f"{array}{n}", stored=False)

    @property
    def wired(self) -> tuple[int, ...]:
        """The INTIDs something is soldered to, in ascending order."""
        return tuple(sorted(self._spis))

    @property
    def latches_edges(self) -> bool:
        """Whether any input is edge-triggered."""
        return bool(self._edges)

    def add_spi(self, intid: int, *, edge: bool = False) -> None:
        """Makes an INTID exist; without this its bits read 0 and ignore writes."""
        if intid not in self._spis:
            self._spis[intid] = self.world.new(Spi, self.name, intid)
        if edge and intid not in self._edges:
            self._edges[intid] = self.world.new(EdgeInput, self.name, intid)

    # -- the CPU interface (system registers) --------------------------------------------------------------

    @atomic
    def signalled(self) -> int:
        """The lowest INTID that is pending, enabled and not active; -1 when the CPU's interrupt line is low."""
        if not self.content(GICD_CTLR) & CTLR_ENABLE:
            return -1
        for intid in self.wired:
            spi = self._spis[intid]
            if spi.enabled and not spi.active and self.is_pending(intid):
                return intid
        return -1

    @atomic
    def acknowledge(self) -> int:
        """Reads ICC_IAR1_EL1: the signalled INTID becomes active and its latch clears; SPURIOUS if there is none."""
        intid = self.signalled()
        if intid < 0:
            return SPURIOUS
        spi = self._spis[intid]
        spi.active = True
        spi.latched = False
        return intid

    @atomic
    def eoi(self, intid: int) -> None:
        """Writes ICC_EOIR1_EL1 (EOImode 0) or ICC_DIR_EL1: the INTID is no longer active."""
        self._put(intid, "active", False)

    # -- one interrupt at a time ---------------------------------------------------------------------------

    @atomic
    def is_enabled(self, intid: int) -> bool:
        """Whether the interrupt is enabled."""
        return intid in self._spis and self._spis[intid].enabled

    def lets_through(self, hwirq: int) -> bool:
        """Its bit in GICD_ISENABLER."""
        return self.is_enabled(hwirq)

    def is_edge(self, intid: int) -> bool:
        """Whether the input is edge-triggered (soldered so, or so configured)."""
        return intid in self._edges

    @atomic
    def is_pending(self, intid: int) -> bool:
        """Whether the interrupt is pending: latched, or level-sensitive and its line is high."""
        if intid not in self._spis:
            return False
        return self._spis[intid].latched or (intid not in self._edges and self.input_level(intid))

    @atomic
    def is_active(self, intid: int) -> bool:
        """Whether the interrupt was acknowledged and not deactivated since."""
        return intid in self._spis and self._spis[intid].active

    @atomic
    def set_enable(self, intid: int) -> None:
        """Enables an interrupt (GICD_ISENABLER)."""
        self._put(intid, "enabled", True)

    @atomic
    def clear_enable(self, intid: int) -> None:
        """Disables an interrupt (GICD_ICENABLER); it may still become pending."""
        self._put(intid, "enabled", False)

    @atomic
    def set_pending(self, intid: int) -> None:
        """Latches an interrupt by software (GICD_ISPENDR)."""
        self._put(intid, "latched", True)

    @atomic
    def clear_pending(self, intid: int) -> None:
        """Clears the latch (GICD_ICPENDR); a level-sensitive line that is high keeps it pending."""
        self._put(intid, "latched", False)

    @atomic
    def set_active(self, intid: int) -> None:
        """Makes an interrupt active by software (GICD_ISACTIVER)."""
        self._put(intid, "active", True)

    @atomic
    def clear_active(self, intid: int) -> None:
        """Deactivates an interrupt (GICD_ICACTIVER)."""
        self._put(intid, "active", False)

    def _put(self, intid: int, field: str, value: bool) -> None:
        if intid in self._spis:
            setattr(self._spis[intid], field, value)

    # -- the distributor's registers -----------------------------------------------------------------------

    def _is_array(self, offset: int) -> bool:
        return any(base <= offset < base + 4 * self.words for base, _ in _ARRAYS)

    def _bits(self, n: int, test: Callable[[int], bool]) -> int:
        return sum(1 << intid % 32 for intid in self.wired if intid // 32 == n and test(intid))

    def load(self, offset: int) -> int:
        """Set and clear registers of a pair both read the state; GICD_TYPER says how many words there are."""
        if offset == GICD_TYPER:
            return self.words - 1
        if not self._is_array(offset):
            return self.content(offset)
        n, pair = offset % 0x80 // 4, offset & 0x300
        tests = {GICD_ISENABLER: self.is_enabled, GICD_ISPENDR: self.is_pending, GICD_ISACTIVER: self.is_active}
        return self._bits(n, tests[pair])

    def store(self, offset: int, value: int) -> None:
        """Ones set or clear, zeros do nothing."""
        if not self._is_array(offset):
            super().store(offset, value)
            return
        n, pair = offset % 0x80 // 4, offset & 0x300
        field = {GICD_ISENABLER: "enabled", GICD_ISPENDR: "latched", GICD_ISACTIVER: "active"}[pair]
        for intid in self.wired:
            if intid // 32 == n and value >> intid % 32 & 1:
                self._put(intid, field, not offset & 0x80)

    def sample(self) -> None:
        """Latches every edge-triggered input that has risen since it was last looked at."""
        for intid in sorted(self._edges):
            level = self.input_level(intid)
            if level and not self._edges[intid].level:
                self._spis[intid].latched = True
            self._edges[intid].level = level
