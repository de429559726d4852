"""The page of ``irqlab compare``: findings gone, left and new, each with its timeline.

Tests: ``tests/report/html/test_cures.py``.
"""

from __future__ import annotations

from irqlab.report.compare import PARTS, own_number, verdict
from irqlab.report.html.check import TONES
from irqlab.report.html.finding import Entry, Group, contents, sections
from irqlab.report.html.page import Verdict, page
from irqlab.report.text import command, covered, subject, title_of
from irqlab.verdict.compare import Comparison


def dumps(comparison: Comparison) -> str:
    """A comparison as the text of a page."""
    groups, number = [], 1
    for name, head, was, _ in PARTS:
        side, several = comparison.before if was else comparison.after, getattr(comparison, name)
        entries = tuple(Entry(number + at, own_number(side, told), side.setup, told) for at, told in enumerate(several))
        number += len(entries)
        groups += [Group(head, "", entries)] if entries else []
    word, style, said = verdict(comparison)
    sides = (("before", comparison.before), ("after", comparison.after))
    lines = [f"{which}: {covered(run, len(side.runs) > 1)}" for which, side in sides for run in side.runs]
    lines += [f"{which}: not modelled, and reached: {what}" for which, side in sides for what, _ in side.unknown]
    facts = tuple((which, subject(side.setup)) for which, side in sides)
    commands = tuple((which, command(side.setup)) for which, side in sides)
    first = Verdict(word, TONES[style], said, tuple(lines), facts, commands)
    title = f"{title_of(comparison.before.setup)} and {title_of(comparison.after.setup)}"
    return page(f"{word}: {title}", first, contents(groups) if groups else None, sections(groups))
