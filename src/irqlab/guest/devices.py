"""Devices and their resources as a guest sees them: ``struct platform_device``, ``struct device``, ``struct resource``.

Every part of the board has its place, whether there is a device of it or not.

Tests: ``tests/guest/test_devices.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irqlab.guest.mirror import REGION, Field, Mirror
from irqlab.guest.nodes import fwnode_pointer, node_pointer
from irqlab.guest.regions import ABSENT, CLAIMED, DEVICE, RESOURCE
from irqlab.kernel.device import Device
from irqlab.kernel.of.address import IORESOURCE_MEM, MAX_RESOURCES, Resource
from irqlab.kernel.resource import BusyRegion

if TYPE_CHECKING:
    from irqlab.board.node import Node
    from irqlab.guest.guest import Guest

_DEVICE = 0x1000

#: Places for devices that the board does not have.
_ABSENT = REGION // _DEVICE

#: Places for the resources of one part.
_PER_PART = MAX_RESOURCES

#: ``IORESOURCE_BUSY``, and what ``request_mem_region()`` asks for.
_BUSY = 0x8000_0000

#: ``PLATFORM_DEVID_NONE``.
_NO_ID = -1


@dataclass(frozen=True)
class Place:
    """Place ``index`` in ``pdev->resource`` of a part."""

    part: str
    index: int

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"resource {self.index} of {self.part}"


@dataclass(frozen=True)
class Absent:
    """A device that the kernel would have made of a node, and that is none of the board's: nothing of it is known."""

    path: str

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"the device of {self.path}, which is none of the board's"


# -- pointers ----------------------------------------------------------------------------------------------------------


def device_pointer(g: Guest, device: Device) -> int:
    """``struct device *``: inside its ``struct platform_device``."""
    return platform_pointer(g, device) + dev_offset(g)


def platform_pointer(g: Guest, device: Device) -> int:
    """``struct platform_device *``."""
    return g.mirrors.by_region[DEVICE].address(g, device)


def dev_offset(g: Guest) -> int:
    """Where in a ``struct platform_device`` its ``struct device`` is."""
    return g.image.types.offset("platform_device", "dev") if g.image.types.has("platform_device") else 0x10


def device_at(g: Guest, address: int) -> Device | None:
    """The device behind a ``struct device *`` or ``struct platform_device *``; None where none begins."""
    index, offset = divmod(address - g.mirrors.by_region[DEVICE].base, _DEVICE)
    return _device(g, index) if offset in (0, dev_offset(g)) else None


def absent_pointer(g: Guest, node: Node) -> int:
    """``struct device *`` of a node that is no part of the board; of the root: the platform bus."""
    return g.mirrors.by_region[ABSENT].base + min(g.tree.places[node], _ABSENT - 1) * _DEVICE + dev_offset(g)


def absent_at(g: Guest, address: int) -> Absent | None:
    """Such a device, behind a pointer; None where none begins."""
    index, offset = divmod(address - g.mirrors.by_region[ABSENT].base, _DEVICE)
    return _absent(g, index) if offset in (0, dev_offset(g)) else None


def resource_pointer(g: Guest, part: str, index: int) -> int:
    """``struct resource *``: the ``index``-th of a part."""
    return g.mirrors.by_region[RESOURCE].address(g, Place(part, index))


def region_pointer(g: Guest, region: BusyRegion) -> int:
    """``struct resource *`` of claimed addresses."""
    return g.mirrors.by_region[CLAIMED].address(g, region)


def resource_at(g: Guest, address: int) -> Resource:
    """What a ``struct resource *`` says, wherever it is."""
    start, end = g.field(address, "resource", "start"), g.field(address, "resource", "end")
    name = g.field(address, "resource", "name")
    return Resource(start, end, g.field(address, "resource", "flags"), g.text(name) if name else "")


def set_resource(g: Guest, address: int, resource: Resource) -> None:
    """Writes a ``struct resource``, whole."""
    g.write(address, bytes(resource_size(g)))
    g.set_field(address, "resource", "start", resource.start)
    g.set_field(address, "resource", "end", resource.end)
    g.set_field(address, "resource", "flags", resource.flags)
    g.set_field(address, "resource", "name", g.intern(resource.name))


def resource_size(g: Guest) -> int:
    """Bytes of a ``struct resource``."""
    return g.image.types.size("resource") if g.image.types.has("resource") else 64


# -- mirrors -----------------------------------------------------------------------------------------------------------


def _device(g: Guest, index: int) -> Device | None:
    parts = g.k.board.parts
    return g.world.at(Device, parts[index].name) if 0 <= index < len(parts) else None


def _absent(g: Guest, index: int) -> Absent | None:
    return Absent(g.tree.nodes[index].path) if 0 <= index < min(len(g.tree.nodes), _ABSENT) else None


def _parent(g: Guest, dev: Device) -> int:
    """``dev->parent``: of the nearest node above that is a device; every platform device has one."""
    if dev.parent is not None:
        return device_pointer(g, dev.parent)
    above = g.part(dev.name).node.parent
    while above is not None and above.parent is not None and not above.has("compatible"):
        above = above.parent
    return absent_pointer(g, above) if above is not None else 0


def _place(g: Guest, index: int) -> Place | None:
    part, number = divmod(index, _PER_PART)
    if not 0 <= part < len(g.k.board.parts):
        return None
    name = g.k.board.parts[part].name
    return Place(name, number) if number < len(g.resources(name)) else None


def _at(g: Guest, place: Place) -> Resource:
    return g.resources(place.part)[place.index]


def _region(g: Guest, index: int) -> BusyRegion | None:
    return g.world.at(BusyRegion, index) if index >= 0 else None


def _exists(g: Guest, record: Any) -> bool:
    return bool(record.exists)


def _constant(value: int) -> Any:
    return lambda g, obj: value


def _set_driver_data(g: Guest, dev: Device, value: int) -> None:
    dev.drvdata = value or None


def _driver_data(g: Guest, dev: Device) -> int:
    from irqlab.guest.objects import pointer

    return pointer(g, dev.drvdata)


def _driver(g: Guest, dev: Device) -> int:
    """``dev->driver``: inside the driver's own ``struct platform_driver``."""
    from irqlab.guest.objects import handle
    from irqlab.guest.platform import driver_address

    address = driver_address(g, dev)
    if address:
        return address + g.image.types.offset("platform_driver", "driver")
    return handle(g, f"driver of {dev.name}") if dev.driver is not None else 0


_PLATFORM_FIELDS = (
    Field("name", lambda g, dev: g.intern(dev.name)),
    Field("id", _constant(_NO_ID)),
    Field("id_auto", _constant(0)),
    Field("num_resources", lambda g, dev: len(g.resources(dev.name))),
    Field("resource", lambda g, dev: resource_pointer(g, dev.name, 0) if g.resources(dev.name) else 0),
)

_DEVICE_FIELDS = (
    Field("parent", _parent),
    # dev_name() takes init_name, which device_add() has cleared, before the name of the kobject.
    Field("init_name", _constant(0)),
    Field("kobj.name", lambda g, dev: g.intern(dev.name)),
    Field("driver_data", _driver_data, _set_driver_data),
    Field("of_node", lambda g, dev: node_pointer(g, g.part(dev.name).node)),
    Field("fwnode", lambda g, dev: fwnode_pointer(g, g.part(dev.name).node)),
    Field("platform_data", _constant(0)),
    Field("driver", _driver),
    Field("id", _constant(0)),
    Field("numa_node", _constant(-1)),
    Field("power.usage_count", lambda g, dev: g.usage_count(dev), lambda g, dev, v: g.set_usage_count(dev, v)),
)

_RESOURCE_FIELDS = (
    Field("start", lambda g, place: _at(g, place).start),
    Field("end", lambda g, place: _at(g, place).end),
    Field("name", lambda g, place: g.intern(_at(g, place).name)),
    Field("flags", lambda g, place: _at(g, place).flags),
    Field("desc", _constant(0)),
    Field("parent", _constant(0)),
    Field("sibling", _constant(0)),
    Field("child", _constant(0)),
)

_REGION_FIELDS = (
    Field("start", lambda g, region: region.start),
    Field("end", lambda g, region: region.end),
    Field("name", lambda g, region: g.intern(region.name)),
    Field("flags", _constant(_BUSY | IORESOURCE_MEM)),
)


def device_mirrors(g: Guest) -> tuple[Mirror, ...]:
    """The mirrors of this room."""
    size = resource_size(g)
    assert len(g.k.board.parts) <= REGION // _DEVICE and len(g.k.board.parts) * _PER_PART * size <= REGION
    return (
        Mirror(
            "platform_device",
            DEVICE,
            _DEVICE,
            lambda g, dev: g.part_index(dev.name),
            _device,
            _exists,
            (("platform_device", 0), ("device", dev_offset(g))),
            {"platform_device": _PLATFORM_FIELDS, "device": _DEVICE_FIELDS},
        ),
        Mirror(
            "device",
            ABSENT,
            _DEVICE,
            lambda g, absent: 0,
            _absent,
            lambda g, absent: True,
            (("platform_device", 0), ("device", dev_offset(g))),
            {},
        ),
        Mirror(
            "resource",
            RESOURCE,
            size,
            lambda g, place: g.part_index(place.part) * _PER_PART + place.index,
            _place,
            lambda g, place: True,
            (("resource", 0),),
            {"resource": _RESOURCE_FIELDS},
        ),
        Mirror(
            "region",
            CLAIMED,
            size,
            lambda g, region: int(region.key[0]),
            _region,
            _exists,
            (("resource", 0),),
            {"resource": _REGION_FIELDS},
        ),
    )
