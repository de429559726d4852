"""The devices of the Python kernel's side: runtime PM, links, wakeup, and their time (devices.c has the same of them)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from irqlab.conform.script import power_callback
from irqlab.conform.side import DEVICES
from irqlab.conform.step import LINKS, POWER
from irqlab.kernel.device import Device, DevPmOps, Driver, device_link_add, device_link_del
from irqlab.kernel.device_link import DeviceLink
from irqlab.kernel.errno import EEXIST, EIO, ENOENT
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.pm import control, force, runtime, wakeirq, wakeup
from irqlab.kernel.pm import power as powers
from irqlab.kernel.pm.power import ACTIVE, REQ_NONE, RESUMING, SUSPENDED, SUSPENDING, RpmSetup, WakeIrq
from irqlab.kernel.pm.rpm import pm_runtime_idle_flags
from irqlab.state import atomic, kernel

#: ``enum rpm_status`` by its numbers.
_STATUS = {ACTIVE: 0, RESUMING: 1, SUSPENDED: 2, SUSPENDING: 3, "blocked": 4, "invalid": -1}


def device(k: Kernel, number: int) -> Device:
    """A device by its number."""
    return k.world.at(Device, f"d{number}")


def nothing(function: Callable[..., Any]) -> Callable[..., int]:
    """An operation that returns nothing."""

    def run(k: Kernel, *args: int) -> int:
        function(k, *args)
        return 0

    return run


@kernel
def runtime_suspend(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_suspend", int(dev.name[1:]))


@kernel
def runtime_resume(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_resume", int(dev.name[1:]))


@kernel
def runtime_idle(k: Kernel, dev: Device) -> int:
    return power_callback(k, "runtime_idle", int(dev.name[1:]))


PLAIN = Driver("plain", pm=DevPmOps("plain", runtime_suspend=runtime_suspend, runtime_resume=runtime_resume))
ASKED = Driver(
    "asked", pm=DevPmOps("asked", runtime_suspend=runtime_suspend, runtime_resume=runtime_resume, runtime_idle=runtime_idle)
)


# -- runtime PM and its time ---------------------------------------------------------------------------------------------


def _power(k: Kernel, number: int, what: int) -> int:
    dev = device(k, number)
    name = POWER[what]
    match name:
        case "set_active" | "set_suspended" | "enable" | "disable" | "barrier":
            function = getattr(control, f"pm_runtime_{name}")
        case "request_idle" | "request_resume":
            function = getattr(runtime, f"pm_{name}")
        case "idle":
            return pm_runtime_idle_flags(k, dev, 0)
        case "delay_100" | "delay_0" | "delay_never":
            delay = {"delay_100": 1, "delay_0": 0, "delay_never": -1}[name]
            runtime.pm_runtime_set_autosuspend_delay(k, dev, delay)
            return 0
        case "block_if_disabled" | "unblock":
            function = getattr(control, f"pm_runtime_{name}")
        case "active" | "suspended" | "status_suspended" | "enabled" | "get_suppliers" | "put_suppliers" | "reinit":
            function = getattr(force, f"pm_runtime_{name}")
        case "ignore_children" | "heed_children":
            runtime.pm_suspend_ignore_children(k, dev, name == "ignore_children")
            return 0
        case "force_suspend" | "force_resume":
            function = getattr(force, f"pm_runtime_{name}")
        case _:
            function = getattr(runtime, f"pm_runtime_{name}")
    return int(function(k, dev) or 0)


def _pm_work(k: Kernel, number: int) -> int:
    dev = device(k, number)
    if not control.work_pending(k, dev):
        return 0
    control.pm_runtime_work(k, dev)
    return 1


def _timer(k: Kernel, number: int) -> int:
    dev = device(k, number)
    if not control.timer_armed(k, dev):
        return 0
    control.pm_suspend_timer_fn(k, dev)
    return 1


def _delay(k: Kernel, number: int) -> int:
    dev = device(k, number)
    if not control.delay_running(k, dev):
        return 0
    control.autosuspend_delay_expires(k, dev)
    return 1


# -- links and wakeup ----------------------------------------------------------------------------------------------------


def _link(k: Kernel, number: int, consumer: int, supplier: int, how: int) -> int:
    ends = (device(k, consumer), device(k, supplier))
    if _link_at(k, number).exists:
        return -EEXIST
    if how == 3 and runtime.pm_runtime_get_sync(k, ends[1]) < 0:
        runtime.pm_runtime_put_noidle(k, ends[1])
        return -EIO
    device_link_add(k, *ends, bool(how & 1))
    if how == 3:
        _hold(_link_at(k, number))
    return 0


@atomic
def _hold(link: DeviceLink) -> None:
    """``DL_FLAG_RPM_ACTIVE``."""
    link.rpm_active += 1


@atomic
def _link_at(k: Kernel, number: int) -> DeviceLink:
    consumer, supplier = LINKS[number]
    return k.world.at(DeviceLink, f"d{consumer}", f"d{supplier}")


def _unlink(k: Kernel, number: int) -> int:
    link = _link_at(k, number)
    if not link.exists:
        return -ENOENT
    device_link_del(k, link)
    return 0


def _wake_irq(k: Kernel, irq: int, number: int, how: int) -> int:
    dev = device(k, number)
    match how:
        case 0:
            return wakeirq.dev_pm_set_wake_irq(k, dev, irq)
        case 1:
            return wakeirq.dev_pm_set_dedicated_wake_irq(k, dev, irq)
    return wakeirq.dev_pm_set_dedicated_wake_irq_reverse(k, dev, irq)


def _clear_wake_irq(k: Kernel, number: int) -> None:
    wakeirq.dev_pm_clear_wake_irq(k, device(k, number))


def _wakeup(k: Kernel, number: int, what: int) -> int:
    dev = device(k, number)
    match what:
        case 0 | 1:
            wakeup.device_set_wakeup_capable(k, dev, bool(what))
        case 2 | 3:
            return wakeup.device_set_wakeup_enable(k, dev, what == 3)
        case 4 | 5:
            return wakeup.device_init_wakeup(k, dev, what == 5)
        case _:
            wakeup.pm_wakeup_event(k, dev)
    return 0


OPERATIONS: dict[str, Callable[..., int]] = {
    "pm": _power,
    "pm_work": _pm_work,
    "timer": _timer,
    "delay": _delay,
    "link": _link,
    "unlink": _unlink,
    "wake_irq": _wake_irq,
    "clear_wake_irq": nothing(_clear_wake_irq),
    "wakeup": _wakeup,
    "arm": nothing(wakeup.device_wakeup_arm_wake_irqs),
    "disarm": nothing(wakeup.device_wakeup_disarm_wake_irqs),
}


# -- what is believed of them ----------------------------------------------------------------------------------------------


def seen(k: Kernel) -> Iterator[tuple[str, str]]:
    """What each device and each link is."""
    for number in range(DEVICES):
        dev = device(k, number)
        usage, machine, made = powers.usage(dev), powers.state(dev), powers.setup(dev)
        request = machine.request if machine.request_pending else REQ_NONE
        yield (
            f"device {number}",
            f"usage={usage.usage_count} children={usage.child_count} disabled={made.disable_depth} "
            f"status={_STATUS[machine.status]} error={machine.runtime_error} request={request} "
            f"deferred={int(machine.deferred_resume)} last={_STATUS[made.last_status]} "
            f"idle={int(machine.idle_notification)} timer={int(machine.timer)} "
            f"busy={int(powers.autosuspend_expiration(k, dev))} links={made.links_count} "
            f"wakeirq={_wake_irq_of(made.wakeirq):#x} wakeup={_wakeup_of(made, wakeup.device_may_wakeup(k, dev))} "
            f"forced={int(made.needs_force_resume)} auto={int(made.auto)}",
        )
    for number in range(len(LINKS)):
        link = _link_at(k, number)
        state = f"active={link.rpm_active} preactivated={int(link.supplier_preactivated)}" if link.exists else "none"
        yield f"link {number}", state


def _wake_irq_of(wirq: WakeIrq | None) -> int:
    """``0x100 | wirq->status``."""
    if wirq is None:
        return 0
    return 0x100 | wirq.dedicated | wirq.managed << 1 | wirq.reverse << 2 | wirq.enabled << 3


def _wakeup_of(made: RpmSetup, may: bool) -> int:
    """Whether a device may wake the system, can, has a source with a wake irq, has a source."""
    attached = made.wakeup is not None and made.wakeup.wakeirq is not None
    return may << 3 | made.can_wakeup << 2 | attached << 1 | (made.wakeup is not None)
