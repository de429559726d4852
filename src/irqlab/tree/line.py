"""The line kbuild gives a checker: what it compiles a source with, and the directory it does so in.

``$(CHECK) $(CHECKFLAGS) $(c_flags) $<``: the checker's own words come first, then what the compiler is given, the source last.
Compiling it again, with full debug information and elsewhere, takes a second and no configuration.

Tests: ``tests/tree/test_line.py``.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import CompileError
from irqlab.tree import cache, make
from irqlab.tree.built import Built
from irqlab.tree.source import Tree

#: With what ``c_flags`` begins in every release: where the compiler lists what it read.
_LISTS = "-Wp,-M"

#: What would leave debug information out, or put it elsewhere, and what would make no ordinary object.
_UNWANTED = ("-femit-struct-debug", "-fno-var-tracking", "-gsplit-dwarf", "-gz", "-g0", "-g1", "-flto", _LISTS)


@dataclass(frozen=True)
class Line:
    """One line.

    :ivar own: the words for the checker: ``CHECKFLAGS``, ``CF`` among them.
    :ivar flags: what the compiler is given; ``compiler`` is kbuild's ``CC``.
    :ivar source: the file, as kbuild names it; relative names are below ``directory``.
    """

    own: tuple[str, ...]
    flags: tuple[str, ...]
    source: str
    compiler: tuple[str, ...]
    directory: Path

    def build(self, tree: Tree, source: str, arch: str, place: Path) -> Built:
        """A source compiled as this line says.

        :param source: its path below the top of the tree, or as the line has it; ``place`` is where its object goes.
        :raises TreeError: it does not compile.
        """
        target = place / cache.key(source) / f"{Path(source).stem}.o"
        target.parent.mkdir(parents=True, exist_ok=True)
        given = self.source if (self.directory / self.source).resolve() == (tree.path / source).resolve() else ""
        kept = (flag for flag in self.flags if not flag.startswith(_UNWANTED))
        command = [*self.compiler, *kept, "-g", "-c", "-o", str(target), given or str(tree.path / source)]
        wrong = make.compiler(command, self.directory)
        if wrong:
            raise CompileError(source, arch, wrong)
        config = hashlib.sha256(cache.read(self.directory / ".config").encode(errors="surrogateescape")).hexdigest()
        return Built(target, source, tree, arch, tree.version, config, True, shlex.join(command), self.directory)


def line(words: Sequence[str]) -> Line | None:
    """The line a checker was called with, in kbuild's environment and directory; None if kbuild did not call it so."""
    start = next((at for at, word in enumerate(words) if word.startswith(_LISTS)), None)
    if start is None or not words[-1].endswith(".c"):
        return None
    compiler = tuple(shlex.split(os.environ.get("CC", ""))) or (os.environ.get("CROSS_COMPILE", "") + "gcc",)
    return Line(tuple(words[:start]), tuple(words[start:-1]), words[-1], compiler, Path.cwd())
