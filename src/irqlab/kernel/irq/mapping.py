"""Mappings: hardware numbers to Linux numbers (kernel/irq/irqdomain.c, second part).

What a table and a tree of a domain keep is one tuple here; they differ in what a second mapping of a number does.
The calls below that may sleep take the domain's mutex in the kernel (6.1: ``irq_domain_mutex``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import local_irq_restore, local_irq_save
from irqlab.kernel.core import core
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.desc import (
    AffinityDesc,
    IrqData,
    IrqDesc,
    handle_irq_desc,
    irq_alloc_desc,
    irq_free_desc,
    irq_get_irq_data,
    irq_to_desc,
)
from irqlab.kernel.irq.domain import (
    Fwspec,
    IrqDomain,
    domain_ops,
    irq_find_matching_fwspec,
    irq_get_default_host,
    is_hierarchy,
    takes_domain_mutex,
)
from irqlab.kernel.irq.flags import DOMAIN_BUS_ANY, DOMAIN_BUS_WIRED, IRQ_NOREQUEST, IRQ_TYPE_NONE, IRQ_TYPE_SENSE_MASK
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs, irq_domain_free_irqs
from irqlab.kernel.irq.revmap import clear_mapping, set_mapping
from irqlab.kernel.irq.setup import irq_set_chip_and_handler, irq_set_status_flags
from irqlab.kernel.irq.state import irq_get_trigger_type, set_trigger_type
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.irq.translate import irq_domain_translate
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


# -- finding -----------------------------------------------------------------------------------------------------------


@atomic
def irq_find_mapping(k: Kernel, domain: IrqDomain | None, hwirq: int) -> int:
    """``irq_find_mapping()``, ``irq_linear_revmap()``: 0 when there is none; no domain is the default domain."""
    if domain is None:
        domain = irq_get_default_host(k)
        if domain is None:
            return 0
    for known, irq in domain.revmap:
        if known == hwirq:
            return irq
    return 0


@kernel
def irq_resolve_mapping(k: Kernel, domain: IrqDomain | None, hwirq: int) -> IrqDesc | None:
    """``irq_resolve_mapping()``."""
    irq = irq_find_mapping(k, domain, hwirq)
    return irq_to_desc(k, irq) if irq else None


@kernel
def generic_handle_domain_irq(k: Kernel, domain: IrqDomain, hwirq: int) -> int:
    """``generic_handle_domain_irq()``: -EINVAL for a line without mapping, and then *nobody masks it*.

    Hard interrupt context.
    """
    desc = irq_resolve_mapping(k, domain, hwirq)
    if desc is None:
        k.world.trace("no-mapping", domain=str(domain.key[0]), hwirq=hwirq)
    return handle_irq_desc(k, desc)


@kernel
def generic_handle_domain_irq_safe(k: Kernel, domain: IrqDomain, hwirq: int) -> int:
    """``generic_handle_domain_irq_safe()``: from any context; interrupts are off meanwhile."""
    flags = local_irq_save(k)
    error = generic_handle_domain_irq(k, domain, hwirq)
    local_irq_restore(k, flags)
    return error


# -- making ------------------------------------------------------------------------------------------------------------


@atomic
def _refusal(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> str:
    """What ``irq_domain_associate()`` warns of; nothing if the line may be mapped."""
    if hwirq >= domain.hwirq_max:
        return f"error: hwirq {hwirq:#x} is too large for {domain.key[0]}"
    d = irq_get_irq_data(k, irq)
    if d is None:
        return f"error: virq{irq} is not allocated"
    return f"error: virq{irq} is already associated" if d.domain is not None else ""


@atomic
def _set_domain(k: Kernel, domain: IrqDomain | None, irq: int, hwirq: int) -> None:
    d = k.world.at(IrqData, irq)
    d.hwirq, d.domain = hwirq, domain


@atomic
def _publish(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> None:
    """From here on the line can be found; and it may be requested."""
    set_mapping(domain, hwirq, irq)
    k.world.at(IrqDesc, irq).norequest = False


@kernel
def irq_domain_associate(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    """``irq_domain_associate()``: ``->map()``, and only then the mapping.  May sleep."""
    takes_domain_mutex(k)
    refusal = _refusal(k, domain, irq, hwirq)
    if refusal:
        k.warn(refusal)
        return -EINVAL
    _set_domain(k, domain, irq, hwirq)
    ops = domain_ops(domain)
    error = int(ops.map(k, domain, irq, hwirq)) if ops.map is not None else 0
    if error:
        _set_domain(k, None, irq, 0)
        return error
    _publish(k, domain, irq, hwirq)
    return 0


@kernel
def irq_domain_associate_many(k: Kernel, domain: IrqDomain, irq_base: int, hwirq_base: int, count: int) -> None:
    """``irq_domain_associate_many()``: one that fails does not stop the others.  May sleep."""
    for i in range(count):
        irq_domain_associate(k, domain, irq_base + i, hwirq_base + i)


@kernel
def irq_create_mapping_affinity(k: Kernel, domain: IrqDomain | None, hwirq: int, affinity: tuple[AffinityDesc, ...] = ()) -> int:
    """``irq_create_mapping_affinity()``: the Linux number of a hardware number; 0 on failure.  May sleep.

    No domain is the default domain.  ``affinity``: of a new descriptor; one at most.
    """
    if domain is None:
        domain = irq_get_default_host(k)
    if domain is None:
        k.warn(f"irq_create_mapping_affinity(, {hwirq:x}) called with NULL domain")
        return 0
    takes_domain_mutex(k)
    irq = irq_find_mapping(k, domain, hwirq)
    if irq:
        return irq
    irq = irq_alloc_desc(k, affinity)
    if irq <= 0:
        return 0
    if irq_domain_associate(k, domain, irq, hwirq):
        irq_free_desc(k, irq)
        return 0
    return irq


@kernel
def irq_create_mapping(k: Kernel, domain: IrqDomain | None, hwirq: int) -> int:
    """``irq_create_mapping()``: the Linux number of a hardware number; 0 on failure.  May sleep."""
    return irq_create_mapping_affinity(k, domain, hwirq)


@kernel
def irq_create_fwspec_mapping(k: Kernel, fwspec: Fwspec) -> int:
    """``irq_create_fwspec_mapping()``: translates a specifier and maps it; 0 on failure.  May sleep.

    A line that is mapped already is given again if its trigger type is the specifier's, or one of them says nothing.
    """
    domain = _domain_for(k, fwspec)
    if domain is None:
        k.world.trace("printk", text=f"no irq domain found for {fwspec[0]} !")
        return 0
    error, hwirq, type_ = irq_domain_translate(k, domain, fwspec)
    if error:
        return 0
    if type_ & ~IRQ_TYPE_SENSE_MASK:
        k.warn(f"irq_create_fwspec_mapping: {domain.key[0]} translates to type {type_:#x}")
        type_ &= IRQ_TYPE_SENSE_MASK
    takes_domain_mutex(k)
    irq = irq_find_mapping(k, domain, hwirq)
    if irq:
        return irq if _type_agrees(k, irq, hwirq, type_, fwspec[0]) else 0
    hierarchy = is_hierarchy(domain)
    irq = irq_domain_alloc_irqs(k, domain, 1, fwspec) if hierarchy else irq_create_mapping(k, domain, hwirq)
    if irq <= 0:
        return 0
    set_trigger_type(k.world.at(IrqData, irq), type_)
    return irq


@kernel
def _domain_for(k: Kernel, fwspec: Fwspec) -> IrqDomain | None:
    """The domain a specifier is for: of its node the one of wired interrupts, or any; without a node the default one."""
    if not fwspec[0]:
        return irq_get_default_host(k)
    domain = irq_find_matching_fwspec(k, fwspec, DOMAIN_BUS_WIRED)
    return domain if domain is not None else irq_find_matching_fwspec(k, fwspec, DOMAIN_BUS_ANY)


@kernel
def _type_agrees(k: Kernel, irq: int, hwirq: int, type_: int, node: str) -> bool:
    """Whether a line that is mapped already may be had with this trigger type; a line without one gets it."""
    known = irq_get_trigger_type(k, irq)
    if type_ in (IRQ_TYPE_NONE, known):
        return True
    if known == IRQ_TYPE_NONE:
        set_trigger_type(k.world.at(IrqData, irq), type_)
        return True
    k.world.trace("printk", text=f"type mismatch, failed to map hwirq-{hwirq} for {node}!")
    return False


@core
@kernel
def irq_create_of_mapping(k: Kernel, node: str, cells: tuple[int, ...]) -> int:
    """``irq_create_of_mapping()``: the Linux number of a device-tree specifier; 0 on failure.  May sleep."""
    return irq_create_fwspec_mapping(k, (node, cells))


# -- unmaking ----------------------------------------------------------------------------------------------------------


@kernel
def irq_domain_disassociate(k: Kernel, domain: IrqDomain, irq: int) -> None:
    """``irq_domain_disassociate()``: not requestable, no chip, no handler; waits; ``->unmap()``; no longer found."""
    if not _belongs(k, domain, irq):
        k.warn(f"virq{irq} doesn't exist; cannot disassociate")
        return
    takes_domain_mutex(k)
    irq_set_status_flags(k, irq, IRQ_NOREQUEST)
    irq_set_chip_and_handler(k, irq, None, None)
    synchronize_irq(k, irq)
    ops = domain_ops(domain)
    if ops.unmap is not None:
        ops.unmap(k, domain, irq)
    _unpublish(k, domain, irq)


@atomic
def _belongs(k: Kernel, domain: IrqDomain, irq: int) -> bool:
    d = irq_get_irq_data(k, irq)
    return d is not None and d.domain is domain


@atomic
def _unpublish(k: Kernel, domain: IrqDomain, irq: int) -> None:
    d = k.world.at(IrqData, irq)
    hwirq = d.hwirq
    d.hwirq, d.domain = 0, None
    clear_mapping(domain, hwirq)


@kernel
def irq_dispose_mapping(k: Kernel, irq: int) -> None:
    """``irq_dispose_mapping()``: the descriptor goes, requested or not.  May sleep."""
    if not irq or irq_to_desc(k, irq) is None:
        return
    domain = _domain_of(k, irq)
    if domain is None:
        k.warn(f"irq_dispose_mapping: irq {irq} has no domain")
    elif is_hierarchy(domain):
        irq_domain_free_irqs(k, irq, 1)
    else:
        irq_domain_disassociate(k, domain, irq)
        irq_free_desc(k, irq)


@atomic
def _domain_of(k: Kernel, irq: int) -> IrqDomain | None:
    return k.world.at(IrqData, irq).domain
