"""Objects that a driver is linked with: what it calls in its neighbours and in the kernel's libraries, and nobody models.

A function that irqlab models is never taken from the tree: there is one kernel.

Tests: ``tests/cli/test_companions.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from irqlab.errors import TreeError

if TYPE_CHECKING:
    from irqlab.tree import Built, Tree

Tell = Callable[[str], None]

#: Builds a source of a tree for an architecture: as :func:`irqlab.tree.build` does, or otherwise.
Make = Callable[["Tree", str, str, Tell], "Built"]

#: Sources that touch nothing but what they are given.
LIBRARY = (
    "kernel/irq/generic-chip.c",
    "kernel/irq/ipi-mux.c",
    "lib/bitmap.c",
    "lib/bsearch.c",
    "lib/crc32.c",
    "lib/find_bit.c",
    "lib/hweight.c",
    "lib/kstrtox.c",
    "lib/list_sort.c",
    "lib/sort.c",
)

#: More objects than any driver is linked with.
_MOST = 12


def companions(
    tree: Tree,
    driver: Path,
    source: str,
    arch: str,
    tell: Tell,
    beneath: Iterable[Path] = (),
    make: Make | None = None,
) -> list[Built]:
    """The objects an object needs, in the order in which they were found to be needed.

    :param source: the driver's source, below the top of the tree.
    :param beneath: objects that it is linked with in any case.
    :param make: builds them; :func:`irqlab.tree.build` if not given.
    :raises TreeError: one of them does not compile.
    """
    from irqlab.guest.elf import read_object
    from irqlab.tree import build

    found: list[Built] = []
    waiting = [driver]
    has = set(read_object(driver).defined).union(*(read_object(path).defined for path in beneath))
    while waiting and len(found) < _MOST:
        obj = read_object(waiting.pop(0))
        wanted = [name for name in obj.undefined if name not in has and not _modelled(name)]
        taken = {built.source for built in found} | {source}
        for name in sources(tree, source, wanted):
            if name in taken or len(found) == _MOST:
                continue
            built = (make or build)(tree, name, arch, tell)
            defined = read_object(built.object).defined
            if defined & set(wanted) - has:
                has |= defined
                found.append(built)
                waiting.append(built.object)
    return found


def _modelled(name: str) -> bool:
    from irqlab.guest import symbols
    from irqlab.guest.exports import EXPORTS

    assert symbols.__all__  # imported, so that every exported function is known
    return name in EXPORTS


def sources(tree: Tree, source: str, wanted: Iterable[str]) -> list[str]:
    """The neighbours of a source and the library's sources that seem to define one of the names, by path below the top."""
    from irqlab.tree import drivers

    names = tuple(wanted)
    if not names:
        return []
    defines = _definition(names)
    directory = source.rpartition("/")[0]
    try:
        beside = [name for name in drivers(tree, directory) if name.rpartition("/")[0] == directory and name != source]
    except TreeError:
        beside = []
    found = []
    for name in (*beside, *LIBRARY):
        try:
            text = (tree.path / name).read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue  # this release has none of that name
        if name != source and defines.search(text):
            found.append(name)
    return found


def _definition(names: tuple[str, ...]) -> re.Pattern[str]:
    """Matches where C says that one of the names is exported, or begins to define it at the left margin."""
    known = "|".join(sorted(map(re.escape, names)))
    return re.compile(
        rf"^EXPORT_SYMBOL(?:_GPL)?\((?:{known})\)"
        rf"|^(?!static\b|extern\b|typedef\b|return\b)[A-Za-z_][\w \t*]*?[ \t*](?:{known})"
        r"[ \t]*(?:\([^;{]*\)\s*\{|(?:\[[^\]]*\])?\s*=)",
        re.MULTILINE,
    )
