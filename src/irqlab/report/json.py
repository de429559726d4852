"""The result of a check as JSON: a finding file, which ``irqlab replay`` reads (schema: ``finding-1.schema.json``).

Tests: ``tests/report/test_json.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from irqlab.errors import InputError
from irqlab.explore.check import Checked, Setup, Told
from irqlab.explore.graph import Step
from irqlab.explore.origin import Linked, Origin
from irqlab.explore.trace import CALL
from irqlab.report import schemas
from irqlab.report.lines import plain
from irqlab.report.scope import left_out
from irqlab.report.trace import trace_lines
from irqlab.report.words import Say, function
from irqlab.report.words import told as words

VERSION = schemas.VERSIONS[schemas.FINDING]

#: What a file says of the configuration only where it is set.
_OPTIONAL = ("spurious", "irqfixup")


def dumps(checked: Checked) -> str:
    """A check as the text of a finding file."""
    return json.dumps(document(checked), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def document(checked: Checked) -> dict[str, Any]:
    """A check as plain values."""
    verdict = "broken" if checked.broken else "kept" if checked.decided else "not-decided"
    found = {
        "irqlab": "finding",
        "version": VERSION,
        "setup": _setup(checked.setup),
        "verdict": verdict,
        "runs": [
            {
                "output_when_gated": run.output,
                "states": run.states,
                "successors": run.successors,
                "depth": run.depth,
                "stopped": run.stopped,
            }
            for run in checked.runs
        ],
        "findings": [_finding(checked.setup, number, told) for number, told in enumerate(checked.told, 1)],
        "unknown": [{"what": what, "count": count} for what, count in checked.unknown],
        "assumptions": list(checked.setup.assumptions),
        "left_out": left_out(checked.setup.scope, checked.setup.board),
    }
    return found | {"seal": seal(found)}


def schema() -> dict[str, Any]:
    """The schema of finding files."""
    return schemas.schema(schemas.FINDING)


def seal(document: dict[str, Any]) -> str:
    """The sha256 of everything in a document but its seal: damage is seen, whatever it hits."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def _setup(setup: Setup) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": setup.driver.name}
    if setup.driver_file:
        driver |= {"file": setup.driver_file, "sha256": file_digest(setup.driver_file)}
    if setup.origin is not None:
        driver |= {"compiled": _origin(setup.origin)}
    board: dict[str, Any] = {"name": setup.board.name}
    if setup.board_file:
        board |= {"file": setup.board_file, "dts": setup.dts}
    return {
        "driver": driver,
        "kernel": {"release": setup.release.name, "with": list(setup.release.added), "without": list(setup.release.removed)},
        "config": {name: value for name, value in asdict(setup.config).items() if value or name not in _OPTIONAL},
        "board": board,
        "scope": {name: _listed(value) for name, value in asdict(setup.scope).items()},
        "output_when_gated": setup.output,
    }


def _origin(origin: Origin) -> dict[str, Any]:
    """A compiled driver; where it lay on this machine is not said."""
    return {
        "object": _linked(origin.driver),
        "arch": origin.arch,
        "source": origin.source,
        "version": origin.version,
        "config": origin.config,
        "also": [_linked(linked) for linked in origin.also],
        **({"core": [_linked(linked) for linked in origin.beneath]} if origin.beneath else {}),
    }


def _linked(linked: Linked) -> dict[str, str]:
    return {"path": linked.path, "sha256": linked.sha256}


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _finding(setup: Setup, number: int, told: Told) -> dict[str, Any]:
    breach, finding = told.breach, told.finding
    found = {
        "number": number,
        "note": breach.note,
        "rule": breach.rule,
        "place": breach.place,
        "cause": list(breach.cause),
        "text": breach.text,
        "blame": breach.blame,
        "why": breach.why_blame,
        "crash": finding.crash,
        "output_when_gated": told.output,
        "only_under": list(told.under),
        "steps": [_step(step) for step in finding.steps],
        "circle": [_step(step) for step in finding.circle],
        "digest": told.trace.digest,
        "trace": plain(trace_lines(setup, told)).splitlines(),
    }
    return found | ({"events": list(_events(told))} if setup.origin is not None else {})


def _events(told: Told) -> Iterator[dict[str, Any]]:
    """What compiled code did itself on the way, each with the lines that led there, the innermost first."""
    say = Say(told.trace.short)
    for step in (*told.trace.steps, *told.trace.circle):
        for event in step.events:
            if event.chain:
                what = f"{function(event.name)}()" if event.kind == CALL else words(event, say)
                places = [{"function": place.function, "file": place.file, "line": place.line} for place in event.chain]
                yield {"step": step.number, "kind": event.kind, "what": what, "places": places}


def _step(step: Step) -> dict[str, Any]:
    return {"action": step.action, "choices": list(step.script)} if step.script else {"action": step.action}


def file_digest(path: str) -> str:
    """The sha256 of a driver file."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}): give the path of the driver file") from None
