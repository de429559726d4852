"""What the user gives as a patch: a file, a mailbox with several, or a range of commits.

Tests: ``tests/cli/test_patches.py``.
"""

from __future__ import annotations

import email
import email.policy
import os
import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from email.message import EmailMessage

from irqlab.errors import InputError
from irqlab.report.lines import one_line
from irqlab.tree import Tree, patched
from irqlab.tree.patched import Change
from irqlab.tree.revisions import between, differs, subject

#: The largest file that is read, in bytes.
MAX_PATCH = 16 << 20

#: A line between the mails of a mailbox.
_FROM = re.compile(rb"^From \S+ .*\d{4}$", re.MULTILINE)

_RANGE = re.compile(r"(?P<before>[^.\s][^\s]*?)\.\.(?P<after>[^.\s][^\s]*)")

#: How much of a file another has, at least, to be the same under another name: as git has it.
_LIKE = 0.5

#: ``[PATCH v2 1/3]``.
_TAG = re.compile(r"^\s*(?:Re:\s*)?\[[^\]]*\]\s*")

#: What is said where the patch was taken back.
_THERE = "the tree has this patch already: before is the tree without it"


@dataclass(frozen=True)
class Patch:
    """A patch, read.

    :ivar name: as it was given; ``subject`` what its author calls it; both are a line that can be shown.
    :ivar files: what it touches: texts before and after.
    :ivar notes: what a reader should know of it.
    """

    name: str
    subject: str
    files: dict[str, Change]
    notes: tuple[str, ...] = ()

    def before(self) -> dict[str, str | None]:
        """The files without the patch."""
        return {path: change[0] for path, change in self.files.items()}

    def origin(self, path: str) -> str:
        """What a file was called before: itself, or what goes with the patch and is most like it; empty for what is new."""
        before, after = self.files.get(path, ("", ""))
        if before is not None or after is None:
            return path
        lines = after.splitlines()
        gone = [(name, was) for name, (was, now) in sorted(self.files.items()) if was is not None and now is None]
        like = [(SequenceMatcher(None, was.splitlines(), lines, autojunk=False).ratio(), name) for name, was in gone]
        return max((one for one in like if one[0] >= _LIKE), default=(0.0, ""))[1]

    def after(self) -> dict[str, str | None]:
        """The files with it."""
        return {path: change[1] for path, change in self.files.items()}


def read(name: str, tree: Tree, called: str = "") -> Patch:
    """The patch of a name.

    :param called: what to call it, where the name says nothing.
    :raises InputError: it is none, is damaged, or does not apply.
    """
    called = called or name
    if "\0" in name:
        raise InputError(f"{called!a}: has a NUL in it: give a patch, an mbox, or a range A..B of the tree")
    if not os.path.exists(name) and (found := _RANGE.fullmatch(name)) is not None:
        return _range(name, tree, found["before"], found["after"])
    try:
        with open(name, "rb") as file:
            data = file.read(MAX_PATCH + 1)
    except OSError as error:
        raise InputError(
            f"{called}: cannot be read ({error.strerror}): give a patch, an mbox, or a range A..B of the tree"
        ) from None
    if len(data) > MAX_PATCH:
        raise InputError(f"{called}: is larger than {MAX_PATCH >> 20} MiB: give one patch or one series")
    if not data.strip():
        raise InputError(f"{called}: is empty: give a patch, or an mbox with one")
    mails = split(data)
    done = patched(tree, *mails)
    if not done.files:
        raise InputError(f"{called}: has no patch in it: give a diff, or a mail with one")
    notes = (*([_THERE] if done.reversed else []), *done.offsets)
    return Patch(one_line(called), _subject(mails), done.files, notes)


def split(data: bytes) -> list[bytes]:
    """The mails of a mailbox in the order of their numbers (``[PATCH 2/3]``); all of it where it is none."""
    starts = [found.start() for found in _FROM.finditer(data)]
    if not starts or data[: starts[0]].strip():
        return [data]
    mails = [data[start:end].partition(b"\n")[2] for start, end in zip(starts, [*starts[1:], len(data)], strict=True)]
    return sorted(mails, key=lambda mail: _number(_header(mail)))


def _header(mail: bytes) -> str:
    message = email.message_from_bytes(mail[:65536], _class=EmailMessage, policy=email.policy.default)
    try:
        return " ".join(str(message.get("Subject", "")).split())
    except (ValueError, IndexError, AttributeError, TypeError):  # what the standard library raises of damaged headers
        return ""


def _number(header: str) -> int:
    found = re.match(r"\s*\[[^\]]*?\b(\d+)/\d+\]", header)
    return int(found[1]) if found else 0


def _subject(mails: list[bytes]) -> str:
    """What the author calls it: the first mail's subject."""
    first = one_line(_TAG.sub("", _header(mails[0])))
    more = sum(1 for mail in mails[1:] if _header(mail))
    return first + (f" (and {more} more)" if first and more else "")


def _range(name: str, tree: Tree, before: str, after: str) -> Patch:
    files = between(tree, before, after)
    other = [path for path in differs(tree, after) if path not in files]
    notes: tuple[str, ...] = ()
    if other:
        count = f"{len(other)} other sources and headers" if len(other) > 1 else "another source or header"
        notes = (f"what is checked out differs from {after} in {count} ({other[0]}{', …' if len(other) > 1 else ''})",)
    return Patch(one_line(name), one_line(subject(tree, after)), files, notes)
