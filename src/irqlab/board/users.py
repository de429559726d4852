"""Users for the lines of a controller: those of the tree, or some that are added.

Tests: ``tests/board/test_users.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from irqlab.board.draft import Draft, words
from irqlab.board.node import Node
from irqlab.board.parts import Kind, spi_of
from irqlab.board.reach import line_controller
from irqlab.board.survey import num_irqs

#: Triggers of a line as most bindings write them: high level, rising edge, none said.
_HIGH, _RISING, _NONE = 4, 1, 0

#: Lines below this number are tried.
_LINES = 64

Cells = tuple[int, ...]


@dataclass(frozen=True)
class User:
    """Who uses a line.

    :ivar node: a peripheral of the tree's own (``irqlab,peripheral``), or one that was added to the copy.
    :ivar controller: the node its line goes to.
    :ivar candidates: the specifiers the line may have, the likeliest first; empty for the tree's own.
    """

    node: Node
    controller: Node
    candidates: tuple[Cells, ...] = ()


class Users:
    """Who sends interrupts to whom in a tree; the controllers of the driver under test are nobody's users."""

    def __init__(self, root: Node, compatible: tuple[str, ...]) -> None:
        self._lines: dict[Node, list[tuple[Node, Cells]]] = {}
        for node in root.walk():
            if (node.has("interrupts") or node.has("interrupts-extended")) and not node.is_compatible(*compatible):
                for controller, cells in node.readable_interrupts()[0]:
                    self._lines.setdefault(controller, []).append((node, cells))

    def known(self, controller: Node) -> bool:
        """Whether anybody uses a line of a controller under test."""
        target = line_controller(controller)
        return target is not None and target in self._lines

    def of(
        self, draft: Draft, tested: Node, kind: Kind, outputs: int, labels: tuple[str, ...], assumptions: list[str]
    ) -> tuple[User, ...]:
        """As many users of a controller as there are labels: the tree's own peripherals first, then some that are added.

        What is added uses the lines that others have in the tree, as long as there are any.
        """
        controller = line_controller(tested)
        if controller is None:
            if labels:
                assumptions.append(f"{tested.path} takes no interrupts (#interrupt-cells): nobody uses it")
            return ()
        known = self._lines.get(controller, [])
        own = [node for node in dict.fromkeys(node for node, _ in known) if node.is_compatible("irqlab,peripheral")][
            : len(labels)
        ]
        free = [label for label in labels if label not in {node.label for node in own}][: len(labels) - len(own)]
        seen: dict[Cells, Node] = {}
        for node, cells in known:
            if not node.is_compatible("irqlab,peripheral") and fits(tested, kind, outputs, cells):
                seen.setdefault(cells, node)
        taken = {cells for _, cells in known}
        found = [User(node, controller) for node in own]
        for number, label in enumerate(free):
            guessed = candidates(controller.prop_u32("#interrupt-cells"), number, len(labels), kind, outputs)
            chosen = (*list(seen)[number : number + 1], *(cells for cells in guessed if cells not in taken))
            if not chosen:
                assumptions.append(f"{controller.path}: irqlab can guess no line of it: nobody uses it")
                break
            node = self._add(draft, controller, label, chosen[0])
            what = f"in the place of {seen[chosen[0]].path}" if chosen[0] in seen else "is added"
            assumptions.append(f"{node.path} uses interrupt <{' '.join(map(str, chosen[0]))}> of {controller.path}, {what}")
            found.append(User(node, controller, chosen if kind == "controller" else chosen[:1]))
        return tuple(found)

    def _add(self, draft: Draft, controller: Node, label: str, cells: Cells) -> Node:
        specifier = words(draft.phandle(controller), *cells)
        return draft.add(f"peripheral-{label}", {"compatible": b"irqlab,peripheral\0", "interrupts-extended": specifier}, label)


def candidates(size: int, first: int, step: int, kind: Kind = "controller", outputs: int = 0) -> tuple[Cells, ...]:
    """Specifiers of ``size`` cells a line may have, the likeliest first: numbers from ``first`` on in steps of ``step``,
    so that several users never try the same."""
    numbers = range(first, _LINES, max(step, 1))
    if kind == "gic":
        return tuple((0, n, _HIGH, *(0,) * (size - 3)) for n in numbers) if size >= 3 else ()
    if kind == "intmux":
        return tuple((n, n if n < outputs else 0) for n in numbers) if size == 2 else ()
    if size == 0:
        return ((),)
    if size == 1:
        return tuple((n,) for n in numbers)
    if size == 2:
        return tuple((n, flags) for flags in (_HIGH, _RISING, _NONE) for n in numbers)
    rest = (0,) * (size - 3)
    return (
        *((0, n, _HIGH, *rest) for n in numbers),
        *((n, 0, _HIGH, *rest) for n in numbers if n),
        *((n, _HIGH, 0, *rest) for n in numbers),
        *((0, n, _RISING, *rest) for n in numbers),
    )


def fits(tested: Node, kind: Kind, outputs: int, cells: Cells) -> bool:
    """Whether a modelled controller has such a line."""
    match kind:
        case "irqsteer":
            return len(cells) == 1 and cells[0] < num_irqs(tested)
        case "intmux":
            return len(cells) == 2 and cells[0] < 32 and cells[1] < outputs
        case "gic":
            return len(cells) >= 3 and spi_of(cells) >= 0
    return True
