"""A page: valid, alone, the same bytes each time, the verdict first."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

import html5lib
import pytest

from irqlab.explore.check import Checked
from irqlab.report.html.check import dumps, replayed
from irqlab.report.html.page import SCRIPTS, STYLES, asset
from irqlab.report.text import command, covered, verdict

HTML = "{http://www.w3.org/1999/xhtml}"


def read(text: str) -> Any:
    """The page, as the standard reads it; any mistake in it is an error."""
    return html5lib.HTMLParser(strict=True).parse(text)


def said(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def one(root: Any, name: str) -> Element:
    [found] = root.iter(HTML + name)
    return found


@pytest.mark.parametrize("which", ["unlinked", "storming", "kept", "small"])
def test_what_is_written_is_valid_and_the_same_each_time(which: str, request: pytest.FixtureRequest):
    checked: Checked = request.getfixturevalue(which)
    text = dumps(checked)
    assert text == dumps(checked)
    root = read(text)
    names = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(names) == len(set(names))
    links = {element.get("href") for element in root.iter(HTML + "a")}
    assert links <= {f"#{name}" for name in names}


def test_the_verdict_comes_first(unlinked: Checked):
    root = read(dumps(unlinked))
    word, _, sentence = verdict(unlinked)
    assert said(one(root, "h1")) == f"{word} {sentence}"
    banner = one(root, "header")
    assert covered(unlinked.runs[0], False) in said(banner) and command(unlinked.setup) in said(banner)
    assert f"{len(unlinked.broken)} promises broken, 0 notes, nothing unmodelled" in said(banner)
    assert said(one(root, "title")) == "BROKEN: irqsteer@unlinked-2020"


def test_what_is_not_known_is_said_aloud(small: Checked):
    root = read(dumps(replace(small, unknown=(("foo()", 2),))))
    assert "1 thing reached that nothing models" in said(one(root, "header"))
    assert "foo() (seen in 2 ways)" in said(root)


def test_a_page_without_findings_has_none_to_go_to(kept: Checked):
    root = read(dumps(kept))
    assert not list(root.iter(HTML + "nav")) and not list(root.iter(HTML + "article"))
    assert said(one(root, "h1")).startswith("KEPT no promise broken in ") and "Not looked at" in said(root)


def test_what_may_run_is_named_by_digest_and_nothing_may_be_asked_for(unlinked: Checked):
    text = dumps(unlinked)
    root = read(text)
    policy = next(meta for meta in root.iter(HTML + "meta") if meta.get("http-equiv") == "Content-Security-Policy")
    allowed = dict(rule.split(" ", 1) for rule in (policy.get("content") or "").split("; "))
    assert allowed["default-src"] == "'none'" and allowed["form-action"] == allowed["base-uri"] == "'none'"
    for name, kind in (("style", "style-src"), ("script", "script-src")):
        [element] = [e for e in root.iter(HTML + name) if e.get("type") is None]
        digest = base64.b64encode(hashlib.sha256((element.text or "").encode()).digest()).decode()
        assert allowed[kind] == f"'sha256-{digest}'"
    sources = [value for e in root.iter() for key in ("src", "href", "action", "style") if (value := e.get(key))]
    assert {value for value in sources if not value.startswith("#")} == {"data:,"}
    assert not re.search(r"url\(|@import|https?:|//www|fetch\(|XMLHttp", asset(*STYLES, *SCRIPTS))


def test_headings_go_down_one_at_a_time(unlinked: Checked):
    levels = [int(element.tag[-1]) for element in read(dumps(unlinked)).iter() if re.fullmatch(rf"{HTML}h[1-6]", element.tag)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_a_replay_says_what_came_of_it(unlinked: Checked):
    root = read(replayed(unlinked.setup, [(3, unlinked.told[2])], "1 finding of x: the same steps"))
    assert said(one(root, "h1")) == "REPRODUCED 1 finding of x: the same steps"
    assert [article.get("id") for article in root.iter(HTML + "article")] == ["f3"]
