"""``kernel/irq/manage.c`` and ``devres.c`` as a driver calls them."""

from __future__ import annotations

import pytest
from irq_rig import IrqRig

from irqlab.kernel.device import devres_release_all
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.flags import IRQF_NO_AUTOEN


@pytest.fixture
def rig() -> IrqRig:
    """Line 1 has a chip that does nothing, and may be requested."""
    made = IrqRig()
    made.descs()
    chip = made.chip(irq_mask="gives_0", irq_unmask="gives_0", irq_get_irqchip_state="gives_0", irq_set_irqchip_state="gives_0")
    made.call("irq_set_chip_and_handler_name", 1, chip, made.function("handle_level_irq"), 0)
    return made


def test_a_handler_of_the_driver_is_given_its_line_and_cookie(rig: IrqRig):
    assert rig.call("request_threaded_irq", 1, rig.function("gives_1"), 0, 0, "mine", 0x1234) == 0
    [action] = rig.desc(1).actions
    assert action.handler is not None
    assert action.handler(rig.k, 1, 0x1234) == 1
    assert rig.seen(2) == (1, 0x1234)
    assert rig.text(rig.call("free_irq", 1, 0x1234)) == "mine"
    assert rig.desc(1).actions == ()


def test_enable_and_disable_are_counted(rig: IrqRig):
    assert rig.call("request_threaded_irq", 1, rig.function("gives_1"), 0, IRQF_NO_AUTOEN, "mine", 1) == 0
    assert rig.desc(1).depth == 1
    rig.call("enable_irq", 1)
    assert rig.desc(1).depth == 0
    rig.call("disable_irq_nosync", 1)
    rig.call("disable_irq", 1)
    assert rig.desc(1).depth == 2


def test_a_managed_request_ends_with_the_driver(rig: IrqRig):
    dev = rig.dev("one")
    assert rig.call("devm_request_threaded_irq", dev, 1, rig.function("gives_1"), 0, 0, 0, 5) == 0
    assert rig.desc(1).actions[0].name == dev.name
    devres_release_all(rig.k, dev)
    assert rig.desc(1).actions == ()


def test_a_managed_request_given_back_early_is_given_back_once(rig: IrqRig):
    dev = rig.dev("one")
    rig.call("devm_request_threaded_irq", dev, 1, rig.function("gives_1"), 0, 0, 0, 5)
    rig.call("devm_free_irq", dev, 1, 5)
    assert (rig.desc(1).actions, dev.devres) == ((), ())
    assert rig.told("warning") == []


def test_states_of_a_line(rig: IrqRig):
    out = rig.put(b"\x55")
    assert rig.call("irq_get_irqchip_state", 1, 3, out) == 0
    assert rig.g.read(out, 1) == b"\0"
    assert rig.seen(2) == (rig.data_at(1), 3)
    assert rig.call("irq_set_irqchip_state", 1, 0, 1) == 0
    assert rig.seen(3) == (rig.data_at(1), 0, 1)
    assert rig.call("irq_get_irqchip_state", 1, 4, out) == -EINVAL


def test_a_line_that_is_none(rig: IrqRig):
    assert rig.call("request_threaded_irq", 9, rig.function("gives_1"), 0, 0, "mine", 1) == -EINVAL
    assert rig.call("irq_set_irq_wake", 9, 1) == -EINVAL
    assert rig.call("free_irq", 9, 1) == 0
