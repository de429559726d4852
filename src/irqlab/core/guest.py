"""A compiled driver on the tree's own core: both in one guest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.core import views
from irqlab.core.power import device_of, power_lock_at, power_mirrors
from irqlab.core.views import DescView
from irqlab.guest.activation import Activation
from irqlab.guest.cpu import Stop
from irqlab.guest.guest import Guest
from irqlab.guest.image import Image
from irqlab.guest.memory import Fault
from irqlab.guest.mirror import Mirror
from irqlab.guest.running import Argument
from irqlab.kernel.core import LINUX
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, desc_lock
from irqlab.kernel.locking import Lock
from irqlab.state import Call, Record, atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: The sources of a tree that are its core, by the beginning of their paths: not the driver.
CORE = ("kernel/irq/", "drivers/base/power/", "lib/", "arch/", "beneath.c", "root.c")

#: Where descriptors come from.
DESCS = "kernel/irq/irqdesc.c"


class CoreGuest(Guest):
    """One driver and the core under it.

    :ivar pointed: Records of the kernel in Python by the pointers that stand for them in compiled code.
    """

    def __init__(self, k: Kernel, image: Image) -> None:
        self.pointed: dict[int, Record] = {}
        self._watched: dict[int, tuple[str, str]] = {}
        self._chips: set[int] = set()
        self._said = ""
        super().__init__(k, image)
        self._desc_size = image.types.size("irq_desc")
        self.memory.statistics = range(image.symbols["kstat"], image.symbols["kstat"] + image.types.size("kernel_stat"))
        self.watch_chip(image.symbols["irqlab_root"])

    # -- what it is made of ------------------------------------------------------------------------------------

    def mirrored(self) -> tuple[Mirror, ...]:
        return power_mirrors(self, super().mirrored())

    def lock_at(self, address: int) -> Lock | None:
        view = views.desc_view(self, address - self.image.types.offset("irq_desc", "lock"))
        return desc_lock(self.k, self.world.at(IrqDesc, view.irq)) if view is not None else power_lock_at(self, address)

    def queue_at(self, address: int) -> str:
        view = views.desc_view(self, address - self.image.types.offset("irq_desc", "wait_for_threads"))
        if view is not None:
            return f"the threads of irq {view.irq} are done"
        dev = device_of(self, address, "power.wait_queue")
        return f"{dev.name} is no longer resuming or suspending" if dev is not None else ""

    @atomic
    def allocate(self, size: int, zero: bool) -> int:
        """``kmalloc()``: what ``irqdesc.c`` allocates of a descriptor's size is one.

        What the core allocates is not the driver's, which is told of no leak then.
        """
        place = self.place()
        ours = place is not None and place.file.startswith(CORE)
        address = self.memory.allocate(size, zero, "" if ours else self.where())
        if address and size == self._desc_size and place is not None and place.file == DESCS:
            self.world.new(DescView, address)
        return address

    @atomic
    def release(self, address: int) -> bool:
        """``kfree()``."""
        views.released(self, address)
        return self.memory.release(address)

    def known_text(self, address: int) -> str:
        """A C string; empty for NULL and where there is none."""
        found = bytearray()
        while address and len(found) < 64:
            content = self.memory.load(address + len(found), 1)
            if isinstance(content, Fault) or content == b"\0":
                break
            found += content
        return found.decode("utf-8", "replace")

    # -- what happens in it ------------------------------------------------------------------------------------

    def watch_chip(self, address: int) -> None:
        """From now on callbacks of the chip at an address are noted."""
        if not address or address in self._chips:
            return
        self._chips.add(address)
        name = "GICv3" if address == self.image.symbols["irqlab_root"] else self.image.describe(address)
        for callback in IrqChip.CALLBACKS:
            member = self.image.types.member("irq_chip", callback)
            content = self.memory.glance(address + member.offset, member.size) if member is not None else b""
            function = int.from_bytes(content, "little")
            if function and function not in self._watched:
                self._watched[function] = name, callback
                self.cpu.watch(function)

    def ran(self, me: Activation) -> None:
        entered, self.cpu.entered = self.cpu.entered, []
        link = self.cpu.values[self.abi.link]
        opened = (*me.about, *((sp, argument, back) for _, sp, argument, back in entered))
        me.about = tuple(one for one in opened if me.sp < one[0] or (me.sp == one[0] and link == one[2]))
        for function, _, argument, _ in entered:
            chip, callback = self._watched[function]
            self.world.trace("callback", chip=chip, callback=callback, irq=self._irq(argument))
        views.look(self)

    def _irq(self, data: int) -> int:
        member = self.image.types.member("irq_data", "irq")
        content = self.memory.load(data + member.offset, member.size) if member is not None else b""
        return int.from_bytes(content, "little") if isinstance(content, bytes) else 0

    def _run(self, function: int, arguments: tuple[Argument, ...], result: str) -> Any:
        value = super()._run(function, arguments, result)
        self._subjects(self.active)
        return value

    def _serve(self, me: Activation, stop: Stop) -> Stop:
        self._subjects(me)
        return super()._serve(me, stop)

    def _subjects(self, me: Activation | None) -> None:
        """Which lines the chip callbacks that are open have been called for."""
        found: list[object] = []
        while me is not None:
            found[:0] = [self.world.at(IrqData, self._irq(argument)) for _, argument, _ in me.about]
            me = me.outer
        self.world.tape.subjects[:] = found

    # -- what it says ------------------------------------------------------------------------------------------

    def owns(self, call: Call) -> bool:
        return super().owns(call) or call.module == LINUX

    def module_of(self, file: str, module: str) -> str:
        return LINUX if file.startswith(CORE) else module

    def warns(self, text: str) -> None:
        """``__warn_printk()``: what the trap behind it is about."""
        self._said = text

    def warned(self, where: str) -> None:
        text, self._said = self._said, ""
        words = text.split()
        if text.startswith("Unbalanced enable for IRQ"):
            self.k.signal("unbalanced-enable", irq=int(words[-1]))
        else:
            self.k.warn(f"{text}: WARNING at {where}" if text else f"WARNING at {where}")

    def logged(self, text: str) -> None:
        """A line of the kernel's log: some of them are what the kernel in Python signals."""
        if "Runtime PM usage count underflow!" in text:
            device = text.partition(":")[0]
            self.k.signal("pm-reference-underflow", what="usage count", device=device, silent=False, text=text)
        elif text.startswith("unexpected IRQ trap at vector"):
            self.k.signal("unexpected-irq", irq=int(text.split()[-1], 16))
        elif "Unbalanced pm_runtime_enable!" in text:
            self.k.warn(text)
