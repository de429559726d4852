"""Waiting until nobody handles an interrupt any more (kernel/irq/manage.c, first part)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import spin_until, wait_event
from irqlab.kernel.core import core
from irqlab.kernel.irq.desc import IrqData, IrqDesc, desc_lock, irq_to_desc
from irqlab.kernel.irq.flags import IRQCHIP_STATE_ACTIVE
from irqlab.kernel.irq.irqchip_state import __irq_get_irqchip_state, seen_in_flight
from irqlab.kernel.irq.state import is_inprogress
from irqlab.kernel.locking import irqsave
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def __synchronize_hardirq(k: Kernel, desc: IrqDesc, sync_chip: bool) -> None:  # noqa: N807
    """``__synchronize_hardirq()``: no handler in progress; with ``sync_chip`` none in flight in the hardware either."""
    d = desc.irq_data
    spin_until(k, lambda: not is_inprogress(d), f"irq {desc.irq} is no longer in progress")
    while _in_flight(k, desc, sync_chip):
        if not _can_be_watched(k, d) and not _threads_left(desc):
            k.signal("not-modelled", what=f"irq {desc.irq} is active at its chip although nobody handles it")
            return
        spin_until(k, lambda: _landed(k, desc), f"irq {desc.irq} is no longer in flight")


@kernel
def _in_flight(k: Kernel, desc: IrqDesc, sync_chip: bool) -> bool:
    """Whether the interrupt is in progress, or its chip says that it is active (that it cannot say does not count)."""
    with irqsave(k, desc_lock(k, desc)):
        busy = is_inprogress(desc.irq_data)
        if not busy and sync_chip:
            busy = __irq_get_irqchip_state(k, desc.irq_data, IRQCHIP_STATE_ACTIVE) > 0
    return busy


@atomic
def _can_be_watched(k: Kernel, d: IrqData) -> bool:
    return is_inprogress(d) or seen_in_flight(k, d) is not None


@atomic
def _threads_left(desc: IrqDesc) -> bool:
    """A thread of the line has yet to end the interrupt (``IRQCHIP_EOI_THREADED``)."""
    return desc.threads_active > 0


@atomic
def _landed(k: Kernel, desc: IrqDesc) -> bool:
    """Worth asking again: on one CPU only the line's threads can end what no handler is in."""
    d = desc.irq_data
    if is_inprogress(d):
        return False
    seen = seen_in_flight(k, d)
    return not seen if seen is not None else not _threads_left(desc)


@atomic
def no_threads_active(desc: IrqDesc) -> bool:
    """``!atomic_read(&desc->threads_active)``."""
    return desc.threads_active == 0


@kernel
def synchronize_desc(k: Kernel, desc: IrqDesc) -> None:
    """``__synchronize_irq()``: neither hard nor threaded handlers run.  May sleep."""
    __synchronize_hardirq(k, desc, True)
    wait_event(k, lambda: no_threads_active(desc), f"the threads of irq {desc.irq} are done")


@core
@kernel
def synchronize_irq(k: Kernel, irq: int) -> None:
    """``synchronize_irq()``: deadlocks on a thread that needs what the caller holds.  May sleep."""
    desc = irq_to_desc(k, irq)
    if desc is not None:
        synchronize_desc(k, desc)


@kernel
def synchronize_hardirq(k: Kernel, irq: int) -> bool:
    """``synchronize_hardirq()``: waits for hard handlers, asks no chip; False while a threaded handler runs."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return True
    __synchronize_hardirq(k, desc, False)
    return no_threads_active(desc)
