"""A kernel source tree: opened, asked for its version and for the sources in it.  Nothing here runs make or writes.

Tests: ``tests/tree/test_source.py``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import TreeError

#: What a directory must hold to be a kernel tree.
_SIGNS = ("Makefile", "Kbuild", "Kconfig", "arch", "drivers", "include", "scripts")

_VERSION = re.compile(r"^(VERSION|PATCHLEVEL|SUBLEVEL|EXTRAVERSION)[ \t]*=[ \t]*(\S*)", re.MULTILINE)


@dataclass(frozen=True)
class Tree:
    """A kernel source tree.

    :ivar path: its top, absolute and without links.
    :ivar version: as ``make kernelversion`` says it: ``6.12.117``, ``6.13.0-rc1``.
    :ivar changed: where files lie that take the place of the tree's own (:func:`irqlab.tree.overlay.lay`); None: as it is.
    """

    path: Path
    version: str
    changed: Path | None = None

    def source(self, name: str | Path) -> str:
        """The path below the top of a source: ``drivers/irqchip/irq-imx-irqsteer.c``.

        :param name: such a path, an absolute one, or one below the current directory; ``.o`` stands for its ``.c`` or ``.S``.
        :raises TreeError: there is no such source, or it lies outside the tree.
        """
        text = os.fspath(name)
        if "\0" in text or not text:
            raise TreeError(f"{text!r}: is no name of a source: give one below {self.path}")
        if self.changed is not None and (self.changed / text).is_file() and not os.path.isabs(text):
            return text
        given = Path(text)
        below = given if given.is_absolute() else self.path / given
        if not given.is_absolute() and not _sources(below) and _sources(given):
            below = Path.cwd() / given
        below = Path(os.path.normpath(below))
        found = _sources(below)
        if not found:
            raise TreeError(f"{text}: there is no such source in {self.path}: give a .c file of the tree")
        if found.is_relative_to(self.path):
            return found.relative_to(self.path).as_posix()
        # Through a link to the tree; a source that is itself a link keeps its name.
        real = Path(os.path.realpath(found.parent)) / found.name
        if not real.is_relative_to(self.path):
            raise TreeError(f"{text}: lies outside the kernel tree {self.path}: give a source of that tree")
        return real.relative_to(self.path).as_posix()


def _sources(path: Path) -> Path | None:
    """The source a path stands for."""
    candidates = [path] if path.suffix in (".c", ".S") else [path.with_suffix(suffix) for suffix in (".c", ".S")]
    if path.suffix not in (".c", ".S", ".o"):
        return None
    return next((candidate for candidate in candidates if candidate.is_file()), None)


def open_tree(path: str | os.PathLike[str]) -> Tree:
    """The tree at ``path``.

    :raises TreeError: it is no kernel tree.
    """
    text = os.fspath(path)
    try:
        top = Path(text).expanduser().resolve()
        if not top.is_dir():
            raise TreeError(f"{text}: there is no such directory: give the top of a kernel source tree")
        missing = [sign for sign in _SIGNS if not (top / sign).exists()]
        makefile = "" if missing else (top / "Makefile").read_text(encoding="utf-8", errors="replace")
    except TreeError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise TreeError(f"{text}: cannot be read ({getattr(error, 'strerror', '') or error}): give a kernel tree") from None
    if missing:
        raise TreeError(f"{text}: is no kernel tree: it has no {missing[0]}: give the top of a kernel source tree")
    said = dict(reversed(_VERSION.findall(makefile[:4000])))
    if not said.get("VERSION") or not said.get("PATCHLEVEL"):
        raise TreeError(f"{text}: is no kernel tree: its Makefile names no VERSION and PATCHLEVEL")
    numbers = [said[name] for name in ("VERSION", "PATCHLEVEL", "SUBLEVEL") if said.get(name)]
    return Tree(top, ".".join(numbers) + said.get("EXTRAVERSION", ""))


def tree_of(file: str | os.PathLike[str]) -> Tree:
    """The tree a file lies in: the nearest directory above it that is one.

    :raises TreeError: there is none.
    """
    place = Path(os.path.abspath(os.fspath(file)))
    for top in place.parents:
        if all((top / sign).exists() for sign in _SIGNS):
            return open_tree(top)
    raise TreeError(f"{os.fspath(file)}: lies in no kernel tree: give --tree, the top of the tree it belongs to")
