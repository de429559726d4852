"""``kernel/irq/chip.c`` as a driver calls it."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.guest.chips import GuestChip
from irqlab.kernel.errno import EINVAL, ENOSYS
from irqlab.kernel.irq.desc import ParentIrqData, handle_bad_irq, no_irq_chip
from irqlab.kernel.irq.flags import IRQ_LEVEL, IRQ_NOREQUEST
from irqlab.kernel.irq.flow import handle_edge_irq, handle_level_irq


@pytest.fixture
def rig() -> IrqRig:
    made = IrqRig()
    made.descs()
    return made


def test_a_line_is_given_its_chip_its_handler_and_their_data(rig: IrqRig):
    chip = rig.chip(irq_mask="gives_0")
    rig.call("irq_set_chip_and_handler_name", 1, chip, rig.function("handle_level_irq"), "level")
    assert rig.call("irq_set_chip_data", 1, 0x1234) == 0
    assert rig.call("irq_set_handler_data", 1, 0x5678) == 0
    desc = rig.desc(1)
    assert (desc.handle_irq, desc.name, desc.handler_data) == (handle_level_irq, "level", 0x5678)
    assert isinstance(rig.data(1).chip, GuestChip)
    assert rig.data(1).chip.address == chip
    assert rig.data(1).chip_data == 0x1234


def test_a_number_without_descriptor_is_refused(rig: IrqRig):
    chip = rig.chip()
    assert rig.call("irq_set_chip", 9, chip) == -EINVAL
    assert rig.call("irq_set_chip_data", 9, 1) == -EINVAL
    assert rig.call("irq_set_handler_data", 9, 1) == -EINVAL
    assert rig.call("irq_set_irq_type", 9, 4) == -EINVAL
    assert rig.call("irq_get_irq_data", 9) == 0


def test_no_chip_and_no_handler_are_null(rig: IrqRig):
    rig.call("irq_set_chip", 1, rig.chip())
    rig.call("__irq_set_handler", 1, rig.function("handle_edge_irq"), 0, 0)
    assert rig.desc(1).handle_irq is handle_edge_irq
    rig.call("__irq_set_handler", 1, 0, 0, 0)
    rig.call("irq_set_chip", 1, 0)
    assert (rig.desc(1).handle_irq, rig.data(1).chip) == (handle_bad_irq, no_irq_chip)


def test_settings_of_a_line(rig: IrqRig):
    rig.call("irq_modify_status", 1, IRQ_NOREQUEST, IRQ_LEVEL)
    assert (rig.desc(1).norequest, rig.data(1).level) == (False, True)


def test_a_chained_handler_of_the_driver_is_called_with_its_descriptor(rig: IrqRig):
    rig.call("irq_set_chip", 1, rig.chip(irq_unmask="gives_0"))
    rig.call("irq_set_chained_handler_and_data", 1, rig.function("gives_0"), 0x77)
    assert rig.desc(1).handler_data == 0x77
    assert rig.call("generic_handle_irq", 1) == 0
    assert rig.seen(1) == (rig.desc_at(1),)


def test_a_type_is_asked_of_the_chip(rig: IrqRig):
    rig.call("irq_set_chip", 1, rig.chip(irq_set_type="gives_0"))
    assert rig.call("irq_set_irq_type", 1, 4) == 0
    assert rig.seen(2) == (rig.data_at(1), 4)
    rig.call("irq_set_chip", 1, rig.chip(irq_set_type="gives_minus_22"))
    assert rig.call("irq_set_irq_type", 1, 1) == -EINVAL
    assert rig.data(1).trigger == 4


class Stacked(IrqRig):
    """Line 1 has a chip below its own."""

    def __init__(self, **callbacks: str) -> None:
        super().__init__()
        self.descs()
        below = self.world.new(ParentIrqData, 1, 1, chip=no_irq_chip)
        self.data(1).parent_data = below
        from irqlab.guest.chips import chip_at

        below.chip = chip_at(self.g, self.chip(**callbacks))
        self.below = below

    def below_at(self) -> int:
        from irqlab.guest.irqobjects import data_pointer

        return data_pointer(self.g, self.below)


@pytest.mark.parametrize(
    ("helper", "callback"),
    [
        ("irq_chip_mask_parent", "irq_mask"),
        ("irq_chip_unmask_parent", "irq_unmask"),
        ("irq_chip_eoi_parent", "irq_eoi"),
        ("irq_chip_ack_parent", "irq_ack"),
        ("irq_chip_enable_parent", "irq_unmask"),
        ("irq_chip_disable_parent", "irq_mask"),
        ("irq_chip_release_resources_parent", "irq_release_resources"),
    ],
)
def test_what_is_left_to_the_chip_below(helper: str, callback: str):
    rig = Stacked(**{callback: "gives_0"})
    rig.call(helper, rig.data_at(1))
    assert rig.seen(1) == (rig.below_at(),)


def test_what_the_chip_below_answers():
    rig = Stacked(irq_set_type="gives_7", irq_set_wake="gives_1", irq_set_affinity="gives_0", irq_retrigger="gives_1")
    assert rig.call("irq_chip_set_type_parent", rig.data_at(1), 8) == 7
    assert rig.seen(2) == (rig.below_at(), 8)
    assert rig.call("irq_chip_set_wake_parent", rig.data_at(1), 1) == 1
    mask = rig.put((1).to_bytes(64, "little"))
    assert rig.call("irq_chip_set_affinity_parent", rig.data_at(1), mask, 1) == 0
    assert rig.seen(3)[2] == 1
    assert rig.call("irq_chip_retrigger_hierarchy", rig.data_at(1)) == 1


def test_a_chip_below_that_cannot():
    rig = Stacked()
    assert rig.call("irq_chip_set_type_parent", rig.data_at(1), 8) == -ENOSYS
    assert rig.call("irq_chip_retrigger_hierarchy", rig.data_at(1)) == 0
    assert rig.call("irq_chip_request_resources_parent", rig.data_at(1)) == 0
    state = rig.put(b"\x55")
    assert rig.call("irq_chip_get_parent_state", rig.data_at(1), 0, state) == 0
    assert rig.g.read(state, 1) == b"\x55"


def test_a_mask_of_no_parent_is_an_oops():
    rig = IrqRig()
    rig.descs()
    assert rig.ends("irq_chip_mask_parent", rig.data_at(1)) == ["null-pointer: data->parent_data"]


def test_a_state_of_the_chip_below_and_one_that_there_is_none_of():
    rig = Stacked(irq_get_irqchip_state="gives_0", irq_set_irqchip_state="gives_0")
    state = rig.put(b"\x55")
    assert rig.call("irq_chip_get_parent_state", rig.data_at(1), 1, state) == 0
    assert rig.g.read(state, 1) == b"\0"
    assert rig.call("irq_chip_set_parent_state", rig.data_at(1), 2, 1) == 0
    assert rig.seen(3) == (rig.below_at(), 2, 1)
    assert rig.call("irq_chip_set_parent_state", rig.data_at(1), 9, 1) == -EINVAL
