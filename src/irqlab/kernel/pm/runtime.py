"""Runtime PM as drivers use it (``include/linux/pm_runtime.h``, ``drivers/base/power/runtime.c``).

Read as 6.1.192 and 6.12.117, which differ only where a switch says so.  With ``CONFIG_PM`` off every function returns
what its stub returns.  All functions return 0, 1 or a negative errno; *context* says from where one may be called.

Kernel's own actions: :func:`pm_runtime_work` (one turn of ``pm_wq`` for a device, while :func:`work_pending`),
:func:`pm_suspend_timer_fn` (while :func:`timer_armed`) and :func:`autosuspend_delay_expires` (time, seen by nobody).

Tests: ``tests/kernel/test_runtime_pm.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.locking import irq, irqsave
from irqlab.kernel.pm.control import (
    Freezer,
    autosuspend_delay_expires,
    delay_running,
    in_transition,
    pm_runtime_barrier,
    pm_runtime_block_if_disabled,
    pm_runtime_disable,
    pm_runtime_enable,
    pm_runtime_set_active,
    pm_runtime_set_status,
    pm_runtime_set_suspended,
    pm_runtime_unblock,
    pm_runtime_work,
    pm_suspend_timer_fn,
    pm_wq_frozen,
    timer_armed,
    work_pending,
    worker_name,
)
from irqlab.kernel.pm.force import (
    pm_runtime_active,
    pm_runtime_drop_link,
    pm_runtime_enabled,
    pm_runtime_force_resume,
    pm_runtime_force_suspend,
    pm_runtime_get_suppliers,
    pm_runtime_need_not_resume,
    pm_runtime_new_link,
    pm_runtime_put_suppliers,
    pm_runtime_reinit,
    pm_runtime_status_suspended,
    pm_runtime_suspended,
)
from irqlab.kernel.pm.look import parent_of
from irqlab.kernel.pm.power import (
    ACTIVE,
    RESUMING,
    RPM_ASYNC,
    RPM_AUTO,
    RPM_GET_PUT,
    SUSPENDED,
    SUSPENDING,
    RpmSetup,
    RpmState,
    RpmUsage,
    mark_busy,
    pm_runtime_init,
    power_lock,
    rpm_drop_usage_count,
    setup,
    state,
    status_of,
    usage,
    usage_dec,
    usage_dec_floor,
    usage_inc,
)
from irqlab.kernel.pm.rpm import (
    pm_runtime_idle_flags,
    pm_runtime_resume_flags,
    pm_runtime_suspend_flags,
    rpm_idle,
    rpm_resume,
)
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


# -- get -------------------------------------------------------------------------------------------------------


@kernel
def pm_runtime_get(k: Kernel, dev: Device) -> int:
    """``pm_runtime_get()``: +1 and a queued resume.  Never sleeps; registers are not safe to touch yet."""
    return pm_runtime_resume_flags(k, dev, RPM_GET_PUT | RPM_ASYNC)


@kernel
def pm_runtime_get_sync(k: Kernel, dev: Device) -> int:
    """``pm_runtime_get_sync()``: +1 **even on error**, and a resume.  Sleeps unless active or irq-safe."""
    return pm_runtime_resume_flags(k, dev, RPM_GET_PUT)


@kernel
def pm_runtime_resume_and_get(k: Kernel, dev: Device) -> int:
    """``pm_runtime_resume_and_get()``: +1 and 0, or an error and no reference."""
    error = pm_runtime_resume_flags(k, dev, RPM_GET_PUT)
    if error < 0:
        pm_runtime_put_noidle(k, dev)
        return error
    return 0


@kernel
def pm_runtime_get_noresume(k: Kernel, dev: Device) -> None:
    """``pm_runtime_get_noresume()``: +1 and nothing else."""
    if k.config.pm:
        usage_inc(k, dev)


@atomic
def _get_conditional(k: Kernel, dev: Device, active_is_enough: bool) -> int:
    settings, counters = setup(dev), usage(dev)
    if settings.disable_depth > 0:
        return -EINVAL
    if state(dev).status != ACTIVE:
        return 0
    children = k.release.has("in-use-with-children") and not settings.ignore_children and counters.child_count > 0
    if not (active_is_enough or children or counters.usage_count):
        return 0
    usage_inc(k, dev)
    return 1


@kernel
def pm_runtime_get_if_active(k: Kernel, dev: Device) -> int:
    """``pm_runtime_get_if_active()``: 1 and a reference if active, else 0; ``-EINVAL`` if runtime PM is disabled."""
    if not k.config.pm:
        return -EINVAL
    with irqsave(k, power_lock(k, dev)):
        return _get_conditional(k, dev, True)


@kernel
def pm_runtime_get_if_in_use(k: Kernel, dev: Device) -> int:
    """``pm_runtime_get_if_in_use()``: 1 and a reference if active and used by somebody already.

    Switch ``in-use-with-children`` (present in 6.12.117, absent in 6.1.192): active children are use enough.
    """
    if not k.config.pm:
        return -EINVAL
    with irqsave(k, power_lock(k, dev)):
        return _get_conditional(k, dev, False)


@kernel
def pm_runtime_resume(k: Kernel, dev: Device) -> int:
    """``pm_runtime_resume()``: resumes without a reference."""
    return pm_runtime_resume_flags(k, dev, 0)


@kernel
def pm_request_resume(k: Kernel, dev: Device) -> int:
    """``pm_request_resume()``: queues a resume."""
    return pm_runtime_resume_flags(k, dev, RPM_ASYNC)


# -- put -------------------------------------------------------------------------------------------------------


@kernel
def pm_runtime_put(k: Kernel, dev: Device) -> int:
    """``pm_runtime_put()``: -1; at 0 an idle notification is queued on ``pm_wq``.  Any context."""
    return pm_runtime_idle_flags(k, dev, RPM_GET_PUT | RPM_ASYNC)


@kernel
def pm_runtime_put_sync(k: Kernel, dev: Device) -> int:
    """``pm_runtime_put_sync()``: -1; at 0 the device is suspended here and now (or its autosuspend timer armed)."""
    return pm_runtime_idle_flags(k, dev, RPM_GET_PUT)


@kernel
def pm_runtime_put_sync_suspend(k: Kernel, dev: Device) -> int:
    """``pm_runtime_put_sync_suspend()``: -1; at 0 suspended now, without asking ``->runtime_idle()`` or the delay."""
    return pm_runtime_suspend_flags(k, dev, RPM_GET_PUT)


@kernel
def pm_runtime_put_noidle(k: Kernel, dev: Device) -> None:
    """``pm_runtime_put_noidle()``: -1, never below 0."""
    if k.config.pm:
        usage_dec_floor(k, dev)


@kernel
def pm_runtime_put_autosuspend(k: Kernel, dev: Device) -> int:
    """``pm_runtime_put_autosuspend()``: -1; at 0 an autosuspend is queued, or its timer armed while the delay runs.

    Switch ``put-autosuspend-marks-busy`` (v6.17): it also marks the device busy; 6.1 and 6.12 do not.
    """
    if k.release.has("put-autosuspend-marks-busy"):
        pm_runtime_mark_last_busy(k, dev)
    return pm_runtime_suspend_flags(k, dev, RPM_GET_PUT | RPM_ASYNC | RPM_AUTO)


@kernel
def pm_runtime_put_sync_autosuspend(k: Kernel, dev: Device) -> int:
    """``pm_runtime_put_sync_autosuspend()``: the same without the queue."""
    return pm_runtime_suspend_flags(k, dev, RPM_GET_PUT | RPM_AUTO)


@kernel
def pm_request_idle(k: Kernel, dev: Device) -> int:
    """``pm_request_idle()``: queues an idle notification; no reference is given back."""
    return pm_runtime_idle_flags(k, dev, RPM_ASYNC)


@kernel
def pm_runtime_suspend(k: Kernel, dev: Device) -> int:
    """``pm_runtime_suspend()``: suspends now if nobody uses the device."""
    return pm_runtime_suspend_flags(k, dev, 0)


# -- settings --------------------------------------------------------------------------------------------------


@atomic
def pm_runtime_mark_last_busy(k: Kernel, dev: Device) -> None:
    """``pm_runtime_mark_last_busy()``: the autosuspend delay begins anew."""
    if k.config.pm:
        mark_busy(k, dev)


@atomic
def _autosuspend_change(k: Kernel, dev: Device, use: bool | None, delay: int | None) -> bool:
    """Changes the settings; whether suspends are forbidden now and were not before."""
    settings = setup(dev)
    was = settings.use_autosuspend and settings.autosuspend_delay < 0
    if use is not None:
        settings.use_autosuspend = use
    if delay is not None:
        settings.autosuspend_delay = (delay > 0) - (delay < 0)
    now = settings.use_autosuspend and settings.autosuspend_delay < 0
    if not settings.use_autosuspend or settings.autosuspend_delay <= 0:
        state(dev).last_busy = False
    if was and not now:
        usage_dec(k, dev)
    elif now and not was:
        usage_inc(k, dev)
    return now and not was


@atomic
def _autosuspend_forbidden(k: Kernel, dev: Device) -> bool:
    settings = setup(dev)
    return settings.use_autosuspend and settings.autosuspend_delay < 0


@kernel
def _update_autosuspend(k: Kernel, dev: Device, use: bool | None, delay: int | None) -> None:
    """``update_autosuspend()``."""
    with irq(k, power_lock(k, dev)):
        if _autosuspend_change(k, dev, use, delay):
            rpm_resume(k, dev, 0)
        elif not _autosuspend_forbidden(k, dev):
            rpm_idle(k, dev, RPM_AUTO)


@kernel
def pm_runtime_set_autosuspend_delay(k: Kernel, dev: Device, delay: int) -> None:
    """``pm_runtime_set_autosuspend_delay()``: only the sign is kept; negative forbids suspends (and takes a reference)."""
    if k.config.pm:
        _update_autosuspend(k, dev, None, delay)


@kernel
def pm_runtime_use_autosuspend(k: Kernel, dev: Device) -> None:
    """``pm_runtime_use_autosuspend()``."""
    if k.config.pm:
        _update_autosuspend(k, dev, True, None)


@kernel
def pm_runtime_dont_use_autosuspend(k: Kernel, dev: Device) -> None:
    """``pm_runtime_dont_use_autosuspend()``."""
    if k.config.pm:
        _update_autosuspend(k, dev, False, None)


@atomic
def _set(k: Kernel, dev: Device, irq_safe: bool | None = None, no_callbacks: bool | None = None) -> None:
    settings = setup(dev)
    if irq_safe is not None:
        settings.irq_safe = irq_safe
    if no_callbacks is not None:
        settings.no_callbacks = no_callbacks


@kernel
def pm_runtime_irq_safe(k: Kernel, dev: Device) -> None:
    """``pm_runtime_irq_safe()``: callbacks run with interrupts off; the parent is resumed and held for good."""
    if not k.config.pm:
        return
    parent = parent_of(k, dev)
    if parent is not None:
        pm_runtime_get_sync(k, parent)
    with irq(k, power_lock(k, dev)):
        _set(k, dev, irq_safe=True)


@kernel
def pm_runtime_no_callbacks(k: Kernel, dev: Device) -> None:
    """``pm_runtime_no_callbacks()``: the device follows its parent."""
    if k.config.pm:
        with irq(k, power_lock(k, dev)):
            _set(k, dev, no_callbacks=True)


@atomic
def pm_suspend_ignore_children(k: Kernel, dev: Device, enable: bool) -> None:
    """``pm_suspend_ignore_children()``."""
    if k.config.pm:
        setup(dev).ignore_children = enable


@atomic
def _set_auto(k: Kernel, dev: Device, auto: bool) -> bool:
    settings = setup(dev)
    changed = settings.auto != auto
    settings.auto = auto
    return changed


@kernel
def pm_runtime_forbid(k: Kernel, dev: Device) -> None:
    """``pm_runtime_forbid()`` (``power/control`` = ``on``): +1 and resumed, once."""
    if not k.config.pm:
        return
    with irq(k, power_lock(k, dev)):
        if _set_auto(k, dev, False):
            usage_inc(k, dev)
            rpm_resume(k, dev, 0)


@kernel
def pm_runtime_allow(k: Kernel, dev: Device) -> None:
    """``pm_runtime_allow()`` (``power/control`` = ``auto``): gives that reference back."""
    if not k.config.pm:
        return
    with irq(k, power_lock(k, dev)):
        if _set_auto(k, dev, True) and rpm_drop_usage_count(k, dev) == 0:
            rpm_idle(k, dev, RPM_AUTO | RPM_ASYNC)


__all__ = [
    "ACTIVE",
    "RESUMING",
    "SUSPENDED",
    "SUSPENDING",
    "Freezer",
    "RpmSetup",
    "RpmState",
    "RpmUsage",
    "autosuspend_delay_expires",
    "delay_running",
    "in_transition",
    "pm_request_idle",
    "pm_request_resume",
    "pm_runtime_active",
    "pm_runtime_allow",
    "pm_runtime_barrier",
    "pm_runtime_block_if_disabled",
    "pm_runtime_disable",
    "pm_runtime_dont_use_autosuspend",
    "pm_runtime_drop_link",
    "pm_runtime_enable",
    "pm_runtime_enabled",
    "pm_runtime_forbid",
    "pm_runtime_force_resume",
    "pm_runtime_force_suspend",
    "pm_runtime_get",
    "pm_runtime_get_if_active",
    "pm_runtime_get_if_in_use",
    "pm_runtime_get_noresume",
    "pm_runtime_get_suppliers",
    "pm_runtime_get_sync",
    "pm_runtime_init",
    "pm_runtime_irq_safe",
    "pm_runtime_mark_last_busy",
    "pm_runtime_need_not_resume",
    "pm_runtime_new_link",
    "pm_runtime_no_callbacks",
    "pm_runtime_put",
    "pm_runtime_put_autosuspend",
    "pm_runtime_put_noidle",
    "pm_runtime_put_suppliers",
    "pm_runtime_put_sync",
    "pm_runtime_put_sync_autosuspend",
    "pm_runtime_put_sync_suspend",
    "pm_runtime_reinit",
    "pm_runtime_resume",
    "pm_runtime_resume_and_get",
    "pm_runtime_set_active",
    "pm_runtime_set_autosuspend_delay",
    "pm_runtime_set_status",
    "pm_runtime_set_suspended",
    "pm_runtime_status_suspended",
    "pm_runtime_suspend",
    "pm_runtime_suspended",
    "pm_runtime_unblock",
    "pm_runtime_use_autosuspend",
    "pm_runtime_work",
    "pm_suspend_ignore_children",
    "pm_suspend_timer_fn",
    "pm_wq_frozen",
    "setup",
    "state",
    "status_of",
    "timer_armed",
    "usage",
    "work_pending",
    "worker_name",
]
