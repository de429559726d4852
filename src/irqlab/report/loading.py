"""Finding files as checks that can be made again: the driver, kernel, board and scope they name, and their findings.

Code is never taken from a finding file: a driver that is a Python file, or compiled, is given again.

Tests: ``tests/report/test_json.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from irqlab.board import Board
from irqlab.board import load as load_board
from irqlab.board import names as board_names
from irqlab.drivers import controller
from irqlab.errors import BoardError, FindingError, InputError
from irqlab.explore.check import Setup
from irqlab.explore.findings import Finding
from irqlab.explore.graph import Step
from irqlab.explore.origin import Linked, Origin
from irqlab.explore.scope import Scope
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import RELEASES, SWITCHES, Release, release
from irqlab.properties import Breach
from irqlab.report.board import for_driver, from_text
from irqlab.report.json import file_digest
from irqlab.report.reading import brief, read, refuse


@dataclass(frozen=True)
class Given:
    """What the user gives beside a finding file.

    :ivar file: a Python driver's file, and ``driver_file`` how such a one is read.
    :ivar compiled: gives the driver that a finding's origin is said to be, and where that really comes from; None if the
        user gave none.
    """

    file: str = ""
    driver_file: Callable[[str], Driver] | None = None
    compiled: Callable[[Origin], tuple[Driver, Origin]] | None = None


@dataclass(frozen=True)
class Expected:
    """One finding as a file has it.

    :ivar output: what undecided controllers drive in its trace.
    :ivar digest: of the state its steps lead to.
    """

    number: int
    finding: Finding
    output: str
    under: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Loaded:
    """A finding file that was read and checked.

    :ivar built: where its compiled driver came from when it was made; None for a driver in Python.
    """

    setup: Setup
    findings: tuple[Expected, ...]
    built: Origin | None = None

    @property
    def differs(self) -> bool:
        """The compiled driver that was given is not the one the findings were made with."""
        given = self.setup.origin
        if self.built is None or given is None:
            return False
        return _digests(self.built) != _digests(given)


def _digests(origin: Origin) -> tuple[str, ...]:
    return (origin.driver.sha256, *sorted(linked.sha256 for linked in (*origin.also, *origin.beneath)))


def load(path: str, given: Given | None = None) -> Loaded:
    """Reads a finding file, with what the user gives beside it."""
    data = read(path)
    setup = _build(path, data["setup"], given or Given(), tuple(data["assumptions"]))
    findings = []
    for position, item in enumerate(data["findings"]):
        if item["number"] != position + 1:
            refuse(path, f"/findings/{position}/number", f"is {item['number']} instead of {position + 1}")
        breach = Breach(item["rule"], item["place"], tuple(item["cause"]), item["text"], item["blame"], item["why"], item["note"])
        finding = Finding(breach, _steps(item["steps"]), _steps(item["circle"]), item["crash"])
        findings.append(Expected(item["number"], finding, item["output_when_gated"], tuple(item["only_under"]), item["digest"]))
    named = data["setup"]["driver"]
    return Loaded(setup, tuple(findings), _origin(named["compiled"]) if "compiled" in named else None)


def _steps(items: Iterable[dict[str, Any]]) -> tuple[Step, ...]:
    return tuple(Step(item["action"], tuple(item.get("choices", ()))) for item in items)


def _origin(data: dict[str, Any]) -> Origin:
    also = tuple(Linked(**linked) for linked in data["also"])
    built = Linked(**data["object"])
    beneath = tuple(Linked(**linked) for linked in data.get("core", ()))
    return Origin(built, data["arch"], data["source"], data["version"], data["config"], also, beneath=beneath)


# -- building ------------------------------------------------------------------------------------------------------


def _build(path: str, data: dict[str, Any], given: Given, assumptions: tuple[str, ...]) -> Setup:
    """The setup a file describes."""
    driver, origin = _driver(path, data["driver"], given)
    board = _board(path, data["board"], driver, origin is not None)
    return Setup(
        driver,
        _release(path, data["kernel"]),
        Config(**data["config"]),
        board,
        _scope(data["scope"]),
        data["output_when_gated"],
        given.file,
        data["board"].get("file", ""),
        data["board"].get("dts", ""),
        origin,
        tuple(text for text in assumptions if text not in board.assumptions),
    )


def _driver(path: str, named: dict[str, Any], given: Given) -> tuple[Driver, Origin | None]:
    where, compiled = "/setup/driver", given.compiled
    if "compiled" in named:
        built = _origin(named["compiled"])
        what = brief(built.source or built.driver.path)
        if given.file:
            _refuse_to(path, where, f"the driver was compiled from {what}", "leave --driver-file away")
        if compiled is None:
            remedy = "give --tree DIR, its kernel tree, or --object FILE"
            _refuse_to(path, f"{where}/compiled", f"the driver was compiled from {what}", remedy)
        driver, origin = compiled(built)
        if origin.arch != built.arch:
            remedy = f"give one for {built.arch}"
            _refuse_to(path, f"{where}/compiled/arch", f"is {built.arch}, and {origin.target} is for {origin.arch}", remedy)
        return driver, origin
    if compiled is not None:
        _refuse_to(path, where, "the finding is of a driver in Python", "leave --tree and --object away")
    return _python(path, named, given), None


def _python(path: str, named: dict[str, Any], given: Given) -> Driver:
    where, file = "/setup/driver", given.file
    if "file" in named:
        if not file or given.driver_file is None:
            remedy = f"give it with --driver-file {brief(named['file'])}"
            _refuse_to(path, f"{where}/file", f"the driver is in {brief(named['file'])}", remedy)
        if file_digest(file) != named["sha256"]:
            what = f"{file} is not the driver the finding was made with"
            _refuse_to(path, f"{where}/sha256", what, "give the same file, or check again")
        return given.driver_file(file)
    if file:
        _refuse_to(path, where, "the finding is of a driver of irqlab's own", "leave --driver-file away")
    try:
        return controller(named["name"])
    except InputError:
        _refuse_to(path, f"{where}/name", f"there is no driver {brief(repr(named['name']))}", "see 'irqlab list drivers'")


def _board(path: str, data: dict[str, Any], driver: Driver, compiled: bool) -> Board:
    name = data["name"]
    if "dts" in data:
        where = f"{path}: /setup/board/dts"
        try:
            return for_driver(name, data["dts"], where, driver) if compiled else from_text(name, data["dts"], where)
        except BoardError as error:
            raise FindingError(str(error)) from None
    if name not in board_names():
        _refuse_to(path, "/setup/board/name", f"there is no board {brief(repr(name))}", "see 'irqlab list boards'")
    return load_board(name)


def _scope(data: dict[str, Any]) -> Scope:
    def frozen(value: Any) -> Any:
        return tuple(map(frozen, value)) if isinstance(value, list) else value

    fields: dict[str, Any] = {name: frozen(value) for name, value in data.items()}
    return Scope(**fields)


def _release(path: str, data: dict[str, Any]) -> Release:
    if data["release"] not in RELEASES:
        _refuse_to(
            path, "/setup/kernel/release", f"there is no kernel {brief(repr(data['release']))}", "see 'irqlab list kernels'"
        )
    for which in ("with", "without"):
        for position, name in enumerate(data[which]):
            if name not in SWITCHES:
                _refuse_to(
                    path,
                    f"/setup/kernel/{which}/{position}",
                    f"there is no switch {brief(repr(name))}",
                    "see 'irqlab list switches'",
                )
    found = release(data["release"])
    if data["with"]:
        found = found.with_(*data["with"])
    return found.without(*data["without"]) if data["without"] else found


def _refuse_to(path: str, where: str, what: str, remedy: str) -> NoReturn:
    raise FindingError(f"{path}: {where}: {what}: {remedy}")
