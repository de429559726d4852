"""The machine: a board at run time, all of it wired.

What switching a clock, a domain or a reset does to every block concerned happens here and nowhere else.

Tests: ``tests/hardware/test_machine.py``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, TypeVar

from irqlab.errors import ModelError
from irqlab.hardware.block import Block
from irqlab.hardware.clock import ClockGate
from irqlab.hardware.gic import Gic
from irqlab.hardware.peripheral import Peripheral
from irqlab.hardware.power import PowerDomain
from irqlab.hardware.reset import ResetLine
from irqlab.state import Record, Static, atomic

if TYPE_CHECKING:
    from irqlab.state import World

T = TypeVar("T")

#: From a physical address to another, who answers there.
Window = tuple[int, int, Block]


class Bus(Record):
    """The bus all blocks are on; key: the machine's name.

    :ivar hung: an access was never answered: nothing that uses the bus goes on.
    """

    hung: bool = False


class Machine(Static):
    """All hardware of one board.

    :ivar gic: the interrupt controller the CPU is wired to; None where that is one nobody has described: then no
        interrupt is ever taken.
    :ivar all_blocks: every block once, in the board's order.
    :ivar blocks: the same by name and by label, and by the names of parts that share a block with another.
    :ivar clocks: by name; ``domains`` and ``resets`` likewise.
    :ivar peripherals: the blocks that can raise events.
    """

    def __init__(
        self,
        world: World,
        gic: Gic | None,
        blocks: Iterable[Block],
        *,
        aliases: Mapping[str, Block] | None = None,
        clocks: Iterable[ClockGate] = (),
        domains: Iterable[PowerDomain] = (),
        resets: Iterable[ResetLine] = (),
        name: str = "machine",
    ) -> None:
        self.world = world
        self.name = name
        self.gic = gic
        root = (gic,) if gic is not None else ()
        self.all_blocks: tuple[Block, ...] = (*root, *(block for block in blocks if block is not gic))
        self.blocks: dict[str, Block] = dict(aliases or {})
        self.blocks.update((block.label, block) for block in self.all_blocks if block.label)
        self.blocks.update((block.name, block) for block in self.all_blocks)
        self.clocks: dict[str, ClockGate] = {clock.name: clock for clock in clocks}
        self.domains: dict[str, PowerDomain] = {domain.name: domain for domain in domains}
        self.resets: dict[str, ResetLine] = {reset.name: reset for reset in resets}
        self.peripherals = tuple(block for block in self.all_blocks if isinstance(block, Peripheral))
        self._bus = world.new(Bus, name)
        self._clocked = {name: self._fed_by(clock) for name, clock in self.clocks.items()}
        self._powered = {name: self._inside(domain) for name, domain in self.domains.items()}
        self._behind = {name: tuple(b for b in self.all_blocks if b.reset is reset) for name, reset in self.resets.items()}
        self._windows = _windows(self.all_blocks)
        latching: tuple[Block, ...] = tuple(block for block in self.all_blocks if block.latches)
        self._latching = tuple(sorted(latching, key=_height))
        for block in self.all_blocks:
            if latching:
                block.observer = self
            elif gic is not None and gic.latches_edges:
                block.observer = gic

    def _fed_by(self, clock: ClockGate) -> tuple[Block, ...]:
        return tuple(b for b in self.all_blocks if any(clock in used.chain() for _, used in b.clocks))

    def _inside(self, domain: PowerDomain) -> tuple[Block, ...]:
        return tuple(b for b in self.all_blocks if b.domain is not None and domain in b.domain.chain())

    def _find(self, kind: str, table: Mapping[str, T], name: str) -> T:
        if name not in table:
            raise ModelError(f"{self.name} has no {kind} {name!r}: it has {', '.join(table) or 'none'}")
        return table[name]

    def sample(self) -> None:
        """Levels may have changed: who latches looks, from the devices to the CPU."""
        for block in self._latching:
            block.sample()
        if self.gic is not None:
            self.gic.sample()

    # -- the bus -------------------------------------------------------------------------------------------

    def at(self, address: int) -> tuple[Block, int] | None:
        """The block that answers at a physical address, and the offset within its window; None where nothing is."""
        found = bisect_right(self._windows, address, key=_start) - 1
        if found < 0:
            return None
        start, end, block = self._windows[found]
        assert block.base is not None
        return (block, address - block.base) if start <= address < end else None

    @property
    def bus_hung(self) -> bool:
        """Whether the bus hangs."""
        return self._bus.hung

    @atomic
    def hang_bus(self) -> None:
        """The bus hangs, until power is cut: a block with ``on_dead`` "hang" was accessed while dead."""
        self._bus.hung = True

    # -- clocks --------------------------------------------------------------------------------------------

    @atomic
    def clock_on(self, name: str) -> None:
        """Opens a clock gate.  Nothing happens if it is open or the clock has no gate."""
        gate = self._find("clock", self.clocks, name)
        if gate.fixed or gate.on:
            return
        gate.on = True
        self.world.trace("clock", name=name, on=True)
        for block in self._clocked[name]:
            block.ungated()
        self.sample()

    @atomic
    def clock_off(self, name: str) -> None:
        """Closes a clock gate.  Nothing happens if it is closed or the clock has no gate."""
        gate = self._find("clock", self.clocks, name)
        if gate.fixed or not gate.on:
            return
        for block in self._clocked[name]:
            block.gating()
        gate.on = False
        self.world.trace("clock", name=name, on=False)
        self.sample()

    # -- power ---------------------------------------------------------------------------------------------

    @atomic
    def domain_on(self, name: str) -> None:
        """Closes the switch of a power domain; blocks wake with reset values, or with what they retained."""
        domain = self._find("power domain", self.domains, name)
        if domain.on:
            return
        domain.on = True
        self.world.trace("power", name=name, on=True)
        self.sample()

    @atomic
    def domain_off(self, name: str) -> None:
        """Opens the switch of a power domain: every block in it loses its registers, unless it retains them."""
        domain = self._find("power domain", self.domains, name)
        if not domain.on:
            return
        domain.on = False
        self.world.trace("power", name=name, on=False)
        for block in self._powered[name]:
            block.power_lost()
        self.sample()

    # -- resets --------------------------------------------------------------------------------------------

    @atomic
    def reset_assert(self, name: str) -> None:
        """Asserts a reset line: the registers of every block behind it go to their reset values."""
        line = self._find("reset", self.resets, name)
        if line.asserted:
            return
        line.asserted = True
        self.world.trace("reset", name=name, on=True)
        for block in self._behind[name]:
            block.lose()
        self.sample()

    @atomic
    def reset_deassert(self, name: str) -> None:
        """Releases a reset line."""
        line = self._find("reset", self.resets, name)
        if not line.asserted:
            return
        line.asserted = False
        self.world.trace("reset", name=name, on=False)
        self.sample()


def _height(block: Block) -> int:
    """How many blocks stand in a row behind the inputs of one."""
    return 1 + max((_height(source) for pairs in block.inputs.values() for source, _ in pairs), default=0)


def _windows(blocks: Iterable[Block]) -> tuple[Window, ...]:
    """Who answers where: (from, to, block), ascending and apart; where windows overlap, described blocks answer, then
    the smallest."""
    placed = [(block.base, block.base + block.size, block) for block in blocks if block.base is not None and block.size]
    placed.sort(key=lambda window: (not window[2].described, window[1] - window[0], window[0]))
    taken: list[Window] = []
    for start, end, block in placed:
        at = start
        for used_from, used_to, _ in sorted(taken, key=_start):
            if used_to <= at or used_from >= end:
                continue
            if at < used_from:
                taken.append((at, used_from, block))
            at = max(at, used_to)
        if at < end:
            taken.append((at, end, block))
    return tuple(sorted(taken, key=_start))


def _start(window: Window) -> int:
    return window[0]
