"""Activation: what a line's domains do before it can be used, and undo (kernel/irq/irqdomain.c, last part).

The order is the hardware's: the parent's domain activates first and deactivates last.  6.1.192 and 6.12.117 agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.irq.desc import IrqData, IrqDesc
from irqlab.kernel.irq.domain import IrqDomain, domain_ops
from irqlab.kernel.irq.state import is_activated
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def domain_of(d: IrqData) -> IrqDomain | None:
    """``d->domain``."""
    return d.domain


@atomic
def parent_of(d: IrqData) -> IrqData | None:
    """``d->parent_data``."""
    return d.parent_data


@atomic
def _set_activated(d: IrqData, value: bool) -> None:
    d.activated = value


@kernel
def __irq_domain_deactivate_irq(k: Kernel, d: IrqData) -> None:  # noqa: N807
    """``__irq_domain_deactivate_irq()``: this level, then those further in."""
    domain = domain_of(d)
    if domain is None:
        return
    ops = domain_ops(domain)
    if ops.deactivate is not None:
        ops.deactivate(k, domain, d)
    parent = parent_of(d)
    if parent is not None:
        __irq_domain_deactivate_irq(k, parent)


@kernel
def __irq_domain_activate_irq(k: Kernel, d: IrqData) -> int:  # noqa: N807
    """``__irq_domain_activate_irq()``: the levels further in, then this one; if it fails they are undone."""
    domain = domain_of(d)
    if domain is None:
        return 0
    parent = parent_of(d)
    error = __irq_domain_activate_irq(k, parent) if parent is not None else 0
    ops = domain_ops(domain)
    if error or ops.activate is None:
        return error
    error = int(ops.activate(k, domain, d, False))
    if error and parent is not None:
        __irq_domain_deactivate_irq(k, parent)
    return error


@kernel
def irq_domain_activate_irq(k: Kernel, desc: IrqDesc) -> int:
    """``irq_domain_activate_irq()``: only ``IRQD_ACTIVATED`` unless a domain has its own callback.

    ``reserve`` is always false here: reservation mode is x86's.
    """
    d = desc.irq_data
    if is_activated(d):
        return 0
    error = __irq_domain_activate_irq(k, d)
    if not error:
        _set_activated(d, True)
    return error


@kernel
def irq_domain_deactivate_irq(k: Kernel, desc: IrqDesc) -> None:
    """``irq_domain_deactivate_irq()``."""
    d = desc.irq_data
    if is_activated(d):
        __irq_domain_deactivate_irq(k, d)
        _set_activated(d, False)
