"""Finds the clocks, power domains and resets of a board in its nodes.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from irqlab.board.node import Node
from irqlab.board.parts import Clock, Domain, Reset

T = TypeVar("T", Clock, Domain, Reset)

#: How many clocks or domains may stand in a row.
_MAX_CHAIN = 32


class Naming:
    """Names that are unique on the board: the short one where nobody else has it, else the path."""

    def __init__(self, root: Node) -> None:
        self._uses: dict[str, int] = {}
        for node in root.walk():
            for name in dict.fromkeys((node.name, *node.labels)):
                self._uses[name] = self._uses.get(name, 0) + 1

    def of(self, node: Node) -> str:
        """The name of a node as a device."""
        return node.name if self._uses[node.name] == 1 else node.path

    def provider(self, node: Node, arguments: tuple[int, ...] = ()) -> str:
        """The name of what a node provides: label or name, and the specifier cells."""
        name = node.label if node.label and self._uses[node.label] == 1 else self.of(node)
        return ":".join((name, ",".join(map(str, arguments)))) if arguments else name


class Supply:
    """All providers met so far, by name; what was assumed about unknown ones."""

    def __init__(self, root: Node, naming: Naming, assumptions: list[str]) -> None:
        self.naming = naming
        self.assumptions = assumptions
        self.clocks: dict[str, Clock] = {}
        self.domains: dict[str, Domain] = {}
        self.resets: dict[str, Reset] = {}
        self._open: list[str] = []
        for node in root.walk():
            if not node.available:
                continue
            if {"fixed-clock", "irqlab,clock-gate"} & set(node.compatible):
                self.clock(node, ())
            elif "irqlab,power-domain" in node.compatible:
                self.domain(node, ())
            elif "irqlab,reset" in node.compatible:
                self.reset(node, ())

    def clock(self, node: Node, arguments: tuple[int, ...]) -> Clock:
        """The clock a reference means."""
        name = self.naming.provider(node, arguments)
        return self._once(self.clocks, name, node, lambda: self._new_clock(name, node))

    def _new_clock(self, name: str, node: Node) -> Clock:
        if "fixed-clock" in node.compatible:
            return Clock(name, node, fixed=True, boot_on=True)
        if "irqlab,clock-gate" in node.compatible:
            parents = [self.clock(*reference) for reference in node.phandle_args("clocks", "#clock-cells")]
            if len(parents) > 1:
                node.fail(f"a clock gate has one parent and clocks names {len(parents)}: keep one")
            return Clock(name, node, parents[0] if parents else None, boot_on=node.has("irqlab,boot-on"))
        self._assume(f"clock {name}", node, "a gate, closed at boot")
        return Clock(name, node)

    def domain(self, node: Node, arguments: tuple[int, ...]) -> Domain:
        """The power domain a reference means."""
        name = self.naming.provider(node, arguments)
        return self._once(self.domains, name, node, lambda: self._new_domain(name, node))

    def _new_domain(self, name: str, node: Node) -> Domain:
        if "irqlab,power-domain" in node.compatible:
            return Domain(name, node, self.domain_of(node), boot_on=node.has("irqlab,boot-on"))
        self._assume(f"power domain {name}", node, "a switch, off at boot")
        return Domain(name, node)

    def reset(self, node: Node, arguments: tuple[int, ...]) -> Reset:
        """The reset line a reference means."""
        name = self.naming.provider(node, arguments)
        return self._once(self.resets, name, node, lambda: self._new_reset(name, node))

    def _new_reset(self, name: str, node: Node) -> Reset:
        if "irqlab,reset" not in node.compatible:
            self._assume(f"reset {name}", node, "a line, released at boot")
        return Reset(name, node, boot_asserted=node.has("irqlab,boot-asserted"))

    def _once(self, table: dict[str, T], name: str, node: Node, make: Callable[[], T]) -> T:
        if name in self._open or len(self._open) > _MAX_CHAIN:
            node.fail("its supplies go in a circle, or through too many others: correct clocks or power-domains")
        if name not in table:
            self._open.append(name)
            made = make()
            self._open.pop()
            table[name] = made
        return table[name]

    def _assume(self, what: str, node: Node, taken_as: str) -> None:
        kind = node.compatible[0] if node.compatible else "nothing said"
        self.assumptions.append(f"{what} of {node.path} ({kind}) is taken as {taken_as}")

    # -- what one node uses --------------------------------------------------------------------------------

    def clocks_of(self, node: Node) -> tuple[tuple[str, Clock], ...]:
        """The clocks a node uses with its own names for them; unnamed ones go by the clock's name."""
        clocks = [self.clock(*reference) for reference in node.phandle_args("clocks", "#clock-cells")]
        names = node.prop_strings("clock-names")
        return tuple((names[at] if at < len(names) else clock.name, clock) for at, clock in enumerate(clocks))

    def domain_of(self, node: Node) -> Domain | None:
        """The power domain a node is in."""
        references = node.phandle_args("power-domains", "#power-domain-cells")
        if len(references) > 1:
            self.assumptions.append(f"{node.path} is in {len(references)} power domains: only the first is modelled")
        return self.domain(*references[0]) if references else None

    def reset_of(self, node: Node) -> Reset | None:
        """The reset line of a node."""
        references = node.phandle_args("resets", "#reset-cells")
        if len(references) > 1:
            self.assumptions.append(f"{node.path} has {len(references)} resets: only the first is modelled")
        return self.reset(*references[0]) if references else None
