"""What is soldered: clocks, domains, resets, and the parts with their wires.  Fixed before the first state.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from irqlab.board.node import Node, References
from irqlab.hardware import OnDead, OutputWhenGated
from irqlab.state import Static

Kind = Literal["gic", "irqsteer", "intmux", "peripheral", "clock-user"]


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
