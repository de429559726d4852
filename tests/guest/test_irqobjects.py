"""Interrupts as compiled code sees them."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.guest import kept
from irqlab.guest.irqobjects import data_at, data_pointer, desc_at, domain_at
from irqlab.kernel.irq.desc import ParentIrqData, dummy_irq_chip, null_chip
from irqlab.kernel.irq.flow import handle_edge_irq


@pytest.fixture
def rig() -> IrqRig:
    made = IrqRig()
    made.descs()
    return made


def test_pointers_lead_back_to_what_they_point_to(rig: IrqRig):
    domain = rig.domain_of("mux")
    assert desc_at(rig.g, rig.desc_at(2)) is rig.desc(2)
    assert data_at(rig.g, rig.data_at(2)) is rig.data(2)
    assert domain_at(rig.g, rig.at(domain)) is domain
    for look in (desc_at, data_at, domain_at):
        assert look(rig.g, 0) is None
        assert look(rig.g, 0x4000_0000) is None


def test_fields_are_the_cores_own(rig: IrqRig):
    d = rig.data_at(1)
    rig.g.set_field(d, "irq_data", "hwirq", 9)
    rig.g.set_field(d, "irq_data", "mask", 0x200)
    rig.g.set_field(d, "irq_data", "chip_data", 0x77)
    assert (rig.data(1).hwirq, rig.data(1).mask, rig.data(1).chip_data) == (9, 0x200, 0x77)
    rig.g.set_field(rig.desc_at(1), "irq_desc", "handle_irq", rig.function("handle_edge_irq"))
    assert rig.desc(1).handle_irq is handle_edge_irq
    assert rig.g.field(rig.desc_at(1), "irq_desc", "handle_irq") == rig.function("handle_edge_irq")


def test_the_level_below_has_fields_of_its_own(rig: IrqRig):
    below = rig.world.new(ParentIrqData, 1, 1, chip=null_chip, hwirq=40)
    rig.data(1).parent_data = below
    address = rig.g.field(rig.data_at(1), "irq_data", "parent_data")
    assert address == data_pointer(rig.g, below)
    assert data_at(rig.g, address) is below
    assert (rig.g.field(address, "irq_data", "hwirq"), rig.g.field(address, "irq_data", "chip")) == (40, 0)
    assert rig.g.field(address, "irq_data", "common") == rig.g.field(rig.data_at(1), "irq_data", "common")


def test_a_mask_of_cpus_is_behind_a_pointer(rig: IrqRig):
    common = rig.g.field(rig.data_at(1), "irq_data", "common")
    mask = rig.g.field(common, "irq_common_data", "effective_affinity")
    rig.g.set_number(mask, 1, 8)
    assert rig.data(1).effective_affinity == 1
    assert rig.g.number(rig.g.field(common, "irq_common_data", "affinity"), 8) == 1


def test_a_chip_of_the_kernels_goes_by_its_symbol(rig: IrqRig):
    rig.data(1).chip = dummy_irq_chip
    assert rig.g.field(rig.data_at(1), "irq_data", "chip") == rig.symbols["dummy_irq_chip"]


def test_what_only_drivers_know_of_a_domain_goes_with_it(rig: IrqRig):
    domain = rig.domain_of("mux")
    rig.g.set_field(rig.at(domain), "irq_domain", "gc", 0x4000_0100)
    assert kept.value(rig.k, "irq_domain", "gc", domain) == 0x4000_0100
    rig.call("irq_domain_remove", rig.at(domain))
    assert kept.value(rig.k, "irq_domain", "gc", domain) == 0


def test_a_descriptor_that_is_gone_is_a_use_after_free(rig: IrqRig):
    rig.call("irq_free_descs", 1, 1)
    fault = rig.g.memory.load(rig.data_at(1), 4)
    assert not isinstance(fault, bytes) and fault.what == "use-after-free"
