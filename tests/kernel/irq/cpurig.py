"""More than one CPU for :mod:`irqrig`: chips that route their lines, managed lines, and short ways to look at both."""

from __future__ import annotations

from typing import Any

from irqrig import CALLBACKS, IrqChip, Irqs, Line, log

from irqlab.kernel.cpumask import Cpus
from irqlab.kernel.irq import affinity
from irqlab.kernel.irq.desc import IrqData, irq_alloc_descs
from irqlab.kernel.irq.flags import (
    IRQD_AFFINITY_MANAGED,
    IRQD_AFFINITY_SET,
    IRQD_MANAGED_SHUTDOWN,
    IRQD_SETAFFINITY_PENDING,
)
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.mapping import irq_domain_associate
from irqlab.state import kernel

#: Masks of CPUs.
CPU0, CPU1, BOTH = 0b1, 0b10, 0b11


@kernel
def irq_set_affinity(k: Any, d: IrqData, mask: int, force: bool) -> int:
    """Sends the line to the first of its CPUs, as a GIC does; or answers what the test wants."""
    answer = log(k, d.irq, f"irq_set_affinity {mask:b}{' force' if force else ''}")
    if answer >= 0:
        affinity.irq_data_update_effective_affinity(k, d, mask & -mask)
    return answer


@kernel
def irq_set_affinity_untold(k: Any, d: IrqData, mask: int, force: bool) -> int:
    """Does not say where it sends the line."""
    return log(k, d.irq, f"irq_set_affinity {mask:b}")


def router(*more: str, flags: int = 0, told: bool = True) -> IrqChip:
    """A chip with ``irq_mask``, ``irq_unmask``, ``irq_set_affinity`` and the callbacks named."""
    callbacks = {name: CALLBACKS[name] for name in ("irq_mask", "irq_unmask", *more)}
    return IrqChip("router", flags=flags, irq_set_affinity=irq_set_affinity if told else irq_set_affinity_untold, **callbacks)


def smp(irqs: Any, release: str = "6.12", *, possible: int = BOTH, online: int = BOTH, arch: str = "arm64") -> Irqs:
    """The rig on a machine with more than one CPU."""
    rig: Irqs = irqs(release, arch=arch)
    rig.world.new(Cpus, possible=possible, online=online)
    return rig


def managed(rig: Irqs, mask: int, chip: IrqChip | None = None, hwirq: int = 3, *, is_managed: bool = True) -> int:
    """Maps a line with its own affinity, as ``irq_create_mapping_affinity()`` does; forgets what was written down."""
    rig.world.new(Line, hwirq, chip=chip or router(), flow=handle_level_irq)
    irq = irq_alloc_descs(rig.k, -1, 1, affinity=((mask, is_managed),))
    assert irq_domain_associate(rig.k, rig.domain, irq, hwirq) == 0
    rig.entries()
    return irq


def switch(rig: Irqs, online: int) -> None:
    """CPUs are online or not, and nobody is told."""
    rig.world.at(Cpus).online = online


def marks(rig: Irqs, irq: int) -> str:
    """What the core notes of a line's affinity."""
    words = (
        ("MANAGED", IRQD_AFFINITY_MANAGED),
        ("SHUTDOWN", IRQD_MANAGED_SHUTDOWN),
        ("SET", IRQD_AFFINITY_SET),
        ("PENDING", IRQD_SETAFFINITY_PENDING),
    )
    return " ".join(word for word, bit in words if rig.data(irq).flags & bit)


def routes(rig: Irqs, irq: int) -> tuple[int, int]:
    """Where the line may be sent, and where it is sent."""
    return rig.data(irq).affinity, rig.data(irq).effective_affinity
