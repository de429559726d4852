"""A shadow: a tree of links to the sources of another, without what was configured or built in it.

The kernel's Makefile builds elsewhere only from a clean source tree, and a user's tree is never cleaned.

Tests: ``tests/tree/test_shadow.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from irqlab.tree import cache
from irqlab.tree.cache import Progress, silent
from irqlab.tree.ignored import Rules
from irqlab.tree.source import Tree

#: What no kernel is built from: linked as a whole, to save time.
_WHOLE = frozenset(("Documentation/", "LICENSES/", "samples/", "tools/perf/", "tools/testing/"))

#: One directory as it was seen: its time of change, that of its .gitignore, and the directories in it.
_Seen = tuple[int, int, list[str]]


def needed(tree: Tree) -> bool:
    """Whether a tree cannot be built from as it is: something was configured or built in it, or its path is refused."""
    top = tree.path
    if set(" \t:") & set(str(top)):
        return True
    if any((top / name).exists() for name in (".config", "include/config", "include/generated")):
        return True
    return any(path.is_dir() for path in top.glob("arch/*/include/generated"))


def source(tree: Tree, progress: Progress = silent) -> Path:
    """The directory to build a tree from: the tree, or its shadow, which is made or brought up to date."""
    if not needed(tree):
        return tree.path
    place = cache.directory("shadow", f"{tree.version}-{cache.key(str(tree.path))}")
    with cache.lock(place / "lock", progress):
        update(tree.path, place, progress)
    return place / "tree"


def update(top: Path, place: Path, progress: Progress = silent) -> None:
    """Brings ``place/tree`` up to date; only directories in which something came or went are looked at again."""
    try:
        seen: dict[str, _Seen] = json.loads(cache.read(place / "seen.json") or "{}")
    except ValueError:
        seen = {}
    if not seen:
        progress(f"linking the sources of {top}")
    now: dict[str, _Seen] = {}
    waiting = [("", Rules())]
    while waiting:
        directory, rules = waiting.pop()
        stat = _changed(top / directory), _changed(top / directory / ".gitignore")
        if stat[1]:
            rules = rules.within(directory, cache.read(top / directory / ".gitignore"))
        before = seen.get(directory)
        known = before is not None and tuple(before[:2]) == stat
        inside = before[2] if before is not None and known else _link(top, place / "tree", directory, rules)
        now[directory] = (*stat, inside)
        waiting.extend((f"{directory}{name}/", rules) for name in inside)
    if now != {name: (first, second, inside) for name, (first, second, inside) in seen.items()}:
        cache.save(place / "seen.json", json.dumps(now, sort_keys=True))


def _link(top: Path, shadow: Path, directory: str, rules: Rules) -> list[str]:
    """Makes one directory of the shadow hold what it should; returns the directories in it."""
    here = shadow / directory
    if here.is_symlink():
        here.unlink()
    here.mkdir(parents=True, exist_ok=True)
    links: dict[str, str] = {}
    inside: list[str] = []
    with os.scandir(top / directory) as entries:
        for entry in entries:
            path = directory + entry.name
            folder = entry.is_dir(follow_symlinks=False)
            if rules.ignores(path + "/" if folder else path):
                continue
            if folder and path + "/" not in _WHOLE:
                inside.append(entry.name)
            elif entry.is_symlink() and not os.path.isabs(target := os.readlink(entry.path)):
                links[entry.name] = target
            elif folder or not _program(entry):
                links[entry.name] = entry.path
    with os.scandir(here) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name not in inside:
                    shutil.rmtree(entry.path)
            elif not (entry.is_symlink() and links.get(entry.name) == os.readlink(entry.path)):
                os.unlink(entry.path)
            else:
                del links[entry.name]
    for name, target in links.items():
        os.symlink(target, here / name)
    return sorted(inside)


def _program(entry: os.DirEntry[str]) -> bool:
    """Whether a file is a program that was built: such have no suffix, and a source is never one."""
    if "." in entry.name or not entry.is_file() or not entry.stat().st_mode & 0o100:
        return False
    with open(entry.path, "rb") as file:
        return file.read(4) == b"\x7fELF"


def _changed(path: Path) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
