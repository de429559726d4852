"""A driver ready to run: linked, with its entry points found and what it takes from the kernel listed.

An image never changes; any number of guests may run it.
"""

from __future__ import annotations

import bisect
import re
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.sections import SymbolTableSection

from irqlab.errors import GuestError
from irqlab.guest.abi import STUB, Abi
from irqlab.guest.dwarf import Declarations, declarations
from irqlab.guest.elf import Object, damaged, read_object
from irqlab.guest.jumps import STEP, Jump, jumps
from irqlab.guest.layout import IMAGE, page_up
from irqlab.guest.link import COMMON, FIRST_GATE, GATES, RETURN, RETURNED, SPARE, Extern, externs, link
from irqlab.guest.types import Place, Types

_ALLOC, _EXECUTABLE = 2, 4

#: Levels of initcalls in the order in which they run.
_LEVELS = ("early", "0", "0s", "1", "1s", "2", "2s", "3", "3s", "4", "4s", "5", "5s", "rootfs", "6", "6s", "7", "7s")


@dataclass(frozen=True)
class Irqdecl:
    """One entry of ``__irqchip_of_table`` (``IRQCHIP_DECLARE()``)."""

    compatible: str
    function: int


@dataclass(frozen=True)
class Function:
    """A function of the image, or a variable of the driver's own."""

    name: str
    address: int
    size: int


@dataclass(frozen=True)
class Image:
    """One or more objects, linked.

    :ivar name: what the driver is called: the stem of its object.
    :ivar content: bytes from :data:`~irqlab.guest.layout.IMAGE` on, to the end of the code and read-only data and beyond.
    :ivar data: first address of what can be written, a multiple of a page; ``end`` is behind all.
    :ivar externs: what the kernel has to provide; by number, as stubs give it.
    :ivar common: the address at which every stub ends; ``back`` is the stub that functions called by the kernel return to,
        ``gates`` the first of the spare ones.
    :ivar irqchips: ``__irqchip_of_table``; ``initcalls``: functions in the order in which they run, with their level.
    :ivar jumps: branches of static keys by their address.
    :ivar spins: where ``cpu_relax()`` stands, if the guest is to stop there.
    :ivar compatible: every string of every table of ``struct of_device_id`` in the driver itself.
    """

    name: str
    path: Path
    abi: Abi
    content: bytes
    data: int
    end: int
    externs: tuple[Extern, ...]
    common: int
    back: int
    gates: int
    symbols: dict[str, int]
    functions: tuple[Function, ...]
    variables: tuple[Function, ...]
    types: Types
    irqchips: tuple[Irqdecl, ...]
    initcalls: tuple[tuple[str, int], ...]
    compatible: tuple[str, ...]
    bugs: dict[int, tuple[str, int, int]]
    modinfo: tuple[tuple[str, str], ...]
    jumps: dict[int, Jump] = field(default_factory=dict)
    spins: frozenset[int] = frozenset()

    def read(self, address: int, size: int) -> bytes:
        """Bytes of the image as it was linked."""
        at = address - IMAGE
        return self.content[at : at + size].ljust(size, b"\0")

    def string(self, address: int, limit: int = 4096) -> str:
        """A C string of the image as it was linked."""
        at = address - IMAGE
        end = self.content.find(b"\0", at, at + limit)
        return self.content[at : end if end >= 0 else at + limit].decode("utf-8", "replace")

    @cached_property
    def by_address(self) -> dict[int, Extern]:
        """Externs by the address of their stub or storage."""
        return {self.symbols[extern.name]: extern for extern in self.externs if extern.name in self.symbols}

    @cached_property
    def _starts(self) -> list[int]:
        return [function.address for function in self.functions]

    def function_at(self, address: int) -> Function | None:
        """The function an address lies in."""
        at = bisect.bisect_right(self._starts, address) - 1
        if at < 0:
            return None
        function = self.functions[at]
        return function if address < function.address + max(function.size, 4) else None

    def describe(self, address: int) -> str:
        """An address as the kernel prints it: ``imx_irqsteer_irq_mask+0x3c``, or the number."""
        function = self.function_at(address)
        if function is not None:
            return f"{function.name}+{address - function.address:#x}"
        extern = self.by_address.get(address)
        variable = self.variable_at(address)
        if extern is not None or variable is None:
            return extern.name if extern is not None else f"{address:#x}"
        offset = address - variable.address
        return f"{variable.name}+{offset:#x}" if offset else variable.name

    @cached_property
    def _places(self) -> list[int]:
        return [variable.address for variable in self.variables]

    def variable_at(self, address: int) -> Function | None:
        """The variable of the driver's own that an address lies in."""
        at = bisect.bisect_right(self._places, address) - 1
        if at < 0:
            return None
        variable = self.variables[at]
        return variable if address < variable.address + variable.size else None

    def place(self, address: int) -> Place | None:
        """The line of the driver itself that an instruction belongs to: of a file, not of a header, where there is one."""
        places = self.types.places(address)
        return next((place for place in places if not place.file.endswith(".h")), places[0] if places else None)


def load(path: Path, also: Sequence[Path] = (), spins: bool = False) -> Image:
    """The driver of an object file, linked together with ``also`` (objects of the same tree that it needs).

    :param spins: a context that polls with ``cpu_relax()`` lets others run there.
    :raises GuestError: the object is damaged, foreign, stripped, or cannot be linked.
    """
    objects = [read_object(path), *(read_object(other) for other in also)]
    for obj in objects[1:]:
        if obj.abi is not objects[0].abi:
            raise GuestError(f"{obj.path}: is for {obj.abi.name} and {path} for {objects[0].abi.name}: build both for one")
    declared: Declarations = {}
    for obj in objects:
        with damaged(obj.path):
            for name, declaration in declarations(obj.elf).items():
                declared.setdefault(name, declaration)
    wanted = externs(objects, declared)
    linked = link(objects, wanted)
    with damaged(path):
        return _read(objects[0], linked, wanted, spins)


def _read(driver: Object, linked: bytes, wanted: tuple[Extern, ...], spins: bool) -> Image:
    abi, path = driver.abi, driver.path
    elf = ELFFile(BytesIO(linked))
    table = elf.get_section_by_name(".symtab")
    assert isinstance(table, SymbolTableSection)
    symbols: dict[str, int] = {}
    functions: list[Function] = []
    variables: list[Function] = []
    for entry in table.iter_symbols():
        info = entry["st_info"]
        if not entry.name or entry["st_shndx"] == "SHN_UNDEF":
            continue
        if info["bind"] != "STB_LOCAL" or entry.name not in symbols:
            symbols[entry.name] = entry["st_value"]
        if info["type"] in ("STT_FUNC", "STT_OBJECT"):
            found = functions if info["type"] == "STT_FUNC" else variables
            found.append(Function(entry.name, entry["st_value"], entry["st_size"]))
    end = page_up(symbols["__irqlab_end"])
    content = bytearray(end - IMAGE)
    data = symbols["__irqlab_data"]
    for section in elf.iter_sections():
        start, size = section["sh_addr"], section["sh_size"]
        if not section["sh_flags"] & _ALLOC or not size or not IMAGE <= start <= start + size <= end:
            continue
        if section["sh_type"] != "SHT_NOBITS":
            content[start - IMAGE : start - IMAGE + size] = section.data()
    common = symbols[COMMON]
    for extern in wanted:
        if not extern.is_variable:
            here = symbols[extern.name]
            content[here - IMAGE : here - IMAGE + STUB] = abi.stub(extern.number, here, common)
    back = symbols[RETURN]
    content[back - IMAGE : back - IMAGE + STUB] = abi.stub(RETURNED, back, common)
    for at in range(GATES):
        here = symbols[SPARE] + STUB * at
        content[here - IMAGE : here - IMAGE + STUB] = abi.stub(FIRST_GATE + at, here, common)
    branches = jumps(elf, abi)
    for here in branches:
        content[here - IMAGE : here - IMAGE + STEP] = abi.trap
    relaxes = _relaxes(elf, abi) if spins else frozenset()
    for here in relaxes:
        content[here - IMAGE : here - IMAGE + STEP] = abi.trap
    types = Types(linked, abi, path.stem)
    frozen = bytes(content)
    return Image(
        name=path.stem,
        path=path,
        abi=abi,
        content=frozen,
        data=data,
        end=end,
        externs=wanted,
        common=common,
        back=back,
        gates=symbols[SPARE],
        symbols=symbols,
        functions=tuple(sorted(functions, key=lambda function: (function.address, function.name))),
        variables=tuple(sorted(variables, key=lambda variable: (variable.address, variable.name))),
        types=types,
        irqchips=_irqchips(elf, frozen, types),
        initcalls=_initcalls(elf, symbols, abi, (IMAGE, data)),
        compatible=_compatible(driver, elf, frozen, types, symbols),
        bugs=_bugs(elf, frozen, abi),
        jumps=branches,
        spins=relaxes,
        modinfo=driver.modinfo,
    )


def _relaxes(elf: ELFFile, abi: Abi) -> frozenset[int]:
    """The addresses of the instruction that ``cpu_relax()`` is, in all code."""
    found: set[int] = set()
    for section in elf.iter_sections():
        if section["sh_flags"] & _EXECUTABLE and section["sh_type"] != "SHT_NOBITS":
            data = section.data()
            start = section["sh_addr"]
            found.update(start + at for at in range(0, len(data) - STEP + 1, STEP) if data[at : at + STEP] == abi.relax)
    return frozenset(found)


def _cstring(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode("utf-8", "replace")


def _pointer(content: bytes, at: int, abi: Abi) -> int:
    return int.from_bytes(content[at : at + abi.word], "little")


def _irqchips(elf: ELFFile, content: bytes, types: Types) -> tuple[Irqdecl, ...]:
    section = elf.get_section_by_name("__irqchip_of_table")
    if section is None or not types.has("of_device_id"):
        return ()
    size, name = types.size("of_device_id"), types.offset("of_device_id", "compatible")
    data = types.offset("of_device_id", "data")
    found = []
    for at in range(section["sh_addr"] - IMAGE, section["sh_addr"] - IMAGE + section["sh_size"] - size + 1, size):
        compatible = _cstring(content[at + name : at + data])
        function = _pointer(content, at + data, types.abi)
        if compatible and function:
            found.append(Irqdecl(compatible, function))
    return tuple(found)


def _initcalls(elf: ELFFile, symbols: dict[str, int], abi: Abi, code: tuple[int, int]) -> tuple[tuple[str, int], ...]:
    found: list[tuple[str, int]] = []
    for section in elf.iter_sections():
        match = re.fullmatch(r"\.initcall(\w+)\.init", section.name)
        if match is not None:
            found.extend((match.group(1), function) for function in _pointers(section, abi, code))
    if not found and "init_module" in symbols:
        found.append(("module", symbols["init_module"]))
    return tuple(sorted(found, key=lambda call: _LEVELS.index(call[0]) if call[0] in _LEVELS else len(_LEVELS)))


def _pointers(section: Any, abi: Abi, code: tuple[int, int]) -> list[int]:
    """The functions of a table: pointers, or 32-bit distances (``CONFIG_HAVE_ARCH_PREL32_RELOCATIONS``)."""
    data, start = section.data(), section["sh_addr"]
    if len(data) % abi.word == 0:
        absolute = [int.from_bytes(data[at : at + abi.word], "little") for at in range(0, len(data), abi.word)]
        if all(code[0] <= function < code[1] for function in absolute):
            return absolute
    return [start + at + struct.unpack_from("<i", data, at)[0] for at in range(0, len(data) - 3, 4)]


def _compatible(driver: Object, elf: ELFFile, content: bytes, types: Types, symbols: dict[str, int]) -> tuple[str, ...]:
    """The strings of every ``struct of_device_id`` table that the driver's own object has."""
    found: list[str] = []
    if not types.has("of_device_id"):
        return ()
    size, name = types.size("of_device_id"), types.offset("of_device_id", "compatible")
    data = types.offset("of_device_id", "data")
    for symbol in driver.symbols:
        if symbol.kind != "STT_OBJECT" or symbol.size < size or symbol.size % size or symbol.name not in symbols:
            continue
        if types.variable_struct(symbol.name) != "of_device_id" and not symbol.name.startswith("__of_table"):
            continue
        start = symbols[symbol.name] - IMAGE
        for at in range(start, start + symbol.size, size):
            compatible = _cstring(content[at + name : at + data])
            if compatible:
                found.append(compatible)
    return tuple(dict.fromkeys(found))


def _bugs(elf: ELFFile, content: bytes, abi: Abi) -> dict[int, tuple[str, int, int]]:
    """``__bug_table``: address of the trap → (file, line, flags); pointers on arm, 32-bit distances elsewhere."""
    section = elf.get_section_by_name("__bug_table")
    if section is None:
        return {}
    found: dict[int, tuple[str, int, int]] = {}
    start, data = section["sh_addr"], section.data()
    for at in range(0, len(data) - 11, 12):
        if abi.relative_bugs:
            address = start + at + struct.unpack_from("<i", data, at)[0]
            where = start + at + 4 + struct.unpack_from("<i", data, at + 4)[0] - IMAGE
        else:
            address, where = struct.unpack_from("<II", data, at)
            where -= IMAGE
        line, flags = struct.unpack_from("<HH", data, at + 8)
        name = _cstring(content[where : where + 256]) if 0 <= where < len(content) else ""
        found[address] = (name, line, flags)
    return found
