"""What the core does to a chip and what it then believes (kernel/irq/chip.c, first half; 6.1.192 and 6.12.117 alike).

Left out: managed affinity (``__irq_startup_managed()``), 6.16's ``irq_shutdown()`` that keeps the depth.
"""

from __future__ import annotations

import pytest
from irqrig import CALLBACKS, FRESH, LAZY, MASKED, RUNNING, chip, demux
from stackrig import make_stack

from irqlab.kernel.errno import EACCES, EINVAL
from irqlab.kernel.irq import chip as core
from irqlab.kernel.irq.activate import irq_domain_activate_irq
from irqlab.kernel.irq.affinity import irq_set_affinity
from irqlab.kernel.irq.chip import __irq_disable as disable
from irqlab.kernel.irq.chip import irq_chip_pm_get, irq_chip_pm_put
from irqlab.kernel.irq.desc import IrqChip, IrqData, handle_bad_irq, irq_alloc_desc
from irqlab.kernel.irq.flags import IRQ_DISABLE_UNLAZY, IRQ_TYPE_LEVEL_HIGH, IRQCHIP_EOI_THREADED
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs
from irqlab.kernel.irq.irqchip_state import irq_get_irqchip_state, irq_set_irqchip_state
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.irq.setup import (
    irq_set_chained_handler_and_data,
    irq_set_chip_and_handler,
    irq_set_irq_type,
    irq_set_status_flags,
)
from irqlab.kernel.irq.state import set_trigger_type
from irqlab.kernel.irq.trigger import irq_set_irq_wake
from irqlab.kernel.pm import runtime as rpm
from irqlab.state import kernel


def prepared(irqs, *callbacks, flags=0, without=(), opened=False, **beliefs):
    """A line with beliefs put in place."""
    rig = irqs()
    irq = rig.line(chip(*callbacks, flags=flags, without=without))
    rig.set_data(irq, **beliefs)
    rig.set_line(irq, open=opened)
    return rig, irq, rig.desc(irq)


# -- mask and unmask -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("masked", "calls", "opened"), [(False, ("irq_mask",), False), (True, (), True)], ids=["believed open", "believed masked"]
)
def test_mask_irq_is_idempotent_on_the_belief_not_on_the_hardware(irqs, masked, calls, opened):
    rig, irq, desc = prepared(irqs, opened=True, masked=masked)
    core.mask_irq(rig.k, desc)
    assert rig.entries() == calls and rig.open(irq) is opened
    assert rig.core(irq) == FRESH


@pytest.mark.parametrize(
    ("masked", "calls", "opened"), [(True, ("irq_unmask",), True), (False, (), False)], ids=["believed masked", "believed open"]
)
def test_unmask_irq_is_idempotent_on_the_belief_not_on_the_hardware(irqs, masked, calls, opened):
    rig, irq, desc = prepared(irqs, masked=masked)
    core.unmask_irq(rig.k, desc)
    assert rig.entries() == calls and rig.open(irq) is opened
    assert rig.core(irq) == "DISABLED depth=1"


def test_mask_irq_of_a_chip_without_irq_mask_leaves_the_line_believed_open(irqs):
    rig, irq, desc = prepared(irqs, without=("irq_mask",), opened=True, masked=False)
    core.mask_irq(rig.k, desc)
    assert rig.entries() == () and rig.open(irq) and rig.core(irq) == "DISABLED depth=1"


def test_unmask_irq_of_a_chip_without_irq_unmask_leaves_the_line_believed_masked(irqs):
    rig, irq, desc = prepared(irqs, without=("irq_unmask",))
    core.unmask_irq(rig.k, desc)
    assert rig.entries() == () and rig.core(irq) == FRESH


@pytest.mark.parametrize("masked", [False, True])
def test_mask_ack_irq_calls_irq_mask_ack_whatever_is_believed(irqs, masked):
    rig, irq, desc = prepared(irqs, "irq_mask_ack", "irq_ack", opened=True, masked=masked)
    core.mask_ack_irq(rig.k, desc)
    assert rig.entries() == ("irq_mask_ack",) and not rig.open(irq) and rig.core(irq) == FRESH


@pytest.mark.parametrize(("masked", "calls"), [(False, ("irq_mask", "irq_ack")), (True, ("irq_ack",))])
def test_mask_ack_irq_without_irq_mask_ack_masks_once_and_acknowledges_always(irqs, masked, calls):
    rig, irq, desc = prepared(irqs, "irq_ack", opened=True, masked=masked)
    core.mask_ack_irq(rig.k, desc)
    assert rig.entries() == calls and rig.open(irq) is masked and rig.core(irq) == FRESH


@pytest.mark.parametrize(("flags", "calls"), [(IRQCHIP_EOI_THREADED, ("irq_eoi", "irq_unmask")), (0, ("irq_unmask",))])
def test_unmask_threaded_irq_ends_the_interrupt_first_where_the_chip_says_so(irqs, flags, calls):
    rig, _, desc = prepared(irqs, "irq_eoi", flags=flags)
    core.unmask_threaded_irq(rig.k, desc)
    assert rig.entries() == calls


# -- enable and disable -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callbacks", "disabled", "masked", "calls"),
    [
        ((), True, True, ("irq_unmask",)),
        ((), True, False, ()),
        ((), False, True, ("irq_unmask",)),
        ((), False, False, ()),
        (("irq_enable",), True, True, ("irq_enable",)),
        (("irq_enable",), True, False, ("irq_enable",)),
        (("irq_enable",), False, True, ("irq_unmask",)),
        (("irq_enable",), False, False, ()),
    ],
)
def test_irq_enable(irqs, callbacks, disabled, masked, calls):
    """``irq_enable``'s own callback is for disabled lines only, and then MASKED is cleared whatever it did."""
    rig, irq, desc = prepared(irqs, *callbacks, disabled=disabled, masked=masked)
    core.irq_enable(rig.k, desc)
    assert rig.entries() == calls
    assert (rig.data(irq).disabled, rig.data(irq).masked) == (False, False)
    assert rig.open(irq) is bool(calls)


@pytest.mark.parametrize(
    ("callbacks", "disabled", "masked", "mask", "calls", "after"),
    [
        ((), False, False, False, (), (True, False)),  # lazy: the hardware stays open
        ((), False, False, True, ("irq_mask",), (True, True)),
        ((), False, True, True, (), (True, True)),
        ((), True, False, False, (), (True, False)),
        ((), True, False, True, ("irq_mask",), (True, True)),
        (("irq_disable",), False, False, False, ("irq_disable",), (True, True)),
        (("irq_disable",), False, False, True, ("irq_disable",), (True, True)),
        (("irq_disable",), False, True, False, ("irq_disable",), (True, True)),
        (("irq_disable",), True, False, False, (), (True, False)),
        (("irq_disable",), True, False, True, ("irq_mask",), (True, True)),
    ],
)
def test_irq_disable_with_and_without_mask(irqs, callbacks, disabled, masked, mask, calls, after):
    rig, irq, desc = prepared(irqs, *callbacks, opened=True, disabled=disabled, masked=masked)
    disable(rig.k, desc, mask)
    assert rig.entries() == calls and rig.open(irq) is not bool(calls)
    assert (rig.data(irq).disabled, rig.data(irq).masked) == after


@pytest.mark.parametrize(("unlazy", "calls", "after"), [(False, (), LAZY), (True, ("irq_mask",), MASKED)])
def test_disable_irq_is_lazy_unless_irq_disable_unlazy(irqs, unlazy, calls, after):
    rig = irqs()
    irq = rig.line(chip())
    if unlazy:
        irq_set_status_flags(rig.k, irq, IRQ_DISABLE_UNLAZY)
    assert rig.request(irq) == 0
    rig.entries()
    disable_irq(rig.k, irq)
    assert rig.entries() == calls and rig.core(irq) == after and rig.open(irq) is not unlazy
    enable_irq(rig.k, irq)
    assert rig.entries() == (("irq_unmask",) if unlazy else ()) and rig.core(irq) == RUNNING and rig.open(irq)


# -- startup and shutdown -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callbacks", "started", "depth", "calls"),
    [
        ((), False, 1, ("irq_unmask",)),
        ((), False, 3, ("irq_unmask",)),
        ((), True, 3, ("irq_unmask",)),
        (("irq_startup",), False, 1, ("irq_startup",)),
        (("irq_startup",), True, 1, ("irq_unmask",)),
        (("irq_startup", "irq_enable"), True, 1, ("irq_enable",)),
        (("irq_enable",), False, 1, ("irq_enable",)),
    ],
)
def test_irq_startup_ends_with_depth_0_and_calls_irq_startup_the_first_time_only(irqs, callbacks, started, depth, calls):
    rig, irq, desc = prepared(irqs, *callbacks, started=started, activated=True)
    rig.set_desc(irq, depth=depth)
    assert core.irq_startup(rig.k, desc, False) == 0
    assert rig.entries() == calls and rig.core(irq) == RUNNING and rig.open(irq) and rig.warnings() == []


def test_irq_startup_of_a_line_that_is_not_activated_warns_and_goes_on(irqs):
    rig, irq, desc = prepared(irqs)
    core.irq_startup(rig.k, desc, False)
    assert rig.warnings() == ["irq_startup: !irqd_is_activated(d)"] and rig.core(irq) == "STARTED depth=0"


def test_irq_startup_believes_irq_startup_even_where_it_fails(irqs):
    rig, irq, desc = prepared(irqs, "irq_startup", activated=True)
    rig.answer("irq_startup", -5)
    assert core.irq_startup(rig.k, desc, False) == -5
    assert rig.core(irq) == RUNNING


@pytest.mark.parametrize(("resend", "pending"), [(True, False), (False, True)])
def test_irq_startup_looks_at_what_is_pending_only_if_asked(irqs, resend, pending):
    rig, irq, desc = prepared(irqs, activated=True)
    rig.set_desc(irq, pending=True)
    core.irq_startup(rig.k, desc, resend)
    assert rig.desc(irq).pending is pending


@pytest.mark.parametrize(
    ("callbacks", "disabled", "masked", "calls"),
    [
        ((), False, False, ("irq_mask",)),
        ((), True, False, ("irq_mask",)),  # disabled lazily: it is masked now
        ((), True, True, ()),
        (("irq_shutdown",), False, False, ("irq_shutdown",)),
        (("irq_shutdown",), True, True, ("irq_shutdown",)),
        (("irq_shutdown", "irq_disable"), False, False, ("irq_shutdown",)),
        (("irq_disable",), False, False, ("irq_disable",)),
        (("irq_disable",), True, False, ("irq_mask",)),
    ],
)
@pytest.mark.parametrize("depth", [0, 4])
def test_irq_shutdown_of_a_started_line(irqs, callbacks, disabled, masked, calls, depth):
    """6.1 and 6.12 overwrite the depth with 1."""
    rig, irq, desc = prepared(irqs, *callbacks, opened=not masked, started=True, activated=True, disabled=disabled, masked=masked)
    rig.set_desc(irq, depth=depth)
    core.irq_shutdown(rig.k, desc)
    assert rig.entries() == calls and rig.core(irq) == "DISABLED MASKED ACTIVATED depth=1" and not rig.open(irq)


def test_irq_shutdown_of_a_line_that_was_never_started_does_nothing(irqs):
    rig, irq, desc = prepared(irqs, "irq_shutdown", opened=True, masked=False, activated=True)
    rig.set_desc(irq, depth=4)
    core.irq_shutdown(rig.k, desc)
    assert rig.entries() == () and rig.core(irq) == "DISABLED ACTIVATED depth=4" and rig.open(irq)


@pytest.mark.parametrize(
    ("started", "activated", "calls"),
    [(True, True, ("irq_mask", "deactivate")), (False, True, ("deactivate",)), (False, False, ())],
)
def test_irq_shutdown_and_deactivate_deactivates_what_was_never_started_too(irqs, started, activated, calls):
    rig, irq, desc = prepared(irqs, started=started, activated=activated, masked=not started, disabled=not started)
    core.irq_shutdown_and_deactivate(rig.k, desc)
    assert rig.entries() == calls and rig.core(irq) == FRESH


def test_irq_activate_and_startup_starts_nothing_that_cannot_be_activated(irqs):
    rig, irq, desc = prepared(irqs)
    rig.answer("activate", -22)
    assert core.irq_activate_and_startup(rig.k, desc, True) == 0
    assert rig.entries() == ("activate",) and rig.core(irq) == FRESH
    assert rig.warnings() == ["irq_activate_and_startup: irq_activate() failed"]
    rig.answer("activate", 0)
    core.irq_activate_and_startup(rig.k, desc, True)
    assert rig.entries() == ("activate", "irq_unmask") and rig.core(irq) == RUNNING


def test_activation_has_a_flag_of_its_own(irqs):
    rig, _, desc = prepared(irqs)
    assert (irq_domain_activate_irq(rig.k, desc), irq_domain_activate_irq(rig.k, desc)) == (0, 0)
    assert rig.entries() == ("activate",)


# -- KUnit, in Python -------------------------------------------------------------------------------


def test_irq_disable_depth_test(irqs):
    """kernel/irq/irq_test.c (6.17), which asserts the depth only; here every belief."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING
    disable_irq(rig.k, irq)
    assert rig.core(irq) == LAZY
    enable_irq(rig.k, irq)
    assert rig.core(irq) == RUNNING


def test_irq_free_disabled_test(irqs):
    """kernel/irq/irq_test.c (6.17): a line freed while disabled ends with depth 1 or more, and starts again at 0."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    disable_irq(rig.k, irq)
    disable_irq(rig.k, irq)
    rig.free(irq)
    assert rig.core(irq) == FRESH and not rig.open(irq)
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING and rig.open(irq)


# -- chained handlers -------------------------------------------------------------------------------


def test_irq_set_chained_handler_takes_the_bus_lock_and_starts_the_line(irqs):
    """__irq_do_set_handler(), 6.12: handler data first, then the action, activation and startup, all under desc->lock."""
    rig = irqs()
    irq = rig.line(chip("irq_bus_lock", "irq_bus_sync_unlock"))
    irq_set_chained_handler_and_data(rig.k, irq, demux, rig.who())
    assert rig.places() == ("irq_bus_lock:", "activate: bus desc", "irq_unmask: bus desc", "irq_bus_sync_unlock: bus")
    assert rig.core(irq) == RUNNING and rig.open(irq)
    desc = rig.desc(irq)
    assert (desc.handle_irq, desc.handler_data, desc.norequest) == (demux, rig.who(), True)
    assert [action.chained for action in desc.actions] == [True]
    assert rig.request(irq) == -EINVAL


@pytest.mark.parametrize(
    ("callbacks", "calls"),
    [((), ("irq_mask",)), (("irq_mask_ack",), ("irq_mask_ack",)), (("irq_shutdown", "irq_disable"), ("irq_mask",))],
)
def test_uninstalling_a_chained_handler_neither_clears_started_nor_deactivates(irqs, callbacks, calls):
    """__irq_do_set_handler(NULL), 6.1 and 6.12: mask_ack_irq() and beliefs, no shutdown callback."""
    rig = irqs()
    irq = rig.line(chip(*callbacks))
    irq_set_chained_handler_and_data(rig.k, irq, demux, rig.who())
    rig.entries()
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    assert rig.entries() == calls and not rig.open(irq)
    assert rig.core(irq) == MASKED
    desc = rig.desc(irq)
    assert (desc.handle_irq, desc.handler_data, desc.actions, desc.norequest) == (handle_bad_irq, None, (), True)


def test_a_chained_handler_over_no_chip_is_refused_but_its_data_is_kept(irqs):
    """6.12: WARN_ON(chip == &no_irq_chip) comes after ``handler_data`` was set."""
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    irq_set_chained_handler_and_data(rig.k, irq, demux, rig.who())
    assert rig.core(irq) == FRESH and rig.desc(irq).handle_irq is handle_bad_irq
    assert rig.desc(irq).handler_data is rig.who()
    assert rig.warnings() == ["__irq_do_set_handler: no chip"]


def test_a_chained_handler_may_be_installed_again(irqs):
    rig = irqs()
    irq = rig.line(chip())
    for _ in range(2):
        irq_set_chained_handler_and_data(rig.k, irq, demux, rig.who())
    assert rig.entries() == ("activate", "irq_unmask") and rig.core(irq) == RUNNING and len(rig.desc(irq).actions) == 1
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    irq_set_chained_handler_and_data(rig.k, irq, demux, rig.who())
    assert rig.entries() == ("irq_mask", "irq_unmask")  # started and activated still: irq_enable() only
    assert rig.core(irq) == RUNNING and rig.warnings() == []


@pytest.mark.parametrize("type_", [0, IRQ_TYPE_LEVEL_HIGH])
def test_a_chained_handler_gets_the_trigger_type_of_its_line_first(irqs, type_):
    rig = irqs()
    irq = rig.line(chip("irq_set_type"))
    set_trigger_type(rig.data(irq), type_)
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    assert rig.entries() == ((f"irq_set_type {type_}",) if type_ else ()) + ("activate", "irq_unmask")


# -- setting a chip -------------------------------------------------------------------------------


def test_irq_set_chip_and_handler_takes_the_new_chips_bus_lock(irqs):
    """__irq_set_handler(), 6.1 and 6.12: so ``chip_data`` has to be there before, and mapping resumes some controllers."""
    rig = irqs()
    irq = irq_alloc_desc(rig.k)
    irq_set_chip_and_handler(rig.k, irq, chip("irq_bus_lock", "irq_bus_sync_unlock"), handle_level_irq)
    assert rig.entries() == ("irq_bus_lock", "irq_bus_sync_unlock")
    assert rig.core(irq) == FRESH and rig.desc(irq).handle_irq is handle_level_irq and rig.desc(irq).actions == ()


def test_irq_set_chip_and_handler_of_nothing_leaves_no_chip_and_a_disabled_line(irqs):
    rig, irq, _ = prepared(irqs, "irq_bus_lock", disabled=False, masked=False, opened=True)
    rig.set_desc(irq, depth=0)
    irq_set_chip_and_handler(rig.k, irq, None, None)
    assert rig.entries() == () and rig.core(irq) == "DISABLED depth=1" and rig.desc(irq).handle_irq is handle_bad_irq


def test_a_callback_the_chip_lacks_is_a_null_pointer(irqs):
    rig, irq, _ = prepared(irqs)
    context = rig.start("task a", call_eoi, irq)
    rig.run(context)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == ["chip->irq_eoi"] and rig.k.system.crash == "oops"


# -- irq_chip_pm_get and put -------------------------------------------------------------------------------


@pytest.mark.parametrize("release", ["5.8", "6.1", "6.12"])
def test_irq_chip_pm_get_resumes_the_device_and_put_lets_it_go_later(irqs, release):
    """chip->parent_device until 5.17, the domain's PM device since 5.18; the put is asynchronous."""
    rig = irqs(release)
    ctl = rig.controller()
    irq = rig.line(chip(parent_device=ctl))
    assert irq_chip_pm_get(rig.k, rig.data(irq)) == 0
    assert rig.entries() == ("resume ctl",) and rig.usage("ctl") == 1
    assert irq_chip_pm_put(rig.k, rig.data(irq)) == 0
    assert (rig.usage("ctl"), rig.status("ctl")) == (0, "active")
    rig.work()
    assert rig.entries() == ("suspend ctl",)


@pytest.mark.parametrize(
    ("release", "domain", "parent", "usage"),
    [
        ("5.8", False, True, 1),
        ("5.8", True, False, 0),
        ("6.1", True, False, 1),
        ("6.1", False, True, 0),
        ("6.12", True, False, 1),
        ("6.12", False, True, 0),
        ("6.12", False, False, 0),
    ],
)
def test_where_the_device_comes_from(irqs, release, domain, parent, usage):
    rig = irqs(release)
    ctl = rig.controller()
    rig.domain.pm_dev = ctl if domain else None
    irq = rig.line(chip(parent_device=ctl if parent else None))
    assert irq_chip_pm_get(rig.k, rig.data(irq)) == 0 and rig.usage("ctl") == usage
    assert irq_chip_pm_put(rig.k, rig.data(irq)) == 0 and rig.usage("ctl") == 0


@pytest.mark.parametrize(("level", "usage"), [("top", 1), ("mid", 0), ("root", 0)])
def test_only_the_outermost_level_has_a_say_in_which_device_it_is(level, usage):
    """irq_get_pm_device(), 6.1 and 6.12: ``irq_data->domain`` of the descriptor; the controllers behind it are not asked."""
    stack = make_stack()
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    ctl = stack.rig.controller()
    stack.domains[level].pm_dev = ctl
    assert irq_chip_pm_get(stack.k, stack.rig.data(irq)) == 0
    assert (stack.rig.usage("ctl"), stack.rig.status("ctl")) == (usage, "active" if usage else "suspended")


@pytest.mark.parametrize(("release", "switches"), [("5.8", ()), ("6.1", ("pm-get-unbalanced",)), ("6.1", ()), ("6.12", ())])
@pytest.mark.parametrize(("before", "answer", "result", "usage"), [(0, 0, 0, 1), (1, 0, 0, 2), (0, -5, -5, 0)])
def test_every_generation_of_irq_chip_pm_get_answers_0_or_an_error_and_is_balanced(
    irqs, release, switches, before, answer, result, usage
):
    """4.8 to 5.17, 5.18 (domain->dev, get_sync() and put_noidle()), ce4818957fdc (5.19): 0 for a device that was active too."""
    rig = irqs(release)
    rig.k.release = rig.k.release.with_(*switches)
    ctl = rig.controller()
    irq = rig.line(chip(parent_device=ctl))
    for _ in range(before):
        assert rpm.pm_runtime_resume_and_get(rig.k, ctl) == 0
    rig.answer("resume ctl", answer)
    assert irq_chip_pm_get(rig.k, rig.data(irq)) == result and rig.usage("ctl") == usage


@pytest.mark.parametrize("freed", [False, True])
@pytest.mark.parametrize(
    "call",
    [
        lambda k, irq: irq_set_irq_type(k, irq, IRQ_TYPE_LEVEL_HIGH),
        lambda k, irq: irq_set_irq_wake(k, irq, True),
        lambda k, irq: irq_set_affinity(k, irq, 1),
        lambda k, irq: irq_get_irqchip_state(k, irq, "pending"),
        lambda k, irq: irq_set_irqchip_state(k, irq, "pending", True),
    ],
    ids=["type", "wake", "affinity", "get state", "set state"],
)
def test_before_request_irq_and_after_free_irq_no_call_resumes_the_device(irqs, call, freed):
    """irq_set_irq_type() and its like, 6.12: the chip is called all the same."""
    rig = irqs()
    callbacks = {name: CALLBACKS[name] for name in ("irq_mask", "irq_unmask", "irq_set_type", "irq_set_wake")}
    states = {name: CALLBACKS[name] for name in ("irq_get_irqchip_state", "irq_set_irqchip_state")}
    irq = rig.line(IrqChip("test", **callbacks, **states, irq_set_affinity=set_affinity))
    rig.controller()
    if freed:
        assert rig.request(irq) == 0
        rig.free(irq)
        rig.work()
    rig.entries()
    assert call(rig.k, irq) == 0
    assert not [entry for entry in rig.entries() if entry.endswith(" ctl")]
    assert (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")


@kernel
def set_affinity(k, d, mask, force):
    return 0


def test_without_config_pm_there_is_nothing_to_take(irqs):
    rig = irqs(pm=False)
    irq = rig.line(chip())
    rig.domain.pm_dev = rig.dev("ctl")
    assert irq_chip_pm_get(rig.k, rig.data(irq)) == 0 and rig.usage("ctl") == 0


@pytest.mark.parametrize("release", ["5.8", "6.1", "6.12"])
def test_a_get_that_fails_leaves_the_count_as_it_was(irqs, release):
    """pm_runtime_get_sync() with put_noidle() (to 5.18), pm_runtime_resume_and_get() since 5.19: both balanced."""
    rig = irqs(release)
    ctl = rig.controller()
    irq = rig.line(chip(parent_device=ctl))
    rig.answer("resume ctl", -5)
    assert irq_chip_pm_get(rig.k, rig.data(irq)) == -5 and rig.usage("ctl") == 0


@pytest.mark.parametrize("release", ["5.8", "6.1", "6.12"])
@pytest.mark.parametrize(("disabled", "error"), [(True, -EACCES), (False, 0)])
def test_request_irq_fails_where_runtime_pm_of_the_controller_is_disabled(irqs, release, disabled, error):
    rig = irqs(release)
    ctl = rig.controller()
    irq = rig.line(chip(parent_device=ctl))
    if disabled:
        rpm.pm_runtime_disable(rig.k, ctl)
    assert rig.request(irq) == error
    assert rig.core(irq) == (FRESH if error else RUNNING)
    assert (len(rig.desc(irq).actions), rig.usage("ctl"), rig.desc(irq).owner_refs) == ((0, 0, 0) if error else (1, 1, 1))


@pytest.mark.parametrize(("release", "usage"), [("5.8", 0), ("6.1", 1), ("6.12", 1)])
def test_installing_a_chained_handler_takes_a_reference_since_5_19(irqs, release, usage):
    """668a9fe5c6a1: with the raw desc->lock held; uninstalling gives it back."""
    rig = irqs(release)
    ctl = rig.controller()
    irq = rig.line(chip(parent_device=ctl))
    rpm.pm_runtime_resume_and_get(rig.k, ctl)
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    assert rig.usage("ctl") == 1 + usage
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    assert rig.usage("ctl") == 1 and rig.warnings() == []


def test_installing_a_chained_handler_over_a_suspended_controller_sleeps_in_atomic_context(irqs):
    """irq_chip_pm_get() under desc->lock, interrupts off: fine only while the device is active."""
    rig = irqs()
    rig.controller()
    irq = rig.line(chip())
    rig.task("task probe", irq_set_chained_handler_and_data, irq, demux, None)
    assert rig.signals("sleep-in-atomic")
    awake = irqs()
    rpm.pm_runtime_resume_and_get(awake.k, awake.controller())
    irq = awake.line(chip())
    awake.task("task probe", irq_set_chained_handler_and_data, irq, demux, None)
    assert awake.signals("sleep-in-atomic") == []


def test_a_reference_that_cannot_be_taken_warns_and_the_chained_line_starts_all_the_same(irqs):
    rig = irqs()
    rpm.pm_runtime_disable(rig.k, rig.controller())
    irq = rig.line(chip())
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    assert rig.core(irq) == RUNNING and "__irq_do_set_handler: irq_chip_pm_get() failed" in rig.warnings()


def test_uninstalling_what_was_not_installed_gives_a_reference_back_all_the_same(irqs):
    rig = irqs()
    ctl = rig.controller()
    irq = rig.line(chip())
    rpm.pm_runtime_resume_and_get(rig.k, ctl)
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    assert rig.usage("ctl") == 0
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    assert rig.usage("ctl") == 0
    assert rig.signals("pm-reference-underflow") and "__irq_do_set_handler: irq_chip_pm_put() failed" in rig.warnings()


@kernel
def call_eoi(k, irq):
    data = k.world.at(IrqData, irq)
    data.chip.call(k, "irq_eoi", data)
