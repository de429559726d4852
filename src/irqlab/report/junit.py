"""A check as JUnit XML: a testsuite, and a testcase a rule.  Nothing in it is a time.

Tests: ``tests/report/test_junit.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree import ElementTree

from irqlab.explore.check import Checked, Setup, Told
from irqlab.report.lines import one_line, plain, printable
from irqlab.report.outcome import Outcome, outcomes
from irqlab.report.scope import left_out
from irqlab.report.text import covered, proof, prose, subject, title_of


def dumps(checked: Checked) -> str:
    """A check as the text of a file."""
    suites = ElementTree.Element("testsuites")
    _suite(suites, checked)
    ElementTree.indent(suites, " ")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _element(parent: ElementTree.Element, name: str, /, text: str = "", **attributes: str) -> ElementTree.Element:
    """An element with nothing in it that XML does not have."""
    found = ElementTree.SubElement(parent, name, {key: one_line(value) for key, value in attributes.items()})
    found.text = printable(text) or None
    return found


def _suite(suites: ElementTree.Element, checked: Checked) -> None:
    found = outcomes(checked)
    failures = sum(bool(outcome.broken) for outcome in found)
    skipped = sum(bool(outcome.undecided) for outcome in found)
    counts = {"tests": len(found), "failures": failures, "errors": 0, "skipped": skipped}
    suite = _element(suites, "testsuite", name=subject(checked.setup), **{name: str(count) for name, count in counts.items()})
    properties = _element(suite, "properties")
    for name, value in _properties(checked):
        _element(properties, "property", name=name, value=value)
    for outcome in found:
        _case(suite, checked.setup, outcome)


def _properties(checked: Checked) -> Iterator[tuple[str, str]]:
    several = len(checked.runs) > 1
    yield from (("covered", covered(run, several)) for run in checked.runs)
    yield from (("assumed", text) for text in checked.setup.assumptions)
    yield from (("not looked at", text) for text in left_out(checked.setup.scope, checked.setup.board))


def _case(suite: ElementTree.Element, setup: Setup, outcome: Outcome) -> None:
    name = outcome.rule.name
    case = _element(suite, "testcase", classname=title_of(setup), name=name)
    if outcome.broken:
        message = prose(outcome.broken[0][1].breach.text)
        _element(case, "failure", _proofs(setup, outcome.broken), message=message, type=name)
    elif outcome.undecided:
        _element(case, "skipped", message=outcome.undecided)
    if outcome.notes:
        _element(case, "system-out", _proofs(setup, outcome.notes))


def _proofs(setup: Setup, findings: tuple[tuple[int, Told], ...]) -> str:
    return "\n" + "\n".join(plain(proof(setup, number, told)) for number, told in findings)
