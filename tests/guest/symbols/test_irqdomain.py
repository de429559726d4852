"""``kernel/irq/irqdomain.c`` as a driver calls it."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.guest.fwnodes import IrqchipFwnode
from irqlab.guest.irqobjects import domain_at
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.flags import IRQ_DOMAIN_FLAG_HIERARCHY


@pytest.fixture
def rig() -> IrqRig:
    return IrqRig()


def ops(rig: IrqRig, **callbacks: str) -> int:
    return rig.struct("irq_domain_ops", **{name: rig.function(function) for name, function in callbacks.items()})


def test_a_domain_is_made_of_its_info(rig: IrqRig):
    info = rig.struct(
        "irq_domain_info",
        fwnode=rig.fwnode("mux"),
        size=32,
        hwirq_max=32,
        host_data=0x99,
        ops=ops(rig, map="gives_0"),
        bus_token=1,
    )
    domain = domain_at(rig.g, rig.call("irq_domain_instantiate", info) & 0xFFFFFFFF)
    assert domain is not None and domain.exists
    assert (domain.size, domain.hwirq_max, domain.host_data, domain.bus_token) == (32, 32, 0x99, 1)
    assert rig.g.field(rig.at(domain), "irq_domain", "host_data") == 0x99
    assert rig.g.field(rig.at(domain), "irq_domain", "fwnode") == rig.fwnode("mux")


def test_init_may_refuse_a_domain(rig: IrqRig):
    info = rig.struct(
        "irq_domain_info", fwnode=rig.fwnode("mux"), size=8, hwirq_max=8, ops=ops(rig), init=rig.function("gives_minus_22")
    )
    assert rig.call("irq_domain_instantiate", info) == 0x1_0000_0000_0000_0000 - EINVAL
    assert rig.call("irq_find_matching_fwspec", rig.struct("irq_fwspec", fwnode=rig.fwnode("mux")), 0) == 0


def test_exit_is_called_when_it_goes(rig: IrqRig):
    info = rig.struct(
        "irq_domain_info", fwnode=rig.fwnode("mux"), size=8, hwirq_max=8, ops=ops(rig), exit=rig.function("gives_0")
    )
    address = rig.call("irq_domain_instantiate", info)
    rig.call("irq_domain_remove", address)
    assert rig.seen(1) == (address,)
    domain = domain_at(rig.g, address)
    assert domain is not None and not domain.exists


def test_a_line_is_mapped_once_and_found(rig: IrqRig):
    owner = rig.fwnode("mux")
    address = rig.call("irq_domain_create_simple", owner, 16, 0, ops(rig, map="gives_0"), 0)
    irq = rig.call("irq_create_mapping_affinity", address, 5, 0)
    assert irq == 1
    assert rig.seen(3) == (address, 1, 5)
    assert rig.call("irq_create_mapping_affinity", address, 5, 0) == 1
    out = rig.room(4)
    assert rig.call("__irq_resolve_mapping", address, 5, out) == rig.desc_at(1)
    assert rig.g.number(out, 4) == 1
    assert rig.call("__irq_resolve_mapping", address, 6, 0) == 0
    rig.call("irq_dispose_mapping", irq)
    assert not rig.desc(1).exists


def test_a_line_that_map_refuses_has_no_number(rig: IrqRig):
    address = rig.call("irq_domain_create_simple", rig.fwnode("mux"), 16, 0, ops(rig, map="gives_minus_22"), 0)
    assert rig.call("irq_create_mapping_affinity", address, 5, 0) == 0
    assert not rig.desc(1).exists


def test_a_legacy_domain_maps_what_is_allocated(rig: IrqRig):
    rig.descs(4)
    address = rig.call("irq_domain_add_legacy", rig.np("mux"), 4, 1, 8, ops(rig), 0)
    domain = domain_at(rig.g, address)
    assert domain is not None
    assert domain.revmap == ((8, 1), (9, 2), (10, 3), (11, 4))


@pytest.mark.parametrize(
    ("name", "cells", "found"),
    [
        ("irq_domain_xlate_onecell", (7,), (0, 7, 0)),
        ("irq_domain_xlate_twocell", (7, 0x14), (0, 7, 4)),
        ("irq_domain_xlate_onetwocell", (7,), (0, 7, 0)),
        ("irq_domain_xlate_onetwocell", (7, 1), (0, 7, 1)),
        ("irq_domain_xlate_twocell", (7,), (-EINVAL, 0x55, 0x55)),
    ],
)
def test_translation_called_by_the_driver_itself(rig: IrqRig, name: str, cells: tuple[int, ...], found: tuple[int, int, int]):
    domain = rig.at(rig.domain_of("mux"))
    given = rig.put(b"".join(cell.to_bytes(4, "little") for cell in cells))
    hwirq, type_ = rig.put((0x55).to_bytes(8, "little")), rig.put((0x55).to_bytes(4, "little"))
    error = rig.call(name, domain, rig.np("mux"), given, len(cells), hwirq, type_)
    assert (error, rig.g.number(hwirq, 8), rig.g.number(type_, 4)) == found


def test_a_made_up_node_owns_a_domain(rig: IrqRig):
    owner = rig.call("__irq_domain_alloc_fwnode", 1, 0, "IPI-Mux", 0)
    assert rig.g.field(owner, "fwnode_handle", "ops") == rig.symbols["irqchip_fwnode_ops"]
    again = rig.call("__irq_domain_alloc_fwnode", 2, 3, "IPI-Mux", 0)
    assert [known.name for known in rig.world.all(IrqchipFwnode)] == ["IPI-Mux", "IPI-Mux-3"]
    address = rig.call("irq_domain_create_simple", owner, 8, 0, ops(rig), 0)
    assert rig.g.field(address, "irq_domain", "fwnode") == owner
    spec = rig.struct("irq_fwspec", fwnode=owner)
    assert rig.call("irq_find_matching_fwspec", spec, 0) == address
    assert rig.call("irq_find_matching_fwspec", rig.struct("irq_fwspec", fwnode=again), 0) == 0
    rig.call("irq_domain_remove", address)
    rig.call("irq_domain_free_fwnode", owner)
    assert [known.name for known in rig.world.all(IrqchipFwnode)] == ["IPI-Mux-3"]


def test_freeing_a_node_of_the_tree_is_told(rig: IrqRig):
    rig.call("irq_domain_free_fwnode", rig.fwnode("mux"))
    assert rig.told("warning") == ["irq_domain_free_fwnode: !is_fwnode_irqchip(fwnode)"]


def test_the_default_domain(rig: IrqRig):
    address = rig.at(rig.domain_of("mux"))
    assert rig.call("irq_get_default_host") == 0
    rig.call("irq_set_default_host", address)
    assert rig.call("irq_get_default_host") == address


def test_a_hierarchy_hands_a_specifier_to_the_domain_below(rig: IrqRig):
    rig.descs(1)
    below = rig.call("irq_domain_create_simple", rig.fwnode("gic"), 64, 0, ops(rig, alloc="gives_0"), 0)
    above = rig.call("irq_domain_create_hierarchy", below, 0, 16, rig.fwnode("mux"), ops(rig, alloc="gives_0"), 0x42)
    domain = domain_at(rig.g, above)
    assert domain is not None and domain.flags & IRQ_DOMAIN_FLAG_HIERARCHY
    assert rig.g.field(above, "irq_domain", "parent") == below
    assert rig.g.field(above, "irq_domain", "root") == below
    assert rig.call("irq_domain_alloc_irqs_parent", above, 1, 1, 0x7700) == 0
    assert rig.seen() == (below, 1, 1, 0x7700)  # between drivers it is theirs


def test_a_wild_domain_is_an_oops(rig: IrqRig):
    [told] = rig.ends("irq_domain_remove", 0x7000_0000)
    assert told.startswith("memory-error: wild: read of 8 bytes at 0x70000000")


def test_a_null_domain_is_an_oops(rig: IrqRig):
    [told] = rig.ends("irq_domain_remove", 0)
    assert told.startswith("null-pointer: read of 8 bytes at 0x0")
