"""Interrupt domains: making, removing and finding them (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117).

Left out: domains that map nothing, generic chips, debugfs, firmware nodes that are no nodes.
"""

from __future__ import annotations

import pytest
from irqrig import OPS, Line, chip, log

from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.irq import domain as dom
from irqlab.kernel.irq.desc import IrqDesc, irq_alloc_descs
from irqlab.kernel.irq.flags import DOMAIN_BUS_ANY, DOMAIN_BUS_WIRED, HWIRQ_ANY, IRQ_DOMAIN_FLAG_MSI, IRQ_DOMAIN_NAME_ALLOCATED
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.mapping import irq_create_mapping, irq_find_mapping
from irqlab.state import kernel

#: A bus token of a driver's own (DOMAIN_BUS_NEXUS).
NEXUS = 5


def ready(irqs, *callbacks, hwirq=3, **options):
    rig = irqs(**options)
    rig.world.new(Line, hwirq, chip=chip(*callbacks), flow=handle_level_irq)
    return rig


@pytest.mark.parametrize(("tree", "mapped", "warned"), [(True, True, 1), (True, False, 0), (False, True, 0)])
def test_irq_domain_remove_warns_of_mappings_that_are_left_in_a_tree_only(irqs, tree, mapped, warned):
    rig = ready(irqs)
    domain = dom.irq_domain_add_tree(rig.k, "tree", OPS, None) if tree else rig.domain
    irq = irq_create_mapping(rig.k, domain, 3) if mapped else 0
    dom.irq_domain_remove(rig.k, domain)
    assert len(rig.warnings()) == warned and not domain.exists
    if mapped:
        assert rig.data(irq).domain is domain  # it dangles


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
    assert rig.request(irq_create_mapping(rig.k, other, 3)) == 0 and rig.usage("ctl") == 1


# -- making and removing -----------------------------------------------------------------------------------------------


def test_irq_domain_add_linear_and_tree_differ_in_their_limits(irqs):
    rig = irqs()
    linear = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, 0x1000)
    tree = dom.irq_domain_add_tree(rig.k, "node", OPS, None)
    assert (linear.size, linear.hwirq_max, tree.size, tree.hwirq_max) == (8, 8, 0, HWIRQ_ANY)
    assert (linear.host_data, linear.name, linear.bus_token, linear.parent) == (0x1000, "node", DOMAIN_BUS_ANY, None)
    assert linear.flags == IRQ_DOMAIN_NAME_ALLOCATED


@pytest.mark.parametrize(("first_irq", "taken", "mapped"), [(0, False, 0), (16, False, 3), (16, True, 1)])
def test_irq_domain_create_simple_maps_at_once_if_it_is_told_a_first_number(irqs, first_irq, taken, mapped):
    """Numbers that are taken are believed to be allocated for this: here only one of three is."""
    rig = irqs()
    for hwirq in range(3):
        rig.world.new(Line, hwirq, chip=chip(), flow=handle_level_irq)
    if taken:
        irq_alloc_descs(rig.k, 17, 1)
    domain = dom.irq_domain_create_simple(rig.k, "simple", 3, first_irq, OPS, None)
    assert domain.revmap == tuple((n, 16 + n) for n in range(3) if mapped == 3 or (mapped == 1 and n == 1))
    assert len(rig.warnings()) == (2 if taken else 0)


def test_irq_domain_create_legacy_maps_onto_descriptors_that_are_there(irqs):
    rig = irqs()
    for hwirq in (4, 5):
        rig.world.new(Line, hwirq, chip=chip(), flow=handle_level_irq)
    irq_alloc_descs(rig.k, 32, 2)
    domain = dom.irq_domain_create_legacy(rig.k, "legacy", 2, 32, 4, OPS, None)
    assert (domain.size, domain.hwirq_max, domain.revmap) == (6, 6, ((4, 32), (5, 33)))
    none = dom.irq_domain_create_legacy(rig.k, "none", 2, 48, 4, OPS, None)
    assert none.revmap == () and rig.warnings() == ["error: virq48 is not allocated", "error: virq49 is not allocated"]


@kernel
def init(k, domain):
    return log(k, 0, f"init {domain.key[0]}")


@kernel
def leave(k, domain):
    log(k, 0, f"exit {domain.key[0]} {domain.exists}")


def test_irq_domain_instantiate_gives_everything_and_asks_init(irqs):
    """6.12.117; 6.1 has no struct irq_domain_info."""
    rig = irqs()
    domain = dom.irq_domain_instantiate(
        rig.k, "node", OPS, None, size=4, hwirq_max=6, flags=IRQ_DOMAIN_FLAG_MSI, bus_token=NEXUS, name_suffix="x",
        parent=rig.domain, init=init, exit=leave,
    )  # fmt: skip
    assert (domain.size, domain.hwirq_max, domain.bus_token, domain.name) == (4, 6, NEXUS, "node-x-5")
    assert (domain.flags, domain.parent) == (IRQ_DOMAIN_FLAG_MSI | IRQ_DOMAIN_NAME_ALLOCATED, rig.domain)
    dom.irq_domain_remove(rig.k, domain)
    assert rig.entries() == ("init node", "exit node True") and not domain.exists


def test_irq_domain_instantiate_that_init_refuses_leaves_no_domain(irqs):
    rig = irqs()
    rig.answer("init node", -EINVAL)
    assert dom.irq_domain_instantiate(rig.k, "node", OPS, None, init=init, exit=leave) == -EINVAL
    assert dom.irq_find_host(rig.k, "node") is None and rig.entries() == ("init node",)


def test_irq_domain_instantiate_with_a_first_number_maps_all_lines(irqs):
    rig = irqs()
    for hwirq in (2, 3):
        rig.world.new(Line, hwirq, chip=chip(), flow=handle_level_irq)
    irq_alloc_descs(rig.k, 20, 2)
    domain = dom.irq_domain_instantiate(rig.k, "node", OPS, None, size=4, virq_base=20, hwirq_base=2)
    assert domain.revmap == ((2, 20), (3, 21)) and len(rig.world.all(IrqDesc)) == 2


def test_irq_domain_instantiate_without_memory_is_an_error_number(irqs, monkeypatch):
    rig = irqs()
    monkeypatch.setattr(type(rig.k), "fails", lambda self, what: True)
    assert dom.irq_domain_instantiate(rig.k, "node", OPS, None) == -ENOMEM


def test_irq_domain_remove_of_the_default_domain_leaves_none(irqs):
    rig = irqs()
    other = dom.irq_domain_add_linear(rig.k, "other", 8, OPS, None)
    dom.irq_set_default_host(rig.k, rig.domain)
    dom.irq_domain_remove(rig.k, other)
    assert dom.irq_get_default_host(rig.k) is rig.domain
    dom.irq_domain_remove(rig.k, rig.domain)
    assert dom.irq_get_default_host(rig.k) is None


def test_a_table_keeps_small_numbers_and_a_tree_the_others_of_one_domain(irqs):
    """irq_domain_remove() warns of what is in the tree; hwirq_max may lie beyond the table."""
    rig = ready(irqs, hwirq=5)
    domain = dom.irq_domain_instantiate(rig.k, "both", OPS, None, size=4, hwirq_max=6)
    assert irq_create_mapping(rig.k, domain, 5) == 1 and irq_find_mapping(rig.k, domain, 5) == 1
    dom.irq_domain_remove(rig.k, domain)
    assert rig.warnings() == ["irq_domain_remove: radix_tree_empty(&domain->revmap_tree)"]


# -- finding -----------------------------------------------------------------------------------------------------------


def test_irq_find_matching_fwspec_finds_the_newest_domain_of_a_node(irqs):
    rig = irqs()
    old = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    new = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    dom.irq_domain_add_linear(rig.k, "zzz", 8, OPS, None)
    assert dom.irq_find_matching_fwspec(rig.k, ("node", (1,))) is new
    dom.irq_domain_remove(rig.k, old)
    newest = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    assert dom.irq_find_matching_fwspec(rig.k, ("node", (1,))) is newest
    assert dom.irq_find_matching_fwspec(rig.k, ("nowhere", (1,))) is None
    assert dom.irq_find_matching_fwspec(rig.k, ("", (1,))) is None


@pytest.mark.parametrize(
    ("own", "asked", "found"),
    [
        (DOMAIN_BUS_ANY, DOMAIN_BUS_ANY, True),
        (DOMAIN_BUS_ANY, DOMAIN_BUS_WIRED, False),
        (DOMAIN_BUS_WIRED, DOMAIN_BUS_WIRED, True),
        (NEXUS, DOMAIN_BUS_WIRED, False),
        (NEXUS, DOMAIN_BUS_ANY, True),
    ],
)
def test_irq_find_matching_fwnode_any_finds_all_and_others_only_their_like(irqs, own, asked, found):
    rig = irqs()
    domain = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    dom.irq_domain_update_bus_token(rig.k, domain, own)
    assert dom.irq_find_matching_fwnode(rig.k, "node", asked) is (domain if found else None)
    assert domain.name == ("node" if own == DOMAIN_BUS_ANY else f"node-{own}")


def test_irq_find_host_prefers_the_domain_of_wired_interrupts(irqs):
    rig = irqs()
    wired = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    newer = dom.irq_domain_add_linear(rig.k, "node", 8, OPS, None)
    assert dom.irq_find_host(rig.k, "node") is newer
    dom.irq_domain_update_bus_token(rig.k, wired, DOMAIN_BUS_WIRED)
    assert dom.irq_find_host(rig.k, "node") is wired


@kernel
def choosy(k, domain, fwspec, bus_token):
    """Its lines are those whose second cell is the domain's number."""
    node, cells = fwspec
    log(k, 0, f"select {domain.key[1]} {bus_token}")
    return node == domain.key[0] and len(cells) > 1 and cells[1] == domain.key[1]


CHOOSY = dom.IrqDomainOps("choosy", map=OPS.map, xlate=OPS.xlate, select=choosy)


@pytest.mark.parametrize(
    ("release", "cells", "bus_token", "asked", "found"),
    [
        ("6.12", (3, 0), DOMAIN_BUS_WIRED, 2, 0),
        ("6.12", (3, 0), DOMAIN_BUS_ANY, 0, 1),  # any will do: nobody is asked
        ("6.12", (), DOMAIN_BUS_WIRED, 2, None),
        ("6.1", (3, 0), DOMAIN_BUS_WIRED, 2, 0),
        ("6.1", (3, 0), DOMAIN_BUS_ANY, 2, 0),
        ("6.1", (), DOMAIN_BUS_WIRED, 0, None),  # without cells nobody is asked
        ("6.1", (), DOMAIN_BUS_ANY, 0, 1),
    ],
)
def test_select_is_asked_by_6_12_unless_any_domain_will_do_and_by_6_1_wherever_there_are_cells(
    irqs, release, cells, bus_token, asked, found
):
    rig = irqs(release)
    for _ in range(2):
        dom.irq_domain_add_linear(rig.k, "node", 8, CHOOSY, None)
    domain = dom.irq_find_matching_fwspec(rig.k, ("node", cells), bus_token)
    assert (None if domain is None else domain.key[1]) == found
    assert len(rig.entries()) == asked


def test_select_of_every_domain_is_asked_not_only_of_the_nodes_own(irqs):
    """A domain may answer for a node that is not its own (MSI parents)."""
    rig = irqs()
    mine = dom.irq_domain_add_linear(rig.k, "mine", 8, dom.IrqDomainOps("all", select=lambda *args: True), None)
    assert dom.irq_find_matching_fwspec(rig.k, ("foreign", (3,)), DOMAIN_BUS_WIRED) is mine


@pytest.mark.parametrize(("node", "found"), [("alias", True), ("node", False)])
def test_match_decides_by_node_and_bus_token_alone(irqs, node, found):
    rig = irqs()
    ops = dom.IrqDomainOps("matching", match=lambda k, domain, node, bus_token: node == "alias" and bus_token == NEXUS)
    domain = dom.irq_domain_add_linear(rig.k, "node", 8, ops, None)
    assert dom.irq_find_matching_fwspec(rig.k, (node, (3,)), NEXUS) is (domain if found else None)


@kernel
def touching(k, domain, fwspec, bus_token):
    """As a compiled driver's may: it looks at a register, where interrupts are on."""
    from irqlab.kernel.context import point

    point(k, "readl")
    return True


def test_select_may_touch_registers(irqs):
    """A callback of a driver is never part of an atomic function: a schedule point in it is one."""
    rig = irqs()
    domain = dom.irq_domain_add_linear(rig.k, "node", 8, dom.IrqDomainOps("touching", select=touching), None)
    found = []
    context = rig.start("task", dom.irq_find_matching_fwspec, ("node", (3,)), DOMAIN_BUS_WIRED)
    while context.exists:
        found.append(context.exists)
        rig.step(context)
    assert len(found) > 1 and domain.exists
