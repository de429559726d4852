"""Where a line goes: affinity (kernel/irq/manage.c; 6.1 and 6.12 agree).

Masks of CPUs are numbers.  The callbacks run at every first start of a line, and when somebody asks.  A chip says where it
sends the line (``effective_affinity``); where it may be sent (``affinity``) is what was asked for, CPUs that are offline too.
What of a move has to wait for the line's next interrupt is in :mod:`irqlab.kernel.irq.migration`.

Left out: housekeeping CPUs, nodes of memory, notifiers, the affinity of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.cpumask import cpu_online_mask, cpu_possible_mask
from irqlab.kernel.errno import EBUSY, EINVAL, ENOSYS
from irqlab.kernel.irq.activate import irq_domain_activate_irq, irq_domain_deactivate_irq
from irqlab.kernel.irq.desc import AffinityDesc, IrqData, IrqDesc, buslock, chip_of, desc_lock, global_desc, irq_to_desc
from irqlab.kernel.irq.flags import (
    IRQ_SET_MASK_OK,
    IRQ_SET_MASK_OK_DONE,
    IRQ_SET_MASK_OK_NOCOPY,
    IRQD_AFFINITY_MANAGED,
    IRQD_AFFINITY_ON_ACTIVATE,
    IRQD_AFFINITY_SET,
    IRQD_MANAGED_SHUTDOWN,
    IRQD_MOVE_PCNTXT,
    IRQD_NO_BALANCING,
    IRQD_PER_CPU,
    IRQD_SETAFFINITY_PENDING,
)
from irqlab.kernel.irq.parent import irq_data_get_irq_chip
from irqlab.kernel.irq.state import has_flag, is_activated, is_started, set_flag
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def irq_data_update_effective_affinity(k: Kernel, d: IrqData, mask: int) -> None:
    """``irq_data_update_effective_affinity()``: a chip says where it sends the line."""
    d.effective_affinity = mask


@atomic
def irq_data_get_effective_affinity_mask(d: IrqData) -> int:
    """``irq_data_get_effective_affinity_mask()``."""
    return d.effective_affinity


@atomic
def affinity_of(d: IrqData) -> int:
    """``irq_data_get_affinity_mask()``."""
    return d.affinity


@atomic
def _set_affinity(d: IrqData, mask: int) -> None:
    if d.affinity != mask:
        d.affinity = mask


def irq_can_move_pcntxt(k: Kernel, d: IrqData) -> bool:
    """``irq_can_move_pcntxt()``: whether a line may move from any context, or only in its own interrupt."""
    return not k.config.generic_pending_irq or has_flag(d, IRQD_MOVE_PCNTXT)


@atomic
def irq_can_set_affinity(k: Kernel, irq: int) -> bool:
    """``irq_can_set_affinity()``: lines that are balanced and whose chip can."""
    desc = irq_to_desc(k, irq)
    return desc is not None and _can_set(desc)


@atomic
def irq_can_set_affinity_usr(k: Kernel, irq: int) -> bool:
    """``irq_can_set_affinity_usr()``: user space may not move managed lines; ``irq_set_affinity()`` itself does."""
    desc = irq_to_desc(k, irq)
    return desc is not None and _can_set(desc) and not has_flag(desc.irq_data, IRQD_AFFINITY_MANAGED)


@atomic
def _can_set(desc: IrqDesc) -> bool:
    """``__irq_can_set_affinity()``."""
    d = desc.irq_data
    return d.chip.has("irq_set_affinity") and not d.flags & (IRQD_PER_CPU | IRQD_NO_BALANCING)


@kernel
def irq_do_set_affinity(k: Kernel, desc: IrqDesc, mask: int, force: bool) -> int:
    """``irq_do_set_affinity()``: the chip is given CPUs that are online, unless forced.  ``desc->lock`` held.

    ``mask`` becomes the line's affinity as it is, unless the chip has said so itself (``IRQ_SET_MASK_OK_NOCOPY``).
    """
    d = desc.irq_data
    chip = chip_of(desc)
    online = mask & cpu_online_mask(k)
    if not chip.has("irq_set_affinity") or not (force or online):
        return -EINVAL
    error = int(chip.call(k, "irq_set_affinity", d, mask if force else online, force))
    if error not in (IRQ_SET_MASK_OK, IRQ_SET_MASK_OK_DONE, IRQ_SET_MASK_OK_NOCOPY):
        return error
    if error != IRQ_SET_MASK_OK_NOCOPY:
        _set_affinity(d, mask)
    if not irq_data_get_effective_affinity_mask(d):
        k.world.trace("printk", text=f"irq_chip {chip.name} did not update eff. affinity mask of irq {desc.irq}")
    return 0


@atomic
def _first_affinity(k: Kernel, d: IrqData) -> int:
    """The CPUs a line starts on: those asked for that are online; if none is, what was asked for is forgotten."""
    online, wanted = cpu_online_mask(k), cpu_possible_mask(k)
    if d.flags & (IRQD_AFFINITY_MANAGED | IRQD_AFFINITY_SET):
        if d.affinity & online:
            wanted = d.affinity
        else:
            set_flag(d, IRQD_AFFINITY_SET, False)
    return online & wanted or online


@kernel
def irq_setup_affinity(k: Kernel, desc: IrqDesc) -> int:
    """``irq_setup_affinity()``: nothing for chips without ``irq_set_affinity``, and for lines that are not balanced."""
    if not _can_set(desc):
        return 0
    return irq_do_set_affinity(k, desc, _first_affinity(k, desc.irq_data), False)


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


@atomic
def _set_pending(desc: IrqDesc, mask: int) -> None:
    """``irqd_set_move_pending()``, ``irq_copy_pending()``."""
    set_flag(desc.irq_data, IRQD_SETAFFINITY_PENDING)
    desc.pending_mask = mask


@kernel
def irq_set_affinity_locked(k: Kernel, desc: IrqDesc, mask: int, force: bool) -> int:
    """``irq_set_affinity_locked()``: AFFINITY_ON_ACTIVATE lines that are not activated are only noted.

    So is a line that cannot move now (``CONFIG_GENERIC_PENDING_IRQ``): its next interrupt moves it.  ``desc->lock`` held.
    """
    d = desc.irq_data
    if not chip_of(desc).has("irq_set_affinity"):
        return -EINVAL
    error = 0
    if has_flag(d, IRQD_AFFINITY_ON_ACTIVATE) and not is_activated(d):
        _set_affinity(d, mask)
        irq_data_update_effective_affinity(k, d, mask)
    elif irq_can_move_pcntxt(k, d) and not has_flag(d, IRQD_SETAFFINITY_PENDING):
        error = irq_do_set_affinity(k, desc, mask, force)
        if error == -EBUSY and not force and k.config.generic_pending_irq:
            _set_pending(desc, mask)
            error = 0
    else:
        _set_pending(desc, mask)
    set_flag(d, IRQD_AFFINITY_SET)
    return error


@kernel
def irq_update_affinity_hint(k: Kernel, irq: int, hint: int | None) -> int:
    """``irq_update_affinity_hint()``: what user space may read; -EINVAL for a line that is per CPU.  ``desc->lock``."""
    desc = global_desc(k, irq)
    if desc is None:
        return -EINVAL
    with irqsave(k, desc_lock(k, desc)):
        _set_hint(desc, hint)
    return 0


@kernel
def irq_set_affinity_and_hint(k: Kernel, irq: int, hint: int | None) -> int:
    """``irq_set_affinity_and_hint()``: the line is sent there too; nobody hears whether it could be."""
    error = irq_update_affinity_hint(k, irq, hint)
    if not error and hint is not None:
        _set(k, irq, hint, False)
    return error


@atomic
def _set_hint(desc: IrqDesc, hint: int | None) -> None:
    desc.affinity_hint = hint


@atomic
def _manage(d: IrqData, affinity: AffinityDesc) -> None:
    mask, managed = affinity
    if managed:
        set_flag(d, IRQD_AFFINITY_MANAGED | IRQD_MANAGED_SHUTDOWN)
    _set_affinity(d, mask)


@kernel
def irq_update_affinity_desc(k: Kernel, irq: int, affinity: AffinityDesc) -> int:
    """``irq_update_affinity_desc()``: manages a line that is there already; -EBUSY once it is started or managed.

    ``CONFIG_GENERIC_IRQ_RESERVATION_MODE`` (x86) is not set.  Bus lock and ``desc->lock``.
    """
    desc = irq_to_desc(k, irq)
    if desc is None:
        return -EINVAL
    d = desc.irq_data
    with buslock(k, desc):
        if is_started(d) or has_flag(d, IRQD_AFFINITY_MANAGED):
            return -EBUSY
        activated = is_activated(d)
        if activated:
            irq_domain_deactivate_irq(k, desc)
        _manage(d, affinity)
        if activated:
            irq_domain_activate_irq(k, desc)
    return 0


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
