"""What lies between two revisions of a tree that is a git repository: the files that differ, as they are in each.

Nothing is checked out, and nothing that the repository's configuration names is run.

Tests: ``tests/tree/test_revisions.py``.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree.patched import Change
from irqlab.tree.source import Tree

#: Seconds a run of git may take, and more files than a patch touches.
_PATIENCE, MOST = 120, 400


def between(tree: Tree, before: str, after: str) -> dict[str, Change]:
    """The files that differ between two revisions, and their texts in each; None where there is no such file.

    :raises TreeError: the tree is no repository, a revision is none, or so much differs that it is no patch.
    """
    first, second = _commit(tree, before), _commit(tree, after)
    names = _git(tree, "diff", "--no-ext-diff", "--no-textconv", "--no-renames", "--name-only", "-z", first, second)
    paths = [os.fsdecode(name) for name in names.split(b"\0") if name]
    if len(paths) > MOST:
        raise TreeError(f"{before}..{after}: {len(paths)} files differ: give a range of a few commits")
    if not paths:
        raise TreeError(f"{before}..{after}: no file differs: give a range with a change in it")
    return {path: (_text(tree, first, path), _text(tree, second, path)) for path in paths}


def differs(tree: Tree, revision: str) -> list[str]:
    """The C sources and headers in which what is checked out differs from a revision."""
    names = _git(tree, "diff", "--no-ext-diff", "--no-textconv", "--name-only", "-z", _commit(tree, revision))
    paths = [os.fsdecode(name) for name in names.split(b"\0") if name]
    return [path for path in paths if PurePosixPath(path).suffix in (".c", ".h")]


def subject(tree: Tree, revision: str) -> str:
    """The first line of a commit's message."""
    said = _git(tree, "show", "--no-patch", "--no-notes", "--format=%s", _commit(tree, revision))
    return " ".join(said.decode(errors="replace").split())


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


def _git(tree: Tree, *words: str) -> bytes:
    """Runs git in the tree."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "--no-pager", "-C", str(tree.path), "-c", "core.fsmonitor=false", *words],
            env={**kept, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
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
