"""Drivers of Linux 6.12 as they are: the whole life of a line, and what irqlab finds."""

from __future__ import annotations

import pytest
from real_rig import INTMUX, IRQSTEER, driver, explored, model, rules

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.exercise import exercise
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import Config
from irqlab.kernel.pm.power import RpmState
from irqlab.kernel.release import release
from irqlab.properties import CHECKS

SCOPE = Scope("small", calls=("request", "free", "disable", "enable"))
CASES = [*((IRQSTEER, "irqsteer", arch) for arch in ("arm64", "arm", "riscv64")), (INTMUX, "intmux", "arm64")]


@pytest.mark.parametrize(("source", "board", "arch"), CASES)
def test_it_boots_without_a_word(source: str, board: str, arch: str) -> None:
    made = model(driver(source, arch), board, SCOPE, arch)
    assert made.boot_signals == ()


def test_irqsteer_unmasks_and_masks_its_line() -> None:
    """imx_irqsteer_irq_unmask(), imx_irqsteer_irq_mask() of 6.12: hwirq 8 is bit 8 of the last mask word."""
    tried = exercise(model(driver(IRQSTEER), "irqsteer", SCOPE))
    assert tried.alive
    request, free = tried.call("request"), tried.call("free")
    assert request is not None and free is not None
    assert [str(access) for access in request.accesses] == ["CHANMASK1 read 0x0", "CHANMASK1 write 0x100", "CONTROL write 0x1"]
    assert [str(access) for access in free.accesses] == ["CONTROL write 0x0", "CHANMASK1 read 0x100", "CHANMASK1 write 0x0"]
    assert request.callbacks == ("irq_bus_lock", "irq_unmask", "irq_bus_sync_unlock")


def test_disable_is_lazy() -> None:
    tried = exercise(model(driver(IRQSTEER), "irqsteer", SCOPE))
    disable = tried.call("disable")
    assert disable is not None
    assert disable.accesses == ()


def reference(name: str, board: str, arch: str, scope: Scope) -> LinuxModel:
    """The same driver in Python."""
    return LinuxModel(controller(name), release("6.12"), load(board), scope, Config(arch=arch), checks=CHECKS)


@pytest.mark.parametrize(
    ("source", "name", "board", "arch", "scope"),
    [
        (IRQSTEER, "irqsteer@6.11", "irqsteer", "arm64", SCOPE.but(sleep=True, kexec=True)),
        (IRQSTEER, "irqsteer@6.11", "irqsteer", "arm", SCOPE.but(sleep=True, kexec=True)),
        (IRQSTEER, "irqsteer@6.11", "irqsteer", "riscv64", SCOPE.but(sleep=True, kexec=True)),
        (INTMUX, "intmux@6.12", "intmux", "arm64", Scope("small").but(sleep=True)),
    ],
)
def test_it_breaks_the_promises_that_the_driver_in_python_breaks(
    source: str, name: str, board: str, arch: str, scope: Scope
) -> None:
    compiled = explored(model(driver(source, arch), board, scope, arch))
    python = explored(reference(name, board, arch, scope))
    assert [finding.breach.key for finding in compiled.broken] == [finding.breach.key for finding in python.broken]
    assert compiled.unknown == python.unknown == {}


def test_arm64_resumes_the_controller_before_it_masks() -> None:
    """machine_kexec_mask_interrupts() of arm64 asks irq_set_irqchip_state() first, whose bus lock resumes irqsteer."""
    found = rules(explored(model(driver(IRQSTEER), "irqsteer", SCOPE)))
    assert not any(rule == "dead-register-access" for rule, _ in found)
    assert ("sleep-in-atomic", "imx_irqsteer_irq_bus_lock") in found


def test_arm_masks_a_controller_whose_clock_is_stopped() -> None:
    """machine_crash_shutdown() of arm masks without a bus lock."""
    found = rules(explored(model(driver(IRQSTEER, "arm"), "irqsteer", SCOPE, "arm")))
    assert ("dead-register-access", "imx_irqsteer_irq_mask") in found


def test_an_interrupt_comes_through_the_chained_handler_to_its_user() -> None:
    made = model(driver(IRQSTEER), "irqsteer", SCOPE)
    desc = next(desc for desc in made.world.all(IrqDesc) if desc.actions and desc.actions[0].chained)
    assert desc.handle_irq.__name__ == "imx_irqsteer_irq_handler"
    assert made.world.at(RpmState, made.controllers[0]).exists
