"""``drivers/of/cpu.c``: nodes of CPUs.  There is one CPU: the one whose node comes first."""

from __future__ import annotations

from irqlab.guest.ctypes import OptNode
from irqlab.guest.exports import Int, Ptr, export
from irqlab.guest.guest import Guest
from irqlab.kernel.errno import ENODEV
from irqlab.kernel.of.base import cpu_nodes


@export("of_get_cpu_node")
def _of_get_cpu_node(g: Guest, cpu: Int, thread: Ptr) -> OptNode:
    nodes = cpu_nodes(g.k.board.root)
    if cpu or not nodes:
        return None
    if thread:
        g.set_number(thread, 0, 4)
    return nodes[0]


@export("of_cpu_node_to_id")
def _of_cpu_node_to_id(g: Guest, np: OptNode) -> Int:
    nodes = cpu_nodes(g.k.board.root)
    return 0 if nodes and np is nodes[0] else -ENODEV
