"""``struct device_node._flags``: whether a device was made of a node (``OF_POPULATED``).

A controller that is set up before there are devices is populated, and gets none; its driver may clear the flag, and then
one is made (``irq-imx-gpcv2.c`` does, for the driver of the power domains).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.board.node import Node
    from irqlab.kernel.kernel import Kernel

#: Numbers of bits.
OF_POPULATED = 3


class NodeFlags(Record):
    """The flags of a node that somebody has written; absent while they are what booting makes them.  Key: its path."""

    flags: int = 0


@atomic
def node_flags(k: Kernel, node: Node) -> int:
    """The flags of a node."""
    from irqlab.kernel.device import Device

    written = k.world.at(NodeFlags, node.path)
    if written.exists:
        return written.flags
    part = next((part for part in k.board.parts if part.node is node), None)
    populated = part is not None and (k.irqchip_of(part) is not None or k.world.at(Device, part.name).exists)
    return int(populated) << OF_POPULATED


@atomic
def set_node_flags(k: Kernel, node: Node, flags: int) -> None:
    """Writes the flags of a node."""
    written = k.world.at(NodeFlags, node.path)
    if written.exists:
        written.flags = flags
    else:
        k.world.new(NodeFlags, node.path, flags=flags)


@atomic
def is_populated(k: Kernel, node: Node) -> bool:
    """``of_node_check_flag(node, OF_POPULATED)``."""
    return bool(node_flags(k, node) >> OF_POPULATED & 1)
