"""System sleep to RAM and back (``kernel/power/suspend.c``, ``process.c``; ``drivers/base/power/main.c``).

One entry, :func:`pm_suspend`.  Everything runs synchronously and in the order of ``dpm_list`` (its reverse on the way
down: consumers and children before suppliers and parents); asynchronous suspend is not modelled, nor are
``->prepare()``, direct-complete and smart-suspend, which platform drivers without driver flags do not reach.

While :class:`~irqlab.kernel.pm.control.Freezer` exists no user task may begin a call.  Between ``dpm_suspend_noirq()``
and ``dpm_resume_noirq()`` the phase is ``noirq``; the sleep itself is the schedule point ``suspended``.

Tests: ``tests/kernel/test_sleep.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import current, in_flight, point, wait_event
from irqlab.kernel.device import Device, Op, device_lock, devices_in_order
from irqlab.kernel.errno import EBUSY
from irqlab.kernel.kernel import NOIRQ, RESUMING, RUNNING, SUSPENDING
from irqlab.kernel.locking import mutex
from irqlab.kernel.pm.control import Freezer
from irqlab.kernel.pm.domain import genpd_complete, genpd_prepare, genpd_resume_noirq, genpd_suspend_noirq
from irqlab.kernel.pm.rpm import call_back
from irqlab.kernel.pm.runtime import (
    pm_runtime_barrier,
    pm_runtime_block_if_disabled,
    pm_runtime_disable,
    pm_runtime_enable,
    pm_runtime_get_noresume,
    pm_runtime_put,
    pm_runtime_unblock,
)
from irqlab.kernel.pm.wakeup import device_wakeup_arm_wake_irqs, device_wakeup_disarm_wake_irqs
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class WakeupEvent(Record):
    """A wakeup event was reported (``pm_abort_suspend``, ``events_check_enabled``); absent if none was."""


@atomic
def pm_system_wakeup(k: Kernel) -> None:
    """``pm_system_wakeup()``: aborts a sleep that is under way.  Any context."""
    event = k.world.at(WakeupEvent)
    if not event.exists:
        k.world.new(WakeupEvent)


@atomic
def pm_wakeup_pending(k: Kernel) -> bool:
    """``pm_wakeup_pending()``."""
    return k.world.at(WakeupEvent).exists


@atomic
def pm_wakeup_clear(k: Kernel) -> None:
    """``pm_wakeup_clear()``."""
    event = k.world.at(WakeupEvent)
    if event.exists:
        k.world.drop(event)


@atomic
def _set_phase(k: Kernel, phase: str) -> None:
    k.system.phase = phase
    k.world.trace("phase", phase=phase)


# -- freezer ---------------------------------------------------------------------------------------------------


@atomic
def frozen(k: Kernel) -> bool:
    """Whether user tasks are frozen: none may begin a call."""
    return k.world.at(Freezer).exists


@atomic
def _freeze_tasks(k: Kernel) -> None:
    k.world.new(Freezer)


@atomic
def _freeze_workqueues(k: Kernel) -> None:
    k.world.at(Freezer).pm_wq = True


@atomic
def thaw_processes(k: Kernel) -> None:
    """``thaw_processes()``: workqueues and tasks go on."""
    k.world.drop(k.world.at(Freezer))


@atomic
def _under_way(k: Kernel, kind: str) -> bool:
    return any(context.name.startswith(kind) and context is not current(k.world) for context in in_flight(k))


@kernel
def freeze_processes(k: Kernel) -> None:
    """``freeze_processes()``, ``freeze_kernel_threads()``: user tasks leave the kernel, then ``pm_wq`` ends its work.

    Contexts named ``task …`` and ``kworker …`` are waited for; a task that never leaves is a deadlock here, where the
    kernel gives up after 20 seconds.
    """
    _freeze_tasks(k)
    wait_event(k, lambda: not _under_way(k, "task "), "user tasks are frozen")
    _freeze_workqueues(k)
    wait_event(k, lambda: not _under_way(k, "kworker "), "pm_wq is frozen")


# -- callbacks -------------------------------------------------------------------------------------------------


@atomic
def _op(k: Kernel, dev: Device, which: str) -> Op | None:
    """The driver's operation, or the power domain's in the noirq phase."""
    if dev.pm_domain is not None and which == "suspend_noirq":
        return genpd_suspend_noirq
    if dev.pm_domain is not None and which == "resume_noirq":
        return genpd_resume_noirq
    return dev.driver_op(which)


@atomic
def _in_domain(k: Kernel, dev: Device) -> bool:
    return dev.pm_domain is not None


@kernel
def device_prepare(k: Kernel, dev: Device) -> int:
    """``device_prepare()``: +1, so that nothing suspends it behind the sleep's back."""
    pm_runtime_get_noresume(k, dev)
    if k.config.pm:
        pm_runtime_block_if_disabled(k, dev)
    with mutex(k, device_lock(k, dev)):
        return genpd_prepare(k, dev) if _in_domain(k, dev) else 0


@kernel
def device_complete(k: Kernel, dev: Device) -> None:
    """``device_complete()``: gives that reference back; the idle notification is queued."""
    with mutex(k, device_lock(k, dev)):
        if _in_domain(k, dev):
            genpd_complete(k, dev)
    if k.config.pm:
        pm_runtime_unblock(k, dev)
    pm_runtime_put(k, dev)


@kernel
def device_suspend(k: Kernel, dev: Device) -> int:
    """``device_suspend()``: runtime PM at rest, then ``->suspend()``."""
    pm_runtime_barrier(k, dev)
    if pm_wakeup_pending(k):
        return -EBUSY
    with mutex(k, device_lock(k, dev)):
        return call_back(k, dev, _op(k, dev, "suspend"))


@kernel
def device_suspend_late(k: Kernel, dev: Device) -> int:
    """``device_suspend_late()``: runtime PM is disabled; a pending resume is dropped, not carried out."""
    pm_runtime_disable(k, dev, False)
    if pm_wakeup_pending(k):
        return -EBUSY
    return call_back(k, dev, _op(k, dev, "suspend_late"))


@kernel
def device_suspend_noirq(k: Kernel, dev: Device) -> int:
    """``device_suspend_noirq()``."""
    return call_back(k, dev, _op(k, dev, "suspend_noirq"))


@kernel
def device_resume_noirq(k: Kernel, dev: Device) -> int:
    """``device_resume_noirq()``."""
    return call_back(k, dev, _op(k, dev, "resume_noirq"))


@kernel
def device_resume_early(k: Kernel, dev: Device, called: bool) -> int:
    """``device_resume_early()``: runtime PM is enabled again, also where the late suspend had failed."""
    error = call_back(k, dev, _op(k, dev, "resume_early")) if called else 0
    pm_runtime_enable(k, dev)
    return error


@kernel
def device_resume(k: Kernel, dev: Device) -> int:
    """``device_resume()``."""
    with mutex(k, device_lock(k, dev)):
        return call_back(k, dev, _op(k, dev, "resume"))


# -- phases ----------------------------------------------------------------------------------------------------
# Each takes the list and says (error, how many devices from its end went down).  On the way up the same number comes
# back, in the order of the list.

Devices = tuple[Device, ...]


@kernel
def dpm_prepare(k: Kernel, devices: Devices) -> int:
    """``dpm_prepare()``."""
    for dev in devices:
        device_prepare(k, dev)
    return 0


@kernel
def dpm_suspend(k: Kernel, devices: Devices) -> tuple[int, int]:
    """``dpm_suspend()``."""
    for done, dev in enumerate(reversed(devices)):
        error = device_suspend(k, dev)
        if error:
            return error, done
    return 0, len(devices)


@kernel
def dpm_suspend_late(k: Kernel, devices: Devices) -> int:
    """``dpm_suspend_late()``: on an error what went down comes up again."""
    for done, dev in enumerate(reversed(devices)):
        error = device_suspend_late(k, dev)
        if error:
            dpm_resume_early(k, devices[len(devices) - done - 1 :], True)
            return error
    return 0


@kernel
def dpm_suspend_noirq(k: Kernel, devices: Devices) -> int:
    """``dpm_suspend_noirq()``: wake irqs are armed, then interrupts of devices suspended (lazily: chips are not told)."""
    from irqlab.kernel.irq.pm import suspend_device_irqs

    device_wakeup_arm_wake_irqs(k)
    suspend_device_irqs(k)
    for done, dev in enumerate(reversed(devices)):
        error = device_suspend_noirq(k, dev)
        if error:
            dpm_resume_noirq(k, devices[len(devices) - done :])
            return error
    return 0


@kernel
def dpm_resume_noirq(k: Kernel, devices: Devices) -> None:
    """``dpm_resume_noirq()``: noirq callbacks, then interrupts of devices, then wake irqs are disarmed.

    Lines with IRQF_EARLY_RESUME came up in ``syscore_resume()``, if it came to that.
    """
    from irqlab.kernel.irq.pm import resume_device_irqs

    for dev in devices:
        device_resume_noirq(k, dev)
    resume_device_irqs(k)
    device_wakeup_disarm_wake_irqs(k)


@kernel
def dpm_resume_early(k: Kernel, devices: Devices, first_failed: bool = False) -> None:
    """``dpm_resume_early()``; the first device may be one whose late suspend failed: it is only enabled."""
    for number, dev in enumerate(devices):
        device_resume_early(k, dev, number > 0 or not first_failed)


@kernel
def dpm_resume(k: Kernel, devices: Devices) -> None:
    """``dpm_resume()``."""
    for dev in devices:
        device_resume(k, dev)


@kernel
def dpm_complete(k: Kernel, devices: Devices) -> None:
    """``dpm_complete()``."""
    for dev in reversed(devices):
        device_complete(k, dev)


@kernel
def suspend_enter(k: Kernel, devices: Devices) -> int:
    """``suspend_enter()``: late, noirq, syscore, the sleep, and back."""
    from irqlab.kernel.syscore import syscore_resume, syscore_suspend

    error = dpm_suspend_late(k, devices)
    if error:
        return error
    _set_phase(k, NOIRQ)
    error = dpm_suspend_noirq(k, devices)
    if not error:
        error = syscore_suspend(k)
        if not error:
            if pm_wakeup_pending(k):
                error = -EBUSY
            else:
                k.world.trace("suspended")
                point(k, "suspended")
            syscore_resume(k)
        dpm_resume_noirq(k, devices)
    _set_phase(k, RESUMING)
    dpm_resume_early(k, devices)
    return error


@kernel
def suspend_devices_and_enter(k: Kernel, devices: Devices) -> int:
    """``suspend_devices_and_enter()``."""
    _set_phase(k, SUSPENDING)
    dpm_prepare(k, devices)
    error, down = dpm_suspend(k, devices)
    if not error:
        error = suspend_enter(k, devices)
    _set_phase(k, RESUMING)
    dpm_resume(k, devices[len(devices) - down :])
    dpm_complete(k, devices)
    return error


@kernel
def pm_suspend(k: Kernel) -> int:
    """``pm_suspend(PM_SUSPEND_MEM)``: to sleep and back; 0, or why it was given up.  Process context; an entry."""
    pm_wakeup_clear(k)
    freeze_processes(k)
    error = suspend_devices_and_enter(k, devices_in_order(k))
    _set_phase(k, RUNNING)
    thaw_processes(k)
    return error
