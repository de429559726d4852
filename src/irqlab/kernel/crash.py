"""How a kernel ends: crash and orderly kexec, and what is handed over (kernel/panic.c, kernel/kexec_core.c).

A crash keeps no stack: every call under way is gone, the locks it held stay held.  What it had done to the hardware
stays too.  The crash path itself runs with interrupts off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import Context, cpu, local_irq_disable, start
from irqlab.kernel.cpu import add_cpu, remove_cpu
from irqlab.kernel.cpumask import cpu_online_mask, cpu_possible_mask
from irqlab.kernel.irq.kexec import machine_kexec_mask_interrupts
from irqlab.kernel.kernel import HANDOVER, SHUTDOWN
from irqlab.state import End, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: Causes of a crash, the weakest first: what a finding needs to be reached.
CAUSES = ("sysrq", "oops", "remote", "nmi")


def crash(k: Kernel, cause: str, culprit: object = None) -> None:
    """The kernel crashes here and now: nothing that was under way goes on but the crash path.

    :param culprit: the context that oopsed; it stays ``current``.
    """
    name = culprit.name if isinstance(culprit, Context) else ""
    for context in k.world.all(Context):
        k.world.drop(context)
    k.system.crash = cause
    cpu(k.world).stack = (start(k, "panic", crash_kexec, (), panic=True, instead_of=name),)
    k.world.trace("crash", cause=cause)


@kernel
def crash_kexec(k: Kernel) -> None:
    """``__crash_kexec()``: ``machine_crash_shutdown()``, then the jump.  Interrupts off, any lock may be held."""
    machine_crash_shutdown(k)
    machine_kexec(k)


@kernel
def machine_crash_shutdown(k: Kernel) -> None:
    """``machine_crash_shutdown()``: other CPUs are stopped, *then* every interrupt is masked.

    So on every architecture (6.1, 6.12): what they were in the middle of stays as it is, locks included.
    """
    if k.arch.masks_after_crash(k.release):
        machine_kexec_mask_interrupts(k)


@kernel
def kernel_kexec(k: Kernel) -> None:
    """``kernel_kexec()``: the orderly way; suspended devices stay so.  Process context."""
    from irqlab.kernel.device import device_shutdown
    from irqlab.kernel.syscore import syscore_shutdown

    _set_phase(k, SHUTDOWN)
    device_shutdown(k)
    syscore_shutdown(k)
    machine_shutdown(k)
    machine_kexec(k)


@kernel
def machine_shutdown(k: Kernel) -> None:
    """``machine_shutdown()``: nobody but this CPU goes on.

    arm, arm64 and riscv take the others offline, so their lines move here; loongarch stops them where they are, but first
    brings those online that are not (``cpu_device_up()``).
    """
    if k.arch.shuts_down_closed:
        local_irq_disable(k)
    possible, online = cpu_possible_mask(k), cpu_online_mask(k)
    for number in range(1, possible.bit_length()):
        if k.arch.takes_cpus_down and online >> number & 1:
            remove_cpu(k, number)
        elif k.arch.brings_cpus_up and (possible & ~online) >> number & 1:
            add_cpu(k, number)


@kernel
def machine_kexec(k: Kernel) -> None:
    """``machine_kexec()``: interrupts off and the jump into the next kernel.

    On loongarch and 32-bit powerpc the mask loop is in between, so it runs twice after a crash; arm, arm64, riscv and
    64-bit powerpc mask nothing in an orderly kexec.
    """
    local_irq_disable(k)
    if k.arch.masks_before_jump(k.release):
        machine_kexec_mask_interrupts(k)
    _set_phase(k, HANDOVER)
    k.signal("handover")
    _jump(k)


@atomic
def _set_phase(k: Kernel, phase: str) -> None:
    k.system.phase = phase
    k.world.trace("phase", phase=phase)


@atomic
def _jump(k: Kernel) -> None:
    """Nothing of this kernel runs any more; the next one is to be started."""
    for context in k.world.all(Context):
        k.world.drop(context)
    cpu(k.world).stack = ()
    k.world.tape.stop(End.GONE, "machine_kexec()")
