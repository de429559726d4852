"""Layouts of C structs and places in source files, read from debug info by drgn.

No layout is written by hand: a struct is looked into by the names of its fields, of the very kernel the driver was
compiled for.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import drgn

from irqlab.errors import GuestError
from irqlab.guest.abi import Abi
from irqlab.guest.layout import HEAP, IMAGE

_ARCHITECTURES = {
    "arm64": drgn.Architecture.AARCH64,
    "arm": drgn.Architecture.ARM,
    "riscv64": drgn.Architecture.RISCV64,
}


@dataclass(frozen=True)
class Member:
    """One field of a struct.

    :ivar offset: bytes from the beginning of the struct; ``size`` in bytes.
    :ivar bits: (first bit, width) of a bit field within the ``size`` bytes at ``offset``; None for a whole field.
    :ivar pointer: it is a pointer.
    """

    offset: int
    size: int
    signed: bool
    bits: tuple[int, int] | None = None
    pointer: bool = False


@dataclass(frozen=True)
class Place:
    """A place in a source file, and the function (perhaps inlined) it is in."""

    function: str
    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Types:
    """The debug info of one linked image."""

    def __init__(self, image: bytes, abi: Abi, name: str) -> None:
        flags = drgn.PlatformFlags.IS_LITTLE_ENDIAN
        if abi.bits == 64:
            flags |= drgn.PlatformFlags.IS_64_BIT
        self.abi = abi
        number, path = tempfile.mkstemp(prefix="irqlab-", suffix=".elf")
        with os.fdopen(number, "wb") as file:
            file.write(image)
        self._program = drgn.Program(drgn.Platform(_ARCHITECTURES[abi.name], flags))
        module = self._program.extra_module(name, create=True)
        module.address_range = (IMAGE, HEAP)
        module.try_file(path, force=True)
        os.unlink(path)  # drgn has it open
        if module.debug_file_status != drgn.ModuleFileStatus.HAVE:
            raise GuestError(f"{name}: its debug info cannot be read: build it with CONFIG_DEBUG_INFO_DWARF5=y")
        self._structs: dict[str, drgn.Type | None] = {}
        self._members: dict[tuple[str, str], Member | None] = {}
        self._places: dict[int, tuple[Place, ...]] = {}

    def _struct(self, name: str) -> drgn.Type | None:
        if name not in self._structs:
            found: drgn.Type | None
            try:
                found = self._program.type(f"struct {name}")
            except (LookupError, SyntaxError):
                found = None
            except drgn.BadDataError as error:
                raise _damaged(error) from None
            self._structs[name] = found if found is not None and found.size is not None else None
        return self._structs[name]

    def has(self, struct: str) -> bool:
        """Whether the driver's debug info has the struct with its fields."""
        return self._struct(struct) is not None

    def size(self, struct: str) -> int:
        """Bytes of ``struct``; :class:`~irqlab.errors.GuestError` where the driver does not know it."""
        found = self._struct(struct)
        if found is None:
            raise GuestError(f"the driver's debug info has no struct {struct}")
        return int(found.size)

    def member(self, struct: str, path: str) -> Member | None:
        """A field, by a path such as ``irq_data.hwirq``; None where this kernel's struct has none."""
        key = struct, path
        if key not in self._members:
            self._members[key] = self._find(struct, path)
        return self._members[key]

    def _find(self, struct: str, path: str) -> Member | None:
        found = self._struct(struct)
        if found is None:
            return None
        offset = 0
        *outer, last = path.split(".")
        for part in outer:
            if found is None or not found.has_member(part):
                return None
            member = found.member(part)
            offset += member.bit_offset // 8
            found = _plain(member.type)
        if found is None or found.kind not in (drgn.TypeKind.STRUCT, drgn.TypeKind.UNION) or not found.has_member(last):
            return None
        member = found.member(last)
        kind = _plain(member.type)
        size = int(drgn.sizeof(kind)) if _complete(kind) else 0
        signed = kind.kind == drgn.TypeKind.INT and kind.is_signed
        width = member.bit_field_size
        if width:
            start = member.bit_offset // 8 // size * size
            return Member(offset + start, size, signed, (member.bit_offset - 8 * start, width))
        return Member(offset + member.bit_offset // 8, size, signed, pointer=kind.kind == drgn.TypeKind.POINTER)

    def offset(self, struct: str, path: str) -> int:
        """Bytes from the beginning of a struct to a field that every kernel has."""
        member = self.member(struct, path)
        if member is None:
            raise GuestError(f"the driver's debug info has no field {path} in struct {struct}")
        return member.offset

    def members(self, struct: str) -> list[str]:
        """The names of a struct's own fields."""
        found = self._struct(struct)
        return [] if found is None else [member.name for member in found.members if member.name]

    def field_at(self, struct: str, offset: int) -> str:
        """The name of what lies at ``offset`` of a struct, such as ``irq_data.mask``; ``+0x18`` where nothing has one."""
        found, names, left = self._struct(struct), [], offset
        while found is not None and found.kind in (drgn.TypeKind.STRUCT, drgn.TypeKind.UNION):
            inside = None
            for member in found.members:
                start = member.bit_offset // 8
                size = int(drgn.sizeof(member.type)) if _complete(member.type) else 0
                if start <= left < start + size:
                    inside = member
                    break
            if inside is None:
                break
            if inside.name:
                names.append(inside.name)
            left -= inside.bit_offset // 8
            found = _plain(inside.type)
        return ".".join(names) or f"+{offset:#x}"

    def constant(self, name: str) -> int | None:
        """An enumerator of the driver's debug info; None where it has none of that name."""
        try:
            return int(self._program.constant(name))
        except LookupError:
            return None

    def variable_struct(self, name: str) -> str:
        """The struct (or the struct of the elements of the array) a variable of the image is; empty if it is none."""
        try:
            kind = _plain(self._program.variable(name).type_)
        except (LookupError, ValueError, drgn.BadDataError):
            return ""
        while kind.kind == drgn.TypeKind.ARRAY:
            kind = _plain(kind.type)
        return str(kind.tag or "") if kind.kind == drgn.TypeKind.STRUCT else ""

    def places(self, address: int) -> tuple[Place, ...]:
        """The source lines of an instruction: the innermost inlined function first."""
        if address not in self._places:
            self._places[address] = self._look(address)
        return self._places[address]

    def _look(self, address: int) -> tuple[Place, ...]:
        try:
            found = self._program.source_location(address)
        except (LookupError, ValueError, drgn.BadDataError):
            return ()
        return tuple(Place(place.name() or "", relative(place.filename), place.line) for place in found if place.filename)


def _damaged(error: Exception) -> GuestError:
    return GuestError(f"the driver's debug info is damaged ({str(error).partition(': ')[2]}): build the object again")


def _plain(kind: drgn.Type) -> drgn.Type:
    while kind.kind == drgn.TypeKind.TYPEDEF:
        kind = kind.type
    return kind


def _complete(kind: drgn.Type) -> bool:
    kind = _plain(kind)
    if kind.kind == drgn.TypeKind.ARRAY:
        return kind.length is not None and _complete(kind.type)
    if kind.kind == drgn.TypeKind.ENUM:
        return kind.type is not None
    return kind.kind not in (drgn.TypeKind.VOID, drgn.TypeKind.FUNCTION) and (
        kind.kind == drgn.TypeKind.POINTER or getattr(kind, "size", None) is not None
    )


#: The directories of a kernel tree that source files are in.
_TOPS = frozenset(("arch", "drivers", "include", "kernel", "lib", "sound", "net", "mm", "fs", "block", "init", "virt", "crypto"))


def relative(file: str) -> str:
    """A source file's path from the top of its tree."""
    parts = Path(file).parts
    for at, part in enumerate(parts):
        if part in _TOPS and at + 1 < len(parts) and not file.startswith(("/usr",)):
            return "/".join(parts[at:])
    return file.removeprefix("./")
