"""Where trees and objects are kept: one directory that may be deleted at any time, shared by every irqlab of a user.

``$IRQLAB_CACHE``, else ``$XDG_CACHE_HOME/irqlab``, else ``~/.cache/irqlab``::

    trees/linux-source-6.12/       what ``irqlab tree get 6.12`` unpacked
    shadow/<tree>/                 links to the sources of a tree that was built in place
    build/<version>-<arch>-<key>/  one configuration of one tree: objects (obj/), stamps, logs
    changed/<version>-<key>/       what is changed of a tree, and links to what stands beside it
    index/                         which device trees name which compatible

Tests: ``tests/tree/test_cache.py``.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from irqlab.errors import TreeError

#: Told one short line about what is going on; may raise to end it.
Progress = Callable[[str], None]


def silent(what: str) -> None:
    """Tells nobody."""


def root() -> Path:
    """The cache directory; made when something is put there."""
    for name, below in (("IRQLAB_CACHE", ""), ("XDG_CACHE_HOME", "irqlab")):
        value = os.environ.get(name, "")
        if value:
            return Path(value).expanduser().absolute() / below
    try:
        return Path.home() / ".cache" / "irqlab"
    except RuntimeError:
        raise TreeError("there is no home directory to keep a cache in: set IRQLAB_CACHE to a directory") from None


def directory(*parts: str) -> Path:
    """A directory of the cache, made if it is not there.

    :raises TreeError: it cannot be made, or its path has a blank or a colon, which the kernel's Makefile refuses.
    """
    path = root().joinpath(*parts)
    if set(" \t\n:") & set(str(path)):
        raise TreeError(f"{root()}: the kernel cannot be built below a path with blanks or colons: set IRQLAB_CACHE to another")
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise TreeError(f"{path}: cannot be made ({error.strerror}): set IRQLAB_CACHE to a place that can be written") from None
    return path


def key(*parts: str) -> str:
    """Twelve hexadecimal digits that stand for ``parts``."""
    digest = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogateescape")
        digest.update(f"{len(data)}:".encode() + data)
    return digest.hexdigest()[:12]


def fingerprint(paths: Iterable[str | Path], seen: dict[str, str] | None = None) -> str:
    """What changes when one of the files changes, comes or goes: the hash of their sizes and times of change.

    :param seen: what was asked of files in the same moment; filled, so that a header of many objects is asked once.
    """
    seen = {} if seen is None else seen
    digest = hashlib.sha256()
    for path in map(str, paths):
        said = seen.get(path)
        if said is None:
            try:
                stat = os.stat(path)
                said = f"{path}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
            except OSError:
                said = f"{path}\0none\n"
            seen[path] = said
        digest.update(said.encode(errors="surrogateescape"))
    return digest.hexdigest()


def touched(paths: Iterable[str | Path], began: int) -> bool:
    """Whether one of the files was changed since ``began`` (:func:`time.time_ns`); a time to come does not count."""
    now = time.time_ns()
    for path in paths:
        with contextlib.suppress(OSError):
            if began <= os.stat(path).st_mtime_ns <= now:
                return True
    return False


@contextlib.contextmanager
def lock(path: Path, progress: Progress = silent) -> Iterator[int]:
    """Holds a lock file: one process (or thread) at a time does what is inside; the lock ends with its holder.

    Yields the file's number: a child that inherits it keeps the lock should this process be killed.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress(f"waiting for another irqlab that works in {path.parent}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield file.fileno()


def save(path: Path, text: str | bytes) -> None:
    """Writes a file whole or not at all."""
    data = text.encode() if isinstance(text, str) else text
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", suffix=".part", dir=path.parent)
    try:
        with open(number, "wb") as file:
            file.write(data)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise


def read(path: Path) -> str:
    """The text of a file; empty where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
