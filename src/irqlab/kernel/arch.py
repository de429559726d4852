"""What of the interrupt layer depends on the architecture: the mask loops before a jump, and the software resend.

| architecture | ``machine_crash_shutdown()`` | ``machine_kexec()``, so crash and orderly kexec | resends in software |
|---|---|---|---|
| arm64 | stops the others, saves registers, masks (clearing the active state) | | yes |
| arm, riscv | stops the others, saves registers, masks | | yes |
| loongarch | saves registers, stops the others, masks | masks, interrupts off | no |
| powerpc | stops the others, saves registers, masks | masks, interrupts off | no |
| powerpc64 | stops the others, saves registers, masks | | no |

| architecture | ``machine_shutdown()``, in an orderly kexec only |
|---|---|
| arm64, arm | takes the other CPUs offline, so lines migrate |
| riscv | the same, with interrupts off |
| loongarch | brings CPUs that are offline online, so managed lines start; then stops the others where they are |
| powerpc, powerpc64 | is the platform's: left out |

Read in 6.1.170 and 6.12.117: ``arch/*/kernel/machine_kexec.c``, ``arch/powerpc/kexec/{core,core_32,core_64,crash}.c`` and
``kernel/irq/kexec.c``.  Other CPUs are always stopped before anything is masked.  ``powerpc`` is the 32-bit kernel;
platforms of either width may have a ``machine_kexec()`` of their own, which is left out, as are the hooks of 64-bit
platforms that tear interrupt controllers down (``ppc_md.kexec_cpu_down``).

Tests: ``tests/kernel/irq/test_kexec_arch.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from irqlab.kernel.release import Release


@dataclass(frozen=True)
class Arch:
    """One architecture's part in the interrupt layer.

    :ivar clears_active: ``CONFIG_GENERIC_IRQ_KEXEC_CLEAR_VM_FORWARD``; in 6.1 arm64's own copy of the loop.
    :ivar masks_at_jump: ``machine_kexec()`` masks: once more after a crash, and the only time in an orderly kexec.
    :ivar masks_since_6_1: its crash path masks since 6.1 only (switch ``kexec-masks-arm-powerpc``).
    :ivar takes_cpus_down: ``machine_shutdown()`` is ``smp_shutdown_nonboot_cpus()``.
    :ivar brings_cpus_up: ``machine_shutdown()`` wants every CPU online, to have it jump too.
    :ivar shuts_down_closed: ``machine_shutdown()`` begins with ``local_irq_disable()``.
    :ivar sw_resend: ``CONFIG_HARDIRQS_SW_RESEND``.
    """

    name: str
    clears_active: bool = False
    masks_at_jump: bool = False
    masks_since_6_1: bool = False
    takes_cpus_down: bool = False
    brings_cpus_up: bool = False
    shuts_down_closed: bool = False
    sw_resend: bool = True

    def masks_after_crash(self, release: Release) -> bool:
        """Whether ``machine_crash_shutdown()`` of that release masks interrupts."""
        return not (self.masks_since_6_1 and release.has("kexec-masks-arm-powerpc"))

    def masks_before_jump(self, release: Release) -> bool:
        """Whether ``machine_kexec()`` of that release masks interrupts: no architecture does without the other."""
        return self.masks_at_jump and self.masks_after_crash(release)


#: By the name ``--arch`` takes; the first is the default.
ARCHES: dict[str, Arch] = {
    arch.name: arch
    for arch in (
        Arch("arm64", clears_active=True, takes_cpus_down=True),
        Arch("arm", takes_cpus_down=True),
        Arch("riscv64", masks_since_6_1=True, takes_cpus_down=True, shuts_down_closed=True),
        Arch("riscv", masks_since_6_1=True, takes_cpus_down=True, shuts_down_closed=True),
        Arch("loongarch", masks_at_jump=True, masks_since_6_1=True, brings_cpus_up=True, sw_resend=False),
        Arch("powerpc", masks_at_jump=True, sw_resend=False),
        Arch("powerpc64", sw_resend=False),
    )
}
