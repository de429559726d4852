"""What is given as a patch: mails in the order of their numbers, what their author calls them, ranges."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from irqlab.cli.patches import read, split
from irqlab.errors import InputError, TreeError
from irqlab.tree import Tree, open_tree

FILE = "drivers/irqchip/irq-mine.c"


def mail(number: str, subject: str, before: str, after: str) -> str:
    """One mail of ``git format-patch --stdout``."""
    return (
        f"From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\n"
        f"Subject: [PATCH v2 {number}] {subject}\n\nText.\n---\ndiff --git a/{FILE} b/{FILE}\n--- a/{FILE}\n+++ b/{FILE}\n"
        f"@@ -1 +1 @@\n-{before}\n+{after}\n-- \n2.39.5\n\n"
    )


ONE, TWO = mail("1/2", "irqchip/mine: First", "one", "two"), mail("2/2", "irqchip/mine: Second", "two", "three")


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    top = tmp_path / "linux"
    for directory in ("arch", "include", "scripts", "drivers/irqchip"):
        (top / directory).mkdir(parents=True)
    for file in ("Kbuild", "Kconfig"):
        (top / file).touch()
    (top / FILE).write_text("one\n")
    (top / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n")
    return open_tree(top)


def given(tmp_path: Path, text: str) -> str:
    path = tmp_path / "given"
    path.write_text(text)
    return str(path)


@pytest.mark.parametrize("text", [ONE + TWO, TWO + ONE])
def test_a_series_is_one_change_whatever_order_its_mails_came_in(tree: Tree, tmp_path: Path, text: str):
    patch = read(given(tmp_path, text), tree)
    assert patch.files == {FILE: ("one\n", "three\n")} and patch.subject == "irqchip/mine: First (and 1 more)"
    assert (patch.before(), patch.after()) == ({FILE: "one\n"}, {FILE: "three\n"})


def test_a_series_that_the_tree_has_is_taken_back(tree: Tree, tmp_path: Path):
    (tree.path / FILE).write_text("three\n")
    patch = read(given(tmp_path, ONE + TWO), tree)
    assert patch.files == {FILE: ("one\n", "three\n")}
    assert patch.notes == ("the tree has this patch already: before is the tree without it",)


def test_a_patch_for_other_lines_says_so(tree: Tree, tmp_path: Path):
    diff = ONE.replace("@@ -1 +1 @@\n-one\n+two\n", "@@ -1,3 +1,3 @@\n a\n-one\n+two\n b\n")
    (tree.path / FILE).write_text("a\none\nb\n")
    assert read(given(tmp_path, diff), tree).notes == ()
    diff = diff.replace("@@ -1,3 +1,3 @@", "@@ -2,3 +2,3 @@")
    assert read(given(tmp_path, diff), tree).notes == (f"a hunk of {FILE} applied 1 line further up",)


def test_a_diff_without_a_mail_has_no_subject(tree: Tree, tmp_path: Path):
    diff = ONE.partition("---\n")[2]
    assert split(diff.encode()) == [diff.encode()]
    patch = read(given(tmp_path, diff), tree)
    assert patch.files == {FILE: ("one\n", "two\n")} and patch.subject == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "given: is empty: give a patch, or an mbox with one"),
        (" \n\n", "given: is empty: give a patch, or an mbox with one"),
        ("From: A <a@example.org>\nSubject: Re: [PATCH] x\n\nNo patch.\n", "given: has no patch in it: give a diff"),
        (TWO, f"the patch does not apply to Linux 6.12.117: patch failed: {FILE}:1: give the tree it was made for"),
        (ONE.replace("@@ -1 +1 @@", "@@ -1 +1,9 @@"), "the patch is damaged: corrupt patch at line"),
        (ONE.replace(FILE, "../../etc/passwd"), "the patch leads out of the tree, to "),
        ("\0\1\2" * 100, "given: has no patch in it"),
    ],
)
def test_what_is_no_patch_is_one_line(tree: Tree, tmp_path: Path, text: str, said: str):
    with pytest.raises((InputError, TreeError)) as error:
        read(given(tmp_path, text), tree)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_what_cannot_be_read_is_one_line(tree: Tree, tmp_path: Path):
    for name, reason in ((str(tmp_path / "none"), "No such file or directory"), (str(tmp_path), "Is a directory")):
        with pytest.raises(InputError, match=f"cannot be read \\({reason}\\): give a patch, an mbox, or a range A..B"):
            read(name, tree)


def test_what_a_patch_is_called_can_be_shown(tree: Tree, tmp_path: Path):
    path = os.fsencode(tmp_path) + b"/\xff\x1b.patch"
    with open(path, "wb") as file:
        file.write(ONE.encode().replace(b"First", b"F\xff\x1b[31m =?utf-8?q?=1b=5b0m=0ax=ff?="))
    patch = read(os.fsdecode(path), tree)
    assert (patch.name, patch.subject) == (f"{tmp_path}/\ufffd\ufffd.patch", "irqchip/mine: F\ufffd\ufffd[31m \ufffd[0m x\ufffd")
    assert json.dumps([patch.name, patch.subject], ensure_ascii=False).encode()


@pytest.mark.parametrize("name", ["a\0b", "HEAD~1..HEAD\0", "HEAD~1..HEAD" * 500])
def test_what_no_file_and_no_revision_is_called_is_one_line(tree: Tree, name: str):
    with pytest.raises((InputError, TreeError)) as error:
        read(name, tree)
    assert "give" in str(error.value) and "\n" not in str(error.value) and "\0" not in str(error.value)


def test_a_patch_is_never_larger_than_mail(tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("irqlab.cli.patches.MAX_PATCH", 1 << 20)
    with pytest.raises(InputError, match="is larger than 1 MiB"):
        read(given(tmp_path, "x" * ((1 << 20) + 1)), tree)


def test_a_range_says_where_the_tree_is_not_as_its_end(tree: Tree):
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "Begin"]):
        git(tree, *words)
    (tree.path / FILE).write_text("two\n")
    git(tree, "commit", "-qam", "irqchip/mine: Change")
    patch = read("HEAD~1..HEAD", tree)
    assert (patch.files, patch.subject, patch.notes) == ({FILE: ("one\n", "two\n")}, "irqchip/mine: Change", ())
    (tree.path / "drivers/irqchip/irq-other.c").write_text("")
    git(tree, "add", "-A")
    (note,) = read("HEAD~1..HEAD", tree).notes
    assert note == "what is checked out differs from HEAD in another source or header (drivers/irqchip/irq-other.c)"


def git(tree: Tree, *words: str) -> None:
    named = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(tree.path), *named, *words], check=True, capture_output=True)
