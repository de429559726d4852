"""Device links: who supplies whom (``drivers/base/core.c``; ``include/linux/device.h`` ``struct device_link``).

A link orders: the supplier is probed before and unbound after its consumer, suspended after it and resumed before it.
With ``DL_FLAG_PM_RUNTIME`` a consumer that is runtime-active also holds its supplier.  Only *managed* links are
modelled, which is what ``fw_devlink`` makes.

Tests: ``tests/kernel/test_device.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel

#: ``enum device_link_state``
DORMANT, AVAILABLE, CONSUMER_PROBE, LINK_ACTIVE, SUPPLIER_UNBIND = (
    "dormant",
    "available",
    "consumer probe",
    "active",
    "supplier unbind",
)


class DeviceLink(Record, counted=True):
    """``struct device_link``.  Key: consumer's name, supplier's name."""

    #: ``DL_FLAG_PM_RUNTIME``
    pm_runtime: bool = False
    status: str = DORMANT
    #: References the link holds on the supplier (the kernel's refcount is one more).
    rpm_active: int = 0
    supplier_preactivated: bool = False

    @property
    def consumer(self) -> Device:
        from irqlab.kernel.device import Device

        return self.world.at(Device, str(self.key[0]))

    @property
    def supplier(self) -> Device:
        from irqlab.kernel.device import Device

        return self.world.at(Device, str(self.key[1]))


class DeviceLinks(Record):
    """The links in the order in which they were added, which is that of the lists at both ends; absent while there is none."""

    links: tuple[DeviceLink, ...]


def links_in_order(k: Kernel) -> tuple[DeviceLink, ...]:
    """Every link; in a context, of an ``@atomic`` function."""
    known = k.world.at(DeviceLinks)
    return known.links if known.exists else ()


@atomic
def new_link(k: Kernel, consumer: Device, supplier: Device, pm_runtime: bool, status: str) -> DeviceLink:
    """A link at the end of both lists."""
    link = k.world.new(DeviceLink, consumer.name, supplier.name, pm_runtime=pm_runtime, status=status)
    links = (*links_in_order(k), link)
    known = k.world.at(DeviceLinks)
    if known.exists:
        known.links = links
    else:
        k.world.new(DeviceLinks, links=links)
    return link


@atomic
def drop_link(k: Kernel, link: DeviceLink) -> None:
    """A link goes from both lists."""
    known = k.world.at(DeviceLinks)
    known.links = tuple(other for other in known.links if other is not link)
    if not known.links:
        k.world.drop(known)
    k.world.drop(link)


@atomic
def supplier_links(k: Kernel, dev: Device) -> tuple[DeviceLink, ...]:
    """``dev->links.suppliers``: the links at whose consumer end ``dev`` is."""
    return tuple(link for link in links_in_order(k) if link.key[0] == dev.name)


@atomic
def consumer_links(k: Kernel, dev: Device) -> tuple[DeviceLink, ...]:
    """``dev->links.consumers``: the links at whose supplier end ``dev`` is."""
    return tuple(link for link in links_in_order(k) if link.key[1] == dev.name)


@atomic
def pm_suppliers(k: Kernel, dev: Device) -> tuple[DeviceLink, ...]:
    """The supplier links with ``DL_FLAG_PM_RUNTIME``."""
    return tuple(link for link in supplier_links(k, dev) if link.pm_runtime)


@atomic
def device_links_busy(k: Kernel, dev: Device) -> bool:
    """``device_links_busy()``: a consumer is bound or being probed; links before it are closed for new consumers."""
    for link in consumer_links(k, dev):
        if link.status in (CONSUMER_PROBE, LINK_ACTIVE):
            return True
        link.status = SUPPLIER_UNBIND
    return False


@atomic
def next_consumer_to_unbind(k: Kernel, dev: Device) -> DeviceLink | None:
    """One turn of ``device_links_unbind_consumers()``: closes links up to the first whose consumer must be released.

    A consumer that is being probed right now is returned too: the caller waits for it (``wait_for_device_probe()``).
    """
    for link in consumer_links(k, dev):
        if link.status == CONSUMER_PROBE:
            return link
        was, link.status = link.status, SUPPLIER_UNBIND
        if was == LINK_ACTIVE:
            return link
    return None


@atomic
def links_probing(k: Kernel, dev: Device) -> None:
    """The end of ``device_links_check_suppliers()``: the consumer is being probed."""
    for link in supplier_links(k, dev):
        link.status = CONSUMER_PROBE


@atomic
def device_links_driver_bound(k: Kernel, dev: Device) -> None:
    """``device_links_driver_bound()``: consumers may come, suppliers are in use."""
    for link in consumer_links(k, dev):
        if link.status not in (CONSUMER_PROBE, LINK_ACTIVE):
            link.status = AVAILABLE
    for link in supplier_links(k, dev):
        link.status = LINK_ACTIVE


@atomic
def device_links_no_driver(k: Kernel, dev: Device) -> None:
    """``device_links_no_driver()``: the device, as a consumer, needs its suppliers no more."""
    for link in supplier_links(k, dev):
        if link.status in (CONSUMER_PROBE, LINK_ACTIVE):
            link.status = AVAILABLE if link.supplier.bound else DORMANT


@atomic
def device_links_driver_cleanup(k: Kernel, dev: Device) -> None:
    """``device_links_driver_cleanup()``: the device's driver is gone."""
    for link in consumer_links(k, dev):
        link.status = DORMANT
    device_links_no_driver(k, dev)
