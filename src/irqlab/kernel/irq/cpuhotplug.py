"""Where lines go when a CPU goes, and what comes back with it (kernel/irq/cpuhotplug.c).

| switch | what differs |
|---|---|
| ``migrate-retries-online`` | a line whose own CPUs have no vector left (-ENOSPC) is tried on every CPU that is online |
| ``restore-sets-affinity`` | a managed line that has been started again is also given the CPU that came |
| ``restore-skips-suspended`` | a line suspended for system sleep is left to ``resume_device_irqs()`` |
| ``managed-depth``, ``managed-depth-once`` | see :func:`irqlab.kernel.irq.chip.irq_startup_managed` |

``CONFIG_GENERIC_IRQ_EFFECTIVE_AFF_MASK`` is set, as the GIC has it.  Left out: housekeeping CPUs,
``irq_force_complete_move()`` (x86's vectors), affinity notifiers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.core import core
from irqlab.kernel.cpumask import cpu_online_mask
from irqlab.kernel.errno import ENOSPC
from irqlab.kernel.irq.affinity import affinity_of, irq_can_move_pcntxt, irq_do_set_affinity, irq_set_affinity_locked
from irqlab.kernel.irq.chip import irq_shutdown_and_deactivate, irq_startup, irq_startup_managed
from irqlab.kernel.irq.desc import IrqData, IrqDesc, chip_of, desc_lock
from irqlab.kernel.irq.flags import IRQD_AFFINITY_MANAGED, IRQD_MANAGED_SHUTDOWN, IRQD_PER_CPU, IRQD_SINGLE_TARGET
from irqlab.kernel.irq.migration import irq_fixup_move_pending, pending_mask_of
from irqlab.kernel.irq.state import has_flag, is_masked, set_flag
from irqlab.kernel.locking import irq, spin
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


# -- a CPU goes --------------------------------------------------------------------------------------------------------


@atomic
def irq_needs_fixup(k: Kernel, d: IrqData, cpu: int) -> bool:
    """``irq_needs_fixup()``: the line is sent to the CPU that goes, or only to such as are offline already.

    Where a chip has not said where it sends the line, the CPUs it may be sent to stand for that.
    """
    mask = d.effective_affinity or d.affinity
    if mask & ~(1 << cpu) and not mask & cpu_online_mask(k):
        text = f"Eff. affinity {mask:b} of IRQ {d.irq} contains only offline CPUs after offlining CPU {cpu}"
        k.world.trace("printk", text=text)
        return True
    return bool(mask >> cpu & 1)


@atomic
def _moves(k: Kernel, d: IrqData, cpu: int) -> bool:
    """Per-CPU lines, lines that are not started and lines that are sent elsewhere stay where they are."""
    return not d.flags & IRQD_PER_CPU and d.started and irq_needs_fixup(k, d, cpu)


@kernel
def migrate_one_irq(k: Kernel, desc: IrqDesc, cpu: int) -> bool:
    """``migrate_one_irq()``: True if the line had to leave the CPUs it was meant for.  ``desc->lock`` held.

    A line that moves only in its own interrupt (``CONFIG_GENERIC_PENDING_IRQ``) is masked around the move if the core
    believes it unmasked: at the chip, behind the back of ``IRQD_IRQ_MASKED``.
    """
    d, chip = desc.irq_data, chip_of(desc)
    if not chip.has("irq_set_affinity"):
        return False
    around = not irq_can_move_pcntxt(k, d) and not is_masked(d)
    if not _moves(k, d, cpu):
        irq_fixup_move_pending(k, desc, False)
        return False
    mask = pending_mask_of(desc) if irq_fixup_move_pending(k, desc, True) else affinity_of(d)
    if around and chip.has("irq_mask"):
        chip.call(k, "irq_mask", d)
    broken = not mask & cpu_online_mask(k)
    if broken and has_flag(d, IRQD_AFFINITY_MANAGED):
        set_flag(d, IRQD_MANAGED_SHUTDOWN)
        irq_shutdown_and_deactivate(k, desc)
        return False
    error = irq_do_set_affinity(k, desc, cpu_online_mask(k) if broken else mask, False)
    if error == -ENOSPC and not broken and not has_flag(d, IRQD_AFFINITY_MANAGED) and k.release.has("migrate-retries-online"):
        broken = True
        error = irq_do_set_affinity(k, desc, cpu_online_mask(k), False)
    if error:
        k.world.trace("printk", text=f"IRQ{desc.irq}: set affinity failed({error}).")
        broken = False
    if around and chip.has("irq_unmask"):
        chip.call(k, "irq_unmask", d)
    return broken


@core
@kernel
def irq_migrate_all_off_this_cpu(k: Kernel, cpu: int) -> None:
    """``irq_migrate_all_off_this_cpu()``: every line, requested or not, for chained ones have to move too.

    Interrupts off.  The kernel runs this on the CPU that goes, which is no longer online; here ``cpu`` says which.
    """
    for desc in k.world.all(IrqDesc):
        with spin(k, desc_lock(k, desc)):
            broken = migrate_one_irq(k, desc, cpu)
        if broken:
            k.world.trace("printk", text=f"IRQ {desc.irq}: no longer affine to CPU{cpu}")


# -- a CPU comes -------------------------------------------------------------------------------------------------------


@atomic
def _restored(k: Kernel, desc: IrqDesc, cpu: int) -> bool:
    """Managed lines in use that may be sent to this CPU; not all of those that are suspended."""
    d = desc.irq_data
    if not d.flags & IRQD_AFFINITY_MANAGED or not desc.actions or not d.affinity >> cpu & 1:
        return False
    return not (k.release.has("restore-skips-suspended") and desc.suspended)


@kernel
def irq_restore_affinity_of_irq(k: Kernel, desc: IrqDesc, cpu: int) -> None:
    """``irq_restore_affinity_of_irq()``: a managed line that was shut down starts again.  ``desc->lock`` held.

    Then it may be sent to the new CPU too, unless its chip sends it to one at a time.
    """
    if not _restored(k, desc, cpu):
        return
    d = desc.irq_data
    if has_flag(d, IRQD_MANAGED_SHUTDOWN):
        if k.release.has("managed-depth"):
            irq_startup_managed(k, desc)
        else:
            irq_startup(k, desc, True)
        if not k.release.has("restore-sets-affinity"):
            return
    if not has_flag(d, IRQD_SINGLE_TARGET):
        irq_set_affinity_locked(k, desc, affinity_of(d), False)


@core
@kernel
def irq_affinity_online_cpu(k: Kernel, cpu: int) -> int:
    """``irq_affinity_online_cpu()``: every line; 0.  The hotplug thread of the CPU that has come."""
    for desc in k.world.all(IrqDesc):
        with irq(k, desc_lock(k, desc)):
            irq_restore_affinity_of_irq(k, desc, cpu)
    return 0
