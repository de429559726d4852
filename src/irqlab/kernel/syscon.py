"""Register blocks that several drivers share (``drivers/mfd/syscon.c``).

A block becomes a register map when somebody first asks for it, and stays one.  Its clock is looked up (and prepared) if
that is by ``syscon_node_to_regmap()`` or its kin, and so is, since 6.12, its reset line, which is released.

Tests: ``tests/kernel/test_syscon.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.board.node import Node
from irqlab.kernel.clk import clk_prepare
from irqlab.kernel.clkdev import of_clk_get
from irqlab.kernel.context import might_sleep
from irqlab.kernel.errno import EINVAL, ENOENT, ENOMEM
from irqlab.kernel.of.address import of_address_to_resource
from irqlab.kernel.of.base import of_device_is_compatible
from irqlab.kernel.of.property import of_property_read_u32
from irqlab.kernel.regmap import Regmap
from irqlab.kernel.reset import ACQUIRED, OPTIONAL, ResetControl, of_reset_control_get, reset_control_deassert
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: Widths a register of a map may have, in bytes.
_WIDTHS = (1, 2, 4)


class Syscon(Record):
    """``struct syscon``.  Key: the path of its node."""

    regmap: Regmap


@atomic
def _known(k: Kernel, node: Node) -> Regmap | None:
    syscon = k.world.at(Syscon, node.path)
    return syscon.regmap if syscon.exists else None


@atomic
def _register(k: Kernel, node: Node, base: int, size: int, width: int, clk: str) -> Regmap:
    regmap = k.world.new(
        Regmap,
        f"syscon {node.path}",
        base=base,
        max_register=size - width,
        stride=width,
        width=width,
        big_endian=node.has("big-endian"),
        clk=clk,
    )
    k.world.new(Syscon, node.path, regmap=regmap)
    return regmap


@kernel
def of_syscon_register(k: Kernel, node: Node, check_res: bool) -> Regmap | int:
    """``of_syscon_register()``: a new register map, or a negative errno."""
    if k.fails("kzalloc(struct syscon)"):
        return -ENOMEM
    window = of_address_to_resource(k, node, 0)
    if window is None:
        return -ENOMEM
    said = of_property_read_u32(node, "reg-io-width")
    width = 4 if said is None else said
    if node.has("hwlocks"):
        k.signal("not-modelled", what=f"the hardware lock of {node.path}")
        k.hang(f"not modelled: the hardware lock of {node.path}")
    if width not in _WIDTHS:
        return -EINVAL
    clk = _clock(k, node) if check_res else ""
    if isinstance(clk, int):
        return clk
    error = _release(k, node) if check_res and k.release.has("syscon-reset") else 0
    return error or _register(k, node, window.start, window.size, width, clk)


@kernel
def _clock(k: Kernel, node: Node) -> str | int:
    """The clock of a block, prepared for good; none for a block of which the board says that it is always on."""
    clk = of_clk_get(k, node, 0)
    if isinstance(clk, int):
        return "" if clk == -ENOENT else clk
    return clk_prepare(k, clk) or clk


@kernel
def _release(k: Kernel, node: Node) -> int:
    """The reset line of a block is released for good."""
    control = of_reset_control_get(k, node, "", 0, OPTIONAL | ACQUIRED)
    if isinstance(control, ResetControl):
        return reset_control_deassert(k, control)
    return control or 0


@kernel
def device_node_get_regmap(k: Kernel, node: Node, check_res: bool) -> Regmap | int:
    """``device_node_get_regmap()``: the map of a node, made when it is first asked for.  May sleep."""
    might_sleep(k, "mutex_lock(syscon_list_lock)")
    known = _known(k, node)
    return known if known is not None else of_syscon_register(k, node, check_res)


@kernel
def syscon_node_to_regmap(k: Kernel, node: Node | None) -> Regmap | int:
    """``syscon_node_to_regmap()``: -EINVAL for what is no ``syscon``.  May sleep."""
    if node is None or not of_device_is_compatible(node, "syscon"):
        return -EINVAL
    return device_node_get_regmap(k, node, True)


@kernel
def device_node_to_regmap(k: Kernel, node: Node | None) -> Regmap | int:
    """``device_node_to_regmap()``: whatever the node is; neither clock nor reset.  May sleep."""
    return device_node_get_regmap(k, node, False) if node is not None else -ENOMEM
