"""A shadow has the sources of a tree, nothing that was made in it, and follows what comes and goes."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.tree import Tree, shadow

Kernel = Callable[..., Tree]


def links(place: Path) -> dict[str, str]:
    """Every link of a shadow, and where it leads."""
    top = place / "tree"
    return {str(path.relative_to(top)): os.readlink(path) for path in sorted(top.rglob("*")) if path.is_symlink()}


def test_a_clean_tree_needs_none(kernel: Kernel):
    tree = kernel()
    assert not shadow.needed(tree) and shadow.source(tree) == tree.path


@pytest.mark.parametrize(
    "left", [".config", "include/config/auto.conf", "include/generated/x.h", "arch/arm/include/generated/x.h"]
)
def test_a_tree_in_which_something_was_made_needs_one(kernel: Kernel, cache: Path, left: str):
    tree = kernel({left: ""})
    assert shadow.needed(tree)
    source = shadow.source(tree)
    assert source.is_relative_to(cache) and (source / "Makefile").read_text() == (tree.path / "Makefile").read_text()
    assert not (source / left).exists()


def test_only_sources_are_linked(kernel: Kernel, tmp_path: Path):
    tree = kernel({".config": "", "drivers/irqchip/irq-one.o": "", "include/config/x": "", "Documentation/a.rst": ""})
    program = tree.path / "scripts/fixdep"
    program.write_bytes(b"\x7fELF")
    (tree.path / "scripts/dtc").mkdir()
    (tree.path / "scripts/dtc/prefix").symlink_to("../../arch/arm64")
    shadow.update(tree.path, tmp_path / "place")
    found = links(tmp_path / "place")
    assert found["drivers/irqchip/irq-one.c"] == f"{tree.path}/drivers/irqchip/irq-one.c"
    assert found["scripts/dtc/prefix"] == "../../arch/arm64"
    assert found["Documentation"] == f"{tree.path}/Documentation"
    assert not {".config", "drivers/irqchip/irq-one.o", "include/config/x", "scripts/fixdep"} & set(found)
    assert len(found) == len([path for path in found if not path.startswith(".")])


def test_a_program_is_known_without_a_gitignore(kernel: Kernel, tmp_path: Path):
    tree = kernel({".config": ""})
    (tree.path / "scripts/.gitignore").unlink()
    for name, text in (("fixdep", b"\x7fELF"), ("checker", b"#!/bin/sh\n")):
        (tree.path / "scripts" / name).write_bytes(text)
        (tree.path / "scripts" / name).chmod(0o755)
    shadow.update(tree.path, tmp_path / "place")
    assert "scripts/checker" in links(tmp_path / "place") and "scripts/fixdep" not in links(tmp_path / "place")


def test_what_comes_and_goes_is_followed(kernel: Kernel, tmp_path: Path):
    tree, place = kernel({".config": ""}), tmp_path / "place"
    shadow.update(tree.path, place)
    before = links(place)
    (tree.path / "drivers/irqchip/irq-two.c").unlink()
    (tree.path / "drivers/irqchip/irq-new.c").write_text("")
    (tree.path / "drivers/new").mkdir()
    (tree.path / "drivers/new/x.c").write_text("")
    shadow.update(tree.path, place)
    after = links(place)
    assert set(after) - set(before) == {"drivers/irqchip/irq-new.c", "drivers/new/x.c"}
    assert set(before) - set(after) == {"drivers/irqchip/irq-two.c"}
    (tree.path / "drivers/new/x.c").unlink()
    (tree.path / "drivers/new").rmdir()
    (tree.path / "drivers/new").write_text("a file now")
    shadow.update(tree.path, place)
    assert links(place)["drivers/new"] == f"{tree.path}/drivers/new"


def test_a_changed_gitignore_is_followed(kernel: Kernel, tmp_path: Path):
    tree, place = kernel({".config": ""}), tmp_path / "place"
    shadow.update(tree.path, place)
    (tree.path / "scripts/.gitignore").write_text("/Makefile.build\n")
    shadow.update(tree.path, place)
    assert "scripts/Makefile.build" not in links(place)


def test_nothing_is_looked_at_twice(kernel: Kernel, tmp_path: Path):
    tree, place = kernel({".config": ""}), tmp_path / "place"
    told: list[str] = []
    shadow.update(tree.path, place, told.append)
    seen = (place / "seen.json").stat().st_mtime_ns
    (place / "tree/drivers/irqchip/irq-one.c").unlink()
    shadow.update(tree.path, place, told.append)
    # The directory did not change: what somebody did to the shadow is not noticed.
    assert "drivers/irqchip/irq-one.c" not in links(place)
    assert told == [f"linking the sources of {tree.path}"] and (place / "seen.json").stat().st_mtime_ns == seen


def test_a_damaged_memory_is_made_anew(kernel: Kernel, tmp_path: Path):
    tree, place = kernel({".config": ""}), tmp_path / "place"
    shadow.update(tree.path, place)
    before = links(place)
    (place / "seen.json").write_text("{")
    shadow.update(tree.path, place)
    assert links(place) == before
