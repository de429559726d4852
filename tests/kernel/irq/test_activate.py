"""Activation over the levels of a line (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117)."""

from __future__ import annotations

import pytest
from irqrig import chip
from stackrig import LEVELS, STACK_OPS, alloc, free, make_stack

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.activate import irq_domain_activate_irq, irq_domain_deactivate_irq
from irqlab.kernel.irq.domain import IrqDomainOps
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs
from irqlab.kernel.irq.mapping import irq_create_mapping

ON = ("root activate", "mid activate", "top activate")
OFF = ("top deactivate", "mid deactivate", "root deactivate")


def line(stack):
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    return irq


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_parents_are_activated_first_and_deactivated_last(release):
    stack = make_stack(release)
    irq = line(stack)
    desc = stack.rig.desc(irq)
    assert irq_domain_activate_irq(stack.k, desc) == 0 and stack.entries() == ON
    assert irq_domain_activate_irq(stack.k, desc) == 0 and stack.entries() == ()
    irq_domain_deactivate_irq(stack.k, desc)
    assert stack.entries() == OFF
    irq_domain_deactivate_irq(stack.k, desc)
    assert stack.entries() == () and not stack.rig.data(irq).activated


@pytest.mark.parametrize(
    ("failing", "calls"),
    [
        ("root", ("root activate",)),
        ("mid", ("root activate", "mid activate", "root deactivate")),
        ("top", (*ON, "mid deactivate", "root deactivate")),
    ],
)
def test_an_activation_that_fails_is_undone_further_in_and_not_noted(failing, calls):
    stack = make_stack()
    irq = line(stack)
    stack.rig.answer(f"{failing} activate", -EINVAL)
    assert irq_domain_activate_irq(stack.k, stack.rig.desc(irq)) == -EINVAL
    assert stack.entries() == calls and not stack.rig.data(irq).activated


@pytest.mark.parametrize("silent", LEVELS)
def test_a_level_without_callbacks_is_passed_over(silent):
    bare = IrqDomainOps("bare", alloc=alloc, free=free)
    stack = make_stack(ops={level: bare if level == silent else STACK_OPS for level in LEVELS})
    irq = line(stack)
    assert irq_domain_activate_irq(stack.k, stack.rig.desc(irq)) == 0
    irq_domain_deactivate_irq(stack.k, stack.rig.desc(irq))
    assert stack.entries() == tuple(call for call in (*ON, *OFF) if not call.startswith(silent))


@pytest.mark.parametrize(("error", "state"), [(0, "STARTED ACTIVATED depth=0"), (-EINVAL, "DISABLED MASKED depth=1")])
def test_a_request_activates_all_levels_before_it_starts_and_a_free_deactivates_after_the_shutdown(error, state):
    stack = make_stack()
    irq = line(stack)
    stack.rig.answer("mid activate", error)
    assert stack.rig.request(irq) == error and stack.rig.core(irq) == state
    if error:
        assert stack.entries() == ("root activate", "mid activate", "root deactivate")
        return
    assert stack.entries() == (*ON, "top irq_unmask")
    stack.rig.free(irq)
    assert stack.entries() == ("top irq_mask", *OFF)


def ready(irqs):
    from irqrig import Line

    from irqlab.kernel.irq.flow import handle_level_irq

    rig = irqs()
    rig.world.new(Line, 3, chip=chip(), flow=handle_level_irq)
    return rig


def test_a_deactivation_of_what_is_not_active_calls_nothing(irqs):
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    rig.entries()
    irq_domain_deactivate_irq(rig.k, rig.desc(irq))
    assert rig.entries() == ()
    assert irq_domain_activate_irq(rig.k, rig.desc(irq)) == 0 and rig.data(irq).activated
    irq_domain_deactivate_irq(rig.k, rig.desc(irq))
    assert rig.entries() == ("activate", "deactivate") and not rig.data(irq).activated


def test_an_activation_that_fails_is_not_noted(irqs):
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    rig.answer("activate", -EINVAL)
    assert irq_domain_activate_irq(rig.k, rig.desc(irq)) == -EINVAL and not rig.data(irq).activated
