"""One call of compiled code that is under way, and what it goes on from when it is stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.guest import cpu as stops
from irqlab.guest.layout import STACK_TOP, TASK, THREAD_INFO

if TYPE_CHECKING:
    from irqlab.guest.running import Running


class Activation:
    """One call of a compiled function that is under way.

    :ivar irqs_off: how many callers expected interrupts to be off when it began.
    :ivar about: the watched functions that are open in it: stack pointer at entry, first argument, where it returns to.
    :ivar registers: the CPU's registers when it called the kernel; None while the CPU still holds them.
    """

    __slots__ = ("about", "guest", "irqs_off", "outer", "registers", "sp", "stop")

    def __init__(self, guest: Running, outer: Activation | None) -> None:
        self.guest, self.outer = guest, outer
        self.registers: tuple[int, ...] | None = None
        self.sp = 0
        self.irqs_off = 0
        self.stop: tuple[Any, ...] = ()
        self.about: tuple[tuple[int, int, int], ...] = ()

    def kept(self) -> tuple[Any, ...]:
        """What the call goes on from: why it stands, its registers; if nothing is below it, the live stack and ``current``."""
        self.save()
        memory, stack, task = self.guest.memory, b"", b""
        if self.guest.owner is self:
            stack = memory.stack.get(self.sp, STACK_TOP - self.sp)
            task = memory.task.get(TASK, THREAD_INFO).rstrip(b"\0")
        return (self.stop, self.registers, stack, task, self.irqs_off, self.about)

    def save(self) -> None:
        """Takes the registers out of the CPU; what no caller may rely on after a call counts as 0."""
        if self.registers is not None:
            return
        registers = self.guest.cpu.save()
        if self.stop[0] == stops.CALL:
            abi = self.guest.abi
            keep = frozenset((*abi.saved, abi.sp, abi.link))
            flags = registers[abi.flags] & ~abi.conditions
            registers = tuple(value if at in keep else flags if at == abi.flags else 0 for at, value in enumerate(registers))
        self.registers = registers
