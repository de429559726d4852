"""Which files of a tree name which ``compatible``: read once, kept, and read again where a file changed.

Tests: ``tests/tree/test_index.py``.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from irqlab.tree import cache
from irqlab.tree.cache import Progress, silent
from irqlab.tree.source import Tree

_COMPATIBLE = re.compile(r'\bcompatible\s*=\s*((?:"[^"]*"\s*,?\s*)+);')
_STRING = re.compile(r'"([^"]*)"')
_INCLUDE = re.compile(r'^\s*(?:#\s*include|/include/)\s*["<]([^">]+\.dtsi?)[">]', re.MULTILINE)
_EXAMPLES = re.compile(r"^examples:", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)


@dataclass(frozen=True)
class Entry:
    """What one file says: its compatibles, and the files it includes as it names them."""

    compatible: tuple[str, ...] = ()
    includes: tuple[str, ...] = ()


def scan(text: str) -> Entry:
    """The compatibles and includes of device tree source."""
    bare = _COMMENT.sub(" ", text)
    names = [name for found in _COMPATIBLE.findall(bare) for name in _STRING.findall(found)]
    return Entry(tuple(dict.fromkeys(names)), tuple(dict.fromkeys(_INCLUDE.findall(bare))))


def scan_binding(text: str) -> Entry:
    """The compatibles in the examples of a binding."""
    found = _EXAMPLES.search(text)
    return Entry(scan(text[found.start() :]).compatible) if found is not None else Entry()


def files(top: Path, directory: str, suffixes: tuple[str, ...]) -> list[str]:
    """The files below a directory with one of the suffixes, by their path below ``top``, sorted."""
    found: list[str] = []
    for place, _, names in os.walk(top / directory):
        below = os.path.relpath(place, top)
        found += [f"{below}/{name}" for name in names if name.endswith(suffixes)]
    return sorted(found)


def indexed(
    tree: Tree, kind: str, names: Iterable[str], read: Callable[[str], Entry], progress: Progress = silent
) -> dict[str, Entry]:
    """What each of the files says, by its path below the tree's top.

    :param kind: a name for this index in the cache; ``read`` turns a file's text into an entry.
    """
    place = cache.directory("index") / f"{kind}-{tree.version}-{cache.key(str(tree.path))}.json"
    try:
        known: dict[str, tuple[int, int, list[str], list[str]]] = json.loads(cache.read(place) or "{}")
    except ValueError:
        known = {}
    now: dict[str, tuple[int, int, list[str], list[str]]] = {}
    changed = False
    for name in names:
        try:
            stat = os.stat(tree.path / name)
        except OSError:
            continue
        before = known.get(name)
        if before is not None and tuple(before[:2]) == (stat.st_mtime_ns, stat.st_size):
            now[name] = before
            continue
        if not changed:
            progress(f"reading the device trees of {tree.path}")
        changed = True
        entry = read(cache.read(tree.path / name))
        now[name] = (stat.st_mtime_ns, stat.st_size, list(entry.compatible), list(entry.includes))
    if changed or len(now) != len(known):
        cache.save(place, json.dumps(now))
    return {name: Entry(tuple(compatible), tuple(includes)) for name, (_, _, compatible, includes) in now.items()}
