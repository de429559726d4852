"""irq-safe devices in runtime PM (pm_runtime_irq_safe(); drivers/base/power/runtime.c, the same in 6.1.170 and 6.12.117).

Left out: power domains that are irq-safe themselves (GENPD_FLAG_IRQ_SAFE).
"""

from __future__ import annotations

import pytest
from pmrig import ASKED, CLOCKED, PLAIN, note

from irqlab.kernel.context import irqs_disabled, point
from irqlab.kernel.dd import device_unbind
from irqlab.kernel.device import DevPmOps, Driver, device_link_add
from irqlab.kernel.errno import EAGAIN, EBUSY, EIO
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm.power import ACTIVE, RESUMING, SUSPENDED, SUSPENDING
from irqlab.state import kernel

RELEASES = pytest.mark.parametrize("release", ["6.1", "6.12"])
SAFE = pytest.mark.parametrize("safe", [True, False])


def child(boot, safe, release="6.12"):
    """``d`` inside ``c``, both suspended; irq-safe or not."""
    rig = boot(release)
    rig.bind("c", PLAIN)
    d = rig.bind("d", PLAIN)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, d)
    rig.work()
    rig.entries()
    return rig, rig.dev("c"), d


def counts(rig, name):
    return rig.usage(name), rig.counters(name).child_count, rig.status(name)


# -- the parent ---------------------------------------------------------------------------------------------------


@RELEASES
@SAFE
def test_the_parent_of_an_irq_safe_device_is_active_for_good(boot, release, safe):
    """pm_runtime_irq_safe() gets the parent; the child counts in it all the same, and nobody asks it to go idle."""
    rig, _, d = child(boot, safe, release)
    held = int(safe)
    assert counts(rig, "c") == (held, 0, ACTIVE if safe else SUSPENDED)
    rpm.pm_runtime_get_sync(rig.k, d)
    assert counts(rig, "c") == (held, 1, ACTIVE)
    assert rig.entries() == (("resume d",) if safe else ("resume c", "resume d"))
    rpm.pm_runtime_put_sync(rig.k, d)
    assert not rig.state("c").request_pending or not safe
    rig.work()
    assert counts(rig, "c") == (held, 0, ACTIVE if safe else SUSPENDED)
    assert rig.entries() == (("suspend d",) if safe else ("suspend d", "suspend c"))


@pytest.mark.parametrize("times", [1, 2])
def test_each_call_holds_the_parent_once_more_and_unbinding_gives_one_back(boot, times):
    """pm_runtime_reinit() puts the parent once, however often pm_runtime_irq_safe() was called."""
    rig, _, d = child(boot, True)
    for _ in range(times - 1):
        rpm.pm_runtime_irq_safe(rig.k, d)
    assert rig.usage("c") == times
    device_unbind(rig.k, d)
    rig.work()
    assert not rig.setup("d").irq_safe and rig.usage("c") == times - 1
    assert rig.status("c") == (SUSPENDED if times == 1 else ACTIVE)


def test_a_driver_that_leaves_runtime_pm_enabled_leaves_the_device_irq_safe(boot):
    """pm_runtime_reinit() does nothing then: the parent stays held, and the next driver's callbacks have interrupts off."""
    rig = boot()
    rig.bind("c", PLAIN)
    d = rig.bind("d", Driver("leaves", probe=PLAIN.probe, pm=PLAIN.pm))
    rpm.pm_runtime_irq_safe(rig.k, d)
    device_unbind(rig.k, d)
    assert rig.setup("d").irq_safe and rig.usage("c") == 1


@pytest.mark.parametrize("parent", ["suspended", "disabled", "fails"])
def test_an_irq_safe_device_resumes_whatever_its_parent_is(boot, parent):
    """rpm_resume() skips the parent: what became of it behind its back is nobody's question."""
    rig, c, d = child(boot, True)
    if parent == "suspended":
        rig.state("c").status = SUSPENDED
    elif parent == "disabled":
        rpm.pm_runtime_disable(rig.k, c)
    else:
        rig.state("c").status = SUSPENDED
        rig.answer("resume c", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, d) == 0 and rig.status("d") == ACTIVE
    assert rig.entries() == ("resume d",) and rig.counters("c").child_count == 1


def test_one_that_is_not_resumes_its_parent_or_fails_with_it(boot):
    rig, _, d = child(boot, False)
    rig.answer("resume c", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, d) == -EBUSY and rig.status("d") == SUSPENDED


def test_a_parent_that_does_not_resume_does_not_keep_the_device_from_being_irq_safe(boot):
    """pm_runtime_get_sync() is not asked; it has counted all the same."""
    rig, _, d = child(boot, False)
    rig.answer("resume c", -EIO)
    rpm.pm_runtime_irq_safe(rig.k, d)
    assert rig.setup("d").irq_safe and counts(rig, "c") == (1, 0, SUSPENDED)


@SAFE
def test_a_failed_resume_leaves_the_parents_count(boot, safe):
    rig, _, d = child(boot, safe)
    rig.answer("resume d", -EIO)
    assert rpm.pm_runtime_resume_and_get(rig.k, d) == -EIO
    rig.work()
    assert counts(rig, "c") == (int(safe), 0, ACTIVE if safe else SUSPENDED)


@SAFE
def test_no_callbacks_skips_them_irq_safe_or_not(boot, safe):
    rig, _, d = child(boot, safe)
    rpm.pm_runtime_no_callbacks(rig.k, d)
    assert rpm.pm_runtime_get_sync(rig.k, d) == int(safe)  # 1: an active parent was only counted
    assert counts(rig, "c")[1] == 1 and "resume d" not in rig.entries()


# -- suppliers ----------------------------------------------------------------------------------------------------


@RELEASES
@SAFE
def test_the_suppliers_of_an_irq_safe_device_are_neither_resumed_nor_released(boot, release, safe):
    """__rpm_callback() resumes suppliers only with interrupts on; rpm_suspend() returns before it tells them."""
    rig = boot(release)
    b, a = rig.bind("b", PLAIN), rig.bind("a", PLAIN)
    link = device_link_add(rig.k, a, b, True)
    assert link is not None
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    rig.work()
    rig.entries()
    rpm.pm_runtime_get_sync(rig.k, a)
    assert (rig.status("b"), rig.usage("b"), link.rpm_active) == ((SUSPENDED, 0, 0) if safe else (ACTIVE, 1, 1))
    assert rig.entries() == (("resume a",) if safe else ("resume b", "resume a"))
    rpm.pm_runtime_put_sync(rig.k, a)
    rig.work()
    assert (rig.status("b"), rig.usage("b"), link.rpm_active) == (SUSPENDED, 0, 0)
    assert rig.entries() == (("suspend a",) if safe else ("suspend a", "suspend b"))


# -- interrupts and waiting ---------------------------------------------------------------------------------------


@kernel
def told_suspend(k, dev):
    note(k, dev, "off" if irqs_disabled(k) else "on")
    point(k, "suspend")
    return note(k, dev, "suspend")


@kernel
def told_resume(k, dev):
    note(k, dev, "off" if irqs_disabled(k) else "on")
    point(k, "resume")
    return note(k, dev, "resume")


@kernel
def told_idle(k, dev):
    return note(k, dev, "idle off" if irqs_disabled(k) else "idle on")


TOLD = Driver("told", probe=PLAIN.probe, pm=DevPmOps("told", told_suspend, told_resume, told_idle))


@kernel
def under_a_lock(k, dev, function):
    with irqsave(k, k.lock(RawSpinLock, "test lock")):
        function(k, dev)


@RELEASES
@SAFE
def test_callbacks_of_an_irq_safe_device_run_with_interrupts_off_idle_included(boot, release, safe):
    rig = boot(release)
    a = rig.bind("a", TOLD)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    rig.entries()
    for function in (rpm.pm_runtime_get_sync, rpm.pm_runtime_put_sync):
        rig.run(rig.start(f"task {function.__name__}", function, a))
    how = "off" if safe else "on"
    assert rig.entries() == (f"{how} a", "resume a", f"idle {how} a", f"{how} a", "suspend a")


@pytest.mark.parametrize("function", [rpm.pm_runtime_get_sync, rpm.pm_runtime_put_sync, rpm.pm_runtime_put_sync_suspend])
@SAFE
def test_an_irq_safe_device_is_resumed_and_suspended_from_any_context(boot, function, safe):
    """might_sleep_if() of __pm_runtime_resume(), __pm_runtime_idle() and __pm_runtime_suspend() spares it."""
    rig = boot()
    a = rig.bind("a", PLAIN)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    if function is not rpm.pm_runtime_get_sync:
        rpm.pm_runtime_get_sync(rig.k, a)
    rig.run(rig.start("task a", under_a_lock, a, function))
    assert bool(rig.signals("sleep-in-atomic")) is bool(rig.signals("irqs-enabled")) is not safe
    assert rig.status("a") == (ACTIVE if function is rpm.pm_runtime_get_sync else SUSPENDED)


@pytest.mark.parametrize("status", [SUSPENDING, RESUMING])
@pytest.mark.parametrize(("safe", "how"), [(True, "spins"), (False, "sleeps")])
def test_a_transition_under_way_is_spun_for_instead_of_slept_for(boot, status, safe, how):
    """rpm_resume(): cpu_relax() with interrupts off, for a transition some other CPU makes."""
    rig = boot()
    a = rig.bind("a", PLAIN)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    rig.state("a").status = status
    other = rig.start("task b", rpm.pm_runtime_get_sync, a)
    rig.run(other)
    waits = "a is no longer resuming or suspending"
    if safe:  # on one CPU nobody else can run: the CPU hangs
        assert rig.k.system.hung and waits in rig.k.system.hung and "spins" in rig.k.system.hung
    else:
        assert other.waits_for == f"{how} until {waits}"


@SAFE
def test_a_suspend_during_a_resume_is_refused_not_waited_for(boot, safe):
    rig = boot()
    a = rig.bind("a", PLAIN)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    rig.state("a").status = RESUMING
    assert rpm.pm_runtime_suspend(rig.k, a) == -EAGAIN and not rig.k.system.hung


@SAFE
def test_an_idle_callback_is_asked_either_way(boot, safe):
    rig = boot()
    a = rig.bind("a", ASKED)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, a)
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.entries()
    rig.answer("idle a", -EBUSY)
    assert rpm.pm_runtime_put_sync(rig.k, a) == -EBUSY
    assert rig.entries() == ("idle a",) and rig.status("a") == ACTIVE


# -- power domains -------------------------------------------------------------------------------------------------


@SAFE
def test_an_irq_safe_device_keeps_a_domain_that_may_sleep_on_and_resumes_without_its_lock(boot, safe):
    """irq_safe_dev_in_sleep_domain(), drivers/pmdomain/core.c: genpd_lock() is a mutex."""
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    if safe:
        rpm.pm_runtime_irq_safe(rig.k, ctl)
    rpm.pm_runtime_put_sync(rig.k, ctl)
    assert (rig.status("ctl"), rig.genpd().on) == (SUSPENDED, safe)
    rig.answer("resume ctl", -EIO)
    assert rpm.pm_runtime_resume_and_get(rig.k, ctl) == -EIO and rig.genpd().on is safe
