"""Binding a driver to a device, and unbinding it (``drivers/base/dd.c``, ``platform.c``).

6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_device.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import wait_event
from irqlab.kernel.device import (
    Device,
    Driver,
    dev_set_drvdata,
    device_lock,
    devices_in_order,
    devres_release_all,
    part_of,
    platform_drivers,
)
from irqlab.kernel.device_link import (
    AVAILABLE,
    CONSUMER_PROBE,
    DeviceLink,
    consumer_links,
    device_links_busy,
    device_links_driver_bound,
    device_links_driver_cleanup,
    device_links_no_driver,
    links_probing,
    next_consumer_to_unbind,
    supplier_links,
)
from irqlab.kernel.errno import EBUSY, ENODEV, EPROBE_DEFER
from irqlab.kernel.locking import mutex, mutex_lock, mutex_unlock
from irqlab.kernel.pm.domain import genpd_dev_pm_attach, genpd_dev_pm_detach, genpd_dev_pm_sync
from irqlab.kernel.pm.runtime import (
    pm_request_idle,
    pm_runtime_barrier,
    pm_runtime_get_suppliers,
    pm_runtime_get_sync,
    pm_runtime_put,
    pm_runtime_put_suppliers,
    pm_runtime_put_sync,
    pm_runtime_reinit,
)
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


# -- probe -----------------------------------------------------------------------------------------------------


def match_driver(k: Kernel, dev: Device) -> Driver | None:
    """``platform_match()``: the driver for the most specific of the node's compatible strings."""
    for compatible in part_of(k, dev).node.compatible:
        for driver in platform_drivers(k):
            if compatible in driver.compatible:
                return driver
    return None


@atomic
def _check_suppliers(k: Kernel, dev: Device) -> int:
    """``device_links_check_suppliers()``; a supplier that no driver wants is not waited for (best effort)."""
    for link in supplier_links(k, dev):
        if link.status not in (AVAILABLE, CONSUMER_PROBE) and match_driver(k, link.supplier) is not None:
            return -EPROBE_DEFER
    links_probing(k, dev)
    return 0


@atomic
def _set_driver(k: Kernel, dev: Device, driver: Driver | None) -> None:
    dev.driver = driver


@atomic
def _bound(k: Kernel, dev: Device, bound: bool) -> None:
    dev.bound = bound
    k.world.trace("driver", device=dev.name, bound=bound)


@atomic
def _has_driver(k: Kernel, dev: Device) -> Driver | None:
    return dev.driver


@atomic
def _has_domain(k: Kernel, dev: Device) -> bool:
    return dev.pm_domain is not None


@atomic
def _parent(k: Kernel, dev: Device) -> Device | None:
    return dev.parent


@kernel
def device_unbind_cleanup(k: Kernel, dev: Device) -> None:
    """``device_unbind_cleanup()``: managed resources, then driver and driver data, then runtime PM begins anew."""
    devres_release_all(k, dev)
    _set_driver(k, dev, None)
    dev_set_drvdata(k, dev, None)
    pm_runtime_reinit(k, dev)


@kernel
def platform_probe(k: Kernel, dev: Device, driver: Driver) -> int:
    """``platform_probe()``: the power domain is attached and on before the driver's probe."""
    domain = part_of(k, dev).domain
    if domain is not None and k.config.pm:
        error = genpd_dev_pm_attach(k, dev, domain.name)
        if error:
            return -EPROBE_DEFER
    result = driver.probe(k, dev) if driver.probe is not None else 0
    error = int(result or 0)
    if error and _has_domain(k, dev):
        genpd_dev_pm_detach(k, dev)
    return error


@kernel
def really_probe(k: Kernel, dev: Device, driver: Driver) -> int:
    """``really_probe()``."""
    if _check_suppliers(k, dev):
        return -EPROBE_DEFER
    if k.guest is not None:
        k.guest.binding(dev, driver)
    _set_driver(k, dev, driver)
    error = platform_probe(k, dev, driver)
    if error:
        if error != -EPROBE_DEFER:
            k.signal("probe_failed", device=dev.name, by=driver.name, error=error)
        device_links_no_driver(k, dev)
        device_unbind_cleanup(k, dev)
        if k.guest is not None:
            k.guest.unbound(dev, driver, failed=True)
        return error
    if _has_domain(k, dev):
        genpd_dev_pm_sync(k, dev)
    _bound(k, dev, True)
    device_links_driver_bound(k, dev)
    return 0


@kernel
def driver_probe_device(k: Kernel, dev: Device, driver: Driver) -> int:
    """``__driver_probe_device()``: suppliers and the parent are held; an idle notification is queued afterwards."""
    pm_runtime_get_suppliers(k, dev)
    parent = _parent(k, dev)
    if parent is not None:
        pm_runtime_get_sync(k, parent)
    pm_runtime_barrier(k, dev)
    error = really_probe(k, dev, driver)
    pm_request_idle(k, dev)
    if parent is not None:
        pm_runtime_put(k, parent)
    pm_runtime_put_suppliers(k, dev)
    return error


@kernel
def device_bind(k: Kernel, dev: Device, driver: Driver) -> int:
    """``device_driver_attach()`` (sysfs ``bind``), ``device_attach()``.  Process context; an entry."""
    with mutex(k, device_lock(k, dev)):
        if _has_driver(k, dev) is not None:
            return -EBUSY
        return driver_probe_device(k, dev, driver)


@kernel
def driver_bind(k: Kernel, dev: Device, driver: Driver) -> int:
    """``bind_store()``; then, as ``device_links_driver_bound()`` asks of links with ``DL_FLAG_AUTOPROBE_CONSUMER`` (all of
    ``fw_devlink``'s), the consumers that waited for this supplier.  An entry.

    The kernel probes them from ``deferred_probe_work``; here the same task does, after the bind.
    """
    error = device_bind(k, dev, driver)
    if not error:
        for consumer in _waiting_consumers(k, dev):
            matched = match_driver(k, consumer)
            if matched is not None:
                device_bind(k, consumer, matched)
    return error


@atomic
def _waiting_consumers(k: Kernel, dev: Device) -> tuple[Device, ...]:
    return tuple(link.consumer for link in consumer_links(k, dev) if not link.consumer.bound)


@kernel
def bus_probe_devices(k: Kernel) -> None:
    """Binds every device to its driver, again and again while a deferred one gets further (``deferred_probe_work``)."""
    waiting = tuple(dev for dev in devices_in_order(k) if match_driver(k, dev) is not None)
    progress = True
    while waiting and progress:
        deferred: tuple[Device, ...] = ()
        for dev in waiting:
            driver = match_driver(k, dev)
            assert driver is not None
            if device_bind(k, dev, driver) == -EPROBE_DEFER:
                deferred = (*deferred, dev)
        progress, waiting = len(deferred) < len(waiting), deferred


# -- unbind ----------------------------------------------------------------------------------------------------


@atomic
def _link_probing(k: Kernel, link: DeviceLink) -> bool:
    return link.status == CONSUMER_PROBE


@kernel
def device_links_unbind_consumers(k: Kernel, dev: Device) -> None:
    """``device_links_unbind_consumers()``: every bound consumer is released; one being probed is waited for."""
    link = next_consumer_to_unbind(k, dev)
    while link is not None:
        if _link_probing(k, link):
            _wait_for_probe(k, link)
        else:
            device_unbind(k, link.consumer)
        link = next_consumer_to_unbind(k, dev)


@kernel
def _wait_for_probe(k: Kernel, link: DeviceLink) -> None:
    wait_event(k, lambda: not _link_probing(k, link), f"{link.consumer.name} is probed (wait_for_device_probe)")


@kernel
def _release(k: Kernel, dev: Device, driver: Driver) -> None:
    """The end of ``__device_release_driver()``: idle first, removed afterwards."""
    pm_runtime_put_sync(k, dev)
    if driver.remove is not None:
        driver.remove(k, dev)
    if _has_domain(k, dev):
        genpd_dev_pm_detach(k, dev)
    _bound(k, dev, False)
    device_unbind_cleanup(k, dev)
    if k.guest is not None:
        k.guest.unbound(dev, driver, failed=False)
    device_links_driver_cleanup(k, dev)


@kernel
def device_unbind(k: Kernel, dev: Device) -> int:
    """``device_release_driver()`` (sysfs ``unbind``).  Process context; an entry.

    The order is the kernel's: resumed and held, consumers unbound first, then ``pm_runtime_put_sync()`` **before**
    ``->remove()``, so an idle device is suspended already when its driver removes it.
    """
    lock = device_lock(k, dev)
    mutex_lock(k, lock)
    driver = _has_driver(k, dev)
    if driver is not None:
        pm_runtime_get_sync(k, dev)
        while device_links_busy(k, dev):
            mutex_unlock(k, lock)
            device_links_unbind_consumers(k, dev)
            mutex_lock(k, lock)
            if _has_driver(k, dev) is not driver:
                pm_runtime_put(k, dev)
                mutex_unlock(k, lock)
                return 0
        _release(k, dev, driver)
    mutex_unlock(k, lock)
    return 0 if driver is not None else -ENODEV
