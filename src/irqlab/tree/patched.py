"""A patch applied to the few files it touches, in a scratch directory: what each was before, and what it is after.

The tree itself is only read.  ``git apply`` does the work, so what it takes is taken: a diff, or a mail with one in it.

Tests: ``tests/tree/test_patched.py``.
"""

from __future__ import annotations

import email
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree.source import Tree

#: The text of a file before and after; None where there is no such file.
Change = tuple[str | None, str | None]

#: Seconds a run of git may take.
_PATIENCE = 60

#: What git says of an input without a diff, since 2.35 and before.
_NO_DIFF = ("No valid patches in input", "unrecognized input")

_MOVED = re.compile(rb"^(?:rename|copy) from (.+)$", re.MULTILINE)


def patched(tree: Tree, patch: bytes) -> dict[str, Change]:
    """The files a patch touches by their paths below the top of the tree; empty where it has no diff.

    A patch that the tree has already is taken back instead: what is in the tree is then what is after it.

    :param patch: a diff, or a mail as it was sent, encoded or not.
    :raises TreeError: it is damaged, leads out of the tree, or does not apply.
    """
    diff = _diff(patch)
    paths = _touched(diff)
    if not paths:
        return {}
    now = {path: _read(tree.path / path) for path in paths}
    then, error = _applied(now, diff)
    if then is not None:
        return {path: (now[path], then[path]) for path in paths}
    then, _ = _applied(now, diff, "--reverse")
    if then is not None:
        return {path: (then[path], now[path]) for path in paths}
    raise TreeError(f"the patch does not apply to Linux {tree.version}: {error}: give the tree it was made for")


def write(files: Mapping[str, str | None], place: Path) -> None:
    """Puts files below a directory; None is no file."""
    for path, text in files.items():
        if text is not None:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, encoding="utf-8", errors="surrogateescape", newline="")


def _diff(patch: bytes) -> bytes:
    """The text of a mail with its encoding undone; a diff without a mail around it stays as it is."""
    parts = (part for part in email.message_from_bytes(patch).walk() if part.get_content_maintype() == "text")
    payloads = (part.get_payload(decode=True) for part in parts)
    return b"\n".join(text for text in payloads if isinstance(text, bytes)).replace(b"\r\n", b"\n")


def _touched(diff: bytes) -> list[str]:
    """The paths of a diff, in its order."""
    with tempfile.TemporaryDirectory(prefix="irqlab-") as place:
        listed = _git(Path(place), diff, "--numstat", "-z")
    if listed.returncode:
        error = _error(listed)
        if error.startswith(_NO_DIFF):
            return []
        raise TreeError(f"the patch is damaged: {error}: get it again, as it was sent")
    names = [entry.split(b"\t", 2)[2] for entry in listed.stdout.split(b"\0") if entry]
    paths = list(dict.fromkeys(os.fsdecode(name) for name in (*_MOVED.findall(diff), *names)))
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise TreeError(f"the patch leads out of the tree, to {path}: it is no patch for a kernel")
    return paths


def _applied(files: Mapping[str, str | None], diff: bytes, *options: str) -> tuple[dict[str, str | None] | None, str]:
    """What files become by a diff, and nothing; or None, and why it does not apply."""
    with tempfile.TemporaryDirectory(prefix="irqlab-") as name:
        place = Path(name)
        write(files, place)
        done = _git(place, diff, *options)
        if done.returncode:
            return None, _error(done)
        return {path: _read(place / path) for path in files}, ""


def _git(place: Path, diff: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``git apply`` in a directory that is in no repository, whatever is above it, and is as no user configured it."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    apart = {"GIT_CEILING_DIRECTORIES": str(place.parent), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    try:
        return subprocess.run(
            ["git", "apply", "--whitespace=nowarn", *options],
            cwd=place,
            env={**kept, **apart, "LC_ALL": "C"},
            input=diff,
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TreeError(f"the patch: git apply did not end within {_PATIENCE} s: give a smaller one") from None
    except OSError as error:
        raise TreeError(f"git: cannot be run ({error.strerror}): sudo apt-get install git") from None


def _error(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first thing that was wrong, as git says it."""
    lines = done.stderr.decode(errors="replace").splitlines()
    return _first(line.removeprefix("error: ").removeprefix("fatal: ") for line in lines) or f"status {done.returncode}"


def _first(lines: Iterable[str]) -> str:
    return next((line.strip() for line in lines if line.strip()), "")


def _read(path: Path) -> str | None:
    """The text of a file, with whatever line ends it has; None where there is none."""
    try:
        return path.read_bytes().decode("utf-8", errors="surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise TreeError(f"{path}: cannot be read ({error.strerror}): give a patch for sources of a kernel tree") from None
