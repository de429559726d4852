"""Object files as a user hands them over: looked at before anything is believed.

Tests: ``tests/guest/test_elf.py``.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from irqlab.errors import GuestError
from irqlab.guest.abi import ABIS, Abi

#: No object of one driver is larger (bytes).
MAX_OBJECT = 64 << 20

_RELOCATABLE = 1
_NOBITS = 8
_LITTLE = 1


@dataclass(frozen=True)
class Symbol:
    """One symbol of an object."""

    name: str
    value: int
    size: int
    #: ``STT_FUNC``, ``STT_OBJECT`` …; ``STB_GLOBAL``, ``STB_LOCAL``, ``STB_WEAK``.
    kind: str
    binding: str
    #: The name of its section; empty for an undefined one.
    section: str


@dataclass(frozen=True)
class Object:
    """One relocatable object.

    :ivar undefined: names of what it takes from elsewhere, weak ones left out, in the order of the symbol table.
    """

    path: Path
    abi: Abi
    elf: ELFFile
    symbols: tuple[Symbol, ...]
    undefined: tuple[str, ...]
    defined: frozenset[str]
    modinfo: tuple[tuple[str, str], ...]


@contextmanager
def damaged(path: Path | str) -> Iterator[None]:
    """Whatever the ELF and DWARF readers raise on a damaged file becomes one line."""
    try:
        yield
    except (GuestError, KeyboardInterrupt, SystemExit):
        raise
    except Exception as error:  # pyelftools raises nearly anything on damage
        told = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise GuestError(f"{path}: is a damaged object file ({told}): build it again") from None


def read_object(path: Path) -> Object:
    """The object at ``path``; :class:`~irqlab.errors.GuestError` if that is none a guest can be made of."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_OBJECT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise GuestError(f"{path}: cannot be read ({reason}): give the path of an object file") from None
    if len(data) > MAX_OBJECT:
        raise GuestError(f"{path}: is larger than {MAX_OBJECT >> 20} MiB, which no driver's object is")
    abi = _abi(path, data)
    _check_sections(path, data, abi)
    with damaged(path):
        return _parse(path, data, abi)


def _abi(path: Path, data: bytes) -> Abi:
    if len(data) < 52 or data[:4] != b"\x7fELF":
        raise GuestError(f"{path}: is no ELF file: give an object that the kernel's build made (.o or .ko)")
    if data[5] != _LITTLE:
        raise GuestError(f"{path}: is big-endian: irqlab runs little-endian kernels only")
    kind, machine = struct.unpack_from("<HH", data, 16)
    if kind != _RELOCATABLE:
        raise GuestError(f"{path}: is linked already (e_type {kind}): give the relocatable object (.o or .ko)")
    for abi in ABIS.values():
        if abi.machine == machine and data[4] == abi.bits // 32:
            return abi
    raise GuestError(f"{path}: is for another architecture (e_machine {machine}): irqlab runs {', '.join(ABIS)}")


def _check_sections(path: Path, data: bytes, abi: Abi) -> None:
    """Every section lies inside the file; what a linker or a reader would trip over is refused here."""
    if abi.bits == 64:
        if len(data) < 64:
            raise GuestError(f"{path}: is cut off in its header: build it again")
        (offset,) = struct.unpack_from("<Q", data, 40)
        entry, count, names = struct.unpack_from("<HHH", data, 58)
        layout, size = "<IIQQQQIIQQ", 64
    else:
        (offset,) = struct.unpack_from("<I", data, 32)
        entry, count, names = struct.unpack_from("<HHH", data, 46)
        layout, size = "<IIIIIIIIII", 40
    if not offset or not count:
        raise GuestError(f"{path}: has no sections: give an object that the kernel's build made, not stripped of them")
    if entry != size or offset + entry * count > len(data) or names >= count:
        raise GuestError(f"{path}: is cut off or damaged: its section table is not in the file: build it again")
    for at in range(count):
        fields = struct.unpack_from(layout, data, offset + at * entry)
        kind, start, length = fields[1], fields[4], fields[5]
        if kind != _NOBITS and start + length > len(data):
            raise GuestError(f"{path}: is cut off or damaged: section {at} is not in the file: build it again")
        if kind == _NOBITS and length > MAX_OBJECT:
            raise GuestError(f"{path}: section {at} claims {length} bytes, which no driver has: build it again")


def _parse(path: Path, data: bytes, abi: Abi) -> Object:
    elf = ELFFile(BytesIO(data))
    table = elf.get_section_by_name(".symtab")
    if not isinstance(table, SymbolTableSection):
        raise GuestError(f"{path}: is stripped: it has no symbol table; give the object as the build made it")
    if elf.get_section_by_name(".debug_info") is None:
        raise GuestError(
            f"{path}: has no debug info, so the layout of its structs is unknown: build it with CONFIG_DEBUG_INFO_DWARF5=y"
        )
    symbols = tuple(_symbol(elf, entry) for entry in table.iter_symbols() if entry.name)
    undefined = tuple(s.name for s in symbols if not s.section and s.binding != "STB_WEAK" and s.kind != "STT_FILE")
    defined = frozenset(s.name for s in symbols if s.section and s.binding != "STB_LOCAL")
    return Object(path, abi, elf, symbols, undefined, defined, _modinfo(elf))


def _symbol(elf: ELFFile, entry: Any) -> Symbol:
    index = entry["st_shndx"]
    section = ""
    if isinstance(index, int):
        section = elf.get_section(index).name
    elif index == "SHN_ABS":
        section = "*ABS*"
    elif index == "SHN_COMMON":
        section = "*COM*"
    info = entry["st_info"]
    return Symbol(entry.name, entry["st_value"], entry["st_size"], str(info["type"]), str(info["bind"]), section)


def _modinfo(elf: ELFFile) -> tuple[tuple[str, str], ...]:
    """``.modinfo`` of a module: ``vermagic``, ``alias`` and so on."""
    section = elf.get_section_by_name(".modinfo")
    if section is None:
        return ()
    entries = (part.decode("utf-8", "replace") for part in section.data().split(b"\0") if b"=" in part)
    return tuple((key, value) for key, _, value in (entry.partition("=") for entry in entries))
