"""Facts, section 11: corrections and additions.  Each is confirmed or refuted by the test that names it."""

from __future__ import annotations

import pytest
from explored import broken, findings

from irqlab.board import Board, load, parse
from irqlab.drivers import controller
from irqlab.drivers.irqsteer.common import IrqsteerData
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import explore
from irqlab.hardware import Irqsteer
from irqlab.kernel.clk import Clk, clk_disable_unused, clk_register_all
from irqlab.kernel.device import Device
from irqlab.kernel.device_link import DeviceLink
from irqlab.kernel.init import next_kernel
from irqlab.kernel.irq.chip import irq_get_pm_device
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.kernel import Config
from irqlab.kernel.of.device import clk_name
from irqlab.kernel.pm.domain import (
    genpd_of,
    genpd_power_off_unused,
    genpd_power_off_work_fn,
    genpd_register_all,
    genpd_work_pending,
)
from irqlab.kernel.pm.power import RpmUsage, status_of
from irqlab.kernel.pm.runtime import pm_runtime_get_sync, pm_runtime_work
from irqlab.kernel.release import RELEASES, release

CRASH = Scope(raises=False)
ASLEEP = CRASH.but(sleep=True)
LOOP = "machine_kexec_mask_interrupts"
HELD = CRASH.but(consumers=(("a", "runtime-pm"),))


def _takes(model: LinuxModel, name: str, *, keep: bool = False) -> bool:
    """Whether an action is possible here; ``keep``: and does it."""
    action = model.named(name)
    assert action is not None
    model.world.begin()
    went = action.run()
    (model.world.commit if went and keep else model.world.abandon)()
    return went


# -- fw_devlink ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kernel", "pm_runtime"), [("6.1", False), ("6.12", True)])
def test_fw_devlink_links_a_consumer_to_its_controller_with_pm_runtime_by_default_in_6_12(kernel: str, pm_runtime: bool) -> None:
    model = LinuxModel(controller("irqsteer@5.19"), release(kernel), load("irqsteer"), CRASH)
    link = model.world.at(DeviceLink, model.labels["a"], model.controllers[0])
    assert link.exists
    assert link.pm_runtime is pm_runtime


def test_fw_devlink_off_makes_no_link() -> None:
    model = LinuxModel(controller("irqsteer@5.19"), release("6.12"), load("irqsteer"), CRASH, Config(fw_devlink="off"))
    assert model.world.all(DeviceLink) == ()


def test_a_runtime_active_consumer_holds_the_controller_on_6_12_and_not_without_the_link() -> None:
    """So a driver that tells the core nothing is saved by fw_devlink=rpm, while its consumer is runtime-active."""
    for fw_devlink, exploded in (("rpm", False), ("on", True), ("off", True)):
        found = findings("irqsteer@unlinked-2020", "6.12", HELD, fw_devlink=fw_devlink, with_=("kexec-skip-masked",))
        hit = broken(found, "dead-register-access", calls=LOOP, subject="requested", status="suspended")
        assert bool(hit) is exploded, fw_devlink


def test_a_consumer_without_runtime_pm_holds_the_controller_only_while_it_probes() -> None:
    model = LinuxModel(controller("irqsteer@5.19"), release("6.12"), load("irqsteer"), CRASH)
    link = model.world.at(DeviceLink, model.labels["a"], model.controllers[0])
    assert link.rpm_active == 0
    assert model.world.at(RpmUsage, model.controllers[0]).usage_count == 0


def test_unbinding_the_controller_unbinds_its_consumers_first() -> None:
    """With links no descriptor outlives the domain in use; without them a user is left on freed memory."""
    scope = Scope(raises=False, unbind=True, crash=(), calls=("request", "free"))
    linked = findings("irqsteer@mainline-2020", "6.12", scope)
    alone = findings("irqsteer@mainline-2020", "6.12", scope, fw_devlink="off")
    assert not broken(linked, "memory-error")
    assert broken(alone, "memory-error", calls="free_irq")


# -- "survives by accident" has exceptions -----------------------------------------------------------------------------


def test_the_bus_lock_does_not_help_while_system_sleep_has_disabled_runtime_pm() -> None:
    """get_sync() returns -EACCES and the driver ignores it.

    *Refines the facts*: the window is not the noirq phase but everything from suspend_late to resume_early.
    """
    found = broken(findings("irqsteer@6.11", "6.12", ASLEEP), "dead-register-access", calls=LOOP)
    assert {one.breach.facts["phase"] for one in found} >= {"noirq", "system suspend"}
    assert all(not one.breach.facts["rpm_enabled"] for one in found)


def test_a_crash_that_cut_a_pm_callback_waits_for_it_for_ever_in_panic() -> None:
    found = broken(findings("irqsteer@6.11", "6.12", CRASH), "deadlock", calls=LOOP)
    assert any("resuming or suspending" in one.breach.text for one in found)


def test_a_crash_that_cut_the_holder_of_the_clock_prepare_mutex_waits_for_it_for_ever() -> None:
    found = broken(findings("irqsteer@6.11", "6.12", CRASH.but(clock_user=True)), "deadlock", calls=LOOP)
    assert any("clk prepare" in one.breach.text for one in found)


def test_the_resume_turns_interrupts_on_inside_the_loop_and_nothing_is_printed() -> None:
    found = findings("irqsteer@6.11", "6.12", CRASH)
    assert broken(found, "irqs-enabled", calls=LOOP)
    slept = broken(found, "sleep-in-atomic", calls=LOOP)
    assert slept and all(one.breach.facts["silent"] for one in slept)


# -- what the PM device cures -----------------------------------------------------------------------------------------


def test_the_pm_device_cures_a_requested_line_for_runtime_suspend_only() -> None:
    found = broken(findings("irqsteer@5.19", "6.1", ASLEEP), "dead-register-access", calls=LOOP, subject="requested")
    assert {one.breach.facts["phase"] for one in found} == {"noirq"}


@pytest.mark.parametrize("kernel", ["6.1", "6.12"])
def test_a_chained_parent_asks_the_parent_domain_never_the_demultiplexer(kernel: str) -> None:
    """The descriptor is the GIC's line: irqsteer takes no reference on itself by installing its handler."""
    model = LinuxModel(controller("irqsteer@5.19"), release(kernel), load("irqsteer"), CRASH)
    parent, child = model.world.at(IrqData, 1), model.world.at(IrqData, 2)
    assert irq_get_pm_device(model.k, parent) is None
    assert irq_get_pm_device(model.k, child) is not None
    assert model.world.at(RpmUsage, model.controllers[0]).usage_count == 0


# -- unbind -----------------------------------------------------------------------------------------------------------


def test_an_idle_irqsteer_is_suspended_already_when_remove_runs_and_underflows_its_clock() -> None:
    scope = Scope(raises=False, unbind=True, crash=(), calls=())
    found = broken(findings("irqsteer@5.19", "6.1", scope), "pm-reference-underflow")
    assert {one.breach.facts["what"] for one in found} == {"enable count", "prepare count"}
    assert {one.breach.place for one in found} == {"imx_irqsteer_remove"}


def test_intmux_resumes_before_it_gives_its_clock_back() -> None:
    scope = Scope(raises=False, unbind=True, crash=(), calls=())
    assert not broken(findings("intmux@6.12", "6.12", scope, board="intmux"), "pm-reference-underflow")


# -- the successor ----------------------------------------------------------------------------------------------------

KEXEC = Scope(kexec=True, successor=True, crash=())


def test_an_inherited_irqsteer_line_without_a_mapping_storms_the_next_kernel() -> None:
    storm = broken(findings("irqsteer@5.19", "6.1", KEXEC), "successor-storm")
    assert storm and storm[0].circle
    assert "no handler runs" in storm[0].breach.text


def test_irqsteers_probe_leaves_the_mask_it_inherits_and_its_first_suspend_saves_it() -> None:
    """imx_irqsteer_probe() writes CHANCTRL alone; imx_irqsteer_suspend() saves CHANMASK, and the resume writes it back."""
    model = LinuxModel(controller("irqsteer@5.19"), release("6.1"), load("irqsteer"), CRASH)
    k, world, (name,) = model.k, model.world, model.controllers
    block = k.machine.blocks["irqsteer"]
    assert isinstance(block, Irqsteer)
    dev = world.at(Device, name)
    world.begin()
    block.write(block.chanmask(block.word_of(8)), 1 << 8)
    block.write(block.offset("CHANCTRL"), 0)
    next_kernel(k)
    world.commit()
    while _takes(model, "init goes on", keep=True):
        pass
    world.begin()
    assert block.read(block.offset("CHANCTRL")) == 1 and block.enabled(8)
    assert world.at(IrqsteerData, name).saved_reg == (0, 0)
    pm_runtime_work(k, dev)
    assert world.at(IrqsteerData, name).saved_reg == (0, 1 << 8)  # the highest interrupts come first
    assert (status_of(k, dev), pm_runtime_get_sync(k, dev)) == ("suspended", 0) and block.enabled(8)


def test_the_counts_of_clock_and_power_domain_begin_at_0_over_what_the_last_kernel_left_on() -> None:
    """clk_disable_unused() and genpd_power_off_unused(), late in boot, turn off what no driver has asked for by then."""
    model = LinuxModel(controller("irqsteer@5.19"), release("6.1"), load("irqsteer"), CRASH)
    k, world = model.k, model.world
    clock, domain = k.machine.clocks[clk_name(k, world.at(Device, model.controllers[0]), "ipg")], k.machine.domains["pd_mix"]
    world.begin()
    assert clock.running() and domain.on
    next_kernel(k)
    assert world.all(Clk) == () and clock.running() and domain.on
    clk_register_all(k)
    genpd_register_all(k)
    assert {(clk.prepare_count, clk.enable_count) for clk in world.all(Clk)} == {(0, 0)} and genpd_of(k, "pd_mix").on
    clk_disable_unused(k)
    genpd_power_off_unused(k)
    assert genpd_work_pending(k, genpd_of(k, "pd_mix"))
    genpd_power_off_work_fn(k, genpd_of(k, "pd_mix"))
    assert not clock.running() and not domain.on


def test_intmux_zeroes_its_enables_before_it_installs_a_handler_and_does_not_storm() -> None:
    assert not broken(findings("intmux@6.12", "6.12", KEXEC, board="intmux"), "successor-storm")


# -- gated output -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("gated", "touched"), [("low", False), ("held", True), ("follows", True)])
def test_a_gated_irqsteer_that_drives_its_output_lets_the_demultiplexer_touch_dead_registers(gated: str, touched: bool) -> None:
    """Chained parents are never suspended; no crash is needed."""
    found = findings("irqsteer@unlinked-2020", "6.1", Scope(crash=()), gated=gated)
    hit = broken(found, "dead-register-access", calls="imx_irqsteer_irq_handler")
    assert bool(hit) is touched
    assert all(one.breach.blame == "board" and not one.crash for one in hit)


# -- causes of a crash -------------------------------------------------------------------------------------------------


def test_without_a_pm_device_the_first_request_irq_on_a_suspended_chip_faults_in_unmask() -> None:
    found = broken(findings("irqsteer@unlinked-2020", "6.1", Scope(crash=(), raises=False)), "dead-register-access")
    assert any(one.breach.place == "imx_irqsteer_irq_unmask" and one.crash == "" for one in found)


def test_requested_then_suspended_needs_the_request_before_the_idle_worker() -> None:
    """Every shortest way to a crash over a requested line of a suspended chip: the other order oopses in unmask."""
    found = broken(findings("irqsteer@unlinked-2020", "6.1", CRASH), "dead-register-access", calls=LOOP, subject="requested")
    assert {one.breach.facts["status"] for one in found} == {"suspending", "suspended"}
    for one in found:
        steps = [step.action for step in one.steps]
        assert steps.index("task a: request") < steps.index("kworker interrupt-controller@32e2d000 runs")


def test_after_an_abort_the_kernel_goes_on_as_an_oops_crash_and_after_a_bus_hang_nothing_goes_on() -> None:
    source = (load("irqsteer").nodes[0].source, "irqsteer.dts")[1]
    from importlib.resources import files

    text = (files("irqlab.board") / "boards" / source).read_text()
    ends = {}
    for on_dead in ("abort", "hang"):
        board = Board.of(
            "test", parse(text.replace("fsl,channel", f'irqlab,on-dead = "{on_dead}";\n\t\tfsl,channel').encode(), "test.dts")
        )
        model = LinuxModel(controller("irqsteer@unlinked-2020"), release("6.1"), board, Scope(crash=(), raises=False))
        result = explore(model, memo=True)
        crashed = hung = 0
        for state in result.graph.states:
            model.world.restore(state)
            system = model.k.system
            crashed += system.crash == "oops"
            hung += system.hung.startswith("bus hang")
        ends[on_dead] = (crashed > 0, hung > 0, model.k.machine.bus_hung or hung > 0)
    assert ends["abort"] == (True, False, False)
    assert ends["hang"] == (False, True, True)


# -- releases ---------------------------------------------------------------------------------------------------------


def test_every_release_says_what_is_claimed_of_it() -> None:
    assert RELEASES["6.1"].claim == "claimed whole, read as 6.1.170 and 6.1.192"
    assert RELEASES["6.12"].claim == "claimed whole, read as 6.12.117"
    assert all("not modelled" in RELEASES[name].claim for name in ("5.8", "6.18"))
