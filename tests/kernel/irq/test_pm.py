"""Interrupts in system sleep (kernel/irq/pm.c; the same in 6.1.192 and 6.12.117 but for how early resume is registered).

Dedicated wake irqs: test_wakeirq.py; CPU hotplug in the sleep: test_cpuhotplug.py.  Left out: ``IRQF_PERCPU``.
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, LAZY, MASKED, RUNNING, chip, demux, handled, log, other, threaded, waking
from pmrig import PLAIN, note

from irqlab.drivers.gic import gic_chip
from irqlab.drivers.irqsteer.common import imx_irqsteer_irq_chip
from irqlab.kernel.context import irqs_disabled
from irqlab.kernel.device import DevPmOps, Driver
from irqlab.kernel.errno import EBUSY
from irqlab.kernel.irq import manage, pm, setup
from irqlab.kernel.irq.flags import (
    IRQ_NESTED_THREAD,
    IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND,
    IRQCHIP_MASK_ON_SUSPEND,
    IRQCHIP_SKIP_SET_WAKE,
    IRQF_COND_SUSPEND,
    IRQF_EARLY_RESUME,
    IRQF_FORCE_RESUME,
    IRQF_NO_SUSPEND,
    IRQF_ONESHOT,
    IRQF_SHARED,
)
from irqlab.kernel.irq.flow import handle_fasteoi_irq
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data
from irqlab.kernel.irq.trigger import irq_set_irq_wake
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.pm.sleep import pm_suspend, pm_wakeup_clear, pm_wakeup_pending
from irqlab.kernel.syscore import Syscore, register_syscore
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["5.8", "6.1", "6.12"])


def line(irqs, *callbacks, release="6.12", flags=0, irqflags=0, wake=False, **more):
    """A requested line, a wake-up source if asked."""
    rig = irqs(release)
    irq = rig.line(chip(*callbacks, flags=flags | (IRQCHIP_SKIP_SET_WAKE if wake else 0)), **more)
    assert rig.request(irq, flags=irqflags) == 0
    if wake:
        assert irq_set_irq_wake(rig.k, irq, True) == 0
    rig.entries()
    return rig, irq


@RELEASES
def test_each_line_is_looked_at_when_its_turn_comes(irqs, release, monkeypatch):
    """suspend_device_irqs() waits for the handlers of one line before it asks whether the next is nested."""
    rig, first = line(irqs, release=release)
    second = rig.line(chip())
    assert first < second and rig.request(second) == 0

    def nested_meanwhile(k, desc):
        setup.irq_modify_status(k, second, 0, IRQ_NESTED_THREAD)

    monkeypatch.setattr("irqlab.kernel.irq.synchronize.synchronize_desc", nested_meanwhile)
    pm.suspend_device_irqs(rig.k)
    assert "SUSPENDED" in rig.core(first) and "SUSPENDED" not in rig.core(second)


# -- going to sleep -------------------------------------------------------------------------------


@RELEASES
@pytest.mark.parametrize(
    ("callbacks", "flags", "calls", "beliefs"),
    [
        ((), 0, (), LAZY),
        ((), IRQCHIP_MASK_ON_SUSPEND, ("irq_mask",), MASKED),
        (("irq_disable",), 0, ("irq_disable",), MASKED),
        (("irq_disable",), IRQCHIP_MASK_ON_SUSPEND, ("irq_disable",), MASKED),
    ],
)
def test_suspend_device_irq_disables_lazily_so_the_hardware_stays_open(irqs, release, callbacks, flags, calls, beliefs):
    rig, irq = line(irqs, *callbacks, release=release, flags=flags)
    pm.suspend_device_irqs(rig.k)
    assert rig.entries() == calls and rig.core(irq) == beliefs.replace("depth", "SUSPENDED depth")
    assert rig.open(irq) is not bool(calls)
    pm.resume_device_irqs(rig.k)
    assert rig.entries() == (("irq_unmask",) if calls else ()) and rig.core(irq) == RUNNING and rig.open(irq)


def test_suspend_device_irq_of_an_unlazy_line_masks_it(irqs):
    rig, irq = line(irqs)
    rig.set_desc(irq, disable_unlazy=True)
    pm.suspend_device_irqs(rig.k)
    assert rig.entries() == ("irq_mask",) and not rig.open(irq)


def test_suspending_takes_desc_lock_and_no_bus_lock_and_no_reference(irqs):
    rig, _ = line(irqs, *BUS, flags=IRQCHIP_MASK_ON_SUSPEND)
    rig.controller()
    pm.suspend_device_irqs(rig.k)
    pm.resume_device_irqs(rig.k)
    assert rig.places() == ("irq_mask: desc", "irq_unmask: desc")
    assert (rig.usage("ctl"), rig.status("ctl")) == (0, "suspended")


@pytest.mark.parametrize("kind", ["unused", "chained", "no suspend", "shared no suspend"])
def test_what_suspend_device_irq_leaves_alone(irqs, kind):
    rig = irqs()
    irq = rig.line(chip(flags=IRQCHIP_MASK_ON_SUSPEND | IRQCHIP_SKIP_SET_WAKE))
    if kind == "chained":
        irq_set_chained_handler_and_data(rig.k, irq, demux, None)
    elif kind == "no suspend":
        assert rig.request(irq, flags=IRQF_NO_SUSPEND) == 0
    elif kind == "shared no suspend":
        assert rig.request(irq, flags=IRQF_SHARED | IRQF_COND_SUSPEND) == 0
        assert rig.request(irq, other, flags=IRQF_SHARED | IRQF_NO_SUSPEND, who=1) == 0
    assert irq_set_irq_wake(rig.k, irq, True) == 0
    before = rig.core(irq)
    assert before == (FRESH if kind == "unused" else RUNNING).replace("depth", "WAKEUP depth")
    rig.entries()
    pm.suspend_device_irqs(rig.k)
    assert rig.core(irq) == before and rig.entries() == ()
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == before and rig.entries() == () and rig.unbalanced() == 0


def test_irqf_cond_suspend_alone_is_suspended(irqs):
    rig, irq = line(irqs, irqflags=IRQF_SHARED | IRQF_COND_SUSPEND)
    pm.suspend_device_irqs(rig.k)
    assert rig.core(irq) == "DISABLED STARTED ACTIVATED SUSPENDED depth=1"


def test_suspending_waits_for_threads(irqs):
    """synchronize_irq() of each line that was suspended or armed."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, waking, threaded, IRQF_ONESHOT) == 0
    rig.interrupt(irq)
    context = rig.task("task sleep", pm.suspend_device_irqs)
    assert context.waits_for == f"sleeps until the threads of irq {irq} are done"
    still = irqs()
    assert still.request(still.line(chip()), waking, threaded, IRQF_ONESHOT | IRQF_NO_SUSPEND) == 0
    assert not still.task("task sleep", pm.suspend_device_irqs).exists


# -- in the sleep -------------------------------------------------------------------------------


def test_an_interrupt_of_a_suspended_line_is_masked_and_noted_and_wakes_nobody(irqs):
    rig, irq = line(irqs)
    pm.suspend_device_irqs(rig.k)
    rig.interrupt(irq)
    assert rig.entries() == ("irq_mask",) and not pm_wakeup_pending(rig.k)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED PENDING SUSPENDED depth=1"
    pm.resume_device_irqs(rig.k)
    assert rig.entries() == ("irq_unmask",) and rig.core(irq) == RUNNING


def test_enable_irq_of_a_suspended_line_is_unbalanced_and_of_a_disabled_one_is_not(irqs):
    rig, irq = line(irqs)
    manage.disable_irq(rig.k, irq)
    pm.suspend_device_irqs(rig.k)
    assert rig.desc(irq).depth == 2
    manage.enable_irq(rig.k, irq)
    assert (rig.desc(irq).depth, rig.unbalanced()) == (1, 0)
    manage.enable_irq(rig.k, irq)
    assert (rig.desc(irq).depth, rig.unbalanced()) == (1, 1)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == RUNNING


def test_a_line_that_was_disabled_stays_so_after_the_sleep(irqs):
    rig, irq = line(irqs)
    manage.disable_irq(rig.k, irq)
    pm.suspend_device_irqs(rig.k)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == LAZY and rig.entries() == ()


def test_a_line_freed_in_the_sleep_is_started_by_resume_with_nobody_to_call(irqs):
    """resume_irq() asks only for IRQS_SUSPENDED, and __free_irq() leaves it: 6.1 and 6.12 WARN and unmask an unused line."""
    rig, irq = line(irqs)
    pm.suspend_device_irqs(rig.k)
    rig.free(irq)
    assert rig.core(irq) == "DISABLED MASKED SUSPENDED depth=1" and rig.entries() == ("irq_mask", "deactivate")
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "STARTED depth=0" and rig.entries() == ("irq_unmask",) and rig.open(irq)
    assert rig.warnings() == ["irq_startup: !irqd_is_activated(d)"]


# -- wake-up -------------------------------------------------------------------------------


def test_a_wake_up_source_is_armed_and_stays_enabled(irqs):
    rig, irq = line(irqs, wake=True, flags=IRQCHIP_MASK_ON_SUSPEND)
    pm.suspend_device_irqs(rig.k)
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP ARMED depth=0" and rig.entries() == () and rig.open(irq)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP depth=0" and rig.entries() == ()


@pytest.mark.parametrize(
    ("callbacks", "flow", "calls", "beliefs"),
    [
        ((), None, ("irq_mask",), "DISABLED MASKED"),
        (("irq_eoi",), handle_fasteoi_irq, ("irq_eoi",), "DISABLED"),  # lazily disabled: not masked
        (("irq_eoi", "irq_disable"), handle_fasteoi_irq, ("irq_disable", "irq_eoi"), "DISABLED MASKED"),
    ],
)
def test_an_interrupt_of_an_armed_line_wakes_the_system_and_disables_it(irqs, callbacks, flow, calls, beliefs):
    """irq_may_run(), irq_pm_check_wakeup(): no handler runs; the second interrupt is an ordinary disabled one."""
    rig, irq = line(irqs, *callbacks, wake=True, **({"flow": flow} if flow else {}))
    pm.suspend_device_irqs(rig.k)
    assert not pm_wakeup_pending(rig.k)
    rig.interrupt(irq)
    assert pm_wakeup_pending(rig.k) and rig.entries() == calls and rig.signals("handler") == []
    assert rig.core(irq) == f"{beliefs} STARTED ACTIVATED WAKEUP PENDING SUSPENDED depth=1"
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP depth=0" and rig.open(irq)


def test_an_armed_line_that_is_disabled_wakes_all_the_same(irqs):
    rig, irq = line(irqs, wake=True)
    manage.disable_irq(rig.k, irq)
    pm.suspend_device_irqs(rig.k)
    rig.interrupt(irq)
    assert pm_wakeup_pending(rig.k)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED WAKEUP PENDING SUSPENDED depth=2"
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED WAKEUP PENDING depth=1" and not rig.open(irq)


def test_irq_pm_check_wakeup_of_a_line_that_is_not_armed_does_nothing(irqs):
    rig, irq = line(irqs)
    assert pm.irq_pm_check_wakeup(rig.k, rig.desc(irq)) is False
    assert rig.core(irq) == RUNNING and not pm_wakeup_pending(rig.k)


@pytest.mark.parametrize(
    ("flags", "disabled", "opened"),
    [
        (IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND, 1, True),
        (IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND, 0, False),
        (0, 1, False),
    ],
)
def test_a_disabled_wake_up_source_is_enabled_for_the_sleep_where_the_chip_says_so(irqs, flags, disabled, opened):
    """IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND: __enable_irq() on the way down, __disable_irq() on the way up."""
    rig, irq = line(irqs, "irq_disable", "irq_enable", wake=True, flags=flags)
    for _ in range(disabled):
        manage.disable_irq(rig.k, irq)
    before = rig.core(irq)
    rig.entries()
    pm.suspend_device_irqs(rig.k)
    assert rig.entries() == (("irq_enable",) if opened else ())
    assert rig.data(irq).enabled_on_suspend is opened and rig.data(irq).wakeup_armed
    assert rig.desc(irq).depth == (0 if opened else disabled)
    pm.resume_device_irqs(rig.k)
    assert rig.entries() == (("irq_disable",) if opened else ()) and rig.core(irq) == before


def test_a_line_disabled_twice_is_enabled_once_for_the_sleep(irqs):
    """__enable_irq() at depth 2 is no startup: nothing happens at the chip, and it is undone."""
    rig, irq = line(irqs, "irq_disable", "irq_enable", wake=True, flags=IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND)
    for _ in range(2):
        manage.disable_irq(rig.k, irq)
    rig.entries()
    pm.suspend_device_irqs(rig.k)
    assert rig.desc(irq).depth == 1 and rig.data(irq).enabled_on_suspend and rig.entries() == ()
    pm.resume_device_irqs(rig.k)
    assert rig.desc(irq).depth == 2 and not rig.data(irq).enabled_on_suspend and rig.entries() == ()


def test_a_line_enabled_for_the_sleep_that_woke_the_system_is_disabled_again(irqs):
    rig, irq = line(irqs, wake=True, flags=IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND)
    manage.disable_irq(rig.k, irq)
    pm.suspend_device_irqs(rig.k)
    rig.interrupt(irq)
    assert rig.desc(irq).depth == 1 and pm_wakeup_pending(rig.k)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED WAKEUP PENDING depth=1"


# -- resume -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("irqflags", "suspended", "calls"),
    [
        (IRQF_NO_SUSPEND | IRQF_FORCE_RESUME, False, ("irq_unmask",)),
        (IRQF_NO_SUSPEND, False, ()),
        (IRQF_FORCE_RESUME, True, ()),
        (0, True, ()),
    ],
)
def test_force_resume_pretends_that_the_line_was_disabled_and_masked(irqs, irqflags, suspended, calls):
    """resume_irq(): so the chip is told again, although the core believed the line open; suspended lines go the usual way."""
    rig, irq = line(irqs, irqflags=irqflags)
    pm.suspend_device_irqs(rig.k)
    assert rig.desc(irq).suspended is suspended
    rig.set_line(irq, open=False)  # the hardware forgot
    pm.resume_device_irqs(rig.k)
    assert rig.entries() == calls and rig.core(irq) == RUNNING and rig.open(irq) is bool(calls)


def test_force_resume_of_a_disabled_line_only_masks_a_belief(irqs):
    """depth++ and __enable_irq() cancel out; DISABLED and MASKED stay, whatever the hardware is.

    So free_irq() masks nothing: the unused line is open (6.1 and 6.12).
    """
    rig, irq = line(irqs, irqflags=IRQF_NO_SUSPEND | IRQF_FORCE_RESUME)
    manage.disable_irq(rig.k, irq)
    assert rig.core(irq) == LAZY
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == MASKED and rig.entries() == () and rig.open(irq)
    rig.free(irq)
    assert rig.core(irq) == FRESH and rig.entries() == ("deactivate",) and rig.open(irq)


def test_a_lazily_disabled_line_without_force_resume_is_masked_when_it_is_freed(irqs):
    rig, irq = line(irqs, irqflags=IRQF_NO_SUSPEND)
    manage.disable_irq(rig.k, irq)
    pm.resume_device_irqs(rig.k)
    rig.free(irq)
    assert rig.core(irq) == FRESH and rig.entries() == ("irq_mask", "deactivate") and not rig.open(irq)


def test_resume_with_nothing_suspended_does_nothing(irqs):
    rig, irq = line(irqs)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == RUNNING and rig.entries() == () and rig.unbalanced() == 0


@pytest.mark.parametrize(("irqflags", "early"), [(IRQF_EARLY_RESUME, True), (0, False)])
def test_irq_pm_syscore_resume_enables_the_early_lines_and_the_rest_waits(irqs, irqflags, early):
    rig, irq = line(irqs, irqflags=irqflags)
    pm.suspend_device_irqs(rig.k)
    pm.irq_pm_syscore_resume(rig.k)
    assert rig.core(irq) == (RUNNING if early else "DISABLED STARTED ACTIVATED SUSPENDED depth=1")
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == RUNNING and rig.unbalanced() == 0


def test_several_lines_go_down_and_come_up_each_by_its_own_rule(irqs):
    rig = irqs()
    lines = [rig.line(chip(flags=IRQCHIP_SKIP_SET_WAKE), hwirq=number) for number in range(3)]
    for irq, flags in zip(lines, (0, IRQF_NO_SUSPEND, 0), strict=True):
        assert rig.request(irq, handled, flags=flags) == 0
    assert irq_set_irq_wake(rig.k, lines[2], True) == 0
    pm.suspend_device_irqs(rig.k)
    assert [rig.core(irq) for irq in lines] == [
        "DISABLED STARTED ACTIVATED SUSPENDED depth=1",
        RUNNING,
        "STARTED ACTIVATED WAKEUP ARMED depth=0",
    ]
    pm.resume_device_irqs(rig.k)
    assert [rig.core(irq) for irq in lines] == [RUNNING, RUNNING, "STARTED ACTIVATED WAKEUP depth=0"]


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_the_gics_own_lines_are_masked_for_the_sleep(irqs, release):
    """irq-gic-v3.c: IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MASK_ON_SUSPEND; an irqsteer has none."""
    rig, irq = line(irqs, "irq_eoi", release=release, flags=gic_chip.flags, flow=handle_fasteoi_irq)
    pm.suspend_device_irqs(rig.k)
    assert rig.entries() == ("irq_mask",) and not rig.open(irq)
    assert imx_irqsteer_irq_chip.flags == 0


@RELEASES
@pytest.mark.parametrize(("nested", "asleep", "calls"), [(True, RUNNING, ()), (False, "SUSPENDED", ("irq_mask",))])
def test_suspend_and_resume_leave_nested_lines_alone(irqs, release, nested, asleep, calls):
    """The line they are behind is suspended; FORCE_RESUME does not reach them either."""
    rig = irqs(release)
    irq = rig.line(chip(flags=IRQCHIP_MASK_ON_SUSPEND))
    setup.irq_set_nested_thread(rig.k, irq, nested)
    assert rig.request(irq, handled, threaded, IRQF_FORCE_RESUME | IRQF_ONESHOT) == 0
    rig.entries()
    before = rig.core(irq)
    pm.suspend_device_irqs(rig.k)
    assert ("SUSPENDED" in rig.core(irq)) is (asleep == "SUSPENDED") and rig.entries() == calls
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == before and rig.entries() == tuple("irq_unmask" for _ in calls)


@pytest.mark.parametrize(("nested", "hangs"), [(True, False), (False, True)])
def test_suspend_device_irqs_takes_no_lock_of_a_nested_line(irqs, nested, hangs):
    """Skipped before raw_spin_lock_irqsave(): a lock that nobody alive holds stops the sleep at any other line."""
    rig, irq = line(irqs)
    setup.irq_set_nested_thread(rig.k, irq, nested)
    rig.world.new(HeldLock, f"desc {irq} lock", owner="nobody")
    rig.task("task sleep", pm.suspend_device_irqs)
    assert bool(rig.k.system.hung) is hangs


# -- mixes of flags ---------------------------------------------------------------------------------------------

FORCE_WARNS = "irq_pm_install_action: only some actions have IRQF_FORCE_RESUME"
STAYS_WARNS = "irq_pm_install_action: IRQF_NO_SUSPEND shared with an action that has neither it nor IRQF_COND_SUSPEND"
N, C, F, E = IRQF_NO_SUSPEND, IRQF_COND_SUSPEND, IRQF_FORCE_RESUME, IRQF_EARLY_RESUME


@RELEASES
@pytest.mark.parametrize(
    ("first", "second", "suspended", "warned"),
    [
        (0, 0, True, []),
        (N, N, False, []),
        (N, C, False, []),
        (C, N, False, []),
        (C, C, True, []),
        (C, 0, True, []),
        (N, 0, False, [STAYS_WARNS]),
        (0, N, False, [STAYS_WARNS]),
        (F, F, True, []),
        (F, 0, True, [FORCE_WARNS]),
        (0, F, True, [FORCE_WARNS]),
        (N | F, F, False, [STAYS_WARNS]),
        (N | F, C | F, False, []),
        (N | F, 0, False, [FORCE_WARNS, STAYS_WARNS]),
        (E, E, True, []),
        (E, 0, True, []),
    ],
)
def test_one_no_suspend_keeps_a_shared_line_and_disagreement_warns(irqs, release, first, second, suspended, warned):
    """irq_pm_install_action() counts, suspend_device_irq() asks no_suspend_depth; neither asks who agrees."""
    rig = irqs(release)
    irq = rig.line(chip())
    assert rig.request(irq, flags=IRQF_SHARED | first) == 0 and rig.warnings() == []
    assert rig.request(irq, other, flags=IRQF_SHARED | second, who=1) == 0
    assert rig.warnings() == warned
    pm.suspend_device_irqs(rig.k)
    assert rig.desc(irq).suspended is suspended and rig.desc(irq).depth == int(suspended)


@pytest.mark.parametrize(("freed", "suspended"), [(1, True), (0, False)])
def test_what_counts_are_the_actions_there_are(irqs, freed, suspended):
    """irq_pm_remove_action(): with the NO_SUSPEND action gone the line is suspended like any other."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, flags=IRQF_SHARED | C) == 0 and rig.request(irq, other, flags=IRQF_SHARED | N, who=1) == 0
    rig.free(irq, who=freed)
    pm.suspend_device_irqs(rig.k)
    assert rig.desc(irq).suspended is suspended


@pytest.mark.parametrize(("first", "second", "early"), [(E, 0, True), (0, E, False), (E | F, E | F, True)])
def test_only_the_first_action_makes_a_line_early(irqs, first, second, early):
    """resume_irqs() looks at desc->action->flags."""
    rig = irqs()
    irq = rig.line(chip())
    assert rig.request(irq, flags=IRQF_SHARED | first) == 0 and rig.request(irq, other, flags=IRQF_SHARED | second, who=1) == 0
    pm.suspend_device_irqs(rig.k)
    pm.irq_pm_syscore_resume(rig.k)
    assert rig.desc(irq).suspended is not early
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == RUNNING and rig.unbalanced() == 0


def test_a_forced_early_line_is_resumed_twice(irqs):
    """NO_SUSPEND | FORCE_RESUME | EARLY_RESUME: resume_irqs(false) takes early lines too, so the chip is told twice."""
    rig, irq = line(irqs, irqflags=N | F | E)
    pm.suspend_device_irqs(rig.k)
    pm.irq_pm_syscore_resume(rig.k)
    pm.resume_device_irqs(rig.k)
    assert rig.entries() == ("irq_unmask", "irq_unmask") and rig.core(irq) == RUNNING


@pytest.mark.parametrize(("wake", "armed"), [(True, False), (False, False)])
def test_no_suspend_wins_over_wake_up(irqs, wake, armed):
    """suspend_device_irq() asks no_suspend_depth first: such a line is never armed, so its interrupt wakes nobody."""
    rig, irq = line(irqs, irqflags=N, wake=wake)
    pm.suspend_device_irqs(rig.k)
    assert rig.data(irq).wakeup_armed is armed and not rig.desc(irq).suspended
    rig.interrupt(irq)
    assert not pm_wakeup_pending(rig.k) and rig.entries() == ("irq_mask", "handler", "irq_unmask")


# -- when the early lines come up -------------------------------------------------------------------------------------


@kernel
def resume_noirq(k, dev):
    return note(k, dev, "->resume_noirq")


@kernel
def suspend_noirq(k, dev):
    return note(k, dev, "->suspend_noirq")


NOIRQ = Driver("noirq", probe=PLAIN.probe, pm=DevPmOps("noirq", suspend_noirq=suspend_noirq, resume_noirq=resume_noirq))


@RELEASES
@pytest.mark.parametrize(("irqflags", "early"), [(E, True), (0, False)])
def test_early_lines_come_up_before_the_noirq_callbacks(irqs, release, irqflags, early):
    """irq_pm_syscore_resume() is one of the operations of syscore_resume()."""
    rig, _ = line(irqs, "irq_disable", "irq_enable", release=release, irqflags=irqflags)
    rig.bind("a", NOIRQ)
    rig.entries()
    assert pm_suspend(rig.k) == 0
    up = ("irq_enable", "->resume_noirq a") if early else ("->resume_noirq a", "irq_enable")
    assert rig.entries() == ("irq_disable", "->suspend_noirq a", *up)


@pytest.mark.parametrize(("refused", "order"), [(True, ("irq_enable",)), (False, ("irq_enable", "->resume_noirq b"))])
def test_a_sleep_given_up_in_the_noirq_phase_resumes_early_lines_with_all_others(irqs, refused, order):
    """No syscore_suspend(), no syscore_resume(): resume_device_irqs() has them, after the noirq callbacks."""
    rig, irq = line(irqs, "irq_disable", "irq_enable", irqflags=E)
    for name in ("a", "b"):
        rig.bind(name, NOIRQ)
    rig.answer("->suspend_noirq a", -EBUSY if refused else 0)
    rig.entries()
    assert pm_suspend(rig.k) == (-EBUSY if refused else 0)
    entries = rig.entries()
    assert entries[-len(order) :] == order if refused else entries.index("irq_enable") < entries.index("->resume_noirq b")
    assert rig.core(irq) == RUNNING and rig.unbalanced() == 0


def test_early_lines_come_up_with_interrupts_off_and_after_controllers_saved_by_syscore(irqs):
    """syscore_resume(): the oldest first; a controller registers when it is set up, before anybody requests a line of it."""
    rig = irqs()
    register_syscore(rig.k, CONTROLLER)
    irq = rig.line(chip("irq_disable", "irq_enable"))
    assert rig.request(irq, flags=E) == 0
    rig.entries()
    assert not rig.task("task sleep", pm_suspend).exists
    assert rig.entries() == ("irq_disable", "controller restored, interrupts off", "irq_enable")


@kernel
def controller_resume(k):
    log(k, 1, f"controller restored, interrupts {'off' if irqs_disabled(k) else 'on'}")


CONTROLLER = Syscore("controller", resume=controller_resume)


# -- rearm_wake_irq() -------------------------------------------------------------------------------------------------


def test_a_line_that_has_woken_the_system_may_be_armed_again(irqs):
    """rearm_wake_irq(): enabled once more, resent as it is pending; the next interrupt wakes the system again."""
    rig, irq = line(irqs, *BUS, wake=True)
    pm.suspend_device_irqs(rig.k)
    rig.interrupt(irq)
    pm_wakeup_clear(rig.k)
    rig.entries()
    pm.rearm_wake_irq(rig.k, irq)
    assert rig.places() == ("irq_bus_lock:", "irq_unmask: bus desc", "irq_bus_sync_unlock: bus")
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP ARMED depth=0"
    rig.interrupt(irq)
    assert pm_wakeup_pending(rig.k)
    pm.resume_device_irqs(rig.k)
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP depth=0" and rig.unbalanced() == 0


@pytest.mark.parametrize("kind", ["armed", "suspended", "running", "no line"])
def test_rearm_wake_irq_needs_a_suspended_line_that_is_a_wake_up_source(irqs, kind):
    rig, irq = line(irqs, wake=kind == "armed")
    if kind != "running":
        pm.suspend_device_irqs(rig.k)
    before = rig.core(irq)
    pm.rearm_wake_irq(rig.k, 99 if kind == "no line" else irq)
    assert rig.core(irq) == before and rig.entries() == ()
