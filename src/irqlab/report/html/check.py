"""The page of a check, and that of a replay.

Tests: ``tests/report/html/test_page.py``.
"""

from __future__ import annotations

from collections.abc import Sequence

from irqlab.explore.check import Checked, Setup, Told
from irqlab.report.about import about
from irqlab.report.html.finding import Entry, by_rule, contents, sections
from irqlab.report.html.markup import Element
from irqlab.report.html.page import BROKEN, KEPT, UNDECIDED, Verdict, listed, page
from irqlab.report.lines import BAD, GOOD, WARN
from irqlab.report.scope import left_out
from irqlab.report.text import command, counted, covered, reached, title_of, verdict

#: How the verdicts of a report in text look here.
TONES = {BAD: BROKEN, GOOD: KEPT, WARN: UNDECIDED}


def dumps(checked: Checked) -> str:
    """A check as the text of a page."""
    word, style, said = verdict(checked)
    several = len(checked.runs) > 1
    first = Verdict(
        word,
        TONES[style],
        said,
        (*(covered(run, several) for run in checked.runs), _counts(checked)),
        tuple(about(checked)),
        (("made by", command(checked.setup)),),
    )
    entries = [Entry(number, number, checked.setup, told) for number, told in enumerate(checked.told, 1)]
    groups = by_rule(entries)
    parts = [*sections(groups), *rest(checked)]
    return page(f"{word}: {title_of(checked.setup)}", first, contents(groups) if groups else None, parts)


def _counts(checked: Checked) -> str:
    unknown = f"{counted(len(checked.unknown), 'thing')} reached that nothing models" if checked.unknown else "nothing unmodelled"
    notes = counted(len(checked.notes), "note")
    return f"{counted(len(checked.broken), 'promise')} broken, {notes}, {unknown}"


def rest(checked: Checked) -> list[Element]:
    """What was not looked at, and what was taken for granted."""
    setup = checked.setup
    parts = (
        ("Not modelled, and reached", reached(checked), "unknown"),
        ("Assumed", list(setup.assumptions), "assumed"),
        ("Not looked at", left_out(setup.scope, setup.board), "left-out"),
    )
    return [listed(head, items, name) for head, items, name in parts if items]


def replayed(setup: Setup, told: Sequence[tuple[int, Told]], said: str) -> str:
    """Findings that were run again, by their numbers.

    :param said: what came of that.
    """
    groups = by_rule([Entry(number, number, setup, one) for number, one in told])
    first = Verdict("REPRODUCED", BROKEN, said, (), (), (("checked by", command(setup)),))
    return page(f"reproduced: {title_of(setup)}", first, contents(groups), sections(groups))
