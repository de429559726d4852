"""What drivers of controllers set of a line (kernel/irq/chip.c; 6.1.192 and 6.12.117).

Chained handlers and ``irq_set_chip_and_handler()`` itself are in ``test_chip.py``, settings in ``test_state.py``.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, Who, chip, demux, handled, log
from stackrig import make_stack

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import setup
from irqlab.kernel.irq.desc import handle_bad_irq, irq_alloc_desc, no_irq_chip
from irqlab.kernel.irq.flags import IRQ_NESTED_THREAD, IRQ_NOTHREAD
from irqlab.kernel.irq.flow import handle_edge_irq, handle_level_irq
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs
from irqlab.kernel.irq.manage import free_irq, request_threaded_irq
from irqlab.state import kernel

ADDRESS = 0xFFFF800010001000


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (setup.irq_set_chip, no_irq_chip),
        (setup.irq_set_chip_data, ADDRESS),
        (setup.irq_set_handler_data, ADDRESS),
        (setup.irq_set_parent, 7),
    ],
)
def test_the_setters_know_no_number_without_descriptor(irqs, function, value):
    rig = irqs()
    assert function(rig.k, 1, value) == -EINVAL
    assert function(rig.k, irq_alloc_desc(rig.k), value) == 0


@pytest.mark.parametrize("pointer", [None, ADDRESS, "a Record"])
def test_a_void_pointer_is_null_a_guest_address_or_a_record(irqs, pointer):
    """chip_data, handler_data, host_data and dev_id: whoever set it knows what it is."""
    rig = irqs()
    value = rig.who() if pointer == "a Record" else pointer
    irq = rig.line(chip())
    setup.irq_set_chip_data(rig.k, irq, value)
    setup.irq_set_handler_data(rig.k, irq, value)
    rig.domain.host_data = value
    assert (rig.data(irq).chip_data, rig.desc(irq).handler_data, rig.domain.host_data) == (value, value, value)
    assert request_threaded_irq(rig.k, irq, handled, None, 0, "user", value) == 0
    assert rig.action(irq).dev_id == value
    free_irq(rig.k, irq, value)
    assert rig.desc(irq).actions == () and rig.warnings() == []


def test_free_irq_finds_its_action_by_the_pointers_value(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert request_threaded_irq(rig.k, irq, handled, None, 0, "user", ADDRESS) == 0
    free_irq(rig.k, irq, ADDRESS + 8)
    assert rig.warnings() == [f"Trying to free already-free IRQ {irq}"]
    free_irq(rig.k, irq, int(str(ADDRESS)))
    assert rig.desc(irq).actions == ()


@kernel
def follow(k, pointer):
    k.deref(pointer, Who, "data")
    log(k, 0, "followed")


@pytest.mark.parametrize(("pointer", "broken"), [("a Record", []), (None, ["data"]), (ADDRESS, ["data"])])
def test_a_python_driver_can_follow_a_record_only(irqs, pointer, broken):
    rig = irqs()
    rig.task("driver", follow, rig.who() if pointer == "a Record" else pointer)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == broken
    assert rig.entries() == (("followed",) if not broken else ())


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_irq_set_chip_and_handler_name_names_the_flow_and_irq_set_handler_forgets_it(irqs, release):
    rig = irqs(release)
    irq = irq_alloc_desc(rig.k)
    setup.irq_set_chip_and_handler_name(rig.k, irq, chip(*BUS), handle_edge_irq, "edge")
    assert rig.entries() == BUS and rig.core(irq) == FRESH
    assert (rig.desc(irq).handle_irq, rig.desc(irq).name) == (handle_edge_irq, "edge")
    setup.irq_set_handler(rig.k, irq, handle_level_irq)
    assert (rig.desc(irq).handle_irq, rig.desc(irq).name) == (handle_level_irq, "")
    setup.irq_set_handler(rig.k, irq, None)
    assert rig.desc(irq).handle_irq is handle_bad_irq


def test_handle_bad_irq_by_its_name_uninstalls_too(irqs):
    """__irq_do_set_handler() compares the handler, not the argument."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    rig.entries()
    setup.irq_set_handler(rig.k, irq, handle_bad_irq)
    assert rig.entries() == ("irq_mask",) and rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED depth=1"


def test_irq_set_handler_locked_and_its_like_take_no_lock_and_mask_nothing(irqs):
    rig = irqs()
    irq = rig.line(chip(*BUS))
    setup.irq_set_handler_locked(rig.data(irq), handle_edge_irq)
    assert rig.desc(irq).handle_irq is handle_edge_irq
    other = chip("irq_ack")
    setup.irq_set_chip_handler_name_locked(rig.data(irq), other, handle_level_irq, "level")
    assert (rig.data(irq).chip, rig.desc(irq).handle_irq, rig.desc(irq).name) == (other, handle_level_irq, "level")
    assert rig.entries() == ()


def test_irq_set_nested_thread_on_and_off(irqs):
    rig = irqs()
    irq = rig.line(chip())
    setup.irq_set_nested_thread(rig.k, irq, True)
    assert rig.desc(irq).settings == IRQ_NESTED_THREAD
    setup.irq_set_nested_thread(rig.k, irq, False)
    assert rig.desc(irq).settings == 0


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_irq_set_chained_handler_leaves_handler_data_and_the_line_cannot_be_threaded_any_more(irqs, release):
    rig = irqs(release)
    irq = rig.line(chip())
    rig.set_desc(irq, handler_data=ADDRESS)
    setup.irq_set_chained_handler(rig.k, irq, demux)
    assert (rig.desc(irq).handler_data, rig.desc(irq).settings, rig.desc(irq).norequest) == (ADDRESS, IRQ_NOTHREAD, True)
    assert rig.core(irq) == "STARTED ACTIVATED depth=0" and rig.desc(irq).actions[0].chained


@pytest.mark.parametrize(("chained", "set_"), [(False, True), (True, False)])
def test_a_handler_may_come_before_the_outermost_chip_but_not_a_chained_one(chained, set_):
    """__irq_do_set_handler(): the chips further in are enough to go on; starting the line is not possible yet."""
    stack = make_stack()
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    setup.irq_set_chip_and_handler(stack.k, irq, None, None)
    stack.entries()
    (setup.irq_set_chained_handler if chained else setup.irq_set_handler)(stack.k, irq, handle_edge_irq)
    assert (stack.rig.desc(irq).handle_irq is handle_edge_irq) is set_
    assert stack.rig.warnings() == ([] if set_ else ["__irq_do_set_handler: no chip"]) and stack.entries() == ()
