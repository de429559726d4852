"""Two checks held against each other, for a reader: the verdict, what is gone, left and new, each with its trace; and as JSON.

Tests: ``tests/report/test_compare.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from irqlab.explore.check import Checked, Told
from irqlab.report import schemas
from irqlab.report.json import document
from irqlab.report.lines import BAD, DIM, GOOD, HEAD, PLAIN, WARN, Line, wrap
from irqlab.report.text import counted, covered, finding, overview, subject
from irqlab.verdict.compare import Comparison

#: What each part of a comparison is called; whether its traces are those of before; how it looks.
PARTS = (
    ("gone", "Gone: broken before, not after", True, GOOD),
    ("unsure", "Not decided: broken before, not seen after, where not all was looked at", True, WARN),
    ("left", "Left: broken before and after", False, PLAIN),
    ("new", "New: broken after, not before", False, BAD),
    ("unseen", "Not decided whether new: broken after, not seen before, where not all was looked at", False, WARN),
)


def report(comparison: Comparison) -> list[Line]:
    """The whole report."""
    lines = [*_verdict(comparison), Line()]
    number, traces = 1, []
    for name, head, was, style in PARTS:
        several: tuple[Told, ...] = getattr(comparison, name)
        if several:
            lines += [Line(head, HEAD if style == PLAIN else style), *overview(several, number), Line()]
        side = comparison.before if was else comparison.after
        traces += [(number + position, told, side) for position, told in enumerate(several)]
        number += len(several)
    for number, told, side in traces:
        lines += [*finding(side.setup, number, told, own=own_number(side, told)), Line()]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def own_number(checked: Checked, told: Told) -> int:
    """The number a finding has in its own check."""
    return checked.told.index(told) + 1


def verdict(comparison: Comparison) -> tuple[str, str, str]:
    """The verdict in a word, how it looks, and the sentence that goes with it."""
    counts = ", ".join(f"{len(getattr(comparison, name))} {name}" for name in ("gone", "left", "new"))
    said = f"{counts}, of {counted(len(comparison.before.broken), 'promise')} broken before"
    if comparison.after.broken:
        return "BROKEN", BAD, said
    return ("KEPT", GOOD, said) if comparison.kept else ("NOT DECIDED", WARN, said)


def _verdict(comparison: Comparison) -> Iterator[Line]:
    word, style, said = verdict(comparison)
    yield from wrap(said, style, first=f"{word}  ")
    for which, side in (("before", comparison.before), ("after", comparison.after)):
        yield from wrap(subject(side.setup), first=f"  {which:<7} ")
        for run in side.runs:
            yield from wrap(covered(run, len(side.runs) > 1), DIM, first="          ")
        for what, _ in side.unknown:
            yield from wrap(f"not modelled, and reached: {what}", WARN, first="          ")


def dumps(comparison: Comparison) -> str:
    """The comparison as JSON (schema: ``comparison-1.schema.json``): both checks as finding files hold them, and which findings
    of each are gone, left and new.
    """
    return json.dumps(plain(comparison), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(comparison: Comparison) -> dict[str, Any]:
    """The comparison as plain values; findings by their numbers in their own check."""
    kind = schemas.COMPARISON
    found: dict[str, Any] = {"irqlab": kind, "version": schemas.VERSIONS[kind], "decided": comparison.decided}
    for name, _, was, _ in PARTS:
        side = comparison.before if was else comparison.after
        found[name] = [own_number(side, told) for told in getattr(comparison, name)]
    return found | {"before": document(comparison.before), "after": document(comparison.after)}
