"""An object is built once, and again exactly when something it was made from changed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Built, Tree, build, build_many

Kernel = Callable[..., Tree]

pytestmark = pytest.mark.usefixtures("tools")

ONE, TWO = "drivers/irqchip/irq-one.c", "drivers/irqchip/irq-two.c"


def made(built: Built) -> list[str]:
    """The objects make was asked for so far."""
    return [word for word in (built.directory / "calls").read_text().split() if word.endswith(".o")]


def replace(path: Path, text: str) -> None:
    """Writes a file as an editor does, some time ago: a file of this very moment counts as edited while make ran."""
    path.write_text(text)
    os.utime(path, ns=(time.time_ns() - 10**9,) * 2)


def test_an_object_says_how_it_was_built(kernel: Kernel):
    tree = kernel()
    told: list[str] = []
    built = build(tree, ONE, "arm64", told.append)
    assert built.object.read_text() == "one\nheader\n"
    assert (built.source, built.tree, built.arch, built.version, built.own_config) == (ONE, tree, "arm64", "6.12.3-rc1", False)
    assert built.command == f'cc -Wp,-MMD,x.d -DNAME="a;b" -c -o drivers/irqchip/irq-one.o {tree.path}/{ONE}'
    assert built.object == built.directory / "drivers/irqchip/irq-one.o"
    assert told[-1] == "CC drivers/irqchip/irq-one.o"
    assert not list(tree.path.rglob("*.o"))


def test_nothing_is_run_when_nothing_changed(kernel: Kernel, tools: Path, monkeypatch: pytest.MonkeyPatch):
    tree = kernel()
    first = build(tree, ONE)
    # There is no make any more.
    monkeypatch.setenv("PATH", str(tools))
    told: list[str] = []
    assert build(tree, tree.path / ONE, "arm64", told.append) == first
    assert told == []


def test_a_changed_source_is_built_again(kernel: Kernel):
    tree = kernel()
    build(tree, ONE)
    replace(tree.path / ONE, "new\n")
    assert build(tree, ONE).object.read_text() == "new\nheader\n"


def test_a_changed_header_rebuilds_what_includes_it(kernel: Kernel):
    tree = kernel()
    build_many(tree, [ONE, TWO])
    replace(tree.path / "include/linux/irq.h", "patched\n")
    assert build(tree, TWO).object.read_text() == "two\npatched\n"
    assert made(build(tree, ONE)).count("drivers/irqchip/irq-one.o") == 2


def test_an_older_version_put_back_is_built_again(kernel: Kernel):
    tree = kernel()
    os.utime(tree.path / ONE, ns=(10**18, 10**18))
    build(tree, ONE)
    replace(tree.path / ONE, "new\n")
    build(tree, ONE)
    (tree.path / ONE).write_text("one\n")
    os.utime(tree.path / ONE, ns=(10**18, 10**18))
    assert build(tree, ONE).object.read_text() == "one\nheader\n"


def test_a_source_edited_while_make_ran_is_built_again(kernel: Kernel):
    tree = kernel()

    def edit(step: str) -> None:
        if step.startswith("CC"):
            (tree.path / ONE).write_text("edited\n")

    build(tree, ONE, progress=edit)
    assert build(tree, ONE).object.read_text() == "edited\nheader\n"


def test_changed_flags_of_the_directory_rebuild(kernel: Kernel):
    tree = kernel()
    build(tree, ONE)
    replace(tree.path / "drivers/irqchip/Makefile", "ccflags-y += -DX\n")
    assert made(build(tree, ONE)) == ["drivers/irqchip/irq-one.o"] * 2


def test_an_option_that_comes_rebuilds_what_asks_for_it(kernel: Kernel):
    tree = kernel()
    built = build(tree, ONE)
    (built.directory / "include/config/DRIVER").write_text("")
    assert made(build(tree, ONE)) == ["drivers/irqchip/irq-one.o"] * 2


@pytest.mark.parametrize("name", ["irq-one.o", ".irq-one.o.cmd"])
def test_half_of_what_there_was_is_built_again(kernel: Kernel, name: str):
    tree = kernel()
    built = build(tree, ONE)
    (built.object.parent / name).unlink()
    assert build(tree, ONE).object.read_text() == "one\nheader\n"


def test_an_interrupted_build_is_done_again(kernel: Kernel):
    tree = kernel()
    build(tree, TWO)

    def stop(step: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build(tree, ONE, progress=stop)
    assert build(tree, ONE).object.read_text() == "one\nheader\n"


def test_an_error_is_one_line_with_place_and_log(kernel: Kernel):
    tree = kernel({ONE: "BROKEN\n"})
    with pytest.raises(TreeError) as error:
        build(tree, ONE)
    said = str(error.value)
    assert said.startswith(f"{ONE}: does not compile for arm64: {ONE}:3:1: error: BROKEN is not declared (the whole log: ")
    assert "BROKEN" in Path(said.rpartition("the whole log: ")[2].rstrip(")")).read_text()
    replace(tree.path / ONE, "mended\n")
    assert build(tree, ONE).object.read_text() == "mended\nheader\n"


def test_of_many_each_has_its_object_or_its_error(kernel: Kernel):
    broken = "drivers/irqchip/irq-broken.c"
    tree = kernel({broken: "BROKEN\n"})
    told: list[str] = []
    many = build_many(tree, [TWO, broken, ONE, f"./{ONE}"], "arm64", jobs=1, progress=told.append)
    assert list(many) == [TWO, broken, ONE]
    assert isinstance(many[TWO], Built) and isinstance(many[ONE], Built)
    assert isinstance(many[broken], TreeError) and "BROKEN is not declared" in str(many[broken])
    assert told[-1].endswith("(3 of 3)")


def test_of_many_only_the_stale_are_built(kernel: Kernel):
    tree = kernel()
    build(tree, ONE)
    many = build_many(tree, [ONE, TWO])
    assert isinstance(many[TWO], Built)
    assert made(many[TWO]) == ["drivers/irqchip/irq-one.o", "drivers/irqchip/irq-two.o"]


def test_one_that_is_no_source_stops_all(kernel: Kernel):
    with pytest.raises(TreeError, match="there is no such source"):
        build_many(kernel(), [ONE, "drivers/none.c"])


def test_a_tree_built_in_place_is_built_without_touching_it(kernel: Kernel):
    left = {".config": "CONFIG_ARM64=y\n", "include/config/auto.conf": "stale\n", "drivers/irqchip/irq-one.o": "stale\n"}
    tree = kernel(left)
    before = {path: path.read_bytes() for path in tree.path.rglob("*") if path.is_file()}
    built = build(tree, ONE)
    assert built.object.read_text() == "one\nheader\n" and built.own_config
    assert {path: path.read_bytes() for path in tree.path.rglob("*") if path.is_file()} == before
    replace(tree.path / "include/linux/irq.h", "patched\n")
    assert build(tree, ONE).object.read_text() == "one\npatched\n"


def test_a_tree_below_a_path_make_refuses_is_built_through_its_shadow(kernel: Kernel):
    assert build(kernel(name="my linux"), ONE).object.read_text() == "one\nheader\n"
