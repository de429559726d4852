"""A finding: what, where, whose, how to see it again; without a script its steps are an ordered list with all there is."""

from __future__ import annotations

import json
from typing import Any

import html5lib
import pytest

from irqlab.explore.check import Checked
from irqlab.report.html.check import dumps
from irqlab.report.text import place_of, statement
from irqlab.report.timeline import timeline

HTML = "{http://www.w3.org/1999/xhtml}"


def said(element: Any) -> str:
    return " ".join("".join(element.itertext()).split())


def article(checked: Checked, number: int) -> Any:
    root = html5lib.HTMLParser(strict=True).parse(dumps(checked))
    return next(element for element in root.iter(HTML + "article") if element.get("id") == f"f{number}")


def facts(found: Any) -> dict[str, str]:
    pairs = [div for div in found.iter(HTML + "div") if [child.tag for child in div] == [HTML + "dt", HTML + "dd"]]
    return {said(label): said(text) for label, text in pairs}


@pytest.mark.parametrize("which", ["unlinked", "storming", "small"])
def test_every_finding_says_what_where_and_whose(which: str, request: pytest.FixtureRequest):
    checked: Checked = request.getfixturevalue(which)
    root = html5lib.HTMLParser(strict=True).parse(dumps(checked))
    found = list(root.iter(HTML + "article"))
    assert len(found) == len(checked.told)
    for number, (element, told) in enumerate(zip(found, checked.told, strict=True), 1):
        assert said(element[0]) == f"{number} {told.breach.rule} in {place_of(told.breach)}"
        assert said(element[1]) == " ".join(next(iter(statement(told))).split())
        label = "note about" if told.breach.note else "blames"
        assert facts(element)[label] == f"the {told.breach.blame}: {told.breach.why_blame}"
        links = [link for link in root.iter(HTML + "a") if link.get("href") == f"#f{number}"]
        assert [said(link) for link in links] == [f"{number} {place_of(told.breach)}"]


def test_the_line_of_a_compiled_driver_and_the_commands_are_named(small: Checked):
    found = facts(article(small, 1))
    assert found["line"] == "drivers/irqchip/irq-x.c:91" and found["needs"].startswith("a crash: sysrq (")
    assert found["repeat"].startswith("irqlab replay finding.json --finding 1") and " --json finding.json" in found["made by"]


def test_steps_are_an_ordered_list_with_events_and_changes(unlinked: Checked):
    told = unlinked.told[1]
    [listed] = article(unlinked, 2).iter(HTML + "ol")
    assert [item.get("value") for item in listed] == [str(step.number) for step in told.trace.steps]
    suspends = next(item for item in listed if "kworker irqsteer runs" in said(item))
    assert "clk_disable_unprepare > clk_disable: clk ipg enable 1 -> 0; clock ipg stops" in said(suspends)
    [table] = suspends.iter(HTML + "table")
    rows = [[said(cell) for cell in row] for row in table.iter(HTML + "tr")]
    assert rows[0] == ["Record", "Field", "Before", "After"]
    assert ["RpmState(irqsteer)", "status", "active", "suspending"] in rows and ["ClockGate(ipg)", "on", "1", "0"] in rows


def test_where_the_promise_breaks_is_said_in_words(unlinked: Checked):
    [broken] = [p for p in article(unlinked, 2).iter(HTML + "p") if "bad" in (p.get("class") or "").split()]
    assert said(broken).startswith("broken here") and "while clock ipg is stopped" in said(broken)


def test_a_circle_is_a_list_of_its_own_that_counts_on(storming: Checked):
    number, told = next((n, t) for n, t in enumerate(storming.told, 1) if t.trace.circle)
    lists = list(article(storming, number).iter(HTML + "ol"))
    first = told.trace.circle[0].number
    assert lists[-1].get("class") == "steps circle" and lists[-1].get("start") == str(first)
    text = said(article(storming, number))
    assert "and then for ever:" in text and f"and again from step {first}" in text


def test_the_values_of_the_timeline_are_those_of_the_timeline(unlinked: Checked):
    [script] = article(unlinked, 2).iter(HTML + "script")
    values, made = json.loads(script.text), timeline(unlinked.told[1])
    assert [step[:3] for step in values["steps"]] == [[one.number, one.title, one.who] for one in made.moments]
    assert [step[3] for step in values["steps"]] == [2 * one.broken for one in made.moments]
    assert [lane[:5] for lane in values["lanes"]] == [
        [lane.group, lane.name, lane.drawn, lane.first.text, int(lane.first.high)] for lane in made.lanes
    ]
    assert [lane[5] for lane in values["lanes"]] == [
        [[cell.step, cell.text, list(cell.told), int(cell.high or cell.bad)] for cell in lane.cells] for lane in made.lanes
    ]
