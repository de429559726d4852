"""Ways to write small boards."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import fdt  # type: ignore[import-untyped]
import pytest

from irqlab.board import Board, Node, parse

GIC = """
	gic: gic@0 {
		compatible = "arm,gic-v3";
		interrupt-controller;
		#interrupt-cells = <3>;
	};
"""


@pytest.fixture
def board() -> Callable[[str], Board]:
    """A board of a GIC and the nodes that are given."""

    def make(nodes: str) -> Board:
        text = f"/dts-v1/;\n/ {{\n\tinterrupt-parent = <&gic>;{GIC}{nodes}\n}};\n"
        return Board.of("test", parse(text.encode(), "test.dts"))

    return make


def blob(root: Node) -> bytes:
    """A tree as a blob."""
    tree = fdt.FDT(entries=[])  # its own default is one list for all
    tree.header.version = 17
    made = {"/": tree.root}
    for node in root.walk():
        if node.parent is not None:
            made[node.path] = fdt.Node(node.name)
            made[node.parent.path].append(made[node.path])
        for name, value in node.properties.items():
            made[node.path].append(fdt.items.new_property(name, value))
    return bytes(tree.to_dtb())


@pytest.fixture
def as_blob() -> Callable[[Node], bytes]:
    """Writes a tree as a blob."""
    return blob


@pytest.fixture(params=["dts", "dtb"])
def tree(request: Any) -> Callable[[str], Node]:
    """The root of a tree of these nodes, by either reader."""

    def make(nodes: str) -> Node:
        root = parse(f"/dts-v1/;\n/ {{\n{nodes}\n}};\n".encode(), "t.dts")
        return root if request.param == "dts" else parse(blob(root), "t.dts")

    return make


@pytest.fixture
def foreign() -> Callable[..., Board]:
    """What a driver for ``x,intc`` needs of a tree of these nodes."""

    def make(nodes: str, *compatible: str, **wanted: Any) -> Board:
        root = parse(f"/dts-v1/;\n/ {{\n{nodes}\n}};\n".encode(), "t.dts")
        return Board.for_driver("t", root, compatible or ("x,intc",), **wanted)

    return make
