"""Mappings: hardware numbers to Linux numbers (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117).

Left out: domains that map nothing; the domain's mutex (6.1: ``irq_domain_mutex``) is not held, only
where it may be taken is checked.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, OPS, RUNNING, Line, chip, handled, log

from irqlab.kernel.context import local_irq_disable, push_hardirq
from irqlab.kernel.errno import EINVAL, EPERM
from irqlab.kernel.irq import domain as dom
from irqlab.kernel.irq.desc import IrqData, IrqDesc, generic_handle_irq, irq_alloc_desc, irq_alloc_descs, irq_to_desc
from irqlab.kernel.irq.flags import IRQD_AFFINITY_MANAGED, IRQD_AFFINITY_SET, IRQD_HANDLE_ENFORCE_IRQCTX, IRQD_MANAGED_SHUTDOWN
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.mapping import (
    generic_handle_domain_irq,
    generic_handle_domain_irq_safe,
    irq_create_fwspec_mapping,
    irq_create_mapping,
    irq_create_mapping_affinity,
    irq_create_of_mapping,
    irq_dispose_mapping,
    irq_domain_associate,
    irq_domain_associate_many,
    irq_domain_disassociate,
    irq_find_mapping,
    irq_resolve_mapping,
)
from irqlab.kernel.irq.setup import irq_set_irq_type
from irqlab.kernel.irq.state import set_flag
from irqlab.kernel.irq.translate import irq_domain_xlate_twocell
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])


def ready(irqs, *callbacks, hwirq=3, **options):
    rig = irqs(**options)
    rig.world.new(Line, hwirq, chip=chip(*callbacks), flow=handle_level_irq)
    return rig


def test_irq_create_mapping_gives_one_number_and_gives_it_again(irqs):
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.entries() == ("map",) and rig.core(irq) == FRESH
    assert (rig.data(irq).hwirq, rig.data(irq).domain) == (3, rig.domain)
    assert irq_create_mapping(rig.k, rig.domain, 3) == irq and rig.entries() == ()
    assert irq_find_mapping(rig.k, rig.domain, 3) == irq
    assert irq_resolve_mapping(rig.k, rig.domain, 3) is rig.desc(irq)


def test_a_line_that_map_refuses_leaves_no_descriptor_and_no_mapping(irqs):
    rig = ready(irqs)
    rig.answer("map", -EINVAL)
    assert irq_create_mapping(rig.k, rig.domain, 3) == 0
    assert rig.world.all(IrqDesc) == () and rig.domain.revmap == ()
    assert irq_find_mapping(rig.k, rig.domain, 3) == 0
    rig.answer("map", 0)
    assert irq_create_mapping(rig.k, rig.domain, 3) == 1


@kernel
def looking_map(k, domain, irq, hwirq):
    """Writes down what the world sees of the line while it is being mapped."""
    log(k, irq, f"domain {k.world.at(IrqData, irq).domain is domain} found {irq_find_mapping(k, domain, hwirq)}")
    return 0


def test_a_line_is_found_only_after_it_was_mapped(irqs):
    """irq_domain_associate_locked(): domain and number first, ->map(), then the reverse map, then it may be requested."""
    rig = irqs()
    ops = dom.IrqDomainOps("looking", map=looking_map, xlate=OPS.xlate)
    domain = dom.irq_domain_add_linear(rig.k, "looking", 8, ops, None)
    irq = irq_alloc_desc(rig.k)
    rig.set_desc(irq, norequest=True)
    assert irq_domain_associate(rig.k, domain, irq, 5) == 0
    assert rig.entries() == ("domain True found 0",)
    assert irq_find_mapping(rig.k, domain, 5) == irq and not rig.desc(irq).norequest


@pytest.mark.parametrize(("hwirq", "irq", "warned"), [(7, 1, []), (8, 0, ["error: hwirq 0x8 is too large for test"])])
def test_a_number_past_the_end_of_a_linear_domain_is_refused(irqs, hwirq, irq, warned):
    rig = ready(irqs, hwirq=hwirq)
    assert irq_create_mapping(rig.k, rig.domain, hwirq) == irq
    assert rig.warnings() == warned and len(rig.world.all(IrqDesc)) == bool(irq)


def test_a_tree_takes_every_number(irqs):
    rig = ready(irqs, hwirq=1000)
    tree = dom.irq_domain_add_tree(rig.k, "tree", OPS, None)
    assert irq_create_mapping(rig.k, tree, 1000) == 1 and rig.warnings() == []


def test_mapping_takes_the_chips_bus_lock_and_no_reference(irqs):
    """irq_set_chip_and_handler() in ->map(): this is how mapping resumes a controller with a bus lock."""
    rig = ready(irqs, *BUS)
    rig.controller()
    irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.entries() == ("map", *BUS) and (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")


def test_irq_create_of_mapping_says_the_default_trigger_type_and_irq_create_mapping_does_not(irqs):
    rig = ready(irqs)
    irq = irq_create_of_mapping(rig.k, "test", (3,))
    assert (rig.data(irq).trigger, rig.data(irq).trigger_set) == (0, True)
    assert irq_create_of_mapping(rig.k, "test", (3,)) == irq
    assert irq_create_of_mapping(rig.k, "nowhere", (3,)) == 0
    other = rig.line(chip(), hwirq=4)
    assert not rig.data(other).trigger_set


@pytest.mark.parametrize("requested", [False, True])
def test_irq_dispose_mapping_takes_chip_handler_and_number_and_does_not_ask_whether_it_is_used(irqs, requested):
    """irq_domain_disassociate(): NOREQUEST, no chip, bad handler; no WARN, no callback: a requested line is lost as it stands."""
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    if requested:
        assert rig.request(irq, handled) == 0 and rig.core(irq) == RUNNING
    rig.entries()
    opened = rig.open(irq)
    irq_dispose_mapping(rig.k, irq)
    assert rig.entries() == () and rig.warnings() == []
    assert irq_to_desc(rig.k, irq) is None and rig.domain.revmap == ()
    assert rig.world.at(Line, 3).open is opened is requested
    assert generic_handle_domain_irq(rig.k, rig.domain, 3) == -EINVAL


def test_irq_dispose_mapping_of_a_line_without_domain_warns(irqs):
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    irq_dispose_mapping(rig.k, irq)
    assert rig.warnings() == [f"irq_dispose_mapping: irq {irq} has no domain"] and irq_to_desc(rig.k, irq) is not None
    irq_dispose_mapping(rig.k, 99)
    assert len(rig.warnings()) == 1


@pytest.mark.parametrize(("mapped", "result", "calls"), [(True, 0, ("irq_mask", "handler", "irq_unmask")), (False, -EINVAL, ())])
def test_generic_handle_domain_irq_of_a_line_nobody_has_mapped_masks_nothing(irqs, mapped, result, calls):
    rig = ready(irqs)
    if mapped:
        assert rig.request(irq_create_mapping(rig.k, rig.domain, 3)) == 0
        rig.entries()
    assert generic_handle_domain_irq(rig.k, rig.domain, 3) == result
    assert rig.entries() == calls


# -- associating -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("irq", "hwirq", "warned"),
    [
        (1, 7, []),
        (1, 8, ["error: hwirq 0x8 is too large for test"]),
        (9, 7, ["error: virq9 is not allocated"]),
        (2, 7, ["error: virq2 is already associated"]),
    ],
)
def test_irq_domain_associate_refuses_numbers_and_descriptors_that_do_not_fit(irqs, irq, hwirq, warned):
    rig = ready(irqs, hwirq=hwirq)
    rig.world.new(Line, 2, chip=chip(), flow=handle_level_irq)
    irq_alloc_descs(rig.k, 1, 2)
    assert irq_domain_associate(rig.k, rig.domain, 2, 2) == 0
    assert irq_domain_associate(rig.k, rig.domain, irq, hwirq) == (-EINVAL if warned else 0)
    assert rig.warnings() == warned


def test_irq_domain_associate_of_a_domain_without_map_needs_no_driver(irqs):
    rig = irqs()
    domain = dom.irq_domain_add_linear(rig.k, "bare", 8, dom.IrqDomainOps("bare"), None)
    assert irq_create_mapping(rig.k, domain, 5) == 1 and rig.data(1).chip.name == "none"


def test_irq_domain_associate_many_goes_on_after_one_that_fails(irqs):
    rig = irqs()
    for hwirq in (2, 3, 4):
        rig.world.new(Line, hwirq, chip=chip(), flow=handle_level_irq)
    irq_alloc_descs(rig.k, 10, 1)
    irq_alloc_descs(rig.k, 12, 1)
    irq_domain_associate_many(rig.k, rig.domain, 10, 2, 3)
    assert rig.domain.revmap == ((2, 10), (4, 12)) and rig.warnings() == ["error: virq11 is not allocated"]


@kernel
def note_unmap(k, domain, irq):
    log(k, irq, f"unmap found {irq_find_mapping(k, domain, 3)} domain {k.world.at(IrqData, irq).domain is domain}")


def test_irq_domain_disassociate_tells_the_driver_before_the_line_is_forgotten(irqs):
    rig = irqs()
    rig.world.new(Line, 3, chip=chip(), flow=handle_level_irq)
    domain = dom.irq_domain_add_linear(rig.k, "telling", 8, dom.IrqDomainOps("telling", map=OPS.map, unmap=note_unmap), None)
    irq = irq_create_mapping(rig.k, domain, 3)
    rig.entries()
    irq_domain_disassociate(rig.k, rig.domain, irq)
    assert rig.warnings() == [f"virq{irq} doesn't exist; cannot disassociate"] and rig.entries() == ()
    irq_domain_disassociate(rig.k, domain, irq)
    assert rig.entries() == (f"unmap found {irq} domain True",)
    assert (domain.revmap, rig.data(irq).domain, rig.data(irq).hwirq) == ((), None, 0)


# -- the default domain ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("default", [False, True])
def test_without_a_domain_the_default_domain_is_meant(irqs, default):
    """irq_create_mapping_affinity() warns of NULL; __irq_resolve_mapping() finds nothing, unheard."""
    rig = ready(irqs)
    if default:
        dom.irq_set_default_host(rig.k, rig.domain)
    assert irq_create_mapping(rig.k, None, 3) == (1 if default else 0)
    assert rig.warnings() == ([] if default else ["irq_create_mapping_affinity(, 3) called with NULL domain"])
    assert irq_find_mapping(rig.k, None, 3) == (1 if default else 0)
    assert (irq_resolve_mapping(rig.k, None, 3) is not None) is default
    assert irq_create_fwspec_mapping(rig.k, ("", (3,))) == (1 if default else 0)


@RELEASES
def test_a_new_line_has_the_affinity_it_is_mapped_with(irqs, release):
    """irq_create_mapping_affinity() of 6.1 and 6.12: an irq_affinity_desc is that of a new descriptor; an empty mask gives 0."""
    rig = ready(irqs, release=release)
    assert irq_create_mapping_affinity(rig.k, rig.domain, 3, ((0, True),)) == 0
    assert irq_create_mapping_affinity(rig.k, rig.domain, 3, ((0b10, True),)) == 1
    assert irq_create_mapping_affinity(rig.k, rig.domain, 3, ((0b1, False),)) == 1
    d = rig.k.world.at(IrqData, 1)
    assert d.affinity == 0b10
    assert d.flags == IRQD_AFFINITY_SET | IRQD_AFFINITY_MANAGED | IRQD_MANAGED_SHUTDOWN


# -- trigger types of specifiers ---------------------------------------------------------------------------------------


TWO = dom.IrqDomainOps("two", map=OPS.map, xlate=irq_domain_xlate_twocell)


@RELEASES
@pytest.mark.parametrize(
    ("set_", "first", "second", "found", "after"),
    [
        (None, 4, 4, True, 4),  # it matches
        (None, 4, 0, True, 4),  # the second says nothing
        (None, 0, 4, True, 4),  # the first said nothing: the second's becomes it
        (None, 4, 1, False, 4),  # they contradict each other
        (8, 0, 4, False, 8),  # somebody has set another meanwhile
        (8, 4, 8, True, 8),  # or the one that comes now
    ],
)
def test_irq_create_fwspec_mapping_of_a_line_that_is_mapped_already(irqs, release, set_, first, second, found, after):
    rig = ready(irqs, "irq_set_type", release=release)
    domain = dom.irq_domain_add_linear(rig.k, "two", 8, TWO, None)
    irq = irq_create_fwspec_mapping(rig.k, ("two", (3, first)))
    assert (irq, rig.data(irq).trigger, rig.data(irq).trigger_set) == (1, first, True)
    if set_ is not None:
        assert irq_set_irq_type(rig.k, irq, set_) == 0
    assert irq_create_fwspec_mapping(rig.k, ("two", (3, second))) == (irq if found else 0)
    assert rig.data(irq).trigger == after and domain.revmap == ((3, irq),) and rig.warnings() == []


@pytest.mark.parametrize(("type_", "noted", "warned"), [(4, 4, 0), (0x14, 4, 1)])
def test_irq_create_fwspec_mapping_warns_of_a_type_with_other_bits_and_drops_them(irqs, type_, noted, warned):
    rig = ready(irqs)
    ops = dom.IrqDomainOps("odd", map=OPS.map, xlate=lambda k, domain, fwspec: (0, 3, type_))
    dom.irq_domain_add_linear(rig.k, "odd", 8, ops, None)
    assert irq_create_fwspec_mapping(rig.k, ("odd", (3,))) == 1
    assert (rig.data(1).trigger, len(rig.warnings())) == (noted, warned)


@pytest.mark.parametrize("refused", ["translate", "map"])
def test_irq_create_fwspec_mapping_that_is_refused_leaves_nothing(irqs, refused):
    rig = ready(irqs)
    xlate = (lambda k, domain, fwspec: (-EPERM, 0, 0)) if refused == "translate" else OPS.xlate
    dom.irq_domain_add_linear(rig.k, "no", 8, dom.IrqDomainOps("no", map=OPS.map, xlate=xlate), None)
    rig.answer("map", -EPERM)
    assert irq_create_fwspec_mapping(rig.k, ("no", (3,))) == 0
    assert rig.world.all(IrqDesc) == () and rig.entries() == (() if refused == "translate" else ("map",))


# -- handling ----------------------------------------------------------------------------------------------------------


@RELEASES
def test_generic_handle_irq_and_the_safe_ones_run_the_flow_handler(irqs, release):
    rig = ready(irqs, release=release)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.request(irq) == 0
    rig.entries()
    calls = ("irq_mask", "handler", "irq_unmask")
    assert generic_handle_irq(rig.k, irq) == 0 and rig.entries() == calls
    assert generic_handle_domain_irq_safe(rig.k, rig.domain, 3) == 0 and rig.entries() == calls
    assert (generic_handle_irq(rig.k, 99), generic_handle_domain_irq_safe(rig.k, rig.domain, 5)) == (-EINVAL, -EINVAL)


def test_generic_handle_domain_irq_safe_turns_interrupts_off_for_the_handler(irqs):
    """In a task: the handler would warn if interrupts were on."""
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    assert rig.request(irq) == 0
    rig.task("safe", generic_handle_domain_irq_safe, rig.domain, 3)
    assert rig.warnings() == []
    rig.task("unsafe", generic_handle_domain_irq, rig.domain, 3)
    assert rig.warnings() == [f"irq {irq} handler user0 enabled interrupts"]


@pytest.mark.parametrize(("enforced", "in_task", "runs"), [(True, True, False), (True, False, True), (False, True, True)])
def test_handle_irq_desc_of_a_line_that_insists_on_a_hard_interrupt(irqs, enforced, in_task, runs):
    """IRQD_HANDLE_ENFORCE_IRQCTX, as the GIC's lines have it."""
    rig = ready(irqs)
    irq = irq_create_mapping(rig.k, rig.domain, 3)
    if enforced:
        set_flag(rig.data(irq), IRQD_HANDLE_ENFORCE_IRQCTX)
    assert rig.request(irq) == 0
    rig.entries()
    if in_task:
        rig.task("safe", generic_handle_domain_irq_safe, rig.domain, 3)
    else:
        rig.interrupt(irq)
    assert ("handler" in rig.entries()) is runs
    assert rig.warnings() == ([] if runs else [f"handle_irq_desc: irq {irq} is to be handled in a hard interrupt"])


# -- the mutex ---------------------------------------------------------------------------------------------------------


CALLS = {
    "irq_create_mapping": (lambda rig: (irq_create_mapping, rig.domain, 3), True),
    "irq_create_fwspec_mapping": (lambda rig: (irq_create_fwspec_mapping, ("test", (3,))), True),
    "irq_dispose_mapping": (lambda rig: (irq_dispose_mapping, 1), True),
    "irq_domain_associate": (lambda rig: (irq_domain_associate, rig.domain, 1, 4), True),
    "irq_find_host": (lambda rig: (dom.irq_find_host, "test"), True),
    "irq_domain_remove": (lambda rig: (dom.irq_domain_remove, rig.domain), True),
    "irq_find_mapping": (lambda rig: (irq_find_mapping, rig.domain, 3), False),
    "irq_resolve_mapping": (lambda rig: (irq_resolve_mapping, rig.domain, 3), False),
}


@RELEASES
@pytest.mark.parametrize("name", CALLS)
def test_what_takes_the_domains_mutex_may_not_be_called_in_a_handler(irqs, release, name):
    """Old demultiplexers call irq_create_mapping() where irq_find_mapping() is meant."""
    rig = ready(irqs, release=release)
    if name == "irq_dispose_mapping":
        irq_create_mapping(rig.k, rig.domain, 3)
    call, sleeps = CALLS[name]
    entry, *args = call(rig)
    context = push_hardirq(rig.k, entry, tuple(args))
    while context.exists and rig.step(context):
        pass
    whats = {facts["what"] for facts in rig.signals("sleep-in-atomic")}
    assert ("mutex_lock(irq_domain_mutex)" in whats) is sleeps and bool(whats) is sleeps


def test_in_a_task_they_may_be_called(irqs):
    rig = ready(irqs)
    rig.task("task", irq_create_fwspec_mapping, ("test", (3,)))
    assert rig.signals("sleep-in-atomic") == [] and rig.domain.revmap == ((3, 1),)


@kernel
def map_with_interrupts_off(k, node):
    local_irq_disable(k)
    return irq_create_fwspec_mapping(k, (node, (3,)))


@pytest.mark.parametrize("early", [True, False])
def test_controllers_of_the_early_boot_may_map_with_interrupts_off(irqs, early):
    """IRQCHIP_DECLARE(): __might_resched() says nothing in SYSTEM_BOOTING."""
    rig = ready(irqs)
    rig.k.system.early = early
    rig.task("boot", map_with_interrupts_off, "test")
    assert bool(rig.signals("sleep-in-atomic")) is not early and rig.domain.revmap == ((3, 1),)
