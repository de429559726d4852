"""The result of a check as JSON, and back: what ``irqlab replay`` reads (schema: ``finding-1.schema.json``).

Reading trusts nothing: size, nesting, duplicate keys, numbers and names are checked before anything is built, and
whatever is wrong ends in one :class:`~irqlab.errors.FindingError` that says what, where (a JSON pointer) and what to do.

Tests: ``tests/report/test_json.py``.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from irqlab.board import load as load_board
from irqlab.board import names as board_names
from irqlab.errors import BoardError, FindingError, InputError
from irqlab.explore.check import Checked, Setup, Told
from irqlab.explore.findings import Finding
from irqlab.explore.graph import Step
from irqlab.explore.scope import Scope
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import RELEASES, SWITCHES, Release, release
from irqlab.properties import Breach
from irqlab.report.board import from_text
from irqlab.report.lines import plain
from irqlab.report.scope import left_out
from irqlab.report.trace import trace_lines

VERSION = 1

#: The largest finding file that is read, in bytes.
MAX_BYTES = 64 << 20

_AGAIN = "make it anew with 'irqlab check … --json FILE'"


# -- writing -------------------------------------------------------------------------------------------------------


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
        "assumptions": list(checked.setup.board.assumptions),
        "left_out": left_out(checked.setup.scope, checked.setup.board),
    }
    return found | {"seal": seal(found)}


def seal(document: dict[str, Any]) -> str:
    """The sha256 of everything in a document but its seal: damage is seen, whatever it hits."""
    rest = {key: value for key, value in document.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()).hexdigest()


def _setup(setup: Setup) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": setup.driver.name}
    if setup.driver_file:
        driver |= {"file": setup.driver_file, "sha256": file_digest(setup.driver_file)}
    board: dict[str, Any] = {"name": setup.board.name}
    if setup.board_file:
        board |= {"file": setup.board_file, "dts": setup.dts}
    return {
        "driver": driver,
        "kernel": {"release": setup.release.name, "with": list(setup.release.added), "without": list(setup.release.removed)},
        "config": asdict(setup.config),
        "board": board,
        "scope": {name: _listed(value) for name, value in asdict(setup.scope).items()},
        "output_when_gated": setup.output,
    }


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, tuple) else value


def _finding(setup: Setup, number: int, told: Told) -> dict[str, Any]:
    breach, finding = told.breach, told.finding
    return {
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


def _step(step: Step) -> dict[str, Any]:
    return {"action": step.action, "choices": list(step.script)} if step.script else {"action": step.action}


def file_digest(path: str) -> str:
    """The sha256 of a driver file."""
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest()
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}): give the path of the driver file") from None


# -- reading -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Expected:
    """One finding as a file has it.

    :ivar output: what undecided controllers drive in its trace.
    """

    number: int
    finding: Finding
    output: str
    under: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Loaded:
    """A finding file that was read and checked."""

    setup: Setup
    findings: tuple[Expected, ...]


def load(path: str, driver_file: Callable[[str], Driver] | None = None, file: str = "") -> Loaded:
    """Reads a finding file.

    :param driver_file: how a Python driver is read; ``file`` is the one the user gave, for a finding of such a driver.
    """
    data = _checked(path, _bytes(path))
    setup = _build(path, data["setup"], driver_file, file)
    findings = []
    for position, item in enumerate(data["findings"]):
        if item["number"] != position + 1:
            _refuse(path, f"/findings/{position}/number", f"is {item['number']} instead of {position + 1}")
        breach = Breach(item["rule"], item["place"], tuple(item["cause"]), item["text"], item["blame"], item["why"], item["note"])
        finding = Finding(breach, _steps(item["steps"]), _steps(item["circle"]), item["crash"])
        findings.append(Expected(item["number"], finding, item["output_when_gated"], tuple(item["only_under"]), item["digest"]))
    return Loaded(setup, tuple(findings))


def _steps(items: Iterable[dict[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step(item["action"], tuple(item.get("choices", ()))) for item in items)


def _bytes(path: str) -> bytes:
    try:
        if Path(path).is_dir():
            raise FindingError(f"{path}: is a directory: give a finding file, made with 'irqlab check … --json FILE'")
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise FindingError(
            f"{path}: cannot be read ({reason}): give a finding file, made with 'irqlab check … --json FILE'"
        ) from None
    if len(data) > MAX_BYTES:
        raise FindingError(f"{path}: is larger than {MAX_BYTES >> 20} MiB, which no finding file is: {_AGAIN}")
    return data


class _DuplicateError(ValueError):
    """The same key twice in one object."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise _DuplicateError(key)
        found[key] = value
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text} is no JSON number")


def _checked(path: str, data: bytes) -> dict[str, Any]:
    """The document, valid against the schema."""
    try:
        text = data.decode()
        document = json.loads(text, object_pairs_hook=_object, parse_constant=_no_number)
        json.dumps(document, ensure_ascii=False).encode()  # no half characters
    except UnicodeDecodeError as error:
        raise FindingError(f"{path}: is no JSON (byte {error.start} is no UTF-8): {_AGAIN}") from None
    except UnicodeEncodeError:
        raise FindingError(f"{path}: has a half character (a lone surrogate): {_AGAIN}") from None
    except json.JSONDecodeError as error:
        raise FindingError(f"{path}:{error.lineno}:{error.colno}: is no JSON ({error.msg}): {_AGAIN}") from None
    except _DuplicateError as error:
        raise FindingError(f"{path}: has the key {_brief(str(error))} twice in one object: {_AGAIN}") from None
    except (ValueError, RecursionError) as error:
        why = "nested too deep" if isinstance(error, RecursionError) else _brief(str(error))
        raise FindingError(f"{path}: is no JSON that irqlab reads ({why}): {_AGAIN}") from None
    if not isinstance(document, dict) or document.get("irqlab") != "finding":
        raise FindingError(f'{path}: is no finding file of irqlab (it does not begin with "irqlab": "finding"): {_AGAIN}')
    version = document.get("version")
    if isinstance(version, int) and not isinstance(version, bool) and version > VERSION:
        raise FindingError(
            f"{path}: /version: is {_brief(repr(version))}, and this irqlab reads up to {VERSION}: "
            "read it with the irqlab that made it"
        )
    try:
        _validate(path, document)
    except RecursionError:
        raise FindingError(f"{path}: is nested too deep: {_AGAIN}") from None
    if document["seal"] != seal(document):
        _refuse(path, "/seal", "does not fit what is in the file, which was damaged or changed")
    return document


@cache
def schema() -> dict[str, Any]:
    """The schema of finding files."""
    text = (files("irqlab.report") / f"finding-{VERSION}.schema.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _validate(path: str, document: dict[str, Any]) -> None:
    from jsonschema import Draft202012Validator

    first = next(iter(Draft202012Validator(schema()).iter_errors(document)), None)
    if first is None:
        return
    where = "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in first.absolute_path)
    _refuse(path, where, _wrong(str(first.validator), first.validator_value, first.instance))


def _wrong(validator: str, wanted: Any, instance: Any) -> str:
    """What is wrong with a value, in a few words."""
    found = _brief(repr(instance))
    if validator == "required":
        return f"lacks '{next(name for name in wanted if name not in instance)}'"
    if validator == "additionalProperties":
        return "has a key that is not known"
    if validator == "type":
        return f"is {found}, not of type {wanted}"
    if validator in ("enum", "const"):
        return f"is {found}, not {wanted if validator == 'const' else 'one of ' + ', '.join(map(repr, wanted))}"
    return f"is {found}, which breaks {validator} {_brief(json.dumps(wanted))}"


def _brief(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def _refuse(path: str, where: str, what: str) -> NoReturn:
    raise FindingError(f"{path}: {where or '/'}: {what}: {_AGAIN}")


# -- building ------------------------------------------------------------------------------------------------------


def _build(path: str, data: dict[str, Any], driver_file: Callable[[str], Driver] | None, file: str) -> Setup:
    """The setup a file describes."""
    from irqlab.drivers import CONTROLLERS

    named = data["driver"]
    if "file" in named:
        if not file or driver_file is None:
            _refuse_to(
                path,
                "/setup/driver/file",
                f"the driver is in {_brief(named['file'])}",
                f"give it with --driver-file {_brief(named['file'])}",
            )
        if file_digest(file) != named["sha256"]:
            _refuse_to(
                path,
                "/setup/driver/sha256",
                f"{file} is not the driver the finding was made with",
                "give the same file, or check again",
            )
        driver = driver_file(file)
    elif file:
        _refuse_to(path, "/setup/driver", "the finding is of a driver of irqlab's own", "leave --driver-file away")
    elif named["name"] not in CONTROLLERS:
        _refuse_to(path, "/setup/driver/name", f"there is no driver {_brief(repr(named['name']))}", "see 'irqlab list drivers'")
    else:
        driver = CONTROLLERS[named["name"]]
    board, board_file, dts = data["board"], "", ""
    if "dts" in board:
        board_file, dts = board["file"], board["dts"]
        try:
            built = from_text(board["name"], dts, f"{path}: /setup/board/dts")
        except BoardError as error:
            raise FindingError(str(error)) from None
    elif board["name"] in board_names():
        built = load_board(board["name"])
    else:
        _refuse_to(path, "/setup/board/name", f"there is no board {_brief(repr(board['name']))}", "see 'irqlab list boards'")
    return Setup(
        driver,
        _release(path, data["kernel"]),
        Config(**data["config"]),
        built,
        _scope(data["scope"]),
        data["output_when_gated"],
        file,
        board_file,
        dts,
    )


def _scope(data: dict[str, Any]) -> Scope:
    def frozen(value: Any) -> Any:
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    fields: dict[str, Any] = {name: frozen(value) for name, value in data.items()}
    return Scope(**fields)


def _release(path: str, data: dict[str, Any]) -> Release:
    if data["release"] not in RELEASES:
        _refuse_to(
            path, "/setup/kernel/release", f"there is no kernel {_brief(repr(data['release']))}", "see 'irqlab list kernels'"
        )
    for which in ("with", "without"):
        for position, name in enumerate(data[which]):
            if name not in SWITCHES:
                _refuse_to(
                    path,
                    f"/setup/kernel/{which}/{position}",
                    f"there is no switch {_brief(repr(name))}",
                    "see 'irqlab list switches'",
                )
    found = release(data["release"])
    if data["with"]:
        found = found.with_(*data["with"])
    return found.without(*data["without"]) if data["without"] else found


def _refuse_to(path: str, where: str, what: str, remedy: str) -> NoReturn:
    raise FindingError(f"{path}: {where}: {what}: {remedy}")
