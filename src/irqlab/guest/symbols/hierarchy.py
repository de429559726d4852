"""``kernel/irq/irqdomain.c``, third part: domains on top of each other."""

from __future__ import annotations

from irqlab.guest.ctypes import Chip, Data, Domain, Flow, Ops, OptData, OptDomain, Owner
from irqlab.guest.domainops import argument_for
from irqlab.guest.exports import Bool, Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.kernel.errno import ENOSYS
from irqlab.kernel.irq import hierarchy
from irqlab.kernel.irq.domain import IrqDomain, irq_get_default_host
from irqlab.state import atomic


@export("irq_domain_create_hierarchy")
def _irq_domain_create_hierarchy(
    g: Guest, parent: OptDomain, flags: UInt, size: UInt, owner: Owner, ops: Ops, host_data: Ptr
) -> OptDomain:
    return hierarchy.irq_domain_create_hierarchy(g.k, parent, flags, size, owner, ops, host_data or None)


@export("irq_domain_get_irq_data")
def _irq_domain_get_irq_data(g: Guest, domain: OptDomain, irq: UInt) -> OptData:
    return hierarchy.irq_domain_get_irq_data(g.k, domain, irq) if domain is not None else None


@export("irq_domain_set_hwirq_and_chip")
def _irq_domain_set_hwirq_and_chip(g: Guest, domain: Domain, irq: UInt, hwirq: ULong, chip: Chip, chip_data: Ptr) -> Int:
    return hierarchy.irq_domain_set_hwirq_and_chip(g.k, domain, irq, hwirq, chip, chip_data or None)


@export("irq_domain_set_info")
def _irq_domain_set_info(
    g: Guest,
    domain: Domain,
    irq: UInt,
    hwirq: ULong,
    chip: Chip,
    chip_data: Ptr,
    handler: Flow,
    handler_data: Ptr,
    name: Text,
) -> None:
    hierarchy.irq_domain_set_info(g.k, domain, irq, hwirq, chip, chip_data or None, handler, handler_data or None, name)


@export("irq_domain_reset_irq_data")
def _irq_domain_reset_irq_data(g: Guest, d: Data) -> None:
    hierarchy.irq_domain_reset_irq_data(g.k, d)


@export("irq_domain_disconnect_hierarchy")
def _irq_domain_disconnect_hierarchy(g: Guest, domain: Domain, irq: UInt) -> Int:
    return hierarchy.irq_domain_disconnect_hierarchy(g.k, domain, irq)


# -- allocating and freeing ----------------------------------------------------------------------------------------------


@atomic
def _below(domain: IrqDomain) -> IrqDomain | None:
    return domain.parent


@export("irq_domain_alloc_irqs_parent")
def _irq_domain_alloc_irqs_parent(g: Guest, domain: Domain, irq: UInt, nr_irqs: UInt, arg: Ptr) -> Int:
    parent = _below(domain)
    if parent is None:
        return -ENOSYS
    return hierarchy.irq_domain_alloc_irqs_hierarchy(g.k, parent, irq, nr_irqs, argument_for(g, parent, arg))


@export("__irq_domain_alloc_irqs")
def _irq_domain_alloc_irqs(
    g: Guest, domain: OptDomain, irq_base: Int, nr_irqs: UInt, node: Int, arg: Ptr, realloc: Bool, affinity: Ptr
) -> Int:
    if affinity:
        g.unknown("__irq_domain_alloc_irqs() with a struct irq_affinity_desc")
    given = argument_for(g, domain if domain is not None else irq_get_default_host(g.k), arg)
    return hierarchy.irq_domain_alloc_irqs(g.k, domain, nr_irqs, given, irq_base, realloc)


@export("irq_domain_free_irqs")
def _irq_domain_free_irqs(g: Guest, irq: UInt, nr_irqs: UInt) -> None:
    hierarchy.irq_domain_free_irqs(g.k, irq, nr_irqs)


@export("irq_domain_free_irqs_parent")
def _irq_domain_free_irqs_parent(g: Guest, domain: Domain, irq: UInt, nr_irqs: UInt) -> None:
    hierarchy.irq_domain_free_irqs_parent(g.k, domain, irq, nr_irqs)


@export("irq_domain_free_irqs_common")
def _irq_domain_free_irqs_common(g: Guest, domain: Domain, irq: UInt, nr_irqs: UInt) -> None:
    hierarchy.irq_domain_free_irqs_common(g.k, domain, irq, nr_irqs)


@export("irq_domain_free_irqs_top")
def _irq_domain_free_irqs_top(g: Guest, domain: Domain, irq: UInt, nr_irqs: UInt) -> None:
    hierarchy.irq_domain_free_irqs_top(g.k, domain, irq, nr_irqs)
