"""How each architecture calls a function: registers, arguments, results, and the stub an undefined symbol gets.

A stub puts its number into a scratch register and jumps to one common address, at which the emulation stops: a call
into the kernel costs no callback.  The common address is also where a function that the kernel called returns to.

Tests: ``tests/guest/test_abi.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from unicorn import arm64_const, arm_const, riscv_const, unicorn_const

from irqlab.guest.layout import TASK

#: Bytes a stub takes.
STUB = 16


@dataclass(frozen=True)
class Abi:
    """One architecture.

    :ivar machine: ``e_machine`` of its ELF files; ``bits`` is 32 or 64; ``emulation`` the linker's name for it.
    :ivar registers: Unicorn's numbers of every register that is kept: arguments first.
    :ivar arguments: how many of them carry arguments; ``result`` is the first.
    :ivar scratch: index of the register a stub puts its number in.
    :ivar link, sp, pc, flags: indices of the return address, the stack pointer, the program counter and the processor state.
    :ivar saved: indices of the registers that a function must leave as they were.
    :ivar irq_bit: the bit of ``flags`` that says interrupts are off; ``irq_value`` is ``flags`` in the kernel with them off,
        ``conditions`` the bits of ``flags`` that no function may rely on after a call.
    :ivar trap: an instruction that stops the guest, for branches of static keys.
    :ivar setup: registers that are fixed while a guest runs: (Unicorn's number, value).
    :ivar pairs: 64-bit arguments on 32 bits begin at an even register.
    :ivar relative_bugs: ``CONFIG_GENERIC_BUG_RELATIVE_POINTERS``.
    """

    name: str
    machine: int
    bits: int
    emulation: str
    engine: tuple[int, int]
    registers: tuple[int, ...]
    arguments: int
    scratch: int
    link: int
    sp: int
    pc: int
    flags: int
    frame: int
    saved: tuple[int, ...]
    irq_bit: int
    irq_value: int
    conditions: int
    trap: bytes
    setup: tuple[tuple[int, int], ...]
    encode: Callable[[int, int, int], bytes]
    #: ``cpu_relax()``; empty where it is no instruction of its own.
    relax: bytes = b""
    pairs: bool = False
    relative_bugs: bool = True

    @property
    def word(self) -> int:
        """Bytes of a pointer."""
        return self.bits // 8

    @property
    def mask(self) -> int:
        """All bits of a pointer."""
        return (1 << self.bits) - 1

    def stub(self, number: int, here: int, common: int) -> bytes:
        """The code of one stub."""
        return self.encode(number, here, common).ljust(STUB, b"\0")

    def place(self, sizes: Iterable[int]) -> list[tuple[int, ...]]:
        """Where arguments of these sizes in bytes are: indices of registers, or (-1 - byte offset on the stack) of each word."""
        places: list[tuple[int, ...]] = []
        register, stack = 0, 0
        for size in sizes:
            words = max(1, -(-size // self.word))
            if words == 2 and self.pairs:
                register += register % 2
                if register + 2 > self.arguments:
                    stack += stack % 8
            if register + words <= self.arguments:
                places.append(tuple(range(register, register + words)))
                register += words
                continue
            register = self.arguments
            places.append(tuple(-1 - (stack + at * self.word) for at in range(words)))
            stack += words * self.word
        return places


def _arm64_stub(number: int, here: int, common: int) -> bytes:
    movz = 0x5280_0000 | number << 5 | 16  # movz w16, #number
    branch = 0x1400_0000 | (common - here - 4) >> 2 & 0x03FF_FFFF
    return struct.pack("<II", movz, branch)


def _arm_stub(number: int, here: int, common: int) -> bytes:
    movw = 0xE300_0000 | (number >> 12) << 16 | 12 << 12 | number & 0xFFF  # movw ip, #number
    branch = 0xEA00_0000 | (common - here - 12) >> 2 & 0x00FF_FFFF
    return struct.pack("<II", movw, branch)


def _riscv_stub(number: int, here: int, common: int) -> bytes:
    lui = (number + 0x800 >> 12 & 0xFFFFF) << 12 | 6 << 7 | 0x37  # lui t1, hi
    addi = (number & 0xFFF) << 20 | 6 << 15 | 6 << 7 | 0x1B  # addiw t1, t1, lo
    jump = common - here - 8
    bits = (jump >> 20 & 1) << 31 | (jump >> 1 & 0x3FF) << 21 | (jump >> 11 & 1) << 20 | (jump >> 12 & 0xFF) << 12
    return struct.pack("<III", lui, addi, bits | 0x6F)  # j common


_X = tuple(getattr(arm64_const, f"UC_ARM64_REG_X{n}") for n in range(31))
_R = tuple(getattr(arm_const, f"UC_ARM_REG_R{n}") for n in range(13))
_V = tuple(getattr(riscv_const, f"UC_RISCV_REG_X{n}") for n in (*range(10, 18), *range(5, 10), *range(18, 32), 1, 2, 3, 4))

ARM64 = Abi(
    name="arm64",
    machine=183,
    bits=64,
    emulation="aarch64elf",
    engine=(unicorn_const.UC_ARCH_ARM64, unicorn_const.UC_MODE_LITTLE_ENDIAN),
    registers=(*_X, arm64_const.UC_ARM64_REG_SP, arm64_const.UC_ARM64_REG_PC, arm64_const.UC_ARM64_REG_PSTATE),
    arguments=8,
    scratch=16,
    frame=29,
    link=30,
    sp=31,
    pc=32,
    flags=33,
    saved=(*range(19, 31), 31),
    irq_bit=0x80,
    irq_value=0x3C5,
    conditions=0xF000_0000,
    trap=bytes.fromhex("c0ff20d4"),  # brk #0x7fe
    relax=bytes.fromhex("3f2003d5"),  # yield
    setup=((arm64_const.UC_ARM64_REG_SP_EL0, TASK), (arm64_const.UC_ARM64_REG_TPIDR_EL1, 0)),
    encode=_arm64_stub,
)

ARM = Abi(
    name="arm",
    machine=40,
    bits=32,
    emulation="armelf_linux_eabi",
    engine=(unicorn_const.UC_ARCH_ARM, unicorn_const.UC_MODE_ARM),
    registers=(
        *_R,
        arm_const.UC_ARM_REG_SP,
        arm_const.UC_ARM_REG_LR,
        arm_const.UC_ARM_REG_PC,
        arm_const.UC_ARM_REG_CPSR,
    ),
    arguments=4,
    scratch=12,
    frame=11,
    sp=13,
    link=14,
    pc=15,
    flags=16,
    saved=(*range(4, 12), 13, 14),
    irq_bit=0x80,
    irq_value=0x1D3,
    conditions=0xF80F_0000,
    trap=bytes.fromhex("fef7fee7"),  # udf #0xef7e
    setup=((arm_const.UC_ARM_REG_C13_C0_3, TASK),),
    encode=_arm_stub,
    pairs=True,
    relative_bugs=False,
)

RISCV64 = Abi(
    name="riscv64",
    machine=243,
    bits=64,
    emulation="elf64lriscv",
    engine=(unicorn_const.UC_ARCH_RISCV, unicorn_const.UC_MODE_RISCV64),
    registers=(*_V, riscv_const.UC_RISCV_REG_PC),
    arguments=8,
    scratch=9,
    frame=11,
    link=27,
    sp=28,
    pc=31,
    flags=29,
    saved=(11, 12, *range(13, 23), 27, 28),
    irq_bit=0,
    irq_value=0,
    conditions=0,
    trap=bytes.fromhex("73001000"),  # ebreak
    setup=((riscv_const.UC_RISCV_REG_TP, TASK),),
    encode=_riscv_stub,
)

ABIS: dict[str, Abi] = {abi.name: abi for abi in (ARM64, ARM, RISCV64)}


def signed(value: int, bits: int) -> int:
    """A register's content as a signed number of ``bits`` bits."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> bits - 1 else value
