"""The compiler of each architecture, or the package it comes in."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import arch
from irqlab.tree.arch import ARCHES


@pytest.mark.parametrize(
    ("name", "gcc", "packages"),
    [
        ("arm64", "aarch64-linux-gnu-gcc", ("gcc-aarch64-linux-gnu", "binutils-aarch64-linux-gnu")),
        ("arm", "arm-linux-gnueabihf-gcc", ("gcc-arm-linux-gnueabihf", "binutils-arm-linux-gnueabihf")),
        ("riscv64", "riscv64-linux-gnu-gcc", ("gcc-riscv64-linux-gnu", "binutils-riscv64-linux-gnu")),
        ("x86_64", "x86_64-linux-gnu-gcc", ("gcc-x86-64-linux-gnu", "binutils-x86-64-linux-gnu")),
    ],
)
def test_a_missing_compiler_is_named_with_its_package(
    name: str, gcc: str, packages: tuple[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError) as error:
        ARCHES[name].cross()
    assert str(error.value) == f"{gcc}: is not installed, {name} needs it: sudo apt-get install {packages[0]}"
    with pytest.raises(TreeError, match=f"sudo apt-get install {packages[1]}"):
        ARCHES[name].linker()


def test_the_prefix_is_that_of_the_compiler_that_was_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("platform.machine", lambda: "aarch64")
    (tmp_path / "gcc").write_text("")
    (tmp_path / "gcc").chmod(0o755)
    assert ARCHES["arm64"].cross() == ""
    (tmp_path / "aarch64-linux-gnu-gcc").write_text("")
    (tmp_path / "aarch64-linux-gnu-gcc").chmod(0o755)
    assert ARCHES["arm64"].cross() == "aarch64-linux-gnu-"


def test_another_compiler_is_another_toolchain(tools: Path):
    before = ARCHES["arm64"].toolchain()
    assert ARCHES["arm64"].toolchain() == before
    (tools / "aarch64-linux-gnu-gcc").write_text("#!/bin/sh\nexit 12\n")
    assert ARCHES["arm64"].toolchain() != before


def test_an_unknown_architecture_is_refused():
    with pytest.raises(TreeError, match="architecture 'mips' is not known: take arm64, arm, riscv64, x86_64"):
        arch.find("mips")


def test_missing_programs_are_named_with_their_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(TreeError) as error:
        arch.require(("ld", "flex"), "it is a test")
    assert str(error.value) == "ld, flex: not installed, it is a test: sudo apt-get install binutils flex"
