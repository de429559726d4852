"""What an object of a tree is, once it is built.

Tests: ``tests/tree/test_objects.py``.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from irqlab.tree.source import Tree


@dataclass(frozen=True)
class Built:
    """An object.

    :ivar object: where it lies in the cache; its debug information names sources by their path below the tree's top.
    :ivar source: the source, by that path; ``version`` is the tree's.
    :ivar arch: irqlab's name of the architecture.
    :ivar config: the SHA-256 of the ``.config`` it was built with, which is part of every answer.
    :ivar own_config: that is the user's ``.config``, with nothing changed but debug information.
    :ivar command: the line that compiled it, as it was run in ``directory``.
    """

    object: Path
    source: str
    tree: Tree
    arch: str
    version: str
    config: str
    own_config: bool
    command: str
    directory: Path
