"""Finds the clocks, power domains and resets of a board in its nodes.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from irqlab.board.node import Node, References
from irqlab.board.parts import Clock, Domain, Reset
from irqlab.errors import BoardError

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
    """All providers met so far, by name; what was assumed about unknown ones.

    :ivar lenient: of a tree that was made for something else: only what is asked for is looked at, and what cannot be
        read is an assumption, no error.
    """

    def __init__(self, root: Node, naming: Naming, assumptions: list[str], *, lenient: bool = False) -> None:
        self.naming = naming
        self.assumptions = assumptions
        self.lenient = lenient
        self.clocks: dict[str, Clock] = {}
        self.domains: dict[str, Domain] = {}
        self.resets: dict[str, Reset] = {}
        self._open: list[str] = []
        for node in () if lenient else root.walk():
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
        if node.is_compatible("fixed-clock"):
            return Clock(name, node, fixed=True, boot_on=True)
        if node.is_compatible("irqlab,clock-gate"):
            parents = [self.clock(*reference) for reference in self._references(node, "clocks", "#clock-cells")]
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
        if node.is_compatible("irqlab,power-domain"):
            return Domain(name, node, self.domain_of(node), boot_on=node.has("irqlab,boot-on"))
        self._assume(f"power domain {name}", node, "a switch, off at boot")
        return Domain(name, node)

    def reset(self, node: Node, arguments: tuple[int, ...]) -> Reset:
        """The reset line a reference means."""
        name = self.naming.provider(node, arguments)
        return self._once(self.resets, name, node, lambda: self._new_reset(name, node))

    def _new_reset(self, name: str, node: Node) -> Reset:
        if not node.is_compatible("irqlab,reset"):
            self._assume(f"reset {name}", node, "a line, released at boot")
        return Reset(name, node, boot_asserted=node.has("irqlab,boot-asserted"))

    def _once(self, table: dict[str, T], name: str, node: Node, make: Callable[[], T]) -> T:
        if name in self._open or len(self._open) > _MAX_CHAIN:
            node.fail("its supplies go in a circle, or through too many others: correct clocks or power-domains")
        if name not in table:
            self._open.append(name)
            try:
                table[name] = make()
            finally:
                self._open.pop()
        return table[name]

    def _assume(self, what: str, node: Node, taken_as: str) -> None:
        self.assumptions.append(f"{what} of {node.path} ({told(node)}) is taken as {taken_as}")

    def _references(self, node: Node, prop: str, cells_prop: str) -> References:
        if not self.lenient:
            return node.phandle_args(prop, cells_prop)
        references, wrong = node.readable_args(prop, cells_prop)
        if wrong:
            self.assumptions.append(f"{_unread(node, prop, len(references))}: {wrong}")
        return references

    def _meant(self, node: Node, prop: str, references: References, find: Callable[[Node, tuple[int, ...]], T]) -> tuple[T, ...]:
        """What references mean."""
        meant: list[T] = []
        for provider, arguments in references:
            try:
                meant.append(find(provider, arguments))
            except BoardError as error:
                if not self.lenient:
                    raise
                why = str(error).removeprefix(f"{node.source}: ")
                self.assumptions.append(f"{_unread(node, prop, len(meant))}: {why}")
                break
        return tuple(meant)

    # -- what one node uses --------------------------------------------------------------------------------

    def clocks_of(self, node: Node) -> tuple[tuple[str, Clock], ...]:
        """The clocks a node uses with its own names for them; unnamed ones go by the clock's name."""
        clocks = self._meant(node, "clocks", self._references(node, "clocks", "#clock-cells"), self.clock)
        names = node.strings("clock-names") if self.lenient else node.prop_strings("clock-names")
        return tuple((names[at] if at < len(names) else clock.name, clock) for at, clock in enumerate(clocks))

    def domain_of(self, node: Node) -> Domain | None:
        """The power domain a node is in."""
        return self._first(node, "power-domains", "#power-domain-cells", self.domain, "is in {} power domains")

    def reset_of(self, node: Node) -> Reset | None:
        """The reset line of a node."""
        return self._first(node, "resets", "#reset-cells", self.reset, "has {} resets")

    def _first(
        self, node: Node, prop: str, cells_prop: str, find: Callable[[Node, tuple[int, ...]], T], several: str
    ) -> T | None:
        references = self._references(node, prop, cells_prop)
        if len(references) > 1:
            self.assumptions.append(f"{node.path} {several.format(len(references))}: only the first is modelled")
        return next(iter(self._meant(node, prop, references[:1], find)), None)


def told(node: Node) -> str:
    """What a node says it is, in a few words."""
    return next(iter(node.strings("compatible")), "") or "nothing said"


def _unread(node: Node, prop: str, number: int) -> str:
    return f"{node.path}: {prop} is read no further than {number} of its entries"
