"""Wake irqs of devices (``drivers/base/power/wakeirq.c``; 6.1.170 and 6.12.117 agree in what is here).

A device's own interrupt (:func:`dev_pm_set_wake_irq`) is only made a wake-up source around the noirq phase.  A
*dedicated* one is another line: the core requests it disabled, and enables it while the device is runtime suspended, so
that it resumes the device, and for the sleep.  It is managed from the first runtime suspend on: devices begin suspended,
and their first resume must not disable what is disabled.

``enable_irq()`` and ``disable_irq_nosync()`` run under ``power.lock`` with interrupts off, so a chip whose bus lock
sleeps does so in atomic context.

Left out: 6.1's ``dev_pm_enable_wake_irq()`` and ``dev_pm_disable_wake_irq()``, which 6.12 removed.

Tests: ``tests/kernel/irq/test_wakeirq.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EEXIST, EINVAL, ENOMEM
from irqlab.kernel.locking import irqsave
from irqlab.kernel.pm.power import WakeIrq, power_lock, setup
from irqlab.kernel.pm.wakeup import device_may_wakeup, device_wakeup_attach_irq, device_wakeup_detach_irq, pm_wakeup_event
from irqlab.kernel.pointer import Pointer
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


# -- set and clear ---------------------------------------------------------------------------------------------


@atomic
def _new(k: Kernel, dev: Device, irq: int) -> WakeIrq:
    number = 0
    while k.world.at(WakeIrq, dev.name, number).exists:
        number += 1
    return k.world.new(WakeIrq, dev.name, number, irq=irq)


@atomic
def _kfree(k: Kernel, wirq: WakeIrq) -> None:
    k.world.drop(wirq)


@atomic
def _attach(k: Kernel, dev: Device, wirq: WakeIrq) -> int:
    settings = setup(dev)
    if settings.wakeirq is not None:
        k.warn(f"{dev.name}: wake irq already initialized")
        return -EEXIST
    settings.wakeirq = wirq
    device_wakeup_attach_irq(k, dev, wirq)
    return 0


@kernel
def dev_pm_attach_wake_irq(k: Kernel, dev: Device, wirq: WakeIrq) -> int:
    """``dev_pm_attach_wake_irq()``: 0, or -EEXIST with a WARN."""
    with irqsave(k, power_lock(k, dev)):
        return _attach(k, dev, wirq)


@kernel
def dev_pm_set_wake_irq(k: Kernel, dev: Device, irq: int) -> int:
    """``dev_pm_set_wake_irq()``: the device's own interrupt wakes the system if the device may.  Process context."""
    if irq < 0:
        return -EINVAL
    if k.fails("kzalloc(struct wake_irq)"):
        return -ENOMEM
    wirq = _new(k, dev, irq)
    error = dev_pm_attach_wake_irq(k, dev, wirq)
    if error:
        _kfree(k, wirq)
    return error


@atomic
def _detach(k: Kernel, dev: Device) -> WakeIrq | None:
    settings = setup(dev)
    wirq, settings.wakeirq = settings.wakeirq, None
    if wirq is not None:
        device_wakeup_detach_irq(k, dev)
    return wirq


@atomic
def _is_dedicated(k: Kernel, wirq: WakeIrq) -> bool:
    return wirq.dedicated


@kernel
def dev_pm_clear_wake_irq(k: Kernel, dev: Device) -> None:
    """``dev_pm_clear_wake_irq()``: a dedicated one is freed.  Right for devices without any, too.  Process context."""
    from irqlab.kernel.irq.manage import free_irq

    with irqsave(k, power_lock(k, dev)):
        wirq = _detach(k, dev)
    if wirq is None:
        return
    if _is_dedicated(k, wirq):
        free_irq(k, wirq.irq, wirq)
    _kfree(k, wirq)


@kernel
def handle_threaded_wake_irq(k: Kernel, irq: int, dev_id: Pointer) -> int:
    """``handle_threaded_wake_irq()``: resumes the device; in a sleep that has armed it, reports a wakeup event instead."""
    from irqlab.kernel.irq.flags import IRQ_HANDLED
    from irqlab.kernel.pm.rpm import pm_runtime_resume_flags

    wirq = k.deref(dev_id, WakeIrq, "struct wake_irq")
    if _is_wakeup_set(k, irq):
        pm_wakeup_event(k, wirq.dev)
        return IRQ_HANDLED
    error = pm_runtime_resume_flags(k, wirq.dev, 0)
    if error < 0:
        k.world.trace("wake-irq-no-resume", device=wirq.dev.name, error=error)
    return IRQ_HANDLED


@atomic
def _is_wakeup_set(k: Kernel, irq: int) -> bool:
    """``irqd_is_wakeup_set()``."""
    from irqlab.kernel.irq.desc import IrqData

    return k.world.at(IrqData, irq).wakeup_state


@atomic
def _make_dedicated(wirq: WakeIrq, reverse: bool) -> None:
    wirq.dedicated, wirq.reverse = True, reverse


@kernel
def __dev_pm_set_dedicated_wake_irq(k: Kernel, dev: Device, irq: int, reverse: bool) -> int:  # noqa: N807
    """``__dev_pm_set_dedicated_wake_irq()``: requested threaded, ONESHOT, not enabled, and never disabled lazily."""
    from irqlab.kernel.irq.flags import IRQ_DISABLE_UNLAZY, IRQF_NO_AUTOEN, IRQF_ONESHOT
    from irqlab.kernel.irq.manage import free_irq, request_threaded_irq
    from irqlab.kernel.irq.setup import irq_set_status_flags

    if irq < 0:
        return -EINVAL
    if k.fails("kzalloc(struct wake_irq)"):
        return -ENOMEM
    wirq = _new(k, dev, irq)
    irq_set_status_flags(k, irq, IRQ_DISABLE_UNLAZY)
    name = f"{dev.name}:wakeup"
    error = request_threaded_irq(k, irq, None, handle_threaded_wake_irq, IRQF_ONESHOT | IRQF_NO_AUTOEN, name, wirq)
    if not error:
        error = dev_pm_attach_wake_irq(k, dev, wirq)
        if error:
            free_irq(k, irq, wirq)
    if error:
        _kfree(k, wirq)
        return error
    _make_dedicated(wirq, reverse)
    return 0


@kernel
def dev_pm_set_dedicated_wake_irq(k: Kernel, dev: Device, irq: int) -> int:
    """``dev_pm_set_dedicated_wake_irq()``: enabled before ``->runtime_suspend()``.  Process context."""
    return __dev_pm_set_dedicated_wake_irq(k, dev, irq, False)


@kernel
def dev_pm_set_dedicated_wake_irq_reverse(k: Kernel, dev: Device, irq: int) -> int:
    """``dev_pm_set_dedicated_wake_irq_reverse()``: enabled after ``->runtime_suspend()``.  Process context."""
    return __dev_pm_set_dedicated_wake_irq(k, dev, irq, True)


# -- runtime PM ------------------------------------------------------------------------------------------------
# Under ``power.lock``.  Each looks in one step; a device without a dedicated wake irq costs that look.


@atomic
def _set_enabled(wirq: WakeIrq, enabled: bool) -> None:
    wirq.enabled = enabled


@kernel
def _enable(k: Kernel, wirq: WakeIrq) -> None:
    from irqlab.kernel.irq.manage import enable_irq

    enable_irq(k, wirq.irq)
    _set_enabled(wirq, True)


@atomic
def _to_enable(k: Kernel, dev: Device, can_change_status: bool) -> WakeIrq | None:
    wirq = setup(dev).wakeirq
    if wirq is None or not wirq.dedicated:
        return None
    if not wirq.managed:
        if not can_change_status:
            return None
        wirq.managed = True
    return None if can_change_status and wirq.reverse else wirq


@kernel
def dev_pm_enable_wake_irq_check(k: Kernel, dev: Device, can_change_status: bool) -> None:
    """``dev_pm_enable_wake_irq_check()``: the first suspend makes it managed; a reverse one is left for later then."""
    wirq = _to_enable(k, dev, can_change_status)
    if wirq is not None:
        _enable(k, wirq)


@atomic
def _to_complete(k: Kernel, dev: Device) -> WakeIrq | None:
    wirq = setup(dev).wakeirq
    return wirq if wirq is not None and wirq.dedicated and wirq.managed and wirq.reverse else None


@kernel
def dev_pm_enable_wake_irq_complete(k: Kernel, dev: Device) -> None:
    """``dev_pm_enable_wake_irq_complete()``: a reverse one, now that ``->runtime_suspend()`` has succeeded."""
    wirq = _to_complete(k, dev)
    if wirq is not None:
        _enable(k, wirq)


@atomic
def _to_disable(k: Kernel, dev: Device, cond_disable: bool) -> WakeIrq | None:
    wirq = setup(dev).wakeirq
    if wirq is None or not wirq.dedicated or not wirq.managed or (cond_disable and wirq.reverse):
        return None
    wirq.enabled = False
    return wirq


@kernel
def dev_pm_disable_wake_irq_check(k: Kernel, dev: Device, cond_disable: bool) -> None:
    """``dev_pm_disable_wake_irq_check()``: before a resume; after a suspend that failed only what was enabled before it."""
    from irqlab.kernel.irq.manage import disable_irq_nosync

    wirq = _to_disable(k, dev, cond_disable)
    if wirq is not None:
        disable_irq_nosync(k, wirq.irq)


# -- system sleep ----------------------------------------------------------------------------------------------


@atomic
def _disabled_now(wirq: WakeIrq) -> bool:
    return wirq.dedicated and not wirq.enabled


@kernel
def dev_pm_arm_wake_irq(k: Kernel, wirq: WakeIrq | None) -> None:
    """``dev_pm_arm_wake_irq()``: if the device may wake the system: enabled unless it is, and made a wake-up source."""
    from irqlab.kernel.irq.manage import enable_irq
    from irqlab.kernel.irq.trigger import irq_set_irq_wake

    if wirq is None or not device_may_wakeup(k, wirq.dev):
        return
    if _disabled_now(wirq):
        enable_irq(k, wirq.irq)
    irq_set_irq_wake(k, wirq.irq, True)


@kernel
def dev_pm_disarm_wake_irq(k: Kernel, wirq: WakeIrq | None) -> None:
    """``dev_pm_disarm_wake_irq()``: the same backwards."""
    from irqlab.kernel.irq.manage import disable_irq_nosync
    from irqlab.kernel.irq.trigger import irq_set_irq_wake

    if wirq is None or not device_may_wakeup(k, wirq.dev):
        return
    irq_set_irq_wake(k, wirq.irq, False)
    if _disabled_now(wirq):
        disable_irq_nosync(k, wirq.irq)
