"""Branches of static keys (``__jump_table``): where the kernel patches code, a guest asks the key.

Code is the same in every state, so each such branch is a trap, and which way it goes is read from the key in the guest's
memory when it is come to.

Tests: ``tests/guest/test_jumps.py``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

from elftools.elf.elffile import ELFFile

from irqlab.guest.abi import Abi

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: Bytes of an instruction that is patched.
STEP = 4


@dataclass(frozen=True)
class Jump:
    """One branch.

    :ivar key: address of its ``struct static_key``; ``inverted``: it is taken while the key is *not* enabled.
    """

    target: int
    key: int
    inverted: bool


def jumps(elf: ELFFile, abi: Abi) -> dict[int, Jump]:
    """The branches of a linked image by the address of their instruction (``struct jump_entry``)."""
    section = elf.get_section_by_name("__jump_table")
    if section is None:
        return {}
    found: dict[int, Jump] = {}
    start, data = section["sh_addr"], section.data()
    size = 16 if abi.bits == 64 else 12
    for at in range(0, len(data) - size + 1, size):
        here = start + at
        if abi.bits == 64:
            code, target, key = struct.unpack_from("<iiq", data, at)
            code, target, key = here + code, here + 4 + target, (here + 8 + (key & ~3)) | key & 3
        else:
            code, target, key = struct.unpack_from("<III", data, at)
        found[code] = Jump(target, key & ~3, bool(key & 1))
    return found


def goes_to(g: Guest, here: int, jump: Jump) -> int:
    """Where the guest goes on from a branch."""
    enabled = g.number(jump.key, 4) != 0
    return jump.target if enabled is not jump.inverted else here + STEP
