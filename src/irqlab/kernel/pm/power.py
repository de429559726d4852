"""``struct dev_pm_info``: what runtime PM keeps of a device, and its smallest steps (``include/linux/pm.h``).

Three Records a device, split along who reads them: :class:`RpmUsage` (every get and put), :class:`RpmState` (what the
state machine moves) and :class:`RpmSetup` (what a driver sets once, and what PM-disabling sections change).

Time is no number.  ``last_busy`` says that the autosuspend delay has not run out since the device was last busy; it
runs out when the timer fires (:func:`~irqlab.kernel.pm.runtime.pm_suspend_timer_fn`) or unseen
(:func:`~irqlab.kernel.pm.runtime.autosuspend_delay_expires`).  A delay is its sign: 1, 0 or -1 (forbids).

Everything here is ``@atomic``: no schedule point, one answer in a continuation's log.

Tests: ``tests/kernel/test_runtime_pm.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.core import core
from irqlab.kernel.errno import EACCES, EAGAIN, EBUSY, EINVAL
from irqlab.kernel.locking import SpinLock
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel

#: ``enum rpm_status``
INVALID, BLOCKED, ACTIVE, RESUMING, SUSPENDED, SUSPENDING = "invalid", "blocked", "active", "resuming", "suspended", "suspending"

#: ``enum rpm_request``; the order is the kernel's and is compared.
REQ_NONE, REQ_IDLE, REQ_SUSPEND, REQ_AUTOSUSPEND, REQ_RESUME = range(5)
REQUEST_NAMES = ("none", "idle", "suspend", "autosuspend", "resume")

#: Flags of the ``__pm_runtime_*()`` entries.
RPM_ASYNC, RPM_NOWAIT, RPM_GET_PUT, RPM_AUTO = 1, 2, 4, 8


class RpmUsage(Record):
    """The two atomic counters.  Key: the device's name."""

    usage_count: int = 0
    #: Children that are not suspended.
    child_count: int = 0


class RpmState(Record):
    """What the state machine moves.  Key: the device's name."""

    status: str = SUSPENDED
    request: int = REQ_NONE
    request_pending: bool = False
    #: ``power.work`` is on ``pm_wq``.
    queued: bool = False
    #: The autosuspend timer is armed.
    timer: bool = False
    last_busy: bool = False
    deferred_resume: bool = False
    idle_notification: bool = False
    runtime_error: int = 0


class WakeIrq(Record):
    """``struct wake_irq`` (``wakeirq.py``).  Key: the device's name and a number."""

    irq: int
    #: ``WAKE_IRQ_DEDICATED_ALLOCATED``, ``_MANAGED``, ``_REVERSE``, ``_ENABLED``.
    dedicated: bool = False
    managed: bool = False
    reverse: bool = False
    enabled: bool = False

    @property
    def dev(self) -> Device:
        """The device it wakes."""
        from irqlab.kernel.device import Device

        return self.world.at(Device, self.key[0])


class WakeupSource(Record):
    """``struct wakeup_source`` of a device (``wakeup.py``).  Key: the device's name and a number."""

    wakeirq: WakeIrq | None = None


class RpmSetup(Record):
    """What drivers and PM transitions set.  Key: the device's name."""

    disable_depth: int = 1
    #: The status when runtime PM was disabled last; ``invalid`` while it is enabled.
    last_status: str = INVALID
    irq_safe: bool = False
    ignore_children: bool = False
    no_callbacks: bool = False
    use_autosuspend: bool = False
    autosuspend_delay: int = 0
    #: ``power.runtime_auto``: user space allows runtime PM (``power/control`` is ``auto``).
    auto: bool = True
    needs_force_resume: bool = False
    #: Device links with ``DL_FLAG_PM_RUNTIME`` that end here.
    links_count: int = 0
    #: The device can wake the system, and has what counts its wakeup events; its wake irq.
    can_wakeup: bool = False
    wakeup: WakeupSource | None = None
    wakeirq: WakeIrq | None = None


def usage(dev: Device) -> RpmUsage:
    """The device's counters."""
    return dev.world.at(RpmUsage, dev.name)


def state(dev: Device) -> RpmState:
    """The device's state machine."""
    return dev.world.at(RpmState, dev.name)


def setup(dev: Device) -> RpmSetup:
    """The device's settings."""
    return dev.world.at(RpmSetup, dev.name)


def power_lock(k: Kernel, dev: Device) -> SpinLock:
    """``dev->power.lock``, a ``spinlock_t``."""
    lock = k.lock(SpinLock, f"{dev.name} power.lock")
    assert isinstance(lock, SpinLock)
    return lock


@core
@atomic
def pm_runtime_init(k: Kernel, dev: Device) -> None:
    """``pm_runtime_init()``: suspended, disabled once, nobody uses it."""
    new_power(k, dev)


@atomic
def new_power(k: Kernel, dev: Device) -> None:
    """What is kept of a device."""
    k.world.new(RpmUsage, dev.name)
    k.world.new(RpmState, dev.name)
    k.world.new(RpmSetup, dev.name)


# -- counters --------------------------------------------------------------------------------------------------


@atomic
def usage_inc(k: Kernel, dev: Device) -> None:
    """``atomic_inc(&dev->power.usage_count)``."""
    counters = usage(dev)
    counters.usage_count += 1
    k.world.trace("rpm_usage", device=dev.name, usage=counters.usage_count)


@atomic
def usage_dec_floor(k: Kernel, dev: Device) -> None:
    """``atomic_add_unless(&dev->power.usage_count, -1, 0)``: the kernel says nothing at 0; the rules hear of it."""
    counters = usage(dev)
    if counters.usage_count == 0:
        k.signal("pm-reference-underflow", what="usage count", device=dev.name, silent=True)
        return
    counters.usage_count -= 1
    k.world.trace("rpm_usage", device=dev.name, usage=counters.usage_count)


@atomic
def usage_dec(k: Kernel, dev: Device) -> None:
    """``atomic_dec(&dev->power.usage_count)``: also below 0, of which the rules hear."""
    counters = usage(dev)
    if counters.usage_count <= 0:
        k.signal("pm-reference-underflow", what="usage count", device=dev.name, silent=True)
    counters.usage_count -= 1
    k.world.trace("rpm_usage", device=dev.name, usage=counters.usage_count)


@atomic
def rpm_drop_usage_count(k: Kernel, dev: Device) -> int:
    """``rpm_drop_usage_count()``: the new count, or -EINVAL with the count left as it is: 0, or less."""
    counters = usage(dev)
    if counters.usage_count <= 0:
        text = f"{dev.name}: Runtime PM usage count underflow!"
        k.signal("pm-reference-underflow", what="usage count", device=dev.name, silent=False, text=text)
        return -EINVAL
    counters.usage_count -= 1
    k.world.trace("rpm_usage", device=dev.name, usage=counters.usage_count)
    return counters.usage_count


@atomic
def children_inc(k: Kernel, dev: Device) -> None:
    """``atomic_inc(&dev->power.child_count)``."""
    usage(dev).child_count += 1


@atomic
def children_dec_floor(k: Kernel, dev: Device) -> None:
    """``atomic_add_unless(&dev->power.child_count, -1, 0)``."""
    counters = usage(dev)
    if counters.child_count:
        counters.child_count -= 1


# -- status and requests ---------------------------------------------------------------------------------------


@atomic
def set_status(k: Kernel, dev: Device, status: str) -> None:
    """``__update_runtime_status()``."""
    k.world.trace("rpm_status", device=dev.name, status=status)
    state(dev).status = status


@atomic
def status_of(k: Kernel, dev: Device) -> str:
    """``dev->power.runtime_status``."""
    return state(dev).status


@atomic
def irq_safe(k: Kernel, dev: Device) -> bool:
    """``dev->power.irq_safe``."""
    return setup(dev).irq_safe


@atomic
def queue_request(k: Kernel, dev: Device, request: int) -> None:
    """Sets ``power.request`` and puts ``power.work`` on ``pm_wq``."""
    machine = state(dev)
    machine.request = request
    if not machine.request_pending:
        machine.request_pending = machine.queued = True
    k.world.trace("rpm_request", device=dev.name, request=REQUEST_NAMES[request])


@atomic
def cancel_pending(k: Kernel, dev: Device) -> None:
    """``pm_runtime_cancel_pending()``: the timer is off and the queued work will find nothing to do."""
    machine = state(dev)
    machine.timer = False
    machine.request = REQ_NONE


@atomic
def resume_requested(k: Kernel, dev: Device) -> bool:
    """A resume request is pending."""
    machine = state(dev)
    return machine.request_pending and machine.request == REQ_RESUME


@atomic
def mark_busy(k: Kernel, dev: Device) -> None:
    """``pm_runtime_mark_last_busy()``; kept only where an autosuspend delay looks at it."""
    settings = setup(dev)
    if settings.use_autosuspend and settings.autosuspend_delay > 0:
        state(dev).last_busy = True


@atomic
def autosuspend_expiration(k: Kernel, dev: Device) -> bool:
    """``pm_runtime_autosuspend_expiration() != 0``: the delay is in use and has not run out."""
    settings = setup(dev)
    return settings.use_autosuspend and settings.autosuspend_delay > 0 and state(dev).last_busy


@atomic
def check_suspend_allowed(k: Kernel, dev: Device) -> int:
    """``rpm_check_suspend_allowed()``; the resume-latency QoS is not modelled (no ``-EPERM``)."""
    machine, settings, counters = state(dev), setup(dev), usage(dev)
    if machine.runtime_error:
        return -EINVAL
    if settings.disable_depth > 0:
        return -EACCES
    if counters.usage_count:
        return -EAGAIN
    if not settings.ignore_children and counters.child_count:
        return -EBUSY
    if machine.deferred_resume and machine.status == SUSPENDING:
        return -EAGAIN
    if machine.request_pending and machine.request == REQ_RESUME:
        return -EAGAIN
    return int(machine.status == SUSPENDED)
