"""Interrupt threads (kernel/irq/manage.c: irq_thread(), irq_finalize_oneshot()).

Left out: forced and secondary threads, affinity, threads that die (``irq_thread_dtor()``), the task work 6.12.117 waits for.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, RUNNING, chip, log, threaded, waking

from irqlab.kernel.irq import manage
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQCHIP_EOI_THREADED, IRQF_ONESHOT, IRQF_SHARED
from irqlab.kernel.irq.flow import handle_fasteoi_irq, handle_level_irq
from irqlab.kernel.irq.thread import irq_thread, thread_pending
from irqlab.state import kernel

ONESHOT = "STARTED ACTIVATED ONESHOT depth=0"


@kernel
def raising(k, irq, dev_id):
    """A thread function during which the hardware interrupts again."""
    from irqlab.kernel.irq.desc import IrqAction, IrqDesc
    from irqlab.kernel.irq.handle import wake_thread

    log(k, irq, "thread")
    wake_thread(k, k.world.at(IrqDesc, irq), k.world.at(IrqAction, irq, 0))
    return IRQ_HANDLED


def woken(irqs, *callbacks, flags=0, flow=handle_level_irq, irqflags=IRQF_ONESHOT, thread_fn=threaded, release="6.12"):
    """A line whose thread is to run, its journal empty."""
    rig = irqs(release)
    irq = rig.line(chip(*callbacks, flags=flags), flow)
    assert rig.request(irq, waking, thread_fn, irqflags) == 0
    rig.interrupt(irq)
    rig.entries()
    return rig, irq


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_the_end_of_a_oneshot_thread_unmasks_under_the_bus_lock_and_desc_lock(irqs, release):
    rig, irq = woken(irqs, *BUS, release=release)
    assert thread_pending(rig.k, rig.action(irq)) and not rig.open(irq)
    irq_thread(rig.k, rig.action(irq))
    assert rig.places() == ("thread:", "irq_bus_lock:", "irq_unmask: bus desc", "irq_bus_sync_unlock: bus")
    assert rig.core(irq) == ONESHOT and rig.open(irq)
    assert (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (0, 0)
    assert not thread_pending(rig.k, rig.action(irq))


def test_a_thread_that_is_not_oneshot_takes_no_bus_lock(irqs):
    rig, irq = woken(irqs, *BUS, irqflags=0)
    irq_thread(rig.k, rig.action(irq))
    assert rig.places() == ("thread:",) and rig.core(irq) == RUNNING and rig.desc(irq).threads_active == 0


@pytest.mark.parametrize(("flags", "calls"), [(IRQCHIP_EOI_THREADED, ("irq_eoi", "irq_unmask")), (0, ("irq_unmask",))])
def test_the_end_of_a_oneshot_thread_ends_the_interrupt_on_eoi_threaded_chips(irqs, flags, calls):
    rig, irq = woken(irqs, "irq_eoi", flags=flags, flow=handle_fasteoi_irq)
    irq_thread(rig.k, rig.action(irq))
    assert rig.entries() == ("thread", *calls) and rig.open(irq)


def test_a_line_disabled_meanwhile_stays_masked_and_enable_irq_opens_it(irqs):
    rig, irq = woken(irqs)
    manage.disable_irq_nosync(rig.k, irq)
    irq_thread(rig.k, rig.action(irq))
    assert rig.entries() == ("thread",) and not rig.open(irq)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED ONESHOT depth=1"
    manage.enable_irq(rig.k, irq)
    assert rig.entries() == ("irq_unmask",) and rig.core(irq) == ONESHOT


def test_enable_irq_unmasks_a_oneshot_line_although_its_thread_has_not_run(irqs):
    """irq_enable() does not look at threads_oneshot; and the thread has nothing left to unmask."""
    rig, irq = woken(irqs)
    manage.disable_irq_nosync(rig.k, irq)
    manage.enable_irq(rig.k, irq)
    assert rig.entries() == ("irq_unmask",) and rig.open(irq) and rig.desc(irq).threads_oneshot == 1
    irq_thread(rig.k, rig.action(irq))
    assert rig.entries() == ("thread",) and rig.core(irq) == ONESHOT


def test_the_last_thread_of_a_shared_oneshot_line_unmasks(irqs):
    rig = irqs()
    irq = rig.line(chip())
    for who in range(2):
        assert rig.request(irq, waking, threaded, IRQF_ONESHOT | IRQF_SHARED, who) == 0
    rig.interrupt(irq)
    rig.entries()
    assert (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (3, 2)
    irq_thread(rig.k, rig.action(irq, 1))
    assert rig.entries() == ("thread",) and (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (1, 1)
    irq_thread(rig.k, rig.action(irq, 0))
    assert rig.entries() == ("thread", "irq_unmask") and (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (0, 0)


def test_a_thread_that_is_to_run_again_keeps_its_bit_and_the_line_masked(irqs):
    rig, irq = woken(irqs, thread_fn=raising)
    irq_thread(rig.k, rig.action(irq))
    assert rig.entries() == ("thread",) and not rig.open(irq)
    assert (rig.desc(irq).threads_oneshot, rig.desc(irq).threads_active) == (1, 1)
    assert thread_pending(rig.k, rig.action(irq))


def test_a_thread_with_nothing_to_do_does_nothing(irqs):
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, waking, threaded) == 0
    rig.entries()
    irq_thread(rig.k, rig.action(irq))
    assert rig.entries() == () and rig.desc(irq).threads_active == 0


@pytest.mark.parametrize(("inprogress", "waits"), [(True, True), (False, False)])
def test_irq_finalize_oneshot_waits_until_the_hard_handler_is_done(irqs, inprogress, waits):
    rig, irq = woken(irqs)
    rig.set_data(irq, inprogress=inprogress)
    context = rig.task("irq thread", irq_thread, rig.action(irq))
    assert context.exists is waits and rig.open(irq) is not waits
    if waits:
        rig.set_data(irq, inprogress=False)
        assert not rig.go_on(context).exists and rig.open(irq)


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_irq_finalize_oneshot_takes_and_gives_back_the_bus_lock_each_time_it_looks(irqs, release):
    """``irq_finalize_oneshot()``: ``again:`` stands before ``chip_bus_lock()``."""
    rig, irq = woken(irqs, *BUS, release=release)
    rig.set_data(irq, inprogress=True)
    context = rig.task("irq thread", irq_thread, rig.action(irq))
    assert context.exists and rig.places() == ("thread:", "irq_bus_lock:", "irq_bus_sync_unlock: bus")
    rig.set_data(irq, inprogress=False)
    assert not rig.go_on(context).exists
    assert rig.places() == ("irq_bus_lock:", "irq_unmask: bus desc", "irq_bus_sync_unlock: bus")
