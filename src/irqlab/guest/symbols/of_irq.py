"""``drivers/of/irq.c``: from nodes to interrupts."""

from __future__ import annotations

from irqlab.guest.ctypes import OptNode
from irqlab.guest.devices import set_resource
from irqlab.guest.exports import Int, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.guest.nodes import fwnode_pointer
from irqlab.guest.symbols.of import put_numbers, set_phandle_args
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.state import irq_get_trigger_type
from irqlab.kernel.of import irq as irqs
from irqlab.kernel.of.address import IORESOURCE_IRQ, Resource

#: ``struct irq_fwspec`` has room for this many cells (``IRQ_DOMAIN_IRQ_SPEC_PARAMS``).
_MAX_CELLS = 16


@export("of_irq_find_parent")
def _of_irq_find_parent(g: Guest, np: OptNode) -> OptNode:
    return irqs.of_irq_find_parent(np)


@export("of_irq_parse_one")
def _of_irq_parse_one(g: Guest, np: OptNode, index: Int, out: Ptr) -> Int:
    found = irqs.of_irq_parse_one(np, index)
    if isinstance(found, int):
        return found
    set_phandle_args(g, out, *found)
    return 0


@export("of_irq_count")
def _of_irq_count(g: Guest, np: OptNode) -> Int:
    return irqs.of_irq_count(np)


@export("irq_of_parse_and_map")
def _irq_of_parse_and_map(g: Guest, np: OptNode, index: Int) -> UInt:
    return irqs.irq_of_parse_and_map(g.k, np, index)


@export("of_irq_get")
def _of_irq_get(g: Guest, np: OptNode, index: Int) -> Int:
    return irqs.of_irq_get(g.k, np, index)


@export("of_irq_get_byname")
def _of_irq_get_byname(g: Guest, np: OptNode, name: Text) -> Int:
    return irqs.of_irq_get_byname(g.k, np, name) if name else -EINVAL


@export("of_irq_to_resource")
def _of_irq_to_resource(g: Guest, np: OptNode, index: Int, out: Ptr) -> Int:
    irq = irqs.of_irq_get(g.k, np, index)
    if irq > 0 and out and np is not None:
        names = np.strings("interrupt-names")
        name = names[index] if index < len(names) else np.name
        set_resource(g, out, Resource(irq, irq, IORESOURCE_IRQ | irq_get_trigger_type(g.k, irq), name))
    return irq


@export("of_phandle_args_to_fwspec")
def _of_phandle_args_to_fwspec(g: Guest, np: OptNode, args: Ptr, count: UInt, fwspec: Ptr) -> None:
    if count > _MAX_CELLS:
        g.unknown(f"of_phandle_args_to_fwspec() of {count} cells")
    g.set_field(fwspec, "irq_fwspec", "fwnode", fwnode_pointer(g, np))
    g.set_field(fwspec, "irq_fwspec", "param_count", count)
    cells = tuple(g.number(args + 4 * at, 4) for at in range(count))
    put_numbers(g, fwspec + g.image.types.offset("irq_fwspec", "param"), cells, 4)
