"""The pages of cures and of a comparison: the table of cures by rules, and findings under the headings they belong to."""

from __future__ import annotations

from typing import Any

import html5lib
import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.check import Setup, check
from irqlab.explore.scope import SCOPES
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.report.compare import report as compared
from irqlab.report.cures import report
from irqlab.report.html import compare, cures
from irqlab.report.lines import plain
from irqlab.verdict.compare import compare as hold
from irqlab.verdict.cures import Cured, cured

HTML = "{http://www.w3.org/1999/xhtml}"

Root = Any


def said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def read(text: str) -> Root:
    return html5lib.HTMLParser(strict=True).parse(text)


def setup(driver: str) -> Setup:
    return Setup(controller(driver), release("6.1"), Config(), load("irqsteer"), SCOPES["small"], "low")


@pytest.fixture(scope="module")
def result() -> Cured:
    return cured(setup("irqsteer@unlinked-2020"), ("skip-masked", "pm-device"), most=2)


def test_cures_by_rules_is_a_table_with_headers(result: Cured):
    text = cures.dumps(result)
    assert text == cures.dumps(result)
    [table] = [element for element in read(text).iter(HTML + "table") if element.get("class") == "grid"]
    rows = [[said(cell) for cell in row] for row in table.iter(HTML + "tr")]
    assert rows[0][:3] == ["Cures", "dead-register-access", "lost-interrupt"]
    assert [row[0] for row in rows[1:]] == ["without a cure", "skip-masked", "pm-device", "skip-masked + pm-device"]
    assert [head.get("scope") for head in table.iter(HTML + "th")] == ["col"] * len(rows[0]) + ["row"] * 4
    printed = [line.split() for line in plain(report(result)).splitlines()]
    assert all(" ".join(row).split() in printed for row in rows[1:])


def test_the_verdict_and_what_each_comes_to_are_those_of_the_report(result: Cured):
    root, printed = read(cures.dumps(result)), " ".join(plain(report(result)).split())
    assert printed.startswith(said(next(root.iter(HTML + "h1"))))
    listed = [said(element) for element in root.iter(HTML + "dd")]
    assert sum(text.startswith(("heals ", "heals everything")) for text in listed) == 3
    for text in listed:
        if text.startswith("heals "):
            assert text.partition("costs ")[0].strip() in printed


def test_findings_without_a_cure_are_all_there(result: Cured):
    articles = [element.get("id") for element in read(cures.dumps(result)).iter(HTML + "article")]
    assert articles == [f"f{number}" for number in range(1, len(articles) + 1)] and len(articles) >= len(result.bare.broken)


def test_a_comparison_has_its_findings_under_gone_left_and_new():
    before, after = check(setup("irqsteer@unlinked-2020"), memo=True), check(setup("irqsteer@5.19"), memo=True)
    comparison = hold(before, after)
    text = compare.dumps(comparison)
    root = read(text)
    sections = {said(e[0]): len(list(e.iter(HTML + "article"))) for e in root.iter(HTML + "section") if e.get("class") == "group"}
    expected = {
        "Gone: broken before, not after": len(comparison.gone),
        "Left: broken before and after": len(comparison.left),
        "New: broken after, not before": len(comparison.new),
    }
    assert sections == {head: count for head, count in expected.items() if count} and comparison.gone
    assert plain(compared(comparison)).startswith(said(next(root.iter(HTML + "h1"))).split(" ", 1)[0])
