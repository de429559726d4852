"""``mm/slab``, ``mm/percpu``: memory for the driver.  It may run out, as often as the scope lets things fail."""

from __future__ import annotations

from irqlab.guest.exports import Bool, Int, Ptr, UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.guest.layout import HEAP_SIZE
from irqlab.guest.memory import Fault
from irqlab.kernel.kernel import Kernel
from irqlab.state import atomic

#: ``__GFP_ZERO``.
GFP_ZERO = 0x100

#: What ``kmalloc(0)`` gives: a pointer that may be freed, and nothing else.
ZERO_SIZE_PTR = 16


def kmalloc(g: Guest, size: int, flags: int, what: str = "kmalloc", zero: bool = False) -> int:
    """Memory of ``size`` bytes; 0 when there is none."""
    if not size:
        return ZERO_SIZE_PTR
    if size > HEAP_SIZE or g.k.fails(what):
        return 0
    return g.allocate(size, zero or bool(flags & GFP_ZERO))


def kfree(g: Guest, address: int) -> None:
    """Gives memory back; twice is a broken promise."""
    if address > ZERO_SIZE_PTR and not g.release(address):
        g.broken(Fault("use-after-free", address, 0, True, "kfree() of what is not allocated"))


@atomic
def free_action(k: Kernel, address: int) -> None:
    """What ``devm_kmalloc()`` leaves to be done when the driver is gone."""
    k.guest.memory.release(address)


@export("__kmalloc_noprof", "__kmalloc", "kmalloc_noprof")
def _kmalloc(g: Guest, size: ULong, flags: UInt) -> Ptr:
    return kmalloc(g, size, flags)


@export("__kmalloc_node_noprof", "__kmalloc_node", "__kvmalloc_node_noprof")
def _kmalloc_node(g: Guest, size: ULong, flags: UInt, node: Int) -> Ptr:
    return kmalloc(g, size, flags)


@export("__kmalloc_cache_noprof", "kmalloc_trace")
def _kmalloc_cache(g: Guest, cache: Ptr, flags: UInt, size: ULong) -> Ptr:
    return kmalloc(g, size, flags)


@export("__kmalloc_cache_node_noprof", "kmalloc_node_trace")
def _kmalloc_cache_node(g: Guest, cache: Ptr, flags: UInt, node: Int, size: ULong) -> Ptr:
    return kmalloc(g, size, flags)


@export("kmemdup_noprof", "kmemdup")
def _kmemdup(g: Guest, source: Ptr, size: ULong, flags: UInt) -> Ptr:
    address = kmalloc(g, size, flags, "kmemdup")
    if address > ZERO_SIZE_PTR:
        g.copy(address, source, size)
    return address


@export("kfree", "kfree_const", "kvfree", "kfree_sensitive")
def _kfree(g: Guest, address: Ptr) -> None:
    kfree(g, address)


# -- memory that each CPU has its own of -----------------------------------------------------------------------------------


@export("pcpu_alloc_noprof")
def _pcpu_alloc(g: Guest, size: ULong, align: ULong, reserved: Bool, flags: UInt) -> Ptr:
    return kmalloc(g, size, flags, "alloc_percpu", zero=True)


@export("__alloc_percpu")
def _alloc_percpu(g: Guest, size: ULong, align: ULong) -> Ptr:
    return kmalloc(g, size, 0, "alloc_percpu", zero=True)


@export("free_percpu")
def _free_percpu(g: Guest, address: Ptr) -> None:
    kfree(g, address)
