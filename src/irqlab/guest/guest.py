"""A compiled driver under the kernel: calls go both ways, as between two kinds of code of one kernel.

A call of a compiled function is a traced call like that of a Python one.  What the call goes on from, when it is
stopped, is no log of answers but the *checkpoint* of the emulated CPU: its registers and the live part of its stack.
The rest of the guest's memory is in Records.

:class:`Guest` is a static of one Kernel; ``k.guest`` is where it is found.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.guest import leaks, variables, where
from irqlab.guest.access import Access
from irqlab.guest.cpu import Cpu
from irqlab.guest.devices import device_pointer
from irqlab.guest.dwarf import Prototype
from irqlab.guest.exports import EXPORTS, Export
from irqlab.guest.ground import Ground
from irqlab.guest.image import Image
from irqlab.guest.irqobjects import lock_of
from irqlab.guest.memory import Fault, Memory
from irqlab.guest.mirror import Mirror, Mirrors
from irqlab.guest.running import BOOL, INT, MODULE, OUT, VOID, WORD, Running
from irqlab.guest.types import Place
from irqlab.state import Call, Static

if TYPE_CHECKING:
    from irqlab.kernel.device import Device, Driver
    from irqlab.kernel.irq.desc import IrqChip
    from irqlab.kernel.kernel import Kernel
    from irqlab.kernel.locking import Lock


class Guest(Running, Access, Ground, Static):
    """One compiled driver (an image) under one kernel."""

    def __init__(self, k: Kernel, image: Image) -> None:
        self.name = image.name
        self.k, self.image, self.abi = k, image, image.abi
        self.world = k.world
        self.memory = Memory(k.world, image)
        self.cpu = Cpu(image, self.memory)
        self.active = self.owner = None
        self.gates = []
        self.exports = tuple(self._bind(extern.name, extern.declared) for extern in image.externs)
        self._functions: dict[tuple[int, str], Callable[..., Any]] = {}
        #: Chips, operations, handlers and drivers of the guest, by what they are and where.
        self.statics: dict[tuple[str, int], object] = {}
        #: Chips of the kernel's own that compiled code has seen.
        self.kernel_chips: list[IrqChip] = []
        #: What opaque pointers stand for.
        self.handles: dict[str, int] = {}
        self.remove_returns_int = False
        self._settle(k)
        self.mirrors = Mirrors(self, self.mirrored())
        self.memory.window = self.mirrors
        variables.begin_task(self)
        for extern in image.externs:
            if extern.is_variable:
                self.memory.provide(extern.name, image.symbols[extern.name], extern.size, variables.content(self, extern))

    def mirrored(self) -> tuple[Mirror, ...]:
        """Which kernel objects it sees as structs."""
        from irqlab.guest.objects import mirrors

        return mirrors(self)

    def _bind(self, name: str, declared: object) -> Export | str:
        """The export that serves a symbol, or why there is none."""
        known = EXPORTS.get(name, [])
        if not known:
            return "no model"
        if not isinstance(declared, Prototype):
            return known[0]
        misfits = [export.misfit(declared, self.abi.word) for export in known]
        return next((export for export, misfit in zip(known, misfits, strict=True) if not misfit), misfits[0])

    def lock_at(self, address: int) -> Lock | None:
        """The lock of the kernel's own that a mirrored object has at an address; None for a lock of compiled code."""
        return lock_of(self, address)

    def queue_at(self, address: int) -> str:
        """What who stands in the wait queue at an address waits for; empty where that is not known."""
        return ""

    def module_of(self, file: str, module: str) -> str:
        """Which module a function of a source is said to be from; ``module`` if nothing else is said."""
        return module

    def mirrored_at(self, dev: Device, path: str) -> int:
        """Where a field of a ``struct device`` lies."""
        return device_pointer(self, dev) + self.image.types.offset("device", path)

    def warns(self, text: str) -> None:
        """What the next ``WARN()`` of compiled code is about."""

    def logged(self, text: str) -> None:
        """A line of the kernel's log."""

    def warned(self, where: str) -> None:
        """``WARN()`` in compiled code."""
        self.k.warn(f"WARNING at {where}")

    def named(self, function: Callable[..., Any], like: Callable[..., Any]) -> Callable[..., Any]:
        """A plain function as a value of Records: what it closes over is fixed; called what ``like`` is called."""
        function.__name__ = function.__qualname__ = like.__name__
        function.__module__ = like.__module__
        function.__traced__ = True  # type: ignore[attr-defined]
        return function

    # -- what the driver does wrong ----------------------------------------------------------------------------

    def broken(self, fault: Fault) -> None:
        """Tells a broken memory rule, and does what the kernel would: go on with an uninitialised value, oops otherwise."""
        where = self.where()
        access = "write" if fault.write else "read"
        if fault.what == "not-modelled":
            self.unknown(fault.detail)
        if fault.what == "null":
            self.k.signal("null-pointer", what=f"{access} of {fault.size} bytes at {fault.address:#x} in {where}")
            self.k.oops(f"NULL pointer dereference in {where}")
        if fault.what == "use-after-free":
            freed = f"freed memory ({access} of {fault.size} bytes in {where})"
            self.k.signal("use-after-free", what=freed)
        else:
            what = f"{fault.what}: {access} of {fault.size} bytes at {fault.address:#x}"
            self.k.signal("memory-error", what=f"{what}{f', {fault.detail}' if fault.detail else ''}", where=where)
        if fault.what != "uninitialised":
            self.k.oops(f"{fault.what} in {where}")

    def unknown(self, what: str, why: str = "") -> None:
        """Something that is not modelled was reached: the path ends here, named and located."""
        told = f"{what}{f' ({why})' if why else ''}, reached in {self.where()}"
        self.k.signal("not-modelled", what=told)
        self.k.hang(f"not modelled: {told}")

    # -- where the driver is -------------------------------------------------------------------------------------

    def place(self) -> Place | None:
        """The line of the driver that is running; None where no compiled code is."""
        return where.place(self)

    def chain(self) -> tuple[Place, ...]:
        """The same with inlined functions and callers within the running call, the innermost first."""
        return where.chain(self, self.active) if self.active is not None else ()

    def where(self) -> str:
        """The line of the driver that is running, in words."""
        return where.told(self)

    def where_itself(self) -> str:
        """The same, if it is compiled code itself that does what happens now, and no function it has called; else empty."""
        calls = self.world.tape.calls
        return self.where() if len(calls) > 1 and self.owns(calls[-2]) else ""

    def binding(self, dev: Device, driver: Driver) -> None:
        """A driver is about to be probed."""
        leaks.binding(self.k, dev, driver)

    def unbound(self, dev: Device, driver: Driver, failed: bool) -> None:
        """A driver has gone from a device, or its probe has failed, and what was managed was given back."""
        leaks.unbound(self.k, dev, driver, failed)

    def owns(self, call: Call) -> bool:
        """Whether a call is one of compiled code."""
        return call.module.startswith(MODULE)

    def expand(self, calls: tuple[Call, ...]) -> tuple[Call, ...]:
        """The open calls, with those inside compiled code."""
        return where.expand(self, calls)


__all__ = ["BOOL", "INT", "OUT", "VOID", "WORD", "Guest"]
