"""Which files of a tree were made and which are sources: the kernel's ``.gitignore`` files list everything its build makes.

git is not needed for it, and whether the tree is a git repository does not matter.

Tests: ``tests/tree/test_ignored.py``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

#: What holds in every tree, also in one whose ``.gitignore`` files were left out of the archive.
ALWAYS = """
.*
*.[aios]
*.ko
*.o.*
*.mod
*.mod.c
*.lex.c
*.tab.[ch]
*.asn1.[ch]
*.so
*.so.dbg
*.dtb
*.dtbo
*.symtypes
Module.symvers
modules.order
/vmlinux
/System.map
/include/config/
/include/generated/
/arch/*/include/generated/
"""

#: Debian's packages end the list at the top with these, which would leave nothing.
_TOO_MUCH = ("/*", "*", "!/debian/")


@dataclass(frozen=True)
class Patterns:
    """The patterns of one ``.gitignore``, in order.

    :ivar groups: what each run of patterns of one kind matches, and whether it takes away or puts back.
    """

    groups: tuple[tuple[re.Pattern[str], bool], ...]

    @classmethod
    def of(cls, text: str, top: bool = False) -> Patterns:
        """Reads a ``.gitignore``; ``top`` says that it lies at the top of the tree."""
        groups: list[tuple[list[str], bool]] = []
        for line in text.splitlines():
            line = line.rstrip()
            if not line or line.startswith("#") or (top and line in _TOO_MUCH):
                continue
            ignored = not line.startswith("!")
            expression = _expression(line if ignored else line[1:])
            if groups and groups[-1][1] is ignored:
                groups[-1][0].append(expression)
            else:
                groups.append(([expression], ignored))
        return cls(tuple((re.compile("|".join(parts)), ignored) for parts, ignored in groups))

    def verdict(self, below: str) -> bool | None:
        """Whether a path below the file's directory is ignored; directories end in ``/``.  None: it does not say."""
        said: bool | None = None
        for expression, ignored in self.groups:
            if said is not ignored and expression.fullmatch(below):
                said = ignored
        return said


def _expression(pattern: str) -> str:
    """A regular expression for paths below the ``.gitignore``; a path of a directory ends in ``/``."""
    pattern = pattern.removeprefix("\\")
    directory = pattern.endswith("/")
    pattern = pattern.rstrip("/")
    anchored = "/" in pattern
    parts = pattern.lstrip("/").split("/")
    text = "" if anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        text += (".+" if last else "(?:.*/)?") if part == "**" else _segment(part) + ("" if last else "/")
    return text + ("/" if directory else "/?")


def _segment(part: str) -> str:
    text, place = "", 0
    while place < len(part):
        letter = part[place]
        end = part.find("]", place + 2) if letter == "[" else -1
        if end > 0:
            inside = part[place + 1 : end]
            text += "[" + ("^" + inside[1:] if inside[0] in "!^" else inside).replace("\\", "\\\\") + "]"
            place = end
        elif letter == "\\" and place + 1 < len(part):
            place += 1
            text += re.escape(part[place])
        else:
            text += {"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter))
        place += 1
    return text


@dataclass(frozen=True)
class Rules:
    """What holds in one directory: the patterns of those above it and its own."""

    chain: tuple[tuple[str, Patterns], ...] = field(default_factory=lambda: (("", Patterns.of(ALWAYS, top=True)),))

    def within(self, directory: str, text: str) -> Rules:
        """The rules in a directory that has a ``.gitignore``; the top is the empty string, others end in ``/``."""
        return Rules((*self.chain, (directory, Patterns.of(text, top=not directory))))

    def ignores(self, path: str) -> bool:
        """Whether a path below the top is ignored; that of a directory ends in ``/``."""
        for directory, patterns in reversed(self.chain):
            said = patterns.verdict(path[len(directory) :])
            if said is not None:
                return said
        return False
