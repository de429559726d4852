"""A board: what is soldered.

Tests: ``tests/board/test_board.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from irqlab.board.builder import Builder
from irqlab.board.foreign import Foreign
from irqlab.board.memory import Window, placed, windows
from irqlab.board.node import Node
from irqlab.board.parts import DESCRIBED, Clock, Domain, Part, Reset
from irqlab.board.supplies import Supply
from irqlab.board.survey import Survey
from irqlab.errors import BoardError
from irqlab.hardware import Machine, OutputWhenGated
from irqlab.state import Static, World


@dataclass(frozen=True, eq=False)
class Board(Static):
    """What is soldered; any number of machines can be built of it.

    :ivar nodes: every node of the device tree, in its order.
    :ivar parts: the devices irqlab models or assumes, controllers and consumers alike.
    :ivar assumptions: what irqlab took for granted because the device tree or irqlab does not say, a sentence each.
    :ivar windows: registers nobody has described.
    :ivar whole: the tree as it was given, where nodes were left out of it.
    """

    name: str
    nodes: tuple[Node, ...]
    parts: tuple[Part, ...]
    clocks: tuple[Clock, ...]
    domains: tuple[Domain, ...]
    resets: tuple[Reset, ...]
    assumptions: tuple[str, ...]
    windows: tuple[Window, ...] = ()
    whole: Node | None = None

    @classmethod
    def of(cls, name: str, root: Node) -> Board:
        """The board a device tree describes; :class:`~irqlab.errors.BoardError` if that is none irqlab can build."""
        survey = Survey(root)
        gics = [part for part in survey.parts if part.kind == "gic"]
        if len(gics) != 1:
            raise BoardError(f"{root.source}: has {len(gics)} nodes compatible with arm,gic-v3: irqlab needs exactly one")
        return cls._made(name, root, survey.parts, survey.supply, survey.assumptions)

    @classmethod
    def for_driver(
        cls,
        name: str,
        root: Node,
        compatible: tuple[str, ...],
        *,
        consumers: int = 2,
        controllers: int = 1,
        is_root: bool | None = None,
    ) -> Board:
        """What a driver needs of a tree that was made for something else: a whole board's, or an example's.

        Of its nodes ``controllers`` are kept, those that are used before the others, with whatever of the same driver
        they lead to; each has ``consumers`` users, labelled a, b and so on.  Nothing that the driver does not need fails.
        :class:`~irqlab.errors.BoardError` if the tree has no node for the driver.

        :param is_root: whether a controller that sends no interrupts is the root (its driver calls ``set_handle_irq()``),
            or hands them on to its parent, for which a GICv3 is added if need be; None when nobody knows: the root,
            unless the tree gives it a parent.
        """
        found = Foreign(root, compatible, consumers=consumers, controllers=controllers, is_root=is_root)
        return replace(cls._made(name, found.root, found.parts, found.supply, found.assumptions), whole=root)

    @classmethod
    def _made(cls, name: str, root: Node, parts: tuple[Part, ...], supply: Supply, assumptions: list[str]) -> Board:
        settled = placed(parts)
        meaningless = windows(settled, assumptions)
        clocks, domains, resets = supply.clocks.values(), supply.domains.values(), supply.resets.values()
        nodes = tuple(root.walk())
        return cls(name, nodes, settled, tuple(clocks), tuple(domains), tuple(resets), tuple(assumptions), meaningless)

    @property
    def root(self) -> Node:
        """The root of the device tree."""
        return self.nodes[0]

    def name_of(self, node: Node) -> str:
        """The name of a node as a device; its path if it is no part."""
        return next((part.name for part in self.parts if part.node is node), node.path)

    def part(self, which: str | Node) -> Part:
        """A part by its name, label, path or node."""
        for part in self.parts:
            if which is part.node or which in (part.name, part.label, part.node.path):
                return part
        raise BoardError(f"{self.name}: there is no part {which}: it has {', '.join(part.name for part in self.parts)}")

    @property
    def undecided(self) -> tuple[str, ...]:
        """Names of the controllers whose clock can stop and of which nobody says what they then drive."""
        controllers = (part for part in self.parts if part.kind in DESCRIBED)
        return tuple(part.name for part in controllers if part.clocks and part.output_when_gated is None)

    def build(self, world: World, output_when_gated: OutputWhenGated | None = None) -> Machine:
        """A machine in its state when the first kernel starts; all its Records are made in ``world``.

        :param output_when_gated: what the :attr:`undecided` controllers drive while their clock is stopped.
        """
        return Builder(self, world, output_when_gated).machine()
