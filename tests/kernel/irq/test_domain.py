"""Interrupt domains (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117).

Left out: hierarchies, the domain's mutex (6.1: ``irq_domain_mutex``), trigger types of specifiers, bus tokens (6.12 falls
back to any domain of the node where every ``select`` refuses), domains without map, generic chips, debugfs.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, OPS, RUNNING, Line, chip, handled, log

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import domain as dom
from irqlab.kernel.irq.desc import IrqData, IrqDesc, irq_alloc_desc, irq_to_desc
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.state import kernel


def ready(irqs, *callbacks, hwirq=3, **options):
    rig = irqs(**options)
    rig.world.new(Line, hwirq, chip=chip(*callbacks), flow=handle_level_irq)
    return rig


def test_irq_create_mapping_gives_one_number_and_gives_it_again(irqs):
    rig = ready(irqs)
    irq = dom.irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.entries() == ("map",) and rig.core(irq) == FRESH
    assert (rig.data(irq).hwirq, rig.data(irq).domain) == (3, rig.domain)
    assert dom.irq_create_mapping(rig.k, rig.domain, 3) == irq and rig.entries() == ()
    assert dom.irq_find_mapping(rig.k, rig.domain, 3) == irq
    assert dom.irq_resolve_mapping(rig.k, rig.domain, 3) is rig.desc(irq)


def test_a_line_that_map_refuses_leaves_no_descriptor_and_no_mapping(irqs):
    rig = ready(irqs)
    rig.answer("map", -EINVAL)
    assert dom.irq_create_mapping(rig.k, rig.domain, 3) == 0
    assert rig.world.all(IrqDesc) == () and rig.domain.revmap == ()
    assert dom.irq_find_mapping(rig.k, rig.domain, 3) == 0
    rig.answer("map", 0)
    assert dom.irq_create_mapping(rig.k, rig.domain, 3) == 1


@kernel
def looking_map(k, domain, irq, hwirq):
    """Writes down what the world sees of the line while it is being mapped."""
    log(k, irq, f"domain {k.world.at(IrqData, irq).domain is domain} found {dom.irq_find_mapping(k, domain, hwirq)}")
    return 0


def test_a_line_is_found_only_after_it_was_mapped(irqs):
    """irq_domain_associate_locked(): domain and number first, ->map(), then the reverse map, then it may be requested."""
    rig = irqs()
    ops = dom.IrqDomainOps("looking", map=looking_map, xlate=OPS.xlate)
    domain = dom.irq_domain_add_linear(rig.k, "looking", 8, ops, None)
    irq = irq_alloc_desc(rig.k)
    rig.set_desc(irq, norequest=True)
    assert dom.irq_domain_associate(rig.k, domain, irq, 5) == 0
    assert rig.entries() == ("domain True found 0",)
    assert dom.irq_find_mapping(rig.k, domain, 5) == irq and not rig.desc(irq).norequest


@pytest.mark.parametrize(("hwirq", "irq", "warned"), [(7, 1, []), (8, 0, ["error: hwirq 0x8 is too large for test"])])
def test_a_number_past_the_end_of_a_linear_domain_is_refused(irqs, hwirq, irq, warned):
    rig = ready(irqs, hwirq=hwirq)
    assert dom.irq_create_mapping(rig.k, rig.domain, hwirq) == irq
    assert rig.warnings() == warned and len(rig.world.all(IrqDesc)) == bool(irq)


def test_a_tree_takes_every_number(irqs):
    rig = ready(irqs, hwirq=1000)
    tree = dom.irq_domain_add_tree(rig.k, "tree", OPS, None)
    assert dom.irq_create_mapping(rig.k, tree, 1000) == 1 and rig.warnings() == []


def test_mapping_takes_the_chips_bus_lock_and_no_reference(irqs):
    """irq_set_chip_and_handler() in ->map(): this is how mapping resumes a controller with a bus lock."""
    rig = ready(irqs, *BUS)
    rig.controller()
    dom.irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.entries() == ("map", *BUS) and (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")


def test_irq_create_of_mapping_says_the_default_trigger_type_and_irq_create_mapping_does_not(irqs):
    rig = ready(irqs)
    irq = dom.irq_create_of_mapping(rig.k, "test", (3,))
    assert (rig.data(irq).trigger, rig.data(irq).trigger_set) == (0, True)
    assert dom.irq_create_of_mapping(rig.k, "test", (3,)) == irq
    assert dom.irq_create_of_mapping(rig.k, "nowhere", (3,)) == 0
    other = rig.line(chip(), hwirq=4)
    assert not rig.data(other).trigger_set


@pytest.mark.parametrize("requested", [False, True])
def test_irq_dispose_mapping_takes_chip_handler_and_number_and_does_not_ask_whether_it_is_used(irqs, requested):
    """irq_domain_disassociate(): NOREQUEST, no chip, bad handler; no WARN, no callback: a requested line is lost as it stands."""
    rig = ready(irqs)
    irq = dom.irq_create_mapping(rig.k, rig.domain, 3)
    if requested:
        assert rig.request(irq, handled) == 0 and rig.core(irq) == RUNNING
    rig.entries()
    opened = rig.open(irq)
    dom.irq_dispose_mapping(rig.k, irq)
    assert rig.entries() == () and rig.warnings() == []
    assert irq_to_desc(rig.k, irq) is None and rig.domain.revmap == ()
    assert rig.world.at(Line, 3).open is opened is requested
    assert dom.generic_handle_domain_irq(rig.k, rig.domain, 3) == -EINVAL


def test_irq_dispose_mapping_of_a_line_without_domain_warns(irqs):
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    dom.irq_dispose_mapping(rig.k, irq)
    assert rig.warnings() == [f"irq_dispose_mapping: irq {irq} has no domain"] and irq_to_desc(rig.k, irq) is not None
    dom.irq_dispose_mapping(rig.k, 99)
    assert len(rig.warnings()) == 1


@pytest.mark.parametrize(("tree", "mapped", "warned"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_irq_domain_remove_warns_of_mappings_that_are_left_in_a_tree_only(irqs, tree, mapped, warned):
    rig = ready(irqs)
    domain = dom.irq_domain_add_tree(rig.k, "tree", OPS, None) if tree else rig.domain
    irq = dom.irq_create_mapping(rig.k, domain, 3) if mapped else 0
    dom.irq_domain_remove(rig.k, domain)
    assert len(rig.warnings()) == warned and not domain.exists
    if mapped:
        assert rig.data(irq).domain is domain  # it dangles


@pytest.mark.parametrize(("mapped", "result", "calls"), [(True, 0, ("irq_mask", "handler", "irq_unmask")), (False, -EINVAL, ())])
def test_generic_handle_domain_irq_of_a_line_nobody_has_mapped_masks_nothing(irqs, mapped, result, calls):
    rig = ready(irqs)
    if mapped:
        assert rig.request(dom.irq_create_mapping(rig.k, rig.domain, 3)) == 0
        rig.entries()
    assert dom.generic_handle_domain_irq(rig.k, rig.domain, 3) == result
    assert rig.entries() == calls


def test_a_domain_can_fail_to_be_made(irqs, monkeypatch):
    rig = irqs()
    monkeypatch.setattr(type(rig.k), "fails", lambda self, what: True)
    assert dom.irq_domain_add_linear(rig.k, "x", 8, OPS, None) is None
    assert dom.irq_domain_add_tree(rig.k, "x", OPS, None) is None


def test_irq_domain_set_pm_device_is_what_irq_chip_pm_get_finds(irqs):
    rig = ready(irqs)
    ctl = rig.controller()
    other = dom.irq_domain_add_linear(rig.k, "other", 8, OPS, None)
    dom.irq_domain_set_pm_device(rig.k, other, ctl)
    assert other.pm_dev is ctl
    assert rig.request(dom.irq_create_mapping(rig.k, other, 3)) == 0 and rig.usage("ctl") == 1


def test_a_deactivation_of_what_is_not_active_calls_nothing(irqs):
    rig = ready(irqs)
    irq = dom.irq_create_mapping(rig.k, rig.domain, 3)
    rig.entries()
    dom.irq_domain_deactivate_irq(rig.k, rig.desc(irq))
    assert rig.entries() == ()
    assert dom.irq_domain_activate_irq(rig.k, rig.desc(irq)) == 0 and rig.data(irq).activated
    dom.irq_domain_deactivate_irq(rig.k, rig.desc(irq))
    assert rig.entries() == ("activate", "deactivate") and not rig.data(irq).activated


def test_an_activation_that_fails_is_not_noted(irqs):
    rig = ready(irqs)
    irq = dom.irq_create_mapping(rig.k, rig.domain, 3)
    rig.answer("activate", -EINVAL)
    assert dom.irq_domain_activate_irq(rig.k, rig.desc(irq)) == -EINVAL and not rig.data(irq).activated
