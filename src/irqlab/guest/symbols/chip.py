"""``kernel/irq/chip.c``: what drivers set of a line, flow handlers, and what stacked chips leave to the one below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.guest.chips import STATES
from irqlab.guest.ctypes import Chip, Data, Desc, Flow, OptData
from irqlab.guest.exports import Bool, Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.flows import flow_handlers
from irqlab.guest.guest import Guest
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import chip as chips
from irqlab.kernel.irq import desc as descs
from irqlab.kernel.irq import flow, parent, setup
from irqlab.kernel.irq.activate import parent_of

# -- chip, data, settings ----------------------------------------------------------------------------------------------


@export("irq_set_chip")
def _irq_set_chip(g: Guest, irq: UInt, chip: Chip) -> Int:
    return setup.irq_set_chip(g.k, irq, chip)


@export("irq_set_chip_data")
def _irq_set_chip_data(g: Guest, irq: UInt, data: Ptr) -> Int:
    return setup.irq_set_chip_data(g.k, irq, data or None)


@export("irq_set_handler_data")
def _irq_set_handler_data(g: Guest, irq: UInt, data: Ptr) -> Int:
    return setup.irq_set_handler_data(g.k, irq, data or None)


@export("irq_get_irq_data")
def _irq_get_irq_data(g: Guest, irq: UInt) -> OptData:
    return descs.irq_get_irq_data(g.k, irq)


@export("irq_set_irq_type")
def _irq_set_irq_type(g: Guest, irq: UInt, type_: UInt) -> Int:
    return setup.irq_set_irq_type(g.k, irq, type_)


@export("irq_modify_status")
def _irq_modify_status(g: Guest, irq: UInt, clear: ULong, set_: ULong) -> None:
    setup.irq_modify_status(g.k, irq, clear, set_)


@export("__irq_set_handler")
def _irq_set_handler(g: Guest, irq: UInt, handle: Flow, is_chained: Int, name: Text) -> None:
    setup.__irq_set_handler(g.k, irq, handle, bool(is_chained), name)


@export("irq_set_chip_and_handler_name")
def _irq_set_chip_and_handler_name(g: Guest, irq: UInt, chip: Chip, handle: Flow, name: Text) -> None:
    setup.irq_set_chip_and_handler_name(g.k, irq, chip, handle, name)


@export("irq_set_chained_handler_and_data")
def _irq_set_chained_handler_and_data(g: Guest, irq: UInt, handle: Flow, data: Ptr) -> None:
    setup.irq_set_chained_handler_and_data(g.k, irq, handle, data or None)


@export("irq_chip_pm_get")
def _irq_chip_pm_get(g: Guest, d: Data) -> Int:
    return chips.irq_chip_pm_get(g.k, d)


@export("irq_chip_pm_put")
def _irq_chip_pm_put(g: Guest, d: Data) -> Int:
    return chips.irq_chip_pm_put(g.k, d)


# -- flow handlers -----------------------------------------------------------------------------------------------------


def _flow(handler: Callable[..., Any]) -> Callable[..., None]:
    def run(g: Guest, desc: Desc) -> None:
        handler(g.k, desc)

    return run


for _name, _handler in sorted(flow_handlers().items()):
    export(_name)(_flow(_handler))


@export("handle_nested_irq")
def _handle_nested_irq(g: Guest, irq: UInt) -> None:
    flow.handle_nested_irq(g.k, irq)


# -- the chip below ----------------------------------------------------------------------------------------------------


def _plain(function: Callable[..., Any]) -> Callable[..., None]:
    def run(g: Guest, d: Data) -> None:
        function(g.k, d)

    return run


for _function in (
    parent.irq_chip_ack_parent,
    parent.irq_chip_disable_parent,
    parent.irq_chip_enable_parent,
    parent.irq_chip_eoi_parent,
    parent.irq_chip_mask_ack_parent,
    parent.irq_chip_mask_parent,
    parent.irq_chip_release_resources_parent,
    parent.irq_chip_unmask_parent,
):
    export(_function.__name__)(_plain(_function))


@export("irq_chip_set_type_parent")
def _irq_chip_set_type_parent(g: Guest, d: Data, type_: UInt) -> Int:
    return parent.irq_chip_set_type_parent(g.k, d, type_)


@export("irq_chip_set_affinity_parent")
def _irq_chip_set_affinity_parent(g: Guest, d: Data, dest: Ptr, force: Bool) -> Int:
    return parent.irq_chip_set_affinity_parent(g.k, d, g.number(dest), force)


@export("irq_chip_set_wake_parent")
def _irq_chip_set_wake_parent(g: Guest, d: Data, on: UInt) -> Int:
    return parent.irq_chip_set_wake_parent(g.k, d, bool(on))


@export("irq_chip_set_vcpu_affinity_parent")
def _irq_chip_set_vcpu_affinity_parent(g: Guest, d: Data, vcpu_info: Ptr) -> Int:
    return parent.irq_chip_set_vcpu_affinity_parent(g.k, d, vcpu_info or None)


@export("irq_chip_request_resources_parent")
def _irq_chip_request_resources_parent(g: Guest, d: Data) -> Int:
    return parent.irq_chip_request_resources_parent(g.k, d)


@export("irq_chip_retrigger_hierarchy")
def _irq_chip_retrigger_hierarchy(g: Guest, d: Data) -> Int:
    return parent.irq_chip_retrigger_hierarchy(g.k, d)


@export("irq_chip_set_parent_state")
def _irq_chip_set_parent_state(g: Guest, d: Data, which: UInt, value: Bool) -> Int:
    if which >= len(STATES):
        return -EINVAL
    return parent.irq_chip_set_parent_state(g.k, d, STATES[which], value)


@export("irq_chip_get_parent_state")
def _irq_chip_get_parent_state(g: Guest, d: Data, which: UInt, state: Ptr) -> Int:
    above = parent_of(d)
    if above is None or not parent.irq_data_get_irq_chip(above).has("irq_get_irqchip_state"):
        return 0  # and says nothing of the state
    if which >= len(STATES):
        return -EINVAL
    found = parent.irq_chip_get_parent_state(g.k, d, STATES[which])
    if found < 0:
        return found
    g.set_number(state, int(bool(found)), 1)
    return 0
