"""References of debug info are filled in as the ELF supplements of the architectures say."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest
from elftools.elf.elffile import ELFFile

from irqlab.errors import GuestError
from irqlab.guest.elf import damaged
from irqlab.guest.relocate import debug_info

ARM, ARM64, RISCV = 40, 183, 243
PROGBITS, SYMTAB, STRTAB, RELA, REL = 1, 2, 3, 4, 9

#: The values of the symbols.
SYMBOLS = (0, 0x1000, 0x20)

Relocation = tuple[int, int, int, int]


def elf(machine: int, content: bytes, *relocations: Relocation) -> ELFFile:
    """An object with this ``.debug_info``; relocations are (offset, type, symbol, addend)."""
    wide = machine != ARM
    kind = ".rela" if wide else ".rel"
    if wide:
        symbols = b"".join(struct.pack("<IBBHQQ", 0, 0, 0, 1, value, 0) for value in SYMBOLS)
        table = b"".join(struct.pack("<QIIq", *relocation) for relocation in relocations)
    else:
        symbols = b"".join(struct.pack("<IIIBBH", 0, value, 0, 0, 0, 1) for value in SYMBOLS)
        table = b"".join(struct.pack("<II", at, symbol << 8 | type_) for at, type_, symbol, _ in relocations)
    names = f"\0.debug_info\0.symtab\0{kind}.debug_info\0.shstrtab\0".encode()
    rows = (
        (b"", 0, b"", 0, 0),
        (b".debug_info", PROGBITS, content, 0, 0),
        (b".symtab", SYMTAB, symbols, 4, 24 if wide else 16),
        (f"{kind}.debug_info".encode(), RELA if wide else REL, table, 2, 24 if wide else 8),
        (b".shstrtab", STRTAB, names, 0, 0),
    )
    header, word, entry = (64, "Q", 64) if wide else (52, "I", 40)
    data, sections = b"", b""
    for name, type_, inside, link, size in rows:
        fields = (names.index(b"\0" + name + b"\0") + 1 if name else 0, type_, 0, 0, header + len(data), len(inside))
        sections += struct.pack(f"<II4{word}II2{word}", *fields, link, 0, 1, size)
        data += inside
    ident = b"\x7fELF" + bytes((2 if wide else 1, 1, 1)) + bytes(9)
    counts = (header, 0, 0, entry, len(rows), len(rows) - 1)
    top = struct.pack(f"<HHI3{word}I6H", 1, machine, 1, 0, 0, header + len(data), 0, *counts)
    return ELFFile(BytesIO(ident + top + data + sections))


def filled(machine: int, content: bytes, *relocations: Relocation) -> bytes:
    """The same ``.debug_info``, filled in."""
    return debug_info(elf(machine, content, *relocations)).debug_info_sec.stream.getvalue()


@pytest.mark.parametrize(("machine", "word", "long"), [(ARM64, 258, 257), (RISCV, 1, 2)])
def test_symbol_and_addend_stand_instead_of_what_is_there(machine: int, word: int, long: int) -> None:
    content = filled(machine, b"\xff" * 16, (0, word, 1, 0x34), (8, long, 2, -0x21))
    assert content == struct.pack("<IIq", 0x1034, 0xFFFF_FFFF, -1)


def test_arm_keeps_the_addend_in_place() -> None:
    assert filled(ARM, struct.pack("<III", 7, 8, 9), (4, 2, 1, 0)) == struct.pack("<III", 7, 0x1008, 9)


def test_riscv_takes_the_difference_of_two_symbols() -> None:
    pairs = (0, 35, 1, 4), (0, 39, 2, 0), (8, 36, 2, 0), (8, 40, 1, 0)
    assert filled(RISCV, bytes(16), *pairs) == struct.pack("<IIq", 0xFE4, 0, -0xFE0)


def test_the_file_stays_as_it_is() -> None:
    made = elf(ARM64, bytes(8), (0, 258, 1, 0))
    debug_info(made)
    assert made.get_section_by_name(".debug_info").data() == bytes(8)


@pytest.mark.parametrize("relocation", [(0, 7, 1, 0), (0, 258, len(SYMBOLS), 0), (13, 258, 1, 0), (1 << 63, 258, 1, 0)])
def test_damage_is_one_line_that_names_the_relocation(relocation: Relocation) -> None:
    at, kind, symbol, _ = relocation
    with pytest.raises(GuestError) as caught, damaged("x.o"):
        filled(ARM64, bytes(16), relocation)
    told = f".rela.debug_info has type {kind} of symbol {symbol} at {at:#x}"
    assert str(caught.value) == f"x.o: is a damaged object file ({told}): build it again"
