"""``struct device`` and ``struct device_link`` as the tree's own runtime PM sees them: the Records of the kernel in Python.

The driver core is Python, so devices and links are its Records, mirrored field by field; what ``runtime.c`` alone looks
into is kept for it.  Time stands still: a device was busy *now* or long ago (:class:`~irqlab.kernel.pm.power.RpmState`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from irqlab.errors import GuestError
from irqlab.guest import kept
from irqlab.guest.devices import device_at, device_pointer
from irqlab.guest.mirror import REGION, Field, Mirror
from irqlab.guest.regions import DEVICE, LINK
from irqlab.kernel.device import Device
from irqlab.kernel.device_link import DeviceLink, links_in_order
from irqlab.kernel.locking import Lock
from irqlab.kernel.pm.power import (
    ACTIVE,
    BLOCKED,
    INVALID,
    REQUEST_NAMES,
    RESUMING,
    SUSPENDED,
    SUSPENDING,
    RpmSetup,
    RpmState,
    RpmUsage,
    power_lock,
)

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: ``enum rpm_status``; ``RPM_BLOCKED`` came with the switch ``rpm-block-in-sleep``.
STATUS = {ACTIVE: 0, RESUMING: 1, SUSPENDED: 2, SUSPENDING: 3, INVALID: -1, BLOCKED: 4}
_NAMES = {number: name for name, number in STATUS.items()}

#: ``DL_FLAG_PM_RUNTIME``.
_PM_RUNTIME = 4

#: What the clock shows, in nanoseconds; whatever was long ago was at 0.
NOW = 1 << 40

#: Bytes between two links of the mirror.
_LINK = 0x400

Holder = type[RpmUsage] | type[RpmState] | type[RpmSetup]


def _ignore(g: Guest, record: Any, value: int) -> None:
    """What is written there is the same for ever."""


def _number(path: str, holder: Holder, name: str, bits: int = 32, told: str = "") -> Field:
    """A number of a Record; ``told``: the event a change is in a trace."""

    def get(g: Guest, dev: Device) -> int:
        return int(getattr(g.world.at(holder, dev.name), name))

    def put(g: Guest, dev: Device, value: int) -> None:
        record, new = g.world.at(holder, dev.name), value - (1 << bits) if value >> bits - 1 else value
        if getattr(record, name) != new:
            setattr(record, name, new)
            if told:
                g.world.trace(told, device=dev.name, usage=new)

    return Field(path, get, put)


def _flag(path: str, holder: Holder, name: str) -> Field:
    """A bit of a Record."""

    def get(g: Guest, dev: Device) -> int:
        return int(getattr(g.world.at(holder, dev.name), name))

    def put(g: Guest, dev: Device, value: int) -> None:
        record = g.world.at(holder, dev.name)
        if getattr(record, name) is not bool(value):
            setattr(record, name, bool(value))

    return Field(path, get, put)


def _depth(path: str) -> Field:
    """``disable_depth``: a bit field of three bits, without a sign."""

    def put(g: Guest, dev: Device, value: int) -> None:
        g.world.at(RpmSetup, dev.name).disable_depth = value

    return Field(path, lambda g, dev: g.world.at(RpmSetup, dev.name).disable_depth, put)


def _status(path: str, holder: type[RpmState] | type[RpmSetup], name: str) -> Field:
    def get(g: Guest, dev: Device) -> int:
        return STATUS[getattr(g.world.at(holder, dev.name), name)]

    def put(g: Guest, dev: Device, value: int) -> None:
        record, new = g.world.at(holder, dev.name), _NAMES[value - (1 << 32) if value >> 31 else value]
        if getattr(record, name) != new:
            setattr(record, name, new)
            if name == "status":
                g.world.trace("rpm_status", device=dev.name, status=new)

    return Field(path, get, put)


def _get_request(g: Guest, dev: Device) -> int:
    return g.world.at(RpmState, dev.name).request


def _set_request(g: Guest, dev: Device, value: int) -> None:
    machine = g.world.at(RpmState, dev.name)
    if machine.request != value:
        machine.request = value
        g.world.trace("rpm_request", device=dev.name, request=REQUEST_NAMES[value])


def _get_busy(g: Guest, dev: Device) -> int:
    return NOW if g.world.at(RpmState, dev.name).last_busy else 0


def _set_busy(g: Guest, dev: Device, value: int) -> None:
    """Kept only where an autosuspend delay looks at it."""
    settings = g.world.at(RpmSetup, dev.name)
    busy = bool(value) and settings.use_autosuspend and settings.autosuspend_delay > 0
    machine = g.world.at(RpmState, dev.name)
    if machine.last_busy is not busy:
        machine.last_busy = busy


def _set_expires(g: Guest, dev: Device, value: int) -> None:
    """When the timer is due is not looked at, only whether it is."""
    kept.keep(g.k, "device", "power.timer_expires", dev, int(bool(value)))


#: Of ``struct dev_pm_info``.
_POWER = (
    _number("power.usage_count", RpmUsage, "usage_count", told="rpm_usage"),
    _number("power.child_count", RpmUsage, "child_count"),
    _depth("power.disable_depth"),
    _status("power.runtime_status", RpmState, "status"),
    _status("power.last_status", RpmSetup, "last_status"),
    Field("power.request", _get_request, _set_request),
    _flag("power.request_pending", RpmState, "request_pending"),
    _flag("power.deferred_resume", RpmState, "deferred_resume"),
    _flag("power.idle_notification", RpmState, "idle_notification"),
    _number("power.runtime_error", RpmState, "runtime_error"),
    _flag("power.irq_safe", RpmSetup, "irq_safe"),
    _flag("power.ignore_children", RpmSetup, "ignore_children"),
    _flag("power.no_callbacks", RpmSetup, "no_callbacks"),
    _flag("power.use_autosuspend", RpmSetup, "use_autosuspend"),
    _flag("power.runtime_auto", RpmSetup, "auto"),
    _flag("power.needs_force_resume", RpmSetup, "needs_force_resume"),
    _number("power.links_count", RpmSetup, "links_count"),
    _number("power.autosuspend_delay", RpmSetup, "autosuspend_delay"),
    Field("power.last_busy", _get_busy, _set_busy),
    Field("power.timer_expires", lambda g, dev: kept.value(g.k, "device", "power.timer_expires", dev), _set_expires),
    *(Field(f"power.{name}", lambda g, dev: 0, _ignore) for name in ("active_time", "suspended_time", "accounting_timestamp")),
    Field("power.lock", lambda g, dev: 0, _ignore),
    Field("power.subsys_data", lambda g, dev: 0),
    Field("power.memalloc_noio", lambda g, dev: 0),
)

#: What only ``runtime.c`` looks into.
_KEPT = (
    *("power.timer_autosuspends", "power.wakeirq", "power.suspend_timer.function", "power.work.data", "power.work.func"),
    *("power.work.entry.next", "power.work.entry.prev", "power.wait_queue.lock", "power.wait_queue.head.next"),
    "power.wait_queue.head.prev",
)


# -- around it ---------------------------------------------------------------------------------------------------------


def _symbol(name: str, where: Callable[[Guest, Device], bool]) -> Callable[[Guest, Device], int]:
    return lambda g, dev: g.image.symbols[name] if where(g, dev) else 0


def _driver(g: Guest, dev: Device) -> int:
    """``dev->driver``: in the driver's own ``struct platform_driver``; one in Python has no runtime callbacks."""
    from irqlab.guest.platform import driver_address

    address = driver_address(g, dev)
    if address:
        return address + g.image.types.offset("platform_driver", "driver")
    if dev.driver is None:
        return 0
    if dev.driver_op("runtime_suspend") or dev.driver_op("runtime_resume") or dev.driver_op("runtime_idle"):
        g.unknown(f"runtime callbacks of {dev.driver.name}, a driver in Python, under the tree's own core")
    return g.image.symbols["irqlab_driver"]


def _head(g: Guest, dev: Device, which: str) -> int:
    return device_pointer(g, dev) + g.image.types.offset("device", f"links.{which}")


def _suppliers(g: Guest, dev: Device) -> list[DeviceLink]:
    return [link for link in links_in_order(g.k) if link.key[0] == dev.name]


def _node(g: Guest, link: DeviceLink) -> int:
    return link_pointer(g, link) + g.image.types.offset("device_link", "c_node")


def _ring(step: int) -> Callable[[Guest, Device], int]:
    """The first or the last link of ``links.suppliers``."""

    def get(g: Guest, dev: Device) -> int:
        links = _suppliers(g, dev)
        return _node(g, links[0 if step > 0 else -1]) if links else _head(g, dev, "suppliers")

    return get


def _beside(step: int) -> Callable[[Guest, DeviceLink], int]:
    """The link before or behind one in ``links.suppliers``."""

    def get(g: Guest, link: DeviceLink) -> int:
        links = _suppliers(g, link.consumer)
        at = links.index(link) + step
        return _node(g, links[at]) if 0 <= at < len(links) else _head(g, link.consumer, "suppliers")

    return get


_DEVICE = (
    Field("parent", lambda g, dev: device_pointer(g, dev.parent) if dev.parent is not None else 0),
    Field("driver", _driver),
    *(Field(name, lambda g, dev: 0) for name in ("bus", "class", "type")),
    Field("pm_domain", _symbol("irqlab_genpd", lambda g, dev: dev.pm_domain is not None)),
    Field("links.suppliers.next", _ring(1)),
    Field("links.suppliers.prev", _ring(-1)),
    *_POWER,
    *(kept.field("device", path) for path in _KEPT),
)


def _references(g: Guest, link: DeviceLink, value: int) -> None:
    link.rpm_active = value - 1


def _preactivated(g: Guest, link: DeviceLink, value: int) -> None:
    link.supplier_preactivated = bool(value)


_LINK_FIELDS = (
    Field("supplier", lambda g, link: device_pointer(g, link.supplier)),
    Field("consumer", lambda g, link: device_pointer(g, link.consumer)),
    Field("flags", lambda g, link: _PM_RUNTIME if link.pm_runtime else 0),
    Field("c_node.next", _beside(1)),
    Field("c_node.prev", _beside(-1)),
    Field("rpm_active.refs", lambda g, link: link.rpm_active + 1, _references),
    Field("supplier_preactivated", lambda g, link: int(link.supplier_preactivated), _preactivated),
)


def link_pointer(g: Guest, link: DeviceLink) -> int:
    """``struct device_link *``."""
    return g.mirrors.by_region[LINK].address(g, link)


def _index(g: Guest, link: DeviceLink) -> int:
    return g.part_index(str(link.key[0])) * len(g.k.board.parts) + g.part_index(str(link.key[1]))


def _link(g: Guest, index: int) -> DeviceLink | None:
    parts = g.k.board.parts
    consumer, supplier = divmod(index, len(parts))
    return g.world.at(DeviceLink, parts[consumer].name, parts[supplier].name) if consumer < len(parts) else None


def power_mirrors(g: Guest, mirrors: tuple[Mirror, ...]) -> tuple[Mirror, ...]:
    """The mirrors of a guest, with what runtime PM looks into.

    :raises GuestError: the board has more parts than there is room for links between them.
    """
    parts, most = len(g.k.board.parts), math.isqrt(REGION // _LINK)
    if parts > most:
        raise GuestError(
            f"board '{g.k.board.name}' has {parts} parts, and --core linux has room for {most}: take a smaller board"
        )
    assert g.image.types.size("device_link") <= _LINK
    known = {field.path for field in _DEVICE}

    def with_power(mirror: Mirror) -> Mirror:
        if mirror.region != DEVICE:
            return mirror
        own = tuple(field for field in mirror.fields["device"] if field.path not in known)
        return replace(mirror, fields={**mirror.fields, "device": (*own, *_DEVICE)})

    link = Mirror(
        "device_link",
        LINK,
        _LINK,
        _index,
        _link,
        lambda g, link: bool(link.exists),
        (("device_link", 0),),
        {"device_link": _LINK_FIELDS},
    )
    return (*(with_power(mirror) for mirror in mirrors), link)


def device_of(g: Guest, address: int, path: str) -> Device | None:
    """The device whose field ``path`` lies at an address; None for what is no device's."""
    place = address - g.image.types.offset("device", path)
    dev = device_at(g, place)
    return dev if dev is not None and device_pointer(g, dev) == place else None


def power_lock_at(g: Guest, address: int) -> Lock | None:
    """``dev->power.lock`` at its address; None for what is no device's."""
    dev = device_of(g, address, "power.lock")
    return power_lock(g.k, dev) if dev is not None else None
