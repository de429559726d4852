"""What is soldered: clocks, domains, resets, and the parts with their wires.  Fixed before the first state.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from irqlab.board.node import Node, References
from irqlab.hardware import OnDead, OutputWhenGated
from irqlab.state import Static

#: ``controller``: an interrupt controller nobody has described; ``registers``: a window of registers a driver needs.
Kind = Literal["gic", "irqsteer", "intmux", "gpio", "expander", "controller", "registers", "peripheral", "clock-user"]

#: The kinds that are interrupt controllers below the root.
CONTROLLERS: tuple[Kind, ...] = ("irqsteer", "intmux", "gpio", "expander", "controller")

#: Those whose registers and outputs are described.
DESCRIBED: tuple[Kind, ...] = ("irqsteer", "intmux", "gpio", "expander")

#: A window as the CPU sees it: physical base address and size.
Region = tuple[int, int]

#: The first INTID of the shared peripheral interrupts of a GIC, and how many there are.
FIRST_SPI, SPIS = 32, 988


@dataclass(frozen=True, eq=False)
class Clock(Static):
    """A clock of the board.

    :ivar name: label of its node, or the node's name; with the specifier cells for one output of a provider.
    :ivar fixed: an oscillator: it has no gate.
    :ivar boot_on: whether the gate is open when the first kernel starts.
    """

    name: str
    node: Node
    parent: Clock | None = None
    fixed: bool = False
    boot_on: bool = False


@dataclass(frozen=True, eq=False)
class Domain(Static):
    """A power domain of the board; named like a :class:`Clock`.

    :ivar boot_on: whether it is on when the first kernel starts.
    """

    name: str
    node: Node
    parent: Domain | None = None
    boot_on: bool = False


@dataclass(frozen=True, eq=False)
class Reset(Static):
    """A reset line of the board; named like a :class:`Clock`.

    :ivar boot_asserted: whether it is asserted when the first kernel starts.
    """

    name: str
    node: Node
    boot_asserted: bool = False


@dataclass(frozen=True)
class Wire:
    """One soldered interrupt line: output ``output`` of a part to input ``hwirq`` of part ``controller``."""

    output: int
    controller: str
    hwirq: int
    edge: bool = False


@dataclass(frozen=True, eq=False)
class Part(Static):
    """One device on the board.

    :ivar name: full node name (the path if two nodes share it); also the name of its block in the machine.
    :ivar interrupts: as the device tree says: (controller, specifier cells); ``wires`` is what of it is modelled.
    :ivar clocks: (the part's name for the clock, the clock), in the device tree's order.
    :ivar output_when_gated: None when the board does not say.
    :ivar regs: the windows of its registers, in the order of ``reg``; where the tree gives no address the CPU sees, one
        that nobody else has.
    :ivar tested: it is there because the driver under test drives it.
    :ivar candidates: of a peripheral that irqlab added: the specifiers its line may have, the likeliest first (that one
        is in ``interrupts``).  Which of them a controller takes, only its driver knows.
    :ivar stands_in: of a GIC: it was put in the place of something irqlab does not know.
    :ivar lines: of a GIC: (specifier, INTID) of each line whose specifier does not say its INTID.
    """

    name: str
    label: str
    kind: Kind
    node: Node
    interrupts: References = ()
    wires: tuple[Wire, ...] = ()
    clocks: tuple[tuple[str, Clock], ...] = ()
    domain: Domain | None = None
    reset: Reset | None = None
    on_dead: OnDead = "abort"
    retention: bool = False
    output_when_gated: OutputWhenGated | None = None
    regs: tuple[Region, ...] = ()
    tested: bool = False
    candidates: tuple[tuple[int, ...], ...] = ()
    stands_in: bool = False
    lines: tuple[tuple[tuple[int, ...], int], ...] = ()

    @property
    def parent(self) -> Node | None:
        """The interrupt controller above this one (as ``of_irq_init()`` finds it); None for a root."""
        if self.kind == "gic" and not self.tested:
            return None
        above = self.interrupts[0][0] if self.interrupts else self.node.controller
        return None if above is self.node else above

    def intid(self, cells: tuple[int, ...]) -> int:
        """The INTID a specifier means at a GIC: <0 number flags>, or one of :attr:`lines`; -1 for none."""
        for known, intid in self.lines:
            if known == cells:
                return intid
        number = spi_of(cells) if len(cells) > 2 or self.stands_in else -1
        return FIRST_SPI + number if number >= 0 else -1


def spi_of(cells: tuple[int, ...]) -> int:
    """The number of the SPI a specifier means at a GIC, or what stands for one: <0 number flags>, <number flags>,
    <number>; -1 for none."""
    if len(cells) > 2 and cells[0]:
        return -1
    number = cells[1] if len(cells) > 2 else cells[0] if cells else SPIS
    return number if number < SPIS else -1
