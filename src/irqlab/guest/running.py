"""How compiled code runs under the kernel: from one call of the kernel to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from irqlab.errors import GuestError, ModelError
from irqlab.guest import cpu as stops
from irqlab.guest.abi import STUB, signed
from irqlab.guest.activation import Activation
from irqlab.guest.cpu import Stop
from irqlab.guest.exports import Export
from irqlab.guest.jumps import goes_to
from irqlab.guest.layout import STACK, STACK_TOP, TASK, THREAD_INFO
from irqlab.guest.link import FIRST_GATE, GATES
from irqlab.guest.memory import Fault
from irqlab.guest.whole import Whole
from irqlab.kernel.context import cpu_relax, current, local_irq_disable, local_irq_enable
from irqlab.kernel.io import readl, writel
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel

#: What a call of a compiled function gives back: nothing, a signed int, a bool, or the whole register.
VOID, INT, BOOL, WORD = "void", "int", "bool", "word"

#: The module that compiled functions say they are from, before the driver's name.
MODULE = "irqlab.guest:"

#: An argument that is memory for the function to write, of so many bytes: ``(OUT, size)``.
OUT = "out"

Argument = int | bytes | tuple[str, int]


class Running(Whole):
    """The calls of one guest.

    :ivar active: the innermost call of compiled code that is under way; ``owner``: whose registers the CPU holds or held last.
    :ivar exports: what serves each extern, or why nothing does.
    :ivar gates: kernel functions that compiled code calls through a pointer, by the number of their stub.
    """

    active: Activation | None
    owner: Activation | None
    exports: tuple[Export | str, ...]
    gates: list[Export]
    _functions: dict[tuple[int, str], Callable[..., Any]]

    # -- calling compiled code ---------------------------------------------------------------------------------

    def function(self, address: int, result: str = INT) -> Callable[..., Any]:
        """The compiled function at ``address`` as a traced kernel function: ``(k, *arguments)``.

        :param result: :data:`VOID`, :data:`INT`, :data:`BOOL` or :data:`WORD`.  With arguments ``(OUT, size)`` the call
            gives a tuple: its result, then the bytes of each.
        """
        known = self._functions.get((address, result))
        if known is None:
            found = self.image.function_at(address)
            name = found.name if found is not None else f"{address:#x}"
            known = self._functions[address, result] = self._traced(address, result, name)
        return known

    def _traced(self, address: int, result: str, name: str) -> Callable[..., Any]:
        def call(k: Kernel, *arguments: Argument) -> Any:
            return self._run(address, arguments, result)

        call.__name__ = call.__qualname__ = name
        place = self.image.place(address)
        call.__module__ = self.module_of(place.file if place is not None else "", f"{MODULE}{self.name}")
        return kernel(call)

    def _run(self, function: int, arguments: tuple[Argument, ...], result: str) -> Any:
        tape = self.world.tape
        me = Activation(self, self.active)
        kept = tape.checkpoint(me)
        outer = self.active
        sp = self._stack_below(outer)
        places, sp = self._scratch(arguments, sp)
        try:
            self.active = me
            stop = self._enter(me, function, arguments, places, sp) if kept is None else self._stored(me, kept)
            while stop.kind != stops.RETURN:
                stop = self._serve(me, stop)
            values = self.cpu.values
            self.owner = outer
            return self._result(values[0], values[1], result, arguments, places)
        finally:
            self.active = outer

    def _stack_below(self, outer: Activation | None) -> int:
        return STACK_TOP - 64 if outer is None else outer.sp

    def _scratch(self, arguments: tuple[Argument, ...], sp: int) -> tuple[tuple[int, ...], int]:
        """Where on the stack arguments that are memory lie, and the stack pointer below them."""
        places = []
        for argument in arguments:
            if isinstance(argument, int):
                places.append(argument & self.abi.mask)
                continue
            size = len(argument) if isinstance(argument, bytes) else argument[1]
            sp = (sp - size) & ~15
            places.append(sp)
        return tuple(places), sp

    def _enter(self, me: Activation, function: int, arguments: tuple[Argument, ...], places: tuple[int, ...], sp: int) -> Stop:
        """The function begins."""
        outer, abi, stack = me.outer, self.abi, self.memory.stack
        if outer is not None and self.owner is outer:
            outer.save()
        if outer is None:
            stack.clear(STACK, STACK_TOP)
            self.memory.task.put(TASK, self.memory.task_begins)
        for argument, place in zip(arguments, places, strict=True):
            if isinstance(argument, bytes):
                stack.put(place, argument)
            elif not isinstance(argument, int):
                stack.clear(place, place + argument[1])
        registers = [0] * len(abi.registers)
        spots = abi.place([abi.word] * len(places))
        spilled = [(-1 - spot[0], value) for spot, value in zip(spots, places, strict=True) if spot[0] < 0]
        if spilled:
            sp = (sp - abi.word * len(spilled)) & ~15
            for offset, value in spilled:
                stack.put(sp + offset, value.to_bytes(abi.word, "little"))
        for spot, value in zip(spots, places, strict=True):
            if spot[0] >= 0:
                registers[spot[0]] = value
        registers[abi.sp], registers[abi.link], registers[abi.pc] = sp, self.image.back, function
        registers[abi.flags] = abi.irq_value & ~abi.irq_bit
        self.cpu.restore(tuple(registers))
        me.irqs_off = _irqs_off(self)
        return self._go(me, function)

    def _stored(self, me: Activation, kept: tuple[Any, ...]) -> Stop:
        """The call stands where it was stopped in a state."""
        me.stop, me.registers, stack, task, me.irqs_off, me.about = kept
        assert me.registers is not None
        me.sp = me.registers[self.abi.sp]
        if stack:
            self.memory.stack.clear(STACK, me.sp)
            self.memory.stack.put(me.sp, stack)
            self.memory.task.put(TASK, task.ljust(THREAD_INFO, b"\0"))
        self.owner = me
        return self._told(me)

    def _told(self, me: Activation) -> Stop:
        kind, *rest = me.stop
        if kind == stops.CALL:
            return Stop(stops.CALL, number=rest[0])
        return Stop(kind, 0, *rest[:3])

    def _go(self, me: Activation, begin: int, let_through: int = 0, forgive: bool = False) -> Stop:
        """Lets the CPU run to its next stop."""
        tape = self.world.tape
        log, tape.log = tape.log, None
        self.owner = me
        before = self._give_flags()
        stop = self.cpu.run(begin, let_through, forgive)
        self._take_flags(me, before)
        me.registers = None if stop.kind in (stops.CALL, stops.RETURN) else self.cpu.save()
        me.sp = self.cpu.values[self.abi.sp]
        self.memory.stack.clear(STACK, max(STACK, min(me.sp, STACK_TOP)))
        self.ran(me)
        if stop.kind == stops.CALL:
            me.stop = (stops.CALL, stop.number, self._arguments(stop.number))
        elif stop.kind in (stops.READ, stops.WRITE):
            me.stop = (stop.kind, stop.address, stop.size, stop.value)
        else:
            me.stop = (stop.kind, stop.address)
        tape.log = log
        if stop.kind != stops.RETURN:
            tape.checkpoint(me)
        return stop

    def ran(self, me: Activation) -> None:
        """The CPU has stopped: what is to be taken note of before anything else happens."""

    def _give_flags(self) -> bool:
        """The CPU's interrupts are as the context has them; whether they are off."""
        context = current(self.world)
        off = context is not None and context.irqs_off
        flags = self.cpu.values[self.abi.flags]
        if self.abi.irq_bit and bool(flags & self.abi.irq_bit) is not off:
            self.cpu.set(self.abi.flags, flags ^ self.abi.irq_bit)
        return off

    def _take_flags(self, me: Activation, before: bool) -> None:
        """The driver may have turned interrupts on or off by itself (``local_irq_save()`` is inline)."""
        after = bool(self.cpu.values[self.abi.flags] & self.abi.irq_bit)
        context = current(self.world)
        if not self.abi.irq_bit or after is before or context is None:
            return
        if after:
            local_irq_disable(self.k)
            return
        if 0 < context.irq_disable_depth <= me.irqs_off:
            self.k.signal("irqs-enabled", hardirq=context.hardirq, panic=context.panic)
        local_irq_enable(self.k)

    def _arguments(self, number: int) -> tuple[int, ...]:
        """What the called kernel function is given."""
        export = self._export(number)
        if not isinstance(export, Export):
            return ()
        values, abi = self.cpu.values, self.abi
        sizes = export.sizes(abi.word)
        spots = abi.place(sizes)
        taken = [self._word(spot) for spot in spots]
        if export.varargs:
            used = sum(len(spot) for spot in spots)
            taken.extend(values[at] for at in range(used, min(abi.arguments, used + self._more(taken[-1]))))
        return tuple(taken)

    def _more(self, text: int) -> int:
        """How many arguments a format string wants."""
        content = self.memory.load(text, 256)
        return content.split(b"\0")[0].replace(b"%%", b"").count(b"%") if isinstance(content, bytes) else 0

    def _word(self, spot: tuple[int, ...]) -> int:
        total = 0
        for at, place in enumerate(spot):
            if place >= 0:
                part = self.cpu.values[place]
            else:
                sp = self.cpu.values[self.abi.sp]
                part = int.from_bytes(self.memory.stack.get(sp - 1 - place, self.abi.word), "little")
            total |= part << at * self.abi.bits
        return total

    def _result(self, low: int, high: int, result: str, arguments: tuple[Argument, ...], places: tuple[int, ...]) -> Any:
        value: Any
        if result == VOID:
            value = 0
        elif result == INT:
            value = signed(low, 32)
        elif result == BOOL:
            value = bool(low & 0xFF)
        else:
            value = low & self.abi.mask
        outs = [
            self.memory.stack.get(place, argument[1])
            for argument, place in zip(arguments, places, strict=True)
            if isinstance(argument, tuple)
        ]
        return (value, *outs) if outs else value

    # -- serving it ----------------------------------------------------------------------------------------------

    def _serve(self, me: Activation, stop: Stop) -> Stop:
        """Does what the guest stands at, and lets it go on to the next stop."""
        match stop.kind:
            case stops.CALL:
                return self._call(me, stop.number)
            case stops.READ | stops.WRITE:
                return self._register(me, stop)
            case stops.TRAP:
                return self._trap(me)
            case stops.LOOP:
                where = self.where()
                self.k.signal("stuck", waits_for=f"runs without end in {where}")
                self.k.hang(f"endless loop in {where}")
            case stops.FAULT:
                assert stop.fault is not None
                return self._fault(me, stop.fault)
        raise ModelError(f"the guest stopped for {stop.kind}")

    def gate(self, export: Export) -> int:
        """The address at which compiled code can call a kernel function that is no symbol of its own."""
        for at, known in enumerate(self.gates):
            if known.name == export.name:
                return self.image.gates + STUB * at
        if len(self.gates) == GATES:
            raise GuestError(f"{self.name}: calls more than {GATES} kernel functions through pointers")
        self.gates.append(export)
        return self.image.gates + STUB * (len(self.gates) - 1)

    def _export(self, number: int) -> Export | str:
        if number >= FIRST_GATE:
            return self.gates[number - FIRST_GATE] if number - FIRST_GATE < len(self.gates) else "no model"
        return self.exports[number] if number < len(self.exports) else "no model"

    def _call(self, me: Activation, number: int) -> Stop:
        export = self._export(number)
        if not isinstance(export, Export):
            name = self.image.externs[number].name if number < len(self.image.externs) else f"function {number}"
            self.unknown(f"{name}()", "" if export == "no model" else export)
        assert isinstance(export, Export)
        value = export.call(cast("Guest", self), me.stop[2])
        if export.result is not None and export.result.size == 8 and self.abi.bits == 32 and value is not None:
            return self._resume(me, value & self.abi.mask, value >> 32)
        return self._resume(me, value)

    def _resume(self, me: Activation, value: int | None, high: int | None = None) -> Stop:
        """The guest goes on behind its call."""
        self._load(me)
        if value is not None:
            self.cpu.set(0, value)
        if high is not None:
            self.cpu.set(1, high)
        return self._go(me, self.cpu.values[self.abi.link])

    def _load(self, me: Activation) -> None:
        """The CPU holds the registers of ``me``."""
        if me.registers is not None:
            self.cpu.restore(me.registers)

    def _register(self, me: Activation, stop: Stop) -> Stop:
        block, offset = self.register_at(stop.address)
        value = 0
        if block is None:
            self.unknown(f"access to {stop.address:#x}, where nothing is mapped")
        assert block is not None
        if stop.kind == stops.READ:
            value = readl(self.k, block, offset, stop.size)
        else:
            writel(self.k, block, offset, stop.value, stop.size)
        self._load(me)
        if stop.kind == stops.READ:
            self.cpu.answer(stop.address, stop.size, value)
        return self._go(me, self.cpu.values[self.abi.pc], let_through=1)

    def _trap(self, me: Activation) -> Stop:
        """WARN and BUG are traps listed in ``__bug_table``; branches of static keys and ``cpu_relax()`` are traps too."""
        assert me.registers is not None
        pc = me.registers[self.abi.pc]  # the CPU's own may be another call's by now
        jump = self.image.jumps.get(pc)
        if jump is not None:
            there = goes_to(cast("Guest", self), pc, jump)
            self._load(me)
            return self._go(me, there)
        if pc in self.image.spins:
            cpu_relax(self.k)
            self._load(me)
            return self._go(me, pc + 4)
        known = self.image.bugs.get(pc)
        place = self.image.place(pc)
        where = f"{place.function}() ({place})" if place is not None else self.image.describe(pc)
        if known is None:
            self.k.signal("memory-error", what=f"an undefined instruction or trap at {self.image.describe(pc)}", where=where)
            self.k.oops(f"trap at {where}")
        assert known is not None
        if known[2] & 1:  # BUGFLAG_WARNING
            self.warned(where)
            self._load(me)
            return self._go(me, pc + 4)
        self.k.signal("bug", where=where)
        self.k.oops(f"BUG at {where}")
        raise AssertionError(where)

    def _fault(self, me: Activation, fault: Fault) -> Stop:
        pc = self.cpu.values[self.abi.pc]
        self.broken(fault)
        self._load(me)
        return self._go(me, pc, forgive=True)


@atomic
def _irqs_off(running: Running) -> int:
    """How many callers expect interrupts to be off."""
    context = current(running.world)
    return context.irq_disable_depth if context is not None else 0
