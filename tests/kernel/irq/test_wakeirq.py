"""Wake irqs of devices (drivers/base/power/wakeirq.c and wakeup.c; the same in 6.1.170 and 6.12.117 but where a test says so).

Left out: counted wakeup events (``/sys/power/wakeup_count``), 6.1's dev_pm_enable_wake_irq() and dev_pm_disable_wake_irq().
"""

from __future__ import annotations

import pytest
from irqrig import BUS, FRESH, RUNNING, chip
from pmrig import PLAIN, plain_resume, plain_suspend

from irqlab.kernel.context import might_sleep, point
from irqlab.kernel.device import DevPmOps, Driver
from irqlab.kernel.errno import EACCES, EBUSY, EEXIST, EINVAL, EIO, ENOMEM
from irqlab.kernel.irq.desc import IrqChip
from irqlab.kernel.irq.flags import IRQCHIP_SKIP_SET_WAKE, IRQF_NO_AUTOEN, IRQF_ONESHOT
from irqlab.kernel.irq.manage import disable_irq_nosync
from irqlab.kernel.irq.thread import irq_thread, thread_pending
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm import wakeirq, wakeup
from irqlab.kernel.pm.power import ACTIVE, SUSPENDED, SUSPENDING, WakeIrq, WakeupSource
from irqlab.kernel.pm.sleep import dpm_resume_noirq, dpm_suspend_noirq, pm_suspend, pm_wakeup_pending
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
REVERSE = pytest.mark.parametrize("reverse", [False, True])
SET = {False: wakeirq.dev_pm_set_dedicated_wake_irq, True: wakeirq.dev_pm_set_dedicated_wake_irq_reverse}
#: A dedicated line: requested and never enabled; enabled; disabled again (never lazily); freed.
WAITING = "DISABLED MASKED ACTIVATED ONESHOT depth=1"
OPEN = "STARTED ACTIVATED ONESHOT depth=0"
SHUT = "DISABLED MASKED STARTED ACTIVATED ONESHOT depth=1"
FREED = "DISABLED MASKED ONESHOT depth=1"


RUNTIME = {"runtime_suspend": plain_suspend, "runtime_resume": plain_resume}
DOWN, UP = rpm.pm_runtime_force_suspend, rpm.pm_runtime_force_resume
FORCED = Driver("forced", probe=PLAIN.probe, pm=DevPmOps("forced", suspend=DOWN, resume=UP, **RUNTIME))
FORCED_NOIRQ = Driver("noirq", probe=PLAIN.probe, pm=DevPmOps("noirq", suspend_noirq=DOWN, resume_noirq=UP, **RUNTIME))


def bound(irqs, reverse=False, release="6.12", driver=PLAIN, callbacks=(), may_wakeup=False, active=True, **more):
    """Device ``a``, active unless told otherwise, with a dedicated wake irq."""
    rig = irqs(release, **more)
    irq = rig.line(chip(*callbacks, flags=0 if "irq_set_wake" in callbacks else IRQCHIP_SKIP_SET_WAKE))
    a = rig.bind("a", driver)
    if may_wakeup:
        assert wakeup.device_init_wakeup(rig.k, a, True) == 0
    assert SET[reverse](rig.k, a, irq) == 0
    if active:
        assert rpm.pm_runtime_get_sync(rig.k, a) == 0
    rig.entries()
    return rig, a, irq


def bits(rig, number=0):
    """Status of ``a``'s wake irq."""
    wirq = rig.world.at(WakeIrq, "a", number)
    names = ("dedicated", "managed", "reverse", "enabled")
    return " ".join(name for name in names if getattr(wirq, name))


# -- set and clear ------------------------------------------------------------------------------------------------


@RELEASES
@REVERSE
def test_a_dedicated_wake_irq_is_requested_and_left_disabled(irqs, release, reverse):
    rig, _, irq = bound(irqs, reverse, release, active=False)
    assert rig.core(irq) == WAITING and not rig.open(irq) and rig.desc(irq).disable_unlazy
    (action,) = rig.desc(irq).actions
    assert (action.name, action.flags, action.thread) == ("a:wakeup", IRQF_ONESHOT | IRQF_NO_AUTOEN, True)
    assert bits(rig) == ("dedicated reverse" if reverse else "dedicated")


def test_a_devices_own_interrupt_is_neither_requested_nor_touched(irqs):
    rig = irqs()
    irq = rig.line(chip())
    a = rig.bind("a", PLAIN)
    assert wakeirq.dev_pm_set_wake_irq(rig.k, a, irq) == 0 and bits(rig) == ""
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_put_sync(rig.k, a)
    assert rig.core(irq) == FRESH and rig.entries() == ("probe a", "resume a", "suspend a")
    wakeirq.dev_pm_clear_wake_irq(rig.k, a)
    assert rig.setup("a").wakeirq is None and not rig.world.at(WakeIrq, "a", 0).exists


@pytest.mark.parametrize("how", [wakeirq.dev_pm_set_wake_irq, *SET.values()])
def test_no_irq_is_einval(irqs, how):
    rig = irqs()
    assert how(rig.k, rig.bind("a", PLAIN), -1) == -EINVAL and rig.setup("a").wakeirq is None


@pytest.mark.parametrize("how", [wakeirq.dev_pm_set_wake_irq, *SET.values()])
def test_no_memory_leaves_nothing_behind(irqs, how):
    rig = irqs(failures=1)
    irq = rig.line(chip())
    a = rig.dev("a")
    rig.world.begin((1,))
    assert how(rig.k, a, irq) == -ENOMEM
    assert rig.core(irq) == FRESH and not rig.world.at(WakeIrq, "a", 0).exists


def test_a_request_that_fails_leaves_the_device_without_and_the_line_unlazy(irqs):
    """irq_set_status_flags() comes before request_threaded_irq(), and nobody takes it back."""
    rig = irqs()
    irq = rig.line(chip())
    a = rig.bind("a", PLAIN)
    assert rig.request(irq) == 0
    assert wakeirq.dev_pm_set_dedicated_wake_irq(rig.k, a, irq) == -EBUSY
    assert rig.setup("a").wakeirq is None and rig.desc(irq).disable_unlazy and rig.core(irq) == RUNNING


def test_a_second_wake_irq_warns_and_its_line_is_freed(irqs):
    rig, a, irq = bound(irqs)
    second = rig.line(chip(), hwirq=4)
    assert wakeirq.dev_pm_set_dedicated_wake_irq(rig.k, a, second) == -EEXIST
    assert rig.warnings() == ["a: wake irq already initialized"] and rig.core(second) == FREED
    assert rig.setup("a").wakeirq == rig.world.at(WakeIrq, "a", 0) and rig.core(irq) == WAITING
    assert wakeirq.dev_pm_set_wake_irq(rig.k, a, second) == -EEXIST and not rig.world.at(WakeIrq, "a", 1).exists


@REVERSE
def test_clearing_frees_a_dedicated_line_whatever_its_state(irqs, reverse):
    rig, a, irq = bound(irqs, reverse)
    rpm.pm_runtime_put_sync(rig.k, a)
    assert rig.core(irq) == OPEN
    rig.entries()
    wakeirq.dev_pm_clear_wake_irq(rig.k, a)
    assert rig.core(irq) == FREED and rig.entries() == ("irq_mask", "deactivate") and not rig.desc(irq).disable_unlazy
    wakeirq.dev_pm_clear_wake_irq(rig.k, a)  # right without any
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rig.entries() == ("resume a",) and rig.unbalanced() == 0


# -- runtime PM ---------------------------------------------------------------------------------------------------


@RELEASES
@REVERSE
def test_the_first_resume_disables_nothing_and_every_later_one_does(irqs, release, reverse):
    """Devices begin suspended: not managed before their first suspend, else the depth would go to 2."""
    rig, a, irq = bound(irqs, reverse, release)
    assert rig.core(irq) == WAITING and bits(rig) == ("dedicated reverse" if reverse else "dedicated")
    for _ in range(2):
        rpm.pm_runtime_put_sync(rig.k, a)
        assert rig.entries() == (("suspend a", "irq_unmask") if reverse else ("irq_unmask", "suspend a"))
        assert rig.core(irq) == OPEN and bits(rig).endswith("enabled")
        rpm.pm_runtime_get_sync(rig.k, a)
        assert rig.entries() == ("irq_mask", "resume a")  # not lazily
        assert rig.core(irq) == SHUT and "managed" in bits(rig) and "enabled" not in bits(rig)


@pytest.mark.parametrize(
    ("reverse", "first", "second"),
    [
        (False, ("irq_unmask", "suspend a", "irq_mask"), ("irq_unmask", "suspend a")),
        (True, ("suspend a",), ("suspend a", "irq_unmask")),
    ],
)
def test_a_suspend_that_fails_disables_what_it_had_enabled(irqs, reverse, first, second):
    rig, a, irq = bound(irqs, reverse)
    rig.answer("suspend a", -EBUSY)
    assert rpm.pm_runtime_put_sync(rig.k, a) == -EBUSY and rig.status("a") == ACTIVE
    assert rig.entries() == first and rig.desc(irq).depth == 1 and "managed" in bits(rig)
    rig.answer("suspend a", 0)
    assert rpm.pm_runtime_suspend(rig.k, a) == 0
    assert rig.entries() == second and rig.core(irq) == OPEN


@REVERSE
def test_a_resume_that_fails_enables_it_again_in_either_order(irqs, reverse):
    rig, a, irq = bound(irqs, reverse)
    rpm.pm_runtime_put_sync(rig.k, a)
    rig.entries()
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EIO and rig.status("a") == SUSPENDED
    assert rig.entries() == ("irq_mask", "resume a", "irq_unmask") and rig.core(irq) == OPEN


def test_a_resume_that_fails_first_leaves_an_unmanaged_line_alone(irqs):
    """dev_pm_enable_wake_irq_check(dev, false) may not make it managed."""
    rig, a, irq = bound(irqs, active=False)
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EIO
    assert rig.entries() == ("resume a",) and rig.core(irq) == WAITING and bits(rig) == "dedicated"


@RELEASES
def test_its_interrupt_resumes_the_device_in_a_thread(irqs, release):
    rig, a, irq = bound(irqs, release=release)
    rpm.pm_runtime_put_sync(rig.k, a)
    rig.entries()
    rig.interrupt(irq)
    assert rig.status("a") == SUSPENDED and thread_pending(rig.k, rig.action(irq))
    irq_thread(rig.k, rig.action(irq))
    assert rig.status("a") == ACTIVE and rig.entries() == ("irq_mask", "resume a")
    assert rig.core(irq) == SHUT and rig.usage("a") == 0


@kernel
def slow_suspend(k, dev):
    point(k, "slow suspend")
    return plain_suspend(k, dev)


SLOW = Driver("slow", probe=PLAIN.probe, pm=DevPmOps("slow", runtime_suspend=slow_suspend, runtime_resume=plain_resume))


@pytest.mark.parametrize(("reverse", "early"), [(False, True), (True, False)])
def test_an_interrupt_during_the_suspend_is_let_through_unless_the_order_is_reverse(irqs, reverse, early):
    """Enabled before ->runtime_suspend() it comes in the middle: its thread waits for the suspend, then resumes the device."""
    rig, a, irq = bound(irqs, reverse, driver=SLOW)
    task = rig.start("task a", rpm.pm_runtime_put_sync, a)
    rig.run(task, lambda: rig.status("a") == SUSPENDING and rig.open(irq) is early and task.exists)
    assert rig.status("a") == SUSPENDING and rig.open(irq) is early
    if early:
        rig.interrupt(irq)
        thread = rig.task(rig.action(irq).thread_name, irq_thread, rig.action(irq))
        assert thread.waits_for == "sleeps until a is no longer resuming or suspending"
        rig.go_on(task)
        rig.go_on(thread)
        assert rig.status("a") == ACTIVE and rig.core(irq) == SHUT
    else:
        rig.go_on(task)
        assert rig.status("a") == SUSPENDED and rig.core(irq) == OPEN
        rig.interrupt(irq)  # one that is still there when the line opens
        irq_thread(rig.k, rig.action(irq))
        assert rig.status("a") == ACTIVE


def test_its_interrupt_cannot_resume_a_device_whose_runtime_pm_is_off(irqs):
    """-EACCES is said (``wake IRQ with no resume``), and the interrupt counts as handled."""
    rig, a, irq = bound(irqs)
    rpm.pm_runtime_put_sync(rig.k, a)
    rpm.pm_runtime_disable(rig.k, a)
    rig.interrupt(irq)
    rig.entries()
    assert rpm.pm_runtime_resume(rig.k, a) == -EACCES
    irq_thread(rig.k, rig.action(irq))
    assert rig.status("a") == SUSPENDED and rig.entries() == ("irq_unmask",) and rig.core(irq).endswith("ONESHOT depth=0")


@kernel
def sleeping_lock(k, d):
    might_sleep(k, "bus lock")


@kernel
def sleeping_unlock(k, d):
    pass


@pytest.mark.parametrize("dedicated", [True, False])
def test_a_chip_whose_bus_lock_sleeps_does_so_under_power_lock(irqs, dedicated):
    """rpm_suspend() calls enable_irq() under power.lock, a spinlock, with interrupts off: wrong for such a chip."""
    rig = irqs()
    irq = rig.line(IrqChip("slow bus", irq_bus_lock=sleeping_lock, irq_bus_sync_unlock=sleeping_unlock))
    a = rig.bind("a", PLAIN)
    assert (SET[False] if dedicated else wakeirq.dev_pm_set_wake_irq)(rig.k, a, irq) == 0
    rpm.pm_runtime_get_sync(rig.k, a)
    task = rig.task("task a", rpm.pm_runtime_put_sync, a)
    assert not task.exists and rig.status("a") == SUSPENDED
    assert [facts["what"] for facts in rig.signals("sleep-in-atomic")] == (["bus lock"] if dedicated else [])


@REVERSE
def test_force_suspend_and_force_resume_do_as_runtime_pm_does(irqs, reverse):
    rig, a, irq = bound(irqs, reverse)
    assert rpm.pm_runtime_force_suspend(rig.k, a) == 0
    assert rig.entries() == (("suspend a", "irq_unmask") if reverse else ("irq_unmask", "suspend a"))
    assert rig.core(irq) == OPEN
    rpm.pm_runtime_get_noresume(rig.k, a)
    rig.setup("a").needs_force_resume = True
    assert rpm.pm_runtime_force_resume(rig.k, a) == 0
    assert rig.entries() == ("irq_mask", "resume a") and rig.core(irq) == SHUT


def test_a_forced_suspend_that_fails_disables_it_again(irqs):
    rig, a, irq = bound(irqs)
    rig.answer("suspend a", -EIO)
    assert rpm.pm_runtime_force_suspend(rig.k, a) == -EIO
    assert rig.entries() == ("irq_unmask", "suspend a", "irq_mask") and rig.desc(irq).depth == 1


# -- system sleep -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("may", "armed"), [(True, True), (False, False)])
def test_a_devices_own_interrupt_is_armed_only_if_the_device_may_wake_the_system(irqs, may, armed):
    rig = irqs()
    irq = rig.line(chip("irq_set_wake"))
    a = rig.bind("a", PLAIN)
    assert wakeup.device_init_wakeup(rig.k, a, may) == 0
    assert wakeirq.dev_pm_set_wake_irq(rig.k, a, irq) == 0 and rig.request(irq) == 0
    rig.entries()
    assert dpm_suspend_noirq(rig.k, ()) == 0
    assert rig.entries() == (("irq_set_wake on",) if armed else ())
    asleep = "STARTED ACTIVATED WAKEUP ARMED depth=0" if armed else "DISABLED STARTED ACTIVATED SUSPENDED depth=1"
    assert rig.core(irq) == asleep
    dpm_resume_noirq(rig.k, ())
    assert rig.entries() == (("irq_set_wake off",) if armed else ()) and rig.core(irq) == RUNNING


@RELEASES
def test_a_dedicated_line_of_an_active_device_is_enabled_for_the_sleep(irqs, release):
    rig, _, irq = bound(irqs, release=release, callbacks=("irq_set_wake",), may_wakeup=True)
    assert dpm_suspend_noirq(rig.k, ()) == 0
    assert rig.entries() == ("irq_unmask", "irq_set_wake on")
    assert rig.core(irq) == "STARTED ACTIVATED WAKEUP ARMED ONESHOT depth=0" and "enabled" not in bits(rig)
    dpm_resume_noirq(rig.k, ())
    assert rig.entries() == ("irq_set_wake off", "irq_mask") and rig.desc(irq).depth == 1 and rig.unbalanced() == 0


def test_a_dedicated_line_of_a_suspended_device_is_enabled_already(irqs):
    rig, a, irq = bound(irqs, callbacks=("irq_set_wake",), may_wakeup=True)
    rpm.pm_runtime_put_sync(rig.k, a)
    rig.entries()
    assert dpm_suspend_noirq(rig.k, ()) == 0
    assert rig.entries() == ("irq_set_wake on",) and rig.desc(irq).depth == 0
    dpm_resume_noirq(rig.k, ())
    assert rig.entries() == ("irq_set_wake off",) and rig.desc(irq).depth == 0


def test_a_dedicated_line_of_a_device_that_may_not_is_suspended_like_any_other(irqs):
    rig, a, irq = bound(irqs, callbacks=("irq_set_wake",))
    rpm.pm_runtime_put_sync(rig.k, a)
    rig.entries()
    assert dpm_suspend_noirq(rig.k, ()) == 0
    assert rig.entries() == ("irq_mask",)  # it is never disabled lazily
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED ONESHOT SUSPENDED depth=1"
    dpm_resume_noirq(rig.k, ())
    assert rig.entries() == ("irq_unmask",) and rig.desc(irq).depth == 0


def test_a_chip_without_irq_set_wake_leaves_the_line_to_be_suspended(irqs):
    """irq_set_irq_wake() says -ENXIO and dev_pm_arm_wake_irq() does not ask; on the way up the disable is unbalanced."""
    rig = irqs()
    irq = rig.line(chip())
    a = rig.bind("a", PLAIN)
    assert wakeup.device_init_wakeup(rig.k, a, True) == 0 and wakeirq.dev_pm_set_wake_irq(rig.k, a, irq) == 0
    assert rig.request(irq) == 0 and dpm_suspend_noirq(rig.k, ()) == 0
    assert rig.core(irq) == "DISABLED STARTED ACTIVATED SUSPENDED depth=1"
    dpm_resume_noirq(rig.k, ())
    assert rig.core(irq) == RUNNING and rig.warnings() == [f"Unbalanced IRQ {irq} wake disable"]


@RELEASES
def test_an_interrupt_in_the_sleep_wakes_the_system_and_the_line_is_resumed_before_it_is_disarmed(irqs, release):
    """dpm_resume_noirq(): resume_device_irqs(), then device_wakeup_disarm_wake_irqs()."""
    rig, _, irq = bound(irqs, release=release, callbacks=("irq_set_wake",), may_wakeup=True)
    assert dpm_suspend_noirq(rig.k, ()) == 0
    rig.entries()
    rig.interrupt(irq)
    assert pm_wakeup_pending(rig.k) and not thread_pending(rig.k, rig.action(irq)) and rig.entries() == ("irq_mask",)
    assert rig.core(irq) == "DISABLED MASKED STARTED ACTIVATED WAKEUP PENDING ONESHOT SUSPENDED depth=1"
    dpm_resume_noirq(rig.k, ())
    assert rig.entries() == ("irq_unmask", "irq_set_wake off", "irq_mask") and rig.core(irq) == SHUT and rig.unbalanced() == 0


@pytest.mark.parametrize(("armed", "resumed"), [(True, False), (False, True)])
def test_the_handler_resumes_nothing_while_the_line_is_a_wake_up_source(irqs, armed, resumed):
    """handle_threaded_wake_irq(): pm_wakeup_event(dev, 0), a soft event, which aborts no sleep by itself."""
    rig, a, irq = bound(irqs, may_wakeup=True)
    rpm.pm_runtime_put_sync(rig.k, a)
    if armed:
        wakeup.device_wakeup_arm_wake_irqs(rig.k)
    rig.interrupt(irq)
    irq_thread(rig.k, rig.action(irq))
    assert (rig.status("a") == ACTIVE) is resumed and not pm_wakeup_pending(rig.k)


@pytest.mark.parametrize(
    ("driver", "active", "depth", "unbalanced"),
    [
        (FORCED, True, 1, 0),  # force_suspend enables it, arming finds it enabled
        (FORCED_NOIRQ, True, 2, 1),  # arming enables it, then force_suspend once more: WARN; both disable it on the way up
        (FORCED_NOIRQ, False, 0, 0),  # enabled since its runtime suspend
    ],
)
def test_force_suspend_in_the_noirq_phase_enables_an_armed_line_twice(irqs, driver, active, depth, unbalanced):
    """WAKE_IRQ_DEDICATED_ENABLED says what runtime PM did, not what dev_pm_arm_wake_irq() did (6.1, 6.12).

    The line is then disabled once too often for good: the next runtime suspend leaves it shut.
    """
    rig, a, irq = bound(irqs, driver=driver, callbacks=("irq_set_wake",), may_wakeup=True)
    if not active:
        rpm.pm_runtime_put_sync(rig.k, a)
    assert pm_suspend(rig.k) == 0
    rig.work()
    assert (rig.desc(irq).depth, rig.desc(irq).wake_depth, rig.unbalanced()) == (depth, 0, unbalanced)
    if active:
        rpm.pm_runtime_put_sync(rig.k, a)
        assert rig.status("a") == SUSPENDED and rig.open(irq) is not bool(unbalanced)


# -- wakeup sources -----------------------------------------------------------------------------------------------


def test_a_device_may_wake_the_system_if_it_can_and_has_a_source(irqs):
    rig = irqs()
    a = rig.bind("a", PLAIN)
    seen = []
    for step in (
        lambda: wakeup.device_wakeup_enable(rig.k, a),
        lambda: wakeup.device_set_wakeup_capable(rig.k, a, True),
        lambda: wakeup.device_wakeup_enable(rig.k, a),
        lambda: wakeup.device_wakeup_enable(rig.k, a),
        lambda: wakeup.device_set_wakeup_enable(rig.k, a, False),
    ):
        seen.append((step(), wakeup.device_can_wakeup(rig.k, a), wakeup.device_may_wakeup(rig.k, a)))
    assert seen == [
        (-EINVAL, False, False),
        (None, True, False),
        (0, True, True),
        (-EEXIST, True, True),
        (0, True, False),
    ]
    assert not rig.world.at(WakeupSource, "a", 0).exists and wakeup.wakeup_sources(rig.k) == ()


@pytest.mark.parametrize(("release", "answer"), [("6.1", -EINVAL), ("6.12", 0)])
def test_disabling_what_cannot_wake_is_an_error_in_6_1_only(irqs, release, answer):
    """Switch ``wakeup-disable-void``."""
    rig = irqs(release)
    assert wakeup.device_set_wakeup_enable(rig.k, rig.dev("a"), False) == answer
    assert wakeup.device_init_wakeup(rig.k, rig.dev("a"), False) == 0


@pytest.mark.parametrize("first", ["irq", "source"])
def test_a_wake_irq_follows_the_wakeup_source_of_its_device(irqs, first):
    """Whichever comes first; user space may take the source away and give another, the wake irq stays with the device."""
    rig = irqs()
    irq = rig.line(chip(flags=IRQCHIP_SKIP_SET_WAKE))
    a = rig.bind("a", PLAIN)
    if first == "source":
        assert wakeup.device_init_wakeup(rig.k, a, True) == 0
    assert wakeirq.dev_pm_set_wake_irq(rig.k, a, irq) == 0
    if first == "irq":
        assert wakeup.device_init_wakeup(rig.k, a, True) == 0
    (source,) = wakeup.wakeup_sources(rig.k)
    assert source.wakeirq == rig.setup("a").wakeirq == rig.world.at(WakeIrq, "a", 0)
    assert wakeup.device_set_wakeup_enable(rig.k, a, False) == 0
    wakeup.device_wakeup_arm_wake_irqs(rig.k)
    assert not rig.data(irq).wakeup_state and rig.setup("a").wakeirq is not None
    assert wakeup.device_set_wakeup_enable(rig.k, a, True) == 0
    wakeup.device_wakeup_arm_wake_irqs(rig.k)
    assert rig.data(irq).wakeup_state
    wakeirq.dev_pm_clear_wake_irq(rig.k, a)
    assert wakeup.wakeup_sources(rig.k)[0].wakeirq is None


def test_sources_are_gone_through_the_newest_first(irqs):
    rig = irqs()
    lines = [rig.line(chip("irq_set_wake", *BUS), hwirq=hwirq) for hwirq in (1, 2)]
    for name, irq in zip("ab", lines, strict=True):
        device = rig.bind(name, PLAIN)
        assert wakeup.device_init_wakeup(rig.k, device, True) == 0
        assert wakeirq.dev_pm_set_wake_irq(rig.k, device, irq) == 0
    rig.entries()
    disable_irq_nosync(rig.k, lines[0])
    wakeup.device_wakeup_arm_wake_irqs(rig.k)
    assert [source.key[0] for source in wakeup.wakeup_sources(rig.k)] == ["b", "a"]
