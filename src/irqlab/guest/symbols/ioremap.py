"""``mm/ioremap.c`` and ``kernel/resource.c``: mapped registers, claimed addresses.

Registers are where the board says, and a mapping of them is the same for everybody and for ever: what is used after
``iounmap()`` is not told.
"""

from __future__ import annotations

from typing import Annotated

from irqlab.guest.devices import region_pointer
from irqlab.guest.exports import _INTEGER, _POINTER, C, Int, Ptr, Text, ULong, export
from irqlab.guest.guest import Guest
from irqlab.kernel import resource

#: ``pgprot_t``: a struct of one word, or a number.
_Prot = Annotated[int, C("pgprot_t", (*_INTEGER, "struct"), 0)]

assert _POINTER

#: ``IORESOURCE_MUXED``: who asks waits for the others.
_MUXED = 0x0040_0000


def ioremap(g: Guest, start: int, size: int) -> int:
    """``ioremap()``: 0 when it fails.  What is no register of the board is not modelled."""
    if not size or g.k.fails("ioremap"):
        return 0
    mapped = g.ioremap(start)
    if not mapped:
        g.unknown(f"ioremap() of {start:#x}, where the board has no registers")
    return mapped


@export("__ioremap_prot", "ioremap_prot")
def _ioremap_prot(g: Guest, start: ULong, size: ULong, prot: _Prot) -> Ptr:
    return ioremap(g, start, size)


@export("ioremap", "ioremap_wc", "ioremap_np", "ioremap_cache", "__ioremap")
def _ioremap(g: Guest, start: ULong, size: ULong) -> Ptr:
    return ioremap(g, start, size)


@export("iounmap")
def _iounmap(g: Guest, address: Ptr) -> None:
    """Nothing is unmapped."""


# -- claimed addresses ---------------------------------------------------------------------------------------------------


def request_mem_region(g: Guest, start: int, size: int, name: str) -> int:
    """``request_mem_region()``: a ``struct resource *``; NULL if somebody has any of it."""
    region = resource.__request_region(g.k, start, size, name)
    return region_pointer(g, region) if region is not None else 0


def is_memory(g: Guest, parent: int) -> bool:
    """Whether a tree of resources is that of memory."""
    return parent == g.image.symbols.get("iomem_resource")


@export()
def __request_region(g: Guest, parent: Ptr, start: ULong, size: ULong, name: Text, flags: Int) -> Ptr:
    if not is_memory(g, parent) or flags & _MUXED:
        g.unknown("__request_region() of I/O ports, or one that waits")
    return request_mem_region(g, start, size, name)


@export()
def __release_region(g: Guest, parent: Ptr, start: ULong, size: ULong) -> None:
    if not is_memory(g, parent):
        g.unknown("__release_region() of I/O ports")
    resource.__release_region(g.k, start, size)
