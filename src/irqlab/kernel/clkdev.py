"""Looking clocks up (``drivers/clk/clkdev.c``, and what of ``clk.c`` reads the device tree).

A clock of the board exists for the kernel once it is registered, which is after ``init_IRQ()``: a controller that is set up
there is told ``-EPROBE_DEFER``.  6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_clkdev.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.board.node import Node
from irqlab.kernel.clk import clk_core
from irqlab.kernel.errno import ENOENT, EPROBE_DEFER
from irqlab.kernel.of.base import of_device_is_available, of_parse_phandle_with_args
from irqlab.kernel.of.property import of_property_match_string
from irqlab.kernel.of.provider import provided
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


def of_parse_clkspec(node: Node | None, index: int, name: str) -> tuple[Node, tuple[int, ...]] | int:
    """``of_parse_clkspec()``: the provider and the specifier of clock ``index``, or of that ``name``; of the nodes above
    too, as far as they have ``clock-ranges``."""
    error = -ENOENT
    while node is not None:
        if name:
            index = of_property_match_string(node, "clock-names", name)
        found = of_parse_phandle_with_args(node, "clocks", "#clock-cells", -1, index)
        if not isinstance(found, int):
            return (found[0], found[1]) if found[0] is not None else -ENOENT
        error = found
        if name and index >= 0:
            break
        node, index = node.parent, 0
        if node is not None and not node.has("clock-ranges"):
            break
    return error


def of_clk_get(k: Kernel, node: Node | None, index: int, name: str = "") -> str | int:
    """``of_clk_get()``, ``of_clk_get_by_name()``: the name of a clock, or a negative errno; empty for a clock that the
    board does not have."""
    found = of_parse_clkspec(node, index, name)
    if isinstance(found, int):
        return found
    if not of_device_is_available(found[0]):
        return -ENOENT
    clk = provided(k.board.clocks, *found)
    return clk if not clk or _registered(k, clk) else -EPROBE_DEFER


@atomic
def _registered(k: Kernel, clk: str) -> bool:
    return clk_core(k, clk).exists


def clk_get(k: Kernel, node: Node, name: str) -> str | int:
    """``clk_get()`` of the device of a node: like :func:`of_clk_get`; what the tree does not have is -ENOENT."""
    found = of_clk_get(k, node, 0, name)
    return -ENOENT if isinstance(found, int) and found != -EPROBE_DEFER else found


def clk_get_rate(k: Kernel, clk: str) -> int | None:
    """``clk_get_rate()``: that of the oscillator it comes from, for gates do not divide; None where nobody says.  0 for
    the NULL clock."""
    if not clk:
        return 0
    oscillator = k.machine.clocks[clk].chain()[-1]
    node = next(known.node for known in k.board.clocks if known.name == oscillator.name)
    rate = node.prop_bytes("clock-frequency")
    return int.from_bytes(rate, "big") if len(rate) == 4 else None
