"""The reverse map of a domain: hardware number to Linux number (kernel/irq/irqdomain.c).

Numbers below ``size`` have a place in a table, the others are in a tree.  Called inside atomic functions.
"""

from __future__ import annotations

from irqlab.kernel.irq.domain import IrqDomain


def set_mapping(domain: IrqDomain, hwirq: int, irq: int) -> None:
    """``irq_domain_set_mapping()``: a table forgets the line it had at this number, a tree keeps it."""
    known = dict(domain.revmap)
    if hwirq >= domain.size and hwirq in known:
        return
    known[hwirq] = irq
    domain.revmap = tuple(sorted(known.items()))


def clear_mapping(domain: IrqDomain, hwirq: int) -> None:
    """``irq_domain_clear_mapping()``: whichever line was there."""
    domain.revmap = tuple(pair for pair in domain.revmap if pair[0] != hwirq)
