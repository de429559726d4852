"""Lines of a report: text of at most 100 columns, an aside to the right of it, and how it looks on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100

#: The column asides begin in, where the text beside them is not longer.
ASIDE = 80

#: Styles, by what they mean; how that looks is in :data:`LOOKS`.
PLAIN, HEAD, BAD, GOOD, WARN, DIM = "plain", "head", "bad", "good", "warn", "dim"

LOOKS = {PLAIN: "", HEAD: "bold", BAD: "bold red", GOOD: "bold green", WARN: "yellow", DIM: "dim"}


@dataclass(frozen=True)
class Line:
    """One line of a report.

    :ivar aside: what stands to the right of it: a place in a source file.
    """

    text: str = ""
    style: str = PLAIN
    aside: str = ""

    @property
    def gap(self) -> str:
        """The blanks between the text and what stands beside it."""
        return " " * (max(ASIDE - len(self.text), 2)) if self.aside else ""


def wrap(
    text: str, style: str = PLAIN, *, first: str = "", rest: str | None = None, width: int = WIDTH, aside: str = ""
) -> list[Line]:
    """``text`` in lines that begin with ``first``, then ``rest`` (as many spaces, if it is not given).

    :param aside: stands to the right of the last of them.
    """
    indent = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    *before, last = lines or [first.rstrip()]
    return [*(Line(line, style) for line in before), Line(last, style, aside)]


def printable(text: str) -> str:
    """``text`` without what a terminal, XML or JSON could trip over: control characters, halves of characters."""
    return "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)


def one_line(what: object) -> str:
    """What is said, on one line, whatever is in it."""
    return printable(" ".join(str(what).split()))


def plain(lines: Iterable[Line]) -> str:
    """The lines as text for a file or a pipe."""
    return "".join(f"{line.text}{line.gap}{line.aside}".rstrip() + "\n" for line in lines)
