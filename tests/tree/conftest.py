"""A kernel tree of a few files, whose Makefile does in an instant what Kbuild does, and tools that only have to be there."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import libfdt
import pytest
from devicetree import dtlib

from irqlab.tree import Tree, open_tree

MAKEFILE = """\
# SPDX-License-Identifier: GPL-2.0
VERSION = 6
PATCHLEVEL = 12
SUBLEVEL = 3
EXTRAVERSION = -rc1
NAME = Test

SYMBOL := $(shell echo $(ARCH) | tr a-z A-Z)
$(shell mkdir -p $(O) && echo '$(MAKECMDGOALS)' >> $(O)/calls)

%config:
	@test ! -f .config || { echo '*** The source tree is not clean, please run make mrproper'; false; }
	@if [ $@ = olddefconfig ]; then \\
		grep -q '^CONFIG_DEBUG_INFO=y' $(O)/.config || echo CONFIG_DEBUG_INFO=y >> $(O)/.config; \\
	else \\
		printf 'CONFIG_$(SYMBOL)=y\\nCONFIG_DRIVER=m\\n' > $(O)/.config; \\
	fi

prepare:
	@mkdir -p $(O)/include/config
	@printf 'deps_config := \\\\\\n\\tKconfig \\\\\\n\\tdrivers/irqchip/Kconfig \\\\\\n' > $(O)/include/config/auto.conf.cmd
	@if grep -h BROKEN Kconfig; then false; fi

drivers/%.o: FORCE
	@mkdir -p $(O)/$(dir $@)
	@if [ $(O)/$@ -nt drivers/$*.c ] && [ $(O)/$@ -nt include/linux/irq.h ]; then exit 0; fi; echo '  CC      $@'; \\
	if grep -q BROKEN drivers/$*.c; then echo '$(CURDIR)/drivers/$*.c:3:1: error: BROKEN is not declared'; exit 1; fi; \\
	cat drivers/$*.c include/linux/irq.h > $(O)/$@; \\
	{ echo 'savedcmd_$@ := cc -Wp,-MMD,x.d -DNAME="a;b" -c -o $@ $(CURDIR)/drivers/$*.c ; tools/objtool $@'; echo; \\
	echo 'source_$@ := $(CURDIR)/drivers/$*.c'; echo; echo 'deps_$@ := \\'; echo '    $$(wildcard include/config/DRIVER) \\'; \\
	echo '  $(CURDIR)/include/linux/irq.h \\'; echo; } > $(O)/$(dir $@).$(notdir $@).cmd

.PHONY: FORCE
FORCE:
"""

FILES = {
    "Makefile": MAKEFILE,
    "Kbuild": "",
    "Kconfig": 'source "drivers/irqchip/Kconfig"\n',
    ".gitignore": ".*\n*.o\n/include/config/\n/include/generated/\n/*\n!/debian/\n",
    "arch/arm64/Kconfig": "",
    "arch/arm/Kconfig": "",
    "drivers/irqchip/Kconfig": 'config ONE\n\tbool "one"\n',
    "drivers/irqchip/Makefile": "obj-$(CONFIG_ONE) += irq-one.o\nobj-y += irq-two.o\n",
    "drivers/irqchip/irq-one.c": "one\n",
    "drivers/irqchip/irq-two.c": "two\n",
    "include/linux/irq.h": "header\n",
    "scripts/.gitignore": "/fixdep\n",
    "scripts/Makefile.build": "",
}

TOOLS = ("aarch64-linux-gnu-gcc", "arm-linux-gnueabihf-gcc", "flex", "bison", "bc", "gcc", "ld")


def write(path: Path, text: str) -> Path:
    """Writes a file, and the directories above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own."""
    monkeypatch.setenv("IRQLAB_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of programs at the front of PATH."""
    folder = tmp_path / "tools"
    for name in TOOLS:
        write(folder / name, "#!/bin/sh\nexit 1\n").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    return folder


@pytest.fixture
def kernel(tmp_path: Path) -> Callable[..., Tree]:
    """Makes the tree, with files added or replaced."""

    def make(more: dict[str, str] | None = None, name: str = "linux") -> Tree:
        for path, text in {**FILES, **(more or {})}.items():
            write(tmp_path / name / path, text)
        return open_tree(tmp_path / name)

    return make


@pytest.fixture
def dtb(tmp_path: Path) -> Callable[[str], bytes]:
    """Makes a blob of the body of a root node: read by Zephyr's library, written by dtc's."""

    def make(body: str) -> bytes:
        path = tmp_path / "body.dts"
        path.write_text(f"/dts-v1/;\n/ {{\n{body}\n}};\n")
        writer = libfdt.FdtSw()
        writer.finish_reservemap()

        def write_node(node: dtlib.Node) -> None:
            writer.begin_node("" if node.name == "/" else node.name)
            for prop in node.props.values():
                writer.property(prop.name, prop.value)
            for child in node.nodes.values():
                write_node(child)
            writer.end_node()

        write_node(dtlib.DT(str(path)).root)
        blob = writer.as_fdt()
        blob.pack()
        return bytes(blob.as_bytearray())

    return make
