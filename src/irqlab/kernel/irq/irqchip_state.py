"""What the chips of a line say of its hardware state, and what they are told (kernel/irq/manage.c, end).

The chip that knows may be any of the line's, the outermost is asked first.  6.1.192 and 6.12.117 agree.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EINVAL, ENODEV
from irqlab.kernel.irq.desc import IrqData, IrqDesc, buslock, disconnected_chip, irq_to_desc, null_chip
from irqlab.kernel.irq.flags import IRQCHIP_STATE_ACTIVE
from irqlab.kernel.irq.parent import irq_chip_get_parent_state, irq_data_get_irq_chip
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _able(d: IrqData, callback: str) -> IrqData | None:
    """The first level whose chip has a callback; a level without any chip ends the search."""
    level: IrqData | None = d
    while level is not None and not level.chip.has(callback) and level.chip not in (null_chip, disconnected_chip):
        level = level.parent_data
    return level


@kernel
def __irq_get_irqchip_state(k: Kernel, d: IrqData, which: str) -> int:  # noqa: N807
    """``__irq_get_irqchip_state()``: the state, or a negative error.  ``desc->lock`` held."""
    level = _able(d, "irq_get_irqchip_state")
    if level is None:
        return -EINVAL
    chip = irq_data_get_irq_chip(level)
    if chip in (null_chip, disconnected_chip):
        k.warn("__irq_get_irqchip_state: no chip")
        return -ENODEV
    return int(chip.call(k, "irq_get_irqchip_state", level, which))


@kernel
def irq_get_irqchip_state(k: Kernel, irq: int, which: str) -> int:
    """``irq_get_irqchip_state()``: the state, or a negative error.  Takes the bus lock and ``desc->lock``."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    with buslock(k, desc):
        return __irq_get_irqchip_state(k, desc.irq_data, which)


@kernel
def irq_set_irqchip_state(k: Kernel, irq: int, which: str, value: bool) -> int:
    """``irq_set_irqchip_state()``: takes the bus lock and ``desc->lock``, whether any chip can or not (then -EINVAL)."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    with buslock(k, desc):
        return _set(k, desc, which, value)


@kernel
def _set(k: Kernel, desc: IrqDesc, which: str, value: bool) -> int:
    level = _able(desc.irq_data, "irq_set_irqchip_state")
    if level is None:
        return -EINVAL
    chip = irq_data_get_irq_chip(level)
    if chip in (null_chip, disconnected_chip):
        k.warn("irq_set_irqchip_state: no chip")
        return -ENODEV
    return int(chip.call(k, "irq_set_irqchip_state", level, which, value))


def seen_in_flight(k: Kernel, d: IrqData) -> bool | None:
    """``__irq_get_irqchip_state(ACTIVE)`` for a condition: None where only a callback with schedule points could say.

    Such a callback is asked between two waits, never in one.
    """
    level = _able(d, "irq_get_irqchip_state")
    while level is not None:
        getter = level.chip.callbacks.get("irq_get_irqchip_state")
        if getter is not irq_chip_get_parent_state:
            pure = getter is not None and hasattr(getter, "__atomic__")
            return int(getter(k, level, IRQCHIP_STATE_ACTIVE)) > 0 if getter is not None and pure else None
        level = level.parent_data
    return False
