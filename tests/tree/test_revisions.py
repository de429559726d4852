"""Two revisions of a repository: what differs, as it is in each; nothing is checked out."""

from __future__ import annotations

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


def test_programs_that_the_repository_names_are_not_run(repository: Tree):
    (repository.path / ".gitattributes").write_text("*.c diff=evil\n")
    git(repository, "config", "diff.evil.command", "touch evil")
    git(repository, "config", "diff.evil.textconv", "touch evil")
    git(repository, "config", "core.fsmonitor", "touch evil")
    between(repository, "HEAD~1", "HEAD")
    differs(repository, "HEAD~1")
    assert not (repository.path / "evil").exists()
