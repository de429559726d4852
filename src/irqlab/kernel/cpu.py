"""CPUs come and go (kernel/cpu.c), as far as interrupts hear of it; 6.1 and 6.12 agree.

Offline, ``stop_machine()`` keeps interrupts off on every CPU while those of the dying one are moved away
(``__cpu_disable()`` of arm64, arm and riscv).  Online, ``irq_affinity_online_cpu()`` runs in the hotplug thread of the
CPU that has come (``CPUHP_AP_IRQ_AFFINITY_ONLINE``), which ``add_cpu()`` waits for.

Left out: every other callback of hotplug, and the system sleep's use of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import local_irq_restore, local_irq_save, might_sleep
from irqlab.kernel.cpumask import cpu_online_mask, cpu_possible_mask, set_cpu_online
from irqlab.kernel.errno import EINVAL, EPERM
from irqlab.kernel.irq.cpuhotplug import irq_affinity_online_cpu, irq_migrate_all_off_this_cpu
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def remove_cpu(k: Kernel, cpu: int) -> int:
    """``remove_cpu()``: 0, 1 if it is offline already, -EPERM for CPU 0, which the model runs on.  May sleep.

    -EINVAL for a CPU that is not possible, where the kernel has no device to ask about.
    """
    might_sleep(k, "remove_cpu()")
    if not cpu_possible_mask(k) >> cpu & 1:
        return -EINVAL
    if cpu == 0:
        return -EPERM
    if not cpu_online_mask(k) >> cpu & 1:
        return 1
    flags = local_irq_save(k)
    set_cpu_online(k, cpu, False)
    irq_migrate_all_off_this_cpu(k, cpu)
    local_irq_restore(k, flags)
    return 0


@kernel
def add_cpu(k: Kernel, cpu: int) -> int:
    """``add_cpu()``: 0, 1 if it is online already, -EINVAL if it is not possible.  May sleep."""
    might_sleep(k, "add_cpu()")
    if not cpu_possible_mask(k) >> cpu & 1:
        return -EINVAL
    if cpu_online_mask(k) >> cpu & 1:
        return 1
    set_cpu_online(k, cpu, True)
    return irq_affinity_online_cpu(k, cpu)
