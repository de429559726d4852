"""Interrupt domains: who gives hardware numbers their meaning (kernel/irq/irqdomain.c, first part).

What is mapped in them is in :mod:`irqlab.kernel.irq.mapping`, domains on top of each other are in
:mod:`irqlab.kernel.irq.hierarchy`.

Left out: domains that map nothing (``CONFIG_IRQ_DOMAIN_NOMAP``), generic chips, debugfs.  ``irq_domain_mutex`` and the
domain's own (6.1: one for all) are not held, for no two tasks map at a time; that they may sleep is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import in_atomic, resched_silent, system_booting
from irqlab.kernel.core import core
from irqlab.kernel.device import Device
from irqlab.kernel.errno import ENOMEM
from irqlab.kernel.irq.flags import (
    DOMAIN_BUS_ANY,
    DOMAIN_BUS_WIRED,
    HWIRQ_ANY,
    IRQ_DOMAIN_FLAG_HIERARCHY,
    IRQ_DOMAIN_NAME_ALLOCATED,
)
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Op = Callable[..., Any]

#: ``struct irq_fwspec``: the node of the controller (empty: none) and the cells of the specifier.
Fwspec = tuple[str, tuple[int, ...]]
#: What translating a specifier gives: 0 or a negative errno, the hardware number, the trigger type.
Translated = tuple[int, int, int]


class IrqDomainOps(Static):
    """``struct irq_domain_ops``; each takes ``(k, domain, …)``.

    =============== ============================== ==========================================
    ``match``       ``(node, bus_token)``          whether the domain is the node's
    ``select``      ``(fwspec, bus_token)``        whether the domain is the specifier's
    ``map``         ``(irq, hwirq)``               0 or a negative errno
    ``unmap``       ``(irq)``
    ``xlate``       ``(fwspec)``                   ``(error, hwirq, type)``
    ``translate``   ``(fwspec)``                   the same; asked instead of ``xlate``
    ``alloc``       ``(irq, nr_irqs, arg)``        0 or a negative errno; makes a hierarchy
    ``free``        ``(irq, nr_irqs)``
    ``activate``    ``(d, reserve)``               0 or a negative errno
    ``deactivate``  ``(d)``
    =============== ============================== ==========================================
    """

    def __init__(
        self,
        name: str,
        *,
        match: Op | None = None,
        select: Op | None = None,
        map: Op | None = None,
        unmap: Op | None = None,
        xlate: Op | None = None,
        translate: Op | None = None,
        alloc: Op | None = None,
        free: Op | None = None,
        activate: Op | None = None,
        deactivate: Op | None = None,
    ) -> None:
        self.name = name
        self.match, self.select = match, select
        self.map, self.unmap = map, unmap
        self.xlate, self.translate = xlate, translate
        self.alloc, self.free = alloc, free
        self.activate, self.deactivate = activate, deactivate


class IrqDomain(Record, counted=True):
    """``struct irq_domain``.  Key: the node of its controller and a number, higher than that of every older one there."""

    ops: IrqDomainOps
    host_data: Pointer = None
    name: str = ""
    #: ``IRQ_DOMAIN_FLAG_*``.
    flags: int = 0
    #: ``revmap_size``: numbers below it have a place in a table, the others in a tree.
    size: int = 0
    hwirq_max: int = HWIRQ_ANY
    #: ``enum irq_domain_bus_token``: which of several domains of one node this is.
    bus_token: int = DOMAIN_BUS_ANY
    #: The next domain on the way to the CPU.
    parent: IrqDomain | None = None
    #: ``pm_dev`` (6.1: ``dev``): the device behind the interrupts, if the driver has told.
    pm_dev: Device | None = None
    #: Called by ``irq_domain_remove()``; not in 6.1.
    exit: Callable[..., Any] | None = None
    #: ``(hwirq, irq)`` of each mapping, in order.
    revmap: tuple[tuple[int, int], ...] = ()


class DefaultDomain(Record):
    """``irq_default_domain``; absent while there is none."""

    domain: IrqDomain


def takes_domain_mutex(k: Kernel) -> None:
    """``mutex_lock(&domain->root->mutex)``, ``mutex_lock(&irq_domain_mutex)``: to be called where sleeping is allowed.

    Controllers that are set up before there are devices map with interrupts off, of which nobody tells (SYSTEM_BOOTING).
    """
    if in_atomic(k) and not system_booting(k):
        k.signal("sleep-in-atomic", what="mutex_lock(irq_domain_mutex)", silent=resched_silent(k))


@atomic
def domain_ops(domain: IrqDomain) -> IrqDomainOps:
    """``domain->ops``."""
    return domain.ops


@atomic
def is_hierarchy(domain: IrqDomain) -> bool:
    """``irq_domain_is_hierarchy()``."""
    return bool(domain.flags & IRQ_DOMAIN_FLAG_HIERARCHY)


# -- making and removing -----------------------------------------------------------------------------------------------


@atomic
def _create(
    k: Kernel,
    node: str,
    ops: IrqDomainOps,
    host_data: Pointer,
    size: int,
    hwirq_max: int,
    flags: int,
    bus_token: int,
    suffix: str,
    parent: IrqDomain | None,
    exit: Op | None,
) -> IrqDomain:
    """``__irq_domain_create()``: ops with ``alloc`` make the domain a hierarchical one."""
    number = max((int(key[1]) for key in k.world.keys(IrqDomain) if key[0] == node), default=-1) + 1
    flags |= IRQ_DOMAIN_NAME_ALLOCATED
    if ops.alloc is not None:
        flags |= IRQ_DOMAIN_FLAG_HIERARCHY
    return k.world.new(
        IrqDomain,
        node,
        number,
        ops=ops,
        host_data=host_data,
        name=node + (f"-{suffix}" if suffix else "") + (f"-{bus_token}" if bus_token != DOMAIN_BUS_ANY else ""),
        flags=flags,
        size=size,
        hwirq_max=hwirq_max,
        bus_token=bus_token,
        parent=parent,
        exit=exit,
    )


@kernel
def irq_domain_instantiate(
    k: Kernel,
    node: str,
    ops: IrqDomainOps,
    host_data: Pointer,
    *,
    size: int = 0,
    hwirq_max: int = HWIRQ_ANY,
    flags: int = 0,
    bus_token: int = DOMAIN_BUS_ANY,
    name_suffix: str = "",
    parent: IrqDomain | None = None,
    virq_base: int = 0,
    hwirq_base: int = 0,
    init: Op | None = None,
    exit: Op | None = None,
) -> IrqDomain | int:
    """``irq_domain_instantiate()`` of a ``struct irq_domain_info`` (not in 6.1): the domain, or a negative errno.

    ``init`` may refuse it.  A ``virq_base`` maps every line at once, onto descriptors that are there already.  May sleep.
    """
    if k.fails("irq_domain_instantiate"):
        return -ENOMEM
    domain = _create(k, node, ops, host_data, size, hwirq_max, flags, bus_token, name_suffix, parent, exit)
    if init is not None:
        error = int(init(k, domain))
        if error:
            _drop(k, domain)
            return error
    if virq_base > 0:
        _associate(k, domain, virq_base, hwirq_base)
    return domain


@kernel
def _associate(k: Kernel, domain: IrqDomain, virq_base: int, hwirq_base: int) -> None:
    from irqlab.kernel.irq.mapping import irq_domain_associate_many

    irq_domain_associate_many(k, domain, virq_base, hwirq_base, domain.size - hwirq_base)


@kernel
def irq_domain_add_linear(k: Kernel, node: str, size: int, ops: IrqDomainOps, host_data: Pointer) -> IrqDomain | None:
    """``irq_domain_add_linear()``, ``irq_domain_create_linear()``; None when memory runs out."""
    if k.fails("irq_domain_add_linear"):
        return None
    return _create(k, node, ops, host_data, size, size, 0, DOMAIN_BUS_ANY, "", None, None)


@kernel
def irq_domain_add_tree(k: Kernel, node: str, ops: IrqDomainOps, host_data: Pointer) -> IrqDomain | None:
    """``irq_domain_add_tree()``, ``irq_domain_create_tree()``; None when memory runs out."""
    if k.fails("irq_domain_add_tree"):
        return None
    return _create(k, node, ops, host_data, 0, HWIRQ_ANY, 0, DOMAIN_BUS_ANY, "", None, None)


@kernel
def irq_domain_create_simple(
    k: Kernel, node: str, size: int, first_irq: int, ops: IrqDomainOps, host_data: Pointer
) -> IrqDomain | None:
    """``irq_domain_create_simple()``, ``irq_domain_add_simple()``: with a ``first_irq`` every line has its number at once.

    The numbers are allocated if they are free; if not, they are taken to be allocated for this.
    """
    from irqlab.kernel.irq.desc import irq_alloc_descs

    if k.fails("irq_domain_create_simple"):
        return None
    domain = _create(k, node, ops, host_data, size, size, 0, DOMAIN_BUS_ANY, "", None, None)
    if first_irq > 0:
        if irq_alloc_descs(k, first_irq, size) < 0:
            k.world.trace("printk", text=f"Cannot allocate irq_descs @ IRQ{first_irq}, assuming pre-allocated")
        _associate(k, domain, first_irq, 0)
    return domain


@kernel
def irq_domain_create_legacy(
    k: Kernel, node: str, size: int, first_irq: int, first_hwirq: int, ops: IrqDomainOps, host_data: Pointer
) -> IrqDomain | None:
    """``irq_domain_create_legacy()``, ``irq_domain_add_legacy()``: maps every line onto a descriptor that is there already."""
    if k.fails("irq_domain_create_legacy"):
        return None
    end = first_hwirq + size
    domain = _create(k, node, ops, host_data, end, end, 0, DOMAIN_BUS_ANY, "", None, None)
    _associate(k, domain, first_irq, first_hwirq)
    return domain


@atomic
def irq_domain_set_pm_device(k: Kernel, domain: IrqDomain, device: Device | None) -> None:
    """``irq_domain_set_pm_device()``, since 1f8863bfb5ca (v5.18)."""
    domain.pm_dev = device
    k.world.trace("pm-device", domain=str(domain.key[0]), device=str(device.key[0]) if device is not None else "")


@kernel
def irq_domain_remove(k: Kernel, domain: IrqDomain) -> None:
    """``irq_domain_remove()``: warns of mappings that are left in its tree; all descriptors keep the dead domain."""
    leave = _exit(domain)
    if leave is not None:
        leave(k, domain)
    takes_domain_mutex(k)
    if _left(domain):
        k.warn("irq_domain_remove: radix_tree_empty(&domain->revmap_tree)")
    _forget_default(k, domain)
    _drop(k, domain)


@atomic
def _exit(domain: IrqDomain) -> Op | None:
    return domain.exit


@atomic
def _left(domain: IrqDomain) -> bool:
    return any(hwirq >= domain.size for hwirq, _ in domain.revmap)


@atomic
def _drop(k: Kernel, domain: IrqDomain) -> None:
    k.world.drop(domain)


@atomic
def irq_domain_update_bus_token(k: Kernel, domain: IrqDomain, bus_token: int) -> None:
    """``irq_domain_update_bus_token()``: the name gets it too."""
    if domain.bus_token != bus_token:
        domain.bus_token = bus_token
        domain.name = f"{domain.name}-{bus_token}"


# -- the default domain ------------------------------------------------------------------------------------------------


@atomic
def irq_set_default_host(k: Kernel, domain: IrqDomain | None) -> None:
    """``irq_set_default_host()`` (from 6.16 on ``irq_set_default_domain()``)."""
    known = k.world.at(DefaultDomain)
    if known.exists:
        k.world.drop(known)
    if domain is not None:
        k.world.new(DefaultDomain, domain=domain)


@atomic
def irq_get_default_host(k: Kernel) -> IrqDomain | None:
    """``irq_get_default_host()``."""
    known = k.world.at(DefaultDomain)
    return known.domain if known.exists else None


@atomic
def _forget_default(k: Kernel, domain: IrqDomain) -> None:
    if irq_get_default_host(k) is domain:
        irq_set_default_host(k, None)


# -- finding -----------------------------------------------------------------------------------------------------------


@atomic
def _domains(k: Kernel) -> tuple[IrqDomain, ...]:
    """Every domain; of one node's the newest first, as ``list_add()`` leaves them."""
    return tuple(reversed(k.world.all(IrqDomain)))


@atomic
def _is(domain: IrqDomain, node: str, bus_token: int) -> bool:
    return bool(node) and domain.key[0] == node and bus_token in (DOMAIN_BUS_ANY, domain.bus_token)


@core
@kernel
def irq_find_matching_fwspec(k: Kernel, fwspec: Fwspec, bus_token: int = DOMAIN_BUS_ANY) -> IrqDomain | None:
    """``irq_find_matching_fwspec()``: the first domain that says it is meant; without ``select`` and ``match``, the node's.

    6.12 asks ``select`` unless any domain of the node will do (DOMAIN_BUS_ANY); 6.1 asks it wherever there are cells.
    May sleep.
    """
    takes_domain_mutex(k)
    node, cells = fwspec
    ask = bus_token != DOMAIN_BUS_ANY if k.release.has("select-by-bus-token") else cells != ()
    for domain in _domains(k):
        ops = domain_ops(domain)
        if ops.select is not None and ask:
            found = bool(ops.select(k, domain, fwspec, bus_token))
        elif ops.match is not None:
            found = bool(ops.match(k, domain, node, bus_token))
        else:
            found = _is(domain, node, bus_token)
        if found:
            return domain
    return None


@kernel
def irq_find_matching_fwnode(k: Kernel, node: str, bus_token: int) -> IrqDomain | None:
    """``irq_find_matching_fwnode()``, ``irq_find_matching_host()``: a search without a specifier."""
    return irq_find_matching_fwspec(k, (node, ()), bus_token)


@kernel
def irq_find_host(k: Kernel, node: str) -> IrqDomain | None:
    """``irq_find_host()``: the node's domain of wired interrupts, or any of its domains."""
    domain = irq_find_matching_fwnode(k, node, DOMAIN_BUS_WIRED)
    return domain if domain is not None else irq_find_matching_fwnode(k, node, DOMAIN_BUS_ANY)
