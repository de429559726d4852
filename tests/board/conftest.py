"""A way to write small boards."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.board import Board, parse

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
