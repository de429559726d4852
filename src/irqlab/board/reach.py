"""What a driver may reach for in a tree, beside its own registers.

Tests: ``tests/board/test_reach.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irqlab.board import address
from irqlab.board.node import Node

#: How many nodes with registers are kept for one controller.
_MAX_OTHERS = 16

#: How many cells an interrupt may have.
_MAX_CELLS = 8

#: Properties whose first cell is a phandle that other parts of the kernel follow, no driver by itself.
_FRAMEWORKS = re.compile(
    r"(assigned-)?clock(s|-parents)|resets|power-domains|(linux,)?phandle|interrupt.*|msi-.*|.*-supply|.*gpios?|gpio-ranges"
    r"|pinctrl-\d+|dmas|iommus|iommu-map|mboxes|hwlocks|nvmem-cells|phys|memory-region|operating-points-v2|cpus?|affinity"
    r"|thermal-sensors|interconnects|io-channels|pwms|.*opp.*|reg|ranges|dma-.*|.*-names|compatible|status|#.*|trips?"
)

#: Properties that refer to no node.
_PLAIN = re.compile(r"reg|ranges|(linux,)?phandle|compatible|status|#.*|.*-names")

#: How much of a property is looked at for references.
_MAX_BYTES = 4096

#: Words in the name of a property that holds a number.
_NUMBERS = re.compile(
    r"num|nr-|size|count|channel|width|freq|offset|mask|range|latency|cells|max|min|delay|rate|shift|bits|index|level|flags"
    r"|version|prio|mode|value|period|timeout|start|length|base|address|ids?$|nr$|irq|interrupt|lines?$"
)


def line_controller(node: Node) -> Node | None:
    """Where the users of a controller's lines are said: the node itself, or the first below that takes interrupts."""
    for below in node.walk():
        cells = below.prop_bytes("#interrupt-cells")
        if len(cells) == 4 and int.from_bytes(cells, "big") <= _MAX_CELLS:
            return below
    return None


def registers(node: Node) -> dict[Node, str]:
    """Other nodes with registers that the driver of this one may map, and why: what it is part of, its own parts, and
    what its properties refer to (a syscon).  What lies within its own registers belongs to it."""
    found: dict[Node, str] = {}
    inner, above = node, node.parent
    while above is not None and not (inner.has("reg") and address.cells(above, "#size-cells") == 0):  # no memory further up
        if above.address() is not None and not above.is_compatible("simple-bus", "simple-pm-bus"):
            found[above] = f"which {node.path} is part of"
        inner, above = above, above.parent
    own = [seen for at in range(len(node.reg)) if (seen := node.address(at))]
    for below in node.walk():
        seen = below.address()
        if below is not node and seen and not any(base <= seen[0] and sum(seen) <= base + size for base, size in own):
            found.setdefault(below, f"which is part of {node.path}")
        for prop, target in _references(below):
            if target is not node and target.reg and target not in found:
                found[target] = f"which {below.path} refers to ({prop})"
    return dict(list(found.items())[:_MAX_OTHERS])


def nodes(node: Node) -> Iterator[Node]:
    """The nodes a driver may look at: its own, those below, those its properties refer to, and the CPUs."""
    for below in node.walk():
        yield below
        for prop, value in below.properties.items():
            if len(value) % 4 or _PLAIN.fullmatch(prop):
                continue
            for at in range(0, min(len(value), _MAX_BYTES), 4):
                target = node.by_phandle(int.from_bytes(value[at : at + 4], "big"))
                if target is not None:
                    yield target
    for name in ("aliases", "chosen", "cpus"):
        if (top := node.root.child(name)) is not None:
            yield top
            for cpu in top.children:
                if cpu.strings("device_type") == ("cpu",):
                    yield from cpu.walk()


def _references(node: Node) -> Iterator[tuple[str, Node]]:
    """Properties that look as if they referred to a node.  A tree does not say which of its numbers are phandles."""
    for prop, value in node.properties.items():
        if not value or len(value) % 4 or _FRAMEWORKS.fullmatch(prop) or _NUMBERS.search(prop.partition(",")[2] or prop):
            continue
        target = node.by_phandle(int.from_bytes(value[:4], "big"))
        if target is not None and (len(value) == 4 or target.is_compatible("syscon")):
            yield prop, target
