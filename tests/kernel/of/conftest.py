"""A tree to look at: :func:`tree` of a text, and one that has a bit of everything."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.board import Node, parse


@pytest.fixture(scope="session")
def tree() -> Callable[[str], Node]:
    """The root of the tree with this content."""

    def read(text: str) -> Node:
        return parse(f"/dts-v1/;\n/ {{ {text} }};".encode(), "of.dts")

    return read
