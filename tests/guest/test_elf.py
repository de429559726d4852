"""Objects as they come: what is no driver is refused in one line that says why."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irqlab.errors import GuestError
from irqlab.guest.elf import read_object

ARM64, X86 = 183, 62


def elf(
    machine: int = ARM64, kind: int = 1, order: int = 1, bits: int = 2, sections: bytes = b"", count: int = 0, at: int = 64
) -> bytes:
    """An ELF header, and whatever section table is given right behind it."""
    ident = b"\x7fELF" + bytes((bits, order, 1)) + bytes(9)
    end = "<" if order == 1 else ">"
    return (
        ident
        + struct.pack(end + "HHIQQQIHHHHHH", kind, machine, 1, 0, 0, at if count else 0, 0, 64, 0, 0, 64, count, 0)
        + sections
    )


def section(kind: int, offset: int, size: int) -> bytes:
    return struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, size, 0, 0, 1, 0)


def refused(tmp_path: Path, data: bytes) -> str:
    """The line with which a file is refused, without its name."""
    path = tmp_path / "driver.o"
    path.write_bytes(data)
    with pytest.raises(GuestError) as caught:
        read_object(path)
    told = str(caught.value)
    assert told.startswith(f"{path}: ") and "\n" not in told
    return told.removeprefix(f"{path}: ")


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(GuestError, match="cannot be read .No such file or directory.: give the path of an object file"):
        read_object(tmp_path / "none.o")


@pytest.mark.parametrize("data", [b"", b"\x7fEL", b"#!/bin/sh\n" * 10, b"\x7fELF"])
def test_no_elf_file(tmp_path: Path, data: bytes) -> None:
    assert refused(tmp_path, data).startswith("is no ELF file: ")


def test_a_big_endian_object(tmp_path: Path) -> None:
    assert refused(tmp_path, elf(order=2)).startswith("is big-endian: ")


def test_an_executable(tmp_path: Path) -> None:
    assert refused(tmp_path, elf(kind=2)).startswith("is linked already (e_type 2): ")


def test_another_architecture(tmp_path: Path) -> None:
    told = refused(tmp_path, elf(machine=X86))
    assert told == "is for another architecture (e_machine 62): irqlab runs arm64, arm, riscv64"


def test_the_right_machine_with_the_wrong_width(tmp_path: Path) -> None:
    assert refused(tmp_path, elf(bits=1)).startswith("is for another architecture (e_machine 183)")


def test_no_sections(tmp_path: Path) -> None:
    assert refused(tmp_path, elf()).startswith("has no sections: ")


def test_a_section_table_that_is_not_there(tmp_path: Path) -> None:
    assert "its section table is not in the file" in refused(tmp_path, elf(count=3))


def test_a_section_that_is_not_there(tmp_path: Path) -> None:
    data = elf(sections=section(0, 0, 0) + section(1, 10_000, 5), count=2)
    assert "section 1 is not in the file" in refused(tmp_path, data)


def test_a_section_that_claims_the_world(tmp_path: Path) -> None:
    data = elf(sections=section(0, 0, 0) + section(8, 0, 1 << 40), count=2)
    assert "section 1 claims 1099511627776 bytes" in refused(tmp_path, data)


def test_a_stripped_object(tmp_path: Path) -> None:
    data = elf(sections=section(0, 0, 0) + section(3, 64, 1), count=2)
    assert "is stripped: it has no symbol table" in refused(tmp_path, data)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 5), st.integers(0, 400))
def test_damage_is_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes, count: int, at: int) -> None:
    path = tmp_path_factory.mktemp("fuzz", numbered=True) / "driver.o"
    path.write_bytes(elf(sections=data, count=count, at=at))
    with pytest.raises(GuestError) as caught:
        read_object(path)
    assert "\n" not in str(caught.value)
