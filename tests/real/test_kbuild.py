"""kbuild itself runs irqlab as its checker: ``make C=1 CHECK="irqlab kbuild"``, in the tree and elsewhere."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from real_rig import IRQSTEER, built

import irqlab
from irqlab.tree import Tree, shadow

#: A source of the core with nothing for irqlab to judge, as small as they come.
PLAIN = "kernel/irq/dummychip.c"

#: irqsteer's warnings under irqlab's own configuration: line and rule.
WARNED = [(80, "deadlock"), (80, "deadlock"), (80, "irqs-enabled"), (80, "sleep-in-atomic"), (301, "sleep-in-atomic")]

#: What was built and is no object: a build goes on from it.
_KEPT = shutil.ignore_patterns("*.o", ".*.o.cmd", "drivers", "kernel", "lib", "source")


@pytest.fixture(scope="module")
def out(linux: Tree, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A build directory of its own, configured for arm64 and prepared."""
    place = tmp_path_factory.mktemp("kbuild") / "out"
    shutil.copytree(built(IRQSTEER).directory, place, symlinks=True, ignore=_KEPT)
    return place


@pytest.fixture(scope="module")
def within(linux: Tree, out: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tree of links that is built in itself."""
    place = tmp_path_factory.mktemp("within")
    shadow.update(linux.path, place)
    for name in (".config", "include/config", "include/generated", "arch/arm64/include/generated"):
        if (out / name).is_dir():
            shutil.copytree(out / name, place / "tree" / name, symlinks=True)
        else:
            shutil.copy2(out / name, place / "tree" / name)
    return place / "tree"


def make(where: Path, source: str, *words: str) -> tuple[int, list[str]]:
    """Runs make on one object; returns its status and what irqlab and make said on standard error."""
    checker = f"{sys.executable} -m irqlab kbuild"
    line = ["make", "-s", "C=2", "ARCH=arm64", "CROSS_COMPILE=aarch64-linux-gnu-", f"CHECK={checker}", *words]
    environment = {**os.environ, "PYTHONPATH": str(Path(irqlab.__file__).parent.parent)}
    target = source.removesuffix(".c") + ".o"
    ran = subprocess.run([*line, target], cwd=where, env=environment, capture_output=True, text=True, timeout=1200)
    return ran.returncode, ran.stderr.splitlines()


def places(lines: list[str], file: str) -> list[tuple[int, str]]:
    """Line and rule of each warning, all of which are in ``file``."""
    found = []
    for line in lines:
        name, number, column, level, text = line.split(":", 4)
        assert (name, column, level) == (file, "1", " warning"), line
        found.append((int(number), text.split("]")[0].strip(" [")))
    return found


def test_a_build_in_the_tree_is_warned_with_the_names_kbuild_uses(within: Path):
    status, said = make(within, IRQSTEER)
    *warned, more = said
    assert (status, places(warned, IRQSTEER)) == (0, WARNED)
    assert more == f"{IRQSTEER}:1:1: note: irqlab: the traces: irqlab check {IRQSTEER} --tree {within}"
    assert (within / IRQSTEER).with_suffix(".o").exists()


def test_a_build_elsewhere_too_and_a_scope_can_be_given(linux: Tree, out: Path):
    file = str(linux.path / IRQSTEER)
    status, said = make(linux.path, IRQSTEER, f"O={out}")
    assert (status, places(said[:-1], file)) == (0, WARNED)
    status, said = make(linux.path, IRQSTEER, f"O={out}", "CF=--set crash=")
    assert (status, said) == (0, [])


def test_what_has_nothing_to_say_says_nothing(linux: Tree, out: Path):
    assert make(linux.path, PLAIN, f"O={out}") == (0, [])


def test_what_was_not_decided_is_one_note(linux: Tree, out: Path):
    status, said = make(linux.path, IRQSTEER, f"O={out}", "CF=--max-states 50")
    [line] = said
    assert status == 0
    assert line.startswith(f"{linux.path / IRQSTEER}:1:1: note: irqlab: not decided: output when gated low: stopped: ")
    assert "--max-states 50 reached after" in line


def test_wrong_options_end_the_build_in_one_line(linux: Tree, out: Path):
    status, said = make(linux.path, IRQSTEER, f"O={out}", "CF=--scop small")
    assert status == 2
    assert said[0] == "irqlab: kbuild: CF: there is no option --scop (see 'irqlab kbuild --help')"
    assert all(line.startswith("make") for line in said[1:])


def test_no_file_of_the_build_is_touched(linux: Tree, out: Path):
    make(linux.path, IRQSTEER, f"O={out}")
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*irq-imx-irqsteer*")}
    assert len(before) == 2
    make(linux.path, IRQSTEER, f"O={out}")
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*irq-imx-irqsteer*")} == before


def test_a_module_of_elsewhere_is_warned_as_well(linux: Tree, out: Path, tmp_path: Path):
    (tmp_path / "Makefile").write_text("obj-m := irq-mine.o\n")
    shutil.copy(linux.path / IRQSTEER, tmp_path / "irq-mine.c")
    status, said = make(linux.path, "irq-mine.c", f"O={out}", f"M={tmp_path}")
    assert (status, places(said, str(tmp_path / "irq-mine.c"))) == (0, WARNED)
