"""Interrupt domains: hardware numbers to Linux numbers (kernel/irq/irqdomain.c).

Linear and tree maps keep their mapping in the same way here; they differ in what ``irq_domain_remove()`` warns of.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.device import Device
from irqlab.kernel.errno import EINVAL
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.irq.desc import IrqDesc
    from irqlab.kernel.kernel import Kernel


class IrqDomainOps(Static):
    """``struct irq_domain_ops``."""

    def __init__(
        self,
        name: str,
        *,
        map: Callable[..., Any],
        xlate: Callable[..., Any],
        activate: Callable[..., Any] | None = None,
        deactivate: Callable[..., Any] | None = None,
        select: Callable[..., Any] | None = None,
    ) -> None:
        self.name, self.map, self.xlate = name, map, xlate
        self.activate, self.deactivate = activate, deactivate
        self.select = select


class IrqDomain(Record, counted=True):
    """``struct irq_domain``.  Key: the node of its controller and the domain's number on it."""

    ops: IrqDomainOps
    host_data: Record | None = None
    size: int = 0
    tree: bool = False
    #: ``pm_dev`` (6.1: ``dev``): the device behind the interrupts, if the driver has told.
    pm_dev: Device | None = None
    #: ``(hwirq, irq)`` of each mapping, in order.
    revmap: tuple[tuple[int, int], ...] = ()


@atomic
def _add(k: Kernel, node: str, ops: IrqDomainOps, host_data: Record | None, size: int, tree: bool) -> IrqDomain:
    number = 0
    while k.world.at(IrqDomain, node, number).exists:
        number += 1
    return k.world.new(IrqDomain, node, number, ops=ops, host_data=host_data, size=size, tree=tree)


@kernel
def irq_domain_add_linear(k: Kernel, node: str, size: int, ops: IrqDomainOps, host_data: Record | None) -> IrqDomain | None:
    """``irq_domain_add_linear()``; None when memory runs out."""
    if k.fails("irq_domain_add_linear"):
        return None
    return _add(k, node, ops, host_data, size, False)


@kernel
def irq_domain_add_tree(k: Kernel, node: str, ops: IrqDomainOps, host_data: Record | None) -> IrqDomain | None:
    """``irq_domain_add_tree()``; None when memory runs out."""
    if k.fails("irq_domain_add_tree"):
        return None
    return _add(k, node, ops, host_data, 0, True)


@atomic
def irq_domain_set_pm_device(k: Kernel, domain: IrqDomain, device: Device) -> None:
    """``irq_domain_set_pm_device()``, since 1f8863bfb5ca (v5.18)."""
    domain.pm_dev = device
    k.world.trace("pm-device", domain=str(domain.key[0]), device=str(device.key[0]))


@kernel
def irq_domain_remove(k: Kernel, domain: IrqDomain) -> None:
    """``irq_domain_remove()``: only a tree warns of mappings that are left; their descriptors keep the dead domain."""
    if _left(domain):
        k.warn("irq_domain_remove: radix_tree_empty(&domain->revmap_tree)")
    _remove(k, domain)


@atomic
def _left(domain: IrqDomain) -> bool:
    return domain.tree and domain.revmap != ()


@atomic
def _remove(k: Kernel, domain: IrqDomain) -> None:
    k.world.drop(domain)


@atomic
def irq_find_mapping(k: Kernel, domain: IrqDomain, hwirq: int) -> int:
    """``irq_find_mapping()``: 0 when there is none."""
    for known, irq in domain.revmap:
        if known == hwirq:
            return irq
    return 0


@atomic
def irq_find_matching_fwspec(k: Kernel, node: str, args: tuple[int, ...]) -> IrqDomain | None:
    """``irq_find_matching_fwspec()``: the node's domain; its ``select`` decides where there are several."""
    for domain in k.world.all(IrqDomain):
        if domain.key[0] == node:
            select = domain.ops.select
            if select is None or select(k, domain, args):
                return domain
    return None


@atomic
def _set_domain(k: Kernel, domain: IrqDomain | None, irq: int, hwirq: int) -> None:
    from irqlab.kernel.irq.desc import IrqData

    data = k.world.at(IrqData, irq)
    data.hwirq = hwirq
    data.domain = domain


@atomic
def _set_mapping(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> None:
    """``irq_domain_set_mapping()``: from here on the line can be found; and it may be requested."""
    from irqlab.kernel.irq.desc import IrqDesc

    domain.revmap = tuple(sorted((*domain.revmap, (hwirq, irq))))
    k.world.at(IrqDesc, irq).norequest = False


@atomic
def _clear_mapping(k: Kernel, domain: IrqDomain, irq: int) -> None:
    domain.revmap = tuple((known, number) for known, number in domain.revmap if number != irq)


@atomic
def _too_large(domain: IrqDomain, hwirq: int) -> bool:
    return not domain.tree and hwirq >= domain.size


@kernel
def irq_domain_associate(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    """``irq_domain_associate()``: ``->map()``, and only then the mapping."""
    if _too_large(domain, hwirq):
        k.warn(f"error: hwirq {hwirq:#x} is too large for {domain.key[0]}")
        return -EINVAL
    _set_domain(k, domain, irq, hwirq)
    error = int(_ops(domain).map(k, domain, irq, hwirq))
    if error:
        _set_domain(k, None, irq, 0)
        return error
    _set_mapping(k, domain, irq, hwirq)
    return 0


@kernel
def irq_domain_disassociate(k: Kernel, domain: IrqDomain, irq: int) -> None:
    """``irq_domain_disassociate()``: not requestable, no chip, no handler; waits; and the line is no longer found."""
    from irqlab.kernel.irq.chip import irq_set_chip_and_handler, irq_set_status_flags
    from irqlab.kernel.irq.desc import IRQ_NOREQUEST
    from irqlab.kernel.irq.manage import synchronize_irq

    irq_set_status_flags(k, irq, IRQ_NOREQUEST)
    irq_set_chip_and_handler(k, irq, None, None)
    synchronize_irq(k, irq)
    _set_domain(k, None, irq, 0)
    _clear_mapping(k, domain, irq)


@atomic
def _ops(domain: IrqDomain) -> IrqDomainOps:
    return domain.ops


@kernel
def irq_create_mapping(k: Kernel, domain: IrqDomain, hwirq: int) -> int:
    """``irq_create_mapping()``: the Linux number of a hardware number; 0 on failure.

    The domain's mutex (6.1: ``irq_domain_mutex``) is left out: no two tasks map at a time.  May sleep.
    """
    from irqlab.kernel.irq.desc import irq_alloc_desc, irq_free_desc

    irq = irq_find_mapping(k, domain, hwirq)
    if irq:
        return irq
    irq = irq_alloc_desc(k)
    if irq_domain_associate(k, domain, irq, hwirq):
        irq_free_desc(k, irq)
        return 0
    return irq


@kernel
def irq_create_of_mapping(k: Kernel, node: str, args: tuple[int, ...]) -> int:
    """``irq_create_of_mapping()``: translates a device-tree specifier and maps it; 0 on failure.

    The trigger type of the specifier is not modelled: every line is mapped as ``IRQ_TYPE_NONE``.
    """
    from irqlab.kernel.irq.desc import IRQ_TYPE_NONE, IrqData
    from irqlab.kernel.irq.trigger import set_trigger_type

    domain = irq_find_matching_fwspec(k, node, args)
    if domain is None:
        return 0
    hwirq = _ops(domain).xlate(k, domain, args)
    if hwirq < 0:
        return 0
    irq = irq_find_mapping(k, domain, hwirq)
    if not irq:
        irq = irq_create_mapping(k, domain, hwirq)
        if irq:
            set_trigger_type(k.world.at(IrqData, irq), IRQ_TYPE_NONE)
    return irq


@kernel
def irq_dispose_mapping(k: Kernel, irq: int) -> None:
    """``irq_dispose_mapping()``: the descriptor goes, requested or not.  May sleep."""
    from irqlab.kernel.irq.desc import irq_free_desc, irq_to_desc

    desc = irq_to_desc(k, irq)
    if desc is None:
        return
    domain = domain_of(desc)
    if domain is None:
        k.warn(f"irq_dispose_mapping: irq {irq} has no domain")
        return
    irq_domain_disassociate(k, domain, irq)
    irq_free_desc(k, irq)


@atomic
def domain_of(desc: IrqDesc) -> IrqDomain | None:
    """``desc->irq_data.domain``."""
    return desc.irq_data.domain


@kernel
def irq_resolve_mapping(k: Kernel, domain: IrqDomain, hwirq: int) -> IrqDesc | None:
    """``irq_resolve_mapping()``."""
    from irqlab.kernel.irq.desc import irq_to_desc

    irq = irq_find_mapping(k, domain, hwirq)
    return irq_to_desc(k, irq) if irq else None


@kernel
def generic_handle_domain_irq(k: Kernel, domain: IrqDomain, hwirq: int) -> int:
    """``generic_handle_domain_irq()``: -EINVAL for a line without mapping, and then *nobody masks it*."""
    from irqlab.kernel.irq.desc import handle_irq_desc

    desc = irq_resolve_mapping(k, domain, hwirq)
    if desc is None:
        k.world.trace("no-mapping", domain=str(domain.key[0]), hwirq=hwirq)
    return handle_irq_desc(k, desc)


@kernel
def irq_domain_activate_irq(k: Kernel, desc: IrqDesc) -> int:
    """``irq_domain_activate_irq()``: only ``IRQD_ACTIVATED`` unless the domain has its own callback."""
    if _activated(desc):
        return 0
    domain = domain_of(desc)
    if domain is not None:
        activate = _ops(domain).activate
        if activate is not None:
            error = int(activate(k, domain, desc.irq_data))
            if error:
                return error
    _set_activated(desc, True)
    return 0


@kernel
def irq_domain_deactivate_irq(k: Kernel, desc: IrqDesc) -> None:
    """``irq_domain_deactivate_irq()``."""
    if not _activated(desc):
        return
    domain = domain_of(desc)
    if domain is not None:
        deactivate = _ops(domain).deactivate
        if deactivate is not None:
            deactivate(k, domain, desc.irq_data)
    _set_activated(desc, False)


@atomic
def _activated(desc: IrqDesc) -> bool:
    return desc.irq_data.activated


@atomic
def _set_activated(desc: IrqDesc, value: bool) -> None:
    desc.irq_data.activated = value


@kernel
def irq_domain_xlate_onecell(k: Kernel, domain: IrqDomain, args: tuple[int, ...]) -> int:
    """``irq_domain_xlate_onecell()``: the first cell is the hardware number."""
    return args[0] if args else -EINVAL
