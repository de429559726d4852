"""Declarations are read from objects as from what pyelftools relocates, and from what a linker does."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from elftools.elf.elffile import ELFFile
from real_rig import INTMUX, IRQSTEER, built

from irqlab.guest import dwarf
from irqlab.guest.dwarf import declarations
from irqlab.guest.elf import read_object
from irqlab.guest.link import externs, link
from irqlab.guest.relocate import debug_info

CASES = [(source, arch) for source in (IRQSTEER, INTMUX, "kernel/irq/manage.c") for arch in ("arm64", "arm", "riscv64")]


def plain(elf: ELFFile) -> Any:
    """All of it, by pyelftools alone."""
    return elf.get_dwarf_info(follow_links=False)


@pytest.mark.parametrize(("source", "arch"), [case for case in CASES if case[1] != "riscv64"])
def test_pyelftools_reads_the_same(source: str, arch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It refuses relocations of RISC-V."""
    elf = read_object(built(source, arch).object).elf
    fast, slow = debug_info(elf).debug_info_sec.stream, plain(elf).debug_info_sec.stream
    assert fast.getvalue() == slow.getvalue()
    found = declarations(elf)
    monkeypatch.setattr(dwarf, "debug_info", plain)
    assert list(found.items()) == list(declarations(elf).items()) != []


@pytest.mark.parametrize(("source", "arch"), CASES)
def test_a_linker_fills_in_the_same(source: str, arch: str) -> None:
    obj = read_object(built(source, arch).object)
    found = declarations(obj.elf)
    linked = ELFFile(BytesIO(link([obj], externs([obj], found))))
    assert list(found.items()) == list(declarations(linked).items()) != []
