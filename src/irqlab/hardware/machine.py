"""The machine: a board at run time, all of it wired.

What switching a clock, a domain or a reset does to every block concerned happens here and nowhere else.

Tests: ``tests/hardware/test_machine.py``.
"""

from __future__ import annotations

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


class Bus(Record):
    """The bus all blocks are on; key: the machine's name.

    :ivar hung: an access was never answered: nothing that uses the bus goes on.
    """

    hung: bool = False


class Machine(Static):
    """All hardware of one board.

    :ivar all_blocks: every block once, in the board's order.
    :ivar blocks: the same by name and by label.
    :ivar clocks: by name; ``domains`` and ``resets`` likewise.
    :ivar peripherals: the blocks that can raise events.
    """

    def __init__(
        self,
        world: World,
        gic: Gic,
        blocks: Iterable[Block],
        *,
        clocks: Iterable[ClockGate] = (),
        domains: Iterable[PowerDomain] = (),
        resets: Iterable[ResetLine] = (),
        name: str = "machine",
    ) -> None:
        self.world = world
        self.name = name
        self.gic = gic
        self.all_blocks: tuple[Block, ...] = (gic, *(block for block in blocks if block is not gic))
        self.blocks: dict[str, Block] = {block.label: block for block in self.all_blocks if block.label}
        self.blocks.update((block.name, block) for block in self.all_blocks)
        self.clocks: dict[str, ClockGate] = {clock.name: clock for clock in clocks}
        self.domains: dict[str, PowerDomain] = {domain.name: domain for domain in domains}
        self.resets: dict[str, ResetLine] = {reset.name: reset for reset in resets}
        self.peripherals = tuple(block for block in self.all_blocks if isinstance(block, Peripheral))
        self._bus = world.new(Bus, name)
        self._clocked = {name: self._fed_by(clock) for name, clock in self.clocks.items()}
        self._powered = {name: self._inside(domain) for name, domain in self.domains.items()}
        self._behind = {name: tuple(b for b in self.all_blocks if b.reset is reset) for name, reset in self.resets.items()}
        if gic.latches_edges:
            for block in self.all_blocks:
                block.observer = gic

    def _fed_by(self, clock: ClockGate) -> tuple[Block, ...]:
        return tuple(b for b in self.all_blocks if any(clock in used.chain() for _, used in b.clocks))

    def _inside(self, domain: PowerDomain) -> tuple[Block, ...]:
        return tuple(b for b in self.all_blocks if b.domain is not None and domain in b.domain.chain())

    def _find(self, kind: str, table: Mapping[str, T], name: str) -> T:
        if name not in table:
            raise ModelError(f"{self.name} has no {kind} {name!r}: it has {', '.join(table) or 'none'}")
        return table[name]

    # -- the bus -------------------------------------------------------------------------------------------

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
        self.gic.sample()

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
        self.gic.sample()

    # -- power ---------------------------------------------------------------------------------------------

    @atomic
    def domain_on(self, name: str) -> None:
        """Closes the switch of a power domain; blocks wake with reset values, or with what they retained."""
        domain = self._find("power domain", self.domains, name)
        if domain.on:
            return
        domain.on = True
        self.world.trace("power", name=name, on=True)
        self.gic.sample()

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
        self.gic.sample()

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
        self.gic.sample()

    @atomic
    def reset_deassert(self, name: str) -> None:
        """Releases a reset line."""
        line = self._find("reset", self.resets, name)
        if not line.asserted:
            return
        line.asserted = False
        self.world.trace("reset", name=name, on=False)
        self.gic.sample()
