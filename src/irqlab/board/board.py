"""A board, and the machine that is built of it.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from irqlab.board.node import Node
from irqlab.board.parts import Clock, Domain, Part, Reset
from irqlab.board.survey import Survey, channel, num_irqs
from irqlab.errors import BoardError
from irqlab.hardware import (
    Block,
    ClockGate,
    Gic,
    Intmux,
    Irqsteer,
    Machine,
    OutputWhenGated,
    Peripheral,
    PowerDomain,
    ResetLine,
    Supplies,
)
from irqlab.state import Static, World


@dataclass(frozen=True, eq=False)
class Board(Static):
    """What is soldered; any number of machines can be built of it.

    :ivar nodes: every node of the device tree, in its order.
    :ivar parts: the devices irqlab models or assumes, controllers and consumers alike.
    :ivar assumptions: what irqlab took for granted because the device tree or irqlab does not say, a sentence each.
    """

    name: str
    nodes: tuple[Node, ...]
    parts: tuple[Part, ...]
    clocks: tuple[Clock, ...]
    domains: tuple[Domain, ...]
    resets: tuple[Reset, ...]
    assumptions: tuple[str, ...]

    @classmethod
    def of(cls, name: str, root: Node) -> Board:
        """The board a device tree describes; :class:`~irqlab.errors.BoardError` if that is none irqlab can build."""
        survey = Survey(root)
        gics = [part for part in survey.parts if part.kind == "gic"]
        if len(gics) != 1:
            raise BoardError(f"{root.source}: has {len(gics)} nodes compatible with arm,gic-v3: irqlab needs exactly one")
        return cls(
            name,
            tuple(root.walk()),
            survey.parts,
            tuple(survey.supply.clocks.values()),
            tuple(survey.supply.domains.values()),
            tuple(survey.supply.resets.values()),
            tuple(survey.assumptions),
        )

    def part(self, which: str | Node) -> Part:
        """A part by its name, label, path or node."""
        for part in self.parts:
            if which is part.node or which in (part.name, part.label, part.node.path):
                return part
        raise BoardError(f"{self.name}: there is no part {which}: it has {', '.join(part.name for part in self.parts)}")

    @property
    def undecided(self) -> tuple[str, ...]:
        """Names of the controllers whose clock can stop and of which nobody says what they then drive."""
        controllers = (part for part in self.parts if part.kind in ("irqsteer", "intmux"))
        return tuple(part.name for part in controllers if part.clocks and part.output_when_gated is None)

    def build(self, world: World, output_when_gated: OutputWhenGated | None = None) -> Machine:
        """A machine in its state when the first kernel starts; all its Records are made in ``world``.

        :param output_when_gated: what the :attr:`undecided` controllers drive while their clock is stopped.
        """
        return _Builder(self, world, output_when_gated).machine()


class _Builder:
    def __init__(self, board: Board, world: World, output_when_gated: OutputWhenGated | None) -> None:
        self.board, self.world, self.output_when_gated = board, world, output_when_gated

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
        blocks: dict[str, Block] = {}
        gic: Gic | None = None
        for part in board.parts:
            if part.kind == "gic":
                blocks[part.name] = gic = self._gic(part)
            elif part.kind != "clock-user":
                blocks[part.name] = self._block(part)
        assert gic is not None
        for part in board.parts:
            for wire in part.wires:
                if wire.controller == gic.name:
                    gic.add_spi(wire.hwirq, edge=wire.edge)
                blocks[wire.controller].wire(wire.hwirq, blocks[part.name], wire.output)
        return Machine(world, gic, blocks.values(), clocks=clocks, domains=domains, resets=resets, name=board.name)

    def _gic(self, part: Part) -> Gic:
        lines = [wire.hwirq for other in self.board.parts for wire in other.wires if wire.controller == part.name]
        return Gic(self.world, part.name, label=part.label, spis=max(lines, default=32) - 31)

    def _block(self, part: Part) -> Block:
        world, name, label, supplies = self.world, part.name, part.label, self._supplies(part)
        if part.kind == "irqsteer":
            return Irqsteer(world, name, supplies, num_irqs=num_irqs(part.node), channel=channel(part.node), label=label)
        if part.kind == "intmux":
            return Intmux(world, name, supplies, label=label)
        return Peripheral(world, name, supplies, label=label, lines=len(part.interrupts))

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
