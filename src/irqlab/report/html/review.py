"""The page of ``irqlab review``: findings that are new, gone and left with the patch, each with its timeline.

Tests: ``tests/report/html/test_review.py``.
"""

from __future__ import annotations

from irqlab.report.compare import own_number
from irqlab.report.html.check import TONES
from irqlab.report.html.finding import Entry, Group, contents, sections
from irqlab.report.html.page import Verdict, page
from irqlab.report.review import PARTS, STYLES, about, part, sentence
from irqlab.report.text import covered
from irqlab.verdict.review import Judged, Review


def dumps(review: Review) -> str:
    """A review as the text of a page."""
    groups, number = [], 1
    for head, name in PARTS:
        entries: list[Entry] = []
        for judged in review.judged:
            compared = judged.comparison
            if compared is not None:
                side = compared.before if name in ("gone", "unsure") else compared.after
                for told in part(judged, name):
                    entries.append(Entry(number, own_number(side, told), side.setup, told))
                    number += 1
        groups += [Group(head, "", tuple(entries))] if entries else []
    lines = [line for judged in review.judged for line in _covered(judged)]
    facts = (
        ("what", about(review)),
        *(("not judged", f"{path}: {why}") for path, why in review.left_out),
        *(("good to know", note) for note in review.notes),
    )
    first = Verdict(review.word, TONES[STYLES[review.word]], sentence(review), tuple(lines), facts, ())
    return page(f"{review.word}: {review.subject or review.name}", first, contents(groups) if groups else None, sections(groups))


def _covered(judged: Judged) -> list[str]:
    compared = judged.comparison
    if compared is None:
        return [f"{judged.source}: {judged.word.lower()}: {judged.error}"]
    said = [f"{judged.source}: went on without the patch, and never does with it: {deed}" for deed in judged.lost]
    for which, side in (("without", compared.before), ("with", compared.after)):
        head = f"{judged.source} {which} the patch"
        said += [f"{head}: {covered(run, len(side.runs) > 1)}" for run in side.runs]
        said += [f"{head}: not modelled, and reached: {what}" for what, _ in side.unknown]
    return said
