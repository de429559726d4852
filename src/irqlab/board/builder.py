"""Makes a machine of a board.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.board.memory import Window
from irqlab.board.parts import DESCRIBED, Part
from irqlab.board.survey import MASKED_EDGES, channel, choice, ngpios, num_irqs
from irqlab.hardware import (
    Block,
    ClockGate,
    Expander,
    Gic,
    GpioBank,
    Intmux,
    Irqsteer,
    Machine,
    OutputWhenGated,
    Peripheral,
    PowerDomain,
    RegisterFile,
    ResetLine,
    Supplies,
    Words,
)

if TYPE_CHECKING:
    from irqlab.board.board import Board
    from irqlab.state import World


class Builder:
    """Makes one machine of a board."""

    def __init__(self, board: Board, world: World, output_when_gated: OutputWhenGated | None) -> None:
        self.board, self.world, self.output_when_gated = board, world, output_when_gated
        self._blocks: dict[str, Block] = {}

    def machine(self) -> Machine:
        world, board = self.world, self.board
        clocks = [
            world.new(
                ClockGate, c.name, on=c.boot_on, parent=world.at(ClockGate, c.parent.name) if c.parent else None, fixed=c.fixed
            )
            for c in board.clocks
        ]
        domains = [
            world.new(PowerDomain, d.name, on=d.boot_on, parent=world.at(PowerDomain, d.parent.name) if d.parent else None)
            for d in board.domains
        ]
        resets = [world.new(ResetLine, reset.name, asserted=reset.boot_asserted) for reset in board.resets]
        gic = self._gic()
        for part in board.parts:
            if part.kind in (*DESCRIBED, "peripheral"):
                self._blocks[part.name] = self._placed(self._described(part), part)
        for window in board.windows:
            self._meaningless(window)
        blocks = tuple(dict.fromkeys(self._blocks[name] for name in self._names()))
        for part in board.parts:
            for wire in part.wires:
                into = self._blocks[wire.controller]
                if isinstance(into, Gic):
                    into.add_spi(wire.hwirq, edge=wire.edge)
                into.wire(wire.hwirq, self._blocks[part.name], wire.output)
        return Machine(world, gic, blocks, aliases=self._blocks, clocks=clocks, domains=domains, resets=resets, name=board.name)

    def _names(self) -> tuple[str, ...]:
        """Blocks in the board's order: parts, then their further windows."""
        parts = [part.name for part in self.board.parts if part.name in self._blocks]
        return (*parts, *(name for name in self._blocks if name not in parts))

    def _gic(self) -> Gic | None:
        """The one GIC, under the names of all it stands for; a real one gives it its own."""
        gics = [part for part in self.board.parts if part.kind == "gic"]
        if not gics:
            return None
        first = min(gics, key=lambda part: part.stands_in)
        names = [part.name for part in gics]
        lines = [wire.hwirq for other in self.board.parts for wire in other.wires if wire.controller in names]
        gic = Gic(self.world, first.name, label=first.label, spis=max(lines, default=32) - 31)
        self._placed(gic, first)
        if first.tested:
            gic.keep_rest(Words(self.world, gic.name, gic.size))
        self._blocks.update((name, gic) for name in names)
        return gic

    def _placed(self, block: Block, part: Part) -> Block:
        if part.regs:
            block.place(*part.regs[0])
        return block

    def _described(self, part: Part) -> Block:
        world, name, label, supplies = self.world, part.name, part.label, self._supplies(part)
        if part.kind == "irqsteer":
            return Irqsteer(world, name, supplies, num_irqs=num_irqs(part.node), channel=channel(part.node), label=label)
        if part.kind == "intmux":
            return Intmux(world, name, supplies, label=label)
        if part.kind == "gpio":
            masked_edges = choice(part.node, "irqlab,masked-edges", MASKED_EDGES) or "latched"
            return GpioBank(world, name, supplies, lines=ngpios(part.node), masked_edges=masked_edges, label=label)
        if part.kind == "expander":
            latch = part.node.has("irqlab,input-latch")
            return Expander(world, name, supplies, lines=ngpios(part.node), latches=latch, label=label)
        return Peripheral(world, name, supplies, label=label, lines=len(part.interrupts))

    def _meaningless(self, window: Window) -> None:
        """A window nobody has described; a label goes to the first of a part."""
        part, size = window.part, window.region[1] if window.region else 0
        main = window.name == part.name
        label = part.label if main else ""
        lines = max((wire.output + 1 for wire in part.wires), default=0) if main else 0
        block = RegisterFile(self.world, window.name, self._supplies(part), size=size, label=label, outputs=lines)
        block.device = part.name
        if window.region:
            block.place(*window.region)
        self._blocks.update((name, block) for name in (window.name, *window.others))

    def _supplies(self, part: Part) -> Supplies:
        world, gated = self.world, part.output_when_gated
        if part.name in self.board.undecided:
            gated = self.output_when_gated
        return Supplies(
            clocks=tuple((name, world.at(ClockGate, clock.name)) for name, clock in part.clocks),
            domain=world.at(PowerDomain, part.domain.name) if part.domain else None,
            reset=world.at(ResetLine, part.reset.name) if part.reset else None,
            on_dead=part.on_dead,
            retention=part.retention,
            output_when_gated=gated,
        )
