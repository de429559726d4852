"""Boards for drivers irqlab knows nothing of, out of trees that were made for something else.

Of a tree with hundreds of nodes, or of a few lines of an example, this takes what one driver needs: its controllers,
their supplies, what their interrupts go to, registers of others it may map, and users for a line or two.  What is
missing is added, what is odd is left out, and each is a sentence of the assumptions.

Tests: ``tests/board/test_foreign.py``.
"""

from __future__ import annotations

import re
from dataclasses import replace

from irqlab.board import reach
from irqlab.board.draft import Draft
from irqlab.board.node import Node
from irqlab.board.parts import FIRST_SPI, Kind, Part, Wire
from irqlab.board.roads import Roads
from irqlab.board.supplies import Naming, Supply, told
from irqlab.board.survey import ON_DEAD, WHEN_GATED, channel, choice, modelled, num_irqs, outputs
from irqlab.board.users import User, Users, fits
from irqlab.errors import BoardError

#: How ``dt-extract-example`` calls the node around an example.
_EXAMPLE = re.compile(r"example-\d+")

_LABELS = "abcdefghijklmnopqrstuvwxyz"


class Foreign:
    """What one driver needs of a tree.

    :ivar root: a copy of the tree, completed.
    :ivar parts: the devices, in the order of the copy.
    :ivar supply: the clocks, domains and resets they need.
    :ivar assumptions: what was taken for granted, added and left out.
    """

    def __init__(
        self, root: Node, compatible: tuple[str, ...], *, consumers: int, controllers: int, is_root: bool | None
    ) -> None:
        self.assumptions: list[str] = []
        self._draft = Draft(root)
        self.root = self._draft.root
        self._open_examples()
        before = [node for node in self.root.walk() if node.has("compatible") and _in_use(node)]
        users = Users(self.root, compatible)
        tested = _chosen(self.root, compatible, controllers, users, self.assumptions)
        self._roads = Roads(self._draft, tested, compatible, is_root, self.assumptions)
        for node in (*tested, *self._roads.ends):
            self._switch_on(node)
        self._kinds = self._kinds_of(tested)
        self._users = [user for at, node in enumerate(tested) for user in self._users_of(users, node, at * consumers, consumers)]
        self.supply = Supply(self.root, Naming(self.root), self.assumptions, lenient=True)
        self.parts = self._in_order(self._parts())
        self._leave_out(before)

    # -- making the tree fit -------------------------------------------------------------------------------

    def _open_examples(self) -> None:
        """The frame of an example says nothing of addresses, nor do the buses in it: they are the CPU's."""
        for example in self.root.children:
            for node in example.walk() if _EXAMPLE.fullmatch(example.name) else ():
                if not node.has("ranges") and not node.has("reg") and (node is example or node.has("#address-cells")):
                    self._draft.write(node, "ranges", b"")

    def _switch_on(self, node: Node) -> None:
        """Makes a node usable, and all above it."""
        above: Node | None = node
        while above is not None:
            if not _on(above):
                self.assumptions.append(f"{above.path} has status {above.strings('status')[0]!r}: it is taken as okay")
                self._draft.write(above, "status", b"okay\0")
            above = above.parent

    def _kinds_of(self, tested: list[Node]) -> dict[Node, Kind]:
        kinds: dict[Node, Kind] = {}
        for node in tested:
            kind = modelled(node)
            try:
                if kind == "irqsteer":
                    num_irqs(node)
                    channel(node)
            except BoardError as error:
                wrong = str(error).removeprefix(f"{node.source}: ")
                self.assumptions.append(f"the model of an irqsteer does not fit {wrong}")
                kind = "controller"
            if kind == "gic" and (self._roads.ends or "gic" in kinds.values()):
                kind = "controller"  # the CPU has one root
            if kind not in ("gic", "irqsteer", "intmux"):
                kind = "controller"
                what = "its registers keep what is written, and it drives no line"
                self.assumptions.append(f"{node.path} ({told(node)}) is not modelled: {what}")
            kinds[node] = kind
        return kinds

    def _users_of(self, users: Users, node: Node, first: int, count: int) -> tuple[User, ...]:
        labels = tuple(_LABELS[first : first + count])
        return users.of(self._draft, node, self._kinds[node], len(self._roads.lines[node]), labels, self.assumptions)

    # -- the parts -----------------------------------------------------------------------------------------

    def _parts(self) -> dict[Node, Part]:
        roads, made = self._roads, dict[Node, Part]()
        for node in roads.ends:
            made[node] = replace(self._part(node, "gic"), lines=roads.into(node), stands_in=roads.stands_in(node))
        for node in roads.tested:
            kind = self._kinds[node]
            lines = outputs(node, kind) if kind in ("irqsteer", "intmux") else len(roads.lines[node])
            wires = roads.wires(node, self.supply.naming, lines)
            plain = self._part(node, kind)
            made[node] = replace(plain if kind == "gic" else self._supplied(plain, wires), tested=True)
        for node in roads.tested:
            for other, why in reach.registers(node).items():
                if other not in made:
                    made[other] = self._part(other, "registers")
                    self.assumptions.append(
                        f"the registers of {other.path} ({told(other)}), {why}, are always on and keep what is written"
                    )
        for user in self._users:
            made[user.node] = self._user(user)
        for node in self.root.walk():
            if node.is_compatible("irqlab,clock-user") and _in_use(node) and self._shares_a_clock(node):
                made[node] = self._supplied(self._part(node, "clock-user"), ())
        return made

    def _shares_a_clock(self, node: Node) -> bool:
        clocks = node.readable_args("clocks", "#clock-cells")[0]
        return any(self.supply.naming.provider(*reference) in self.supply.clocks for reference in clocks)

    def _part(self, node: Node, kind: Kind) -> Part:
        return Part(self.supply.naming.of(node), node.label, kind, node)

    def _supplied(self, part: Part, wires: tuple[Wire, ...]) -> Part:
        node, supply = part.node, self.supply
        return replace(
            part,
            interrupts=self._roads.lines.get(node, ()),
            wires=wires,
            clocks=supply.clocks_of(node),
            domain=supply.domain_of(node),
            reset=supply.reset_of(node),
            on_dead=choice(node, "irqlab,on-dead", ON_DEAD) or "abort",
            retention=node.has("irqlab,retention"),
            output_when_gated=choice(node, "irqlab,output-when-gated", WHEN_GATED),
        )

    def _user(self, user: User) -> Part:
        """A peripheral, wired to its controller if that has a model."""
        lines = tuple(line for line in user.node.readable_interrupts()[0] if line[0] is user.controller)
        if user.candidates:
            lines = ((user.controller, user.candidates[0]),)
        kind = self._kinds.get(user.controller, "controller")
        wires = tuple(
            Wire(output, self.supply.naming.of(controller), cells[1] + FIRST_SPI if kind == "gic" else cells[0])
            for output, (controller, cells) in enumerate(lines)
            if kind != "controller" and fits(controller, kind, len(self._roads.lines[controller]), cells)
        )
        part = self._supplied(self._part(user.node, "peripheral"), wires)
        return replace(part, interrupts=lines, candidates=user.candidates)

    def _in_order(self, made: dict[Node, Part]) -> tuple[Part, ...]:
        """The parts in the tree's order; a label that a user has means that user."""
        labels = [part.label for part in made.values() if part.kind == "peripheral"]
        ordered = [made[node] for node in self.root.walk() if node in made]
        return tuple(replace(part, label="") if part.kind != "peripheral" and part.label in labels else part for part in ordered)

    def _leave_out(self, before: list[Node]) -> None:
        """Takes away what nobody asks for."""
        supply = self.supply
        needed = [part.node for part in self.parts]
        for providers in (supply.clocks.values(), supply.domains.values(), supply.resets.values()):
            needed.extend(provider.node for provider in providers)
        for node in self._roads.tested:
            needed.extend(reach.nodes(node))
        kept: set[Node] = set()
        for node in needed:
            above: Node | None = node
            while above is not None and above not in kept:
                kept.add(above)
                above = above.parent
        self._draft.keep(kept)
        left = sum(node not in kept for node in before)
        if left:
            self.assumptions.append(
                f"{left} other {'node' if left == 1 else 'nodes'} of the tree, which it does not need: left out"
            )


def _chosen(root: Node, compatible: tuple[str, ...], limit: int, users: Users, assumptions: list[str]) -> list[Node]:
    """The controllers the board keeps: those that are on before the others, those with users before the others."""
    found = [node for node in root.walk() if node is not root and node.is_compatible(*compatible)]
    if not found:
        wanted = ", ".join(compatible) or "nothing"
        raise BoardError(f"{root.source}: no node is compatible with {wanted}: give a board that has one")
    on = [node for node in found if _in_use(node)] or found
    ranked = sorted(on, key=lambda node: (not users.known(node), reach.line_controller(node) is None))
    chosen = ranked[: max(limit, 1)]
    if left := len(found) - len(chosen):
        assumptions.append(f"{left} more {'node' if left == 1 else 'nodes'} for this driver: left out")
    return [node for node in found if node in chosen]


def _on(node: Node) -> bool:
    return not node.has("status") or node.strings("status")[:1] in (("okay",), ("ok",))


def _in_use(node: Node) -> bool:
    """Whether a node and all above it are on, whatever else is odd about them."""
    above: Node | None = node
    while above is not None:
        if not _on(above):
            return False
        above = above.parent
    return True
