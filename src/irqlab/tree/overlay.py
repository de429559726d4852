"""A tree in which some sources have another text: compiled as if it were so, though nothing is written into the tree.

Headers are as they are in the tree.

Tests: ``tests/tree/test_overlay.py``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree import cache
from irqlab.tree.again import with_text
from irqlab.tree.cache import Progress, silent
from irqlab.tree.makefile import drivers
from irqlab.tree.objects import Built, build
from irqlab.tree.source import Tree

#: How many neighbours of a new source are tried, to compile it as one of them.
_NEIGHBOURS = 5


@dataclass(frozen=True)
class Overlay:
    """One.

    :ivar texts: the texts of files by their paths below the top; None for one that is not there.
    """

    tree: Tree
    texts: Mapping[str, str | None]

    def build(self, name: str, arch: str = "arm64", progress: Progress = silent) -> Built:
        """The object of a source; one that the tree does not have is compiled as its neighbours are.

        :raises TreeError: it is not there, or does not compile.
        """
        if name in self.texts and not (self.tree.path / name).is_file():
            return self.changed(self._neighbour(name, arch, progress), name)
        return self.changed(build(self.tree, name, arch, progress))

    def changed(self, built: Built, name: str = "") -> Built:
        """What an object of the tree is here.

        :param name: a source beside that of the object, which is compiled in its place.
        """
        name = name or built.source
        text = self.texts.get(name, "")
        if text is None:
            raise TreeError(f"{name}: is not there: give a source that is")
        if name not in self.texts or (name == built.source and text == cache.read(self.tree.path / name)):
            return built
        return with_text(built, name, text)

    def _neighbour(self, name: str, arch: str, progress: Progress) -> Built:
        directory = str(PurePosixPath(name).parent)
        beside = [other for other in drivers(self.tree, directory) if str(PurePosixPath(other).parent) == directory]
        error = TreeError(f"{name}: nothing beside it is built, so nothing says how it is compiled: give a whole kernel tree")
        for other in beside[:_NEIGHBOURS]:
            try:
                return build(self.tree, other, arch, progress)
            except TreeError as refused:
                error = refused
        raise error
