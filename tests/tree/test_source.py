"""A tree is opened, and a source in it found, or refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, open_tree, tree_of

Kernel = Callable[..., Tree]


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(TreeError) as error:
        what()
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_version_is_read_from_the_makefile(kernel: Kernel):
    assert kernel().version == "6.12.3-rc1"


def test_a_version_without_sublevel_is_short(kernel: Kernel):
    assert kernel({"Makefile": "VERSION = 7\nPATCHLEVEL = 0\nSUBLEVEL =\nEXTRAVERSION =\n"}).version == "7.0"


def test_the_first_version_in_the_makefile_counts(kernel: Kernel):
    assert kernel({"Makefile": "VERSION = 7\nPATCHLEVEL = 1\nSUBLEVEL = 2\nVERSION = 8\n"}).version == "7.1.2"


def test_a_tree_is_opened_through_a_link(kernel: Kernel, tmp_path: Path):
    tree = kernel()
    (tmp_path / "link").symlink_to(tree.path)
    assert open_tree(tmp_path / "link") == tree


def test_what_is_no_tree_is_refused(kernel: Kernel, tmp_path: Path):
    assert refused(lambda: open_tree(tmp_path / "none")).endswith(
        "none: there is no such directory: give the top of a kernel source tree"
    )
    assert "is no kernel tree: it has no Makefile" in refused(lambda: open_tree(tmp_path))
    assert "there is no such directory" in refused(lambda: open_tree(kernel().path / "Makefile"))
    assert "cannot be read" in refused(lambda: open_tree("a\0b"))
    nameless = kernel({"Makefile": "VERSION = 7\nPATCHLEVEL = 1\n"}, "nameless").path
    (nameless / "Makefile").write_text("all:\n")
    assert "its Makefile names no VERSION and PATCHLEVEL" in refused(lambda: open_tree(nameless))


def test_a_source_is_named_in_many_ways(kernel: Kernel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    tree = kernel()
    name = "drivers/irqchip/irq-one.c"
    assert tree.source(name) == name
    assert tree.source("drivers/irqchip/irq-one.o") == name
    assert tree.source("drivers/../drivers/irqchip/irq-one.c") == name
    assert tree.source(tree.path / name) == name
    monkeypatch.chdir(tree.path / "drivers")
    assert tree.source("irqchip/irq-one.c") == name
    (tmp_path / "link").symlink_to(tree.path)
    assert tree.source(tmp_path / "link" / name) == name


def test_a_source_that_is_a_link_keeps_its_name(kernel: Kernel, tmp_path: Path):
    tree = kernel()
    (tmp_path / "mine.c").write_text("mine\n")
    (tree.path / "drivers/irqchip/irq-mine.c").symlink_to(tmp_path / "mine.c")
    assert tree.source("drivers/irqchip/irq-mine.c") == "drivers/irqchip/irq-mine.c"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("drivers/irqchip/irq-three.c", "there is no such source in"),
        ("drivers/irqchip/Makefile", "there is no such source in"),
        ("drivers/irqchip", "there is no such source in"),
        ("", "is no name of a source"),
        ("a\0b.c", "is no name of a source"),
        ("../other.c", "lies outside the kernel tree"),
    ],
)
def test_what_is_no_source_is_refused(kernel: Kernel, tmp_path: Path, name: str, said: str):
    (tmp_path / "other.c").write_text("")
    tree = kernel()
    assert said in refused(lambda: tree.source(name))


def test_the_tree_of_a_file_is_the_one_it_lies_in(kernel: Kernel, tmp_path: Path):
    tree = kernel()
    assert tree_of(tree.path / "drivers/irqchip/irq-one.c") == tree
    (tmp_path / "other.c").write_text("")
    assert "lies in no kernel tree" in refused(lambda: tree_of(tmp_path / "other.c"))
