"""Flow handlers by address: the kernel's own, and the driver's (chained handlers)."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from irqlab.kernel.irq import flow, percpu
from irqlab.kernel.irq.desc import IrqDesc, handle_bad_irq

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel

#: Begins like a flow handler and is none: it takes a number.
_NO_FLOW = frozenset({"handle_nested_irq"})


@cache
def flow_handlers() -> dict[str, Callable[..., Any]]:
    """The kernel's flow handlers by their names."""
    found = {
        name: known
        for module in (flow, percpu)
        for name, known in sorted(vars(module).items())
        if name.startswith("handle_") and name.endswith(("_irq", "_nmi")) and name not in _NO_FLOW
    }
    return {**found, "handle_bad_irq": handle_bad_irq}


def flow_at(g: Guest, address: int) -> Callable[..., Any]:
    """The flow handler behind an ``irq_flow_handler_t``; NULL is ``handle_bad_irq``."""
    if not address:
        return handle_bad_irq
    extern = g.image.by_address.get(address)
    if extern is not None:
        known = flow_handlers().get(extern.name)
        if known is None:
            g.unknown(f"{extern.name}() as a flow handler")
        assert known is not None
        return known
    key = ("flow", address)
    if key not in g.statics:
        g.statics[key] = _guest_flow(g, address)
    found = g.statics[key]
    assert callable(found)
    return found


def _guest_flow(g: Guest, address: int) -> Callable[..., Any]:
    from irqlab.guest.irqobjects import desc_pointer

    def run(k: Kernel, desc: IrqDesc) -> None:
        g.function(address, "void")(k, desc_pointer(g, desc))

    return g.named(run, g.function(address, "void"))


def flow_pointer(g: Guest, handler: Callable[..., Any]) -> int:
    """``irq_flow_handler_t`` of a flow handler."""
    from irqlab.guest.objects import handle

    for key, known in g.statics.items():
        if known is handler and key[0] == "flow":
            return key[1]
    name = handler.__name__
    return g.image.symbols.get(name) or handle(g, name)
