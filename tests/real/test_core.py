"""Drivers on their tree's own interrupt core and runtime PM: what it believes, and the promises that are broken on it.

Expected values are those of the kernel's source: each test names what it is about.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_rig import RELEASES, on_linux
from real_rig import INTMUX, IRQSTEER, driver, model

from irqlab.board import load
from irqlab.core.linux import LinuxCore, OnLinux, Parked
from irqlab.core.power import NOW
from irqlab.core.views import DescView, DomainView
from irqlab.errors import GuestError, InputError
from irqlab.explore.exercise import exercise
from irqlab.explore.findings import Findings, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Search
from irqlab.guest.devices import device_pointer
from irqlab.guest.exports import EXPORTS
from irqlab.guest.guest import INT, VOID
from irqlab.guest.layout import TASK
from irqlab.guest.memory import Allocation
from irqlab.kernel.device import Device
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.irq.flags import IRQF_ONESHOT
from irqlab.kernel.kernel import Config
from irqlab.kernel.pm.power import ACTIVE, SUSPENDED, RpmSetup, RpmState, RpmUsage
from irqlab.kernel.release import release

CALLS = ("request", "free", "disable", "enable")
SMALL = Scope("small", calls=CALLS)
BOARDS = {INTMUX: "intmux", IRQSTEER: "irqsteer"}


def on_core(source: str, scope: Scope = SMALL, kernel: str = "6.12") -> LinuxModel:
    return model(on_linux(source, kernel), BOARDS[source], scope, kernel=kernel)


def found(made: LinuxModel, states: int = 150_000) -> Findings:
    exploration = Search(made, Bounds(states=states), memo=True).run()
    assert exploration.exhausted
    return collect(made, exploration)


def broken(findings: Findings) -> list[tuple[str, ...]]:
    return sorted(finding.breach.key for finding in (*findings.broken, *findings.notes))


# -- what it believes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", RELEASES)
@pytest.mark.parametrize("source", [INTMUX, IRQSTEER])
def test_it_boots_without_a_word(source: str, kernel: str) -> None:
    assert on_core(source, kernel=kernel).boot_signals == ()


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_fresh_line_is_believed_masked_and_disabled_once(kernel: str) -> None:
    """desc_set_defaults(): depth 1, IRQD_IRQ_DISABLED, IRQD_IRQ_MASKED; intmux_irq_map() gives it its chip and domain."""
    made = on_core(INTMUX, kernel=kernel)
    (line,) = (desc for desc in made.world.all(IrqDesc) if desc.irq_data.hwirq == 3)
    d = line.irq_data
    assert (line.depth, d.disabled, d.masked, d.started, line.actions) == (1, True, True, False, ())
    assert d.domain is not None and d.domain.key == ("interrupt-controller@37400000", 0)
    assert d.chip.name == "imx_intmux_irq_chip"


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_chained_line_is_started_and_may_not_be_requested(kernel: str) -> None:
    """__irq_do_set_handler(): IRQ_NOPROBE, IRQ_NOREQUEST, IRQ_NOTHREAD, and &chained_action."""
    made = on_core(INTMUX, kernel=kernel)
    first = made.world.all(IrqDesc)[0]
    assert (first.depth, first.norequest, first.irq_data.started, first.irq_data.masked) == (0, True, True, False)
    assert [action.chained for action in first.actions] == [True]


def test_the_domain_has_the_device_behind_its_interrupts() -> None:
    """imx_intmux_probe() of 6.12: irq_domain_set_pm_device()."""
    made = on_core(INTMUX)
    intmux = made.world.at(Device, "interrupt-controller@37400000")
    assert [seen.domain.pm_dev for seen in made.world.all(DomainView)] == [None, intmux, intmux]


def test_runtime_pm_of_the_tree_runs_on_the_devices_of_the_kernel_in_python() -> None:
    """imx_intmux_probe(): active, enabled once; the probe's references are given back, and an idle notification is queued."""
    made = on_core(INTMUX)
    name = "interrupt-controller@37400000"
    state, setup, usage = (made.world.at(kind, name) for kind in (RpmState, RpmSetup, RpmUsage))
    assert (state.status, state.queued, setup.disable_depth, usage.usage_count) == (ACTIVE, True, 0, 0)


@pytest.mark.parametrize(
    ("source", "accesses", "callbacks"),
    [
        (INTMUX, ["CHANIER0 read 0x0", "CHANIER0 write 0x8", "CONTROL write 0x1"], ("irq_unmask",)),
        (
            IRQSTEER,
            ["CHANMASK1 read 0x0", "CHANMASK1 write 0x100", "CONTROL write 0x1"],
            ("irq_bus_lock", "irq_unmask", "irq_bus_sync_unlock"),
        ),
    ],
)
def test_a_request_unmasks_between_bus_lock_and_unlock(source: str, accesses: list[str], callbacks: tuple[str, ...]) -> None:
    """__setup_irq(), irq_startup(): the chip has no irq_startup, so it is unmasked."""
    request = exercise(on_core(source)).call("request")
    assert request is not None
    assert [str(access) for access in request.accesses] == accesses
    assert request.callbacks == callbacks


def test_disable_is_lazy() -> None:
    """__irq_disable(): without irq_disable, and without IRQ_DISABLE_UNLAZY, the chip is not told."""
    disable = exercise(on_core(INTMUX)).call("disable")
    assert disable is not None
    assert (disable.accesses, disable.callbacks) == ((), ())


def called(made: LinuxModel, symbol: str, *args: int) -> int:
    """Calls a function of the tree's runtime PM on intmux, in a segment of its own; what it gives back."""
    core = made.k.core
    assert isinstance(core, LinuxCore)
    made.world.begin()
    result = core.run(symbol, INT, device_pointer(core.g, made.world.at(Device, "interrupt-controller@37400000")), *args)
    made.world.commit()
    return int(result)


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_barrier_takes_back_what_was_queued(kernel: str) -> None:
    """__pm_runtime_barrier(): cancel_work_sync() of the idle notification that the probe left."""
    made = on_core(INTMUX, kernel=kernel)
    state = made.world.at(RpmState, "interrupt-controller@37400000")
    assert (state.queued, state.request_pending) == (True, True)
    called(made, "pm_runtime_barrier")
    assert (state.queued, state.request_pending, state.status) == (False, False, ACTIVE)


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_resume_stops_the_timer_that_would_suspend(kernel: str) -> None:
    """pm_schedule_suspend() starts it, rpm_resume() calls pm_runtime_deactivate_timer()."""
    made = on_core(INTMUX, kernel=kernel)
    state = made.world.at(RpmState, "interrupt-controller@37400000")
    assert (called(made, "pm_schedule_suspend", 10), state.timer) == (0, True)
    assert (called(made, "__pm_runtime_resume", 0), state.timer) == (1, False)


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_device_that_was_busy_now_suspends_when_its_timer_fires(kernel: str) -> None:
    """rpm_suspend() with RPM_AUTO: the deadline is ahead; pm_suspend_timer_fn() asks again, and it has passed."""
    made = on_core(INTMUX, kernel=kernel)
    dev = made.world.at(Device, "interrupt-controller@37400000")
    state = made.world.at(RpmState, dev.name)
    called(made, "pm_runtime_set_autosuspend_delay", 50)
    called(made, "__pm_runtime_use_autosuspend", 1)
    made.world.begin()
    made.k.guest.set_number(made.k.guest.mirrored_at(dev, "power.last_busy"), NOW)
    made.world.commit()
    assert (called(made, "__pm_runtime_suspend", 0x08), state.status, state.timer, state.last_busy) == (0, ACTIVE, True, True)
    assert _taken(made, f"autosuspend timer of {dev.name}")
    assert (state.timer, state.last_busy, state.queued, state.status) == (False, False, True, ACTIVE)
    assert _taken(made, f"kworker {dev.name} runs")
    while _taken(made, f"kworker {dev.name} goes on"):
        pass
    assert state.status == SUSPENDED


# -- the same promises as on the model -----------------------------------------------------------------------------------

SLEEP = Scope("small", raises=False, sleep=True)
SCOPES = {
    "small": Scope("small"),
    "asleep": SLEEP,
    "users that free their line in sleep": SLEEP.but(consumers=(("a", "releases"),)),
    "lines that sleep leaves alone": SLEEP.but(consumers=(("a", "no-suspend"),)),
    "threaded": Scope("small", consumers=(("a", "threaded"),), raises_anywhere=False),
    "users that runtime PM holds the controller for": Scope("small", consumers=(("a", "runtime-pm"),), raises=False),
    "crashes anywhere": Scope("small", crash=("sysrq", "nmi", "remote"), raises=False),
    "kexec": Scope("small", kexec=True, successor=True),
    "failures": Scope("small", failures=1, raises=False),
    "never quiet": Scope("small", consumers=(("a", "never-quiet"),)),
}


@pytest.mark.parametrize("scope", SCOPES.values(), ids=SCOPES)
@pytest.mark.parametrize("source", [INTMUX, IRQSTEER])
def test_the_promises_broken_are_those_that_are_broken_on_the_model(source: str, scope: Scope) -> None:
    """Two implementations of one kernel: kernel/irq and runtime.c of 6.12.117, and ours."""
    real, own = found(on_core(source, scope)), found(model(driver(source), BOARDS[source], scope))
    assert broken(real) == broken(own)
    assert real.unknown == own.unknown == {}


def test_remembering_changes_nothing() -> None:
    """What the views and the emulator keep beside states decides nothing."""
    made = on_core(INTMUX, Scope("small"))
    plain = Search(made, Bounds(states=20_000)).run()
    quick = Search(on_core(INTMUX, Scope("small")), Bounds(states=20_000), memo=True).run()
    assert plain.exhausted and quick.exhausted
    assert (quick.states, quick.successors) == (plain.states, plain.successors)
    for part in ("first", "target", "action"):
        assert getattr(quick.graph, part) == getattr(plain.graph, part), part
    assert quick.segments < plain.segments


# -- threads -------------------------------------------------------------------------------------------------------------


def test_a_thread_that_has_nothing_to_do_is_no_call_under_way() -> None:
    """irq_thread() sleeps in irq_wait_for_interrupt(); kthread_stop() in free_irq() ends it, and its memory goes."""
    made = on_core(INTMUX, SMALL.but(consumers=(("a", "threaded"),)))
    memory = len(made.world.all(Allocation))
    tried = exercise(made)
    assert tried.alive
    request, free = tried.call("request"), tried.call("free")
    assert request is not None and free is not None
    assert made.world.all(Parked) == ()
    assert len(made.world.all(Allocation)) == memory


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_probe_that_requests_a_threaded_line_waits_for_its_thread(kernel: str) -> None:
    """__setup_irq(), wake_up_and_wait_for_irq_thread_ready(): the boot waits, and the thread of the line runs meanwhile."""
    made = LinuxModel(on_linux(INTMUX, kernel, "intmux-threaded"), release(kernel), load("intmux"), SMALL)
    assert made.boot_signals == ()
    assert [parked.key for parked in made.world.all(Parked)] == [("irq/1-intmux",), ("irq/2-intmux",)]


def test_a_threaded_line_is_a_oneshot_line() -> None:
    made = on_core(INTMUX, Scope("small", consumers=(("a", "threaded"),)))
    for action in made.actions():
        if action.name == "task a: request":
            made.world.begin()
            assert action.run()
            made.world.commit()
    while any(_taken(made, name) for name in ("task a goes on", "irq/3-a goes on")):
        pass
    (line,) = (desc for desc in made.world.all(IrqDesc) if desc.irq_data.hwirq == 3)
    assert [(action.flags & IRQF_ONESHOT, action.thread, action.name) for action in line.actions] == [(IRQF_ONESHOT, True, "a")]
    assert line.oneshot
    assert [parked.key for parked in made.world.all(Parked)] == [("irq/3-a",)]


def _taken(made: LinuxModel, name: str) -> bool:
    """Takes an action, if it is possible."""
    action = made.named(name)
    if action is None:
        return False
    made.world.begin()
    done = action.run()
    made.world.commit() if done else made.world.abandon()
    return done


# -- what is kept of it ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kernel", RELEASES)
def test_a_descriptor_that_goes_is_no_line_any_more_and_its_memory_goes_after_a_grace_period(kernel: str) -> None:
    """irq_dispose_mapping(), free_desc(): out of the tree at once, and kfree() through call_rcu()."""
    made = on_core(INTMUX, kernel=kernel)
    core = made.k.core
    assert isinstance(core, LinuxCore)
    (view,) = (view for view in made.world.all(DescView) if view.irq == 3)
    made.world.begin()
    core.run("irq_dispose_mapping", VOID, 3)
    made.world.commit()
    assert [desc.irq for desc in made.world.all(IrqDesc)] == [1, 2, 9]
    assert (view.exists, view.irq, view.gone) == (True, 0, True)
    assert _taken(made, "an RCU grace period ends")
    assert not view.exists and not made.world.at(Allocation, *view.key).exists


def test_lines_of_a_controller_that_went_stay_without_a_domain() -> None:
    """irq_dispose_mapping() is not called by intmux: unbound, the lines of its users stay, and their domains are gone."""
    made = on_core(INTMUX, Scope("small", unbind=True))
    before = {view.irq for view in made.world.all(DescView)}
    for name in ("task bind: unbind interrupt-controller@37400000", *["task bind goes on"] * 300):
        _taken(made, name)
    after = {view.irq for view in made.world.all(DescView)}
    assert after == before
    gone = [desc.irq_data for desc in made.world.all(IrqDesc) if desc.irq_data.hwirq in (3, 9)]
    assert [(d.domain is not None, d.domain is not None and d.domain.exists) for d in gone] == [(True, False)] * 2


def test_a_line_whose_domain_has_gone_is_in_no_other() -> None:
    """irq_domain_remove() under a requested line: irq_data.domain dangles, and what lies there later is no domain."""
    scope = Scope("small", unbind=True, raises=False)
    made = LinuxModel(on_linux(INTMUX), release("6.12"), load("intmux"), scope, Config(fw_devlink="off"))
    (line,) = (desc for desc in made.world.all(IrqDesc) if desc.irq_data.hwirq == 3)
    domain = line.irq_data.domain
    for name in ("task a: request", "task bind: unbind interrupt-controller@37400000", "task a: free"):
        assert _taken(made, name)
        while _taken(made, f"{name.partition(':')[0]} goes on"):
            pass
    assert line.irq_data.domain is domain and domain is not None and not domain.exists
    assert [seen.domain.key[0] for seen in made.world.all(DomainView)] == ["interrupt-controller@51a00000"]


@pytest.mark.parametrize("kernel", RELEASES)
def test_what_a_driver_may_call_and_nothing_does_is_not_answered(kernel: str) -> None:
    """A timer that never fires and children that nobody visits would be wrong without a word: they are not modelled."""
    externs = {extern.name for extern in on_linux(INTMUX, kernel).image.externs}
    assert {"mod_timer", "device_for_each_child"} <= externs
    assert not {"mod_timer", "device_for_each_child"} & set(EXPORTS)


def test_nobody_waits_for_the_cpu_when_a_call_has_begun() -> None:
    """preempt.need_resched of arm64 is 0 when somebody does: then preempt_enable() would call preempt_schedule()."""
    g = on_core(INTMUX).k.guest
    member = g.image.types.member("thread_info", "preempt.need_resched")
    assert member is not None
    assert g.memory.task.get(TASK + member.offset, member.size) == b"\1\0\0\0"


def test_a_board_with_more_parts_than_links_have_room_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link lies where its two parts say; beyond its region another mirror begins."""
    k = on_core(INTMUX).k
    monkeypatch.setattr(k, "board", replace(k.board, parts=(*k.board.parts * 9, k.board.parts[0])))
    with pytest.raises(GuestError, match="46 parts, and --core linux has room for 45"):
        k.guest.mirrored()


def test_a_threshold_of_our_own_is_refused() -> None:
    """note_interrupt() has one of 100 000, too many to explore."""
    with pytest.raises(InputError, match="100 000 interrupts"):
        LinuxModel(on_linux(INTMUX), release("6.12"), load("intmux"), SMALL, Config(spurious=3))


def test_a_driver_is_on_one_core_or_the_other() -> None:
    assert on_core(INTMUX).k.core is not None
    assert model(driver(INTMUX), "intmux", SMALL).k.core is None
    assert isinstance(on_linux(INTMUX), OnLinux)
