"""Linking: a real linker with a script made for the objects at hand.

Every undefined symbol gets an address: a function a stub, a variable as much storage as its type wants.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import GuestError
from irqlab.guest.abi import STUB, Abi
from irqlab.guest.dwarf import Declarations, Prototype, Variable
from irqlab.guest.elf import Object
from irqlab.guest.layout import IMAGE, PAGE

#: The linker of each architecture, and the Debian package it comes from.
LINKERS = {
    "arm64": ("aarch64-linux-gnu-ld", "binutils-aarch64-linux-gnu"),
    "arm": ("arm-linux-gnueabihf-ld", "binutils-arm-linux-gnueabihf"),
    "riscv64": ("riscv64-linux-gnu-ld", "binutils-riscv64-linux-gnu"),
}

#: Seconds a link may take.
_PATIENCE = 60

#: The largest variable of the kernel that gets storage, in bytes.
_MAX_VARIABLE = 1 << 16

_NAME = re.compile(r"[A-Za-z_.$][A-Za-z0-9_.$]*\Z")

#: The common address at which every stub ends; the stub that functions called by the kernel return to, and its number.
COMMON, RETURN, RETURNED = "__irqlab_common", "__irqlab_return", 0xFFFF

#: Where the flags of what warns once begin and end.
ONCE, ONCE_END = "__irqlab_once", "__irqlab_once_end"

#: Spare stubs for kernel functions that are called through pointers: their symbol, how many, the number of the first.
SPARE, GATES, FIRST_GATE = "__irqlab_gates", 256, 0x8000


@dataclass(frozen=True)
class Extern:
    """A symbol that the kernel has to provide.

    :ivar declared: how the driver's debug info declares it, if it does.
    """

    name: str
    number: int
    declared: Prototype | Variable | None

    @property
    def is_variable(self) -> bool:
        return isinstance(self.declared, Variable)

    @property
    def size(self) -> int:
        """Bytes of storage."""
        if not isinstance(self.declared, Variable):
            return STUB
        return min(max(self.declared.type.size, STUB), _MAX_VARIABLE)


def externs(objects: Sequence[Object], declared: Declarations) -> tuple[Extern, ...]:
    """What none of the objects defines, by name."""
    defined = frozenset({ONCE, ONCE_END}).union(*(obj.defined for obj in objects))
    names = sorted({name for obj in objects for name in obj.undefined} - defined)
    for name in names:
        if not _NAME.match(name):
            raise GuestError(f"{objects[0].path}: takes a symbol with the name {name!r}, which no C symbol has: build it again")
    return tuple(Extern(name, number, declared.get(name)) for number, name in enumerate(names))


def script(symbols: Sequence[Extern]) -> str:
    """The linker script: code, stubs, read-only data; then, on pages of their own, variables."""
    stubs = "\n".join(f"    {extern.name} = .; . += {STUB};" for extern in symbols if not extern.is_variable)
    storage = "\n".join(f"    {extern.name} = .; . += {extern.size}; . = ALIGN(16);" for extern in symbols if extern.is_variable)
    return f"""SECTIONS
{{
  . = {IMAGE:#x};
  .text : {{ *(.text .text.* .init.text .exit.text .head.text .noinstr.text .entry.text .kprobes.text .irqentry.text) }}
  . = ALIGN(16);
  .stubs : {{
    BYTE(0); . = ALIGN(16);
    {COMMON} = .; . += {STUB};
    {RETURN} = .; . += {STUB};
    {SPARE} = .; . += {STUB * GATES};
{stubs}
  }}
  .rodata : {{ *(.rodata .rodata.* .init.rodata .init.rodata.*) }}
  __irqchip_of_table : {{ KEEP(*(__irqchip_of_table)) KEEP(*(__irqchip_of_table_end)) }}
  __bug_table : {{ KEEP(*(__bug_table)) }}
  . = ALIGN({PAGE});
  __irqlab_data = .;
  .once : {{ {ONCE} = .; *(.data.once .data..once) {ONCE_END} = .; }}
  .data : {{ *(.data .data.* .init.data .init.data.* .exit.data .data..read_mostly .data..ro_after_init) }}
  .percpu : {{ *(.data..percpu .data..percpu.*) }}
  .bss : {{ *(.bss .bss.* .sbss .sbss.* COMMON) }}
  .externs (NOLOAD) : {{
    . = ALIGN(16);
{storage}
    . += 16;
  }}
  __irqlab_end = .;
  /DISCARD/ : {{ *(.comment .note.* .exitcall.exit .discard .discard.* .eh_frame __versions .modinfo .gnu.warning.*) }}
}}
"""


def link(objects: Sequence[Object], symbols: Sequence[Extern]) -> bytes:
    """One image of all objects, at its final addresses, with debug info.

    :raises GuestError: the linker is missing (names the package), fails (its first line), or does not end.
    """
    abi: Abi = objects[0].abi
    name, package = LINKERS[abi.name]
    linker = shutil.which(name)
    if linker is None:
        raise GuestError(f"{name} is missing, which links drivers for {abi.name}: install the package {package}")
    with tempfile.TemporaryDirectory(prefix="irqlab-") as directory:
        here = Path(directory)
        (here / "script.ld").write_text(script(symbols))
        command = [linker, "-m", abi.emulation, "-static", "-nostdlib", "--build-id=none", "-z", "noexecstack"]
        command += ["--no-warn-rwx-segments", "--no-warn-mismatch", "-e", COMMON, "-T", "script.ld", "-o", "image"]
        command += [str(obj.path.resolve()) for obj in objects]
        try:
            done = subprocess.run(
                command, cwd=here, capture_output=True, text=True, errors="replace", timeout=_PATIENCE, check=False
            )
        except subprocess.TimeoutExpired:
            raise GuestError(f"{objects[0].path}: {name} has not ended in {_PATIENCE} s: build the object again") from None
        if done.returncode or not (here / "image").is_file():
            told = [line for line in done.stderr.splitlines() if line.strip()]
            first = told[0].replace(f"{linker}: ", "")[:200] if told else f"exit status {done.returncode}"
            raise GuestError(f"{objects[0].path}: cannot be linked ({first}): build the object again")
        return (here / "image").read_bytes()
