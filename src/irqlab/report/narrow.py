"""Reports for mail: the same lines in 72 columns.

Tests: ``tests/report/test_narrow.py``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from irqlab.report.lines import Line, printable

#: Columns of a reply.
MAIL = 72

#: How much further in the rest of a long line stands.
_REST = 4


def narrow(lines: Iterable[Line], width: int = MAIL) -> Iterator[Line]:
    """Lines of at most ``width`` columns; what stands beside one comes after it, in brackets."""
    for line in lines:
        text = f"{line.text}  ({line.aside})" if line.aside else line.text
        for part in folded(text, width):
            yield Line(part, line.style)


def folded(text: str, width: int = MAIL) -> list[str]:
    """One line as several, the rest of it further in; a word that is longer than all is cut."""
    text = printable(text).rstrip()
    if len(text) <= width:
        return [text]
    margin = text[: len(text) - len(text.lstrip(" !"))]
    rest = " " * min(len(margin) + _REST, width // 2)
    return textwrap.wrap(
        text[len(margin) :], width, initial_indent=margin[: width // 2], subsequent_indent=rest, break_on_hyphens=False
    )
