"""Linux on a board as a model: what may happen when, and that the first boot is looked at too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.drivers.irqsteer import mainline_2020
from irqlab.errors import IncompatibleError
from irqlab.explore.action import Actor
from irqlab.explore.findings import Findings, collect
from irqlab.explore.linux import INTERRUPT, LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import explore
from irqlab.kernel.context import Context, interrupts_open, might_sleep
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.io import readl
from irqlab.kernel.kernel import Config, Kernel
from irqlab.kernel.locking import RawSpinLock, irqsave
from irqlab.kernel.of.device import regs
from irqlab.kernel.release import release
from irqlab.properties import CHECKS
from irqlab.state import kernel

SCOPE = Scope()


def model(driver: Driver, kernel_name: str = "6.1", scope: Scope = SCOPE, config: Config | None = None) -> LinuxModel:
    return LinuxModel(driver, release(kernel_name), load("irqsteer"), scope, config, checks=CHECKS)


def found(driver: Driver) -> Findings:
    subject = model(driver)
    return collect(subject, explore(subject, memo=True))


# -- the first boot --------------------------------------------------------------------------------------------------


@kernel
def probe_refuses(k: Kernel, pdev: Device) -> int:
    return -EINVAL


@kernel
def probe_touches_a_stopped_chip(k: Kernel, pdev: Device) -> int:
    readl(k, regs(k, pdev), 0)
    return 0


@kernel
def probe_sleeps_under_a_raw_lock(k: Kernel, pdev: Device) -> int:
    with irqsave(k, k.lock(RawSpinLock, "lock of the test")):
        might_sleep(k, "msleep()")
    k.warn("a test warns")
    return mainline_2020.imx_irqsteer_probe(k, pdev)


def test_a_driver_that_does_not_bind_is_not_called_kept() -> None:
    refused = found(replace(mainline_2020.driver, probe=probe_refuses))
    assert not refused.broken
    assert list(refused.unknown) == [
        "driver 'irqsteer@mainline-2020' did not bind to interrupt-controller@32e2d000 at boot, so nothing of it was explored"
    ]


def test_what_a_probe_breaks_at_boot_is_found_without_a_step() -> None:
    dead = found(replace(mainline_2020.driver, probe=probe_touches_a_stopped_chip))
    assert [(one.breach.rule, one.breach.place, one.depth) for one in dead.broken] == [
        ("dead-register-access", "probe_touches_a_stopped_chip", 0)
    ]
    assert dead.unknown
    sleeps = found(replace(mainline_2020.driver, probe=probe_sleeps_under_a_raw_lock))
    assert {one.breach.rule for one in sleeps.broken if one.depth == 0} == {"sleep-in-atomic", "warning"}
    assert not sleeps.unknown


@pytest.mark.parametrize("name", ["irqsteer@mainline-2020", "irqsteer@5.19", "irqsteer@6.11"])
def test_without_config_pm_the_controller_binds_and_stays_on(name: str) -> None:
    """CONFIG_PM=n: nobody turns a power domain on, so the boot loader must have left it on."""
    subject = model(controller(name), "6.12", SCOPE, Config(pm=False))
    assert subject.world.at(Device, "interrupt-controller@32e2d000").bound
    result = collect(subject, explore(subject, memo=True))
    assert {one.breach.rule for one in result.broken} == {"never-suspends"}


def test_an_impossible_pair_is_refused_with_the_commit() -> None:
    with pytest.raises(IncompatibleError, match=r"needs 'domain-pm-device' \(1f8863bfb5ca \(v5.18\)\)"):
        model(controller("irqsteer@6.11"), "5.8")
    with pytest.raises(IncompatibleError, match="needs 'parent-device'"):
        model(controller("irqsteer@vendor-2020"), "6.1")


# -- interrupts ------------------------------------------------------------------------------------------------------


def test_where_interrupts_are_on_a_signalled_one_is_taken_before_anything_else_runs() -> None:
    """One CPU: what a device raises is served before the interrupted task goes on.  Lines and crashes do not wait."""
    subject = model(controller("irqsteer@5.19"))
    graph = explore(subject).graph
    taken = 0
    for state in graph.states:
        subject.world.restore(state)
        if subject.k.machine.gic.signalled() < 0 or interrupts_open(subject.k) == 0 or subject.k.system.crash:
            continue
        possible = set()
        for action in subject.actions():
            subject.world.begin()
            if (action.slot < 0 or subject.world.vector[action.slot]) and action.run():
                possible.add(action.name if action.actor is Actor.KERNEL else action.actor.value)
            subject.world.abandon()
        assert INTERRUPT in possible
        assert possible <= {INTERRUPT, "crash", "device"}
        taken += 1
    assert taken > 0


def test_a_line_may_rise_in_the_middle_of_a_handler() -> None:
    """Between two register accesses with interrupts off: only lines move there."""
    subject = model(controller("irqsteer@5.19"))
    graph = explore(subject, memo=True).graph
    middle = 0
    for state in graph.states:
        subject.world.restore(state)
        middle += any(context.hardirq for context in subject.world.all(Context))
    assert middle > 0
    closed = model(controller("irqsteer@5.19"), scope=SCOPE.but(raises_anywhere=False))
    for state in explore(closed, memo=True).graph.states:
        closed.world.restore(state)
        assert not any(context.hardirq for context in closed.world.all(Context))


# -- the next kernel ---------------------------------------------------------------------------------------------------


def test_an_oops_in_the_next_kernel_ends_there_for_nothing_is_loaded_that_could_take_over() -> None:
    """__crash_kexec() does nothing without kexec_crash_image: no mask loop runs in the next kernel."""
    scope = Scope(kexec=True, successor=True, crash=("sysrq",), calls=("request",))
    subject = model(controller("irqsteer@unlinked-2020"), scope=scope)
    graph = explore(subject, memo=True).graph
    for state in graph.states:
        subject.world.restore(state)
        system = subject.k.system
        assert not (system.boot and system.crash)
