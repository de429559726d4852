"""``kernel/irq/irqdesc.c`` as a driver calls it."""

from __future__ import annotations

from irq_rig import IrqRig

from irqlab.kernel.errno import EEXIST, EINVAL
from irqlab.kernel.irq.flags import IRQ_PER_CPU_DEVID


def test_numbers_in_a_row():
    rig = IrqRig()
    assert rig.call("__irq_alloc_descs", -1, 0, 3, -1, 0, 0) == 1
    assert rig.call("__irq_alloc_descs", -1, 16, 2, -1, 0, 0) == 16
    assert rig.call("__irq_alloc_descs", -1, 16, 2, -1, 0, 0) == 18
    assert rig.call("__irq_alloc_descs", 2, 0, 1, -1, 0, 0) == -EEXIST
    assert rig.call("__irq_alloc_descs", 5, 6, 1, -1, 0, 0) == -EINVAL
    assert rig.call("__irq_alloc_descs", -1, 0, 0, -1, 0, 0) == -EINVAL
    rig.call("irq_free_descs", 16, 4)
    assert (rig.desc(3).exists, rig.desc(16).exists) == (True, False)


def test_a_number_and_its_descriptor():
    rig = IrqRig()
    rig.descs(1)
    assert rig.call("irq_to_desc", 1) == rig.desc_at(1)
    assert rig.call("irq_to_desc", 2) == 0


def test_freeing_what_is_not_allocated_is_not_modelled():
    rig = IrqRig()
    [told] = rig.ends("irq_free_descs", 7, 1)
    assert told.startswith("not-modelled: irq_free_descs(7, 1), of which not all are allocated")


def test_a_line_that_each_cpu_has():
    rig = IrqRig()
    rig.descs(1)
    assert rig.call("irq_check_status_bit", 1, IRQ_PER_CPU_DEVID) == 0
    assert rig.call("irq_check_status_bit", 9, IRQ_PER_CPU_DEVID) == 0
    assert rig.call("irq_set_percpu_devid", 1) == 0
    assert rig.call("irq_set_percpu_devid", 1) == -EINVAL
    assert rig.call("irq_check_status_bit", 1, IRQ_PER_CPU_DEVID) == 1


def test_an_interrupt_without_descriptor_is_refused():
    rig = IrqRig()
    assert rig.call("generic_handle_irq", 5) == -EINVAL
    assert rig.call("generic_handle_domain_irq", rig.at(rig.domain_of("mux")), 3) == -EINVAL
