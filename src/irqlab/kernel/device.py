"""``struct device`` and what hangs on it: drivers, links, managed resources, shutdown (``drivers/base/core.c``).

How a driver is bound and unbound is in :mod:`irqlab.kernel.dd`.

Devices are platform devices, one a part of the board; an interrupt controller that is set up before there are devices
(``IRQCHIP_DECLARE()``) is none.  6.1.192 and 6.12.117 agree in what is modelled; ``fw_devlink=`` differs in its default
(``on`` in 6.1, ``rpm`` in 6.12).

Of ``fw_devlink`` only the ``interrupts`` property makes links here: other suppliers of these boards are no devices.

Tests: ``tests/kernel/test_device.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from irqlab.kernel.device_link import AVAILABLE, DORMANT, DeviceLink, consumer_links, drop_link, new_link, supplier_links
from irqlab.kernel.locking import Mutex, mutex
from irqlab.kernel.of.flags import is_populated
from irqlab.kernel.pm.runtime import (
    pm_runtime_barrier,
    pm_runtime_drop_link,
    pm_runtime_get_noresume,
    pm_runtime_init,
    pm_runtime_new_link,
)
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.board.parts import Part
    from irqlab.kernel.kernel import Kernel

Op = Callable[..., Any]


@dataclass(frozen=True, eq=False)
class DevPmOps(Static):
    """``struct dev_pm_ops``; each operation takes ``(k, dev)`` and returns 0 or a negative errno."""

    name: str
    runtime_suspend: Op | None = None
    runtime_resume: Op | None = None
    runtime_idle: Op | None = None
    suspend: Op | None = None
    resume: Op | None = None
    suspend_late: Op | None = None
    resume_early: Op | None = None
    suspend_noirq: Op | None = None
    resume_noirq: Op | None = None


@dataclass(frozen=True, eq=False)
class Driver(Static):
    """``struct platform_driver``.

    :ivar compatible: its ``of_match_table``.
    :ivar probe: ``(k, dev)``, 0 or a negative errno; ``remove`` and ``shutdown`` take the same.
    :ivar needs: switches of the release without which the driver cannot be; ``forbids``: those it cannot be with.
    :ivar takes: what it lacks and can be given, by the name of the gift: from this driver to the one that has it.
    """

    name: str
    compatible: tuple[str, ...] = ()
    probe: Op | None = None
    remove: Op | None = None
    shutdown: Op | None = None
    pm: DevPmOps | None = None
    needs: tuple[str, ...] = ()
    forbids: tuple[str, ...] = ()
    takes: Mapping[str, Callable[[Driver], Driver]] = field(default_factory=dict)

    def insert(self, k: Kernel) -> None:
        """Makes the driver part of a kernel, before it boots."""
        k.drivers = (self, *k.drivers)


class Device(Record, counted=True):
    """``struct device`` of one part of the board.  Key: the part's name."""

    parent: Device | None = None
    driver: Driver | None = None
    #: ``device_is_bound()``: the probe has succeeded.
    bound: bool = False
    drvdata: Pointer = None
    #: Managed resources, oldest first: a function and its arguments after ``k``.
    devres: tuple[tuple[Any, ...], ...] = ()
    #: The power domain it is attached to.
    pm_domain: str | None = None

    @property
    def name(self) -> str:
        return str(self.key[0])

    def driver_op(self, which: str) -> Op | None:
        """``dev->driver->pm->which``."""
        driver = self.driver
        return None if driver is None or driver.pm is None else getattr(driver.pm, which)


class PlatformBus(Record):
    """Drivers that registered themselves while the kernel booted, in order; absent where none does."""

    drivers: tuple[Driver, ...] = ()


@atomic
def platform_driver_register(k: Kernel, driver: Driver) -> int:
    """``platform_driver_register()``: its devices are probed when the initcalls are done."""
    bus = k.world.at(PlatformBus)
    if not bus.exists:
        k.world.new(PlatformBus)
    bus.drivers = (*bus.drivers, driver)
    return 0


@atomic
def _registered(k: Kernel) -> tuple[Driver, ...]:
    bus = k.world.at(PlatformBus)
    return bus.drivers if bus.exists else ()


def platform_drivers(k: Kernel) -> tuple[Driver, ...]:
    """Every platform driver there is."""
    return (*k.drivers, *_registered(k)) if k.initcalls else k.drivers


class DevicesKset(Record):
    """``devices_kset`` and ``dpm_list``: suppliers and parents before who needs them.  Names, in order."""

    order: tuple[str, ...] = ()


@atomic
def devices_in_order(k: Kernel) -> tuple[Device, ...]:
    """``dpm_list``."""
    kset = k.world.at(DevicesKset)
    return tuple(k.world.at(Device, name) for name in kset.order) if kset.exists else ()


def device_lock(k: Kernel, dev: Device) -> Mutex:
    """``dev->mutex``."""
    lock = k.lock(Mutex, f"{dev.name} mutex")
    assert isinstance(lock, Mutex)
    return lock


def part_of(k: Kernel, dev: Device) -> Part:
    """``dev->of_node``, as a part of the board."""
    return k.board.part(dev.name)


# -- adding devices and links ----------------------------------------------------------------------------------


@atomic
def _new_device(k: Kernel, name: str) -> Device:
    above = k.board.part(name).node.parent
    parent: Device | None = None
    while above is not None and parent is None:
        for part in k.board.parts:
            if part.node is above and k.world.at(Device, part.name).exists:
                parent = k.world.at(Device, part.name)
        above = above.parent
    dev = k.world.new(Device, name, parent=parent)
    pm_runtime_init(k, dev)
    kset = k.world.at(DevicesKset)
    if not kset.exists:
        k.world.new(DevicesKset)
    kset.order = (*kset.order, name)
    return dev


@atomic
def fw_suppliers(k: Kernel, dev: Device) -> tuple[Device, ...]:
    """The devices that the ``interrupts`` property of the node needs."""
    controllers = [controller for controller, _ in part_of(k, dev).interrupts]
    parts = [part.name for part in k.board.parts if any(part.node is node for node in controllers) and part.name != dev.name]
    return tuple(sup for sup in (k.world.at(Device, name) for name in parts) if sup.exists)


@atomic
def _new_link(k: Kernel, consumer: Device, supplier: Device, pm_runtime: bool) -> DeviceLink | None:
    """The link, its state after both ends, and the consumer (with all that need it) moved to the end of the lists."""
    link = k.world.at(DeviceLink, consumer.name, supplier.name)
    if link.exists or _depends(k, supplier, consumer):
        return None
    status = AVAILABLE if supplier.bound else DORMANT
    new_link(k, consumer, supplier, pm_runtime, status)
    _to_tail(k, consumer)
    return link


def _depends(k: Kernel, dev: Device, target: Device) -> bool:
    """``device_is_dependent(target, dev)``: whether ``dev`` needs ``target``."""
    if dev is target:
        return True
    above = [link.supplier for link in supplier_links(k, dev)]
    if dev.parent is not None:
        above.append(dev.parent)
    return any(_depends(k, needed, target) for needed in above)


def _to_tail(k: Kernel, dev: Device) -> None:
    """``device_reorder_to_tail()``."""
    kset = k.world.at(DevicesKset)
    kset.order = (*(name for name in kset.order if name != dev.name), dev.name)
    for child in k.world.all(Device):
        if child.parent is dev:
            _to_tail(k, child)
    for link in consumer_links(k, dev):
        _to_tail(k, link.consumer)


@kernel
def device_link_add(k: Kernel, consumer: Device, supplier: Device, pm_runtime: bool) -> DeviceLink | None:
    """``device_link_add()`` of a managed link; None if it exists already or would close a circle."""
    link = _new_link(k, consumer, supplier, pm_runtime)
    if link is not None and pm_runtime:
        pm_runtime_new_link(k, consumer)
    return link


@kernel
def device_link_del(k: Kernel, link: DeviceLink) -> None:
    """``device_link_del()``: the references it holds are given back."""
    if _is_pm_link(k, link):
        pm_runtime_drop_link(k, link)
    drop_link(k, link)


@atomic
def _is_pm_link(k: Kernel, link: DeviceLink) -> bool:
    return link.pm_runtime


@kernel
def device_add(k: Kernel, name: str) -> Device:
    """``device_add()`` of a part, and the links ``fw_devlink`` makes of it (``off``, ``on``, ``rpm``)."""
    dev = _new_device(k, name)
    if k.fw_devlink != "off":
        for consumer, supplier in _links_of(k, dev):
            device_link_add(k, consumer, supplier, k.config.pm and k.fw_devlink == "rpm")
    return dev


@atomic
def _links_of(k: Kernel, dev: Device) -> tuple[tuple[Device, Device], ...]:
    own = tuple((dev, supplier) for supplier in fw_suppliers(k, dev))
    others = tuple((other, dev) for other in k.world.all(Device) if other is not dev and dev in fw_suppliers(k, other))
    return own + others


@kernel
def of_platform_populate(k: Kernel) -> None:
    """``of_platform_default_populate()``: a device for every part that no ``IRQCHIP_DECLARE()`` has taken, or that its
    driver has given back (:mod:`irqlab.kernel.of.flags`).

    Windows that are only there to be mapped are none.
    """
    for part in k.board.parts:
        if part.kind not in ("gic", "registers") and not is_populated(k, part.node):
            device_add(k, part.name)


# -- what drivers keep -----------------------------------------------------------------------------------------


@atomic
def dev_set_drvdata(k: Kernel, dev: Device, data: Pointer) -> None:
    """``dev_set_drvdata()``, ``platform_set_drvdata()``."""
    dev.drvdata = data


@atomic
def dev_get_drvdata(k: Kernel, dev: Device) -> Pointer:
    """``dev_get_drvdata()``, ``platform_get_drvdata()``."""
    return dev.drvdata


@atomic
def devm_add_action(k: Kernel, dev: Device, function: Callable[..., Any], *args: Any) -> int:
    """``devm_add_action()``: ``function(k, *args)`` when the driver is gone, the newest first."""
    dev.devres = (*dev.devres, (function, *args))
    return 0


@atomic
def devm_remove_action(k: Kernel, dev: Device, function: Callable[..., Any], *args: Any) -> bool:
    """``devres_remove()``: forgets the newest such resource, and leaves it as it is; False if there is none."""
    kept = list(dev.devres)
    for at in reversed(range(len(kept))):
        if kept[at] == (function, *args):
            del kept[at]
            dev.devres = tuple(kept)
            return True
    return False


@atomic
def _pop_devres(k: Kernel, dev: Device) -> tuple[Any, ...]:
    if not dev.devres:
        return ()
    last, dev.devres = dev.devres[-1], dev.devres[:-1]
    return last


@kernel
def devres_release_all(k: Kernel, dev: Device) -> None:
    """``devres_release_all()``."""
    action = _pop_devres(k, dev)
    while action:
        action[0](k, *action[1:])
        action = _pop_devres(k, dev)


# -- shutdown --------------------------------------------------------------------------------------------------


@atomic
def _shutdown_op(k: Kernel, dev: Device) -> Op | None:
    driver = dev.driver
    return driver.shutdown if driver is not None and dev.bound else None


@kernel
def device_shutdown(k: Kernel) -> None:
    """``device_shutdown()``: users before suppliers; each device is held and its runtime PM at rest, *not* resumed."""
    for dev in reversed(devices_in_order(k)):
        with mutex(k, device_lock(k, dev)):
            pm_runtime_get_noresume(k, dev)
            pm_runtime_barrier(k, dev)
            shutdown = _shutdown_op(k, dev)
            if shutdown is not None:
                k.world.trace("shutdown", device=dev.name)
                shutdown(k, dev)
