"""``drivers/base/platform.c``: platform devices, their registers and interrupts; their drivers."""

from __future__ import annotations

from irqlab.guest.ctypes import PDev, String
from irqlab.guest.devices import resource_pointer
from irqlab.guest.exports import Int, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.guest.platform import platform_driver
from irqlab.guest.symbols.devres import devm_ioremap_resource
from irqlab.kernel import platform
from irqlab.kernel.device import Device, platform_driver_register
from irqlab.kernel.errno import EPROBE_DEFER, errno_name
from irqlab.kernel.of.address import IORESOURCE_MEM, Resource

#: ``resource_type()``.
_TYPE = 0x1F00


@export()
def __platform_driver_register(g: Guest, driver: Ptr, owner: Ptr) -> Int:
    return platform_driver_register(g.k, platform_driver(g, driver))


@export()
def __platform_register_drivers(g: Guest, drivers: Ptr, count: UInt, owner: Ptr) -> Int:
    for at in range(count):
        platform_driver_register(g.k, platform_driver(g, g.number(drivers + g.abi.word * at)))
    return 0


@export("platform_unregister_drivers")
def _platform_unregister_drivers(g: Guest, drivers: Ptr, count: UInt) -> None:
    for at in reversed(range(count)):
        platform.platform_driver_unregister(g.k, platform_driver(g, g.number(drivers + g.abi.word * at)))


@export("platform_driver_unregister")
def _platform_driver_unregister(g: Guest, driver: Ptr) -> None:
    platform.platform_driver_unregister(g.k, platform_driver(g, driver))


# -- resources -----------------------------------------------------------------------------------------------------------


def _resource(g: Guest, dev: Device, kind: int, number: int) -> int | None:
    """The place of a resource of a kind."""
    at = [index for index, known in enumerate(g.resources(dev.name)) if known.flags & _TYPE == kind]
    return at[number] if number < len(at) else None


def _named(g: Guest, dev: Device, kind: int, name: str) -> int | None:
    found = enumerate(g.resources(dev.name))
    return next((index for index, known in found if known.flags & _TYPE == kind and known.name == name), None)


def _at(g: Guest, dev: Device, index: int | None) -> Resource | None:
    return g.resources(dev.name)[index] if index is not None else None


@export("platform_get_resource")
def _platform_get_resource(g: Guest, pdev: PDev, kind: UInt, number: UInt) -> Ptr:
    index = _resource(g, pdev, kind, number)
    return resource_pointer(g, pdev.name, index) if index is not None else 0


@export("platform_get_mem_or_io")
def _platform_get_mem_or_io(g: Guest, pdev: PDev, number: UInt) -> Ptr:
    index = _resource(g, pdev, IORESOURCE_MEM, number)
    return resource_pointer(g, pdev.name, index) if index is not None else 0


@export("platform_get_resource_byname")
def _platform_get_resource_byname(g: Guest, pdev: PDev, kind: UInt, name: String) -> Ptr:
    index = _named(g, pdev, kind, name)
    return resource_pointer(g, pdev.name, index) if index is not None else 0


@export("devm_platform_get_and_ioremap_resource")
def _devm_platform_get_and_ioremap_resource(g: Guest, pdev: PDev, number: UInt, out: Ptr) -> Ptr:
    index = _resource(g, pdev, IORESOURCE_MEM, number)
    if out:
        g.set_number(out, resource_pointer(g, pdev.name, index) if index is not None else 0)
    return devm_ioremap_resource(g, pdev, _at(g, pdev, index))


@export("devm_platform_ioremap_resource")
def _devm_platform_ioremap_resource(g: Guest, pdev: PDev, number: UInt) -> Ptr:
    return devm_ioremap_resource(g, pdev, _at(g, pdev, _resource(g, pdev, IORESOURCE_MEM, number)))


@export("devm_platform_ioremap_resource_byname")
def _devm_platform_ioremap_resource_byname(g: Guest, pdev: PDev, name: String) -> Ptr:
    return devm_ioremap_resource(g, pdev, _at(g, pdev, _named(g, pdev, IORESOURCE_MEM, name)))


# -- interrupts ----------------------------------------------------------------------------------------------------------


def _told(g: Guest, dev: Device, irq: int, what: str) -> int:
    """``dev_err_probe()`` of an interrupt that is not there."""
    if irq < 0 and irq != -EPROBE_DEFER:
        g.world.trace("printk", text=f"{dev.name}: error {errno_name(irq)}: IRQ {what} not found")
    return irq


@export("platform_get_irq_optional")
def _platform_get_irq_optional(g: Guest, pdev: PDev, index: UInt) -> Int:
    return platform.platform_get_irq_optional(g.k, pdev, index)


@export("platform_get_irq")
def _platform_get_irq(g: Guest, pdev: PDev, index: UInt) -> Int:
    return _told(g, pdev, platform.platform_get_irq_optional(g.k, pdev, index), f"index {index}")


@export("platform_get_irq_byname_optional")
def _platform_get_irq_byname_optional(g: Guest, pdev: PDev, name: Text) -> Int:
    return platform.platform_get_irq_byname_optional(g.k, pdev, name)


@export("platform_get_irq_byname")
def _platform_get_irq_byname(g: Guest, pdev: PDev, name: Text) -> Int:
    return _told(g, pdev, platform.platform_get_irq_byname_optional(g.k, pdev, name), name)


@export("platform_irq_count")
def _platform_irq_count(g: Guest, pdev: PDev) -> Int:
    return platform.platform_irq_count(g.k, pdev)
