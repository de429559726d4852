"""From the cells of a specifier to a hardware number and a trigger type (kernel/irq/irqdomain.c; same in 6.1 and 6.12)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.domain import Fwspec, IrqDomain, IrqDomainOps, Translated, domain_ops
from irqlab.kernel.irq.flags import IRQ_TYPE_NONE, IRQ_TYPE_SENSE_MASK
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

REFUSED: Translated = (-EINVAL, 0, IRQ_TYPE_NONE)


@kernel
def irq_domain_translate(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_translate()``: ``translate``, else ``xlate``, else the first cell is the number."""
    ops = domain_ops(domain)
    ask = ops.translate or ops.xlate
    if ask is None:
        cells = fwspec[1]
        return 0, cells[0] if cells else 0, IRQ_TYPE_NONE
    error, hwirq, type_ = ask(k, domain, fwspec)
    return int(error), int(hwirq), int(type_)


def _cells(k: Kernel, fwspec: Fwspec, count: int, who: str) -> bool:
    """Whether a specifier has enough cells; warns if not."""
    if len(fwspec[1]) < count:
        k.warn(f"{who}: a specifier of {len(fwspec[1])} cells")
        return False
    return True


@kernel
def irq_domain_xlate_onecell(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_xlate_onecell()``: the cell is the hardware number."""
    if not _cells(k, fwspec, 1, "irq_domain_xlate_onecell"):
        return REFUSED
    return 0, fwspec[1][0], IRQ_TYPE_NONE


@kernel
def irq_domain_xlate_twocell(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_xlate_twocell()``: hardware number and trigger type."""
    return irq_domain_translate_twocell(k, domain, fwspec)


@kernel
def irq_domain_xlate_onetwocell(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_xlate_onetwocell()``: hardware number, and a trigger type if there is a second cell."""
    if not _cells(k, fwspec, 1, "irq_domain_xlate_onetwocell"):
        return REFUSED
    cells = fwspec[1]
    return 0, cells[0], cells[1] & IRQ_TYPE_SENSE_MASK if len(cells) > 1 else IRQ_TYPE_NONE


@kernel
def irq_domain_translate_onecell(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_translate_onecell()``."""
    if not _cells(k, fwspec, 1, "irq_domain_translate_onecell"):
        return REFUSED
    return 0, fwspec[1][0], IRQ_TYPE_NONE


@kernel
def irq_domain_translate_twocell(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    """``irq_domain_translate_twocell()``: hardware number and trigger type."""
    if not _cells(k, fwspec, 2, "irq_domain_translate_twocell"):
        return REFUSED
    return 0, fwspec[1][0], fwspec[1][1] & IRQ_TYPE_SENSE_MASK


#: ``irq_domain_simple_ops``.
irq_domain_simple_ops = IrqDomainOps("irq_domain_simple_ops", xlate=irq_domain_xlate_onetwocell)
