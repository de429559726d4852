"""Facts, section 7: crash against orderly kexec.  Each prediction is confirmed or refuted by the test that names it."""

from __future__ import annotations

from explored import broken, findings

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.hardware import Irqsteer
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.irq.kexec import machine_kexec_mask_interrupts
from irqlab.kernel.irq.setup import irq_set_chained_handler_and_data
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release

CRASH = Scope(raises=False)
ASLEEP = CRASH.but(sleep=True)
LOOP = "machine_kexec_mask_interrupts"


def booted(driver: str, kernel: str, arch: str = "arm64", *with_: str) -> LinuxModel:
    return LinuxModel(controller(driver), release(kernel).with_(*with_), load("irqsteer"), CRASH, Config(arch=arch))


# -- the table -------------------------------------------------------------------------------------------------------


def test_orderly_kexec_does_not_resume_suspended_devices_and_masks_nothing_on_arm64() -> None:
    """device_shutdown(), kernel_kexec(): 6.1.  A requested line stays armed; the suspended chip is not touched."""
    found = findings("irqsteer@5.19", "6.1", CRASH.but(kexec=True, crash=()))
    assert broken(found, "armed-at-handover", crash="")
    assert not broken(found, "dead-register-access")


def test_after_a_crash_whose_loop_runs_to_its_end_no_line_is_armed() -> None:
    found = findings("irqsteer@mainline-2020", "6.1", CRASH)
    assert not broken(found, "armed-at-handover")


# -- consequences ----------------------------------------------------------------------------------------------------


def test_consequence_1_every_descriptor_takes_the_bus_lock_in_panic_on_arm64() -> None:
    found = findings("irqsteer@6.11", "6.12", CRASH)
    slept = broken(found, "sleep-in-atomic", calls="irq_set_irqchip_state")
    assert slept and slept[0].breach.place == "imx_irqsteer_irq_bus_lock"
    assert broken(found, "irqs-enabled", calls="irq_set_irqchip_state")


def test_consequence_1_a_desc_lock_held_by_what_the_crash_cut_off_deadlocks_on_arm64_only() -> None:
    """The abort in irq_unmask happens under desc->lock; irq_set_irqchip_state() then spins on it.

    *Adds to the facts*: arm's loop takes no lock of the core, but irq_mask takes the driver's own, which the abort cut off too.
    """
    arm64 = findings("irqsteer@unlinked-2020", "6.1", CRASH)
    arm = findings("irqsteer@unlinked-2020", "6.1", CRASH, arch="arm")
    stuck = broken(arm64, "deadlock", calls="irq_set_irqchip_state", crash="oops")
    assert stuck and "spins until desc 2 lock is released" in stuck[0].breach.text
    (other,) = broken(arm, "deadlock")
    assert "spins until irqsteer interrupt-controller@32e2d000 lock is released" in other.breach.text
    assert other.breach.place == "imx_irqsteer_irq_mask"


def test_consequence_2_the_bus_lock_saves_the_loop_only_through_the_clearing_of_the_active_state() -> None:
    assert not broken(findings("irqsteer@6.11", "6.12", CRASH), "dead-register-access", calls=LOOP)
    assert broken(findings("irqsteer@6.11", "6.12", CRASH, without=("kexec-clear-active",)), "dead-register-access", calls=LOOP)
    assert broken(findings("irqsteer@6.11", "6.12", CRASH, arch="arm"), "dead-register-access", calls=LOOP)


def test_consequence_3_mainline_from_5_19_to_6_10_has_the_vendor_trace() -> None:
    found = broken(findings("irqsteer@5.19", "6.1", CRASH), "dead-register-access", calls=LOOP, status="suspended")
    assert found and "unused" in found[0].breach.facts["subject"]


def test_consequence_4a_a_lazily_disabled_started_line_is_masked_by_both_skips() -> None:
    """STARTED, DISABLED, MASKED=0: the hardware is open before the loop and shut after it."""
    for switch in ("kexec-skip-masked", "kexec-started-check"):
        model = booted("irqsteer@mainline-2020", "6.1", "arm64", switch)
        for call in ("request", "disable"):
            _run(model, call)
        block = model.k.machine.blocks["irqsteer"]
        assert isinstance(block, Irqsteer)
        assert block.enabled(8)
        machine_kexec_mask_interrupts(model.k)
        assert not block.enabled(8)


def test_consequence_4b_a_started_line_that_is_masked_gets_no_chip_call_from_either_skip() -> None:
    from irqlab.kernel.irq.chip import mask_irq

    for switch in ("kexec-skip-masked", "kexec-started-check"):
        model = booted("irqsteer@mainline-2020", "6.1", "arm", switch)
        _run(model, "request")
        mask_irq(model.k, model.world.at(IrqData, 2).desc)
        assert model.world.at(IrqData, 2).masked
        assert _accesses(model) == 0


def test_consequence_4c_a_line_open_in_hardware_that_was_never_started_is_masked_by_the_old_loop_only() -> None:
    """A fresh descriptor is believed masked although nobody touched the chip."""
    for switches, still_open in (((), False), (("kexec-skip-masked",), True), (("kexec-started-check",), True)):
        model = booted("irqsteer@mainline-2020", "6.1", "arm64", *switches)
        block = model.k.machine.blocks["irqsteer"]
        assert isinstance(block, Irqsteer)
        block.write(block.chanmask(block.word_of(8)), 1 << 8)
        machine_kexec_mask_interrupts(model.k)
        assert block.enabled(8) is still_open


def test_consequence_4d_uninstalling_a_chained_handler_leaves_it_started() -> None:
    """__irq_do_set_handler() to NULL: masked and disabled, STARTED and ACTIVATED stay (6.1, 6.12)."""
    for kernel in ("6.1", "6.12"):
        model = booted("irqsteer@mainline-2020", kernel)
        parent = model.world.at(IrqData, 1)
        assert (parent.started, parent.masked) == (True, False)
        irq_set_chained_handler_and_data(model.k, 1, None, None)
        assert (parent.started, parent.activated, parent.masked, parent.disabled, parent.desc.depth) == (
            True,
            True,
            True,
            True,
            1,
        )


def test_consequence_5_after_6_14_a_started_line_in_the_noirq_window_is_left() -> None:
    found = findings("irqsteer@5.19", "6.1", ASLEEP, with_=("kexec-started-check",))
    left = broken(found, "dead-register-access", calls=LOOP)
    assert left and all("started" in one.breach.facts["subject"] and one.breach.facts["phase"] == "noirq" for one in left)


def test_consequence_6_irq_shutdown_in_the_loop_takes_no_desc_lock() -> None:
    """With the started-check the lock of arm64's loop is irq_set_irqchip_state()'s alone; arm takes none."""
    arm = findings("irqsteer@unlinked-2020", "6.1", CRASH, arch="arm", with_=("kexec-started-check",))
    assert all("desc" not in one.breach.facts["waits_for"] for one in broken(arm, "deadlock"))
    model = booted("irqsteer@mainline-2020", "6.1", "arm", "kexec-started-check")
    _run(model, "request")
    machine_kexec_mask_interrupts(model.k)
    data = model.world.at(IrqData, 2)
    assert (data.started, data.masked, data.disabled, data.desc.depth) == (False, True, True, 1)


def _run(model: LinuxModel, call: str) -> None:
    """One call of the consumer on line 8, to its end."""
    from irqlab.drivers import consumer
    from irqlab.drivers.consumer import Consumer

    name = model.labels["a"]
    consumer.CALLS[call](model.k, model.world.at(Consumer, name))


def _accesses(model: LinuxModel) -> int:
    """Register accesses of the mask loop."""
    block = model.k.machine.blocks["irqsteer"]
    counted: list[int] = []
    read, write = block.read, block.write
    block.read = lambda offset: counted.append(offset) or read(offset)  # type: ignore[method-assign,func-returns-value]
    block.write = lambda offset, value: counted.append(offset) or write(offset, value)  # type: ignore[method-assign,func-returns-value]
    machine_kexec_mask_interrupts(model.k)
    return len([offset for offset in counted if block.register_name(offset) == "CHANMASK1"])


# -- the other architectures -------------------------------------------------------------------------------------------


def test_an_orderly_kexec_on_loongarch_touches_the_suspended_chip_that_device_shutdown_left_alone() -> None:
    """machine_kexec() masks (6.1): device_shutdown() resumes nothing, so an idle irqsteer is off by then."""
    scope = CRASH.but(kexec=True, crash=())
    for arch, dies in (("loongarch", True), ("powerpc", True), ("powerpc64", False), ("riscv", False), ("arm", False)):
        found = findings("irqsteer@5.19", "6.1", scope, arch=arch)
        assert bool(broken(found, "dead-register-access", calls=LOOP, status="suspended")) is dies
        assert bool(broken(found, "armed-at-handover", crash="")) is not dies


def test_riscv_crashes_as_arm_does_because_its_loop_clears_no_active_state() -> None:
    """6.12: the bus lock of irqsteer@6.11 is not taken, so nothing resumes the chip."""
    assert broken(findings("irqsteer@6.11", "6.12", CRASH, arch="riscv"), "dead-register-access", calls=LOOP)
    assert not broken(findings("irqsteer@6.11", "6.12", CRASH, arch="arm64"), "dead-register-access", calls=LOOP)
