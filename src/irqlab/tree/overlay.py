"""A tree with some of its files changed, without writing into it: what is changed lies beside it, and comes first.

The changes are a directory like the tree's top that holds the changed files only.  Beside each of them, but for those below
``include``, stand links to the other sources and headers of its directory: C looks for ``"internals.h"`` beside whoever asks
for it.  A changed ``Makefile``, ``Kconfig`` or device tree changes nothing: what is compiled, and how, is the tree's.

Tests: ``tests/tree/test_overlay.py``, ``tests/real/test_review.py``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree import cache
from irqlab.tree.source import Tree

#: What C reads.
READ = (".c", ".h", ".S")


def lay(tree: Tree, files: Mapping[str, str | None]) -> Tree:
    """The tree as it would be with these files.

    :param files: the text of each by its path below the top; None for a file that goes, which cannot be shown and is left.
    :raises TreeError: there is no room for them.
    """
    there = {path: text for path, text in files.items() if text is not None and path.endswith(READ)}
    if not there:
        return tree
    parts = (part for path in sorted(there) for part in (path, there[path].encode("utf-8", "surrogateescape").hex()))
    place = cache.directory("changed", f"{tree.version}-{cache.key(str(tree.path), *parts)}")
    try:
        (place / "include").mkdir(exist_ok=True)
        for path, text in there.items():
            _put(place / path, text.encode("utf-8", "surrogateescape"))
        for directory in sorted({os.path.dirname(path) for path in there}):
            if not directory.startswith("include/"):
                _link(tree, place, directory)
    except OSError as error:
        raise TreeError(f"{place}: cannot be written ({error.strerror}): make room, or set IRQLAB_CACHE elsewhere") from None
    return replace(tree, changed=place)


def _put(path: Path, data: bytes) -> None:
    """Makes a file what it is to be; one that is so already is left, since others may be compiling it."""
    try:
        if path.read_bytes() == data:
            return
    except FileNotFoundError:
        pass
    cache.save(path, data)


def _link(tree: Tree, place: Path, directory: str) -> None:
    """Links to what stands beside a changed file."""
    for path in sorted((tree.path / directory).iterdir()) if (tree.path / directory).is_dir() else ():
        here = place / directory / path.name
        if path.suffix in READ and not here.exists():
            with contextlib.suppress(FileExistsError):
                here.symlink_to(path)


def own(place: Path, source: str) -> Path | None:
    """A source among the changes, or linked beside one; None where it is neither."""
    path = place / source
    return path if path.exists() else None


def search(place: Path, top: str, words: Iterable[str]) -> list[str]:
    """The options that have a compiler look among the changes first.

    :param top: the top of the tree as the compiler's line (``words``) has it, with a slash at its end.
    """
    found = []
    for word in words:
        if word.startswith(f"-I{top}"):
            below = place / word.removeprefix(f"-I{top}")
            if below.is_dir():
                found.append(f"-I{below}")
    return list(dict.fromkeys(found))
