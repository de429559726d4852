"""Which objects of a tree are its core."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.core.build import IRQ, KEXEC, POWER, sources
from irqlab.errors import TreeError
from irqlab.tree import open_tree

CORE = (*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER))


def tree_of(path: Path, *names: str) -> None:
    """What looks like a kernel tree, with some sources."""
    for directory in ("arch", "include", "scripts"):
        (path / directory).mkdir()
    for name in ("Kbuild", "Kconfig", *names):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).touch()
    (path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 0\n")


def test_the_mask_loop_of_all_architectures_is_not_in_every_tree(tmp_path: Path) -> None:
    wanted = tuple(name for name in CORE if name != KEXEC)
    tree_of(tmp_path, *wanted)
    assert tuple(sources(open_tree(str(tmp_path)))) == wanted


def test_a_core_with_a_hole_is_refused(tmp_path: Path) -> None:
    """What is undefined would be looked for among the functions of the kernel in Python."""
    tree_of(tmp_path, *(name for name in CORE if name != "drivers/base/power/runtime.c"))
    with pytest.raises(TreeError, match=r"has no drivers/base/power/runtime\.c, which is of the core"):
        sources(open_tree(str(tmp_path)))
