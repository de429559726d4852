"""Text stays text, data stays data, and nothing ends a script but its end."""

from __future__ import annotations

import json

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from irqlab.report.html.markup import data, document, raw, tag

HTML = "{http://www.w3.org/1999/xhtml}"

NASTY = '</script><script>alert(1)</script><img src=x onerror=alert(1)><!-- &lt; \u2028 ]]> "'


def page(*content: object) -> str:
    head = tag("head", {}, tag("meta", {"charset": "utf-8"}), tag("title", {}, "x"))
    return document(tag("html", {"lang": "en"}, head, tag("body", {}, *content)))  # type: ignore[arg-type]


@given(st.text())
@example(NASTY)
def test_text_and_attributes_come_back_as_they_were(text: str):
    body = html5lib.HTMLParser(strict=True).parse(page(tag("p", {"title": text}, text))).find(f"{HTML}body")
    [paragraph] = body
    seen = "".join(letter if letter.isprintable() or letter == "\n" else "\N{REPLACEMENT CHARACTER}" for letter in text)
    assert (paragraph.text or "", paragraph.get("title"), list(paragraph)) == (seen, seen, [])


@given(st.recursive(st.text() | st.integers() | st.booleans() | st.none(), st.lists))
@example([NASTY])
def test_data_comes_back_as_it_was_and_nothing_else_runs(value: object):
    [script] = html5lib.HTMLParser(strict=True).parse(page(data(value, id="d"))).find(f"{HTML}body")
    assert script.get("type") == "application/json" and not set("<>&") & set(script.text)
    assert json.loads(script.text) == value


@pytest.mark.parametrize("text", ["a</script >", "a</SCRIPT>", "<!-- a"])
def test_a_script_that_would_end_itself_is_refused(text: str):
    with pytest.raises(ValueError, match="a script holds what ends it"):
        raw("script", text)


def test_content_goes_in_in_its_order():
    made = tag("p", {}, "a", tag("b", {}, "c"), "d", ["e", tag("i"), "f"])
    assert page(made).split("<body>")[1].startswith("<p>a<b>c</b>de<i></i>f</p>")
