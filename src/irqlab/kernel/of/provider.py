"""What a reference to a provider means: a clock, a reset line of the board.

Tests: ``tests/kernel/of/test_provider.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from irqlab.board.node import Node


class Provided(Protocol):
    """Something the board has of a provider (:class:`~irqlab.board.Clock`, :class:`~irqlab.board.Reset`)."""

    @property
    def name(self) -> str: ...
    @property
    def node(self) -> Node: ...


def provided(known: Iterable[Provided], provider: Node, cells: tuple[int, ...]) -> str:
    """The name of what a provider gives for a specifier; empty where the board has none of it."""
    said = ",".join(map(str, cells))
    return next((one.name for one in known if one.node is provider and one.name.partition(":")[2] == said), "")
