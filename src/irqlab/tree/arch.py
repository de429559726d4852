"""The architectures objects are built for, and the compiler and linker of each.

Tests: ``tests/tree/test_arch.py``.
"""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import TreeError


@dataclass(frozen=True)
class Arch:
    """One architecture.

    :ivar name: irqlab's name for it.
    :ivar karch: ``ARCH=``; ``directory`` is that below ``arch/``.
    :ivar prefix: of the cross tools; ``CROSS_COMPILE=``.
    :ivar compiler: the Debian package of the compiler; ``binutils`` that of the linker.
    :ivar machine: what :func:`platform.machine` says on it, where tools without a prefix do as well.
    :ivar symbol: the option that every configuration for it has.
    :ivar defconfig: the make target that configures it.
    :ivar options: what irqlab's configuration adds for it.
    """

    name: str
    karch: str
    directory: str
    prefix: str
    compiler: str
    binutils: str
    machine: str
    symbol: str
    defconfig: str = "defconfig"
    options: tuple[str, ...] = ()

    def tool(self, name: str) -> Path:
        """The path of ``gcc``, ``ld`` … for this architecture.

        :raises TreeError: it is not installed; the message names the Debian package.
        """
        names = [self.prefix + name] + ([name] if platform.machine() == self.machine else [])
        for candidate in names:
            found = shutil.which(candidate)
            if found is not None:
                return Path(found)
        package = self.compiler if name == "gcc" else self.binutils
        raise TreeError(f"{names[0]}: is not installed, {self.name} needs it: sudo apt-get install {package}")

    def cross(self) -> str:
        """What ``CROSS_COMPILE=`` has to be here; empty where the machine's own compiler is the one."""
        gcc = self.tool("gcc").name
        return gcc.removesuffix("gcc")

    def linker(self) -> Path:
        """GNU ``ld`` for this architecture.

        :raises TreeError: it is not installed.
        """
        return self.tool("ld")

    def toolchain(self) -> str:
        """What changes when the compiler is another one: its path, size and time of change."""
        gcc = self.tool("gcc").resolve()
        stat = os.stat(gcc)
        return f"{gcc} {stat.st_size} {stat.st_mtime_ns}"


ARCHES: dict[str, Arch] = {
    arch.name: arch
    for arch in (
        Arch(
            "arm64",
            "arm64",
            "arm64",
            "aarch64-linux-gnu-",
            "gcc-aarch64-linux-gnu",
            "binutils-aarch64-linux-gnu",
            "aarch64",
            "ARM64",
            options=(
                # What a driver's code would otherwise be patched for at boot.
                "ARM64_USE_LSE_ATOMICS=n",
                "ARM64_PSEUDO_NMI=n",
                "ARM64_PTR_AUTH_KERNEL=n",
                "ARM64_BTI_KERNEL=n",
                "ARM64_VA_BITS_52=n",
                "ARM64_VA_BITS_48=y",
                "ARM64_PA_BITS_52=n",
                "ARM64_PA_BITS_48=y",
            ),
        ),
        Arch(
            "arm",
            "arm",
            "arm",
            "arm-linux-gnueabihf-",
            "gcc-arm-linux-gnueabihf",
            "binutils-arm-linux-gnueabihf",
            "armv7l",
            "ARM",
            defconfig="multi_v7_defconfig",
            # No unwinding tables, which would refer to a library of the compiler.
            options=("ARM_LPAE=n", "THUMB2_KERNEL=n", "UNWINDER_ARM=n", "UNWINDER_FRAME_POINTER=y"),
        ),
        Arch(
            "riscv64",
            "riscv",
            "riscv",
            "riscv64-linux-gnu-",
            "gcc-riscv64-linux-gnu",
            "binutils-riscv64-linux-gnu",
            "riscv64",
            "RISCV",
            # Whatever would patch code at boot.
            options=(
                *(f"RISCV_ISA_{name}=n" for name in ("SVNAPOT", "SVPBMT", "V", "ZAWRS", "ZBA", "ZBB", "ZBC", "ZICBOM", "ZICBOZ")),
                *(f"ERRATA_{name}=n" for name in ("ANDES", "SIFIVE", "STARFIVE", "THEAD")),
            ),
        ),
        Arch(
            "x86_64",
            "x86_64",
            "x86",
            "x86_64-linux-gnu-",
            "gcc-x86-64-linux-gnu",
            "binutils-x86-64-linux-gnu",
            "x86_64",
            "X86_64",
            options=(
                # No thunks for calls and returns.
                "CPU_MITIGATIONS=n",
                "SPECULATION_MITIGATIONS=n",
                "RETPOLINE=n",
                "X86_KERNEL_IBT=n",
                "UNWINDER_ORC=n",
                "UNWINDER_FRAME_POINTER=y",
            ),
        ),
    )
}


def find(name: str) -> Arch:
    """The architecture of that name.

    :raises TreeError: irqlab knows none.
    """
    if name in ARCHES:
        return ARCHES[name]
    raise TreeError(f"architecture {name!r} is not known: take {', '.join(ARCHES)}")


#: Programs that building needs besides the compiler, and the Debian package of each.
PROGRAMS = {"make": "make", "bc": "bc", "flex": "flex", "bison": "bison", "gcc": "gcc", "ld": "binutils", "perl": "perl"}


def require(programs: Iterable[str], why: str, packages: dict[str, str] = PROGRAMS) -> None:
    """Refuses in one line, naming the packages, when programs are missing."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        names = " ".join(dict.fromkeys(packages.get(program, program) for program in missing))
        raise TreeError(f"{', '.join(missing)}: not installed, {why}: sudo apt-get install {names}")
