"""``drivers/of/device.c``, ``platform.c`` and ``drivers/irqchip/irqchip.c``: what was made of nodes."""

from __future__ import annotations

from irqlab.board.node import Node
from irqlab.guest.ctypes import Dev, OptNode, PDev
from irqlab.guest.devices import platform_pointer
from irqlab.guest.exports import Int, Ptr, export
from irqlab.guest.guest import INT, Guest
from irqlab.guest.matches import match_table
from irqlab.guest.nodes import node_pointer
from irqlab.guest.platform import DEVICE_CALLBACKS, driver_address
from irqlab.kernel.device import Device
from irqlab.kernel.errno import EINVAL, EPROBE_DEFER
from irqlab.kernel.irq.domain import irq_find_matching_fwspec
from irqlab.kernel.irq.flags import DOMAIN_BUS_ANY
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.of import base
from irqlab.kernel.of.irq import of_irq_find_parent
from irqlab.state import atomic, kernel


def match_data(g: Guest, dev: Device) -> int:
    """``of_device_get_match_data()``: of the entry of the driver's table that fits the node best; NULL if none does."""
    address = driver_address(g, dev)
    table = match_table(g, g.field(address, "platform_driver", "driver.of_match_table")) if address else ()
    match = base.of_match_node(table, g.part(dev.name).node)
    return g.field(match.at, "of_device_id", "data") if match is not None else 0


@export("of_device_get_match_data", "device_get_match_data")
def _of_device_get_match_data(g: Guest, dev: Dev) -> Ptr:
    return match_data(g, dev)


@export("of_match_device")
def _of_match_device(g: Guest, matches: Ptr, dev: Dev) -> Ptr:
    match = base.of_match_node(match_table(g, matches), g.part(dev.name).node)
    return match.at if match is not None else 0


@atomic
def _device_of(k: Kernel, node: Node) -> str:
    """The device that was made of a node: its name; empty if none was, ``?`` where the kernel would have made one."""
    part = next((part for part in k.board.parts if part.node is node), None)
    if part is not None and k.world.at(Device, part.name).exists:
        return part.name
    if part is not None and (k.irqchip_of(part) is not None or part.kind == "gic"):
        return ""
    return "?" if node.has("compatible") and base.of_device_is_available(node) and k.world.keys(Device) else ""


@export("of_find_device_by_node")
def _of_find_device_by_node(g: Guest, np: OptNode) -> Ptr:
    name = _device_of(g.k, np) if np is not None else ""
    if name == "?" and np is not None:
        g.unknown(f"the platform device of {np.path}, which is no device of the board")
    return platform_pointer(g, g.world.at(Device, name)) if name else 0


# -- controllers that are set up as devices --------------------------------------------------------------------------------


@kernel
def platform_irqchip_probe(k: Kernel, dev: Device) -> int:
    """``platform_irqchip_probe()``: deferred until the parent has a domain, then ``init(np, parent)``."""
    g: Guest = k.guest
    node = g.part(dev.name).node
    parent = of_irq_find_parent(node)
    init = match_data(g, dev)
    if not init:
        return -EINVAL
    if parent is node:
        parent = None
    if parent is not None and irq_find_matching_fwspec(k, (g.node_name(parent), ()), DOMAIN_BUS_ANY) is None:
        return -EPROBE_DEFER
    return int(g.function(init, INT)(k, node_pointer(g, node), node_pointer(g, parent)))


@export("platform_irqchip_probe")
def _platform_irqchip_probe(g: Guest, pdev: PDev) -> Int:
    return platform_irqchip_probe(g.k, pdev)


DEVICE_CALLBACKS["platform_irqchip_probe"] = platform_irqchip_probe
