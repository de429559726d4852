"""``kernel/irq/manage.c`` and ``devres.c``: drivers that use lines themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from irqlab.guest.chips import STATES
from irqlab.guest.ctypes import Dev
from irqlab.guest.exports import _POINTER, Bool, C, Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.guest.objects import pointer
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import affinity as affinities
from irqlab.kernel.irq import devres, irqchip_state, manage, percpu, setup, trigger
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.kernel import Kernel
from irqlab.state import atomic


def handler_at(g: Guest, address: int) -> Callable[..., Any]:
    """The function behind an ``irq_handler_t``: the same object for the same address."""
    key = ("handler", address)
    if key not in g.statics:
        function = g.function(address)

        def run(k: Kernel, irq: int, dev_id: Any) -> int:
            return int(function(k, irq, pointer(g, dev_id)))

        g.statics[key] = g.named(run, function)
    found = g.statics[key]
    assert callable(found)
    return found


Handler = Annotated[
    Callable[..., Any] | None,
    C("irq_handler_t", _POINTER, 0, False, lambda g, raw: handler_at(g, raw) if raw else None),
]


# -- request and free ----------------------------------------------------------------------------------------------------


@export("request_threaded_irq")
def _request_threaded_irq(g: Guest, irq: UInt, handler: Handler, thread: Handler, flags: ULong, name: Text, dev_id: Ptr) -> Int:
    return manage.request_threaded_irq(g.k, irq, handler, thread, flags, name, dev_id or None)


@export("request_any_context_irq")
def _request_any_context_irq(g: Guest, irq: UInt, handler: Handler, flags: ULong, name: Text, dev_id: Ptr) -> Int:
    if handler is None:
        return -EINVAL
    return manage.request_any_context_irq(g.k, irq, handler, flags, name, dev_id or None)


@atomic
def _name_of(k: Kernel, irq: int, dev_id: int) -> str:
    desc = k.world.at(IrqDesc, irq)
    actions = desc.actions if desc.exists else ()
    return next((action.name for action in actions if (action.dev_id or 0) == dev_id), "")


@export("free_irq")
def _free_irq(g: Guest, irq: UInt, dev_id: Ptr) -> Ptr:
    name = _name_of(g.k, irq, dev_id)
    manage.free_irq(g.k, irq, dev_id or None)
    return g.intern(name) if name else 0


@export("__request_percpu_irq")
def _request_percpu_irq(g: Guest, irq: UInt, handler: Handler, flags: ULong, name: Text, dev_id: Ptr) -> Int:
    if handler is None:
        g.unknown("__request_percpu_irq() without a handler")
    assert handler is not None
    return percpu.request_percpu_irq(g.k, irq, handler, name, dev_id or None, flags)


@export("free_percpu_irq")
def _free_percpu_irq(g: Guest, irq: UInt, dev_id: Ptr) -> None:
    percpu.free_percpu_irq(g.k, irq, dev_id or None)


# -- enable and disable --------------------------------------------------------------------------------------------------


@export("enable_irq")
def _enable_irq(g: Guest, irq: UInt) -> None:
    manage.enable_irq(g.k, irq)


@export("disable_irq")
def _disable_irq(g: Guest, irq: UInt) -> None:
    manage.disable_irq(g.k, irq)


@export("disable_irq_nosync")
def _disable_irq_nosync(g: Guest, irq: UInt) -> None:
    manage.disable_irq_nosync(g.k, irq)


@export("synchronize_irq")
def _synchronize_irq(g: Guest, irq: UInt) -> None:
    synchronize_irq(g.k, irq)


@export("enable_percpu_irq")
def _enable_percpu_irq(g: Guest, irq: UInt, type_: UInt) -> None:
    percpu.enable_percpu_irq(g.k, irq, type_)


@export("disable_percpu_irq")
def _disable_percpu_irq(g: Guest, irq: UInt) -> None:
    percpu.disable_percpu_irq(g.k, irq)


@export("irq_percpu_is_enabled")
def _irq_percpu_is_enabled(g: Guest, irq: UInt) -> Bool:
    return percpu.irq_percpu_is_enabled(g.k, irq)


# -- wake-up, affinity, state ----------------------------------------------------------------------------------------------


@export("irq_set_irq_wake")
def _irq_set_irq_wake(g: Guest, irq: UInt, on: UInt) -> Int:
    return trigger.irq_set_irq_wake(g.k, irq, bool(on))


@export("irq_set_affinity")
def _irq_set_affinity(g: Guest, irq: UInt, mask: Ptr) -> Int:
    return affinities.irq_set_affinity(g.k, irq, g.number(mask))


@export("irq_force_affinity")
def _irq_force_affinity(g: Guest, irq: UInt, mask: Ptr) -> Int:
    return affinities.irq_force_affinity(g.k, irq, g.number(mask))


@export("irq_set_vcpu_affinity")
def _irq_set_vcpu_affinity(g: Guest, irq: UInt, vcpu_info: Ptr) -> Int:
    return affinities.irq_set_vcpu_affinity(g.k, irq, vcpu_info or None)


@export("irq_set_parent")
def _irq_set_parent(g: Guest, irq: Int, parent_irq: Int) -> Int:
    return setup.irq_set_parent(g.k, irq, parent_irq)


@export("irq_get_irqchip_state")
def _irq_get_irqchip_state(g: Guest, irq: UInt, which: UInt, state: Ptr) -> Int:
    if which >= len(STATES):
        return -EINVAL
    found = irqchip_state.irq_get_irqchip_state(g.k, irq, STATES[which])
    if found < 0:
        return found
    g.set_number(state, int(bool(found)), 1)
    return 0


@export("irq_set_irqchip_state")
def _irq_set_irqchip_state(g: Guest, irq: UInt, which: UInt, value: Bool) -> Int:
    if which >= len(STATES):
        return -EINVAL
    return irqchip_state.irq_set_irqchip_state(g.k, irq, STATES[which], value)


# -- managed -------------------------------------------------------------------------------------------------------------


@export("devm_request_threaded_irq")
def _devm_request_threaded_irq(
    g: Guest, dev: Dev, irq: UInt, handler: Handler, thread: Handler, flags: ULong, name: Text, dev_id: Ptr
) -> Int:
    return devres.devm_request_threaded_irq(g.k, dev, irq, handler, thread, flags, name, dev_id or None)


@export("devm_request_any_context_irq")
def _devm_request_any_context_irq(g: Guest, dev: Dev, irq: UInt, handler: Handler, flags: ULong, name: Text, dev_id: Ptr) -> Int:
    if handler is None:
        return -EINVAL
    return devres.devm_request_any_context_irq(g.k, dev, irq, handler, flags, name, dev_id or None)


@export("devm_free_irq")
def _devm_free_irq(g: Guest, dev: Dev, irq: UInt, dev_id: Ptr) -> None:
    devres.devm_free_irq(g.k, dev, irq, dev_id or None)


@export("__devm_irq_alloc_descs")
def _devm_irq_alloc_descs(g: Guest, dev: Dev, irq: Int, start: UInt, count: UInt, node: Int, owner: Ptr, affinity: Ptr) -> Int:
    return devres.devm_irq_alloc_descs(g.k, dev, irq, start, count)
