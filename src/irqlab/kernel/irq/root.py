"""The root of all interrupts: ``handle_arch_irq`` and what the CPU does when its line goes up."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class HandleArchIrq(Record):
    """``handle_arch_irq``; absent until the root controller is set up."""

    handler: Callable[..., Any]


@atomic
def set_handle_irq(k: Kernel, handler: Callable[..., Any]) -> None:
    """``set_handle_irq()``."""
    k.world.new(HandleArchIrq, handler=handler)


@atomic
def handle_arch_irq(k: Kernel) -> Callable[..., Any] | None:
    """``handle_arch_irq``; None until the root controller is set up."""
    root = k.world.at(HandleArchIrq)
    return root.handler if root.exists else None


@kernel
def do_interrupt_handler(k: Kernel) -> None:
    """``el1_interrupt()``: the CPU took an interrupt.  Hard interrupt context."""
    handler = handle_arch_irq(k)
    if handler is None:
        k.signal("stuck", waits_for="has no handle_arch_irq to call")
        k.hang("an interrupt before handle_arch_irq is set")
        return
    handler(k)
