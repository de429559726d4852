"""Which sources of a directory the kernel's build knows.

Tests: ``tests/tree/test_makefile.py``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree.source import Tree

_OBJECT = re.compile(r"(?<![\w$({./-])((?:\.\./)*[\w+-][\w+./-]*)\.o(?![\w.])")


def drivers(tree: Tree, directory: str = "drivers/irqchip") -> list[str]:
    """The ``.c`` files below a directory that a Makefile there builds, sorted; options are not asked.

    :raises TreeError: there is no such directory in the tree.
    """
    text = str(directory)
    top = Path(os.path.normpath(tree.path / text))
    if not top.is_dir() or not top.is_relative_to(tree.path):
        raise TreeError(f"{text}: there is no such directory in {tree.path}: give one such as drivers/irqchip")
    found: set[str] = set()
    for makefile in sorted([*top.rglob("Makefile"), *top.rglob("Kbuild")]):
        for name in _objects(makefile.read_text(encoding="utf-8", errors="replace")):
            source = Path(os.path.normpath(makefile.parent / f"{name}.c"))
            if source.is_file() and source.is_relative_to(top):
                found.add(source.relative_to(tree.path).as_posix())
    return sorted(found)


def _objects(makefile: str) -> list[str]:
    """The objects a Makefile names, without ``.o``."""
    lines = [line.partition("#")[0] for line in makefile.replace("\\\n", " ").splitlines() if not line.startswith("\t")]
    return [found for line in lines if "=" in line for found in _OBJECT.findall(line.partition("=")[2])]
