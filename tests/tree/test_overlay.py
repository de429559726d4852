"""Sources with another text are compiled as those of the tree, which stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree
from irqlab.tree.overlay import Overlay

ONE, NEW = "drivers/irqchip/irq-one.c", "drivers/irqchip/irq-new.c"

#: A compiler that copies its source, and writes down how it was called.
COMPILER = """\
#!/bin/sh
echo "$*" >> cc-calls
while [ $# -gt 1 ]; do
	case "$1" in -o) out=$2;; -MF) listed=$2;; esac
	shift
done
cat "$1" > "$out"
printf 'x.o: %s\\n' "$1" > "$listed"
"""


@pytest.fixture
def tree(kernel: Callable[..., Tree], tools: Path) -> Tree:
    (tools / "cc").write_text(COMPILER)
    (tools / "cc").chmod(0o755)
    return kernel()


def test_a_source_with_another_text_keeps_its_name(tree: Tree):
    plain, other = Overlay(tree, {}).build(ONE), Overlay(tree, {ONE: "changed\n"}).build(ONE)
    assert plain.object.read_text() == "one\nheader\n" and (tree.path / ONE).read_text() == "one\n"
    assert other.object.read_text() == "changed\n" and other.source == plain.source == ONE
    (line,) = (other.directory / "cc-calls").read_text().splitlines()
    place = str(other.object).removesuffix("/drivers/irqchip/irq-one.o")
    assert f" -fdebug-prefix-map={place}/= " in line and line.endswith(f" {place}/{ONE}")
    assert f" -I{tree.path}/drivers/irqchip " in line


def test_what_is_not_changed_is_the_trees(tree: Tree):
    overlay = Overlay(tree, {ONE: "changed\n"})
    assert overlay.build("drivers/irqchip/irq-two.c").object.read_text() == "two\nheader\n"


def test_the_trees_own_text_is_not_compiled_again(tree: Tree):
    made = Overlay(tree, {ONE: "one\n"}).build(ONE)
    assert made == Overlay(tree, {}).build(ONE) and not (made.directory / "cc-calls").exists()


def test_a_new_source_is_compiled_as_its_neighbours(tree: Tree):
    made = Overlay(tree, {NEW: "new\n"}).build(NEW)
    assert (made.source, made.object.name, made.object.read_text()) == (NEW, "irq-new.o", "new\n")
    assert not (tree.path / NEW).exists()


def test_a_source_that_is_gone_is_refused(tree: Tree):
    with pytest.raises(TreeError, match=rf"^{ONE}: is not there"):
        Overlay(tree, {ONE: None}).build(ONE)
    with pytest.raises(TreeError, match=r"^arch/arm/x.c: nothing beside it is built"):
        Overlay(tree, {"arch/arm/x.c": "new\n"}).build("arch/arm/x.c")
