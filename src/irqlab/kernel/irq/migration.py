"""Moves that wait for the next interrupt of the line (kernel/irq/migration.c; ``CONFIG_GENERIC_PENDING_IRQ``, x86 and ARC).

``IRQD_SETAFFINITY_PENDING`` says that one waits, ``desc->pending_mask`` where to.  6.1 and 6.12 agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.cpumask import cpu_online_mask
from irqlab.kernel.errno import EBUSY
from irqlab.kernel.irq.affinity import irq_do_set_affinity
from irqlab.kernel.irq.desc import IrqData, IrqDesc, chip_of
from irqlab.kernel.irq.flags import IRQD_PER_CPU, IRQD_SETAFFINITY_PENDING
from irqlab.kernel.irq.state import has_flag, is_disabled, is_masked, set_flag
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def pending_mask_of(desc: IrqDesc) -> int:
    """``irq_desc_get_pending_mask()``."""
    return desc.pending_mask


@atomic
def irq_fixup_move_pending(k: Kernel, desc: IrqDesc, force_clear: bool) -> bool:
    """``irq_fixup_move_pending()``: whether a move waits that can still be made; one to CPUs that are gone is forgotten.

    ``force_clear``: it no longer waits, for the caller makes it.  ``desc->lock`` held.
    """
    if not k.config.generic_pending_irq or not has_flag(desc.irq_data, IRQD_SETAFFINITY_PENDING):
        return False
    possible = bool(desc.pending_mask & cpu_online_mask(k))
    if force_clear or not possible:
        set_flag(desc.irq_data, IRQD_SETAFFINITY_PENDING, False)
    return possible


@atomic
def _clear_pending_mask(desc: IrqDesc) -> None:
    desc.pending_mask = 0


@kernel
def irq_move_masked_irq(k: Kernel, d: IrqData) -> None:
    """``irq_move_masked_irq()``: the move that waited; one the chip is too busy for waits on.  ``desc->lock`` held, masked."""
    desc = d.desc
    d = desc.irq_data
    if not has_flag(d, IRQD_SETAFFINITY_PENDING):
        return
    set_flag(d, IRQD_SETAFFINITY_PENDING, False)
    if has_flag(d, IRQD_PER_CPU):
        k.warn("irq_move_masked_irq: the line is per CPU")
        return
    mask = pending_mask_of(desc)
    if not mask or not chip_of(desc).has("irq_set_affinity"):
        return
    if irq_do_set_affinity(k, desc, mask, False) == -EBUSY:
        set_flag(d, IRQD_SETAFFINITY_PENDING)
        return
    _clear_pending_mask(desc)


@kernel
def irq_move_irq(k: Kernel, d: IrqData) -> None:
    """``irq_move_irq()``: as a chip's ``irq_ack`` calls it; masks the line around the move unless it is masked already.

    The chip is called whatever callbacks it has, and the core's belief stays.  ``desc->lock`` held.
    """
    d = d.outermost
    if not has_flag(d, IRQD_SETAFFINITY_PENDING) or is_disabled(d):
        return
    chip, masked = chip_of(d.desc), is_masked(d)
    if not masked:
        chip.call(k, "irq_mask", d)
    irq_move_masked_irq(k, d)
    if not masked:
        chip.call(k, "irq_unmask", d)
