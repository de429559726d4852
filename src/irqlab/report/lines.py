"""Lines of a report: text of at most 100 columns, and how it looks on a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

WIDTH = 100

#: Styles, by what they mean; how that looks is in :data:`LOOKS`.
PLAIN, HEAD, BAD, GOOD, WARN, DIM = "plain", "head", "bad", "good", "warn", "dim"

LOOKS = {PLAIN: "", HEAD: "bold", BAD: "bold red", GOOD: "bold green", WARN: "yellow", DIM: "dim"}


@dataclass(frozen=True)
class Line:
    """One line of a report."""

    text: str = ""
    style: str = PLAIN


def wrap(text: str, style: str = PLAIN, *, first: str = "", rest: str | None = None, width: int = WIDTH) -> list[Line]:
    """``text`` in lines that begin with ``first``, then ``rest`` (as many spaces, if it is not given)."""
    indent = " " * len(first) if rest is None else rest
    lines = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )
    return [Line(line, style) for line in lines or [first.rstrip()]]


def plain(lines: Iterable[Line]) -> str:
    """The lines as text for a file or a pipe."""
    return "".join(f"{line.text.rstrip()}\n" for line in lines)
