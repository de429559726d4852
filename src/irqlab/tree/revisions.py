"""What lies between two revisions of a tree that is a git repository: the files that differ, as they are in each.

Nothing is checked out, nothing is fetched, and nothing that the repository's configuration names is run: no filter, no
program that shows differences or signatures, no monitor.

Tests: ``tests/tree/test_revisions.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree.git import git, said
from irqlab.tree.patched import Change, path_of
from irqlab.tree.source import Tree

#: More files than a patch touches.
MOST = 400

#: What is set of a filter so that it is none.
_OFF = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))

#: No index is refreshed, and a commit that is not there is not fetched: by any git, and by those before 2.45.
_APART = {"GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}


class _NoneError(TreeError):
    """What git was asked for is not there.

    :ivar status: git's.
    """

    def __init__(self, wrong: str, status: int) -> None:
        super().__init__(wrong)
        self.status = status


def between(tree: Tree, before: str, after: str) -> dict[str, Change]:
    """The files that differ between two revisions, and their texts in each; None where there is no such file.

    :raises TreeError: the tree is no repository, a revision is none, or so much differs that it is no patch.
    """
    first, second = _commit(tree, before), _commit(tree, after)
    paths = [path_of(name) for name in _names(tree, first, second)]
    if len(paths) > MOST:
        raise TreeError(f"{before}..{after}: {len(paths)} files differ: give a range of a few commits")
    if not paths:
        raise TreeError(f"{before}..{after}: no file differs: give a range with a change in it")
    return {path: (_text(tree, first, path), _text(tree, second, path)) for path in paths}


def differs(tree: Tree, revision: str) -> list[str]:
    """The C sources and headers in which what is checked out differs from a revision.

    A file that a filter is to change is compared as it lies there, and then differs.
    """
    paths = [name.decode(errors="replace") for name in _names(tree, _commit(tree, revision), off=_filters(tree))]
    return [path for path in paths if PurePosixPath(path).suffix in (".c", ".h")]


def subject(tree: Tree, revision: str) -> str:
    """The first lines of a commit's message, as one."""
    headers, _, message = _git(tree, "cat-file", "commit", _commit(tree, revision)).partition(b"\n\n")
    encoding = re.search(rb"^encoding (\S+)$", headers, re.MULTILINE)
    title = message.strip().partition(b"\n\n")[0]
    try:
        said = title.decode(encoding[1].decode() if encoding else "utf-8", errors="replace")
    except (LookupError, ValueError):
        said = title.decode(errors="replace")
    return " ".join(said.split())


def _names(tree: Tree, *commits: str, off: Iterable[tuple[str, str]] = ()) -> list[bytes]:
    """The names of files in which two commits differ, or what is checked out and one."""
    plain = ("--no-ext-diff", "--no-textconv", "--no-renames", "--ignore-submodules=all")
    names = _git(tree, "diff", *plain, "--name-only", "-z", *commits, "--", off=off)
    return [name for name in names.split(b"\0") if name]


def _filters(tree: Tree) -> list[tuple[str, str]]:
    """The settings that turn every configured filter off."""
    try:
        names = _git(tree, "config", "--name-only", "-z", "--get-regexp", r"^filter\.").split(b"\0")
    except _NoneError as error:
        if error.status != 1:  # 1 is that nothing is set
            raise
        return []
    filters = dict.fromkeys(os.fsdecode(name).rpartition(".")[0] for name in names if name)
    return [(f"{name}.{what}", value) for name in filters for what, value in _OFF]


def _commit(tree: Tree, revision: str) -> str:
    try:
        found = _git(tree, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except _NoneError as error:
        if error.status != 1:
            raise
        raise TreeError(f"{revision}: is no revision of {tree.path}: give one that 'git log' knows") from None
    return found.decode().strip()


def _text(tree: Tree, commit: str, path: str) -> str | None:
    try:
        return _git(tree, "cat-file", "blob", f"{commit}:{path}").decode("utf-8", errors="surrogateescape")
    except _NoneError:
        return None


def _git(tree: Tree, *words: str, off: Iterable[tuple[str, str]] = ()) -> bytes:
    """What git says in the tree, with settings that win over those there."""
    settings = [("core.fsmonitor", "false"), *off]
    done = git(tree.path, ["--no-pager", *words], settings=settings, environment=_APART, own=False)
    if not done.returncode:
        return done.stdout
    wrong = said(done)
    if "not a git repository" in wrong or "dubious ownership" in wrong:
        raise TreeError(f"{tree.path}: git: {wrong}: give a patch, not a range")
    raise _NoneError(wrong, done.returncode)
