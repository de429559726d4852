"""The root controller under the tree's own core: registers and translation are the GIC's of :mod:`irqlab.drivers.gic`."""

from __future__ import annotations

from irqlab.drivers import gic
from irqlab.guest.chips import STATES
from irqlab.guest.exports import Int, Ptr, UInt, export
from irqlab.guest.fwnodes import fwnode_name
from irqlab.guest.guest import INT, Guest
from irqlab.guest.objects import device_at, fwnode_pointer
from irqlab.kernel.irq.root import handle_arch_irq, set_handle_irq
from irqlab.kernel.kernel import Irqchip, Kernel
from irqlab.kernel.pm.domain import genpd_runtime_resume, genpd_runtime_suspend
from irqlab.state import kernel


@export("irqlab_root_mask")
def _mask(g: Guest, hwirq: UInt) -> None:
    gic.clear_enable(g.k, hwirq)


@export("irqlab_root_unmask")
def _unmask(g: Guest, hwirq: UInt) -> None:
    gic.set_enable(g.k, hwirq)


@export("irqlab_root_eoi")
def _eoi(g: Guest, hwirq: UInt) -> None:
    gic.end_of_interrupt(g.k, hwirq)


@export("irqlab_root_set_type")
def _set_type(g: Guest, hwirq: UInt, type_: UInt) -> Int:
    return gic.set_type(g.k, hwirq, type_)


@export("irqlab_root_get_state")
def _get_state(g: Guest, hwirq: UInt, which: UInt) -> Int:
    return int(gic.get_state(g.k, hwirq, STATES[which] if which < len(STATES) else ""))


@export("irqlab_root_set_state")
def _set_state(g: Guest, hwirq: UInt, which: UInt, value: UInt) -> Int:
    return gic.set_state(g.k, hwirq, STATES[which] if which < len(STATES) else "", bool(value))


@export("irqlab_root_retrigger")
def _retrigger(g: Guest, hwirq: UInt) -> None:
    gic.set_state(g.k, hwirq, "pending", True)


@export("irqlab_root_translate")
def _translate(g: Guest, fwnode: Ptr, cells: Ptr, count: UInt, hwirq: Ptr, type_: Ptr) -> Int:
    numbers = tuple(g.number(cells + 4 * at, 4) for at in range(count))
    error, number, trigger = gic.translate(g.k, (fwnode_name(g, fwnode), numbers))
    if not error:
        g.set_number(hwirq, number)
        g.set_number(type_, trigger, 4)
    return error


@kernel
def root_of_init(k: Kernel, node: str) -> None:
    """``gic_of_init()``: a domain, and for the first of them the registers and ``handle_arch_irq``."""
    g = k.guest
    found = g.node_named(node)
    assert found is not None
    error = g.function(g.image.symbols["irqlab_root_init"], INT)(k, fwnode_pointer(g, found))
    if error:
        k.signal("irqchip-failed", device=node, error=error)
    elif not handle_arch_irq(k):
        gic.gic_dist_config(k)
        set_handle_irq(k, root_handle_irq)


@kernel
def root_handle_irq(k: Kernel) -> None:
    """``gic_handle_irq()``."""
    intid = gic.acknowledge(k)
    if intid < 0:
        return
    if k.guest.function(k.guest.image.symbols["irqlab_root_handle"], INT)(k, intid):
        k.warn("Unexpected interrupt received!")
        gic.end_of_interrupt(k, intid)


ROOT = Irqchip("gic-v3", gic.gic_v3.compatible, root_of_init)


# -- power domains -----------------------------------------------------------------------------------------------------


@export("irqlab_genpd_suspend")
def _genpd_suspend(g: Guest, dev: Ptr) -> Int:
    device = device_at(g, dev)
    assert device is not None
    return genpd_runtime_suspend(g.k, device)


@export("irqlab_genpd_resume")
def _genpd_resume(g: Guest, dev: Ptr) -> Int:
    device = device_at(g, dev)
    assert device is not None
    return genpd_runtime_resume(g.k, device)
