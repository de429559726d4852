"""What review refuses is one line and status 2, before anything is compiled; the answers themselves are in tests/real."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from irqlab.cli import isolated
from irqlab.cli.answer import Answer
from irqlab.core.build import IRQ, POWER
from irqlab.report.lines import Line

Irqlab = Callable[..., Any]

MINE = "drivers/irqchip/irq-mine.c"
DOCUMENT = "Documentation/irq.rst"


def diff(path: str, before: str = "one", after: str = "two") -> str:
    return f"diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -1 +1 @@\n-{before}\n+{after}\n"


@pytest.fixture
def linux(tmp_path: Path) -> Path:
    """What looks like a kernel tree, and can build nothing."""
    core = [*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER)]
    for name in ("Kbuild", "Kconfig", "arch/Kconfig", "include/x.h", "scripts/x", MINE, DOCUMENT, *core):
        (tmp_path / "linux" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "linux" / name).write_text("one\n")
    (tmp_path / "linux/Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n")
    return tmp_path / "linux"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "fix.patch: is empty: give a patch, or an mbox with one"),
        ("no patch\n", "fix.patch: has no patch in it: give a diff, or a mail with one"),
        (
            diff(MINE, "three"),
            f"the patch does not apply to Linux 6.12.117: patch failed: {MINE}:1: give the tree it was made for",
        ),
        (diff(DOCUMENT), f"fix.patch: touches no driver and nothing of the core: {DOCUMENT}: it is a document"),
    ],
)
def test_a_patch_that_cannot_be_judged_is_one_line(
    irqlab: Irqlab, linux: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
):
    monkeypatch.chdir(linux.parent)
    Path("fix.patch").write_text(text)
    ran = irqlab("review", "--tree", "linux", "fix.patch", "--json", "out.json")
    assert (ran.status, ran.out) == (2, "") and ran.err.startswith(f"irqlab: {said}") and ran.err.count("\n") == 1
    assert not Path("out.json").exists()


def test_a_patch_from_standard_input_is_called_so(irqlab: Irqlab, linux: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(diff(DOCUMENT).encode())))
    ran = irqlab("review", "--tree", str(linux), "-")
    assert ran.status == 2 and ran.err.startswith("irqlab: standard input: touches no driver and nothing of the core: ")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fix.patch",), "irqlab: review: needs the kernel tree the patch is for: give --tree\n"),
        (("fix.patch", "--tree", "linux", "--driver-file", "x.py"), "irqlab: review: judges compiled drivers: "),
        (("fix.patch", "--tree", "linux", "--json", "none/out.json"), "irqlab: none/out.json: cannot be written (there is no "),
        (("fix.patch", "--tree", "none"), "irqlab: none: there is no such directory: give the top of a kernel source tree\n"),
        (("none.patch", "--tree", "linux"), "irqlab: none.patch: cannot be read (No such file or directory): give a patch, "),
        (("HEAD~1..HEAD", "--tree", "linux"), "git: not a git repository"),
        (("fix.patch", "--tree", "linux", "--scope", "smal"), "irqlab: "),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    irqlab: Irqlab, linux: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
):
    monkeypatch.chdir(linux.parent)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(linux.parent))
    Path("fix.patch").write_text(diff(MINE))
    ran = irqlab("review", *words)
    assert (ran.status, ran.out) == (2, "") and said in ran.err and ran.err.count("\n") == 1


def test_a_full_disk_is_one_line_and_no_answer(irqlab: Irqlab, linux: Path, monkeypatch: pytest.MonkeyPatch):
    """/dev/full is one: what is written there is an error of the system's.  What the child answers is given."""
    if not os.path.exists("/dev/full"):
        pytest.fail("this system has no /dev/full: run the tests where there is one")
    monkeypatch.chdir(linux.parent)
    Path("fix.patch").write_text(diff(MINE))
    answer = Answer(0, (Line("the reply"),), {"json": "{}"})
    monkeypatch.setattr(isolated, "ask", lambda words, driver, tell: (answer, ""))
    ran = irqlab("review", "--tree", "linux", "fix.patch", "--json", "/dev/full")
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == "irqlab: /dev/full: cannot be written (No space left on device): choose another place\n"
    assert sorted(path.name for path in linux.parent.iterdir()) == ["fix.patch", "linux"]
