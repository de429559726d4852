"""Flow handlers (kernel/irq/chip.c, second half): entry, may not run, blocked, normal, exit.

Left out: edge, simple, untracked, per-CPU, nested and NMI handlers, polling (``irq_check_poll()``), spurious interrupts.
"""

from __future__ import annotations

import pytest
from irqrig import LAZY, MASKED, RUNNING, chip, demux, handled, log, threaded, waking

from irqlab.kernel.irq.chip import irq_set_chained_handler_and_data
from irqlab.kernel.irq.desc import IRQCHIP_EOI_IF_HANDLED, IRQCHIP_EOI_THREADED, IRQF_ONESHOT, chip_of
from irqlab.kernel.irq.flow import chained_irq_enter, chained_irq_exit, handle_fasteoi_irq
from irqlab.kernel.irq.manage import disable_irq, disable_irq_nosync, enable_irq
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
