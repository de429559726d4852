"""The machine room of runtime PM: rpm_idle(), rpm_suspend(), rpm_resume() (``drivers/base/power/runtime.c``).

6.1.192 and 6.12.117 agree in everything here.  The functions are called with ``dev->power.lock`` held and interrupts
off; around a callback of a device that is not irq-safe they let go of the lock with ``spin_unlock_irq()``, which turns
interrupts **on** whatever the caller had.  That is the kernel's behaviour and the source of rule ``irqs-enabled``.

Public functions for drivers are in :mod:`irqlab.kernel.pm.runtime`.

Tests: ``tests/kernel/test_runtime_pm.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import might_sleep, spin_until, wait_event
from irqlab.kernel.core import core
from irqlab.kernel.device_link import DeviceLink, pm_suppliers, supplier_links
from irqlab.kernel.errno import EACCES, EAGAIN, EBUSY, EIO, ENOSYS
from irqlab.kernel.locking import irqsave, spin, spin_lock, spin_unlock
from irqlab.kernel.pm.look import (
    CALL,
    RESUME_PARENT,
    SKIP_PARENT,
    WAIT,
    PmCallback,
    idle_callback,
    idle_look,
    irq_safe_parent,
    may_resume,
    parent_of,
    parent_to_idle,
    resume_failed,
    resume_look,
    resume_may_sleep,
    resumed,
    rpm_get_callback,
    set_error,
    set_idle_notification,
    suspend_failed,
    suspend_look,
    suspended,
    uses_links,
)
from irqlab.kernel.pm.power import (
    ACTIVE,
    REQ_IDLE,
    RESUMING,
    RPM_ASYNC,
    RPM_AUTO,
    RPM_GET_PUT,
    SUSPENDING,
    irq_safe,
    power_lock,
    queue_request,
    rpm_drop_usage_count,
    set_status,
    state,
    status_of,
    usage,
    usage_dec_floor,
    usage_inc,
)
from irqlab.kernel.pm.wakeirq import (
    dev_pm_disable_wake_irq_check,
    dev_pm_enable_wake_irq_check,
    dev_pm_enable_wake_irq_complete,
)
from irqlab.state import atomic, kernel, static_name

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


def call_back(k: Kernel, dev: Device, callback: PmCallback | None) -> int:
    """``callback ? callback(dev) : 0``, told in the trace."""
    if callback is None:
        return 0
    k.world.trace("pm_callback", device=dev.name, callback=static_name(callback))
    return callback(k, dev)


# -- suppliers -------------------------------------------------------------------------------------------------


@kernel
def rpm_get_suppliers(k: Kernel, dev: Device) -> int:
    """``rpm_get_suppliers()``: each supplier is resumed and referenced; one with runtime PM disabled counts as resumed."""
    for link in pm_suppliers(k, dev):
        error = pm_runtime_resume_flags(k, link.supplier, RPM_GET_PUT)
        if error < 0 and error != -EACCES:
            usage_dec_floor(k, link.supplier)
            return error
        _link_hold(k, link)
    return 0


@atomic
def _link_hold(k: Kernel, link: DeviceLink) -> None:
    link.rpm_active += 1


@atomic
def pm_runtime_release_supplier(k: Kernel, link: DeviceLink) -> None:
    """``pm_runtime_release_supplier()``: gives back every reference the link holds; nobody is told."""
    counters = usage(link.supplier)
    while link.rpm_active:
        link.rpm_active -= 1
        if counters.usage_count <= 0:
            return
        usage_dec_floor(k, link.supplier)


@kernel
def rpm_put_suppliers(k: Kernel, dev: Device, try_to_suspend: bool = True) -> None:
    """``__rpm_put_suppliers()``."""
    for link in supplier_links(k, dev):
        pm_runtime_release_supplier(k, link)
        if try_to_suspend:
            pm_runtime_idle_flags(k, link.supplier, RPM_ASYNC)


@kernel
def rpm_suspend_suppliers(k: Kernel, dev: Device) -> None:
    """``rpm_suspend_suppliers()``: perhaps they can suspend now."""
    for link in supplier_links(k, dev):
        pm_runtime_idle_flags(k, link.supplier, RPM_ASYNC)


# -- callbacks -------------------------------------------------------------------------------------------------


@kernel
def rpm_run_callback(k: Kernel, dev: Device, callback: PmCallback | None) -> int:
    """``__rpm_callback()``: runs a callback with ``power.lock`` dropped.

    For a device that is not irq-safe interrupts are on around it, whatever the caller had.  Suppliers are resumed
    before a resume, and released after a successful suspend or a failed resume.
    """
    lock = power_lock(k, dev)
    if irq_safe(k, dev):
        spin_unlock(k, lock)
        retval = call_back(k, dev, callback)
        spin_lock(k, lock)
        return retval
    links = uses_links(k, dev)
    resuming = status_of(k, dev) == RESUMING  # it cannot change until this function returns
    spin_unlock(k, lock, "irq")
    retval = rpm_get_suppliers(k, dev) if links and resuming else 0
    if retval:
        rpm_put_suppliers(k, dev)
    else:
        retval = call_back(k, dev, callback)
        if links and (bool(retval) if resuming else not retval):
            rpm_put_suppliers(k, dev, False)
    spin_lock(k, lock, "irq")
    return retval


@kernel
def rpm_callback(k: Kernel, dev: Device, callback: PmCallback | None) -> int:
    """``rpm_callback()``: what the callback returned sticks in ``runtime_error``."""
    retval = rpm_run_callback(k, dev, callback)
    set_error(k, dev, retval)
    return -EIO if retval == -EACCES else retval


@kernel
def _wait_transition(k: Kernel, dev: Device, *statuses: str) -> None:
    """Waits, ``power.lock`` dropped, until the status is none of ``statuses``: spins if irq-safe, sleeps otherwise."""
    lock = power_lock(k, dev)
    if irq_safe(k, dev):
        spin_unlock(k, lock)
        spin_until(k, lambda: state(dev).status not in statuses, f"{dev.name} is no longer {' or '.join(statuses)}")
        spin_lock(k, lock)
        return
    spin_unlock(k, lock, "irq")
    wait_event(k, lambda: state(dev).status not in statuses, f"{dev.name} is no longer {' or '.join(statuses)}")
    spin_lock(k, lock, "irq")


# -- idle ------------------------------------------------------------------------------------------------------


@kernel
def rpm_idle(k: Kernel, dev: Device, flags: int) -> int:
    """``rpm_idle()``: asks ``->runtime_idle()``; 0, or no callback at all, goes on to suspend with RPM_AUTO."""
    retval = idle_look(k, dev)
    if retval:
        return retval
    callback = idle_callback(k, dev)
    if callback is not None:
        if flags & RPM_ASYNC:
            queue_request(k, dev, REQ_IDLE)
            return 0
        set_idle_notification(k, dev, True)
        lock = power_lock(k, dev)
        mode: Any = "none" if irq_safe(k, dev) else "irq"
        spin_unlock(k, lock, mode)
        retval = call_back(k, dev, callback)
        spin_lock(k, lock, mode)
        set_idle_notification(k, dev, False)
        if retval:
            return retval
    return rpm_suspend(k, dev, flags | RPM_AUTO)


# -- suspend ---------------------------------------------------------------------------------------------------


@kernel
def rpm_suspend(k: Kernel, dev: Device, flags: int) -> int:
    """``rpm_suspend()``: 0, 1 if it is suspended already, or why not (``-EAGAIN``: in use, or resumed at once)."""
    look = suspend_look(k, dev, flags)
    while look == WAIT:
        _wait_transition(k, dev, SUSPENDING)
        look = suspend_look(k, dev, flags)
    if isinstance(look, int):
        return look
    if look == CALL:
        dev_pm_enable_wake_irq_check(k, dev, True)
        retval = rpm_callback(k, dev, rpm_get_callback(k, dev, "runtime_suspend"))
        if retval:
            dev_pm_disable_wake_irq_check(k, dev, True)
            return rpm_suspend(k, dev, flags) if suspend_failed(k, dev, retval, flags) else retval
        dev_pm_enable_wake_irq_complete(k, dev)
    if suspended(k, dev):
        rpm_resume(k, dev, 0)
        return -EAGAIN
    if irq_safe(k, dev):
        return 0
    lock = power_lock(k, dev)
    parent = parent_to_idle(k, dev)
    if parent is not None:
        spin_unlock(k, lock)
        with spin(k, power_lock(k, parent)):
            rpm_idle(k, parent, RPM_ASYNC)
        spin_lock(k, lock)
    if uses_links(k, dev):
        spin_unlock(k, lock, "irq")
        rpm_suspend_suppliers(k, dev)
        spin_lock(k, lock, "irq")
    return 0


# -- resume ----------------------------------------------------------------------------------------------------


@kernel
def _resume_parent(k: Kernel, dev: Device, parent: Device) -> int:
    """The parent is referenced and resumed, the device's own lock dropped meanwhile."""
    spin_unlock(k, power_lock(k, dev))
    usage_inc(k, parent)
    error = 0
    with spin(k, power_lock(k, parent)):
        if may_resume(k, parent):
            rpm_resume(k, parent, 0)
            if status_of(k, parent) != ACTIVE:
                error = -EBUSY
    spin_lock(k, power_lock(k, dev))
    return error


@kernel
def rpm_resume(k: Kernel, dev: Device, flags: int) -> int:
    """``rpm_resume()``: 0, 1 if it is active already, or why not.  A resume that worked queues an idle notification."""
    parent: Device | None = None
    held = False
    look = resume_look(k, dev, flags, held)
    while look in (WAIT, RESUME_PARENT):
        if look == WAIT:
            _wait_transition(k, dev, RESUMING, SUSPENDING)
        else:
            parent, held = parent_of(k, dev), True
            assert parent is not None
            error = _resume_parent(k, dev, parent)
            if error:
                look = error
                break
        look = resume_look(k, dev, flags, held)
    retval = look if isinstance(look, int) else 0
    if not isinstance(look, int):
        retval = _carry_out_resume(k, dev, look, parent)
    if parent is not None:
        lock = power_lock(k, dev)
        spin_unlock(k, lock, "irq")
        pm_runtime_idle_flags(k, parent, RPM_GET_PUT | RPM_ASYNC)
        spin_lock(k, lock, "irq")
    return retval


@kernel
def _carry_out_resume(k: Kernel, dev: Device, how: str, parent: Device | None) -> int:
    if how == CALL:
        set_status(k, dev, RESUMING)
        dev_pm_disable_wake_irq_check(k, dev, False)
        retval = rpm_callback(k, dev, rpm_get_callback(k, dev, "runtime_resume"))
        if retval:
            resume_failed(k, dev)
            dev_pm_enable_wake_irq_check(k, dev, False)
            if retval < 0:
                return retval
        else:
            resumed(k, dev, parent if parent is not None else irq_safe_parent(k, dev))
    elif how == SKIP_PARENT:  # its child is counted already
        retval = 1
        resumed(k, dev, None)
    else:
        retval = 0
        resumed(k, dev, parent if parent is not None else irq_safe_parent(k, dev))
    rpm_idle(k, dev, RPM_ASYNC)
    return retval


# -- entries ---------------------------------------------------------------------------------------------------


@core
@kernel
def pm_runtime_idle_flags(k: Kernel, dev: Device, flags: int) -> int:
    """``__pm_runtime_idle()``."""
    if not k.config.pm:
        return -ENOSYS
    if flags & RPM_GET_PUT:
        left = rpm_drop_usage_count(k, dev)
        if left:
            return min(left, 0)
    if not flags & RPM_ASYNC and not irq_safe(k, dev):
        might_sleep(k, f"pm_runtime_idle({dev.name})")
    with irqsave(k, power_lock(k, dev)):
        return rpm_idle(k, dev, flags)


@core
@kernel
def pm_runtime_suspend_flags(k: Kernel, dev: Device, flags: int) -> int:
    """``__pm_runtime_suspend()``."""
    if not k.config.pm:
        return -ENOSYS
    if flags & RPM_GET_PUT:
        left = rpm_drop_usage_count(k, dev)
        if left:
            return min(left, 0)
    if not flags & RPM_ASYNC and not irq_safe(k, dev):
        might_sleep(k, f"pm_runtime_suspend({dev.name})")
    with irqsave(k, power_lock(k, dev)):
        return rpm_suspend(k, dev, flags)


@core
@kernel
def pm_runtime_resume_flags(k: Kernel, dev: Device, flags: int) -> int:
    """``__pm_runtime_resume()``: the reference is taken *even if the resume fails*; an active device does not sleep."""
    if not k.config.pm:
        return 1
    if resume_may_sleep(k, dev, flags):
        might_sleep(k, f"pm_runtime_resume({dev.name})")
    if flags & RPM_GET_PUT:
        usage_inc(k, dev)
    with irqsave(k, power_lock(k, dev)):
        return rpm_resume(k, dev, flags)
