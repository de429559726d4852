"""``irq_get_irqchip_state()``, ``irq_set_irqchip_state()`` over the levels of a line (kernel/irq/manage.c; 6.1.192, 6.12.117)."""

from __future__ import annotations

import pytest
from irqrig import BUS, CALLBACKS, IrqChip, Line, chip, log
from stackrig import LEVELS, level_chip, make_stack, passing

from irqlab.kernel.errno import EINVAL, ENODEV
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs, irq_domain_disconnect_hierarchy
from irqlab.kernel.irq.irqchip_state import irq_get_irqchip_state, irq_set_irqchip_state
from irqlab.kernel.irq.synchronize import synchronize_hardirq, synchronize_irq
from irqlab.state import kernel


def line(**chips):
    stack = make_stack(chips=chips)
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    return stack, irq


@pytest.mark.parametrize(("having", "asked"), [(("top", "root"), "top"), (("root",), "root"), ((), "")])
def test_the_outermost_chip_that_can_is_asked_and_told(having, asked):
    both = ("irq_get_irqchip_state", "irq_set_irqchip_state")
    stack, irq = line(**{level: level_chip(level, *both[: 2 * (level in having)]) for level in LEVELS})
    stack.rig.answer(f"{asked} irq_get_irqchip_state pending", 1)
    assert irq_get_irqchip_state(stack.k, irq, "pending") == (1 if asked else -EINVAL)
    assert irq_set_irqchip_state(stack.k, irq, "pending", True) == (0 if asked else -EINVAL)
    assert stack.entries() == (
        (f"{asked} irq_get_irqchip_state pending", f"{asked} irq_set_irqchip_state pending True") if asked else ()
    )


@pytest.mark.parametrize("function", [irq_get_irqchip_state, irq_set_irqchip_state])
def test_a_level_without_any_chip_ends_the_search_with_a_warning(function):
    """irq_data_get_irq_chip() is NULL: -ENODEV."""
    stack, irq = line(root=level_chip("root", "irq_get_irqchip_state", "irq_set_irqchip_state"))
    irq_domain_disconnect_hierarchy(stack.k, stack.domains["mid"], irq)
    args = ("active",) if function is irq_get_irqchip_state else ("active", True)
    assert function(stack.k, irq, *args) == -ENODEV and len(stack.rig.warnings()) == 1 and stack.entries() == ()


def test_they_take_the_bus_lock_of_the_outermost_chip_and_know_no_number_without_descriptor(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_set_irqchip_state", "irq_get_irqchip_state", *BUS))
    assert irq_get_irqchip_state(rig.k, irq, "active") == 0 and rig.entries() == BUS
    assert irq_set_irqchip_state(rig.k, irq, "active", False) == 0
    assert rig.places() == ("irq_bus_lock:", "irq_set_irqchip_state active False: bus desc", "irq_bus_sync_unlock: bus")
    assert (irq_get_irqchip_state(rig.k, 99, "active"), irq_set_irqchip_state(rig.k, 99, "active", True)) == (-EINVAL, -EINVAL)


# -- waiting for it ----------------------------------------------------------------------------------------------------


@kernel
def slow_state(k, d, which):
    """As a compiled driver's may: it touches a register, where interrupts are on, or off."""
    from irqlab.kernel.context import point

    point(k, "readl")
    return log(k, d.irq, "irq_get_irqchip_state")


SLOW = IrqChip("slow", irq_get_irqchip_state=slow_state, **{name: CALLBACKS[name] for name in ("irq_mask", "irq_unmask")})


@pytest.mark.parametrize(("active", "told"), [(0, 0), (-EINVAL, 0), (1, 1)])
def test_synchronize_irq_asks_a_callback_with_schedule_points_but_never_while_it_waits(irqs, active, told):
    """What stays active although no handler and no thread is left is said aloud: on one CPU nobody ends it."""
    rig = irqs()
    irq = rig.line(SLOW)
    rig.answer("irq_get_irqchip_state", active)
    context = rig.task("task", synchronize_irq, irq)
    assert not context.exists and rig.entries() == ("irq_get_irqchip_state",)
    assert len(rig.signals("not-modelled")) == told


def test_synchronize_irq_asks_again_when_the_threads_are_done(irqs):
    """IRQCHIP_EOI_THREADED: the thread ends the interrupt."""
    rig = irqs()
    irq = rig.line(SLOW)
    rig.answer("irq_get_irqchip_state", 1)
    rig.set_desc(irq, threads_active=1)
    context = rig.task("task", synchronize_irq, irq)
    assert context.waits_for == f"spins until irq {irq} is no longer in flight"
    rig.answer("irq_get_irqchip_state", 0)
    rig.set_desc(irq, threads_active=0)
    rig.go_on(context)
    assert not context.exists and rig.entries() == ("irq_get_irqchip_state",) * 2


@pytest.mark.parametrize("level", ["top", "root"])
def test_synchronize_irq_watches_the_chip_of_any_level(level):
    """irq_chip_get_parent_state() is looked through; the root's callback is one that may be watched."""
    root = IrqChip("root", irq_get_irqchip_state=CALLBACKS["irq_get_irqchip_state"])
    chips = {"root": root} | ({"top": passing("top", "irq_get_irqchip_state")} if level == "top" else {})
    chips |= {"mid": passing("mid", "irq_get_irqchip_state")} if level == "top" else {}
    stack, irq = line(**chips)
    state = stack.world.new(Line, 203, chip=root, flow=handle_level_irq, active=True)
    context = stack.rig.task("task", synchronize_irq, irq)
    assert context.waits_for == f"spins until irq {irq} is no longer in flight"
    state.active = False
    stack.rig.go_on(context)
    assert not context.exists


@pytest.mark.parametrize(("threads", "done"), [(0, True), (1, False)])
def test_synchronize_hardirq_asks_no_chip_and_says_whether_threads_are_left(irqs, threads, done):
    rig = irqs()
    irq = rig.line(SLOW)
    rig.answer("irq_get_irqchip_state", 1)
    rig.set_desc(irq, threads_active=threads)
    assert synchronize_hardirq(rig.k, irq) is done and rig.entries() == ()
    assert synchronize_hardirq(rig.k, 99) is True
