"""Finds the parts of a board in its nodes, and where their interrupt lines go.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

import re
from typing import TypeVar

from irqlab.board.node import Node
from irqlab.board.parts import DESCRIBED, Kind, Part, Wire
from irqlab.board.supplies import Naming, Supply
from irqlab.hardware import MaskedEdges, OnDead, OutputWhenGated

T = TypeVar("T", bound=str)

#: GICv2 and its kin: the same specifier, the same states of an interrupt (``drivers/irqchip/irq-gic.c``, v6.12).
GIC_KIN = (
    "arm,gic-400",
    "arm,cortex-a15-gic",
    "arm,cortex-a9-gic",
    "arm,cortex-a7-gic",
    "arm,cortex-a5-gic",
    "arm,eb11mp-gic",
    "arm,arm11mp-gic",
    "arm,arm1176jzf-devchip-gic",
    "arm,pl390",
    "arm,tc11mp-gic",
    "qcom,msm-8660-qgic",
    "qcom,msm-qgic2",
)

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"arm,gic-v3", "gic"),
    (r"fsl,imx\w*-irqsteer", "irqsteer"),
    (r"fsl,imx\w*-intmux", "intmux"),
    (r"irqlab,gpio-bank", "gpio"),
    (r"irqlab,gpio-expander", "expander"),
    (r"irqlab,peripheral", "peripheral"),
    (r"irqlab,clock-user", "clock-user"),
)

#: What a board may say of a block.
ON_DEAD: tuple[OnDead, ...] = ("abort", "hang", "ignore")
WHEN_GATED: tuple[OutputWhenGated, ...] = ("low", "held", "follows")
MASKED_EDGES: tuple[MaskedEdges, ...] = ("latched", "lost")

#: Interrupt specifiers of a GIC: SPI, PPI; trigger flags of an edge (rising, falling).
_SPI, _PPI, _EDGES, _MAX_SPI = 0, 1, 3, 987

#: How many controllers may stand in a row.
_MAX_CHAIN = 32


class Survey:
    """The parts of a board, in the tree's order."""

    def __init__(self, root: Node) -> None:
        self.assumptions: list[str] = []
        self.naming = Naming(root)
        self.supply = Supply(root, self.naming, self.assumptions)
        found = [node for node in root.walk() if node.available]
        self.kinds: dict[Node, Kind] = {}
        for node in found:
            kind = self._kind(node)
            if kind is not None:
                self.kinds[node] = kind
        parts = [self._part(node, kind) for node, kind in self.kinds.items()]
        self.parts = tuple(part for part in parts if part is not None)
        self._refuse_circles()

    def _kind(self, node: Node) -> Kind | None:
        compatible = node.compatible
        if kind := modelled(node):
            return kind
        told = compatible[0] if compatible else "nothing said"
        if known := next((name for name in GIC_KIN if name in compatible), None):
            self.assumptions.append(f"{node.path} ({known}) is taken as a GICv3")
            return "gic"
        consumer = node.has("interrupts") or node.has("interrupts-extended")
        if node.has("interrupt-controller") and "arm,gic-v3-its" not in compatible:
            self.assumptions.append(f"interrupt controller {node.path} ({told}) is not modelled: lines into it are not connected")
        if not consumer:
            return None
        self.assumptions.append(f"{node.path} ({told}) is taken as a plain peripheral")
        return "peripheral"

    def _part(self, node: Node, kind: Kind) -> Part | None:
        interrupts = () if kind in ("gic", "clock-user") else node.interrupts()
        if kind == "peripheral" and not interrupts:
            node.fail("a peripheral needs a line: add interrupts")
        wires = tuple(wire for at in range(len(interrupts)) if (wire := self._wire(node, kind, at, *interrupts[at])))
        if kind == "peripheral" and not wires and "irqlab,peripheral" not in node.compatible:
            self.assumptions.append(f"{node.path} is left out: none of its lines is modelled")
            return None
        return Part(
            self.naming.of(node),
            node.label,
            kind,
            node,
            interrupts,
            wires,
            () if kind == "gic" else self.supply.clocks_of(node),
            None if kind == "gic" else self.supply.domain_of(node),
            None if kind == "gic" else self.supply.reset_of(node),
            choice(node, "irqlab,on-dead", ON_DEAD) or "abort",
            node.has("irqlab,retention"),
            choice(node, "irqlab,output-when-gated", WHEN_GATED),
        )

    # -- interrupt lines -----------------------------------------------------------------------------------

    def _wire(self, node: Node, kind: Kind, output: int, controller: Node, cells: tuple[int, ...]) -> Wire | None:
        if kind in DESCRIBED and output >= outputs(node, kind):
            self.assumptions.append(f"{node.path}: interrupt {output} is not connected: the block has no such output")
            return None
        name = self.naming.of(controller)
        match self.kinds.get(controller):
            case "gic":
                return self._to_gic(node, output, name, cells)
            case "irqsteer":
                inputs = num_irqs(controller)
                if len(cells) != 1 or cells[0] >= inputs:
                    takes = f"1 cell below {inputs}"
                    node.fail(f"interrupt {_told(cells)} is none of {controller.path}, which takes {takes}: correct it")
                return Wire(output, name, cells[0])
            case "intmux":
                channels = len(controller.interrupts())
                if len(cells) != 2 or cells[0] >= 32 or cells[1] >= channels:
                    takes = f"an input below 32 and a channel below {channels}"
                    node.fail(f"interrupt {_told(cells)} is none of {controller.path}, which takes {takes}: correct it")
                return Wire(output, name, cells[0])
            case "gpio" | "expander":
                lines = ngpios(controller)
                if len(cells) != 2 or cells[0] >= lines:
                    takes = f"a line below {lines} and its trigger"
                    node.fail(f"interrupt {_told(cells)} is none of {controller.path}, which takes {takes}: correct it")
                return Wire(output, name, cells[0])
        where = f"{controller.path}, which is not modelled"
        self.assumptions.append(f"{node.path}: interrupt {output} goes to {where}: it is not connected")
        return None

    def _to_gic(self, node: Node, output: int, name: str, cells: tuple[int, ...]) -> Wire | None:
        if len(cells) < 3:
            node.fail(f"interrupt {_told(cells)} is too short for a GIC: write <type number flags>")
        if cells[0] == _SPI:
            if cells[1] > _MAX_SPI:
                node.fail(f"SPI {cells[1]} does not exist: the last is {_MAX_SPI}")
            return Wire(output, name, 32 + cells[1], edge=bool(cells[2] & _EDGES))
        what = "a private interrupt of each CPU" if cells[0] == _PPI else "no SPI"
        self.assumptions.append(f"{node.path}: interrupt {output} is {what}: it is not connected")
        return None

    def _refuse_circles(self) -> None:
        parts = {part.name: part for part in self.parts}
        done: list[str] = []

        def visit(part: Part, above: tuple[str, ...]) -> None:
            if part.name in above or len(above) > _MAX_CHAIN:
                part.node.fail(
                    "its interrupts go in a circle, or through too many controllers: correct interrupts or interrupt-parent"
                )
            if part.name not in done:
                for wire in part.wires:
                    visit(parts[wire.controller], (*above, part.name))
                done.append(part.name)

        for part in self.parts:
            visit(part, ())


def modelled(node: Node) -> Kind | None:
    """The kind of part a node is, as far as irqlab has a model of it."""
    compatible = node.strings("compatible")
    for pattern, kind in _KINDS:
        if any(re.fullmatch(pattern, name) for name in compatible):
            return kind
    return None


def num_irqs(node: Node) -> int:
    """The number of inputs of an irqsteer (``fsl,num-irqs``)."""
    number = node.prop_u32("fsl,num-irqs")
    if number % 32 or not 0 < number <= 960:
        node.fail(f"fsl,num-irqs = <{number}> fits no irqsteer: write a multiple of 32 up to 960")
    return number


def ngpios(node: Node) -> int:
    """The number of lines of a GPIO bank or an expander (``ngpios``)."""
    number = node.prop_u32("ngpios")
    if not 0 < number <= 32:
        node.fail(f"ngpios = <{number}> fits no bank: write 1 to 32")
    return number


def outputs(node: Node, kind: Kind) -> int:
    """How many outputs a controller has whose registers are described."""
    if kind == "irqsteer":
        return -(-num_irqs(node) // 64)
    return 8 if kind == "intmux" else 1


def channel(node: Node) -> int:
    """The channel of an irqsteer (``fsl,channel``)."""
    number = node.prop_u32("fsl,channel")
    if number > 31:
        node.fail(f"fsl,channel = <{number}> fits no irqsteer: write 0 to 31")
    return number


def choice(node: Node, prop: str, choices: tuple[T, ...]) -> T | None:
    """The one of ``choices`` a property says; None where it says nothing."""
    given = node.prop_strings(prop)
    if not given:
        return None
    for known in choices:
        if given == (known,):
            return known
    node.fail(f"{prop} = {', '.join(given)} means nothing: write one of {', '.join(choices)}")


def _told(cells: tuple[int, ...]) -> str:
    return f"<{' '.join(map(str, cells))}>"
