"""Runtime PM (``drivers/base/power/runtime.c``, read as 6.1.192 and 6.12.117); each row of the facts' section 6."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pmrig import ASKED, CLOCKED, PLAIN, make_rig, note

from irqlab.kernel.context import irqs_disabled, may_run, point
from irqlab.kernel.device import Device, DevPmOps, Driver, device_link_add
from irqlab.kernel.errno import EACCES, EAGAIN, EBUSY, EINPROGRESS, EINVAL, EIO, ENOSYS, ETIMEDOUT
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm.domain import Genpd, genpd_power_off_work_fn, genpd_work_pending, genpd_worker_name
from irqlab.kernel.pm.power import ACTIVE, INVALID, REQ_RESUME, RESUMING, RPM_ASYNC, RPM_NOWAIT, SUSPENDED, SUSPENDING
from irqlab.kernel.pm.rpm import pm_runtime_resume_flags
from irqlab.kernel.pm.sleep import pm_suspend
from irqlab.kernel.release import RELEASES, SWITCHES, Release, Switch
from irqlab.state import kernel


def autosuspend(rig, name, delay=100):
    rpm.pm_runtime_set_autosuspend_delay(rig.k, rig.dev(name), delay)
    rpm.pm_runtime_use_autosuspend(rig.k, rig.dev(name))


@pytest.fixture
def rig(boot):
    """``a`` is bound, enabled and suspended; nobody uses it."""
    rig = boot()
    rig.bind("a", PLAIN)
    rig.work()
    rig.entries()
    return rig


@pytest.fixture
def a(rig):
    return rig.dev("a")


# -- the initial state -----------------------------------------------------------------------------------------


def test_a_new_device_is_suspended_disabled_once_and_unused(boot):
    rig = boot()
    assert (rig.status("a"), rig.setup("a").disable_depth, rig.usage("a")) == (SUSPENDED, 1, 0)
    assert rig.setup("a").last_status == INVALID
    state, settings = rig.state("a"), rig.setup("a")
    assert (state.runtime_error, state.request, state.request_pending, state.deferred_resume) == (0, 0, False, False)
    assert (rig.counters("a").child_count, settings.links_count, settings.needs_force_resume) == (0, 0, False)
    assert (settings.irq_safe, settings.ignore_children, settings.no_callbacks) == (False, False, False)
    assert not rpm.timer_armed(rig.k, rig.dev("a"))


# -- suspend allowed? ------------------------------------------------------------------------------------------


def test_suspend_of_a_suspended_device_says_1(rig, a):
    assert rpm.pm_runtime_suspend(rig.k, a) == 1


def test_suspend_after_an_error_says_einval(rig, a):
    rig.state("a").runtime_error = -ETIMEDOUT
    assert rpm.pm_runtime_suspend(rig.k, a) == -EINVAL


def test_suspend_while_disabled_says_eacces(rig, a):
    rpm.pm_runtime_disable(rig.k, a)
    assert rpm.pm_runtime_suspend(rig.k, a) == -EACCES


def test_suspend_while_in_use_says_eagain(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rpm.pm_runtime_suspend(rig.k, a) == -EAGAIN


def test_suspend_with_active_children_says_ebusy_unless_they_are_ignored(boot):
    rig = boot()
    c, d = rig.bind("c", PLAIN), rig.bind("d", PLAIN)
    rpm.pm_runtime_get_sync(rig.k, d)
    rig.work()
    assert rig.counters("c").child_count == 1 and rig.usage("c") == 0
    assert rpm.pm_runtime_suspend(rig.k, c) == -EBUSY
    rpm.pm_suspend_ignore_children(rig.k, c, True)
    assert rpm.pm_runtime_suspend(rig.k, c) == 0


def test_a_pending_resume_request_goes_before_a_suspend(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    rpm.pm_runtime_resume(rig.k, a)
    rig.state("a").request_pending, rig.state("a").request = True, 4
    assert rpm.pm_runtime_suspend(rig.k, a) == -EAGAIN


@pytest.mark.parametrize(
    ("first", "answer"),
    [(0, -EINVAL), (1, -EACCES), (2, -EAGAIN), (3, -EBUSY), (4, -EAGAIN), (5, 1)],
    ids=["error", "disabled", "used", "children", "pending resume", "suspended"],
)
def test_of_several_reasons_not_to_suspend_the_first_is_told(rig, a, first, answer):
    """rpm_check_suspend_allowed(), 6.1 and 6.12: each reason with all that come after it."""
    state, settings, counters = rig.state("a"), rig.setup("a"), rig.counters("a")
    reasons = (
        (state, "runtime_error", -EIO),
        (settings, "disable_depth", 1),
        (counters, "usage_count", 1),
        (counters, "child_count", 1),
        (state, "request", REQ_RESUME),
        (state, "status", SUSPENDED),
    )
    state.status, state.request_pending = ACTIVE, True
    for record, name, value in reasons[first:]:
        setattr(record, name, value)
    assert rpm.pm_runtime_suspend(rig.k, a) == answer and rig.entries() == ()


# -- get and put -----------------------------------------------------------------------------------------------


def test_get_noresume_and_put_noidle_only_count(rig, a):
    rpm.pm_runtime_get_noresume(rig.k, a)
    assert (rig.usage("a"), rig.status("a"), rig.entries()) == (1, SUSPENDED, ())
    rpm.pm_runtime_put_noidle(rig.k, a)
    assert rig.usage("a") == 0 and rig.signals("pm-reference-underflow") == []


def test_put_noidle_stops_at_zero_and_only_irqlab_says_so(rig, a):
    rpm.pm_runtime_put_noidle(rig.k, a)
    assert rig.usage("a") == 0
    assert [facts["silent"] for facts in rig.signals("pm-reference-underflow")] == [True]


def test_get_counts_at_once_and_resumes_later(rig, a):
    assert rpm.pm_runtime_get(rig.k, a) == 0
    assert (rig.usage("a"), rig.status("a"), rig.state("a").request_pending) == (1, SUSPENDED, True)
    rig.work()
    assert rig.status("a") == ACTIVE and rig.entries() == ("resume a",)


def test_get_sync_resumes_at_once(rig, a):
    assert rpm.pm_runtime_get_sync(rig.k, a) == 0
    assert rpm.pm_runtime_get_sync(rig.k, a) == 1
    assert (rig.usage("a"), rig.status("a"), rig.entries()) == (2, ACTIVE, ("resume a",))


def test_get_sync_keeps_its_reference_on_error(rig, a):
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EIO
    assert (rig.usage("a"), rig.status("a")) == (1, SUSPENDED)


def test_resume_and_get_is_balanced_on_error(rig, a):
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_resume_and_get(rig.k, a) == -EIO
    assert rig.usage("a") == 0
    rig.answer("resume a", 0)
    rig.state("a").runtime_error = 0
    assert rpm.pm_runtime_resume_and_get(rig.k, a) == 0
    assert rpm.pm_runtime_resume_and_get(rig.k, a) == 0
    assert rig.usage("a") == 2


def test_get_if_active_and_in_use_ask_for_different_things(rig, a):
    assert rpm.pm_runtime_get_if_active(rig.k, a) == 0
    rpm.pm_runtime_resume(rig.k, a)
    assert rpm.pm_runtime_get_if_in_use(rig.k, a) == 0
    assert rpm.pm_runtime_get_if_active(rig.k, a) == 1
    assert rpm.pm_runtime_get_if_in_use(rig.k, a) == 1
    assert rig.usage("a") == 2
    rpm.pm_runtime_disable(rig.k, a)
    assert rpm.pm_runtime_get_if_active(rig.k, a) == -EINVAL
    assert rpm.pm_runtime_get_if_in_use(rig.k, a) == -EINVAL
    assert rig.usage("a") == 2


@pytest.mark.parametrize(("switches", "result"), [((), 0), (("in-use-with-children",), 1)])
def test_in_use_counts_active_children_since_6_12_44(boot, monkeypatch, switches, result):
    monkeypatch.setitem(SWITCHES, "in-use-with-children", Switch("in-use-with-children", "", ""))
    rig = boot()
    base = RELEASES["6.12"]
    rig.k.release = Release("test", (base.switches - {"in-use-with-children"}) | set(switches))
    c, d = rig.bind("c", PLAIN), rig.bind("d", PLAIN)
    rpm.pm_runtime_get_sync(rig.k, d)
    rig.work()
    assert rpm.pm_runtime_get_if_in_use(rig.k, c) == result


def test_put_queues_and_put_sync_does_it_now(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rpm.pm_runtime_put(rig.k, a) == 0
    assert (rig.usage("a"), rig.status("a"), rig.state("a").queued) == (0, ACTIVE, True)
    rig.work()
    assert rig.status("a") == SUSPENDED
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rpm.pm_runtime_put_sync(rig.k, a) == 0
    assert rig.status("a") == SUSPENDED
    assert rig.entries() == ("resume a", "suspend a") * 2


def test_put_with_other_users_does_nothing(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rpm.pm_runtime_put(rig.k, a) == 0
    assert rig.usage("a") == 1 and not rig.state("a").queued


def test_a_put_too_many_warns_and_stays_at_zero(rig, a):
    assert rpm.pm_runtime_put(rig.k, a) == -EINVAL
    assert rig.usage("a") == 0
    (facts,) = rig.signals("pm-reference-underflow")
    assert facts["text"] == "a: Runtime PM usage count underflow!" and facts["silent"] is False


# -- autosuspend -----------------------------------------------------------------------------------------------


def test_put_autosuspend_arms_the_timer_while_the_delay_runs(rig, a):
    autosuspend(rig, "a")
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_put_autosuspend(rig.k, a)
    assert rpm.timer_armed(rig.k, a) and not rpm.work_pending(rig.k, a)
    rpm.pm_suspend_timer_fn(rig.k, a)
    assert rpm.work_pending(rig.k, a) and rig.status("a") == ACTIVE
    rig.work()
    assert rig.status("a") == SUSPENDED and not rpm.timer_armed(rig.k, a)


def test_put_autosuspend_is_queued_at_once_when_the_delay_has_run_out(rig, a):
    autosuspend(rig, "a")
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.autosuspend_delay_expires(rig.k, a)
    rpm.pm_runtime_put_autosuspend(rig.k, a)
    assert rpm.work_pending(rig.k, a) and not rpm.timer_armed(rig.k, a)


def test_put_autosuspend_marks_busy_from_6_17_only(rig, a, monkeypatch):
    autosuspend(rig, "a")
    rpm.pm_runtime_get_sync(rig.k, a)
    monkeypatch.setitem(SWITCHES, "put-autosuspend-marks-busy", Switch("put-autosuspend-marks-busy", "", ""))
    rig.k.release = Release("test", RELEASES["6.12"].switches | {"put-autosuspend-marks-busy"})
    rpm.autosuspend_delay_expires(rig.k, a)
    rpm.pm_runtime_put_autosuspend(rig.k, a)
    assert rpm.timer_armed(rig.k, a)


@pytest.mark.parametrize("release", ["6.1", "6.12"])
def test_a_usage_count_falls_below_0_when_autosuspend_gives_a_reference_back_that_was_put(boot, release):
    """``update_autosuspend()`` decrements ``usage_count`` whatever it is; ``rpm_drop_usage_count()`` then leaves it."""
    rig = boot(release)
    a = rig.bind("a", PLAIN)
    autosuspend(rig, "a", -1)
    assert rpm.pm_runtime_put_sync(rig.k, a) == 0 and rig.usage("a") == 0
    rpm.pm_runtime_dont_use_autosuspend(rig.k, a)
    assert rig.usage("a") == -1
    assert rpm.pm_runtime_put_sync(rig.k, a) == -EINVAL and rig.usage("a") == -1
    assert rpm.pm_runtime_suspend(rig.k, a) == -EAGAIN  # it is not 0


def test_a_resume_leaves_the_autosuspend_timer_armed(rig, a):
    autosuspend(rig, "a")
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_put_autosuspend(rig.k, a)
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rpm.timer_armed(rig.k, a)
    rpm.pm_suspend_timer_fn(rig.k, a)
    assert rig.status("a") == ACTIVE and not rpm.work_pending(rig.k, a)


def test_put_sync_honours_the_delay_and_put_sync_suspend_does_not(rig, a):
    autosuspend(rig, "a")
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_put_sync(rig.k, a)
    assert rig.status("a") == ACTIVE and rpm.timer_armed(rig.k, a)
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_put_sync_suspend(rig.k, a)
    assert rig.status("a") == SUSPENDED and not rpm.timer_armed(rig.k, a)


def test_a_negative_delay_forbids_suspends_and_takes_a_reference(rig, a):
    autosuspend(rig, "a", -1)
    assert (rig.usage("a"), rig.status("a")) == (1, ACTIVE)
    rpm.pm_runtime_set_autosuspend_delay(rig.k, a, 0)
    assert (rig.usage("a"), rig.status("a")) == (0, SUSPENDED)


def test_a_refused_autosuspend_is_tried_again_when_the_device_was_busy_meanwhile(boot):
    @kernel
    def busy(k, dev):
        rpm.pm_runtime_mark_last_busy(k, dev)
        return -EBUSY

    rig = boot()
    driver = Driver("busy", probe=PLAIN.probe, pm=DevPmOps("busy", runtime_suspend=busy))
    a = rig.bind("a", driver)
    autosuspend(rig, "a")
    rpm.pm_runtime_resume(rig.k, a)
    rpm.autosuspend_delay_expires(rig.k, a)
    rig.work()
    assert rpm.pm_runtime_put_sync_autosuspend(rig.k, _held(rig, a)) == 0
    assert rig.status("a") == ACTIVE and rpm.timer_armed(rig.k, a) and rig.state("a").runtime_error == 0


def _held(rig, dev):
    rpm.pm_runtime_get_noresume(rig.k, dev)
    return dev


# -- idle ------------------------------------------------------------------------------------------------------


def test_without_runtime_idle_an_idle_device_is_suspended_at_once(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.entries()
    rpm.pm_runtime_put(rig.k, a)
    assert rig.state("a").request == 3  # autosuspend, with no delay in use
    rig.work()
    assert rig.entries() == ("suspend a",)


def test_runtime_idle_decides(boot):
    rig = boot()
    a = rig.bind("a", ASKED)
    rig.answer("idle a", -EBUSY)
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.entries()
    assert rpm.pm_runtime_put_sync(rig.k, a) == -EBUSY
    assert rig.entries() == ("idle a",) and rig.status("a") == ACTIVE
    rig.answer("idle a", 0)
    assert rpm.pm_request_idle(rig.k, a) == 0
    assert rig.state("a").request == 1
    rig.work()
    assert rig.entries() == ("idle a", "suspend a") and rig.status("a") == SUSPENDED


def test_a_successful_resume_queues_an_idle_notification(rig, a):
    rpm.pm_runtime_resume(rig.k, a)
    assert rig.status("a") == ACTIVE and rpm.work_pending(rig.k, a)


# -- errors ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("soft", [-EAGAIN, -EBUSY])
def test_a_soft_refusal_does_not_stick(rig, a, soft):
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.answer("suspend a", soft)
    assert rpm.pm_runtime_put_sync(rig.k, a) == soft
    assert (rig.status("a"), rig.state("a").runtime_error) == (ACTIVE, 0)


def test_any_other_refusal_sticks_until_the_status_is_set(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.answer("suspend a", -ETIMEDOUT)
    assert rpm.pm_runtime_put_sync(rig.k, a) == -ETIMEDOUT
    assert (rig.status("a"), rig.state("a").runtime_error) == (ACTIVE, -ETIMEDOUT)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EINVAL
    assert rpm.pm_runtime_set_active(rig.k, a) == 0
    assert rig.state("a").runtime_error == 0 and rig.setup("a").disable_depth == 0


def test_eacces_of_a_callback_is_told_as_eio(rig, a):
    rig.answer("resume a", -EACCES)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EIO


# -- disabled --------------------------------------------------------------------------------------------------


def test_resume_while_disabled_says_1_only_if_it_was_active(rig, a):
    rpm.pm_runtime_disable(rig.k, a)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EACCES
    rpm.pm_runtime_put_noidle(rig.k, a)
    rpm.pm_runtime_enable(rig.k, a)
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_disable(rig.k, a)
    assert rpm.pm_runtime_get_sync(rig.k, a) == 1


def test_set_active_while_disabled_is_not_enough_for_a_get(boot):
    """``last_status`` is still invalid: the -13 of ``request_irq()`` seen in the wild (``rpm_resume()``)."""
    rig = boot()
    rpm.pm_runtime_set_active(rig.k, rig.dev("a"))
    assert rig.status("a") == ACTIVE
    assert rpm.pm_runtime_resume_and_get(rig.k, rig.dev("a")) == -EACCES


def test_disable_carries_out_a_pending_resume_and_drops_the_rest(rig, a):
    rpm.pm_request_resume(rig.k, a)
    rpm.pm_runtime_disable(rig.k, a)
    assert rig.status("a") == ACTIVE and not rig.state("a").queued and not rig.state("a").request_pending
    rpm.pm_runtime_enable(rig.k, a)
    rpm.pm_request_idle(rig.k, a)
    rpm.pm_runtime_disable(rig.k, a)
    assert rig.status("a") == ACTIVE and not rig.state("a").request_pending


def test_an_unbalanced_enable_warns(rig, a):
    rpm.pm_runtime_enable(rig.k, a)
    assert rig.warnings() == ["a: Unbalanced pm_runtime_enable!"] and rig.setup("a").disable_depth == 0


def test_enable_of_a_suspended_parent_with_active_children_warns(boot):
    rig = boot()
    c, d = rig.dev("c"), rig.dev("d")
    rpm.pm_runtime_set_active(rig.k, d)
    assert rig.counters("c").child_count == 1
    rpm.pm_runtime_enable(rig.k, c)
    assert rig.warnings() == ["c: Enabling runtime PM for inactive device with active children"]


def test_set_status_needs_runtime_pm_disabled(rig, a):
    assert rpm.pm_runtime_set_active(rig.k, a) == -EAGAIN


def test_set_active_under_a_suspended_enabled_parent_says_ebusy(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    assert rpm.pm_runtime_set_active(rig.k, rig.dev("d")) == -EBUSY
    assert rig.status("d") == SUSPENDED and rig.setup("d").disable_depth == 1


# -- parents and suppliers -------------------------------------------------------------------------------------


def test_a_child_resumes_and_counts_in_its_parent(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    d = rig.bind("d", PLAIN)
    rig.work()
    rig.entries()
    rpm.pm_runtime_get_sync(rig.k, d)
    assert rig.entries() == ("resume c", "resume d")
    assert (rig.usage("c"), rig.counters("c").child_count, rig.status("c")) == (0, 1, ACTIVE)
    rpm.pm_runtime_put_sync(rig.k, d)
    assert rig.counters("c").child_count == 0
    rig.work()
    assert rig.entries() == ("suspend d", "suspend c")


def test_a_parent_that_cannot_resume_fails_its_child_with_ebusy(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    d = rig.bind("d", PLAIN)
    rig.work()
    rig.answer("resume c", -EIO)
    assert rpm.pm_runtime_resume_and_get(rig.k, d) == -EBUSY
    assert (rig.usage("c"), rig.usage("d"), rig.counters("c").child_count) == (0, 0, 0)


def test_no_callbacks_follows_an_active_parent_without_touching_it(boot):
    rig = boot()
    c, d = rig.bind("c", PLAIN), rig.bind("d", PLAIN)
    rpm.pm_runtime_no_callbacks(rig.k, d)
    rpm.pm_runtime_get_sync(rig.k, c)
    rig.entries()
    assert rpm.pm_runtime_get_sync(rig.k, d) == 1
    assert (rig.status("d"), rig.counters("c").child_count, rig.usage("c"), rig.entries()) == (ACTIVE, 1, 1, ())


def test_an_irq_safe_device_holds_its_parent_for_good(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    d = rig.bind("d", PLAIN)
    rpm.pm_runtime_irq_safe(rig.k, d)
    assert (rig.usage("c"), rig.status("c")) == (1, ACTIVE)
    rpm.pm_runtime_get_sync(rig.k, d)
    assert (rig.usage("c"), rig.counters("c").child_count) == (1, 1)
    rpm.pm_runtime_put_sync(rig.k, d)
    assert (rig.usage("c"), rig.counters("c").child_count) == (1, 0)


def test_a_pm_link_holds_the_supplier_while_the_consumer_is_active(boot):
    rig = boot()
    a, b = rig.bind("a", PLAIN), rig.bind("b", PLAIN)
    link = device_link_add(rig.k, a, b, True)
    rig.work()
    rig.entries()
    rpm.pm_runtime_get_sync(rig.k, a)
    assert rig.entries() == ("resume b", "resume a")
    assert (rig.usage("b"), link.rpm_active, rig.setup("a").links_count) == (1, 1, 1)
    rpm.pm_runtime_put_sync(rig.k, a)
    assert (rig.usage("b"), link.rpm_active) == (0, 0)
    rig.work()
    assert rig.entries() == ("suspend a", "suspend b")


def test_a_link_without_pm_runtime_holds_nothing(boot):
    rig = boot()
    a, b = rig.bind("a", PLAIN), rig.bind("b", PLAIN)
    device_link_add(rig.k, a, b, False)
    rpm.pm_runtime_get_sync(rig.k, a)
    assert (rig.usage("b"), rig.status("b")) == (0, SUSPENDED)


def test_a_failed_resume_lets_the_suppliers_go(boot):
    rig = boot()
    a, b = rig.bind("a", PLAIN), rig.bind("b", PLAIN)
    device_link_add(rig.k, a, b, True)
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_get_sync(rig.k, a) == -EIO
    assert rig.usage("b") == 0


def test_a_supplier_with_runtime_pm_disabled_counts_as_resumed(boot):
    rig = boot()
    a, b = rig.bind("a", PLAIN), rig.dev("b")
    device_link_add(rig.k, a, b, True)
    assert rpm.pm_runtime_get_sync(rig.k, a) == 0
    assert rig.usage("b") == 1


# -- forbid, allow, CONFIG_PM ----------------------------------------------------------------------------------


def test_forbid_and_allow_take_and_give_one_reference_whatever_often(rig, a):
    rpm.pm_runtime_forbid(rig.k, a)
    rpm.pm_runtime_forbid(rig.k, a)
    assert (rig.usage("a"), rig.status("a")) == (1, ACTIVE)
    rpm.pm_runtime_allow(rig.k, a)
    rpm.pm_runtime_allow(rig.k, a)
    assert rig.usage("a") == 0
    rig.work()
    assert rig.status("a") == SUSPENDED


def test_without_config_pm_the_stubs_answer(boot):
    rig = boot(pm=False)
    a = rig.dev("a")
    assert rpm.pm_runtime_get_sync(rig.k, a) == 1 and rpm.pm_runtime_resume_and_get(rig.k, a) == 0
    assert rpm.pm_runtime_put(rig.k, a) == -ENOSYS and rpm.pm_runtime_put_autosuspend(rig.k, a) == -ENOSYS
    assert rpm.pm_runtime_get_if_active(rig.k, a) == -EINVAL and rpm.pm_runtime_set_active(rig.k, a) == 0
    assert rpm.pm_runtime_active(rig.k, a) and not rpm.pm_runtime_enabled(rig.k, a)
    assert rpm.pm_runtime_force_suspend(rig.k, a) == 0 and rig.usage("a") == 0


# -- force suspend and resume ----------------------------------------------------------------------------------


def test_force_suspend_of_a_suspended_device_only_disables(rig, a):
    assert rpm.pm_runtime_force_suspend(rig.k, a) == 0
    assert rig.setup("a").disable_depth == 1 and rig.entries() == ()


def test_force_suspend_of_a_used_device_is_undone_by_force_resume(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_get_noresume(rig.k, a)  # the PM core's, from prepare
    rpm.pm_runtime_force_suspend(rig.k, a)
    assert (rig.status("a"), rig.setup("a").needs_force_resume, rig.setup("a").disable_depth) == (SUSPENDED, True, 1)
    rpm.pm_runtime_force_resume(rig.k, a)
    assert (rig.status("a"), rig.setup("a").needs_force_resume, rig.setup("a").disable_depth) == (ACTIVE, False, 0)
    assert rig.entries() == ("resume a", "suspend a", "resume a")


def test_force_suspend_of_an_unused_active_device_leaves_it_suspended(boot):
    rig = boot()
    rig.bind("c", PLAIN)
    d = rig.bind("d", PLAIN)
    rpm.pm_runtime_resume(rig.k, d)
    rpm.pm_runtime_get_noresume(rig.k, d)
    assert rig.counters("c").child_count == 1
    rpm.pm_runtime_force_suspend(rig.k, d)
    assert (rig.status("d"), rig.setup("d").needs_force_resume) == (SUSPENDED, False)
    assert rig.counters("c").child_count == 0
    rpm.pm_runtime_force_resume(rig.k, d)
    assert rig.status("d") == SUSPENDED and rig.setup("d").disable_depth == 0


@pytest.mark.parametrize(("ignores", "forced"), [(False, True), (True, False)])
def test_force_suspend_of_an_unused_device_with_active_children_is_undone_unless_it_ignores_them(boot, ignores, forced):
    """pm_runtime_need_not_resume(), 6.1 and 6.12: usage 1 (the PM core's) and no child that counts."""
    rig = boot()
    c, d = rig.bind("c", PLAIN), rig.bind("d", PLAIN)
    rpm.pm_runtime_get_sync(rig.k, d)
    rig.work()
    rpm.pm_suspend_ignore_children(rig.k, c, ignores)
    rpm.pm_runtime_get_noresume(rig.k, c)
    assert (rig.usage("c"), rig.counters("c").child_count) == (1, 1)
    rig.entries()
    assert rpm.pm_runtime_force_suspend(rig.k, c) == 0
    assert (rig.status("c"), rig.setup("c").needs_force_resume) == (SUSPENDED, forced)
    assert rpm.pm_runtime_force_resume(rig.k, c) == 0
    assert rig.entries() == (("suspend c", "resume c") if forced else ("suspend c",))
    assert (rig.status("c"), rig.setup("c").needs_force_resume) == (ACTIVE if forced else SUSPENDED, False)


@pytest.mark.parametrize(("status", "calls"), [(SUSPENDED, ("resume a",)), (ACTIVE, ())])
def test_force_resume_asks_status_and_flag_and_always_clears_and_enables(rig, a, status, calls):
    """pm_runtime_force_resume(), 6.1 and 6.12."""
    rpm.pm_runtime_disable(rig.k, a)
    rig.state("a").status, rig.setup("a").needs_force_resume = status, True
    assert rpm.pm_runtime_force_resume(rig.k, a) == 0
    assert rig.entries() == calls and rig.status("a") == ACTIVE
    assert (rig.setup("a").needs_force_resume, rig.setup("a").disable_depth) == (False, 0)


def test_a_force_resume_that_fails_leaves_the_device_suspended_and_enabled(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rpm.pm_runtime_get_noresume(rig.k, a)
    rpm.pm_runtime_force_suspend(rig.k, a)
    rig.answer("resume a", -EIO)
    assert rpm.pm_runtime_force_resume(rig.k, a) == -EIO
    assert (rig.status("a"), rig.setup("a").needs_force_resume, rig.setup("a").disable_depth) == (SUSPENDED, False, 0)


def test_a_refused_force_suspend_enables_runtime_pm_again(rig, a):
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.answer("suspend a", -EBUSY)
    assert rpm.pm_runtime_force_suspend(rig.k, a) == -EBUSY
    assert (rig.status("a"), rig.setup("a").disable_depth) == (ACTIVE, 0)


# -- in time: who waits, who is told, where interrupts are on --------------------------------------------------


@kernel
def slow_suspend(k, dev):
    point(k, "slow suspend")
    note(k, dev, "irqs off" if irqs_disabled(k) else "irqs on")
    return note(k, dev, "suspend")


@kernel
def slow_resume(k, dev):
    point(k, "slow resume")
    note(k, dev, "irqs off" if irqs_disabled(k) else "irqs on")
    return note(k, dev, "resume")


SLOW = Driver("slow", probe=PLAIN.probe, pm=DevPmOps("slow", runtime_suspend=slow_suspend, runtime_resume=slow_resume))


@pytest.fixture
def slow(boot):
    rig = boot()
    rig.bind("a", SLOW)
    rig.entries()
    return rig


def suspending(rig):
    """``a`` stands in its suspend callback."""
    rpm.pm_runtime_get_sync(rig.k, rig.dev("a"))
    rig.entries()
    task = rig.start("task a", rpm.pm_runtime_put_sync, rig.dev("a"))
    rig.run(task, lambda: rig.status("a") == SUSPENDING)
    assert task.exists
    return task


def test_callbacks_run_with_interrupts_on(slow):
    task = slow.start("task a", rpm.pm_runtime_get_sync, slow.dev("a"))
    slow.run(task)
    assert slow.entries() == ("irqs on a", "resume a") and not task.exists
    assert slow.signals("irqs-enabled") == []


@kernel
def resume_under_a_raw_lock(k, dev):
    with irqsave(k, k.lock(RawSpinLock, "desc lock")):
        return rpm.pm_runtime_get_sync(k, dev)


def test_get_sync_with_interrupts_off_turns_them_on_and_says_so(slow):
    task = slow.start("task a", resume_under_a_raw_lock, slow.dev("a"))
    slow.run(task)
    assert next(facts["what"] for facts in slow.signals("sleep-in-atomic")) == "pm_runtime_resume(a)"
    assert len(slow.signals("irqs-enabled")) >= 1 and slow.entries() == ("irqs on a", "resume a")


@kernel
def under_a_raw_lock(k, dev, call):
    with irqsave(k, k.lock(RawSpinLock, "desc lock")):
        note(k, dev, f"{call(k, dev)}, irqs {'off' if irqs_disabled(k) else 'on'}")


@pytest.mark.parametrize(
    ("used", "call", "answer", "usage"),
    [
        (0, rpm.pm_runtime_get, 0, 1),
        (1, rpm.pm_runtime_put, 0, 0),
        (1, rpm.pm_runtime_put_autosuspend, 0, 0),
        (0, rpm.pm_request_resume, 0, 0),
        (0, rpm.pm_runtime_get_if_active, 0, 0),
    ],
)
def test_what_is_asynchronous_never_sleeps_and_leaves_interrupts_off(slow, used, call, answer, usage):
    """__pm_runtime_resume(), __pm_runtime_idle(), __pm_runtime_suspend() with RPM_ASYNC, on a device that is not irq_safe."""
    a = slow.dev("a")
    slow.work()
    for _ in range(used):
        rpm.pm_runtime_get_sync(slow.k, a)
    slow.entries()
    task = slow.start("task a", under_a_raw_lock, a, call)
    slow.run(task)
    assert not task.exists and slow.entries() == (f"{answer}, irqs off a",) and slow.usage("a") == usage
    assert slow.signals("sleep-in-atomic") == [] and slow.signals("irqs-enabled") == []


def test_get_sync_of_an_active_device_is_safe_with_interrupts_off(slow):
    rpm.pm_runtime_get_sync(slow.k, slow.dev("a"))
    task = slow.start("task a", resume_under_a_raw_lock, slow.dev("a"))
    slow.run(task)
    assert not task.exists and slow.signals("sleep-in-atomic") == [] and slow.signals("irqs-enabled") == []
    assert slow.usage("a") == 2


def test_an_irq_safe_device_keeps_interrupts_off(slow):
    rpm.pm_runtime_irq_safe(slow.k, slow.dev("a"))
    task = slow.start("task a", resume_under_a_raw_lock, slow.dev("a"))
    slow.run(task)
    assert slow.entries() == ("irqs off a", "resume a")
    assert slow.signals("irqs-enabled") == [] and slow.signals("sleep-in-atomic") == []


def test_get_sync_waits_for_a_suspend_under_way_and_resumes_after_it(slow):
    task = suspending(slow)
    other = slow.start("task b", rpm.pm_runtime_get_sync, slow.dev("a"))
    slow.run(other)
    assert other.waits_for == "sleeps until a is no longer resuming or suspending"
    slow.run(task)
    slow.run(other)
    assert not other.exists and (slow.status("a"), slow.usage("a")) == (ACTIVE, 1)


def test_an_asynchronous_get_during_a_suspend_is_deferred(slow):
    task = suspending(slow)
    other = slow.start("task b", rpm.pm_runtime_get, slow.dev("a"))
    slow.run(other)
    assert not other.exists and slow.state("a").deferred_resume and slow.status("a") == SUSPENDING
    slow.run(task)
    assert slow.status("a") == ACTIVE and not slow.state("a").deferred_resume
    assert slow.entries() == ("irqs on a", "suspend a", "irqs on a", "resume a")


@pytest.mark.parametrize(
    ("status", "flags", "answer", "deferred"),
    [
        (SUSPENDING, RPM_ASYNC, 0, True),
        (SUSPENDING, RPM_NOWAIT, -EINPROGRESS, True),
        (RESUMING, RPM_ASYNC, -EINPROGRESS, False),
        (RESUMING, RPM_NOWAIT, -EINPROGRESS, False),
    ],
)
def test_who_may_not_wait_for_a_transition_is_told_so_or_resumed_after_it(rig, a, status, flags, answer, deferred):
    """rpm_resume(), 6.1 and 6.12: RPM_ASYNC and RPM_NOWAIT."""
    rig.state("a").status = status
    assert pm_runtime_resume_flags(rig.k, a, flags) == answer
    assert (rig.state("a").deferred_resume, rig.status("a"), rig.entries()) == (deferred, status, ())


def test_an_asynchronous_get_during_a_resume_says_einprogress(slow):
    task = slow.start("task a", rpm.pm_runtime_get_sync, slow.dev("a"))
    slow.run(task, lambda: slow.status("a") == RESUMING)
    assert rpm.pm_runtime_get(slow.k, slow.dev("a")) == -EINPROGRESS
    assert slow.usage("a") == 2


def test_a_barrier_waits_for_the_transition_and_keeps_the_count(slow):
    task = suspending(slow)
    other = slow.start("task b", rpm.pm_runtime_barrier, slow.dev("a"))
    slow.run(other)
    assert other.waits_for == "sleeps until runtime PM of a is at rest"
    slow.run(task)
    slow.run(other)
    assert not other.exists and slow.usage("a") == 0


def test_cancelling_waits_for_the_worker_that_has_begun(slow):
    a = slow.dev("a")
    rpm.pm_runtime_resume(slow.k, a)
    worker = slow.start(rpm.worker_name(a), rpm.pm_runtime_work, a)
    assert not rpm.work_pending(slow.k, a)  # a turn is under way
    other = slow.start("task b", rpm.pm_runtime_disable, a)
    slow.run(other)
    assert other.waits_for == "sleeps until kworker a has ended (cancel_work_sync)"
    slow.run(worker)
    slow.run(other)
    assert not other.exists and slow.status("a") == ACTIVE and slow.setup("a").disable_depth == 1


def test_a_worker_finds_nothing_to_do_after_a_get(slow):
    a = slow.dev("a")
    rpm.pm_runtime_resume(slow.k, a)
    rpm.pm_runtime_get_sync(slow.k, a)
    slow.entries()
    slow.work()
    assert slow.entries() == () and slow.status("a") == ACTIVE and not slow.state("a").queued


# -- any order -------------------------------------------------------------------------------------------------

CALLS = {
    "get": rpm.pm_runtime_get,
    "get_sync": rpm.pm_runtime_get_sync,
    "get_noresume": rpm.pm_runtime_get_noresume,
    "resume_and_get": rpm.pm_runtime_resume_and_get,
    "put": rpm.pm_runtime_put,
    "put_sync": rpm.pm_runtime_put_sync,
    "put_noidle": rpm.pm_runtime_put_noidle,
    "put_autosuspend": rpm.pm_runtime_put_autosuspend,
    "request_idle": rpm.pm_request_idle,
    "request_resume": rpm.pm_request_resume,
    "suspend": rpm.pm_runtime_suspend,
    "forbid": rpm.pm_runtime_forbid,
    "allow": rpm.pm_runtime_allow,
    "use_autosuspend": rpm.pm_runtime_use_autosuspend,
    "mark_last_busy": rpm.pm_runtime_mark_last_busy,
    "barrier": rpm.pm_runtime_barrier,
    "timer": rpm.pm_suspend_timer_fn,
    "delay runs out": rpm.autosuspend_delay_expires,
    "work": rpm.pm_runtime_work,
}
TAKES = {"get": 1, "get_sync": 1, "get_noresume": 1, "put": -1, "put_sync": -1, "put_noidle": -1, "put_autosuspend": -1}


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(sorted(CALLS)), max_size=25), st.integers(-1, 1))
def test_any_order_of_calls_keeps_the_books(calls, delay):
    """Usage is what the calls say (never below 0); outside transitions the clock runs exactly while active."""
    rig = make_rig()
    dev = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_set_autosuspend_delay(rig.k, dev, delay)
    expected, forbidden, uses = 0, 0, 0
    for call in calls:
        result = CALLS[call](rig.k, dev)
        expected = max(0, expected + TAKES.get(call, 0) + (call == "resume_and_get" and result == 0))
        if call in ("forbid", "allow"):
            wanted = int(call == "forbid")
            expected = max(0, expected + wanted - forbidden)
            forbidden = wanted
        if call == "use_autosuspend" and delay < 0 and not uses:
            expected, uses = expected + 1, 1
        assert rig.usage("ctl") == expected
        assert rig.status("ctl") in (ACTIVE, SUSPENDED)
        assert rig.clk() == ((1, 1) if rig.status("ctl") == ACTIVE else (0, 0))
        assert rig.k.machine.clocks["ipg"].running() is (rig.status("ctl") == ACTIVE)
        assert rig.genpd().on is (rig.status("ctl") == ACTIVE) or rig.status("ctl") == SUSPENDED
        if rig.state("ctl").queued:
            assert rig.state("ctl").request_pending
    rig.work()
    if rig.usage("ctl") == 0 and not rpm.timer_armed(rig.k, dev):
        rpm.autosuspend_delay_expires(rig.k, dev)
        rpm.pm_request_idle(rig.k, dev)
        rig.work()
        assert rig.status("ctl") == SUSPENDED and rig.clk() == (0, 0)


@kernel
def use_twice(k, dev):
    """A consumer: resumed and put, now and later."""
    if rpm.pm_runtime_resume_and_get(k, dev) == 0:
        rpm.pm_runtime_put(k, dev)
    if rpm.pm_runtime_get_sync(k, dev) < 0:
        rpm.pm_runtime_put_noidle(k, dev)
    else:
        rpm.pm_runtime_put_sync(k, dev)


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.booleans())
def test_any_interleaving_ends_suspended_with_every_count_at_zero(random, sleep):
    """Two consumers, the controller they are linked to, ``pm_wq`` and perhaps a system sleep, stopped anywhere."""
    rig = make_rig(fw_devlink="rpm")
    for name, driver in (("ctl", CLOCKED), ("a", SLOW), ("b", SLOW)):
        rig.bind(name, driver)
    live = [rig.start(f"task {name}", use_twice, rig.dev(name)) for name in ("a", "b", "ctl")]
    if sleep:
        live.append(rig.start("task sleep", pm_suspend))
    for _ in range(5000):
        live = [context for context in live if context.exists]
        queued = [dev for dev in rig.world.all(Device) if rpm.work_pending(rig.k, dev)]
        off = [rig.genpd()] if genpd_work_pending(rig.k, rig.genpd()) else []
        choices = [context for context in live if may_run(rig.k, context)] + queued + off
        if not choices:
            break
        chosen = random.choice(choices)
        if isinstance(chosen, Device):
            live.append(rig.start(rpm.worker_name(chosen), rpm.pm_runtime_work, chosen))
        elif isinstance(chosen, Genpd):
            live.append(rig.start(genpd_worker_name(chosen), genpd_power_off_work_fn, chosen))
        else:
            rig.step(chosen)
    assert live == [] and queued == []
    for name in ("a", "b", "ctl"):
        assert (name, rig.usage(name), rig.status(name)) == (name, 0, SUSPENDED)
    assert rig.clk() == (0, 0) and not rig.k.machine.domains["mix"].on
    assert [kind for kind, _ in rig.world.signals] == []
