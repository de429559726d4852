"""What the parts of a guest know of each other: the whole is :class:`~irqlab.guest.guest.Guest`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from irqlab.guest.abi import Abi
from irqlab.guest.cpu import Cpu
from irqlab.guest.image import Image
from irqlab.guest.memory import Fault, Memory
from irqlab.state import World

if TYPE_CHECKING:
    from irqlab.hardware import Block
    from irqlab.kernel.kernel import Kernel


class Whole(ABC):
    """One compiled driver under one kernel."""

    name: str
    k: Kernel
    world: World
    image: Image
    abi: Abi
    memory: Memory
    cpu: Cpu

    @abstractmethod
    def broken(self, fault: Fault) -> None:
        """Tells a broken memory rule, and does what the kernel would: go on with an uninitialised value, oops otherwise."""

    @abstractmethod
    def unknown(self, what: str, why: str = "") -> None:
        """Something that is not modelled was reached: the path ends here, named and located."""

    @abstractmethod
    def module_of(self, file: str, module: str) -> str:
        """Which module a function of a source is said to be from; ``module`` if nothing else is said."""

    @abstractmethod
    def warned(self, where: str) -> None:
        """``WARN()`` in compiled code."""

    @abstractmethod
    def where(self) -> str:
        """The line of the driver that is running, in words."""

    @abstractmethod
    def intern(self, text: str) -> int:
        """The address of a constant string of the kernel's."""

    @abstractmethod
    def register_at(self, address: int) -> tuple[Block | None, int]:
        """The block and the offset behind an address in the space of mapped registers."""
