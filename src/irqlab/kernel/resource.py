"""Who has claimed which addresses (``kernel/resource.c``): ``request_mem_region()`` and what gives back.

Devices of a device tree put no resources into ``iomem_resource`` themselves, so what is claimed is all there is in it.
6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_resource.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.context import might_sleep
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class BusyRegion(Record, counted=True):
    """``struct resource`` with ``IORESOURCE_BUSY``: claimed addresses.  Key: a number."""

    start: int
    end: int
    name: str = ""

    @property
    def label(self) -> str:
        """What messages call it."""
        return f"the claimed region {self.key[0]}"


@atomic
def _claim(k: Kernel, start: int, size: int, name: str) -> BusyRegion | None:
    end = start + size - 1
    for known in k.world.all(BusyRegion):
        if known.start <= end and start <= known.end:
            return None
    return k.world.new(BusyRegion, k.world.lowest_free(BusyRegion), start=start, end=end, name=name)


@kernel
def __request_region(k: Kernel, start: int, size: int, name: str) -> BusyRegion | None:
    """``__request_region()`` of memory: None if somebody has any of it.  May sleep."""
    might_sleep(k, f"request_mem_region({start:#x})")
    if k.fails("request_mem_region"):
        return None
    return _claim(k, start, size, name)


@atomic
def __release_region(k: Kernel, start: int, size: int) -> None:
    """``__release_region()``: what nobody has claimed so is told, and stays."""
    for known in k.world.all(BusyRegion):
        if (known.start, known.end) == (start, start + size - 1):
            k.world.drop(known)
            return
    k.world.trace("printk", text=f"Trying to free nonexistent resource <{start:#018x}-{start + size - 1:#018x}>")
