"""Trigger types and wake-up of a line (kernel/irq/manage.c; identical in 6.1.192 and 6.12.117).

None of it takes a PM reference: before a request and after a free the controller may be suspended here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EINVAL, ENXIO
from irqlab.kernel.irq.chip import mask_irq, unmask_irq
from irqlab.kernel.irq.desc import IrqData, IrqDesc, buslock, chip_of, global_desc
from irqlab.kernel.irq.flags import (
    IRQ_SET_MASK_OK,
    IRQ_SET_MASK_OK_DONE,
    IRQ_SET_MASK_OK_NOCOPY,
    IRQ_TYPE_LEVEL_MASK,
    IRQ_TYPE_SENSE_MASK,
    IRQCHIP_SET_TYPE_MASKED,
    IRQCHIP_SKIP_SET_WAKE,
)
from irqlab.kernel.irq.state import is_disabled, is_nmi, trigger_of
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _note_trigger(d: IrqData, type_: int) -> None:
    """In the line's state and, apart from it, in its settings (``irq_settings_set_trigger_mask()``)."""
    desc = d.desc
    d.trigger = type_
    if desc.settings & IRQ_TYPE_SENSE_MASK != type_:
        desc.settings = desc.settings & ~IRQ_TYPE_SENSE_MASK | type_
    d.level = bool(type_ & IRQ_TYPE_LEVEL_MASK)


@kernel
def __irq_set_trigger(k: Kernel, desc: IrqDesc, flags: int) -> int:  # noqa: N807
    """``__irq_set_trigger()``: 0, or what ``irq_set_type`` said.  A chip without it takes every type.  ``desc->lock`` held.

    Around the call SET_TYPE_MASKED chips are masked, and unmasked after it unless disabled.
    """
    chip = chip_of(desc)
    d = desc.irq_data
    if not chip.has("irq_set_type"):
        return 0
    unmask = False
    if chip.flags & IRQCHIP_SET_TYPE_MASKED:
        mask_irq(k, desc)
        unmask = not is_disabled(d)
    flags &= IRQ_TYPE_SENSE_MASK
    error = int(chip.call(k, "irq_set_type", d, flags))
    if error in (IRQ_SET_MASK_OK, IRQ_SET_MASK_OK_DONE, IRQ_SET_MASK_OK_NOCOPY):
        _note_trigger(d, trigger_of(d) if error == IRQ_SET_MASK_OK_NOCOPY else flags)
        error = 0
    if unmask:
        unmask_irq(k, desc)
    return error


@kernel
def set_irq_wake_real(k: Kernel, desc: IrqDesc, on: bool) -> int:
    """``set_irq_wake_real()``: -ENXIO without ``irq_set_wake``; SKIP_SET_WAKE chips need no call."""
    chip = chip_of(desc)
    if chip.flags & IRQCHIP_SKIP_SET_WAKE:
        return 0
    if chip.has("irq_set_wake"):
        return int(chip.call(k, "irq_set_wake", desc.irq_data, on))
    return -ENXIO


@atomic
def _count_wake(desc: IrqDesc, by: int) -> int:
    """``desc->wake_depth += by``; returns what it was, and leaves it at 0."""
    depth = desc.wake_depth
    if depth + by >= 0:
        desc.wake_depth = depth + by
    return depth


@atomic
def _wake_changed(desc: IrqDesc, on: bool, error: int) -> None:
    if error:
        desc.wake_depth = 0 if on else 1
    else:
        desc.irq_data.wakeup_state = on


@kernel
def irq_set_irq_wake(k: Kernel, irq: int, on: bool) -> int:
    """``irq_set_irq_wake()``: counted; has nothing to do with enabled or disabled, takes no PM reference.

    -EINVAL for an NMI.  Bus lock and ``desc->lock``.
    """
    desc = global_desc(k, irq)
    if desc is None:
        return -EINVAL
    error = 0
    with buslock(k, desc):
        if is_nmi(desc):
            return -EINVAL
        depth = _count_wake(desc, 1 if on else -1)
        if depth == 0 and not on:
            k.warn(f"Unbalanced IRQ {irq} wake disable")
        elif depth == (0 if on else 1):
            error = set_irq_wake_real(k, desc, on)
            _wake_changed(desc, on, error)
    return error
