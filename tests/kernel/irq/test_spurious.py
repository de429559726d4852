"""Lines that interrupt although nobody has anything to do (kernel/irq/spurious.c; 6.1.192 and 6.12.117 agree).

The windows here are small (``Config.spurious``); the property test holds the counting against the kernel's own numbers.
Left out: waiting for a poll on another CPU, ``irq_count`` of lines that nobody watches.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from irqrig import MASKED, RUNNING, chip, handled, log

from irqlab.kernel.irq.desc import irq_free_desc
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_IS_POLLED,
    IRQ_NONE,
    IRQ_WAKE_THREAD,
    IRQF_IRQPOLL,
    IRQF_NO_DEBUG,
    IRQF_ONESHOT,
    IRQF_PERCPU,
    IRQF_SHARED,
    IRQF_TIMER_BIT,
)
from irqlab.kernel.irq.flow import handle_edge_irq, handle_nested_irq, handle_simple_irq, handle_untracked_irq
from irqlab.kernel.irq.manage import enable_irq
from irqlab.kernel.irq.percpu import handle_percpu_irq
from irqlab.kernel.irq.resend import push_softirq
from irqlab.kernel.irq.setup import irq_set_nested_thread, irq_set_status_flags
from irqlab.kernel.irq.spurious import (
    IRQFIXUP,
    IRQPOLL,
    Polling,
    PollTimer,
    note_interrupt,
    note_thread,
    poll_pending,
    poll_spurious_irqs,
    unhandled_ages,
    unhandled_may_age,
)
from irqlab.kernel.irq.thread import irq_thread
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
#: Shut down by the detector, lazily: the chip has no ``irq_disable``; in progress until the flow handler is done.
LAZY = "DISABLED STARTED ACTIVATED depth=1"


@kernel
def unhandled(k, irq, dev_id):
    log(k, irq, "unhandled")
    return IRQ_NONE


@kernel
def answering(k, irq, dev_id):
    """Answers what the test wants."""
    return log(k, irq, "answering")


@kernel
def bogus(k, irq, dev_id):
    return 4


@kernel
def negative(k, irq, dev_id):
    return -1


@kernel
def waking(k, irq, dev_id):
    return IRQ_WAKE_THREAD


@kernel
def idle_thread(k, irq, dev_id):
    return IRQ_NONE


@kernel
def busy_thread(k, irq, dev_id):
    return IRQ_HANDLED


def watching(irqs, window=3, release="6.12", fixup=0):
    rig = irqs(release)
    rig.k.config = replace(rig.k.config, spurious=window, irqfixup=fixup)
    return rig


def line(rig, *callbacks, handler=unhandled, flags=0, hwirq=3, **more):
    irq = rig.line(chip(*callbacks), hwirq=hwirq, **more)
    assert rig.request(irq, handler, flags=flags) == 0
    rig.entries()
    return irq


def storm(rig, irq, times):
    for _ in range(times):
        rig.interrupt(irq)


def counts(rig, irq):
    """How many interrupts are looked at, and how many of them nobody handled."""
    return rig.desc(irq).irq_count, rig.desc(irq).irqs_unhandled


def detection(rig, irq):
    """Everything the detector keeps of a line."""
    desc = rig.desc(irq)
    return (
        desc.spurious_disabled,
        desc.poll_inprogress,
        desc.unhandled_aged,
        desc.threads_handled,
        desc.deferred,
        *counts(rig, irq),
    )


def shut(rig, irq):
    return rig.desc(irq).spurious_disabled


def poll(rig):
    """The poll timer fires."""
    context = push_softirq(rig.k, poll_spurious_irqs)
    while context.exists and rig.step(context):
        pass


# -- the threshold -----------------------------------------------------------------------------------------------------


@RELEASES
def test_note_interrupt_shuts_a_line_down_that_nobody_handles(irqs, release):
    """As many unhandled interrupts as the window is long: IRQS_SPURIOUS_DISABLED, one disable, the poll timer."""
    rig = watching(irqs, release=release)
    irq = line(rig)
    storm(rig, irq, 2)
    assert counts(rig, irq) == (2, 2) and not shut(rig, irq) and not rig.warnings()
    rig.entries()
    storm(rig, irq, 1)
    assert shut(rig, irq) and counts(rig, irq) == (0, 0) and rig.world.at(PollTimer).exists
    assert rig.warnings() == [f'irq {irq}: nobody cared (try booting with the "irqpoll" option)']
    # the level flow has masked it, and does not unmask what is disabled
    assert rig.entries() == ("irq_mask", "unhandled") and rig.core(irq) == MASKED and not rig.open(irq)


def test_irq_disable_of_the_detector_calls_the_chip_in_the_hard_interrupt_without_desc_lock(irqs):
    rig = watching(irqs, 1)
    irq = line(rig, "irq_disable", "irq_ack", flow=handle_edge_irq, level=False)
    rig.interrupt(irq)
    assert rig.places() == ("irq_ack: desc", "unhandled:", "irq_disable:")
    assert rig.core(irq) == MASKED


def test_a_lazily_disabled_edge_line_stays_open_until_it_interrupts_again(irqs):
    rig = watching(irqs, 1)
    irq = line(rig, "irq_ack", flow=handle_edge_irq, level=False)
    rig.interrupt(irq)
    assert rig.core(irq) == LAZY and rig.open(irq)
    rig.interrupt(irq)
    assert not rig.open(irq) and rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED PENDING depth=1"


def test_one_handled_interrupt_in_the_window_saves_the_line(irqs):
    """The nearest neighbour of the storm: the window is emptied, and the next one begins with the next unhandled interrupt."""
    rig = watching(irqs)
    irq = line(rig, handler=answering)
    for answer in (IRQ_NONE, IRQ_HANDLED, IRQ_NONE):
        rig.answer("answering", answer)
        rig.interrupt(irq)
    assert counts(rig, irq) == (0, 0) and not shut(rig, irq) and rig.core(irq) == RUNNING
    rig.answer("answering", IRQ_HANDLED)
    storm(rig, irq, 5)
    assert counts(rig, irq) == (0, 0)  # handled interrupts alone are not counted


@pytest.mark.parametrize(("handled_", "trips"), [(99, True), (100, False)])
def test_the_kernels_own_window_forgives_99_of_100_000(irqs, handled_, trips):
    """``irqs_unhandled > 99900`` when ``irq_count`` comes to 100 000."""
    rig = watching(irqs, 100_000)
    irq = line(rig)
    rig.set_desc(irq, irq_count=99_999, irqs_unhandled=99_999 - handled_)
    rig.interrupt(irq)
    assert shut(rig, irq) is trips and counts(rig, irq) == (0, 0)


def test_without_detection_nothing_is_counted(irqs):
    """The default is ``noirqdebug``: no field of the descriptor ever changes for it, so no state is added."""
    rig = watching(irqs, 0)
    irq = line(rig)
    fresh = detection(rig, irq)
    storm(rig, irq, 5)
    assert detection(rig, irq) == fresh and rig.core(irq) == RUNNING and not rig.warnings()
    threaded = rig.line(chip(), hwirq=4)
    assert rig.request(threaded, waking, busy_thread, IRQF_ONESHOT) == 0
    turns(rig, threaded, 2)
    assert detection(rig, threaded) == fresh and not rig.world.at(PollTimer).exists


@pytest.mark.parametrize(
    ("flags", "setting", "trips"),
    [
        (IRQF_PERCPU | IRQF_NO_DEBUG, 0, False),
        (IRQF_NO_DEBUG, 0, True),  # IRQF_NO_DEBUG is for lines that are per CPU
        (IRQF_PERCPU, 0, True),
        (0, IRQ_IS_POLLED, False),
    ],
)
def test_lines_that_note_interrupt_leaves_alone(irqs, flags, setting, trips):
    rig = watching(irqs, 1)
    irq = rig.line(chip())
    if setting:
        irq_set_status_flags(rig.k, irq, setting)
    assert rig.request(irq, unhandled, flags=flags) == 0
    rig.interrupt(irq)
    assert shut(rig, irq) is trips


@pytest.mark.parametrize(("flow", "trips"), [(handle_simple_irq, True), (handle_percpu_irq, True), (handle_untracked_irq, False)])
def test_which_flow_handlers_note_interrupts(irqs, flow, trips):
    """``handle_untracked_irq()`` calls ``__handle_irq_event_percpu()``, which notes nothing."""
    rig = watching(irqs, 1)
    irq = line(rig, flow=flow)
    rig.interrupt(irq)
    assert shut(rig, irq) is trips


@pytest.mark.parametrize(("handler", "shown"), [(bogus, "4"), (negative, "ffffffff")])
def test_a_bogus_return_value_is_told_and_not_counted(irqs, handler, shown):
    rig = watching(irqs, 1)
    irq = line(rig, handler=handler)
    rig.interrupt(irq)
    assert rig.warnings() == [f"irq event {irq}: bogus return value {shown}"]
    assert counts(rig, irq) == (0, 0) and not shut(rig, irq)


def test_every_handler_of_a_shared_line_is_asked_before_it_counts_as_unhandled(irqs):
    rig = watching(irqs, 1)
    irq = line(rig, flags=IRQF_SHARED)
    assert rig.request(irq, handled, flags=IRQF_SHARED, who=1) == 0
    storm(rig, irq, 3)
    assert not shut(rig, irq)
    rig.free(irq, who=1)
    rig.interrupt(irq)
    assert shut(rig, irq)


# -- 100 ms ------------------------------------------------------------------------------------------------------------


def test_unhandled_interrupts_that_are_100_ms_apart_shut_nothing_down(irqs):
    """``time_after(jiffies, last_unhandled + HZ/10)``: the count begins again, the window goes on."""
    rig = watching(irqs)
    irq = line(rig)
    assert not unhandled_may_age(rig.desc(irq))
    storm(rig, irq, 2)
    assert unhandled_may_age(rig.desc(irq))
    unhandled_ages(rig.desc(irq))
    assert not unhandled_may_age(rig.desc(irq))
    rig.interrupt(irq)
    assert not shut(rig, irq) and counts(rig, irq) == (0, 0)
    storm(rig, irq, 3)
    assert shut(rig, irq)


# -- threads -----------------------------------------------------------------------------------------------------------


def turns(rig, irq, times):
    for _ in range(times):
        rig.interrupt(irq)
        irq_thread(rig.k, rig.action(irq))


@RELEASES
@pytest.mark.parametrize(("thread", "trips"), [(idle_thread, True), (busy_thread, False)])
def test_a_threaded_line_is_judged_one_interrupt_later(irqs, release, thread, trips):
    """SPURIOUS_DEFERRED: the first interrupt is only noted; what its thread did is asked when the next one comes."""
    rig = watching(irqs, 2, release)
    irq = rig.line(chip())
    assert rig.request(irq, waking, thread, IRQF_ONESHOT) == 0
    turns(rig, irq, 1)
    assert counts(rig, irq) == (0, 0) and rig.desc(irq).deferred and rig.desc(irq).threads_handled is not trips
    turns(rig, irq, 1)
    assert counts(rig, irq) == ((1, 1) if trips else (0, 0)) and not shut(rig, irq)
    turns(rig, irq, 1)
    assert shut(rig, irq) is trips


def test_a_primary_handler_that_cared_ends_the_deferring(irqs):
    rig = watching(irqs, 1)
    irq = line(rig, handler=answering)
    rig.set_desc(irq, deferred=True)
    note_interrupt(rig.k, rig.desc(irq), IRQ_WAKE_THREAD | IRQ_HANDLED)
    assert not rig.desc(irq).deferred and counts(rig, irq) == (0, 0)
    note_interrupt(rig.k, rig.desc(irq), IRQ_WAKE_THREAD)
    assert rig.desc(irq).deferred and not shut(rig, irq)
    note_interrupt(rig.k, rig.desc(irq), IRQ_WAKE_THREAD)
    assert shut(rig, irq)


@RELEASES
@pytest.mark.parametrize(("thread", "trips"), [(idle_thread, True), (busy_thread, False)])
def test_handle_nested_irq_judges_the_thread_function_at_once(irqs, release, thread, trips):
    rig = watching(irqs, 1, release)
    irq = rig.line(chip(), handle_simple_irq)
    irq_set_nested_thread(rig.k, irq, True)
    assert rig.request(irq, None, thread, IRQF_ONESHOT) == 0
    handle_nested_irq(rig.k, irq)
    assert shut(rig, irq) is trips and not rig.desc(irq).deferred and not rig.desc(irq).threads_handled


# -- another chance ----------------------------------------------------------------------------------------------------


def test_setup_irq_of_a_shared_line_that_was_shut_down_enables_it_again(irqs):
    rig = watching(irqs, 1)
    irq = line(rig, flags=IRQF_SHARED)
    rig.interrupt(irq)
    assert shut(rig, irq) and not rig.open(irq)
    assert rig.request(irq, handled, flags=IRQF_SHARED, who=1) == 0
    assert not shut(rig, irq) and rig.core(irq) == RUNNING and rig.open(irq)


def test_setup_irq_of_a_shared_line_that_its_user_disabled_leaves_it_disabled(irqs):
    """The neighbour: the depth says so, not the flag."""
    rig = watching(irqs, 1)
    irq = line(rig, flags=IRQF_SHARED)
    rig.interrupt(irq)
    rig.set_desc(irq, spurious_disabled=False)
    assert rig.request(irq, handled, flags=IRQF_SHARED, who=1) == 0
    assert rig.core(irq) == MASKED


def test_setup_irq_begins_counting_again(irqs):
    rig = watching(irqs)
    irq = line(rig, flags=IRQF_SHARED)
    storm(rig, irq, 2)
    assert rig.request(irq, unhandled, flags=IRQF_SHARED, who=1) == 0
    assert counts(rig, irq) == (0, 0)
    storm(rig, irq, 2)
    assert not shut(rig, irq)


def test_enable_irq_opens_the_line_and_keeps_spurious_disabled_until_it_is_requested_anew(irqs):
    rig = watching(irqs, 1)
    irq = line(rig)
    rig.interrupt(irq)
    enable_irq(rig.k, irq)
    assert rig.core(irq) == RUNNING and shut(rig, irq)
    rig.free(irq)
    assert shut(rig, irq)
    assert rig.request(irq, unhandled) == 0
    assert not shut(rig, irq)


# -- polling -----------------------------------------------------------------------------------------------------------


def stuck(irqs, handler=answering, flags=IRQF_SHARED, **more):
    """A line that was shut down, its journal empty; the handler has something to do from now on."""
    rig = watching(irqs, 1, **more)
    irq = line(rig, handler=handler, flags=flags)
    rig.interrupt(irq)
    assert shut(rig, irq)
    rig.answer("answering", IRQ_HANDLED)
    rig.entries()
    return rig, irq


@RELEASES
def test_poll_spurious_irqs_calls_the_handlers_of_a_shared_line_that_was_shut_down(irqs, release):
    """The chip is not touched, and the line stays shut down, whatever the handler says."""
    rig, irq = stuck(irqs, release=release)
    assert poll_pending(rig.k)
    for _ in range(2):
        poll(rig)
        assert rig.places() == ("answering:",)
    assert shut(rig, irq) and rig.core(irq) == MASKED and counts(rig, irq) == (0, 0)
    assert not rig.desc(irq).poll_inprogress and not rig.world.at(Polling).exists and poll_pending(rig.k)


def test_poll_spurious_irqs_leaves_lines_alone_that_are_not_shared(irqs):
    rig, irq = stuck(irqs, flags=0)
    poll(rig)
    assert rig.entries() == () and shut(rig, irq)


def test_poll_spurious_irqs_leaves_timers_alone(irqs):
    rig, irq = stuck(irqs)
    rig.set_action(irq, flags=IRQF_SHARED | IRQF_TIMER_BIT)
    poll(rig)
    assert rig.entries() == ()


def test_the_poll_timer_has_nothing_to_do_once_no_line_is_shut_down(irqs):
    rig, irq = stuck(irqs)
    rig.set_desc(irq, spurious_disabled=False)
    assert not poll_pending(rig.k) and rig.world.at(PollTimer).exists


def test_soft_interrupts_do_not_nest(irqs):
    rig, _ = stuck(irqs)
    push_softirq(rig.k, poll_spurious_irqs)
    assert not poll_pending(rig.k)


def test_an_interrupt_that_came_during_the_poll_is_polled_for_too(irqs):
    rig, irq = stuck(irqs, handler=coming_again)
    poll(rig)
    assert rig.entries() == ("coming again", "coming again") and not rig.desc(irq).pending


@kernel
def coming_again(k, irq, dev_id):
    """Once, the line is noted as pending while its handler runs."""
    from irqlab.kernel.irq.desc import IrqDesc

    desc = k.world.at(IrqDesc, irq)
    if log(k, irq, "coming again") == 0 and desc.poll_inprogress and not desc.replay:
        desc.replay = desc.pending = True
    return IRQ_NONE


def test_an_interrupt_of_a_line_that_is_being_polled_on_this_cpu_may_not_run(irqs):
    """``irq_wait_for_poll()`` shouts: the poller would have to have turned interrupts on."""
    rig = watching(irqs)
    irq = line(rig)
    rig.set_data(irq, inprogress=True)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask",) and not rig.warnings()
    rig.set_desc(irq, poll_inprogress=True)
    rig.interrupt(irq)
    assert rig.entries() == () and rig.warnings() == [f"irq poll in progress on cpu 0 for irq {irq}"]


@pytest.mark.parametrize(
    ("fixup", "own", "flags", "others"),
    [
        (0, IRQ_NONE, 0, 0),
        (IRQFIXUP, IRQ_NONE, 0, 1),
        (IRQFIXUP, IRQ_HANDLED, IRQF_IRQPOLL, 0),
        (IRQPOLL, IRQ_HANDLED, IRQF_IRQPOLL, 1),
        (IRQPOLL, IRQ_HANDLED, 0, 0),
        (IRQPOLL, IRQ_NONE, 0, 1),
    ],
)
def test_misrouted_irq_asks_the_other_shared_lines(irqs, fixup, own, flags, others):
    """``irqfixup`` after an unhandled interrupt, ``irqpoll`` after a handled one of IRQF_IRQPOLL too."""
    rig = watching(irqs, 2, fixup=fixup)
    irq = line(rig, handler=answering, flags=flags)
    line(rig, handler=handled, flags=IRQF_SHARED, hwirq=4)
    line(rig, handler=handled, hwirq=5)  # not shared
    rig.answer("answering", own)
    rig.interrupt(irq)
    assert rig.entries().count("handler") == others and not rig.world.at(Polling).exists
    # an interrupt whose owner was found elsewhere is not counted
    assert counts(rig, irq) == ((1, 1) if own == IRQ_NONE and not others else (0, 0))


def test_misrouted_irq_leaves_disabled_lines_alone_and_tells_those_in_progress(irqs):
    rig = watching(irqs, 5, fixup=IRQFIXUP)
    irq = line(rig)
    other = line(rig, handler=handled, flags=IRQF_SHARED, hwirq=4)
    rig.set_data(other, inprogress=True)
    rig.interrupt(irq)
    assert "handler" not in rig.entries() and rig.desc(other).pending and counts(rig, irq) == (1, 1)
    rig.set_data(other, inprogress=False, disabled=True)
    rig.set_desc(other, pending=False)
    rig.interrupt(irq)
    assert "handler" not in rig.entries() and not rig.desc(other).pending


def test_misrouted_irq_asks_nobody_while_somebody_polls(irqs):
    rig = watching(irqs, 5, fixup=IRQFIXUP)
    irq = line(rig)
    line(rig, handler=handled, flags=IRQF_SHARED, hwirq=4)
    rig.world.new(Polling, count=1)
    rig.interrupt(irq)
    assert "handler" not in rig.entries() and rig.world.at(Polling).count == 1


def test_a_freed_descriptor_takes_its_counts_with_it(irqs):
    rig = watching(irqs)
    irq = line(rig)
    storm(rig, irq, 2)
    rig.free(irq)
    irq_free_desc(rig.k, irq)
    assert not unhandled_may_age(rig.desc(irq))


# -- the state machine ---------------------------------------------------------------------------------------------------

WINDOW = 4
DEFERRED = 0x80000000


class Numbers:
    """``note_interrupt()`` with the kernel's numbers: jiffies, and counts of threads that never come back."""

    def __init__(self):
        self.now = 10_000
        self.last_unhandled = self.count = self.unhandled = self.handled = self.last = 0
        self.shut = False

    def note(self, result):
        if result & IRQ_WAKE_THREAD:
            if result == IRQ_WAKE_THREAD:
                if not self.last & DEFERRED:
                    self.last |= DEFERRED
                    return
                if self.handled | DEFERRED != self.last:
                    result, self.last = IRQ_HANDLED, self.handled | DEFERRED
                else:
                    result = IRQ_NONE
            else:
                self.last &= ~DEFERRED
        if result == IRQ_NONE:
            self.unhandled = 1 if self.now > self.last_unhandled + 100 else self.unhandled + 1
            self.last_unhandled = self.now
        if not self.unhandled:
            return
        self.count += 1
        if self.count >= WINDOW:
            self.shut |= self.unhandled >= WINDOW
            self.count = self.unhandled = 0


#: One interrupt's answer, a thread's answer (10 more), or 200 ms.
STEPS = st.lists(st.sampled_from([0, 1, 2, 3, 10, 11, "time"]), max_size=40)


@settings(max_examples=150, deadline=None)
@given(steps=STEPS)
def test_the_counting_is_the_kernels_own_for_every_order(steps):
    from irqrig import make_irqs

    rig = watching(make_irqs, WINDOW)
    irq = line(rig)
    desc, numbers = rig.desc(irq), Numbers()
    for what in steps:
        if what == "time":
            numbers.now += 200
            if unhandled_may_age(desc):
                unhandled_ages(desc)
        elif what >= 10:
            numbers.handled += what == 11
            note_thread(desc, what - 10)
        else:
            note_interrupt(rig.k, desc, what)
            numbers.note(what)
        assert (desc.irq_count, desc.irqs_unhandled, desc.spurious_disabled) == (numbers.count, numbers.unhandled, numbers.shut)
        assert desc.deferred is bool(numbers.last & DEFERRED)
        assert desc.irqs_unhandled <= desc.irq_count < WINDOW  # so there are finitely many states
