"""What kbuild gives a checker is compiled again: the same flags, full debug information, elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree
from irqlab.tree.line import line

ONE = "drivers/irqchip/irq-one.c"

#: A compiler that writes down how it was called, and copies its source.
COMPILER = """\
#!/bin/sh
echo "$*" >> calls
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
grep -q BROKEN "$1" && { echo "$1:1:1: error: BROKEN" >&2; exit 1; }
cat "$1" > "$out"
"""

WORDS = (
    *("-D__linux__", "-Wbitwise", "--scope", "small sleep=on", "--arch=arm64", "-m64"),
    *("-Wp,-MMD,drivers/irqchip/.irq-one.o.d", "-I./include", '-DNAME="a b"', "-g", "-femit-struct-debug-baseonly"),
    *("-fno-var-tracking", "-O2"),
)


@pytest.fixture
def build(kernel: Callable[..., Tree], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Tree:
    """A tree that is built in itself, in the environment kbuild gives its checker."""
    tree = kernel()
    (tmp_path / "cc").write_text(COMPILER)
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("CC", f"{tmp_path}/cc -x")
    monkeypatch.chdir(tree.path)
    return tree


def test_the_words_for_the_checker_come_before_the_compilers(build: Tree, tmp_path: Path):
    found = line([*WORDS, ONE])
    assert found is not None
    assert found.own == ("-D__linux__", "-Wbitwise", "--scope", "small sleep=on", "--arch=arm64", "-m64")
    assert found.flags[:2] == ("-Wp,-MMD,drivers/irqchip/.irq-one.o.d", "-I./include")
    assert (found.source, found.compiler, found.directory) == (ONE, (f"{tmp_path}/cc", "-x"), build.path)


@pytest.mark.parametrize("words", [[], ["--help"], [*WORDS, "x.S"], ["-I.", "x.c"]])
def test_other_words_are_no_line_of_kbuilds(build: Tree, words: list[str]):
    assert line(words) is None


def test_it_is_compiled_with_debug_information_and_elsewhere(build: Tree, tmp_path: Path):
    found = line([*WORDS, ONE])
    assert found is not None
    made = found.build(build, ONE, "arm64", tmp_path / "scratch")
    assert made.object.read_text() == "one\n" and made.object.is_relative_to(tmp_path / "scratch")
    assert (made.object.name, made.source, made.version, made.own_config) == ("irq-one.o", ONE, "6.12.3-rc1", True)
    other = found.build(build, "drivers/irqchip/irq-two.c", "arm64", tmp_path / "scratch")
    assert other.object.read_text() == "two\n"
    first, second = (build.path / "calls").read_text().splitlines()
    assert first == f'-x -I./include -DNAME="a b" -g -O2 -g -c -o {made.object} {ONE}'
    assert second == first.replace(f"{made.object} {ONE}", f"{other.object} {build.path}/drivers/irqchip/irq-two.c")
    assert not list(build.path.rglob("*.o"))


def test_what_does_not_compile_again_is_one_line(build: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (build.path / ONE).write_text("BROKEN\n")
    found = line([*WORDS, ONE])
    assert found is not None
    with pytest.raises(TreeError, match=rf"^{ONE}: does not compile for arm64: {ONE}:1:1: error: BROKEN: mend it"):
        found.build(build, ONE, "arm64", tmp_path)
    monkeypatch.setenv("CC", "/nowhere/cc")
    found = line([*WORDS, ONE])
    assert found is not None
    with pytest.raises(TreeError, match=r"^/nowhere/cc: cannot be run \(No such file or directory\): give a compiler"):
        found.build(build, ONE, "arm64", tmp_path)
