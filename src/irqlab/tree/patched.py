"""A patch applied to the few files it touches, in a scratch directory: what each was before, and what it is after.

The tree itself is only read.  ``git apply`` does the work, so what it takes is taken: a diff, or a mail with one in it.

Tests: ``tests/tree/test_patched.py``.
"""

from __future__ import annotations

import email
import os
import re
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from email.message import Message
from pathlib import Path, PurePosixPath

from irqlab.errors import TreeError
from irqlab.tree.git import git, said
from irqlab.tree.source import Tree

#: The text of a file before and after; None where there is no such file.
Change = tuple[str | None, str | None]

#: What git says of an input without a diff, since 2.35 and before.
_NO_DIFF = ("No valid patches in input", "unrecognized input")

#: What git says of a part of a diff that was not where the diff has it.
_OFFSET = re.compile(r"Hunk #\d+ succeeded at \d+ \(offset (-?\d+) lines?\)")

#: What git says before it tries a file; one that moves has two names.
_CHECKING = re.compile(r"Checking patch (?:.* => )?(.+)\.\.\.")

#: The largest file that is read, in bytes: the largest header of a kernel has 24 MB.
MAX_SOURCE = 32 << 20

#: How a diff begins, or a mail with one.
_BEGINS = (b"diff --git ", b"--- ", b"From ", b"From: ", b"Subject: ", b"Index: ")


@dataclass(frozen=True)
class Patched:
    """What patches do to the files of a tree.

    :ivar files: each file's text before and after, by its path below the top of the tree.
    :ivar reversed: the tree has the patches already: what is in it is what is after them.
    :ivar offsets: one sentence for each file of which a part was found elsewhere than where the patch has it.
    """

    files: dict[str, Change]
    reversed: bool = False
    offsets: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Done:
    """What files became by diffs, and by how many lines the parts of each were off; or why one does not apply."""

    files: dict[str, str | None]
    off: tuple[tuple[str, int], ...] = ()
    error: str = ""


def patched(tree: Tree, *patches: bytes) -> Patched:
    """What patches do to a tree, one after the other; no files where there is no diff.

    Patches that the tree has already are taken back instead: what is in the tree is then what is after them.

    :param patches: each a diff, or a mail as it was sent, encoded or not.
    :raises TreeError: one is damaged, leads out of the tree, or does not apply.
    """
    touched = [(diff, paths) for diff, paths in ((diff, _touched(diff)) for diff in map(_diff, patches)) if paths]
    diffs = [diff for diff, _ in touched]
    paths = list(dict.fromkeys(path for _, those in touched for path in those))
    now = {path: _source(tree, path) for path in paths}
    done = _through(now, diffs)
    if not done.error:
        return Patched({path: (now[path], done.files[path]) for path in paths}, False, _offsets(done))
    back = _through(now, diffs[::-1], "--reverse")
    if not back.error:
        return Patched({path: (back.files[path], now[path]) for path in paths}, True, _offsets(back))
    raise TreeError(f"the patch does not apply to Linux {tree.version}: {done.error}: give the tree it was made for")


def path_of(name: bytes) -> str:
    """The path of a file that git names.

    :raises TreeError: it is none that can be shown.
    """
    try:
        path = name.decode()
    except UnicodeDecodeError:
        raise TreeError(f"{ascii(name)[1:]}: is no name in UTF-8: give a patch whose files can be shown") from None
    if not path.isprintable():
        raise TreeError(f"{path!a}: has a character in its name that cannot be shown: give a patch without it")
    return path


def write(files: Mapping[str, str | None], place: Path) -> None:
    """Puts files below a directory; None is no file."""
    for path, text in files.items():
        if text is not None:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_text(text, encoding="utf-8", errors="surrogateescape", newline="")


def _diff(patch: bytes) -> bytes:
    """The text of a mail and its attachments, with their encoding undone; a diff without a mail around it stays as it is."""
    leaves = (part for part in email.message_from_bytes(patch).walk() if not part.is_multipart())
    payloads = (payload for part in leaves if (payload := _payload(part)) is not None)
    return b"\n".join(payloads).replace(b"\r\n", b"\n")


def _payload(part: Message) -> bytes | None:
    """What a part of a mail says; None where that is no patch: a page, a picture, a key."""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return None
    name = part.get_filename("").lower()
    told = part.get_content_maintype() == "text" and part.get_content_subtype() != "html"
    given = part.get_content_maintype() == "application" and payload.lstrip().startswith(_BEGINS)
    return payload if told or given or name.endswith((".patch", ".diff")) else None


def _touched(diff: bytes) -> list[str]:
    """The paths of a diff, in its order; of what moves, where it is and where it was."""
    # Asked the other way round, git names what a file is before.
    paths = [path_of(name) for name in dict.fromkeys((*_listed(diff), *_listed(diff, "--reverse")))]
    for path in paths:
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            raise TreeError(f"the patch leads out of the tree, to {path}: it is no patch for a kernel")
    return paths


def _listed(diff: bytes, *options: str) -> list[bytes]:
    """The files that a diff, or its reverse, makes or changes, or else takes away; none where there is no diff."""
    with tempfile.TemporaryDirectory(prefix="irqlab-") as place:
        listed = _git(Path(place), diff, "--numstat", "-z", *options)
    if not listed.returncode:
        return [entry.split(b"\t", 2)[2] for entry in listed.stdout.split(b"\0") if entry]
    error = said(listed)
    if error.startswith(_NO_DIFF):
        return []
    raise TreeError(f"the patch is damaged: {error}: get it again, as it was sent")


def _through(files: dict[str, str | None], diffs: Iterable[bytes], *options: str) -> _Done:
    """What files become by diffs in a row."""
    off: tuple[tuple[str, int], ...] = ()
    for diff in diffs:
        done = _applied(files, diff, *options)
        if done.error:
            return done
        files, off = done.files, (*off, *done.off)
    return _Done(files, off)


def _applied(files: Mapping[str, str | None], diff: bytes, *options: str) -> _Done:
    """What files become by a diff, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="irqlab-") as name:
        place = Path(name)
        write(files, place)
        done = _git(place, diff, "--verbose", *options)
        if done.returncode:  # asked again, for the error without all that was tried
            return _Done({}, (), said(_git(place, diff, "--check", *options)))
        return _Done({path: _made(place, path) for path in files}, _off(done.stderr, "--reverse" in options))


def _off(said: bytes, back: bool) -> tuple[tuple[str, int], ...]:
    """By how many lines the parts of each file were off, as git says it; of a reverse it says the opposite."""
    off, path = [], ""
    for line in said.decode(errors="replace").splitlines():
        if (checking := _CHECKING.fullmatch(line)) is not None:
            path = checking[1]
        elif (found := _OFFSET.match(line)) is not None:
            off.append((path, -int(found[1]) if back else int(found[1])))
    return tuple(off)


def _offsets(done: _Done) -> tuple[str, ...]:
    """A sentence for each file of which a part was off."""
    return tuple(
        _sentence(path, [by for name, by in done.off if name == path]) for path in dict.fromkeys(name for name, _ in done.off)
    )


def _sentence(path: str, off: list[int]) -> str:
    many = f"{len(off)} hunks" if len(off) > 1 else "a hunk"
    lines = (f"{abs(by)} line{'s' if abs(by) > 1 else ''} further {'down' if by > 0 else 'up'}" for by in dict.fromkeys(off))
    return f"{many} of {path} applied {', '.join(lines)}"


def _git(place: Path, diff: bytes, *options: str) -> subprocess.CompletedProcess[bytes]:
    """Runs ``git apply`` in a directory that is in no repository, whatever is above it, and is as no user configured it."""
    apart = {"GIT_CEILING_DIRECTORIES": str(place.parent), "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    words = ["-c", "core.quotepath=false", "apply", "--whitespace=nowarn", *options]
    return git(place, words, data=diff, environment=apart, own=False)


def _source(tree: Tree, path: str) -> str | None:
    """The text of a file of a tree, which may be made of links; None where there is none."""
    place = tree.path / path
    return _read(place, str(place), os.stat)


def _made(place: Path, path: str) -> str | None:
    """The text of a file that a patch made; links are not followed, since they lead anywhere."""
    return _read(place / path, path, os.lstat)


def _read(path: Path, name: str, look: Callable[[Path], os.stat_result]) -> str | None:
    """The text of a file, with whatever line ends it has; None where there is none."""
    try:
        found = look(path)
        if not stat.S_ISREG(found.st_mode):
            kind = "a link" if stat.S_ISLNK(found.st_mode) else "a directory" if stat.S_ISDIR(found.st_mode) else "a device"
            raise TreeError(f"{name}: is no source but {kind}: give a patch for sources of a kernel tree")
        with path.open("rb") as file:
            data = file.read(MAX_SOURCE + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise TreeError(f"{name}: cannot be read ({error.strerror}): give a patch for sources of a kernel tree") from None
    if len(data) > MAX_SOURCE:
        raise TreeError(f"{name}: is larger than {MAX_SOURCE >> 20} MiB: give a patch for sources of a kernel tree")
    return data.decode("utf-8", errors="surrogateescape")
