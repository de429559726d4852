"""Resending (kernel/irq/resend.c; 6.1.192 and 6.12.117).  Left out: ``irq_inject_interrupt()``."""

from __future__ import annotations

import pytest
from irqrig import RUNNING, chip
from stackrig import LEVELS, level_chip, make_stack

from irqlab.kernel.context import INTERRUPTS, interrupts_open, push_hardirq
from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.irq.desc import irq_free_desc
from irqlab.kernel.irq.flags import IRQD_HANDLE_ENFORCE_IRQCTX
from irqlab.kernel.irq.flow import handle_edge_irq, handle_simple_irq
from irqlab.kernel.irq.hierarchy import irq_domain_alloc_irqs
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.irq.resend import ResendList, check_irq_resend, push_softirq, resend_irqs, resend_pending
from irqlab.kernel.irq.setup import irq_set_nested_thread, irq_set_parent
from irqlab.kernel.irq.state import set_flag

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])


def waiting(rig):
    """The lines that wait for the tasklet, in the order it takes them."""
    known = rig.world.at(ResendList)
    return known.irqs if known.exists else ()


def tasklet(rig):
    """The tasklet runs to its end."""
    context = push_softirq(rig.k, resend_irqs)
    while context.exists and rig.step(context):
        pass
    return context


def edge(irqs, *callbacks, release="6.12", arch="arm64", hwirq=3):
    rig = irqs(release, arch=arch)
    irq = rig.line(chip("irq_ack", *callbacks), handle_edge_irq, hwirq, level=False)
    assert rig.request(irq) == 0
    rig.entries()
    return rig, irq


@RELEASES
@pytest.mark.parametrize(
    ("level", "replay", "pending", "result", "calls", "after"),
    [
        (True, False, True, -EINVAL, (), (False, False)),  # the hardware raises it again
        (True, False, False, -EINVAL, (), (False, False)),
        (True, True, True, -EINVAL, (), (False, True)),
        (False, True, True, -EBUSY, (), (True, True)),
        (False, True, False, -EBUSY, (), (False, True)),
        (False, False, False, 0, (), (False, False)),
        (False, False, True, 0, ("irq_retrigger",), (False, True)),
    ],
)
def test_check_irq_resend(irqs, release, level, replay, pending, result, calls, after):
    rig = irqs(release)
    irq = rig.line(chip("irq_retrigger"), level=level)
    rig.set_desc(irq, replay=replay, pending=pending)
    assert check_irq_resend(rig.k, rig.desc(irq)) == result
    assert rig.entries() == calls
    assert (rig.desc(irq).pending, rig.desc(irq).replay) == after


def test_check_irq_resend_injects_where_nothing_is_pending(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_retrigger"), level=False)
    assert check_irq_resend(rig.k, rig.desc(irq), True) == 0
    assert rig.entries() == ("irq_retrigger",) and rig.desc(irq).replay


def test_a_replayed_interrupt_may_be_resent_again_after_it_has_run(irqs):
    rig = irqs()
    irq = rig.line(chip("irq_retrigger"), level=False)
    assert rig.request(irq) == 0
    for _ in range(2):
        rig.entries()
        rig.set_desc(irq, pending=True)
        assert check_irq_resend(rig.k, rig.desc(irq)) == 0
        assert rig.entries() == ("irq_retrigger",) and rig.desc(irq).replay
        rig.interrupt(irq)
        assert not rig.desc(irq).replay


@pytest.mark.parametrize(("having", "asked"), [(("top", "root"), "top"), (("root",), "root"), ((), "")])
def test_try_retrigger_asks_the_outermost_chip_then_those_further_in(having, asked):
    """Where nobody can the line waits for the tasklet."""
    stack = make_stack(chips={level: level_chip(level, *["irq_retrigger"][: level in having]) for level in LEVELS})
    irq = irq_domain_alloc_irqs(stack.k, stack.top, 1, ("top", (3,)))
    stack.entries()
    stack.rig.answer(f"{asked} irq_retrigger", 1)
    stack.rig.set_desc(irq, pending=True)
    assert check_irq_resend(stack.k, stack.rig.desc(irq)) == 0
    assert stack.entries() == ((f"{asked} irq_retrigger",) if asked else ())
    assert waiting(stack.rig) == (() if asked else (irq,))


# -- by software -------------------------------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize("callbacks", [(), ("irq_retrigger",)], ids=["cannot", "fails"])
def test_what_the_chip_cannot_retrigger_is_handled_by_the_tasklet(irqs, release, callbacks):
    """An edge that came while the line was disabled: noted, masked; enable_irq() resends it."""
    rig, irq = edge(irqs, *callbacks, release=release)
    rig.answer("irq_retrigger", -1)
    disable_irq(rig.k, irq)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask", "irq_ack") and rig.desc(irq).pending
    enable_irq(rig.k, irq)
    assert rig.entries() == ("irq_unmask", *callbacks)
    assert waiting(rig) == (irq,) and rig.core(irq) == "STARTED ACTIVATED REPLAY depth=0" and resend_pending(rig.k)
    tasklet(rig)
    assert rig.entries() == ("irq_ack", "handler") and rig.core(irq) == RUNNING
    assert waiting(rig) == () and not resend_pending(rig.k) and rig.warnings() == []


@pytest.mark.parametrize(
    ("arch", "enforced", "result"),
    [("arm64", False, 0), ("arm64", True, -EINVAL), ("powerpc", False, -EINVAL), ("loongarch", False, -EINVAL)],
)
def test_irq_sw_resend_needs_the_architecture_and_a_line_that_need_not_be_in_a_hard_interrupt(irqs, arch, enforced, result):
    """CONFIG_HARDIRQS_SW_RESEND; IRQD_HANDLE_ENFORCE_IRQCTX.  What cannot be resent is lost."""
    rig, irq = edge(irqs, arch=arch)
    if enforced:
        set_flag(rig.data(irq), IRQD_HANDLE_ENFORCE_IRQCTX)
    rig.set_desc(irq, pending=True)
    assert check_irq_resend(rig.k, rig.desc(irq)) == result
    assert (rig.desc(irq).pending, rig.desc(irq).replay) == (False, not result)
    assert waiting(rig) == ((irq,) if not result else ())


@RELEASES
@pytest.mark.parametrize(
    ("parent", "waits"), [("none", ()), ("a line", (1,)), ("no descriptor", None)], ids=["none", "a line", "no descriptor"]
)
def test_irq_sw_resend_of_a_nested_line_resends_the_one_it_is_behind(irqs, release, parent, waits):
    """irq_set_parent(); 6.12 sees that the parent is gone, 6.1 when the tasklet runs."""
    rig, outer = edge(irqs, release=release)
    irq = rig.line(chip(), handle_simple_irq, 4, level=False)
    irq_set_nested_thread(rig.k, irq, True)
    assert irq_set_parent(rig.k, irq, {"none": 0, "a line": outer, "no descriptor": 99}[parent]) == 0
    rig.set_desc(irq, pending=True)
    gone = parent == "no descriptor"
    expected = 0 if waits or (gone and release == "6.1") else -EINVAL
    assert check_irq_resend(rig.k, rig.desc(irq)) == expected
    assert waiting(rig) == ((99,) if gone and release == "6.1" else waits or ())
    rig.entries()
    tasklet(rig)
    assert rig.entries() == (("irq_ack", "handler") if waits else ()) and rig.signals("use-after-free") == []


@pytest.mark.parametrize(("release", "order"), [("6.1", (1, 2, 3)), ("6.12", (2, 1, 3))])
def test_the_tasklet_takes_the_newest_line_first_in_6_12_and_the_lowest_number_in_6_1(irqs, release, order):
    rig = irqs(release)
    for hwirq in (1, 2, 3):
        irq = rig.line(chip("irq_ack"), handle_edge_irq, hwirq, level=False)
        assert rig.request(irq, who=irq) == 0
    for irq in (3, 1, 2, 1):
        rig.set_desc(irq, pending=True, replay=False)
        assert check_irq_resend(rig.k, rig.desc(irq)) == 0
    assert waiting(rig) == order


@pytest.mark.parametrize(("release", "left", "handled"), [("6.1", (1,), ("irq_ack",)), ("6.12", (), ())])
def test_a_line_that_is_shut_down_leaves_6_12s_list_and_stays_in_6_1s_bitmap(irqs, release, left, handled):
    """clear_irq_resend(): in 6.1 the tasklet handles a line that was freed meanwhile."""
    rig, irq = edge(irqs, release=release)
    rig.set_desc(irq, pending=True)
    assert check_irq_resend(rig.k, rig.desc(irq)) == 0
    rig.free(irq)
    assert waiting(rig) == left
    rig.entries()
    tasklet(rig)
    assert rig.entries() == handled and rig.desc(irq).pending is bool(left)


@pytest.mark.parametrize(("release", "broken"), [("6.1", 0), ("6.12", 1)])
def test_a_descriptor_that_goes_while_it_waits_is_used_after_free_by_6_12(irqs, release, broken):
    """Only a line that was never started: irq_shutdown() would have taken it off the list."""
    rig = irqs(release)
    irq = rig.line(chip("irq_ack"), handle_edge_irq, level=False)
    rig.set_desc(irq, pending=True)
    assert check_irq_resend(rig.k, rig.desc(irq)) == 0
    irq_free_desc(rig.k, irq)
    tasklet(rig)
    assert len(rig.signals("use-after-free")) == broken


@RELEASES
def test_the_tasklet_runs_where_interrupts_are_on_and_its_handlers_where_they_are_off(irqs, release):
    rig, irq = edge(irqs, release=release)
    rig.set_desc(irq, pending=True)
    check_irq_resend(rig.k, rig.desc(irq))
    context = push_softirq(rig.k, resend_irqs)
    assert interrupts_open(rig.k) == INTERRUPTS and not resend_pending(rig.k)
    while context.exists and rig.step(context):
        pass
    assert rig.warnings() == [] and rig.signals("irqs-enabled") == []
    assert rig.places()[-1] == "handler:"
    assert push_hardirq(rig.k, resend_irqs).hardirq  # the CPU is free again
