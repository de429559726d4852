"""Which CPUs there are: ``cpu_possible_mask``, ``cpu_online_mask`` (include/linux/cpumask.h), as numbers.

Everything runs on CPU 0.  Other CPUs exist only as places that interrupts may be sent to: they come and go
(:mod:`irqlab.kernel.cpu`), but run nothing.  A machine whose Record is absent has CPU 0 alone, so such a kernel pays
nothing for it; a successor kernel begins with CPU 0 alone too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: The mask of the CPU that everything runs on.
CPU0 = 0b1


class Cpus(Record):
    """The CPUs of a machine with more than one; absent while there is CPU 0 alone."""

    possible: int = CPU0
    online: int = CPU0


@atomic
def cpu_possible_mask(k: Kernel) -> int:
    """``cpu_possible_mask``; ``irq_default_affinity`` too, which nobody changes here."""
    cpus = k.world.at(Cpus)
    return cpus.possible if cpus.exists else CPU0


@atomic
def cpu_online_mask(k: Kernel) -> int:
    """``cpu_online_mask``."""
    cpus = k.world.at(Cpus)
    return cpus.online if cpus.exists else CPU0


@atomic
def set_cpu_online(k: Kernel, cpu: int, online: bool) -> None:
    """``set_cpu_online()``."""
    cpus = k.world.at(Cpus)
    cpus.online = cpus.online | 1 << cpu if online else cpus.online & ~(1 << cpu)
    k.world.trace("cpu", cpu=cpu, online=online)
