"""A compiled driver as the kernel meets it: its initcalls, its ``IRQCHIP_DECLARE()`` entries, its platform drivers.

:class:`Compiled` stands where a driver in Python stands.  Which platform drivers it has is not looked for: its initcalls
run when the kernel boots, and register them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from irqlab.guest import symbols
from irqlab.guest.guest import INT, Guest
from irqlab.guest.image import Image
from irqlab.guest.objects import node_pointer
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Irqchip

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@dataclass(frozen=True, eq=False)
class Compiled(Driver):
    """A driver that is an :class:`Image`."""

    image: Image | None = None

    @classmethod
    def of(cls, image: Image) -> Compiled:
        """The driver of an image."""
        compatible = (*image.compatible, *(entry.compatible for entry in image.irqchips))
        return cls(image.name, compatible=tuple(dict.fromkeys(compatible)), image=image)

    def insert(self, k: Kernel) -> None:
        assert self.image is not None
        guest = Guest(k, self.image)
        k.guest = guest
        k.irqchips = (*k.irqchips, *irqchips_of(guest))
        k.initcalls = tuple((level, guest.function(function, INT)) for level, function in self.image.initcalls)


def irqchips_of(guest: Guest) -> tuple[Irqchip, ...]:
    """The ``IRQCHIP_DECLARE()`` entries of a guest's image."""
    return tuple(_irqchip(guest, entry.compatible, entry.function) for entry in guest.image.irqchips)


def _irqchip(guest: Guest, compatible: str, function: int) -> Irqchip:
    def init(k: Kernel, name: str) -> None:
        part = k.board.part(name)
        parent = guest.interrupt_parent(part.node)
        error = guest.function(function, INT)(k, node_pointer(guest, part.node), node_pointer(guest, parent))
        if error:
            k.signal("irqchip-failed", device=part.name, error=error)

    return Irqchip(guest.image.describe(function), (compatible,), init)


assert symbols.__all__  # imported, so that every exported function is known
