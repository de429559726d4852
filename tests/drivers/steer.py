"""irqsteer drivers that are wrong in one thing each, and their nearest neighbours that are not.

Each is :mod:`irqlab.drivers.irqsteer` with one chip callback, or its remove or shutdown, changed.
"""

from __future__ import annotations

from typing import Any

from irqlab.drivers.irqsteer import common
from irqlab.drivers.irqsteer.common import (
    IrqsteerData,
    bit,
    data_of,
    device_of,
    imx_irqsteer_irq_mask,
    imx_irqsteer_irq_unmask,
    imx_irqsteer_pm_ops,
    imx_irqsteer_remove,
    imx_irqsteer_resume,
    imx_irqsteer_suspend,
)
from irqlab.kernel.device import Device, DevPmOps, Driver, dev_get_drvdata
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.locking import Mutex, SpinLock, irqsave, mutex, spin_lock
from irqlab.kernel.of.device import regs
from irqlab.kernel.pm.runtime import pm_runtime_get_sync, pm_runtime_irq_safe, pm_runtime_put, pm_runtime_put_sync
from irqlab.state import atomic, kernel

Kernel = Any

#: No runtime PM: the clock runs from probe on.
ALWAYS_ON = DevPmOps("always on", suspend_noirq=imx_irqsteer_suspend, resume_noirq=imx_irqsteer_resume)


def variant(name: str, probe: Any, *, pm: DevPmOps = ALWAYS_ON, remove: Any = imx_irqsteer_remove, **more: Any) -> Driver:
    return Driver(f"irqsteer@{name}", compatible=("fsl,imx-irqsteer",), probe=probe, remove=remove, pm=pm, **more)


@atomic
def _open(d: IrqData) -> bool:
    return d.started and not d.masked


# -- the mask word is written again when the bus lock is dropped -----------------------------------------------------


@kernel
def _write_again(k: Kernel, data: IrqsteerData, d: IrqData) -> None:
    val = readl(k, common._regs(k, data), common._chanmask(k, data, d.hwirq))
    val = val | bit(d) if _open(d) else val & ~bit(d)
    writel(k, common._regs(k, data), common._chanmask(k, data, d.hwirq), val)


@kernel
def sync_unlocked(k: Kernel, d: IrqData) -> None:
    """An unlocked read-modify-write with interrupts on."""
    _write_again(k, data_of(k, d), d)


@kernel
def sync_locked(k: Kernel, d: IrqData) -> None:
    """The same under the driver's lock."""
    data = data_of(k, d)
    with irqsave(k, common._lock(k, data)):
        _write_again(k, data, d)


unlocked_chip = IrqChip(
    "sync unlocked", irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask, irq_bus_sync_unlock=sync_unlocked
)
locked_chip = IrqChip(
    "sync locked", irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask, irq_bus_sync_unlock=sync_locked
)


@kernel
def probe_unlocked(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, unlocked_chip, False, False)


@kernel
def probe_locked(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, locked_chip, False, False)


UNLOCKED = variant("sync-unlocked", probe_unlocked)
LOCKED = variant("sync-locked", probe_locked)


# -- locks that sleep ------------------------------------------------------------------------------------------------


@kernel
def mask_under_mutex(k: Kernel, d: IrqData) -> None:
    lock = k.lock(Mutex, "irqsteer mutex")
    with mutex(k, lock):
        imx_irqsteer_irq_mask(k, d)


@kernel
def mask_under_spinlock(k: Kernel, d: IrqData) -> None:
    lock = k.lock(SpinLock, "irqsteer spinlock_t")
    with irqsave(k, lock):
        imx_irqsteer_irq_mask(k, d)


mutex_chip = IrqChip("mutex", irq_mask=mask_under_mutex, irq_unmask=imx_irqsteer_irq_unmask)
spinlock_chip = IrqChip("spinlock_t", irq_mask=mask_under_spinlock, irq_unmask=imx_irqsteer_irq_unmask)


@kernel
def probe_mutex(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, mutex_chip, False, False)


@kernel
def probe_spinlock(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, spinlock_chip, False, False)


MUTEX = variant("mutex-in-mask", probe_mutex)
SPINLOCK = variant("spinlock-in-mask", probe_spinlock)


# -- power -----------------------------------------------------------------------------------------------------------


@kernel
def unmask_resumes(k: Kernel, d: IrqData) -> None:
    """``irq_unmask`` resumes the controller itself, below ``desc->lock``."""
    device = device_of(data_of(k, d))
    pm_runtime_get_sync(k, device)
    imx_irqsteer_irq_unmask(k, d)
    pm_runtime_put(k, device)


resuming_chip = IrqChip("resuming", irq_mask=imx_irqsteer_irq_mask, irq_unmask=unmask_resumes)


@kernel
def probe_resuming(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, resuming_chip, False, True)


@kernel
def probe_irq_safe(k: Kernel, pdev: Device) -> int:
    pm_runtime_irq_safe(k, pdev)
    return common.probe(k, pdev, resuming_chip, False, True)


RESUMING = variant("resumes-in-unmask", probe_resuming, pm=imx_irqsteer_pm_ops)
IRQ_SAFE = variant("resumes-irq-safe", probe_irq_safe, pm=imx_irqsteer_pm_ops)


@kernel
def take(k: Kernel, d: IrqData) -> int:
    """``irq_request_resources`` keeps the controller up."""
    pm_runtime_get_sync(k, device_of(data_of(k, d)))
    return 0


@kernel
def give(k: Kernel, d: IrqData) -> None:
    """``irq_release_resources`` lets it go."""
    pm_runtime_put_sync(k, device_of(data_of(k, d)))


leaking_chip = IrqChip("leaking", irq_mask=imx_irqsteer_irq_mask, irq_unmask=imx_irqsteer_irq_unmask, irq_request_resources=take)
balanced_chip = IrqChip(
    "balanced",
    irq_mask=imx_irqsteer_irq_mask,
    irq_unmask=imx_irqsteer_irq_unmask,
    irq_request_resources=take,
    irq_release_resources=give,
)


@kernel
def probe_leaking(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, leaking_chip, False, True)


@kernel
def probe_balanced(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, balanced_chip, False, True)


LEAKING = variant("leaks", probe_leaking, pm=imx_irqsteer_pm_ops)
BALANCED = variant("gives-back", probe_balanced, pm=imx_irqsteer_pm_ops)


# -- the end ---------------------------------------------------------------------------------------------------------


@atomic
def _reg_num(k: Kernel, dev: Device) -> int:
    data = dev_get_drvdata(k, dev)
    assert isinstance(data, IrqsteerData)
    return data.reg_num


@kernel
def masks_at_shutdown(k: Kernel, dev: Device) -> None:
    """``->shutdown`` that shuts every line."""
    for word in range(_reg_num(k, dev)):
        writel(k, regs(k, dev), 4 + 4 * word, 0)


@kernel
def probe_plain(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, common.imx_irqsteer_irq_chip, False, False)


PLAIN = variant("plain", probe_plain)
SHUTS = variant("shuts-down", probe_plain, shutdown=masks_at_shutdown)


# -- a lock that is not given back -----------------------------------------------------------------------------------


@kernel
def mask_and_hold(k: Kernel, d: IrqData) -> None:
    imx_irqsteer_irq_mask(k, d)
    spin_lock(k, common._lock(k, data_of(k, d)))


holding_chip = IrqChip("holding", irq_mask=mask_and_hold, irq_unmask=imx_irqsteer_irq_unmask)


@kernel
def probe_holding(k: Kernel, pdev: Device) -> int:
    return common.probe(k, pdev, holding_chip, False, False)


HOLDING = variant("holding", probe_holding)
