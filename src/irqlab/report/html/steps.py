"""The trace of a finding as an ordered list: who does what, what happens in it, what it changes.

Tests: ``tests/report/html/test_finding.py``.
"""

from __future__ import annotations

from itertools import groupby

from irqlab.explore.check import Setup, Told
from irqlab.explore.trace import TraceStep
from irqlab.report.differences import Difference, differences
from irqlab.report.html.markup import Element, tag
from irqlab.report.lines import BAD, DIM, HEAD, PLAIN, WARN
from irqlab.report.places import beside
from irqlab.report.trace import Paragraph, trace_paragraphs
from irqlab.report.words import Say

#: How a paragraph looks, by its style.
_CLASSES = {BAD: "bad", WARN: "other", DIM: "stands"}

#: Calls deeper than that are set in no further.
_DEEPEST = 12


def steps(setup: Setup, number: int, told: Told) -> list[Element]:
    """All steps, and how the trace ends.

    :param number: the finding's; steps are linked to as ``#f1s2``.
    """
    say = Say(told.trace.short)
    circle = {step.number for step in told.trace.circle}
    items: dict[bool, list[Element]] = {False: [], True: []}
    ends: list[Element] = []
    for step, several in groupby(trace_paragraphs(setup, told), key=lambda pair: pair[0]):
        said = [paragraph for _, paragraph in several]
        if step is None:
            ends += [tag("p", {"class": f"end {_CLASSES.get(one.style, '')}".strip()}, _words(one)) for one in said]
        else:
            items[step.number in circle].append(_step(number, step, said, say))
    found = [tag("ol", {"class": "steps"}, items[False])] if items[False] else []
    if not items[True]:
        return [*found, *ends]
    start = {"class": "steps circle", "start": str(told.trace.circle[0].number)}
    return [*found, ends[0], tag("ol", start, items[True]), *ends[1:]]


def _step(number: int, step: TraceStep, said: list[Paragraph], say: Say) -> Element:
    title, *rest = said
    name = f"f{number}s{step.number}"
    count = f"{len(step.raw)} segments" if len(step.raw) > 1 else ""
    head = tag("h4", {}, tag("span", {"class": "number"}, str(step.number)), " ", tag("span", {"class": "title"}, title.text))
    if count:
        head.append(tag("small", {}, f" {count}"))
    rows = list(differences(step.changes, say))
    return tag(
        "li",
        {"id": name, "value": str(step.number)},
        head,
        tag("div", {"class": "told"}, [_paragraph(one) for one in rest] or [tag("p", {"class": "nothing"}, "Nothing is told.")]),
        _table(step.number, rows) if rows else tag("p", {"class": "nothing"}, "Nothing is another after it."),
    )


def _paragraph(one: Paragraph) -> Element:
    kind = _CLASSES.get(one.style, "")
    return tag("p", {"class": f"l{min(one.level, _DEEPEST)} {kind}".strip()}, _words(one))


def _words(one: Paragraph) -> list[str | Element]:
    """A paragraph with its mark, and with the lines of source beside it."""
    text = one.text + one.tail
    found: list[str | Element] = []
    if one.style in (BAD, WARN):
        found.append(tag("strong", {"class": "verb"}, "broken here" if one.style == BAD else "also broken"))
    elif one.style == DIM:
        text = f"… {text}"
    name = {HEAD: "strong", PLAIN: ""}.get(one.style, "span")
    found.append(tag(name, {"class": "text"}, text) if name else text)
    where = beside(one.places)
    return [*found, tag("span", {"class": "at"}, where)] if where else found


def _table(number: int, rows: list[Difference]) -> Element:
    """What is another after a step than before it."""
    heads = [tag("th", {"scope": "col"}, head) for head in ("Record", "Field", "Before", "After")]
    return tag(
        "table",
        {"class": "changes"},
        tag("caption", {}, f"Step {number} changes"),
        tag("thead", {}, tag("tr", {}, heads)),
        tag("tbody", {}, [_row(row) for row in rows]),
    )


def _row(row: Difference) -> Element:
    cells = [tag("td", {}, text) for text in (row.field, row.was, row.now)]
    return tag("tr", {}, tag("th", {"scope": "row"}, row.record), cells)
