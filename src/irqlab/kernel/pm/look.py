"""What each step of runtime PM decides under ``power.lock``: pure looks and short writes, all ``@atomic``.

:mod:`irqlab.kernel.pm.rpm` acts on them.  Stands for the first halves of ``rpm_idle()``, ``rpm_suspend()`` and
``rpm_resume()`` (``drivers/base/power/runtime.c``).

Tests: ``tests/kernel/test_runtime_pm.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from irqlab.kernel.errno import EACCES, EAGAIN, EBUSY, EINPROGRESS, EINVAL
from irqlab.kernel.pm.power import (
    ACTIVE,
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
    autosuspend_expiration,
    cancel_pending,
    check_suspend_allowed,
    children_dec_floor,
    children_inc,
    mark_busy,
    queue_request,
    set_status,
    setup,
    state,
)
from irqlab.state import atomic

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel

PmCallback = Callable[..., int]

#: What a first look (one atomic step) tells the rest to do; an ``int`` is the value to return.
WAIT, CALL, RESUME_PARENT = "wait", "call", "resume parent"
#: No callback to run; the second: its parent was left alone and counts it already.
SKIP_CALLBACK, SKIP_PARENT = "no callback", "no callback, parent left alone"


@atomic
def idle_look(k: Kernel, dev: Device) -> int:
    """The tests of ``rpm_idle()``; 0 clears the pending request."""
    retval = check_suspend_allowed(k, dev)
    if retval < 0:
        return retval
    machine = state(dev)
    if machine.status != ACTIVE:
        return -EAGAIN
    if machine.request_pending and machine.request > REQ_IDLE:
        return -EAGAIN
    if machine.idle_notification:
        return -EINPROGRESS
    machine.request = REQ_NONE
    return 0


@atomic
def idle_callback(k: Kernel, dev: Device) -> PmCallback | None:
    """``->runtime_idle()``."""
    return None if setup(dev).no_callbacks else rpm_get_callback(k, dev, "runtime_idle")


@atomic
def set_idle_notification(k: Kernel, dev: Device, value: bool) -> None:
    """``power.idle_notification``."""
    state(dev).idle_notification = value


@atomic
def suspend_look(k: Kernel, dev: Device, flags: int) -> int | str:
    """``rpm_suspend()`` up to its callback: what to return, or what to do."""
    retval = check_suspend_allowed(k, dev)
    if retval < 0:
        return retval
    machine = state(dev)
    if machine.status == RESUMING and not flags & RPM_ASYNC:
        return -EAGAIN
    if retval:
        return retval
    if flags & RPM_AUTO and machine.status != SUSPENDING and autosuspend_expiration(k, dev):
        machine.request = REQ_NONE
        machine.timer = True
        return 0
    cancel_pending(k, dev)
    if machine.status == SUSPENDING:
        return -EINPROGRESS if flags & (RPM_ASYNC | RPM_NOWAIT) else WAIT
    if setup(dev).no_callbacks:
        return SKIP_CALLBACK
    if flags & RPM_ASYNC:
        queue_request(k, dev, REQ_AUTOSUSPEND if flags & RPM_AUTO else REQ_SUSPEND)
        return 0
    set_status(k, dev, SUSPENDING)
    return CALL


@atomic
def suspended(k: Kernel, dev: Device) -> bool:
    """The suspend succeeded; whether somebody wants the device back already."""
    machine = state(dev)
    set_status(k, dev, SUSPENDED)
    machine.timer = False
    if dev.parent is not None:
        children_dec_floor(k, dev.parent)
    deferred, machine.deferred_resume = machine.deferred_resume, False
    return deferred


@atomic
def suspend_failed(k: Kernel, dev: Device, retval: int, flags: int) -> bool:
    """The callback refused; whether to try again because the delay was renewed meanwhile."""
    machine = state(dev)
    set_status(k, dev, ACTIVE)
    machine.deferred_resume = False
    if retval not in (-EAGAIN, -EBUSY):
        cancel_pending(k, dev)
        return False
    machine.runtime_error = 0
    return bool(flags & RPM_AUTO) and autosuspend_expiration(k, dev)


@atomic
def parent_to_idle(k: Kernel, dev: Device) -> Device | None:
    """The parent, if a suspended child may let it go idle."""
    parent = dev.parent
    return None if parent is None or setup(parent).ignore_children else parent


@atomic
def resume_look(k: Kernel, dev: Device, flags: int, parent_held: bool) -> int | str:
    """``rpm_resume()`` up to its callback: what to return, or what to do."""
    machine, settings = state(dev), setup(dev)
    if machine.runtime_error:
        return -EINVAL
    if settings.disable_depth > 0:
        return 1 if machine.status == ACTIVE and settings.last_status == ACTIVE else -EACCES
    machine.request = REQ_NONE  # an autosuspend timer is left to run out
    if machine.status == ACTIVE:
        return 1
    if machine.status in (RESUMING, SUSPENDING):
        if not flags & (RPM_ASYNC | RPM_NOWAIT):
            return WAIT
        if machine.status == RESUMING:
            return -EINPROGRESS
        machine.deferred_resume = True
        return -EINPROGRESS if flags & RPM_NOWAIT else 0
    parent = dev.parent if not parent_held else None
    if settings.no_callbacks and parent is not None:
        above = setup(parent)
        if above.disable_depth > 0 or above.ignore_children or state(parent).status == ACTIVE:
            children_inc(k, parent)
            return SKIP_PARENT
    if flags & RPM_ASYNC:
        queue_request(k, dev, REQ_RESUME)
        return 0
    if parent is not None and not settings.irq_safe:
        return RESUME_PARENT
    return SKIP_CALLBACK if settings.no_callbacks else CALL


@atomic
def may_resume(k: Kernel, dev: Device) -> bool:
    """Whether a child resumes this parent."""
    settings = setup(dev)
    return not settings.disable_depth and not settings.ignore_children


@atomic
def parent_of(k: Kernel, dev: Device) -> Device | None:
    """``dev->parent``."""
    return dev.parent


@atomic
def resumed(k: Kernel, dev: Device, parent: Device | None) -> None:
    """The resume succeeded; ``parent`` counts one more active child."""
    set_status(k, dev, ACTIVE)
    mark_busy(k, dev)
    if parent is not None:
        children_inc(k, parent)


@atomic
def irq_safe_parent(k: Kernel, dev: Device) -> Device | None:
    """The parent of an irq-safe device: never resumed with it (it is kept active for good), but its child is counted."""
    return dev.parent if setup(dev).irq_safe else None


@atomic
def resume_failed(k: Kernel, dev: Device) -> None:
    """The callback refused."""
    set_status(k, dev, SUSPENDED)
    cancel_pending(k, dev)


@atomic
def uses_links(k: Kernel, dev: Device) -> bool:
    """``power.links_count > 0``."""
    return setup(dev).links_count > 0


@atomic
def set_error(k: Kernel, dev: Device, error: int) -> None:
    """``power.runtime_error``."""
    state(dev).runtime_error = error


@atomic
def resume_may_sleep(k: Kernel, dev: Device, flags: int) -> bool:
    """The condition of ``might_sleep_if()`` in ``__pm_runtime_resume()``."""
    return not flags & RPM_ASYNC and not setup(dev).irq_safe and state(dev).status != ACTIVE


@atomic
def rpm_get_callback(k: Kernel, dev: Device, which: str) -> PmCallback | None:
    """``RPM_GET_CALLBACK()``: the power domain's operation if the device is in one, else the driver's.

    The platform bus stands between: ``pm_generic_runtime_suspend()`` returns 0 for a driver without the callback.
    """
    if dev.pm_domain is not None and which in ("runtime_suspend", "runtime_resume"):
        from irqlab.kernel.pm.domain import genpd_runtime_resume, genpd_runtime_suspend

        return genpd_runtime_suspend if which == "runtime_suspend" else genpd_runtime_resume
    return dev.driver_op(which)
