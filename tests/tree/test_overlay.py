"""What is changed of a tree lies beside it, with links to what stands beside each changed file; the tree is never written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, lay
from irqlab.tree.overlay import own, search

ONE, TWO, HEADER = "drivers/irqchip/irq-one.c", "drivers/irqchip/irq-two.c", "include/linux/irq.h"


def place(tree: Tree) -> Path:
    assert tree.changed is not None
    return tree.changed


def test_a_changed_file_stands_among_links_to_the_others_of_its_directory(kernel: Callable[..., Tree]):
    tree = kernel()
    changed = lay(tree, {ONE: "changed\n"})
    assert (changed.path, changed.version) == (tree.path, tree.version)
    assert (place(changed) / ONE).read_text() == "changed\n" and not (place(changed) / ONE).is_symlink()
    assert (place(changed) / TWO).resolve() == tree.path / TWO
    assert sorted(path.name for path in (place(changed) / ONE).parent.iterdir()) == ["irq-one.c", "irq-two.c"]
    assert (tree.path / ONE).read_text() == "one\n"


def test_a_changed_header_of_everybody_stands_alone(kernel: Callable[..., Tree]):
    changed = lay(kernel({"include/linux/interrupt.h": "other\n"}), {HEADER: "changed\n"})
    assert [path.name for path in (place(changed) / HEADER).parent.iterdir()] == ["irq.h"]


def test_what_no_compiler_reads_and_what_goes_changes_nothing(kernel: Callable[..., Tree]):
    tree = kernel()
    assert lay(tree, {"drivers/irqchip/Makefile": "", ONE: None}) == tree


def test_the_same_changes_lie_in_the_same_place_and_others_do_not(kernel: Callable[..., Tree]):
    tree = kernel()
    first, second = lay(tree, {ONE: "a\n"}), lay(tree, {ONE: "a\n"})
    assert first == second and lay(tree, {ONE: "b\n"}) != first and lay(tree, {TWO: "a\n"}) != first


@pytest.mark.parametrize("text", ["a\n", "a\r\nb\r\n", "a\udce9\n"])
def test_what_lies_there_already_is_left_and_never_cut_short(kernel: Callable[..., Tree], text: str):
    """Others may be compiling it."""
    tree = kernel()
    path = place(lay(tree, {ONE: text})) / ONE
    before = path.stat()
    assert path.read_bytes() == text.encode("utf-8", "surrogateescape")
    assert place(lay(tree, {ONE: text})) / ONE == path and path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    path.write_text("half of it")
    with path.open() as other:
        lay(tree, {ONE: text})
        assert other.read() == "half of it" and path.read_bytes() == text.encode("utf-8", "surrogateescape")


def test_a_source_is_that_of_the_changes_or_linked_there_or_the_trees(kernel: Callable[..., Tree]):
    changed = place(lay(kernel({"kernel/irq/chip.c": ""}), {ONE: "a\n"}))
    assert (own(changed, ONE), own(changed, TWO), own(changed, "kernel/irq/chip.c")) == (changed / ONE, changed / TWO, None)


def test_headers_are_looked_for_among_the_changes_first(kernel: Callable[..., Tree]):
    tree = kernel()
    changed = place(lay(tree, {ONE: "a\n"}))
    words = [
        "gcc",
        f"-I{tree.path}/include",
        "-I./include",
        f"-I{tree.path}/arch/arm64/include",
        f"-I{tree.path}/drivers/irqchip",
    ]
    assert search(changed, f"{tree.path}/", words) == [f"-I{changed}/include", f"-I{changed}/drivers/irqchip"]


def test_no_room_is_one_line(kernel: Callable[..., Tree], cache: Path):
    tree = kernel()
    cache.mkdir()
    (cache / "changed").write_text("a file in the way")
    with pytest.raises(TreeError, match=r"changed/6\.12\.3-rc1-\w+: cannot be made \(Not a directory\)"):
        lay(tree, {ONE: "a\n"})
