"""Findings as sections: the promise, where, whose it is, the timeline, the trace, the commands; and a list to find them by.

Tests: ``tests/report/html/test_finding.py``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from irqlab.explore.check import Setup, Told
from irqlab.properties import RULES
from irqlab.report.html.markup import Element, data, tag
from irqlab.report.html.steps import steps
from irqlab.report.outcome import level
from irqlab.report.spot import spot
from irqlab.report.text import commands, place_of, prose, statement
from irqlab.report.timeline import Lane, Timeline, timeline


@dataclass(frozen=True)
class Entry:
    """A finding on a page.

    :ivar number: its number there, and ``own`` that in the check it is of.
    :ivar with_: what it is seen with, where that needs a word.
    """

    number: int
    own: int
    setup: Setup
    told: Told
    with_: str = ""


@dataclass(frozen=True)
class Group:
    """Findings that stand together under a heading."""

    head: str
    lead: str
    entries: tuple[Entry, ...]


def by_rule(entries: Iterable[Entry]) -> list[Group]:
    """Findings by the promise they break, notes apart."""

    def key(entry: Entry) -> tuple[str, bool]:
        return entry.told.breach.rule, entry.told.breach.note

    groups = []
    for (name, note), several in groupby(entries, key):
        rule = RULES[name]
        lead = f"Broken when {rule.broken_when}. {rule.matters}"
        groups.append(Group(f"{name} (notes)" if note else name, lead, tuple(several)))
    return groups


def contents(groups: Sequence[Group]) -> Element:
    """Every finding at a glance, to go to."""
    parts: list[Element] = []
    for group in groups:
        links = [
            tag(
                "li",
                {},
                tag(
                    "a",
                    {"href": f"#f{entry.number}"},
                    tag("span", {"class": "number"}, str(entry.number)),
                    " ",
                    tag("code", {}, place_of(entry.told.breach)),
                ),
                tag("span", {"class": "whose"}, f" {whose(entry.told)}"),
                tag("small", {}, f" {_cause(entry.told)}"),
            )
            for entry in group.entries
        ]
        parts += [tag("h3", {}, f"{group.head} ", tag("span", {"class": "count"}, str(len(links)))), tag("ul", {}, links)]
    return tag("nav", {"aria-labelledby": "contents"}, tag("h2", {"id": "contents"}, "Findings"), parts)


def whose(told: Told) -> str:
    """Whom it blames, or whom it is a note about."""
    return f"note about the {told.breach.blame}" if told.breach.note else f"blames the {told.breach.blame}"


def _cause(told: Told) -> str:
    return prose(", ".join(word for word in told.breach.cause if word))


def sections(groups: Sequence[Group]) -> list[Element]:
    """Every group with its findings in full."""
    found = []
    for position, group in enumerate(groups, 1):
        name = f"group-{position}"
        head = tag("h2", {"id": name}, group.head)
        lead = [tag("p", {"class": "lead"}, group.lead)] if group.lead else []
        several = [section(entry) for entry in group.entries]
        found.append(tag("section", {"class": "group", "aria-labelledby": name}, head, lead, several))
    return found


def section(entry: Entry) -> Element:
    """One finding in full."""
    setup, told, name = entry.setup, entry.told, f"f{entry.number}"
    text, *_ = statement(told)
    title = tag(
        "h3",
        {"id": f"{name}-title"},
        tag("span", {"class": "number"}, f"{entry.number} "),
        tag("span", {"class": "rule"}, told.breach.rule),
        " in ",
        tag("code", {}, place_of(told.breach)),
    )
    made = timeline(told)
    drawn = [tag("div", {"class": "timeline", "hidden": ""}), data(values(made), id=f"{name}-data")]
    trace = tag("div", {"class": "trace"}, steps(setup, entry.number, told))
    return tag(
        "article",
        {"class": f"finding {level(told.breach)}", "id": name, "aria-labelledby": f"{name}-title", "tabindex": "-1"},
        title,
        tag("p", {"class": "text"}, text),
        tag("dl", {"class": "facts"}, [tag("div", {}, tag("dt", {}, what), tag("dd", {}, said)) for what, said in _facts(entry)]),
        tag("div", {"class": "proof"}, drawn if made.moments else [], trace),
        tag("dl", {"class": "commands"}, [_command(label, words) for label, words in commands(setup, entry.own)]),
    )


def _facts(entry: Entry) -> list[tuple[str, str]]:
    """What there is to know of it besides its text, by label."""
    told, breach = entry.told, entry.told.breach
    where = spot(entry.setup, told)
    _, _, *more = statement(told)
    labelled = {"needs a crash: ": "needs", "only if ": "only if"}
    found = [("note about" if breach.note else "blames", f"the {breach.blame}: {breach.why_blame}")]
    if where is not None:
        found.append(("line", f"{where[0]}:{where[1]}"))
    for text in more:
        start = next(one for one in labelled if text.startswith(one))
        found.append((labelled[start], text.removeprefix("only if ").replace("needs a crash:", "a crash:")))
    cause = _cause(told)
    return [*found, *([("cause", cause)] if cause else []), *([("seen with", entry.with_)] if entry.with_ else [])]


def _command(label: str, words: list[str]) -> Element:
    return tag("div", {}, tag("dt", {}, label), tag("dd", {}, tag("code", {}, shlex.join(words))))


# -- the timeline as values ----------------------------------------------------------------------------------------


def values(made: Timeline) -> dict[str, Any]:
    """A timeline as the script reads it; what is empty is left out.

    ``steps``: [number, title, who, what it is], with what it is 1 where it is of the circle, plus 2 where the promise breaks.
    ``lanes``: [group, name, drawn, text at first, high at first, cells]; a cell is [step, text, events, high or bad].
    """
    moments = [[one.number, one.title, one.who, one.circle + 2 * one.broken] for one in made.moments]
    return {"steps": moments, "lanes": [_lane(lane) for lane in made.lanes]}


def _lane(lane: Lane) -> list[Any]:
    cells = [[cell.step, cell.text, list(cell.told), int(cell.high or cell.bad)] for cell in lane.cells]
    return [lane.group, lane.name, lane.drawn, lane.first.text, int(lane.first.high), cells]
