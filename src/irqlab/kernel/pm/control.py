"""Runtime PM as the core uses it: enable and disable, set the status, barrier, force, the worker and the timer.

Stands for the second half of ``drivers/base/power/runtime.c``; :mod:`irqlab.kernel.pm.runtime` exports all of it.
``pm_runtime_force_suspend()`` and ``pm_runtime_force_resume()`` are the same in 6.1.192 and 6.12.117.

Tests: ``tests/kernel/test_runtime_pm.py``, ``tests/kernel/test_sleep.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import Context, hardirq_threaded, wait_event
from irqlab.kernel.core import core
from irqlab.kernel.errno import EAGAIN, EBUSY
from irqlab.kernel.locking import irq, irqsave, spin_lock, spin_unlock
from irqlab.kernel.pm.look import parent_of
from irqlab.kernel.pm.power import (
    ACTIVE,
    BLOCKED,
    INVALID,
    REQ_AUTOSUSPEND,
    REQ_IDLE,
    REQ_NONE,
    REQ_RESUME,
    REQ_SUSPEND,
    RESUMING,
    RPM_ASYNC,
    RPM_AUTO,
    RPM_NOWAIT,
    SUSPENDED,
    SUSPENDING,
    children_dec_floor,
    children_inc,
    power_lock,
    resume_requested,
    set_status,
    setup,
    state,
    usage,
    usage_dec_floor,
    usage_inc,
)
from irqlab.kernel.pm.rpm import (
    pm_runtime_idle_flags,
    rpm_get_suppliers,
    rpm_idle,
    rpm_put_suppliers,
    rpm_resume,
    rpm_suspend,
)
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


class Freezer(Record):
    """What system sleep has frozen (``kernel/power/process.c``); absent while nothing is."""

    #: User tasks: none may begin a call.
    tasks: bool = True
    #: Freezable workqueues, ``pm_wq`` among them (6.1 and 6.12).
    pm_wq: bool = False


# -- the workqueue and the timer -------------------------------------------------------------------------------


def worker_name(dev: Device) -> str:
    """The name of the context in which :func:`pm_runtime_work` runs for ``dev``."""
    return f"kworker {dev.name}"


@atomic
def pm_wq_frozen(k: Kernel) -> bool:
    """Whether ``pm_wq`` (a freezable workqueue) runs nothing now."""
    freezer = k.world.at(Freezer)
    return freezer.exists and freezer.pm_wq


@atomic
def work_pending(k: Kernel, dev: Device) -> bool:
    """Whether a worker may run :func:`pm_runtime_work` now: queued, not frozen, and no turn of it under way."""
    return state(dev).queued and not pm_wq_frozen(k) and not k.world.at(Context, worker_name(dev)).exists


@atomic
def _take_request(k: Kernel, dev: Device) -> int:
    machine = state(dev)
    if not machine.request_pending:
        return REQ_NONE
    request = machine.request
    machine.request, machine.request_pending = REQ_NONE, False
    return request


@atomic
def _dequeue(k: Kernel, dev: Device) -> None:
    state(dev).queued = False


@core
@kernel
def pm_runtime_work(k: Kernel, dev: Device) -> None:
    """``pm_runtime_work()``: one turn of a kworker of ``pm_wq``.  An entry; context name :func:`worker_name`."""
    _dequeue(k, dev)
    with irq(k, power_lock(k, dev)):
        request = _take_request(k, dev)
        if request == REQ_IDLE:
            rpm_idle(k, dev, RPM_NOWAIT)
        elif request == REQ_SUSPEND:
            rpm_suspend(k, dev, RPM_NOWAIT)
        elif request == REQ_AUTOSUSPEND:
            rpm_suspend(k, dev, RPM_NOWAIT | RPM_AUTO)
        elif request == REQ_RESUME:
            rpm_resume(k, dev, RPM_NOWAIT)


@atomic
def timer_armed(k: Kernel, dev: Device) -> bool:
    """Whether the autosuspend timer may fire."""
    return state(dev).timer


@atomic
def _timer_runs_out(k: Kernel, dev: Device) -> bool:
    machine = state(dev)
    armed, machine.timer, machine.last_busy = machine.timer, False, False
    return armed


@core
@kernel
def pm_suspend_timer_fn(k: Kernel, dev: Device) -> None:
    """``pm_suspend_timer_fn()``: the delay has run out.  An entry, in hard interrupt context (an hrtimer).

    A turn that only arms the timer again because the device was busy meanwhile is left out: it changes nothing.
    """
    hardirq_threaded(k, True)  # an hrtimer without HRTIMER_MODE_HARD
    with irqsave(k, power_lock(k, dev)):
        if _timer_runs_out(k, dev):
            rpm_suspend(k, dev, RPM_ASYNC | RPM_AUTO)


@atomic
def delay_running(k: Kernel, dev: Device) -> bool:
    """Whether the delay may run out unseen: the device was busy not long ago and no timer watches it."""
    machine = state(dev)
    return machine.last_busy and not machine.timer


@atomic
def autosuspend_delay_expires(k: Kernel, dev: Device) -> None:
    """Time: the autosuspend delay runs out while no timer is armed, so the next autosuspend is immediate."""
    state(dev).last_busy = False


# -- barrier ---------------------------------------------------------------------------------------------------


@atomic
def _cancel_queued(k: Kernel, dev: Device) -> bool:
    machine = state(dev)
    machine.timer = False
    if not machine.request_pending:
        return False
    machine.request, machine.queued = REQ_NONE, False
    return True


@atomic
def _nothing_pending(k: Kernel, dev: Device) -> None:
    state(dev).request_pending = False


@atomic
def in_transition(k: Kernel, dev: Device) -> bool:
    """A callback of runtime PM is under way."""
    machine = state(dev)
    return machine.idle_notification or machine.status in (SUSPENDING, RESUMING)


@kernel
def _barrier_locked(k: Kernel, dev: Device) -> None:
    """``__pm_runtime_barrier()``: cancels what is queued and waits for what runs, ``power.lock`` dropped meanwhile."""
    lock = power_lock(k, dev)
    if _cancel_queued(k, dev):
        spin_unlock(k, lock, "irq")
        worker = k.world.at(Context, worker_name(dev))
        wait_event(k, lambda: not worker.exists, f"{worker_name(dev)} has ended (cancel_work_sync)")
        spin_lock(k, lock, "irq")
        _nothing_pending(k, dev)
    if in_transition(k, dev):
        spin_unlock(k, lock, "irq")
        wait_event(k, lambda: not in_transition(k, dev), f"runtime PM of {dev.name} is at rest")
        spin_lock(k, lock, "irq")


@core
@kernel
def pm_runtime_barrier(k: Kernel, dev: Device) -> int:
    """``pm_runtime_barrier()``: 1 if a pending resume was carried out.  Process context."""
    if not k.config.pm:
        return 0
    usage_inc(k, dev)
    resumed = 0
    with irq(k, power_lock(k, dev)):
        if resume_requested(k, dev):
            rpm_resume(k, dev, 0)
            resumed = 1
        _barrier_locked(k, dev)
    usage_dec_floor(k, dev)
    return resumed


# -- enable, disable, status -----------------------------------------------------------------------------------


@atomic
def _disable_more(k: Kernel, dev: Device) -> bool:
    """One more disable; whether runtime PM was enabled before it."""
    settings = setup(dev)
    settings.disable_depth += 1
    return settings.disable_depth == 1


@atomic
def _is_enabled(k: Kernel, dev: Device) -> bool:
    return setup(dev).disable_depth == 0


@atomic
def _keep_last_status(k: Kernel, dev: Device) -> None:
    setup(dev).last_status = state(dev).status


@core
@kernel
def pm_runtime_disable(k: Kernel, dev: Device, check_resume: bool = True) -> None:
    """``pm_runtime_disable()``, ``__pm_runtime_disable()``: carries out a pending resume, cancels the rest, waits."""
    if not k.config.pm:
        return
    with irq(k, power_lock(k, dev)):
        if check_resume and _is_enabled(k, dev) and resume_requested(k, dev):
            usage_inc(k, dev)
            rpm_resume(k, dev, 0)
            usage_dec_floor(k, dev)
        if _disable_more(k, dev):
            _barrier_locked(k, dev)
            _keep_last_status(k, dev)


@atomic
def _enable(k: Kernel, dev: Device) -> None:
    settings = setup(dev)
    if settings.disable_depth == 0:
        k.warn(f"{dev.name}: Unbalanced pm_runtime_enable!")
        return
    settings.disable_depth -= 1
    if settings.disable_depth:
        return
    if settings.last_status == BLOCKED:
        k.warn(f"{dev.name}: Attempt to enable runtime PM when it is blocked")
    settings.last_status = INVALID
    if state(dev).status == SUSPENDED and not settings.ignore_children and usage(dev).child_count:
        k.warn(f"{dev.name}: Enabling runtime PM for inactive device with active children")


@core
@kernel
def pm_runtime_enable(k: Kernel, dev: Device) -> None:
    """``pm_runtime_enable()``.  Any context."""
    if k.config.pm:
        with irqsave(k, power_lock(k, dev)):
            _enable(k, dev)


@core
@atomic
def pm_runtime_block_if_disabled(k: Kernel, dev: Device) -> None:
    """``pm_runtime_block_if_disabled()`` (switch ``rpm-block-in-sleep``: present in 6.12.117, absent in 6.1.192)."""
    settings = setup(dev)
    if k.release.has("rpm-block-in-sleep") and settings.disable_depth and settings.last_status == INVALID:
        settings.last_status = BLOCKED


@core
@atomic
def pm_runtime_unblock(k: Kernel, dev: Device) -> None:
    """``pm_runtime_unblock()``."""
    settings = setup(dev)
    if settings.last_status == BLOCKED:
        settings.last_status = INVALID


@atomic
def _hold_disabled(k: Kernel, dev: Device) -> bool:
    """The status may be set: runtime PM is disabled or in error; it is disabled once more until that is done."""
    settings = setup(dev)
    if not state(dev).runtime_error and not settings.disable_depth:
        return False
    settings.disable_depth += 1
    return True


@atomic
def _force_status(k: Kernel, dev: Device, status: str, error: int) -> tuple[int, str, bool]:
    """``(error, the status in effect, whether the parent is told)``."""
    machine, parent = state(dev), dev.parent
    tell = False
    if machine.status != status and parent is not None:
        above = setup(parent)
        if status == SUSPENDED:
            children_dec_floor(k, parent)
            tell = not above.ignore_children
        elif not above.disable_depth and not above.ignore_children and state(parent).status != ACTIVE:
            return -EBUSY, SUSPENDED, False
        elif machine.status == SUSPENDED:
            children_inc(k, parent)
    set_status(k, dev, status)
    if not error:
        machine.runtime_error = 0
    return error, status, tell


@core
@kernel
def pm_runtime_set_status(k: Kernel, dev: Device, status: str) -> int:
    """``__pm_runtime_set_status()``: says what the hardware is; only while runtime PM is disabled or in error."""
    if not k.config.pm:
        return 0
    with irqsave(k, power_lock(k, dev)):
        may = _hold_disabled(k, dev)
    if not may:
        return -EAGAIN
    error = rpm_get_suppliers(k, dev) if status == ACTIVE else 0
    if error:
        status = SUSPENDED
    with irqsave(k, power_lock(k, dev)):
        error, status, tell = _force_status(k, dev, status, error)
    parent = parent_of(k, dev)
    if tell and parent is not None:
        pm_runtime_idle_flags(k, parent, RPM_ASYNC)
    if status == SUSPENDED:
        rpm_put_suppliers(k, dev)
    pm_runtime_enable(k, dev)
    return error


@kernel
def pm_runtime_set_active(k: Kernel, dev: Device) -> int:
    """``pm_runtime_set_active()``."""
    return pm_runtime_set_status(k, dev, ACTIVE)


@kernel
def pm_runtime_set_suspended(k: Kernel, dev: Device) -> int:
    """``pm_runtime_set_suspended()``."""
    return pm_runtime_set_status(k, dev, SUSPENDED)
