"""Flow handlers (kernel/irq/chip.c, second half): entry, may not run, blocked, normal, exit.

Those of lines per CPU are in ``test_percpu.py``.  Polling and spurious interrupts are in ``test_spurious.py``,
NMIs in ``test_nmi.py``.
"""

from __future__ import annotations

import pytest
from irqrig import LAZY, MASKED, RUNNING, chip, demux, handled, log, threaded, waking
from pmrig import Journal

from irqlab.kernel.context import point, push_hardirq
from irqlab.kernel.irq.desc import chip_of
from irqlab.kernel.irq.flags import IRQCHIP_EOI_IF_HANDLED, IRQCHIP_EOI_THREADED, IRQF_ONESHOT, IRQF_SHARED
from irqlab.kernel.irq.flow import (
    chained_irq_enter,
    chained_irq_exit,
    handle_edge_eoi_irq,
    handle_edge_irq,
    handle_fasteoi_ack_irq,
    handle_fasteoi_irq,
    handle_fasteoi_mask_irq,
    handle_fasteoi_nmi,
    handle_nested_irq,
    handle_simple_irq,
    handle_untracked_irq,
)
from irqlab.kernel.irq.manage import disable_irq, disable_irq_nosync, enable_irq, free_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data, irq_set_nested_thread
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
ONESHOT_RUNNING = "STARTED ACTIVATED ONESHOT depth=0"


def running(irqs, *callbacks, release="6.12", flow=None, flags=0, handler=handled, thread_fn=None, irqflags=0, level=True):
    """A requested line, its journal empty."""
    rig = irqs(release)
    more = {"flow": flow} if flow is not None else {}
    irq = rig.line(chip(*callbacks, flags=flags), level=level, **more)
    assert rig.request(irq, handler, thread_fn, irqflags) == 0
    rig.entries()
    return rig, irq


# -- level -------------------------------------------------------------------------------


@RELEASES
def test_handle_level_irq_masks_runs_and_unmasks(irqs, release):
    rig, irq = running(irqs, "irq_ack", release=release)
    rig.interrupt(irq)
    assert rig.places() == ("irq_mask: desc", "irq_ack: desc", "handler:", "irq_unmask: desc")
    assert rig.core(irq) == RUNNING and rig.open(irq)
    assert [facts["name"] for facts in rig.signals("handler")] == ["user0"]


@RELEASES
def test_handle_level_irq_of_a_lazily_disabled_line_masks_it_and_notes_it(irqs, release):
    """The first interrupt after disable_irq() is what masks; enable_irq() forgets the note: the hardware raises it again."""
    rig, irq = running(irqs, release=release)
    disable_irq(rig.k, irq)
    assert rig.core(irq) == LAZY
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask",) and not rig.open(irq)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED PENDING depth=1"
    enable_irq(rig.k, irq)
    assert rig.entries() == ("irq_unmask",) and rig.core(irq) == RUNNING and rig.open(irq)


@RELEASES
def test_handle_level_irq_of_an_unused_line_masks_it_only_if_it_is_believed_open(irqs, release):
    """A fresh line is believed masked: ``mask_ack_irq()`` of a chip without ``irq_mask_ack`` does nothing, and it storms."""
    rig = irqs(release)
    irq = rig.line(chip())
    rig.set_line(irq, open=True)
    rig.interrupt(irq)
    assert rig.entries() == () and rig.open(irq)
    assert rig.core(irq) == "DISABLED MASKED PENDING depth=1"
    other = rig.line(chip("irq_mask_ack"), hwirq=4)
    rig.set_line(other, open=True)
    rig.interrupt(other)
    assert rig.entries() == ("irq_mask_ack",) and not rig.open(other)


def test_handle_level_irq_in_progress_leaves_it_masked_and_notes_nothing(irqs):
    rig, irq = running(irqs)
    rig.set_data(irq, inprogress=True)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask",) and not rig.open(irq)
    assert rig.core(irq) == "MASKED STARTED ACTIVATED INPROGRESS depth=0"


def test_handle_level_irq_clears_replay_unless_it_may_not_run(irqs):
    rig, irq = running(irqs)
    rig.set_desc(irq, replay=True)
    rig.set_data(irq, inprogress=True)
    rig.interrupt(irq)
    assert rig.desc(irq).replay
    rig.set_data(irq, inprogress=False)
    rig.interrupt(irq)
    assert rig.core(irq) == RUNNING


@pytest.mark.parametrize(
    ("disable", "calls", "after"), [(True, (), "DISABLED MASKED STARTED ACTIVATED depth=1"), (False, ("irq_unmask",), RUNNING)]
)
def test_handle_level_irq_stays_masked_if_its_handler_disabled_it(irqs, disable, calls, after):
    rig, irq = running(irqs, handler=disabling if disable else handled)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "disabling handler" if disable else "handler", *calls)
    assert rig.core(irq) == after and rig.open(irq) is not disable


@RELEASES
def test_handle_level_irq_of_a_oneshot_line_stays_masked_until_its_thread_is_done(irqs, release):
    rig, irq = running(irqs, release=release, handler=waking, thread_fn=threaded, irqflags=IRQF_ONESHOT)
    assert rig.core(irq) == ONESHOT_RUNNING
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "waking handler") and not rig.open(irq)
    assert rig.core(irq) == "MASKED STARTED ACTIVATED ONESHOT depth=0"
    assert (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (1, 1)


def test_handle_level_irq_of_a_oneshot_line_whose_handler_wakes_nobody_is_unmasked(irqs):
    rig, irq = running(irqs, handler=handled, thread_fn=threaded, irqflags=IRQF_ONESHOT)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "handler", "irq_unmask") and rig.core(irq) == ONESHOT_RUNNING


def test_a_threaded_line_without_oneshot_is_open_again_before_its_thread_has_run(irqs):
    rig, irq = running(irqs, handler=waking, thread_fn=threaded)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "waking handler", "irq_unmask") and rig.open(irq)
    assert (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (0, 1)


# -- fasteoi -------------------------------------------------------------------------------


@RELEASES
def test_handle_fasteoi_irq_ends_the_interrupt_and_touches_no_mask(irqs, release):
    rig, irq = running(irqs, "irq_eoi", release=release, flow=handle_fasteoi_irq)
    rig.interrupt(irq)
    assert rig.places() == ("handler:", "irq_eoi: desc") and rig.core(irq) == RUNNING and rig.open(irq)


@pytest.mark.parametrize(("flags", "eoi"), [(0, ("irq_eoi",)), (IRQCHIP_EOI_IF_HANDLED, ())])
def test_handle_fasteoi_irq_of_a_disabled_line_masks_it_and_notes_it(irqs, flags, eoi):
    rig, irq = running(irqs, "irq_eoi", flow=handle_fasteoi_irq, flags=flags)
    disable_irq(rig.k, irq)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", *eoi) and not rig.open(irq)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED PENDING depth=1"
    rig.interrupt(irq)
    assert rig.entries() == eoi  # masked once


def test_handle_fasteoi_irq_of_an_unused_line_notes_it_and_ends_it(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_eoi"), handle_fasteoi_irq)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_eoi",) and rig.core(irq) == "DISABLED MASKED PENDING depth=1"


@pytest.mark.parametrize(("flags", "eoi"), [(0, ("irq_eoi",)), (IRQCHIP_EOI_IF_HANDLED, ())])
@pytest.mark.parametrize(
    ("release", "resend", "noted"), [("6.12", True, True), ("6.12", False, False), ("6.1", True, False), ("6.1", False, False)]
)
def test_handle_fasteoi_irq_in_progress_is_noted_by_6_12_where_the_controller_needs_it(irqs, release, resend, noted, flags, eoi):
    """IRQD_RESEND_WHEN_IN_PROGRESS, which 6.1 does not know."""
    rig, irq = running(irqs, "irq_eoi", release=release, flow=handle_fasteoi_irq, flags=flags)
    rig.set_data(irq, inprogress=True, resend_when_in_progress=resend)
    rig.interrupt(irq)
    assert rig.entries() == eoi
    assert rig.core(irq) == f"STARTED ACTIVATED INPROGRESS {'PENDING ' if noted else ''}depth=0"


@pytest.mark.parametrize(
    ("release", "pending", "calls", "after"),
    [
        ("6.12", True, ("irq_retrigger",), "STARTED ACTIVATED REPLAY depth=0"),
        ("6.12", False, (), RUNNING),
        ("6.1", True, (), "STARTED ACTIVATED PENDING depth=0"),
    ],
)
def test_handle_fasteoi_irq_resends_in_6_12_what_came_while_its_handler_ran(irqs, release, pending, calls, after):
    handler = noting if pending else handled
    rig, irq = running(irqs, "irq_eoi", "irq_retrigger", release=release, flow=handle_fasteoi_irq, handler=handler, level=False)
    rig.interrupt(irq)
    assert rig.entries()[1:] == ("irq_eoi", *calls) and rig.core(irq) == after


@pytest.mark.parametrize(("flags", "eoi"), [(0, ("irq_eoi",)), (IRQCHIP_EOI_THREADED, ())])
def test_handle_fasteoi_irq_of_a_oneshot_line_masks_before_its_handler(irqs, flags, eoi):
    """EOI_THREADED chips end the interrupt when the thread is done."""
    rig, irq = running(
        irqs, "irq_eoi", flow=handle_fasteoi_irq, flags=flags, handler=waking, thread_fn=threaded, irqflags=IRQF_ONESHOT
    )
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "waking handler", *eoi)
    assert rig.core(irq) == "MASKED STARTED ACTIVATED ONESHOT depth=0" and not rig.open(irq)


@pytest.mark.parametrize("flags", [0, IRQCHIP_EOI_THREADED])
def test_handle_fasteoi_irq_of_a_oneshot_line_that_wakes_nobody_ends_and_unmasks(irqs, flags):
    rig, irq = running(irqs, "irq_eoi", flow=handle_fasteoi_irq, flags=flags, thread_fn=threaded, irqflags=IRQF_ONESHOT)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "handler", "irq_eoi", "irq_unmask") and rig.core(irq) == ONESHOT_RUNNING


# -- fasteoi, stacked ----------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("flow", "calls"),
    [
        (handle_fasteoi_ack_irq, ("irq_ack: desc", "handler:", "irq_eoi: desc")),
        (handle_fasteoi_mask_irq, ("irq_mask: desc", "irq_ack: desc", "handler:", "irq_eoi: desc")),
    ],
)
def test_the_stacked_fasteoi_handlers_acknowledge_before_the_actions(irqs, release, flow, calls):
    """handle_fasteoi_mask_irq() leaves the line masked: the chip's ``irq_eoi`` has to open it."""
    rig, irq = running(irqs, "irq_eoi", "irq_ack", release=release, flow=flow)
    rig.interrupt(irq)
    assert rig.places() == calls
    assert rig.core(irq) == (RUNNING if flow is handle_fasteoi_ack_irq else "MASKED STARTED ACTIVATED depth=0")


@pytest.mark.parametrize(("flags", "eoi"), [(0, ("irq_eoi",)), (IRQCHIP_EOI_IF_HANDLED, ())])
@pytest.mark.parametrize(
    ("flow", "blocked", "busy"),
    [(handle_fasteoi_ack_irq, ("irq_mask",), ()), (handle_fasteoi_mask_irq, ("irq_mask_ack",), ("irq_mask_ack",))],
)
def test_the_stacked_fasteoi_handlers_of_a_disabled_line_and_of_one_in_progress(irqs, flow, blocked, busy, flags, eoi):
    """6.12's resend of what came meanwhile is handle_fasteoi_irq()'s alone."""
    callbacks = ("irq_eoi", "irq_ack") if flow is handle_fasteoi_ack_irq else ("irq_eoi", "irq_mask_ack")
    rig, irq = running(irqs, *callbacks, flow=flow, flags=flags)
    rig.set_data(irq, inprogress=True, resend_when_in_progress=True)
    rig.interrupt(irq)
    assert rig.entries() == (*busy, *eoi) and not rig.desc(irq).pending
    rig.set_data(irq, inprogress=False)
    disable_irq(rig.k, irq)
    rig.interrupt(irq)
    assert rig.entries() == (*blocked, *eoi) and rig.desc(irq).pending


@pytest.mark.parametrize("flow", [handle_fasteoi_ack_irq, handle_fasteoi_mask_irq])
def test_the_stacked_fasteoi_handlers_open_a_oneshot_line_that_wakes_nobody(irqs, flow):
    rig, irq = running(irqs, "irq_eoi", "irq_ack", flow=flow, thread_fn=threaded, irqflags=IRQF_ONESHOT)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "irq_ack", "handler", "irq_eoi", "irq_unmask")
    assert rig.core(irq) == ONESHOT_RUNNING


# -- edge ----------------------------------------------------------------------------------


def edge(irqs, *callbacks, flow=handle_edge_irq, **more):
    return running(irqs, "irq_ack", *callbacks, flow=flow, level=False, **more)


@RELEASES
def test_handle_edge_irq_acknowledges_before_the_actions_and_masks_nothing(irqs, release):
    rig, irq = edge(irqs, release=release)
    rig.set_desc(irq, replay=True)
    rig.interrupt(irq)
    assert rig.places() == ("irq_ack: desc", "handler:") and rig.core(irq) == RUNNING


@RELEASES
@pytest.mark.parametrize("why", ["disabled", "in progress", "nobody"])
def test_handle_edge_irq_that_cannot_be_handled_is_masked_acknowledged_and_noted(irqs, release, why):
    """The note is what enable_irq() resends: an edge does not come again."""
    rig, irq = edge(irqs, release=release)
    if why == "disabled":
        disable_irq(rig.k, irq)
    elif why == "in progress":
        rig.set_data(irq, inprogress=True)
    else:
        rig.free(irq)
        rig.set_data(irq, masked=False)
    rig.entries()
    rig.set_desc(irq, replay=True)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "irq_ack") and not rig.open(irq)
    assert rig.desc(irq).pending and not rig.desc(irq).replay and rig.data(irq).masked


@kernel
def edges(k, irq, dev_id):
    """Twice another edge comes while the handler runs (on another CPU: the line is masked there)."""
    from irqlab.kernel.irq.desc import IrqDesc
    from irqlab.kernel.irq.flow import handle_edge_irq as flow

    log(k, irq, "handler")
    if k.world.at(Journal).entries.count("handler") < 3:
        flow(k, k.world.at(IrqDesc, irq))
    return 1


def test_handle_edge_irq_runs_again_for_what_came_meanwhile_and_opens_the_line_before(irqs):
    rig, irq = edge(irqs, handler=edges)
    rig.interrupt(irq)
    again = ("irq_mask", "irq_ack", "irq_unmask", "handler")
    assert rig.entries() == ("irq_ack", "handler", *again, *again)
    assert rig.core(irq) == RUNNING and rig.open(irq)


@kernel
def leaving(k, irq, dev_id):
    """The handler's own action is gone, and another edge has come, when it is done."""
    from irqlab.kernel.irq.desc import IrqDesc

    log(k, irq, "handler")
    desc = k.world.at(IrqDesc, irq)
    desc.pending, desc.actions = True, ()
    return 1


def test_handle_edge_irq_masks_a_line_whose_last_action_went_while_it_ran(irqs):
    rig, irq = edge(irqs, handler=leaving)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_ack", "handler", "irq_mask") and not rig.open(irq)


@pytest.mark.parametrize("disable", [True, False])
def test_handle_edge_irq_does_not_run_again_once_it_is_disabled(irqs, disable):
    """What came meanwhile stays noted, for enable_irq()."""
    rig, irq = edge(irqs, handler=disabling if disable else noting_once)
    if disable:
        rig.set_desc(irq, pending=True)
    rig.interrupt(irq)
    assert rig.entries().count("disabling handler" if disable else "handler") == (1 if disable else 2)


def test_handle_edge_irq_of_a_chip_without_ack_is_a_null_pointer(irqs):
    rig, irq = running(irqs, flow=handle_edge_irq, level=False)
    rig.interrupt(irq)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == ["chip->irq_ack"]


@pytest.mark.parametrize(
    ("disabled", "inprogress", "calls"),
    [(False, False, ("handler", "irq_eoi")), (True, False, ("irq_eoi",)), (False, True, ("irq_eoi",))],
)
def test_handle_edge_eoi_irq_only_ends_the_interrupt(irqs, disabled, inprogress, calls):
    """CONFIG_IRQ_EDGE_EOI_HANDLER: no mask, no ack."""
    rig, irq = edge(irqs, "irq_eoi", flow=handle_edge_eoi_irq)
    if disabled:
        disable_irq(rig.k, irq)
    rig.set_data(irq, inprogress=inprogress)
    rig.interrupt(irq)
    assert rig.entries() == calls and rig.desc(irq).pending is (disabled or inprogress) and rig.open(irq)


def test_handle_edge_eoi_irq_runs_again_for_what_came_meanwhile(irqs):
    rig, irq = edge(irqs, "irq_eoi", flow=handle_edge_eoi_irq, handler=noting_once)
    rig.interrupt(irq)
    assert rig.entries() == ("handler", "handler", "irq_eoi")


# -- simple and untracked --------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize("flow", [handle_simple_irq, handle_untracked_irq])
@pytest.mark.parametrize(
    ("disabled", "inprogress", "calls", "pending"),
    [(False, False, ("handler:",), False), (True, False, (), True), (False, True, (), False)],
)
def test_handle_simple_irq_and_untracked_call_no_chip(irqs, release, flow, disabled, inprogress, calls, pending):
    """A disabled line is noted; one in progress is lost."""
    rig, irq = running(irqs, "irq_ack", "irq_eoi", "irq_mask_ack", release=release, flow=flow, level=False)
    if disabled:
        disable_irq(rig.k, irq)
    rig.set_data(irq, inprogress=inprogress)
    rig.interrupt(irq)
    assert rig.places() == calls
    assert rig.desc(irq).pending is pending and rig.data(irq).inprogress is inprogress


@pytest.mark.parametrize(("eoi", "calls"), [(True, ("handler", "irq_eoi")), (False, ("handler",))])
def test_handle_fasteoi_nmi_runs_its_action_whatever_the_core_believes(irqs, eoi, calls):
    rig, irq = running(irqs, *(["irq_eoi"] if eoi else []), flow=handle_fasteoi_nmi)
    rig.set_data(irq, inprogress=True, disabled=True)
    rig.interrupt(irq)
    assert rig.places() == tuple(f"{call}:" for call in calls) and not rig.desc(irq).pending


def test_handle_fasteoi_nmi_of_a_line_nobody_has_requested_is_a_null_pointer(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_eoi"), handle_fasteoi_nmi)
    rig.interrupt(irq)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == ["desc->action"] and rig.entries() == ()


# -- nested --------------------------------------------------------------------------------


def nested(irqs, release="6.12", **more):
    """A nested line, requested; its journal empty."""
    rig = irqs(release)
    irq = rig.line(chip("irq_bus_lock", "irq_bus_sync_unlock"), handle_simple_irq, level=False)
    irq_set_nested_thread(rig.k, irq, True)
    assert rig.request(irq, handled, threaded, **more) == 0
    rig.entries()
    return rig, irq


@kernel
def watching(k, irq, dev_id):
    """Writes down what the core knows of a nested handler that runs."""
    from irqlab.kernel.irq.desc import IrqDesc

    desc = k.world.at(IrqDesc, irq)
    log(k, irq, f"thread active={desc.threads_active} inprogress={desc.irq_data.inprogress}")
    return 1


@pytest.mark.parametrize(("release", "active", "inprogress"), [("6.1", 0, True), ("6.12", 1, False)])
def test_handle_nested_irq_is_in_progress_in_6_1_and_a_thread_in_6_12(irqs, release, active, inprogress):
    rig, irq = nested(irqs, release, flags=IRQF_SHARED)
    rig.set_action(irq, thread_fn=watching)
    rig.task("irq/1-parent", handle_nested_irq, irq)
    assert rig.entries() == (f"thread active={active} inprogress={inprogress}",)
    assert (rig.desc(irq).threads_active, rig.data(irq).inprogress) == (0, False)
    assert [facts["irq"] for facts in rig.signals("thread-handler")] == [irq] and rig.signals("handler") == []


@RELEASES
def test_handle_nested_irq_of_a_disabled_line_is_noted(irqs, release):
    rig, irq = nested(irqs, release)
    disable_irq_nosync(rig.k, irq)
    rig.entries()
    rig.task("irq/1-parent", handle_nested_irq, irq)
    assert rig.entries() == () and rig.desc(irq).pending


@RELEASES
def test_handle_nested_irq_sleeps(irqs, release):
    rig, irq = nested(irqs, release)
    rig.task("fine", handle_nested_irq, irq)
    assert rig.signals("sleep-in-atomic") == []
    context = push_hardirq(rig.k, handle_nested_irq, (irq,))
    while context.exists and rig.step(context):
        pass
    assert rig.signals("sleep-in-atomic")[0]["what"] == "handle_nested_irq()"


@kernel
def slow_thread(k, irq, dev_id):
    log(k, irq, "begins")
    point(k, "in the middle")
    log(k, irq, "ends")
    return 1


@pytest.mark.parametrize(
    ("release", "waits"),
    [("6.1", "spins until irq 1 is no longer in progress"), ("6.12", "sleeps until the threads of irq 1 are done")],
)
@pytest.mark.parametrize("call", [free_irq, disable_irq])
def test_free_irq_and_disable_irq_wait_for_a_nested_handler(irqs, release, waits, call):
    """__free_irq() of 6.1 waits for INPROGRESS, that of 6.12 for threads_active too: nested handlers no longer use the former."""
    rig, irq = nested(irqs, release)
    rig.set_action(irq, thread_fn=slow_thread)
    parent = rig.start("irq/1-parent", handle_nested_irq, irq)
    rig.run(parent, lambda: "begins" in rig.world.at(Journal).entries)
    assert parent.exists
    other = rig.start("task a", call, irq, *([rig.who()] if call is free_irq else []))
    rig.go_on(other)
    assert other.waits_for == waits
    rig.run(parent)
    assert not parent.exists and not rig.go_on(other).exists


def test_handle_nested_irq_runs_every_action_of_a_shared_line(irqs):
    rig, irq = nested(irqs, flags=IRQF_SHARED)
    assert rig.request(irq, handled, threaded, IRQF_SHARED, who=1) == 0
    rig.entries()
    rig.task("irq/1-parent", handle_nested_irq, irq)
    assert rig.entries() == ("thread", "thread")


def test_handle_nested_irq_of_an_action_without_thread_function_is_a_null_pointer(irqs):
    """It was requested before the line became a nested one; and nobody looks whether there is a descriptor."""
    rig, irq = running(irqs, flow=handle_simple_irq)
    rig.task("irq/1-parent", handle_nested_irq, irq)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == ["action->thread_fn"]
    rig, _ = running(irqs)
    rig.task("irq/1-parent", handle_nested_irq, 99)
    assert [facts["what"] for facts in rig.signals("null-pointer")] == ["desc"]


# -- chained -------------------------------------------------------------------------------


@kernel
def demultiplex(k, desc):
    chained_irq_enter(k, chip_of(desc), desc)
    log(k, desc.irq, "demux")
    chained_irq_exit(k, chip_of(desc), desc)


@pytest.mark.parametrize(
    ("callbacks", "calls"),
    [
        (("irq_eoi",), ("demux", "irq_eoi")),
        (("irq_eoi", "irq_mask_ack", "irq_ack"), ("demux", "irq_eoi")),
        (("irq_mask_ack", "irq_ack"), ("irq_mask_ack", "demux", "irq_unmask")),
        (("irq_ack",), ("irq_mask", "irq_ack", "demux", "irq_unmask")),
        ((), ("irq_mask", "demux", "irq_unmask")),
    ],
)
def test_chained_irq_enter_and_exit_go_straight_to_the_chip_without_desc_lock(irqs, callbacks, calls):
    rig = irqs()
    irq = rig.line(chip(*callbacks))
    irq_set_chained_handler_and_data(rig.k, irq, demultiplex, None)
    rig.entries()
    rig.interrupt(irq)
    assert rig.places() == tuple(f"{call}:" for call in calls)
    assert rig.core(irq) == RUNNING and rig.open(irq)


def test_a_chained_line_is_unmasked_at_exit_although_it_is_disabled(irqs):
    """No look at DISABLED, no PENDING: the core goes on believing what it believed."""
    rig = irqs()
    irq = rig.line(chip())
    irq_set_chained_handler_and_data(rig.k, irq, demultiplex, None)
    rig.entries()
    rig.set_desc(irq, disable_unlazy=True)
    disable_irq_nosync(rig.k, irq)
    assert rig.entries() == ("irq_mask",) and rig.core(irq) == MASKED and not rig.open(irq)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "demux", "irq_unmask")
    assert rig.core(irq) == MASKED and rig.open(irq)


def test_a_chained_line_runs_no_action_and_takes_no_reference(irqs):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    rig.controller()
    rig.interrupt(irq)
    assert rig.entries() == ("demux",) and rig.signals("handler") == [] and rig.usage("ctl") == 0


def test_an_uninstalled_chained_line_is_an_unexpected_interrupt(irqs):
    rig = irqs()
    irq = rig.line(chip())
    irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    irq_set_chained_handler_and_data(rig.k, irq, None, None)
    rig.interrupt(irq)
    assert [facts["irq"] for facts in rig.signals("unexpected-irq")] == [irq]


@kernel
def disabling(k, irq, dev_id):
    log(k, irq, "disabling handler")
    disable_irq_nosync(k, irq)
    return 1


@kernel
def noting(k, irq, dev_id):
    """Another CPU takes the interrupt meanwhile (6.12 notes it)."""
    from irqlab.kernel.irq.desc import IrqDesc

    log(k, irq, "handler")
    k.world.at(IrqDesc, irq).pending = True
    return 1


@kernel
def noting_once(k, irq, dev_id):
    """Another interrupt comes while the handler runs for the first time."""
    from irqlab.kernel.irq.desc import IrqDesc

    k.world.at(IrqDesc, irq).pending = "handler" not in k.world.at(Journal).entries
    log(k, irq, "handler")
    return 1
