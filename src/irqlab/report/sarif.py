"""A check as SARIF 2.1.0: rules, and a result a finding with its trace as a code flow, one thread flow a context.

Paths are those below the top of the kernel tree; a driver in Python has none, and is named by function.  Debug information
has no columns that could be relied on, so regions have none.

Tests: ``tests/report/test_sarif.py``.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from typing import Any
from urllib.parse import quote

from irqlab import version
from irqlab.explore.check import Checked, Setup, Told
from irqlab.properties import RULES, Breach, Rule
from irqlab.report.lines import BAD, printable
from irqlab.report.outcome import ERROR, NOTE, WARNING, level, undecided
from irqlab.report.places import inside
from irqlab.report.scope import title
from irqlab.report.spot import spot
from irqlab.report.text import place_of, statement, title_of
from irqlab.report.trace import Paragraph, trace_paragraphs
from irqlab.report.words import Say

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

#: What paths begin at.
_BASE = "SRCROOT"

#: The most locations that code scanning takes of one result.
MAX_LOCATIONS = 10_000

_INDEX = {name: index for index, name in enumerate(RULES)}

#: Numbers of lines, which move while a finding stays the same.
_LINE = re.compile(r":\d+\b")


def dumps(checked: Checked) -> str:
    """A check as the text of a file."""
    return json.dumps(_sound(document(checked)), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def document(checked: Checked) -> dict[str, Any]:
    """A check as plain values."""
    setup = checked.setup
    tool = {"name": "irqlab", "version": version(), "rules": [_rule(rule) for rule in RULES.values()]}
    base = {_BASE: {"description": _message("the top of the kernel tree")}}
    run = {
        "tool": {"driver": tool},
        "automationDetails": {"id": _id(setup)},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _notifications(checked)}],
        **({"originalUriBaseIds": base} if setup.origin is not None else {}),
        "results": _results(checked),
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _sound(value: Any) -> Any:
    """The same, with only such text as everybody reads."""
    if isinstance(value, dict):
        return {key: _sound(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_sound(item) for item in value]
    return printable(value) if isinstance(value, str) else value


def _message(text: str) -> dict[str, str]:
    return {"text": text}


def _rule(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.name,
        "shortDescription": _message(rule.broken_when),
        "fullDescription": _message(rule.matters),
        "help": _message(f"Broken when {rule.broken_when}.\n\n{rule.matters}\n\nUsual cure: {rule.cure}"),
        "defaultConfiguration": {"level": ERROR},
    }


def _id(setup: Setup) -> str:
    """What makes this check another than those beside it: they do not take each other's place."""
    core = [setup.origin.core] if setup.origin is not None else []
    parts = (title_of(setup), str(setup.release), setup.config.arch, *core, setup.board.name, title(setup.scope), setup.output)
    return "irqlab/" + "".join(f"{part}/" for part in parts if part)


def _notifications(checked: Checked) -> list[dict[str, Any]]:
    why = undecided(checked)
    said = [{"level": WARNING, "message": _message(f"not decided: {why}")}] if why else []
    return said + [{"level": NOTE, "message": _message(f"assumed: {text}")} for text in checked.setup.assumptions]


# -- findings --------------------------------------------------------------------------------------------------------


def _results(checked: Checked) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    found = []
    for number, told in enumerate(checked.told, 1):
        print_ = _fingerprint(checked.setup, told.breach)
        seen[print_] += 1
        found.append(_result(checked.setup, number, told, f"{print_}:{seen[print_]}"))
    return found


def _fingerprint(setup: Setup, breach: Breach) -> str:
    """What stays the same while lines move and releases come: the driver, the promise, where, and what led to it."""
    return hashlib.sha256(json.dumps([title_of(setup), *(_LINE.sub("", part) for part in breach.key)]).encode()).hexdigest()


def _result(setup: Setup, number: int, told: Told, fingerprint: str) -> dict[str, Any]:
    breach = told.breach
    return {
        "ruleId": breach.rule,
        "ruleIndex": _INDEX[breach.rule],
        "level": level(breach),
        "message": _message("\n".join(statement(told))),
        "locations": [_location(setup, told)],
        "partialFingerprints": {"breach/v1": fingerprint},
        "codeFlows": [_code_flow(setup, told)],
        "properties": {"number": number, "blame": breach.blame, "crash": told.finding.crash, "outputWhenGated": told.output},
    }


def _location(setup: Setup, told: Told) -> dict[str, Any]:
    name = place_of(told.breach)
    logical = {"name": name, "fullyQualifiedName": f"{title_of(setup)}::{name}"}
    where = {"logicalLocations": [logical | ({"kind": "function"} if name.isidentifier() else {})]}
    if setup.origin is None:
        return where
    found = spot(setup, told)
    return {"physicalLocation": _physical(*found) if found is not None else _physical(title_of(setup)), **where}


def _physical(file: str, line: int = 0) -> dict[str, Any]:
    uri = quote(inside(file).encode(errors="surrogateescape"))
    artifact = {"artifactLocation": {"uri": uri, "uriBaseId": _BASE}}
    return artifact | ({"region": {"startLine": line}} if line > 0 else {})


def _code_flow(setup: Setup, told: Told) -> dict[str, Any]:
    """The trace: who does what in a flow of its own, in one order over all of them."""
    said: list[tuple[str, dict[str, Any]]] = []
    who, say = "boot", Say(told.trace.short)
    for step, paragraph in trace_paragraphs(setup, told):
        who = say(step.context or "hardware") if step is not None else who
        said += [(who, location) for location in _moments(paragraph)]
    left = len(said) - MAX_LOCATIONS + 1
    if left > 1:
        where = {"location": {"message": _message(f"{left} locations before this one are left out")}}
        said = [(said[left][0], where), *said[left:]]
    flows: dict[str, list[dict[str, Any]]] = {}
    for order, (who, moment) in enumerate(said, 1):
        flows.setdefault(who, []).append(moment | {"executionOrder": order})
    return {"threadFlows": [{"id": who, "locations": moments} for who, moments in flows.items()]}


def _moments(paragraph: Paragraph) -> list[dict[str, Any]]:
    """What a paragraph says, once for each line of source it happens at."""
    message = {"message": _message(paragraph.text)}
    places = dict.fromkeys((place.file, place.line) for place in paragraph.places)
    locations = [message | {"physicalLocation": _physical(*place)} for place in places] or [message]
    more = {"importance": "essential"} if paragraph.style == BAD else {}
    return [{"location": location, "nestingLevel": paragraph.level, **more} for location in locations]
