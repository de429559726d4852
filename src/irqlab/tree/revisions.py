"""What lies between two revisions of a tree that is a git repository: the files that differ, as they are in each.

Nothing is checked out, nothing is fetched, and nothing that the repository's configuration names is run: no filter, no
program that shows differences or signatures, no monitor.

Tests: ``tests/tree/test_revisions.py``.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree.patched import Change, path_of
from irqlab.tree.source import Tree

#: Seconds a run of git may take, and more files than a patch touches.
_PATIENCE, MOST = 120, 400

#: What is set of a filter so that it is none.
_OFF = (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))

#: No index is refreshed, and a commit that is not there is not fetched: by any git, and by those before 2.45.
_APART = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": ""}


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
    except TreeError:  # there is none
        return []
    filters = dict.fromkeys(os.fsdecode(name).rpartition(".")[0] for name in names if name)
    return [(f"{name}.{what}", value) for name in filters for what, value in _OFF]


def _commit(tree: Tree, revision: str) -> str:
    try:
        found = _git(tree, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except TreeError as error:
        if ": git: " in str(error):
            raise
        raise TreeError(f"{revision}: is no revision of {tree.path}: give one that 'git log' knows") from None
    return found.decode().strip()


def _text(tree: Tree, commit: str, path: str) -> str | None:
    try:
        return _git(tree, "cat-file", "blob", f"{commit}:{path}").decode("utf-8", errors="surrogateescape")
    except TreeError:
        return None


def _git(tree: Tree, *words: str, off: Iterable[tuple[str, str]] = ()) -> bytes:
    """Runs git in the tree, with settings that win over those there."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    settings = [("core.fsmonitor", "false"), *off]
    won = {"GIT_CONFIG_COUNT": str(len(settings))}
    for number, (name, value) in enumerate(settings):
        won |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        done = subprocess.run(
            ["git", "--no-pager", "-C", str(tree.path), *words],
            env={**kept, **_APART, **won},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TreeError(f"{tree.path}: git: {words[0]} did not end within {_PATIENCE} s: give a patch instead") from None
    except OSError as error:
        raise TreeError(f"{tree.path}: git: cannot be run ({error.strerror}): sudo apt-get install git") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        if said and ("not a git repository" in said[0] or "dubious ownership" in said[0]):
            raise TreeError(f"{tree.path}: git: {said[0].removeprefix('fatal: ')}: give a patch, not a range")
        raise TreeError(said[-1].removeprefix("fatal: ") if said else f"git {words[0]}: status {done.returncode}")
    return done.stdout
