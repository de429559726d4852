"""Domains on top of each other: one line, a chip on each level (kernel/irq/irqdomain.c, third part).

A line of a hierarchical domain has a ``struct irq_data`` for each of the domains on its way to the CPU.  Each driver's
``alloc`` fills its own and asks its parent; the core links them, publishes all numbers at once and undoes what failed.

The mutex of the innermost domain (6.1: ``irq_domain_mutex``), which the calls that may sleep hold, is not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.kernel.errno import EINVAL, ENOENT, ENOMEM, ENOSYS
from irqlab.kernel.irq.desc import (
    AffinityDesc,
    IrqChip,
    IrqData,
    IrqDesc,
    ParentIrqData,
    disconnected_chip,
    irq_alloc_descs,
    irq_free_descs,
    irq_get_irq_data,
    no_irq_chip,
    null_chip,
)
from irqlab.kernel.irq.domain import (
    IrqDomain,
    IrqDomainOps,
    Op,
    domain_ops,
    irq_domain_instantiate,
    irq_get_default_host,
    takes_domain_mutex,
)
from irqlab.kernel.irq.flags import HWIRQ_ANY, IRQ_NOREQUEST
from irqlab.kernel.irq.revmap import clear_mapping, set_mapping
from irqlab.kernel.irq.setup import (
    __irq_set_handler,
    irq_set_chip_and_handler,
    irq_set_handler,
    irq_set_handler_data,
    irq_set_status_flags,
)
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def irq_domain_create_hierarchy(
    k: Kernel,
    parent: IrqDomain | None,
    flags: int,
    size: int,
    node: str,
    ops: IrqDomainOps,
    host_data: Pointer,
) -> IrqDomain | None:
    """``irq_domain_create_hierarchy()``, ``irq_domain_add_hierarchy()``: a tree if ``size`` is 0; None when memory runs out."""
    domain = irq_domain_instantiate(k, node, ops, host_data, size=size, hwirq_max=size or HWIRQ_ANY, flags=flags, parent=parent)
    return domain if isinstance(domain, IrqDomain) else None


# -- what drivers set of a level ---------------------------------------------------------------------------------------


@atomic
def irq_domain_get_irq_data(k: Kernel, domain: IrqDomain, irq: int) -> IrqData | None:
    """``irq_domain_get_irq_data()``: the line's level in one domain, if it has any."""
    d = irq_get_irq_data(k, irq)
    while d is not None and d.domain is not domain:
        d = d.parent_data
    return d


@atomic
def irq_domain_set_hwirq_and_chip(
    k: Kernel, domain: IrqDomain, irq: int, hwirq: int, chip: IrqChip | None, chip_data: Pointer
) -> int:
    """``irq_domain_set_hwirq_and_chip()``: 0, or -ENOENT if the line has no level in this domain."""
    d = irq_domain_get_irq_data(k, domain, irq)
    if d is None:
        return -ENOENT
    d.hwirq, d.chip, d.chip_data = hwirq, chip if chip is not None else no_irq_chip, chip_data
    return 0


@kernel
def irq_domain_set_info(
    k: Kernel,
    domain: IrqDomain,
    irq: int,
    hwirq: int,
    chip: IrqChip | None,
    chip_data: Pointer,
    handler: Op | None,
    handler_data: Pointer,
    handler_name: str = "",
) -> None:
    """``irq_domain_set_info()``: all of one level, and the line's flow handler with its data."""
    irq_domain_set_hwirq_and_chip(k, domain, irq, hwirq, chip, chip_data)
    __irq_set_handler(k, irq, handler, False, handler_name)
    irq_set_handler_data(k, irq, handler_data)


@atomic
def irq_domain_reset_irq_data(k: Kernel, d: IrqData) -> None:
    """``irq_domain_reset_irq_data()``: no number, no chip, no data."""
    d.hwirq, d.chip, d.chip_data = 0, no_irq_chip, None


@atomic
def irq_domain_disconnect_hierarchy(k: Kernel, domain: IrqDomain, irq: int) -> int:
    """``irq_domain_disconnect_hierarchy()``: from this domain on the line has nothing of use; -EINVAL if it has no level here.

    For ``alloc``: the core then cuts the levels off.
    """
    d = irq_domain_get_irq_data(k, domain, irq)
    if d is None:
        return -EINVAL
    d.chip = disconnected_chip
    return 0


# -- levels ------------------------------------------------------------------------------------------------------------


@atomic
def _link(k: Kernel, child: IrqData, domain: IrqDomain) -> IrqData:
    """``irq_domain_insert_irq_data()``: one level more, of which nothing but the domain is known."""
    level = 1
    while k.world.at(ParentIrqData, child.irq, level).exists:
        level += 1
    child.parent_data = k.world.new(ParentIrqData, child.irq, level, domain=domain, chip=null_chip)
    return child.parent_data


@atomic
def _enter(d: IrqData, domain: IrqDomain) -> IrqDomain | None:
    """The line's outermost level is the domain's; returns what lies below it."""
    d.domain = domain
    return domain.parent


@atomic
def _below(domain: IrqDomain) -> IrqDomain | None:
    return domain.parent


@kernel
def _alloc_irq_data(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> int:
    """``irq_domain_alloc_irq_data()``: a level for each domain on the way to the CPU."""
    for i in range(nr_irqs):
        d = k.world.at(IrqData, irq + i)
        parent = _enter(d, domain)
        while parent is not None:
            if k.fails("kzalloc(struct irq_data)"):
                _free_irq_data(k, irq, i + 1)
                return -ENOMEM
            d = _link(k, d, parent)
            parent = _below(parent)
    return 0


def _kfree(k: Kernel, d: IrqData | None) -> None:
    """``__irq_domain_free_hierarchy()``: a level and all further in; inside atomic functions."""
    while d is not None:
        below = d.parent_data
        k.world.drop(d)
        d = below


@atomic
def _free_irq_data(k: Kernel, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irq_data()``."""
    for i in range(nr_irqs):
        d = k.world.at(IrqData, irq + i)
        _kfree(k, d.parent_data)
        d.parent_data = d.domain = None


@atomic
def _trim(k: Kernel, irq: int) -> int:
    """``irq_domain_trim_hierarchy()``: cuts off from the mark on; -EINVAL where chips and the mark do not fit together."""
    d = k.world.at(IrqData, irq)
    if d.chip in (null_chip, disconnected_chip):
        return -EINVAL
    tail: IrqData | None = None
    inner = d.parent_data
    while inner is not None:
        chip = inner.chip
        if (chip is not null_chip) is (tail is not None):
            return -EINVAL  # a chip behind the mark, or none before it
        if chip is disconnected_chip:
            tail = d
        d, inner = inner, inner.parent_data
    if tail is not None:
        k.world.trace("printk", text=f"IRQ{irq}: trimming hierarchy")
        cut, tail.parent_data = tail.parent_data, None
        _kfree(k, cut)
    return 0


# -- allocating --------------------------------------------------------------------------------------------------------


@kernel
def irq_domain_alloc_irqs_hierarchy(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int, arg: Any) -> int:
    """``irq_domain_alloc_irqs_hierarchy()``: the domain's ``alloc``; -ENOSYS without one."""
    ops = domain_ops(domain)
    return int(ops.alloc(k, domain, irq, nr_irqs, arg)) if ops.alloc is not None else -ENOSYS


@kernel
def irq_domain_alloc_irqs_parent(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int, arg: Any) -> int:
    """``irq_domain_alloc_irqs_parent()``: the same of the domain below; -ENOSYS if there is none."""
    parent = _below(domain)
    return irq_domain_alloc_irqs_hierarchy(k, parent, irq, nr_irqs, arg) if parent is not None else -ENOSYS


@kernel
def irq_domain_alloc_irqs(
    k: Kernel,
    domain: IrqDomain | None,
    nr_irqs: int,
    arg: Any,
    irq_base: int = -1,
    realloc: bool = False,
    affinity: tuple[AffinityDesc, ...] = (),
) -> int:
    """``irq_domain_alloc_irqs()``, ``__irq_domain_alloc_irqs()``: the first of ``nr_irqs`` Linux numbers in a row, or an error.

    ``arg`` is between the drivers: a specifier, or what a driver makes of it for its parent.  No domain is the default
    domain.  ``realloc``: the descriptors from ``irq_base`` on are there.  May sleep.
    """
    if domain is None:
        domain = irq_get_default_host(k)
    if domain is None:
        k.warn("domain is NULL; cannot allocate IRQ")
        return -EINVAL
    takes_domain_mutex(k)
    irq = irq_base if realloc and irq_base >= 0 else irq_alloc_descs(k, irq_base, nr_irqs, affinity=affinity)
    if irq < 0:
        return irq
    error = _alloc_irq_data(k, domain, irq, nr_irqs)
    if not error:
        error = _alloc(k, domain, irq, nr_irqs, arg)
        if not error:
            _publish(k, irq, nr_irqs)
            return irq
        _free_irq_data(k, irq, nr_irqs)
    irq_free_descs(k, irq, nr_irqs)
    return error


@kernel
def _alloc(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int, arg: Any) -> int:
    """``alloc``, then trimming; what trimming refuses is given back to the drivers by 6.12, forgotten by 6.1."""
    error = min(irq_domain_alloc_irqs_hierarchy(k, domain, irq, nr_irqs, arg), 0)
    if error:
        return error
    for i in range(nr_irqs):
        error = _trim(k, irq + i)
        if error:
            if k.release.has("trim-failure-frees"):
                _free_hierarchy(k, domain, irq, nr_irqs)
            return error
    return 0


@atomic
def _publish(k: Kernel, irq: int, nr_irqs: int) -> None:
    """``irq_domain_insert_irq()``: found by the number of each level from here on, and may be requested."""
    for i in range(nr_irqs):
        d: IrqData | None = k.world.at(IrqData, irq + i)
        while d is not None:
            assert d.domain is not None
            set_mapping(d.domain, d.hwirq, irq + i)
            d = d.parent_data
        k.world.at(IrqDesc, irq + i).norequest = False


# -- freeing -----------------------------------------------------------------------------------------------------------


@kernel
def _free_hierarchy(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irqs_hierarchy()``: ``free`` of each line that has a level in the domain."""
    ops = domain_ops(domain)
    if ops.free is None:
        return
    for i in range(nr_irqs):
        if irq_domain_get_irq_data(k, domain, irq + i) is not None:
            ops.free(k, domain, irq + i, 1)


@kernel
def irq_domain_free_irqs_parent(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irqs_parent()``: the domain below frees its levels."""
    parent = _below(domain)
    if parent is not None:
        _free_hierarchy(k, parent, irq, nr_irqs)


@kernel
def irq_domain_free_irqs_common(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irqs_common()``: clears the domain's levels, then the parent's are freed."""
    for i in range(nr_irqs):
        d = irq_domain_get_irq_data(k, domain, irq + i)
        if d is not None:
            irq_domain_reset_irq_data(k, d)
    irq_domain_free_irqs_parent(k, domain, irq, nr_irqs)


@kernel
def irq_domain_free_irqs_top(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irqs_top()``: the flow handlers and their data too."""
    for i in range(nr_irqs):
        irq_set_handler_data(k, irq + i, None)
        irq_set_handler(k, irq + i, None)
    irq_domain_free_irqs_common(k, domain, irq, nr_irqs)


@kernel
def irq_domain_free_irqs(k: Kernel, irq: int, nr_irqs: int) -> None:
    """``irq_domain_free_irqs()``: not requestable, no chip, no handler; waits; no longer found; freed on all levels.

    May sleep.
    """
    domain = _owner(k, irq)
    if domain is None or domain_ops(domain).free is None:
        k.warn("NULL pointer, cannot free irq")
        return
    takes_domain_mutex(k)
    for i in range(nr_irqs):
        irq_set_status_flags(k, irq + i, IRQ_NOREQUEST)
        irq_set_chip_and_handler(k, irq + i, None, None)
        synchronize_irq(k, irq + i)
        _unpublish(k, irq + i)
    _free_hierarchy(k, domain, irq, nr_irqs)
    _free_irq_data(k, irq, nr_irqs)
    irq_free_descs(k, irq, nr_irqs)


@atomic
def _owner(k: Kernel, irq: int) -> IrqDomain | None:
    d = irq_get_irq_data(k, irq)
    return d.domain if d is not None else None


@atomic
def _unpublish(k: Kernel, irq: int) -> None:
    """The last part of ``irq_domain_remove_irq()``."""
    d = irq_get_irq_data(k, irq)
    while d is not None:
        clear_mapping(k.deref(d.domain, IrqDomain, "data->domain"), d.hwirq)
        d = d.parent_data
