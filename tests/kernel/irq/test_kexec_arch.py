"""Who masks interrupts before the next kernel: every architecture after a crash, two of them in an orderly kexec too.

6.1.170: arch/{arm,arm64,riscv,loongarch}/kernel/machine_kexec.c and arch/powerpc/kexec/{core,core_32,core_64,crash}.c, each
with its own copy of the loop; 6.12.117: one in kernel/irq/kexec.c, called from the same places.  "5.8": riscv and
loongarch had no such loop before 6.1.

Left out: how the other CPUs are stopped (IPIs and their time-outs), powerpc platforms with a machine_kexec() or a
machine_shutdown() of their own.
"""

from __future__ import annotations

import pytest
from cpurig import BOTH, CPU0, CPU1, managed, routes, smp
from irqrig import BUS, RUNNING, chip, log
from pmrig import PLAIN

from irqlab.kernel.arch import ARCHES
from irqlab.kernel.context import Context, in_atomic, irqs_disabled, start
from irqlab.kernel.cpu import remove_cpu
from irqlab.kernel.cpumask import cpu_online_mask
from irqlab.kernel.crash import crash, crash_kexec, kernel_kexec
from irqlab.kernel.irq.desc import IrqChip, IrqDesc
from irqlab.kernel.kernel import HANDOVER
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.syscore import Syscore, register_syscore
from irqlab.state import kernel

OLD = ["6.1", "6.12"]
LOOP = ("irq_mask",)
EVERY = sorted(ARCHES)
AT_JUMP = ["loongarch", "powerpc"]
CRASH_ONLY = sorted(set(EVERY) - set(AT_JUMP))


def booted(irqs, arch, release="6.12", *callbacks):
    """A kernel with one requested line."""
    rig = irqs(release, arch=arch)
    irq = rig.line(chip(*callbacks))
    assert rig.request(irq) == 0 and rig.core(irq) == RUNNING and rig.open(irq)
    rig.entries()
    return rig, irq


def crashes(rig):
    """``crash_kexec()`` in the panic context, up to the jump."""
    rig.go_on(start(rig.k, "panic", crash_kexec, (), panic=True))
    return rig.entries()


def reboots(rig):
    """``kernel_kexec()``, up to the jump."""
    rig.task("task kexec", kernel_kexec)
    return rig.entries()


@pytest.mark.parametrize("release", OLD)
@pytest.mark.parametrize("arch", EVERY)
def test_machine_crash_shutdown_masks_on_every_architecture(irqs, arch, release):
    rig, irq = booted(irqs, arch, release)
    calls = crashes(rig)
    assert calls == (LOOP * 2 if arch in AT_JUMP else LOOP) and not rig.open(irq)
    assert rig.k.system.phase == HANDOVER and rig.core(irq) == RUNNING  # nobody was told


@pytest.mark.parametrize("release", OLD)
@pytest.mark.parametrize("arch", EVERY)
def test_an_orderly_kexec_masks_on_loongarch_and_32_bit_powerpc_only(irqs, arch, release):
    """loongarch's machine_kexec() and core_32.c's default_machine_kexec(); core_64.c and the others leave lines as they are."""
    rig, irq = booted(irqs, arch, release)
    assert reboots(rig) == (LOOP if arch in AT_JUMP else ())
    assert rig.open(irq) is (arch in CRASH_ONLY) and rig.k.system.phase == HANDOVER


@pytest.mark.parametrize(("release", "first", "second"), [("6.1", 1, 1), ("6.12", 1, 1), ("6.18", 1, 0)])
@pytest.mark.parametrize("arch", AT_JUMP)
def test_after_a_crash_the_second_loop_repeats_the_first_until_6_14_shut_lines_down(irqs, arch, release, first, second):
    """machine_kexec() does not know that machine_crash_shutdown() has masked; irq_shutdown() leaves nothing STARTED."""
    rig, irq = booted(irqs, arch, release)
    assert crashes(rig) == LOOP * (first + second) and not rig.open(irq)
    assert rig.core(irq) == (RUNNING if second else "DISABLED MASKED ACTIVATED depth=1")


@pytest.mark.parametrize(("arch", "ends"), [("riscv", 1), ("arm", 1), ("loongarch", 2), ("powerpc", 2), ("powerpc64", 1)])
def test_an_interrupt_in_progress_is_ended_once_a_loop(irqs, arch, ends):
    """Nothing clears INPROGRESS in between: the second loop ends it again."""
    rig, irq = booted(irqs, arch, "6.12", "irq_eoi")
    rig.set_data(irq, inprogress=True)
    assert crashes(rig) == ("irq_eoi", "irq_mask") * ends


@pytest.mark.parametrize("inprogress", [True, False])
def test_in_an_orderly_kexec_an_interrupt_is_ended_only_if_in_progress(irqs, inprogress):
    rig, irq = booted(irqs, "loongarch", "6.12", "irq_eoi")
    rig.set_data(irq, inprogress=inprogress)
    assert reboots(rig) == (("irq_eoi",) if inprogress else ()) + LOOP


# -- the active state ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("release", [*OLD, "6.18"])
@pytest.mark.parametrize("arch", EVERY)
def test_only_arm64_clears_the_active_state_and_takes_bus_locks_for_it(irqs, arch, release):
    """6.12: CONFIG_GENERIC_IRQ_KEXEC_CLEAR_VM_FORWARD, selected by arm64; 6.1: arm64's copy of the loop."""
    rig, _ = booted(irqs, arch, release, *BUS)
    loops = 2 if arch in AT_JUMP and release in OLD else 1
    assert crashes(rig) == ((BUS if arch == "arm64" else ()) + LOOP) * loops


@pytest.mark.parametrize("arch", EVERY)
def test_a_desc_lock_that_died_with_a_stopped_cpu_hangs_arm64_alone(irqs, arch):
    """Other CPUs are stopped before the loop on every architecture, wherever they were: desc->lock may be held."""
    rig, irq = booted(irqs, arch)
    rig.world.new(HeldLock, f"desc {irq} lock", owner="task a")
    crashes(rig)
    assert bool(rig.k.system.hung) is (arch == "arm64")


# -- order --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arch", EVERY)
def test_nobody_runs_any_more_when_the_loop_begins(irqs, arch):
    """crash_smp_send_stop() comes before machine_kexec_mask_interrupts() on each of them: a task's lock stays held."""
    rig, irq = booted(irqs, arch, "6.12", "irq_disable")
    rig.world.new(HeldLock, "somebody's lock", owner="task a")
    crash(rig.k, "sysrq")
    assert [context.name for context in rig.world.all(Context)] == ["panic"] and rig.open(irq)
    assert rig.world.at(HeldLock, "somebody's lock").exists


@kernel
def controller_shutdown(k):
    log(k, 1, f"syscore, CPUs {cpu_online_mask(k):b}")


@pytest.mark.parametrize("release", OLD)
@pytest.mark.parametrize(
    ("arch", "routed", "left"),
    [
        ("arm64", ("irq_set_affinity 1",), CPU0),
        ("arm", ("irq_set_affinity 1",), CPU0),
        ("riscv", ("irq_set_affinity 1",), CPU0),
        ("loongarch", (), BOTH),
        ("powerpc64", (), BOTH),
    ],
)
def test_an_orderly_kexec_asks_drivers_first_then_syscore_and_moves_lines_with_the_cpus(irqs, arch, release, routed, left):
    """kernel_kexec(): kernel_restart_prepare(), syscore_shutdown(), machine_shutdown(), machine_kexec()."""
    rig = smp(irqs, release, arch=arch)
    rig.bind("a", PLAIN)
    register_syscore(rig.k, Syscore("controller", shutdown=controller_shutdown))
    irq = managed(rig, CPU1, is_managed=False)
    assert rig.request(irq) == 0 and routes(rig, irq) == (CPU1, CPU1)
    rig.entries()
    assert reboots(rig) == ("shutdown a", "syscore, CPUs 11", *routed, *(LOOP if arch in AT_JUMP else ()))
    assert cpu_online_mask(rig.k) == left and routes(rig, irq) == ((CPU0, CPU0) if routed else (CPU1, CPU1))
    assert rig.k.system.phase == HANDOVER


@pytest.mark.parametrize("arch", EVERY)
def test_a_crash_asks_no_driver_and_leaves_lines_where_they_are(irqs, arch):
    """__crash_kexec(): neither ->shutdown() nor syscore_shutdown(); the other CPUs are stopped, not taken offline."""
    rig = smp(irqs, arch=arch)
    rig.bind("a", PLAIN)
    register_syscore(rig.k, Syscore("controller", shutdown=controller_shutdown))
    irq = managed(rig, CPU1, is_managed=False)
    assert rig.request(irq) == 0
    rig.entries()
    assert set(crashes(rig)) == {"irq_mask"} and routes(rig, irq) == (CPU1, CPU1) and cpu_online_mask(rig.k) == BOTH


@pytest.mark.parametrize(("arch", "calls"), [("loongarch", ("activate", "irq_set_affinity 10", "irq_unmask")), ("arm64", ())])
def test_loongarch_brings_cpus_online_for_a_kexec_so_their_managed_lines_start_again(irqs, arch, calls):
    """machine_shutdown(), 6.1 and 6.12: cpu_device_up() of all, for each has to jump; after the drivers were shut down."""
    rig = smp(irqs, "6.1", arch=arch)
    irq = managed(rig, CPU1)
    assert rig.request(irq) == 0 and remove_cpu(rig.k, 1) == 0
    rig.entries()
    assert reboots(rig)[: len(calls)] == calls
    assert (rig.core(irq), cpu_online_mask(rig.k)) == ((RUNNING, BOTH) if calls else ("DISABLED MASKED depth=1", CPU0))


@pytest.mark.parametrize(("arch", "sleeps"), [("arm64", []), ("riscv", ["remove_cpu()"])])
def test_riscv_takes_cpus_down_with_interrupts_off(irqs, arch, sleeps):
    """machine_shutdown(): local_irq_disable() before smp_shutdown_nonboot_cpus(), which sleeps; nothing prints by then."""
    rig = smp(irqs, arch=arch)
    reboots(rig)
    told = rig.signals("sleep-in-atomic")
    assert [facts["what"] for facts in told] == sleeps and all(facts["silent"] for facts in told)


@kernel
def irq_mask_telling(k, d):
    log(k, d.irq, f"interrupts {'off' if irqs_disabled(k) else 'on'}, {'atomic' if in_atomic(k) else 'may sleep'}")


@pytest.mark.parametrize("release", OLD)
@pytest.mark.parametrize("arch", EVERY)
def test_the_loop_runs_with_interrupts_off_and_may_not_sleep(irqs, arch, release):
    """local_irq_disable() comes first in machine_crash_shutdown(), and in machine_kexec() where that masks."""
    for ends, loops in ((crashes, 2 if arch in AT_JUMP else 1), (reboots, int(arch in AT_JUMP))):
        rig = irqs(release, arch=arch)
        rig.line(IrqChip("telling", irq_mask=irq_mask_telling))
        assert ends(rig) == ("interrupts off, atomic",) * loops


# -- since when -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arch", "masks"),
    [("arm64", 1), ("arm", 1), ("powerpc", 2), ("powerpc64", 1), ("riscv", 0), ("riscv64", 0), ("loongarch", 0)],
)
def test_riscv_and_loongarch_mask_since_6_1(irqs, arch, masks):
    """Switch ``kexec-masks-arm-powerpc``: until b17d19a5314a (riscv) and before LoongArch had a kexec."""
    rig = irqs("5.8", arch=arch)
    irq = rig.line(chip())
    rig.set_line(irq, open=True)
    rig.entries()
    assert crashes(rig) == LOOP * masks and rig.open(irq) is not bool(masks)
    later = irqs("6.1", arch=arch)
    line = later.line(chip())
    later.set_line(line, open=True)
    later.entries()
    assert set(crashes(later)) == {"irq_mask"} and not later.open(line)


@pytest.mark.parametrize(("arch", "masks"), [("loongarch", 0), ("powerpc", 1)])
def test_before_6_1_only_powerpc_masked_in_an_orderly_kexec(irqs, arch, masks):
    rig, _ = booted(irqs, arch, "5.8")
    assert reboots(rig) == LOOP * masks


def test_lines_nobody_requested_are_masked_in_an_orderly_kexec_too(irqs):
    """Until 6.13: a chip that device_shutdown() has left suspended is touched once a descriptor."""
    for release, calls in (("6.1", 3), ("6.12", 3), ("6.18", 0)):
        rig = irqs(release, arch="loongarch")
        for hwirq in range(3):
            rig.line(chip(), hwirq=hwirq)
        rig.entries()
        assert reboots(rig) == LOOP * calls and len(rig.world.all(IrqDesc)) == 3
