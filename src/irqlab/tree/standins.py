"""What an example refers to and does not have: nodes that stand in for it, and how many cells each is asked for.

Tests: ``tests/tree/test_standins.py``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from irqlab.tree.blob import Node, Reference, missing, resolved

#: A property that refers to providers, and the property of the provider that says how many cells follow.
_CELLS: tuple[tuple[str, str], ...] = (
    (r"(assigned-)?clocks|assigned-clock-parents", "#clock-cells"),
    (r"resets", "#reset-cells"),
    (r"power-domains", "#power-domain-cells"),
    (r"interrupts-extended", "#interrupt-cells"),
    (r"(.*-)?gpios?", "#gpio-cells"),
    (r"dmas", "#dma-cells"),
    (r"phys", "#phy-cells"),
    (r"mboxes", "#mbox-cells"),
    (r"iommus", "#iommu-cells"),
    (r"interconnects", "#interconnect-cells"),
    (r"pwms", "#pwm-cells"),
    (r"io-channels", "#io-channel-cells"),
    (r"hwlocks", "#hwlock-cells"),
    (r"msi-parent", "#msi-cells"),
    (r"thermal-sensors", "#thermal-sensor-cells"),
    (r"cooling-device", "#cooling-cells"),
    (r"sound-dai", "#sound-dai-cells"),
    (r"mux-controls", "#mux-control-cells"),
    (r"nvmem-cells", "#nvmem-cell-cells"),
    (r"nvmem", "#nvmem-cells"),
    (r"access-controllers|feature-domains", "#access-controller-cells"),
)

#: What a provider has beside its cells.
_BESIDE = {"#interrupt-cells": "interrupt-controller", "#gpio-cells": "gpio-controller", "#msi-cells": "msi-controller"}

#: A controller asked for three cells is a GIC as far as anybody has seen.
GIC = "arm,gic-v3"

#: Controllers of that kind an example may have itself.
_GICS = re.compile(r"arm,(gic-v3|gic-400|(cortex-a\d+|arm\d+\w*|eb11mp|tc11mp)-gic)")

#: What dtschema adds to an example in which a node has ``interrupts``.
_FAKE = re.compile(
    r"interrupt-parent = <&(fake_intc\d+)>;\s*"
    r"fake_intc\d+: fake-interrupt-controller \{\s*interrupt-controller;\s*#interrupt-cells = <\s*(\d+)\s*>;\s*\};"
)


@dataclass
class StandIn:
    """One label that the example does not have.

    :ivar cells: the cells property of a provider, and the fewest cells any reference has.
    :ivar gic: it is taken as a GIC.
    """

    label: str
    cells: dict[str, int] = field(default_factory=dict)
    gic: bool = False

    def ask(self, name: str, count: int) -> None:
        """A reference has so many cells; the fewest count: what follows may be a hole, or belong to something else."""
        self.cells[name] = min(count, self.cells.get(name, count))

    def source(self) -> str:
        """The node, as source."""
        text = "".join(f"\t\t{name} = <{count}>;\n" for name, count in sorted(self.cells.items()))
        text += "".join(f"\t\t{_BESIDE[name]};\n" for name in sorted(self.cells) if name in _BESIDE)
        if self.gic:
            text += f'\t\tcompatible = "{GIC}";\n'
        return f"\t{self.label}: stand-in-{self.label.replace('_', '-')} {{\n{text}\t}};\n"

    def sentence(self) -> str:
        """What is assumed."""
        has = ", ".join(f"{name} = <{count}>" for name, count in sorted(self.cells.items()))
        kind = f", taken as {GIC}" if self.gic else ""
        return f"&{self.label} is not in the example: a node with {has or 'no cells'} stands in for it{kind}"


def stand_ins(root: Node) -> list[StandIn]:
    """What a plugin blob refers to and does not have, by label."""
    wanted = missing(root)
    everywhere = [*(place for places in wanted.values() for place in places), *resolved(root)]
    found: list[StandIn] = []
    for label, places in sorted(wanted.items()):
        stand_in = StandIn(label)
        for place in places:
            if place.name == "interrupt-parent":
                stand_in.ask("#interrupt-cells", _interrupt_cells(root, place))
            elif place.name == "interrupt-map":
                stand_in.ask("#interrupt-cells", _mapped_cells(root, place, everywhere))
            else:
                name = next((cells for pattern, cells in _CELLS if re.fullmatch(pattern, place.name)), "")
                if name:
                    stand_in.ask(name, _following(root, place, everywhere))
        found.append(stand_in)
    if not has_gic(root):
        # One at most; a name that says so first.
        asked = [stand_in for stand_in in found if stand_in.cells.get("#interrupt-cells") == 3]
        for stand_in in sorted(asked, key=lambda one: ("gic" not in one.label, one.label))[:1]:
            stand_in.gic = True
    return found


def has_gic(root: Node) -> bool:
    """Whether a tree has a GIC of its own."""
    return any(_GICS.fullmatch(name) for _, node in root.walk() for name in node.strings("compatible"))


def _following(root: Node, place: Reference, everywhere: Iterable[Reference]) -> int:
    """The cells between a reference and the next one in its property, or the end."""
    end = len(root.at(place.path).properties[place.name])
    for other in everywhere:
        if (other.path, other.name) == (place.path, place.name) and other.offset > place.offset:
            end = min(end, other.offset)
    return max(0, end - place.offset - 4) // 4


def _interrupt_cells(root: Node, place: Reference) -> int:
    """The cells of an interrupt, from the ``interrupts`` of all nodes to which an ``interrupt-parent`` applies."""
    sizes: list[int] = []
    waiting = [root.at(place.path)]
    while waiting:
        node = waiting.pop()
        if "interrupts" in node.properties:
            size = len(node.properties["interrupts"]) // 4
            names = len(node.strings("interrupt-names"))
            sizes.append(size // names if names and size % names == 0 else size)
        waiting += [child for child in node.children.values() if "interrupt-parent" not in child.properties]
    common = math.gcd(*sizes) or 1
    if common <= 3:
        return common
    return next((cells for cells in (3, 2) if common % cells == 0), 1)


def _mapped_cells(root: Node, place: Reference, everywhere: Iterable[Reference]) -> int:
    """The cells of the parent's interrupt in an ``interrupt-map``, whose entries begin with those of the child."""
    node = root.at(place.path)
    child = sum(int.from_bytes(node.properties.get(name, b"\0\0\0\0")) for name in ("#address-cells", "#interrupt-cells"))
    after = [other for other in everywhere if (other.path, other.name) == (place.path, place.name)]
    last = all(other.offset <= place.offset for other in after)
    return max(1, _following(root, place, after) - (0 if last else child))


def completed(text: str, root: Node) -> tuple[str, list[str]]:
    """Preprocessed source of an example as a whole tree, and what is assumed in it, a sentence each.

    :param root: what dtc made of it as a plugin.
    """
    wanted = stand_ins(root)
    said = [stand_in.sentence() for stand_in in wanted]
    taken = has_gic(root) or any(stand_in.gic for stand_in in wanted)

    def fake(found: re.Match[str]) -> str:
        label, cells = found[1], int(found[2])
        orphans = _orphans(root, label)
        if not orphans:
            return ""
        beside = next((stand_in for stand_in in wanted if stand_in.cells.get("#interrupt-cells") == cells), None)
        if beside is not None:
            said.append(f"the example does not say where the interrupts of {orphans[0]} go: they go to &{beside.label}")
            return f"interrupt-parent = <&{beside.label}>;"
        gic = cells == 3 and not taken
        kind = f", taken as {GIC}" if gic else ""
        said.append(f"the example names no interrupt parent: a controller with {cells} cells stands in for it{kind}")
        return found[0].replace("interrupt-controller;", f'interrupt-controller; compatible = "{GIC}";') if gic else found[0]

    text = _FAKE.sub(fake, re.sub(r"/plugin/\s*;", "", text))
    nodes = "".join(stand_in.source() for stand_in in wanted)
    return re.sub(r"/dts-v1/\s*;", lambda found: f"{found[0]}\n/ {{\n{nodes}}};\n" if nodes else found[0], text, count=1), said


def _orphans(root: Node, label: str) -> list[str]:
    """The nodes with interrupts that only dtschema's controller of that label is left for."""
    number = label.removeprefix("fake_intc")
    top = root.children.get(f"example-{number}")
    found: list[str] = []
    waiting = [*top.children.values()] if top is not None else []
    while waiting:
        node = waiting.pop(0)
        if "interrupt-parent" in node.properties:
            continue
        if "interrupts" in node.properties:
            found.append(node.name)
        waiting += node.children.values()
    return found
