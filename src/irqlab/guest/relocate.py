"""The debug info of an object that no linker has seen: what it refers to by symbols is filled in here.

pyelftools does that too, parsing structure after structure, which was most of the time that loading a driver took;
and not for RISC-V.

Tests: ``tests/guest/test_relocate.py``, ``tests/real/test_relocate.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from io import BytesIO

from elftools.dwarf.dwarfinfo import DWARFInfo
from elftools.elf.elffile import ELFFile

_WORD, _LONG = struct.Struct("<I"), struct.Struct("<Q")

#: By machine and type: what is filled in, and whether symbol and addend replace what is there (0), add to it, or are taken off.
_TYPES: dict[str, dict[int, tuple[struct.Struct, int]]] = {
    "EM_AARCH64": {257: (_LONG, 0), 258: (_WORD, 0)},
    "EM_ARM": {2: (_WORD, 1)},
    "EM_RISCV": {1: (_WORD, 0), 2: (_LONG, 0), 35: (_WORD, 1), 36: (_LONG, 1), 39: (_WORD, -1), 40: (_LONG, -1)},
}


def debug_info(elf: ELFFile) -> DWARFInfo:
    """Debug info of which entries and their strings can be read; lines and ranges are not filled in.

    :raises ValueError: a relocation is damaged, or of a type that debug info has not.
    """
    dwarf = elf.get_dwarf_info(relocate_dwarf_sections=False, follow_links=False)
    for section in (dwarf.debug_info_sec, dwarf.debug_types_sec, dwarf.debug_str_offsets_sec):
        if section is not None:
            assert isinstance(section.stream, BytesIO)
            with section.stream.getbuffer() as content:
                _relocate(elf, section.name, content)
    return dwarf


def _relocate(elf: ELFFile, name: str, content: memoryview) -> None:
    wide = elf.elfclass == 64
    section = elf.get_section_by_name((".rela" if wide else ".rel") + name)
    if section is None:
        return
    types = _TYPES.get(elf["e_machine"], {})
    table = elf.get_section(section["sh_link"]).data()
    values = [value for (value,) in struct.iter_unpack("<8xQ8x" if wide else "<4xI8x", table)]
    for at, kind, symbol, addend in _entries(section.data(), wide):
        try:
            form, sign = types[kind]
            value = values[symbol] + addend
            if sign:
                value = form.unpack_from(content, at)[0] + sign * value
            form.pack_into(content, at, value % (1 << 8 * form.size))
        except (LookupError, struct.error):
            raise ValueError(f"{section.name} has type {kind} of symbol {symbol} at {at:#x}") from None


def _entries(data: bytes, wide: bool) -> Iterable[tuple[int, int, int, int]]:
    """Offset, type, symbol and addend of each relocation."""
    if wide:
        return struct.iter_unpack("<QIIq", data)
    return ((at, info & 0xFF, info >> 8, 0) for at, info in struct.iter_unpack("<II", data))
