"""What Kbuild wrote down beside an object: the command that made it, and every file that went into it.

``.<name>.o.cmd`` holds ``savedcmd_<object> := …`` (``cmd_<object>`` before v6.3, commit 92215e7a801d ("kbuild: rename
cmd_$@ to savedcmd_$@ in *.cmd files")), ``source_<object>`` and ``deps_<object>``.

Tests: ``tests/tree/test_command.py``.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_COMMAND = re.compile(r"^(?:saved)?cmd_\S+ := (.*)$", re.MULTILINE)
_SOURCE = re.compile(r"^source_\S+ := (\S+)$", re.MULTILINE)
_DEPENDENCIES = re.compile(r"^deps_\S+ := \\\n((?:.*\\\n)*.*)$", re.MULTILINE)
_LISTED = re.compile(r"\$\(wildcard ([^)]*)\)|(\S+)")


@dataclass(frozen=True)
class Recorded:
    """One ``.cmd`` file.

    :ivar command: the line that compiled the object, as a shell would be given it.
    :ivar source: the file that was compiled, as the command names it; empty for what has none.
    :ivar dependencies: the files it was made from, options (``include/config/…``) among them, as they are written.
    """

    command: str
    source: str
    dependencies: tuple[str, ...]

    def paths(self, build: Path) -> list[str]:
        """The files it was made from; relative names are below the build directory."""
        names = (self.source, *self.dependencies) if self.source else self.dependencies
        return [os.path.join(build, name) for name in names]


def parse(text: str) -> Recorded | None:
    """What a ``.cmd`` file says; None if it is none, or was cut short."""
    command = _COMMAND.search(text)
    if command is None:
        return None
    source = _SOURCE.search(text)
    block = _DEPENDENCIES.search(text)
    names = [found[1] or found[2] for found in _LISTED.finditer(block[1].replace("\\\n", "\n"))] if block else []
    # make wants $$ and \# where the shell wants $ and #.
    line = command[1].replace("$(pound)", "#").replace("\\#", "#").replace("$$", "$")
    return Recorded(first(line), source[1] if source else "", tuple(dict.fromkeys(names)))


def first(line: str) -> str:
    """The first of several commands in a line: the compiler; objtool and its like follow after ``;``."""
    quote = ""
    for place, letter in enumerate(line):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter == ";" and (place == 0 or line[place - 1] != "\\"):
            return line[:place].strip()
    return line.strip()


def beside(target: Path) -> Path:
    """The ``.cmd`` file of an object."""
    return target.with_name(f".{target.name}.cmd")
