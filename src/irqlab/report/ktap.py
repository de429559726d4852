"""A check as KTAP version 1, as the kernel's own ``tools/testing/kunit/kunit.py parse`` reads it: a suite, a test a rule.

The trace of what is broken stands before its ``not ok``, as diagnostics.

Tests: ``tests/report/test_ktap.py``, and with that parser ``tests/real/test_formats.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from irqlab.explore.check import Checked
from irqlab.report.lines import one_line, plain, printable
from irqlab.report.outcome import Outcome, outcomes, undecided
from irqlab.report.text import covered, proof, title_of

_HEADER = "KTAP version 1"

#: What no name of a test may have: ``#`` begins a directive, and parsers tell names apart by what they see.
_FOREIGN = re.compile(r"[^\w@./+:,=-]")


def dumps(checked: Checked) -> str:
    """A check as the text of a file."""
    name = _FOREIGN.sub("_", printable(title_of(checked.setup))) or "_"
    inner = [_HEADER, f"# Subtest: {name}", *_suite(checked)]
    why = "" if checked.broken else undecided(checked)
    lines = [_HEADER, "1..1", *(f"  {line}" for line in inner), _result(1, name, not checked.broken, why)]
    return "".join(f"{line}\n" for line in lines)


def _suite(checked: Checked) -> Iterator[str]:
    found = outcomes(checked)
    yield f"1..{len(found)}"
    yield from (f"# {one_line(covered(run, len(checked.runs) > 1))}" for run in checked.runs)
    for number, outcome in enumerate(found, 1):
        yield from _diagnostics(checked, outcome)
        yield _result(number, outcome.rule.name, not outcome.broken, outcome.undecided)


def _diagnostics(checked: Checked, outcome: Outcome) -> Iterator[str]:
    for number, told in (*outcome.broken, *outcome.notes):
        text = printable(plain(proof(checked.setup, number, told)))
        yield from (f"# {line}".rstrip() for line in text.rstrip("\n").split("\n"))


def _result(number: int, name: str, ok: bool, undecided: str) -> str:
    skip = f" # SKIP {one_line(undecided).replace('#', '_')}" if undecided else ""
    return f"{'ok' if ok else 'not ok'} {number} {name}{skip}"
