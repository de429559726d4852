"""Running the actions of a line (kernel/irq/handle.c; the same in 6.1.192 and 6.12.117).

Left out: ``note_interrupt()`` and spurious interrupts, forced threading, interrupt randomness, times.
"""

from __future__ import annotations

import pytest
from irqrig import RUNNING, chip, handled, log, other, threaded, waking

from irqlab.kernel.context import current, irqs_disabled, local_irq_enable
from irqlab.kernel.irq.flags import (
    IRQ_HANDLED,
    IRQ_NONE,
    IRQ_NOTHREAD,
    IRQ_WAKE_THREAD,
    IRQF_NO_THREAD,
    IRQF_ONESHOT,
    IRQF_SHARED,
)
from irqlab.kernel.irq.handle import __handle_irq_event_percpu as run_actions
from irqlab.kernel.irq.handle import handle_irq_event
from irqlab.kernel.irq.setup import irq_set_status_flags
from irqlab.kernel.irq.thread import irq_thread
from irqlab.kernel.locking import HeldLock, spin_lock, spin_unlock
from irqlab.state import kernel


@kernel
def none(k, irq, dev_id):
    return IRQ_NONE


@kernel
def looking(k, irq, dev_id):
    """Writes down whether the line is in progress and pending, and whether desc->lock is held."""
    from irqlab.kernel.irq.desc import IrqData, IrqDesc

    held = k.world.at(HeldLock, f"desc {irq} lock").exists
    log(k, irq, f"inprogress {k.world.at(IrqData, irq).inprogress} pending {k.world.at(IrqDesc, irq).pending} lock {held}")
    return IRQ_HANDLED


@kernel
def turning_interrupts_on(k, irq, dev_id):
    local_irq_enable(k)
    return IRQ_HANDLED


def test_handle_irq_event_runs_its_actions_in_progress_and_without_desc_lock(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, looking) == 0
    rig.set_desc(irq, pending=True)
    rig.entries()
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "inprogress True pending False lock False", "irq_unmask")
    assert rig.core(irq) == RUNNING


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        (none, none, IRQ_NONE),
        (handled, none, IRQ_HANDLED),
        (none, other, IRQ_HANDLED),
        (handled, waking, IRQ_HANDLED | IRQ_WAKE_THREAD),
    ],
)
def test_every_action_of_a_shared_line_runs_and_the_results_add_up(irqs, first, second, result):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, first, flags=IRQF_SHARED) == 0
    assert rig.request(irq, second, threaded, flags=IRQF_SHARED, who=1) == 0
    assert run_actions(rig.k, rig.desc(irq)) == result
    assert [facts["name"] for facts in rig.signals("handler")] == ["user0", "user1"]
    assert rig.desc(irq).threads_active == (1 if result & IRQ_WAKE_THREAD else 0)


def test_a_line_without_a_primary_handler_wakes_its_thread(irqs):
    """irq_default_primary_handler()."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, None, threaded, IRQF_ONESHOT) == 0
    assert run_actions(rig.k, rig.desc(irq)) == IRQ_WAKE_THREAD
    assert (rig.action(irq).run_thread, rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (True, 1, 1)


def test_irq_wake_thread_of_a_thread_that_is_to_run_already_counts_nothing(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, waking, threaded) == 0
    for _ in range(3):
        rig.interrupt(irq)
    assert (rig.action(irq).run_thread, rig.desc(irq).threads_active) == (True, 1)
    irq_thread(rig.k, rig.action(irq))
    assert (rig.action(irq).run_thread, rig.desc(irq).threads_active) == (False, 0)
    rig.interrupt(irq)
    assert rig.desc(irq).threads_active == 1


def test_waking_a_thread_that_is_not_there_is_printed_once_and_is_no_warning(irqs):
    """warn_no_thread(): printk() guarded by IRQTF_WARNED."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, waking) == 0
    assert not rig.action(irq).warned
    for _ in range(2):
        rig.interrupt(irq)
    assert rig.action(irq).warned and rig.warnings() == [] and rig.desc(irq).threads_active == 0
    assert rig.core(irq) == RUNNING


@pytest.mark.parametrize(("handler", "warned"), [(turning_interrupts_on, 1), (handled, 0)])
def test_a_handler_that_turns_interrupts_on_is_told_and_they_go_off_again(irqs, handler, warned):
    """__handle_irq_event_percpu(): WARN_ONCE(!irqs_disabled()), local_irq_disable()."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, handler) == 0
    rig.k.quiet = True
    rig.interrupt(irq)
    assert rig.warnings() == [f"irq {irq} handler user0 enabled interrupts"] * warned
    assert len(rig.signals("irqs-enabled")) == warned
    assert rig.core(irq) == RUNNING


@kernel
def saying_whether_interrupts_are_off(k, irq, dev_id):
    log(k, irq, f"interrupts off {irqs_disabled(k)}")
    return IRQ_HANDLED


def test_the_next_action_of_a_shared_line_finds_interrupts_off_again(irqs):
    rig = irqs()
    irq = rig.line(chip())
    for who, handler in enumerate((turning_interrupts_on, saying_whether_interrupts_are_off)):
        assert rig.request(irq, handler, flags=IRQF_SHARED, who=who) == 0
    rig.entries()
    rig.k.quiet = True
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "interrupts off True", "irq_unmask")


def test_handle_irq_event_gives_the_lock_back_as_it_got_it(irqs):
    from irqlab.kernel.irq.desc import desc_lock

    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq) == 0
    lock = desc_lock(rig.k, rig.desc(irq))
    spin_lock(rig.k, lock)
    assert handle_irq_event(rig.k, rig.desc(irq)) == IRQ_HANDLED
    assert lock.held.exists
    spin_unlock(rig.k, lock)


@kernel
def noting_threadable(k, irq, dev_id):
    """Writes down whether lockdep takes this for a handler that PREEMPT_RT would thread."""
    log(k, irq, f"threadable {current(k.world).threadable}")
    return IRQ_HANDLED


@pytest.mark.parametrize(
    ("setting", "irqflags", "threadable"),
    [(0, 0, True), (IRQ_NOTHREAD, 0, False), (0, IRQF_NO_THREAD, False), (0, IRQF_ONESHOT, False)],
)
def test_a_handler_of_a_nothread_line_would_stay_a_hard_one(irqs, setting, irqflags, threadable):
    """__handle_irq_event_percpu(): irq_settings_can_thread() and the action's flags."""
    rig = irqs()
    irq = rig.line(chip())
    irq_set_status_flags(rig.k, irq, setting)
    assert rig.request(irq, noting_threadable, threaded, irqflags) == 0
    rig.entries()
    rig.interrupt(irq)
    assert f"threadable {threadable}" in rig.entries()
