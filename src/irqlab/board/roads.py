"""Where the interrupts of the controllers under test go, in a tree that was made for something else.

Every line ends at a GIC.  A real one (GICv3, or a GICv2 taken as one) is the board's; whatever else a line leads to, or
nothing at all, has a GICv3 put in its place, and the specifiers it is given are lines of that.  All of them are one GIC.

Tests: ``tests/board/test_roads.py``.
"""

from __future__ import annotations

from irqlab.board.draft import Draft, words
from irqlab.board.node import Node, References
from irqlab.board.parts import FIRST_SPI, SPIS, Wire, spi_of
from irqlab.board.supplies import Naming, told
from irqlab.board.survey import GIC_KIN

#: How many lines of one controller are looked at.
_MAX_LINES = 256

#: Trigger flags of an edge (rising, falling).
_EDGES = 3


class Roads:
    """The way of every interrupt from the controllers under test.

    :ivar tested: those controllers; one that another leads to and that is of the same driver joins them.
    :ivar lines: what each sends, and to whom.
    :ivar ends: where the ways end: the GIC, and what it stands in for.
    """

    def __init__(
        self, draft: Draft, tested: list[Node], compatible: tuple[str, ...], is_root: bool | None, assumptions: list[str]
    ) -> None:
        self._draft, self._compatible, self._is_root, self._assumptions = draft, compatible, is_root, assumptions
        self.tested = tested
        self.lines: dict[Node, References] = {}
        self.ends: list[Node] = []
        self._unknown: list[Node] = []
        self._spis: dict[tuple[Node, tuple[int, ...]], int] = {}
        for node in tested:  # grows while it runs
            self.lines[node] = self._follow(node)
        for find in (self._named, self._free):
            for references in self.lines.values():
                for end, cells in references:
                    if end in self.ends and (end, cells) not in self._spis:
                        find(end, cells)

    def stands_in(self, end: Node) -> bool:
        """Whether a GICv3 was put in the place of this node."""
        return end in self._unknown

    @property
    def gic(self) -> Node | None:
        """The node of the board's one GIC: a real one before one that stands in; None without any."""
        return min(self.ends, key=self.stands_in, default=None)

    def wires(self, node: Node, naming: Naming, outputs: int) -> tuple[Wire, ...]:
        """The lines of a controller into the GIC, or into what it stands in for."""
        return tuple(
            Wire(output, naming.of(end), self._spis[end, cells] + FIRST_SPI, edge=self._is_edge(end, cells))
            for output, (end, cells) in enumerate(self.lines[node][:outputs])
            if (end, cells) in self._spis
        )

    def _is_edge(self, end: Node, cells: tuple[int, ...]) -> bool:
        """What a specifier of a GIC says of its trigger; any other line is level high."""
        return len(cells) > 2 and (cells[0] == 0 and cells[2] == 1 if self.stands_in(end) else bool(cells[2] & _EDGES))

    def into(self, end: Node) -> tuple[tuple[tuple[int, ...], int], ...]:
        """(specifier, INTID) of each line into an end that does not say by itself which SPI it is."""
        return tuple(
            (cells, FIRST_SPI + number)
            for (controller, cells), number in self._spis.items()
            if controller is end and (self.stands_in(end) or number != spi_of(cells))
        )

    # -- following the lines -------------------------------------------------------------------------------

    def _follow(self, node: Node) -> References:
        self._fit_frame(node)
        found, wrong = node.readable_interrupts()
        if wrong and not found and self._mend(node, wrong):
            found, wrong = node.readable_interrupts()
        if wrong:
            self._assumptions.append(f"{node.path}: its interrupts are read no further than {len(found)} of them: {wrong}")
        found = tuple(line for line in found[:_MAX_LINES] if line[0] is not node)
        for controller, _ in found:
            self._leads_to(controller, node)
        if not found:
            self._without_lines(node)
        return found

    def _fit_frame(self, node: Node) -> None:
        """An example stands in a frame: a controller that says nothing of itself, with as many cells as somebody guessed.

        It is no parent of a GIC, whose own interrupts come back to it.
        """
        frame = node.controller
        if frame is None or frame is node or frame.has("compatible") or node.has("interrupts-extended"):
            return
        if node.is_compatible("arm,gic-v3", *GIC_KIN):
            self._draft.write(node, "interrupt-parent", words(self._draft.phandle(node)))
            return
        cells = _cells(node.prop_bytes("interrupts"), int.from_bytes(frame.prop_bytes("#interrupt-cells"), "big"))
        if words(cells) != frame.prop_bytes("#interrupt-cells"):
            self._draft.write(frame, "#interrupt-cells", words(cells))
            self._assumptions.append(f"{frame.path}, which does not say what it is, takes {cells} cells an interrupt")

    def _mend(self, node: Node, wrong: str) -> bool:
        """Interrupts that lead nowhere: a GICv3 is put there.  Whether anything was done."""
        if node.has("interrupts-extended"):
            self._draft.drop(node, "interrupts-extended")
            self._draft.write(node, "interrupts", words(0, 0, 4))
            self._add(node, 3, wrong)
            return True
        if node.controller is not None:
            return False
        self._add(node, _cells(node.prop_bytes("interrupts"), 0), wrong)
        return True

    def _add(self, node: Node, cells: int, why: str) -> None:
        values = {"compatible": b"arm,gic-v3\0", "interrupt-controller": b"", "#interrupt-cells": words(cells)}
        gic = self._draft.add("gic", values)
        self._draft.write(node, "interrupt-parent", words(self._draft.phandle(gic)))
        self._assumptions.append(f"{gic.path}, a GICv3, is added for the interrupts of {node.path}: {why}")
        self.ends.append(gic)
        self._unknown.append(gic)

    def _without_lines(self, node: Node) -> None:
        """A controller without lines of its own hands each interrupt on to its parent, or is the root of all."""
        parent = node.controller
        own = node.has("interrupt-parent")
        known = parent is not None and parent is not node and (own or parent.has("compatible"))
        if parent is not None and known and not (self._is_root and not own):
            self._leads_to(parent, node)
        elif parent is not node and (own or self._is_root is False):
            self._add(node, 3, "its interrupt-parent is no interrupt controller" if own else "it sends none, and is no root")
        elif not node.is_compatible("arm,gic-v3"):
            if parent not in (None, node):  # what is there for others
                self._draft.write(node, "interrupt-parent", words(self._draft.phandle(node)))
            self._assumptions.append(f"{node.path} sends no interrupts: it is taken as the root, and the board has no GIC")

    def _leads_to(self, controller: Node, node: Node) -> None:
        if controller in self.tested or controller in self.ends:
            return
        if controller.is_compatible(*self._compatible):
            self.tested.append(controller)
            return
        self.ends.append(controller)
        if controller.is_compatible(*GIC_KIN):
            self._assumptions.append(f"{controller.path} ({told(controller)}) is taken as a GICv3")
        elif not controller.is_compatible("arm,gic-v3"):
            self._unknown.append(controller)
            self._assumptions.append(
                f"{controller.path} ({told(controller)}), where {node.path} leads, is not modelled: a GICv3 stands in for it"
            )

    # -- which line is which -------------------------------------------------------------------------------

    def _named(self, end: Node, cells: tuple[int, ...]) -> None:
        """Gives a line the SPI it names, if the board's GIC is where it ends."""
        number = spi_of(cells) if end is self.gic else -1
        if len(cells) < 3 and (not self.stands_in(end) or number in self._spis.values()):
            return
        if number >= 0:
            self._spis[end, cells] = number

    def _free(self, end: Node, cells: tuple[int, ...]) -> None:
        """Gives a line an SPI that nobody has."""
        taken = set(self._spis.values())
        number = next((free for free in reversed(range(SPIS)) if free not in taken), -1)
        what = f"interrupt <{' '.join(map(str, cells))}> of {end.path}"
        if number < 0:
            self._assumptions.append(f"{what} is not connected: no SPI is free")
            return
        self._assumptions.append(f"{what} is SPI {number}")
        self._spis[end, cells] = number


def _cells(interrupts: bytes, said: int) -> int:
    """How many cells an interrupt has: what is said, or else what makes sense of the values."""
    values = [int.from_bytes(interrupts[at : at + 4], "big") for at in range(0, len(interrupts) - 3, 4)]
    guesses = [said, 3, 2] if 0 < said < 5 else [3, 2]
    return next((cells for cells in guesses if _plausible(values, cells)), 1)


def _plausible(values: list[int], cells: int) -> bool:
    """Whether these are interrupts of so many cells: <type number flags>, <number flags> or <number>."""
    if len(values) % cells:
        return False
    return (cells < 3 or all(kind < 2 for kind in values[::cells])) and (
        cells < 2 or all(0 < v < 16 for v in values[cells - 1 :: cells])
    )
