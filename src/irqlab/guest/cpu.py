"""The emulated CPU: runs compiled code until it needs the kernel.

One :meth:`Cpu.run` goes on until the guest calls a kernel function, returns, is about to touch a register of the board,
traps, or faults.  Nothing of the kernel runs inside the emulator's callbacks: they only say where to stop.

Implementation notes
--------------------
* Stopping in a memory hook leaves the program counter *at* the instruction, but lets it finish: ``ldr w0, [x0]`` has lost
  its address then.  So the registers are taken inside the hook, and given back before the instruction runs again, when
  it is let through (``armed``).
* Registers are moved in one piece through Unicorn's C interface: its Python wrappers take 60 us for what takes 1.
* An exception in a callback would be swallowed by ctypes: it is kept and raised after the run.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any

import unicorn
from unicorn import unicorn_const as uc
from unicorn.unicorn_py3.unicorn import uclib

from irqlab.errors import GuestError
from irqlab.guest.image import Image
from irqlab.guest.layout import HEAP, HEAP_SIZE, MIRROR, MIRROR_SIZE, MMIO, MMIO_END, PAGE, STACK, TASK, TASK_SIZE, THREAD_INFO
from irqlab.guest.link import RETURNED
from irqlab.guest.memory import Fault, Memory

#: Instructions between two calls of the kernel after which a guest is taken to loop for ever.
LIMIT = 2_000_000

#: Trace of what a run stopped at: (kind, ...).
CALL, RETURN, READ, WRITE, TRAP, FAULT, LOOP = "call", "return", "readl", "writel", "trap", "fault", "loop"


@dataclass(frozen=True)
class Stop:
    """Why the guest stands.

    :ivar number: of the extern that is called; ``address`` is the register, the fault's or the trap's.
    """

    kind: str
    number: int = 0
    address: int = 0
    size: int = 0
    value: int = 0
    fault: Fault | None = None


class Cpu:
    """One emulated CPU with its memory.

    :ivar values: the registers, in the order of :attr:`Abi.registers`, as they were at the last stop: at a stop that is no
        call the CPU itself may have other ones.
    """

    def __init__(self, image: Image, memory: Memory) -> None:
        self.image, self.memory, self.abi = image, memory, image.abi
        self._uc = unicorn.Uc(*self.abi.engine)
        for ram in memory.regions:
            access = uc.UC_PROT_ALL
            if ram is memory.code:
                access = uc.UC_PROT_READ | uc.UC_PROT_EXEC
            elif ram is memory.strings:
                access = uc.UC_PROT_READ
            elif ram is not memory.data:
                access = uc.UC_PROT_READ | uc.UC_PROT_WRITE
            self._uc.mem_map_ptr(ram.base, ram.size, access, ram.pointer)
        for register, value in self.abi.setup:
            self._uc.reg_write(register, value)
        count = len(self.abi.registers)
        self.values = (ctypes.c_uint64 * count)()
        self._numbers = (ctypes.c_int * count)(*self.abi.registers)
        start = ctypes.addressof(self.values)
        self._pointers = (ctypes.c_void_p * count)(*(start + 8 * at for at in range(count)))
        self._handle = self._uc._uch
        self._count = count
        self._stop: Stop | None = None
        self._error: BaseException | None = None
        self._armed, self._forgive = 0, -1
        #: Watched functions that were entered since somebody emptied it: address, stack pointer, first argument, and where
        #: they return to.
        self.entered: list[tuple[int, int, int, int]] = []
        hooks = uc.UC_HOOK_MEM_READ | uc.UC_HOOK_MEM_WRITE
        self._uc.hook_add(hooks, self._on_memory, None, image.data, memory.data.base + memory.data.size - 1)
        self._uc.hook_add(hooks, self._on_memory, None, HEAP, HEAP + HEAP_SIZE - 1)
        self._uc.hook_add(hooks, self._on_mirror, None, MIRROR, MIRROR + MIRROR_SIZE - 1)
        self._uc.hook_add(hooks, self._on_register, None, MMIO, MMIO_END - 1)
        self._uc.hook_add(uc.UC_HOOK_MEM_WRITE, self._on_task, None, TASK + THREAD_INFO, TASK + TASK_SIZE - 1)
        self._uc.hook_add(uc.UC_HOOK_INTR, self._on_trap)
        self._uc.hook_add(uc.UC_HOOK_MEM_INVALID, self._on_invalid)

    def map_registers(self, address: int, size: int) -> None:
        """Maps a window of registers."""
        self._uc.mem_map(address, -(-size // PAGE) * PAGE, uc.UC_PROT_READ | uc.UC_PROT_WRITE)

    def watch(self, address: int) -> None:
        """From now on notes when the function at ``address`` is entered."""
        self._uc.hook_add(uc.UC_HOOK_CODE, self._on_entry, None, address, address)
        self._uc.ctl_remove_cache(address, address + 4)

    # -- registers -----------------------------------------------------------------------------------------------

    def save(self) -> tuple[int, ...]:
        """All registers, as they were at the last stop."""
        return tuple(self.values)

    def restore(self, registers: tuple[int, ...]) -> None:
        """Gives all registers back."""
        self.values[:] = list(registers)
        uclib.uc_reg_write_batch(self._handle, self._numbers, self._pointers, self._count)

    def set(self, index: int, value: int) -> None:
        """Writes one register, by its place in :attr:`Abi.registers`."""
        self.values[index] = value & self.abi.mask
        uclib.uc_reg_write(self._handle, self.abi.registers[index], ctypes.c_void_p(self._pointers[index]))

    # -- running -------------------------------------------------------------------------------------------------

    def run(self, begin: int, let_through: int = 0, forgive: bool = False) -> Stop:
        """Runs from ``begin`` to the next stop; ``let_through`` register accesses were settled before.

        :param forgive: the read of what was never written, at which the last run stopped, is let through.
        """
        self._stop = self._error = None
        self._armed, self._forgive = let_through, begin if forgive else -1
        error = uclib.uc_emu_start(
            self._handle, ctypes.c_uint64(begin), ctypes.c_uint64(self.image.common), ctypes.c_uint64(0), ctypes.c_size_t(LIMIT)
        )
        if self._error is not None:
            raised, self._error = self._error, None
            raise raised
        if self._stop is not None:
            return self._stop
        uclib.uc_reg_read_batch(self._handle, self._numbers, self._pointers, self._count)
        pc = self.values[self.abi.pc]
        if error:
            return self._broken(error, pc)
        if pc == self.image.common:
            number = self.values[self.abi.scratch] & 0xFFFF
            return _RETURN if number == RETURNED else Stop(CALL, number)
        return Stop(LOOP, address=pc)

    def _broken(self, error: int, pc: int) -> Stop:
        if pc in self.image.bugs or pc in self.image.jumps or pc in self.image.spins:
            return Stop(TRAP, address=pc)
        if error in (uc.UC_ERR_FETCH_UNMAPPED, uc.UC_ERR_FETCH_PROT, uc.UC_ERR_INSN_INVALID, uc.UC_ERR_EXCEPTION):
            return Stop(FAULT, address=pc, fault=Fault("null" if pc < PAGE else "wild", pc, 4, False, "jump to what is no code"))
        if error in (uc.UC_ERR_WRITE_PROT, uc.UC_ERR_READ_PROT):
            return Stop(FAULT, address=pc, fault=Fault("read-only", pc, 4, True))
        raise GuestError(f"the emulator stopped at {self.image.describe(pc)}: {unicorn.UcError(error)}")

    # -- callbacks -----------------------------------------------------------------------------------------------

    def _halt(self, stop: Stop) -> None:
        """Stops before the instruction that is running: its registers are taken now."""
        if self._stop is None:
            self._stop = stop
            uclib.uc_reg_read_batch(self._handle, self._numbers, self._pointers, self._count)
            self._uc.emu_stop()

    def _on_memory(self, engine: Any, access: int, address: int, size: int, value: int, user: Any) -> None:
        write = access == uc.UC_MEM_WRITE
        if self._stop is not None or self._error is not None:
            if write:  # the instruction that is stopped at still finishes
                self.memory.spoilt(address, size)
            return
        try:
            fault = self.memory.prepare(address, size, write)
            if fault is not None and fault.what == "uninitialised" and self._forgiven():
                return
            if fault is not None:
                if write:
                    self.memory.spoilt(address, size)
                self._halt(Stop(FAULT, address=address, fault=fault))
            elif write:
                self.memory.wrote(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))
        except BaseException as error:  # ctypes would swallow it: raised after the run
            self._error = error
            self._uc.emu_stop()

    def _forgiven(self) -> bool:
        """Whether this is the instruction whose reads of what was never written are let through: it may have several."""
        return self._forgive >= 0 and self._uc.reg_read(self.abi.registers[self.abi.pc]) == self._forgive

    def _on_entry(self, engine: Any, address: int, size: int, user: Any) -> None:
        read, registers = self._uc.reg_read, self.abi.registers
        self.entered.append((address, read(registers[self.abi.sp]), read(registers[0]), read(registers[self.abi.link])))

    def _on_task(self, engine: Any, access: int, address: int, size: int, value: int, user: Any) -> None:
        what = f"a write of struct task_struct+{address - TASK:#x}"
        self._halt(Stop(FAULT, address=address, fault=Fault("not-modelled", address, size, True, what)))

    def _on_mirror(self, engine: Any, access: int, address: int, size: int, value: int, user: Any) -> None:
        if self._stop is not None or self._error is not None:
            return
        try:
            assert self.memory.window is not None
            if access == uc.UC_MEM_WRITE:
                fault = self.memory.window.write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))
            else:
                content = self.memory.window.read(address, size)
                fault = content if isinstance(content, Fault) else None
                if isinstance(content, bytes):
                    self.memory.mirror.put(address, content)
            if fault is not None:
                self._halt(Stop(FAULT, address=address, fault=fault))
        except BaseException as error:  # ctypes would swallow it: raised after the run
            self._error = error
            self._uc.emu_stop()

    def _on_register(self, engine: Any, access: int, address: int, size: int, value: int, user: Any) -> None:
        if self._stop is not None:
            return
        if self._armed:
            self._armed -= 1
            return
        write = access == uc.UC_MEM_WRITE
        self._halt(Stop(WRITE if write else READ, 0, address, size, value & (1 << 8 * size) - 1 if write else 0))

    def answer(self, address: int, size: int, value: int) -> None:
        """What a register reads as, once the access is let through."""
        self._uc.mem_write(address, (value & (1 << 8 * size) - 1).to_bytes(size, "little"))

    def _on_trap(self, engine: Any, number: int, user: Any) -> None:
        self._halt(Stop(TRAP, number=number))

    def _on_invalid(self, engine: Any, access: int, address: int, size: int, value: int, user: Any) -> bool:
        write = access in (uc.UC_MEM_WRITE_UNMAPPED, uc.UC_MEM_WRITE_PROT)
        if STACK - 16 * PAGE <= address < STACK:
            fault = Fault("wild", address, size, write, "stack overflow")
        elif access in (uc.UC_MEM_FETCH_UNMAPPED, uc.UC_MEM_FETCH_PROT):
            fault = Fault("null" if address < PAGE else "wild", address, 4, False, "jump to what is no code")
        elif access == uc.UC_MEM_WRITE_PROT:
            fault = Fault("read-only", address, size, True)
        else:
            fault = Fault("null" if address < PAGE else "wild", address, size, write)
        self._halt(Stop(FAULT, address=address, fault=fault))
        return False


_RETURN = Stop(RETURN)
