"""``drivers/base/devres.c`` and ``lib/devres.c``: what is given back by itself when the driver goes."""

from __future__ import annotations

from irqlab.guest.ctypes import Dev, err_ptr
from irqlab.guest.devices import device_pointer, resource_at
from irqlab.guest.exports import Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import VOID, Guest
from irqlab.guest.symbols.ioremap import ioremap, is_memory, request_mem_region
from irqlab.guest.symbols.slab import kmalloc
from irqlab.kernel import resource as regions
from irqlab.kernel.device import Device, devm_add_action, devm_remove_action
from irqlab.kernel.errno import EBUSY, EINVAL, ENOMEM
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.of.address import IORESOURCE_MEM, Resource
from irqlab.state import Record, atomic, kernel

#: ``ZERO_SIZE_PTR``.
_NOTHING = 16

#: ``resource_type()``: memory, ports, interrupts, DMA.
_TYPE = 0x1F00


# -- memory --------------------------------------------------------------------------------------------------------------


@atomic
def devm_kmalloc_release(k: Kernel, address: int) -> None:
    """``devm_kmalloc_release()``: the memory goes."""
    k.guest.memory.release(address)


def devm_kmalloc(g: Guest, dev: Device, size: int, flags: int, zero: bool = False) -> int:
    """``devm_kmalloc()``: memory until the driver goes; 0 when there is none."""
    if not size:
        return _NOTHING
    address = kmalloc(g, size, flags, "devm_kmalloc", zero=zero)
    if address:
        devm_add_action(g.k, dev, devm_kmalloc_release, address)
    return address


@export("devm_kmalloc")
def _devm_kmalloc(g: Guest, dev: Dev, size: ULong, flags: UInt) -> Ptr:
    return devm_kmalloc(g, dev, size, flags)


@export("devm_kfree")
def _devm_kfree(g: Guest, dev: Dev, address: Ptr) -> None:
    if address <= _NOTHING:
        return
    if devm_remove_action(g.k, dev, devm_kmalloc_release, address):
        g.release(address)
    else:
        g.k.warn(f"devm_kfree: {address:#x} is no memory of {dev.name}")


@export("devm_kmemdup")
def _devm_kmemdup(g: Guest, dev: Dev, source: Ptr, size: ULong, flags: UInt) -> Ptr:
    address = devm_kmalloc(g, dev, size, flags)
    if address > _NOTHING:
        g.copy(address, source, size)
    return address


def _devm_text(g: Guest, dev: Device, text: str) -> int:
    data = text.encode() + b"\0"
    address = devm_kmalloc(g, dev, len(data), 0)
    if address:
        g.write(address, data)
    return address


@export("devm_kstrdup", "devm_kstrdup_const")
def _devm_kstrdup(g: Guest, dev: Dev, text: Ptr, flags: UInt) -> Ptr:
    return _devm_text(g, dev, g.text(text)) if text else 0


@export("devm_kasprintf")
def _devm_kasprintf(g: Guest, dev: Dev, flags: UInt, text: Text, *arguments: int) -> Ptr:
    return _devm_text(g, dev, formatted(g, text, arguments))


@export("devm_bitmap_zalloc")
def _devm_bitmap_zalloc(g: Guest, dev: Dev, bits: UInt, flags: UInt) -> Ptr:
    return devm_kmalloc(g, dev, -(-bits // g.abi.bits) * g.abi.word, flags, zero=True)


@export("devm_bitmap_alloc")
def _devm_bitmap_alloc(g: Guest, dev: Dev, bits: UInt, flags: UInt) -> Ptr:
    return devm_kmalloc(g, dev, -(-bits // g.abi.bits) * g.abi.word, flags)


# -- actions -------------------------------------------------------------------------------------------------------------


@export("__devm_add_action")
def _devm_add_action(g: Guest, dev: Dev, action: Ptr, data: Ptr, name: Text) -> Int:
    return _add_action(g, dev, action, data)


@export("devm_add_action")
def _devm_add_action_6_1(g: Guest, dev: Dev, action: Ptr, data: Ptr) -> Int:
    """The same, as it was called before it told its name."""
    return _add_action(g, dev, action, data)


def _add_action(g: Guest, dev: Device, action: int, data: int) -> int:
    if g.k.fails("devm_add_action"):
        return -ENOMEM
    return devm_add_action(g.k, dev, g.function(action, VOID), data)


@export("devm_remove_action")
def _devm_remove_action(g: Guest, dev: Dev, action: Ptr, data: Ptr) -> None:
    if not devm_remove_action(g.k, dev, g.function(action, VOID), data):
        g.k.warn(f"devm_remove_action: {dev.name} has no such action")


@export("devm_release_action")
def _devm_release_action(g: Guest, dev: Dev, action: Ptr, data: Ptr) -> None:
    function = g.function(action, VOID)
    if devm_remove_action(g.k, dev, function, data):
        function(g.k, data)
    else:
        g.k.warn(f"devm_release_action: {dev.name} has no such action")


# -- a driver's own kinds ------------------------------------------------------------------------------------------------


class Devres(Record):
    """``struct devres`` of a kind of the driver's own.  Key: where its data is."""

    #: The function that releases it.
    release: int


@atomic
def _made(k: Kernel, address: int, release: int) -> None:
    k.world.new(Devres, address, release=release)


@atomic
def _forgotten(k: Kernel, address: int) -> int:
    """The function that releases it; it is none any more.  0 if it was none."""
    known = k.world.at(Devres, address)
    if not known.exists:
        return 0
    release = known.release
    k.world.drop(known)
    return release


@kernel
def release_nodes(k: Kernel, dev: Device, address: int) -> None:
    """``release_nodes()``: the driver's function, then the memory."""
    release = _forgotten(k, address)
    if release:
        k.guest.function(release, VOID)(k, device_pointer(k.guest, dev), address)
    devm_kmalloc_release(k, address)


@export("__devres_alloc_node")
def _devres_alloc_node(g: Guest, release: Ptr, size: ULong, flags: UInt, node: Int, name: Text) -> Ptr:
    address = kmalloc(g, size, flags, "devres_alloc", zero=True)
    if address:
        _made(g.k, address, release)
    return address


@export("devres_add")
def _devres_add(g: Guest, dev: Dev, address: Ptr) -> None:
    devm_add_action(g.k, dev, release_nodes, dev, address)


@export("devres_free")
def _devres_free(g: Guest, address: Ptr) -> None:
    if address:
        _forgotten(g.k, address)
        devm_kmalloc_release(g.k, address)


# -- registers and addresses ---------------------------------------------------------------------------------------------


def devm_ioremap(g: Guest, start: int, size: int) -> int:
    """``devm_ioremap()``: nothing is unmapped when the driver goes (see :mod:`irqlab.guest.symbols.ioremap`)."""
    return ioremap(g, start, size)


@export("devm_ioremap", "devm_ioremap_wc", "devm_ioremap_uc")
def _devm_ioremap(g: Guest, dev: Dev, start: ULong, size: ULong) -> Ptr:
    return devm_ioremap(g, start, size)


@export("devm_iounmap")
def _devm_iounmap(g: Guest, dev: Dev, address: Ptr) -> None:
    """Nothing is unmapped."""


def devm_ioremap_resource(g: Guest, dev: Device, resource: Resource | None) -> int:
    """``devm_ioremap_resource()``: claimed and mapped; an error pointer if that cannot be."""
    if resource is None or resource.flags & _TYPE != IORESOURCE_MEM:
        g.world.trace("printk", text=f"{dev.name}: error -EINVAL: invalid resource")
        return err_ptr(g, -EINVAL)
    told = f"[mem {resource.start:#010x}-{resource.end:#010x}]"
    if not _devm_claim(g, dev, resource.start, resource.size, resource.name):
        g.world.trace("printk", text=f"{dev.name}: error -EBUSY: can't request region for resource {told}")
        return err_ptr(g, -EBUSY)
    mapped = devm_ioremap(g, resource.start, resource.size)
    if mapped:
        return mapped
    _devm_unclaim(g, dev, resource.start, resource.size)
    g.world.trace("printk", text=f"{dev.name}: error -ENOMEM: ioremap failed for resource {told}")
    return err_ptr(g, -ENOMEM)


@export("devm_ioremap_resource", "devm_ioremap_resource_wc")
def _devm_ioremap_resource(g: Guest, dev: Dev, resource: Ptr) -> Ptr:
    return devm_ioremap_resource(g, dev, resource_at(g, resource) if resource else None)


def _devm_claim(g: Guest, dev: Device, start: int, size: int, name: str) -> int:
    region = request_mem_region(g, start, size, name)
    if region:
        devm_add_action(g.k, dev, regions.__release_region, start, size)
    return region


def _devm_unclaim(g: Guest, dev: Device, start: int, size: int) -> None:
    if devm_remove_action(g.k, dev, regions.__release_region, start, size):
        regions.__release_region(g.k, start, size)
    else:
        g.k.warn(f"devm_release_region: {start:#x} is not claimed for {dev.name}")


@export()
def __devm_request_region(g: Guest, dev: Dev, parent: Ptr, start: ULong, size: ULong, name: Text) -> Ptr:
    if not is_memory(g, parent):
        g.unknown("__devm_request_region() of I/O ports")
    return _devm_claim(g, dev, start, size, name)


@export()
def __devm_release_region(g: Guest, dev: Dev, parent: Ptr, start: ULong, size: ULong) -> None:
    if not is_memory(g, parent):
        g.unknown("__devm_release_region() of I/O ports")
    _devm_unclaim(g, dev, start, size)
