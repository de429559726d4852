"""Where a compiled driver comes from: what a report says of it and a finding file keeps of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Linked:
    """One object file.

    :ivar path: how it is called in reports: below the tree's top, or as the user gave it.
    :ivar sha256: the digest of the file.
    """

    path: str
    sha256: str


#: The kernel in Python, or the tree's own core under the driver.
MODEL, LINUX = CORES = ("model", "linux")


@dataclass(frozen=True)
class Origin:
    """A compiled driver.

    :ivar driver: the object that was asked for, or the one that was made of the source that was.
    :ivar arch: what it was compiled for.
    :ivar source: its source, by its path below the top of the tree; empty where debug information does not say.
    :ivar version: of the kernel it was compiled for: ``6.12.117``; empty where nothing says.
    :ivar config: the SHA-256 of the ``.config``; empty where it is not known.
    :ivar also: objects of the same tree that are linked beside it.
    :ivar beneath: the tree's own interrupt core and runtime PM, and what irqlab puts beneath them; empty where the kernel is
        Python.
    :ivar target: what the user asked for, and ``tree`` the top of its tree, as they were given: for commands to repeat, not
        for finding files.
    """

    driver: Linked
    arch: str
    source: str = ""
    version: str = ""
    config: str = ""
    also: tuple[Linked, ...] = ()
    target: str = ""
    tree: str = ""
    beneath: tuple[Linked, ...] = ()

    @property
    def core(self) -> str:
        """Whose interrupt core and runtime PM it runs on: :data:`MODEL` or :data:`LINUX`, the tree's own."""
        return LINUX if self.beneath else MODEL
