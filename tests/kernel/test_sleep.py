"""System sleep (``kernel/power/suspend.c``, ``drivers/base/power/main.c``; 6.1.192 and 6.12.117)."""

from __future__ import annotations

import pytest
from pmrig import CLOCKED, PLAIN, note

from irqlab.kernel.context import might_sleep, point
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.kernel.errno import EACCES, EBUSY
from irqlab.kernel.kernel import NOIRQ, RUNNING
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.pm import runtime as rpm
from irqlab.kernel.pm.control import Freezer
from irqlab.kernel.pm.power import ACTIVE, BLOCKED, INVALID, SUSPENDED, usage
from irqlab.kernel.pm.sleep import frozen, pm_suspend, pm_system_wakeup
from irqlab.kernel.release import RELEASES, SWITCHES, Release, Switch
from irqlab.kernel.syscore import Syscore, register_syscore
from irqlab.state import kernel


@kernel
def suspend(k, dev):
    return note(k, dev, "->suspend")


@kernel
def resume(k, dev):
    return note(k, dev, "->resume")


@kernel
def suspend_late(k, dev):
    return note(k, dev, "->suspend_late")


@kernel
def resume_early(k, dev):
    return note(k, dev, "->resume_early")


@kernel
def suspend_noirq(k, dev):
    return note(k, dev, "->suspend_noirq")


@kernel
def resume_noirq(k, dev):
    return note(k, dev, "->resume_noirq")


ALL = Driver(
    "all",
    probe=PLAIN.probe,
    remove=PLAIN.remove,
    pm=DevPmOps("all", None, None, None, suspend, resume, suspend_late, resume_early, suspend_noirq, resume_noirq),
)
BLOCKED_TEXT = "b: Attempt to enable runtime PM when it is blocked"
DOWN = ("->suspend", "->suspend_late", "->suspend_noirq")
UP = ("->resume_noirq", "->resume_early", "->resume")


def test_down_consumers_first_and_up_suppliers_first(boot):
    rig = boot(fw_devlink="on")
    rig.k.drivers = (ALL,)
    for name in ("ctl", "a"):
        rig.bind(name, ALL)
    rig.entries()
    assert pm_suspend(rig.k) == 0
    expected = [f"{phase} {name}" for phase in DOWN for name in ("a", "ctl")]
    expected += [f"{phase} {name}" for phase in UP for name in ("ctl", "a")]
    assert list(rig.entries()) == expected
    assert rig.k.system.phase == RUNNING and not rig.world.at(Freezer).exists


def telling(which):
    """A callback that writes down how many use the device, and whether runtime PM is on."""

    @kernel
    def tell(k, dev):
        return note(k, dev, f"{which} {usage(dev).usage_count} {'on' if rpm.pm_runtime_enabled(k, dev) else 'off'}")

    return tell


PHASES = ("suspend", "suspend_late", "suspend_noirq", "resume_noirq", "resume_early", "resume")
TELLING = Driver("telling", probe=PLAIN.probe, pm=DevPmOps("telling", **{which: telling(which) for which in PHASES}))


@pytest.mark.parametrize("release", ["6.1", "6.12"])
@pytest.mark.parametrize("users", [0, 1])
def test_the_core_holds_a_device_for_the_whole_sleep_and_turns_runtime_pm_off_from_late_to_early(boot, release, users):
    """device_prepare() and device_complete(); device_suspend_late(), before the callback, and device_resume_early(), after it."""
    rig = boot(release)
    a = rig.bind("a", TELLING)
    for _ in range(users):
        rpm.pm_runtime_get_noresume(rig.k, a)
    rig.entries()
    assert pm_suspend(rig.k) == 0
    on = {"suspend": "on", "resume": "on"}
    assert rig.entries() == tuple(f"{which} {users + 1} {on.get(which, 'off')} a" for which in PHASES)
    assert (rig.usage("a"), rig.setup("a").disable_depth) == (users, 0)


def test_a_sleep_leaves_every_count_as_it_was(boot):
    rig = boot(fw_devlink="rpm")
    ctl, a = rig.bind("ctl", CLOCKED), rig.bind("a", PLAIN)
    rpm.pm_runtime_get_sync(rig.k, a)
    rig.work()
    before = {name: (rig.usage(name), rig.status(name), rig.setup(name).disable_depth) for name in ("a", "b", "c", "d", "ctl")}
    assert before["ctl"] == (1, ACTIVE, 0) and before["b"] == (0, SUSPENDED, 1)
    assert pm_suspend(rig.k) == 0
    rig.work()
    assert {name: (rig.usage(name), rig.status(name), rig.setup(name).disable_depth) for name in before} == before
    assert rig.clk() == (1, 1) and ctl.pm_domain == "mix" and rig.genpd().prepared_count == 0


def test_the_reference_of_a_user_does_not_stop_force_suspend_in_noirq(boot):
    """The maintainer's own scenario: held by a user, and yet without clock and power while the system sleeps."""
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rpm.pm_runtime_get_sync(rig.k, ctl)
    seen = []
    task = rig.start("task sleep", pm_suspend)
    while task.exists:
        rig.step(task)
        if rig.k.system.phase == NOIRQ:
            seen.append((rig.usage("ctl"), rig.status("ctl"), rig.clk(), rig.genpd().on))
    assert (2, SUSPENDED, (0, 0), False) in seen
    assert (rig.usage("ctl"), rig.status("ctl"), rig.clk(), rig.genpd().on) == (1, ACTIVE, (1, 1), True)


def test_get_sync_is_refused_in_the_noirq_window(boot):
    rig = boot()
    ctl = rig.bind("ctl", CLOCKED)
    rig.work()
    answers = set()
    task = rig.start("task sleep", pm_suspend)
    while task.exists:
        rig.step(task)
        if rig.k.system.phase == NOIRQ:
            answers.add(rpm.pm_runtime_get_sync(rig.k, ctl))
            rpm.pm_runtime_put_noidle(rig.k, ctl)
    assert answers == {-EACCES}


def test_pm_wq_is_frozen_and_catches_up_when_it_thaws(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    rpm.pm_runtime_resume(rig.k, a)  # queues an idle notification
    rig.world.new(Freezer, pm_wq=True)
    assert frozen(rig.k) and rig.state("a").queued and not rpm.work_pending(rig.k, a)
    rig.world.drop(rig.world.at(Freezer))
    assert rpm.work_pending(rig.k, a)
    rig.work()
    assert rig.status("a") == SUSPENDED


def test_freezing_waits_for_tasks_and_for_running_workers(boot):
    rig = boot()
    a = rig.bind("a", PLAIN)
    user, worker = rig.start("task a", nap, a), rig.start(rpm.worker_name(a), nap, a)
    rig.step(user)
    rig.step(worker)
    sleep = rig.start("task sleep", pm_suspend)
    rig.run(sleep)
    assert sleep.waits_for == "sleeps until user tasks are frozen" and frozen(rig.k)
    rig.run(user)
    rig.run(sleep)
    assert sleep.waits_for == "sleeps until pm_wq is frozen"
    rig.run(worker)
    rig.run(sleep)
    assert not sleep.exists and rig.k.system.phase == RUNNING


@kernel
def nap(k, dev):
    note(k, dev, "nap")
    point(k, "nap")


@pytest.mark.parametrize(
    ("refuses", "undone"),
    [
        ("->suspend ctl", ["->resume a"]),
        ("->suspend_late ctl", ["->resume_early a", "->resume ctl", "->resume a"]),
        ("->suspend_noirq ctl", ["->resume_noirq a", "->resume_early ctl", "->resume_early a", "->resume ctl", "->resume a"]),
    ],
)
def test_a_refusal_undoes_exactly_what_was_done(boot, refuses, undone):
    rig = boot(fw_devlink="on")
    rig.k.drivers = (ALL,)
    for name in ("ctl", "a"):
        rig.bind(name, ALL)
    rig.entries()
    rig.answer(refuses, -EBUSY)
    assert pm_suspend(rig.k) == -EBUSY
    entries = list(rig.entries())
    assert entries[entries.index(refuses) + 1 :] == undone
    assert [(rig.usage(name), rig.setup(name).disable_depth) for name in ("a", "ctl", "b")] == [(0, 0), (0, 0), (0, 1)]
    assert rig.k.system.phase == RUNNING and not frozen(rig.k)


@kernel
def sleeps(k):
    might_sleep(k, "syscore")
    return -EBUSY if k.world.at(Device, "b").bound else 0


@kernel
def sleeps_under_a_lock(k, dev):
    with irqsave(k, k.lock(RawSpinLock, "test lock")):
        might_sleep(k, "noirq")
    return 0


@pytest.mark.parametrize("refused", [False, True])
def test_sleeping_where_it_is_forbidden_is_printed_in_noirq_and_not_in_syscore(boot, refused):
    """__might_resched(): nothing while ``system_state > SYSTEM_RUNNING``, and suspend_enter() says SYSTEM_SUSPEND."""
    rig = boot()
    rig.bind("a", Driver("sleeps", probe=PLAIN.probe, pm=DevPmOps("sleeps", resume_noirq=sleeps_under_a_lock)))
    if refused:
        rig.bind("b", PLAIN)
    register_syscore(rig.k, Syscore("sleeps", suspend=sleeps))
    task = rig.start("task sleep", pm_suspend)
    rig.run(task)
    assert not task.exists and not rig.k.system.asleep
    assert [(facts["what"], facts["silent"]) for facts in rig.signals("sleep-in-atomic")] == [("syscore", True), ("noirq", False)]


@kernel
def wake(k, dev):
    pm_system_wakeup(k)
    return note(k, dev, "wake")


def test_a_wakeup_on_the_way_down_gives_the_sleep_up(boot):
    rig = boot(fw_devlink="on")
    rig.k.drivers = (ALL,)
    rig.bind("ctl", ALL)
    rig.bind("a", Driver("wakes", probe=PLAIN.probe, pm=DevPmOps("wakes", suspend_noirq=wake)))
    rig.entries()
    assert pm_suspend(rig.k) == -EBUSY
    assert "->suspend_noirq ctl" in rig.entries()
    assert pm_suspend(rig.k) == -EBUSY  # it wakes each time
    assert rig.usage("ctl") == 0 and rig.setup("ctl").disable_depth == 0


@pytest.mark.parametrize(("switches", "warned"), [((), []), (("rpm-block-in-sleep",), [BLOCKED_TEXT])])
def test_enabling_during_sleep_what_was_never_enabled_warns_in_6_12_only(boot, monkeypatch, switches, warned):
    monkeypatch.setitem(SWITCHES, "rpm-block-in-sleep", Switch("rpm-block-in-sleep", "", ""))
    rig = boot()
    rig.k.release = Release("test", (RELEASES["6.12"].switches - {"rpm-block-in-sleep"}) | set(switches))
    b = rig.dev("b")
    rpm.pm_runtime_block_if_disabled(rig.k, b)
    assert rig.setup("b").last_status == (BLOCKED if switches else INVALID)
    rpm.pm_runtime_enable(rig.k, b)
    assert rig.warnings() == warned
