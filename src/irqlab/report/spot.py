"""The one line of a compiled driver that a finding is at, for formats that point at lines.

Tests: ``tests/report/test_spot.py``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from irqlab.explore.check import Setup, Told
from irqlab.report.lines import BAD
from irqlab.report.places import is_source
from irqlab.report.trace import trace_paragraphs

if TYPE_CHECKING:
    from irqlab.guest.types import Place

#: A line of a source, as rules write it.
_LINE = re.compile(r"([\w./+-]+\.[chS]):(\d+)")


def spot(setup: Setup, told: Told) -> tuple[str, int] | None:
    """File and line: where the trace says that the promise is broken, else where the rule says so, else the last line of
    compiled code before it, of the driver's own source if there is one; None for a driver in Python.
    """
    if setup.origin is None:
        return None
    before: list[Place] = []
    for _, paragraph in trace_paragraphs(setup, told):
        if paragraph.style == BAD:
            if paragraph.places:
                return paragraph.places[0].file, paragraph.places[0].line
            break
        before += filter(is_source, paragraph.places)
    named = _LINE.search(f"{told.breach.facts.get('at', '')} {told.breach.text}")
    if named is not None:
        return named[1], int(named[2])
    mine = [place for place in before if place.file == setup.origin.source] or before
    return (mine[-1].file, mine[-1].line) if mine else None
