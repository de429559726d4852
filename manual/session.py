"""irqlab's own output, for a page: a command, what it printed, and the parts of that worth showing."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from irqlab.cli import main

TOP = Path(__file__).parent.parent

#: Stands for what is left out of an output.
CUT = "..."


@dataclass(frozen=True)
class Session:
    """One command, its exit status and its output."""

    command: str
    status: int
    output: str

    @property
    def verdict(self) -> list[str]:
        """The first paragraph of a report."""
        return self.output.partition("\n\n")[0].splitlines()

    @property
    def names(self) -> list[str]:
        """The rules of the findings at a glance, notes too, each once."""
        return list(dict.fromkeys(re.findall(r"^ {,3}\d+  ([a-z-]+) in ", self.output, flags=re.MULTILINE)))

    def finding(self, rule: str) -> list[str]:
        """The first finding of a rule, without the commands that repeat it."""
        return self._from(rf"\d+\. {re.escape(rule)} in ")[0]

    def numbered(self, number: int) -> tuple[list[str], list[str]]:
        """A finding by its number, and the commands that repeat it."""
        return self._from(rf"{number}\. ")

    def _from(self, pattern: str) -> tuple[list[str], list[str]]:
        lines = self.output.splitlines()
        start = next(at for at, line in enumerate(lines) if re.match(pattern, line))
        made = next(at for at in range(start, len(lines)) if lines[at].startswith("  made by"))
        end = next((at for at in range(made, len(lines)) if not lines[at]), len(lines))
        return lines[start : made - 1], lines[made:end]


@cache
def session(command: str, folder: Path = TOP) -> Session:
    """Runs a command of irqlab in this process, in a folder: the top of its sources, if nothing else is said."""
    name, *words = shlex.split(command)
    assert name == "irqlab", command
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out):
        status = main(words)
    return Session(command, status, out.getvalue())


def console(command: str, lines: list[str]) -> list[str]:
    """A command with what is shown of its output."""
    return ["```console", f"$ {command}", *lines, "```"]
