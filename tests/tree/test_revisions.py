"""Two revisions of a repository: what differs, as it is in each; nothing is checked out."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree
from irqlab.tree.revisions import between, differs, subject

ONE = "drivers/irqchip/irq-one.c"


@pytest.fixture
def repository(kernel: Callable[..., Tree]) -> Tree:
    """Two commits; the second changes one driver, adds another and takes a header away."""
    tree = kernel()
    git(tree, "init", "-q")
    git(tree, "add", "-A", "-f")
    commit(tree, "Begin")
    (tree.path / ONE).write_text("changed\n")
    (tree.path / "drivers/irqchip/irq-new.c").write_text("new\n")
    (tree.path / "include/linux/irq.h").unlink()
    git(tree, "add", "-A", "-f")
    commit(tree, "irqchip/one: Change it")
    return tree


def git(tree: Tree, *words: str) -> None:
    subprocess.run(["git", "-C", str(tree.path), *words], check=True, capture_output=True)


def commit(tree: Tree, message: str) -> None:
    git(tree, "-c", "user.name=A", "-c", "user.email=a@example.org", "commit", "-q", "-m", message)


def test_what_differs_is_there_as_it_was_and_as_it_is(repository: Tree):
    assert between(repository, "HEAD~1", "HEAD") == {
        ONE: ("one\n", "changed\n"),
        "drivers/irqchip/irq-new.c": (None, "new\n"),
        "include/linux/irq.h": ("header\n", None),
    }
    assert subject(repository, "HEAD") == "irqchip/one: Change it"


def test_what_is_checked_out_may_differ_in_sources(repository: Tree):
    assert differs(repository, "HEAD") == []
    (repository.path / "drivers/irqchip/irq-two.c").write_text("edited\n")
    (repository.path / "Kconfig").write_text("")
    assert differs(repository, "HEAD") == ["drivers/irqchip/irq-two.c"]


@pytest.mark.parametrize("name", ["v9.9", "--output=x", "HEAD~99", ""])
def test_what_is_no_revision_is_one_line(repository: Tree, name: str):
    with pytest.raises(TreeError, match=r"is no revision of .*: give one that 'git log' knows"):
        between(repository, name, "HEAD")
    assert not (repository.path / "x").exists()


def test_a_tree_that_is_no_repository_is_one_line(kernel: Callable[..., Tree], monkeypatch: pytest.MonkeyPatch):
    tree = kernel()
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tree.path.parent))
    with pytest.raises(TreeError, match="git: not a git repository .*: give a patch, not a range"):
        between(tree, "HEAD~1", "HEAD")


def test_a_range_in_which_nothing_or_too_much_differs_is_one_line(repository: Tree, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(TreeError, match="HEAD..HEAD: no file differs"):
        between(repository, "HEAD", "HEAD")
    monkeypatch.setattr("irqlab.tree.revisions.MOST", 2)
    with pytest.raises(TreeError, match=r"HEAD~1..HEAD: 3 files differ: give a range of a few commits"):
        between(repository, "HEAD~1", "HEAD")


def evil(tree: Tree) -> str:
    """A program that leaves a trace, and does nothing else."""
    program = tree.path / "evil.sh"
    program.write_text(f"#!/bin/sh\necho $0 $@ >> {tree.path}/evil\ncat\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize("what", ["clean", "process"])
def test_programs_that_the_repository_names_are_not_run(repository: Tree, what: str):
    program = evil(repository)
    (repository.path / ".gitattributes").write_text("*.c diff=evil filter=evil.a=b\n")
    for name in ("diff.evil.command", "diff.evil.textconv", "core.fsmonitor", f"filter.evil.a=b.{what}", "gpg.program"):
        git(repository, "config", name, program)
    git(repository, "config", "filter.evil.a=b.required", "true")
    git(repository, "config", "log.showSignature", "true")
    (repository.path / "drivers/irqchip/irq-two.c").write_text("edited\n")
    signed(repository)
    between(repository, "HEAD~1", "HEAD")
    assert differs(repository, "HEAD") == ["drivers/irqchip/irq-two.c"]
    assert subject(repository, "signed") == "irqchip/one: Change it"
    assert not (repository.path / "evil").exists()


def signed(tree: Tree) -> None:
    """Tags as ``signed`` the last commit with what looks like a signature."""
    said = subprocess.run(["git", "-C", str(tree.path), "cat-file", "commit", "HEAD"], check=True, capture_output=True).stdout
    signature = b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n x\n -----END PGP SIGNATURE-----\n\n"
    data = said.replace(b"\n\n", signature, 1)
    made = ["git", "-C", str(tree.path), "hash-object", "-t", "commit", "-w", "--stdin"]
    name = subprocess.run(made, input=data, check=True, capture_output=True).stdout.decode().strip()
    git(tree, "tag", "signed", name)


def test_what_is_not_there_is_not_fetched(repository: Tree):
    git(repository, "remote", "add", "origin", f"ext::{evil(repository)}")
    for name, value in (("promisor", "true"), ("partialclonefilter", "blob:none")):
        git(repository, "config", f"remote.origin.{name}", value)
    git(repository, "config", "protocol.ext.allow", "always")
    git(repository, "config", "extensions.partialclone", "origin")
    git(repository, "config", "core.repositoryformatversion", "1")
    found = subprocess.run(["git", "-C", str(repository.path), "rev-parse", f"HEAD:{ONE}"], check=True, capture_output=True)
    blob = found.stdout.decode().strip()
    (repository.path / ".git/objects" / blob[:2] / blob[2:]).unlink()
    assert between(repository, "HEAD~1", "HEAD")[ONE] == ("one\n", None)
    assert not (repository.path / "evil").exists()


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "none-such", "idna"])
def test_a_subject_is_read_as_it_was_written(repository: Tree, encoding: str):
    (repository.path / ONE).write_text("more\n")
    git(repository, "add", "-A", "-f")
    git(repository, "config", "i18n.commitEncoding", encoding)
    message = "Führe\nzwei Zeilen\n\nText\n".encode("iso-8859-1" if encoding == "iso-8859-1" else "utf-8")
    named = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", str(repository.path), *named, "commit", "-qF", "-"], input=message, check=True)
    assert subject(repository, "HEAD") == "Führe zwei Zeilen"


def test_a_name_that_cannot_be_shown_is_one_line(repository: Tree):
    (repository.path / os.fsdecode(b"irq-\xff.c")).write_text("")
    git(repository, "add", "-A", "-f")
    commit(repository, "Add")
    with pytest.raises(TreeError, match=r"^'irq-\\xff\.c': is no name in UTF-8: give a patch whose files can be shown$"):
        between(repository, "HEAD~1", "HEAD")
    assert differs(repository, "HEAD~1") == ["irq-\N{REPLACEMENT CHARACTER}.c"]


def test_a_configuration_that_git_cannot_read_is_one_line_and_no_range_without_filters(repository: Tree):
    (repository.path / ".git/config").write_text("[broken\n")
    with pytest.raises(TreeError, match="bad config line 1"):
        differs(repository, "HEAD")
