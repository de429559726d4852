"""Which kernel objects a guest sees, and which of their fields (see :mod:`irqlab.guest.mirror`).

====================== ===================================== ==========================
``platform_device``    with its ``device``; one a part       :mod:`irqlab.guest.devices`
``resource``           windows of a part; claimed addresses  the same
``device_node``        one a node of the board               :mod:`irqlab.guest.nodes`
``property``           one a property of a node              the same
``irq_desc`` …         what is about interrupts              :mod:`irqlab.guest.irqobjects`
handles                clocks, resets and the like, which no driver looks into
====================== ===================================== ==========================
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.guest.devices import device_at, device_mirrors, device_pointer, platform_pointer, resource_pointer
from irqlab.guest.mirror import Mirror
from irqlab.guest.nodes import fwnode_pointer, node_at, node_mirrors, node_pointer
from irqlab.guest.regions import CHIP, CPUMASK, DESC, DOMAIN, HANDLE, PARENT
from irqlab.kernel.device import Device
from irqlab.kernel.pointer import Pointer

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: Bytes between two handles.
_HANDLE = 0x40


def pointer(g: Guest, value: Pointer) -> int:
    """A ``void *`` as the guest has it."""
    if value is None:
        return 0
    if isinstance(value, int):
        return value
    if isinstance(value, Device):
        return device_pointer(g, value)
    from irqlab.guest.irqobjects import irq_pointer

    found = irq_pointer(g, value)
    return found if found is not None else handle(g, f"{value.kind()} {' '.join(map(str, value.key))}")


def handle(g: Guest, what: str) -> int:
    """A pointer to something no driver looks into: a clock, a reset …"""
    return g.mirrors.by_region[HANDLE].base + g.handles.setdefault(what, len(g.handles) + 1) * _HANDLE


def handle_at(g: Guest, address: int) -> str:
    """What such a pointer stands for; empty for NULL or anything else."""
    index, offset = divmod(address - g.mirrors.by_region[HANDLE].base, _HANDLE)
    return next((what for what, number in g.handles.items() if number == index and not offset), "")


def mirrors(g: Guest) -> tuple[Mirror, ...]:
    """All mirrors of a guest."""
    from irqlab.guest.irqobjects import irq_mirrors

    return (*device_mirrors(g), *node_mirrors(g), *irq_mirrors(g), _handles())


def _handles() -> Mirror:
    return Mirror("handle", HANDLE, _HANDLE, lambda g, what: 0, lambda g, index: None, lambda g, what: True, (), {})


__all__ = [
    "CHIP",
    "CPUMASK",
    "DESC",
    "DOMAIN",
    "PARENT",
    "device_at",
    "device_pointer",
    "fwnode_pointer",
    "handle",
    "handle_at",
    "mirrors",
    "node_at",
    "node_pointer",
    "platform_pointer",
    "pointer",
    "resource_pointer",
]
