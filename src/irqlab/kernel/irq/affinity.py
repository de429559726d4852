"""Where a line goes: affinity on a machine with one CPU (kernel/irq/manage.c; same in 6.1 and 6.12 here).

There is nothing to choose, but the callbacks run: at every first start of a line, and when somebody asks.  Masks of CPUs
are numbers; CPU 0 is the only one.  Managed affinity and moves that have to wait (x86's) are left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EINVAL, ENOSYS
from irqlab.kernel.irq.desc import IrqData, IrqDesc, chip_of, desc_lock, irq_to_desc
from irqlab.kernel.irq.flags import (
    IRQ_SET_MASK_OK,
    IRQ_SET_MASK_OK_DONE,
    IRQ_SET_MASK_OK_NOCOPY,
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_AFFINITY_SET,
    IRQD_NO_BALANCING,
    IRQD_PER_CPU,
)
from irqlab.kernel.irq.parent import irq_data_get_irq_chip
from irqlab.kernel.irq.state import has_flag, is_activated, set_flag
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: ``cpu_online_mask``.
ONLINE = 0b1


@atomic
def irq_data_update_effective_affinity(k: Kernel, d: IrqData, mask: int) -> None:
    """``irq_data_update_effective_affinity()``: a chip says where it sends the line."""
    d.effective_affinity = mask


@atomic
def irq_data_get_effective_affinity_mask(d: IrqData) -> int:
    """``irq_data_get_effective_affinity_mask()``."""
    return d.effective_affinity


@kernel
def irq_do_set_affinity(k: Kernel, desc: IrqDesc, mask: int, force: bool) -> int:
    """``irq_do_set_affinity()``: the chip is given CPUs that are online, unless forced.  ``desc->lock`` held."""
    d = desc.irq_data
    chip = chip_of(desc)
    online = mask & ONLINE
    if not chip.has("irq_set_affinity") or not (force or online):
        return -EINVAL
    error = int(chip.call(k, "irq_set_affinity", d, mask if force else online, force))
    if error not in (IRQ_SET_MASK_OK, IRQ_SET_MASK_OK_DONE, IRQ_SET_MASK_OK_NOCOPY):
        return error
    if not irq_data_get_effective_affinity_mask(d):
        k.world.trace("printk", text=f"irq_chip {chip.name} did not update eff. affinity mask of irq {desc.irq}")
    return 0


@kernel
def irq_setup_affinity(k: Kernel, desc: IrqDesc) -> int:
    """``irq_setup_affinity()``: nothing for chips without ``irq_set_affinity``, and for lines that are not balanced."""
    if not chip_of(desc).has("irq_set_affinity") or has_flag(desc.irq_data, IRQD_PER_CPU | IRQD_NO_BALANCING):
        return 0
    return irq_do_set_affinity(k, desc, ONLINE, False)


@kernel
def irq_set_affinity(k: Kernel, irq: int, mask: int) -> int:
    """``irq_set_affinity()``: 0 or a negative errno; takes ``desc->lock``, no bus lock."""
    return _set(k, irq, mask, False)


@kernel
def irq_force_affinity(k: Kernel, irq: int, mask: int) -> int:
    """``irq_force_affinity()``: whether the CPUs are online or not."""
    return _set(k, irq, mask, True)


@kernel
def _set(k: Kernel, irq: int, mask: int, force: bool) -> int:
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    with irqsave(k, desc_lock(k, desc)):
        return irq_set_affinity_locked(k, desc, mask, force)


@kernel
def irq_set_affinity_locked(k: Kernel, desc: IrqDesc, mask: int, force: bool) -> int:
    """``irq_set_affinity_locked()``: AFFINITY_ON_ACTIVATE lines that are not activated are only noted."""
    d = desc.irq_data
    if not chip_of(desc).has("irq_set_affinity"):
        return -EINVAL
    error = 0
    if has_flag(d, IRQD_AFFINITY_ON_ACTIVATE) and not is_activated(d):
        irq_data_update_effective_affinity(k, d, mask)
    else:
        error = irq_do_set_affinity(k, desc, mask, force)
    set_flag(d, IRQD_AFFINITY_SET)
    return error


@kernel
def irq_set_vcpu_affinity(k: Kernel, irq: int, vcpu_info: Pointer) -> int:
    """``irq_set_vcpu_affinity()``: the first of the line's chips that can; -ENOSYS if none can."""
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    with irqsave(k, desc_lock(k, desc)):
        level = _with_vcpu(desc.irq_data)
        if level is None:
            return -ENOSYS
        return int(irq_data_get_irq_chip(level).call(k, "irq_set_vcpu_affinity", level, vcpu_info))


@atomic
def _with_vcpu(d: IrqData) -> IrqData | None:
    level: IrqData | None = d
    while level is not None and not level.chip.has("irq_set_vcpu_affinity"):
        level = level.parent_data
    return level
