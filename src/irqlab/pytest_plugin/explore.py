"""One exploration for a test: settings by name, and every error one line instead of a traceback.

Tests: ``tests/pytest_plugin/test_plugin.py``.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from irqlab.board import names as board_names
from irqlab.cli import names
from irqlab.cli.guard import Watchdog, guarded
from irqlab.cli.memory import three_quarters
from irqlab.errors import InputError, IrqlabError
from irqlab.explore.check import Checked, Setup, check
from irqlab.explore.scope import SCOPES, Scope
from irqlab.explore.search import Bounds, Search
from irqlab.kernel.arch import ARCHES
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.pytest_plugin.result import Result
from irqlab.report.scope import changed

#: Every setting, and what it is if it is not given.
SETTINGS: Mapping[str, Any] = {
    "kernel": "",
    "scope": "small",
    "board": "",
    "arch": next(iter(ARCHES)),
    "with_": (),
    "without": (),
    "faults": 0,
    "seconds": 60,
}


def explored(driver: Any, settings: Mapping[str, Any], place: Path, undecided: str) -> Result:
    """Explores a driver; an error ends the test.

    :param driver: a :class:`~irqlab.kernel.device.Driver`, or the name of one of irqlab's own.
    :param place: the directory that files are named from: the test's.
    """
    __tracebackhide__ = True
    try:
        setup, seconds = _setup(driver, settings, place)
        checked = _checked(setup, seconds, _file(setup.driver))
    except IrqlabError as error:
        pytest.fail(f"irqlab: {error}", pytrace=False)
    return Result(checked, undecided)


def _setup(driver: Any, settings: Mapping[str, Any], place: Path) -> tuple[Setup, float]:
    for name in settings:
        names.find("setting", name, SETTINGS)
    said = {**SETTINGS, **settings}
    if isinstance(driver, str):
        driver = names.driver(driver)
    if not isinstance(driver, Driver):
        raise InputError(f"{driver!r} is no driver: give an irqlab.kernel.device.Driver, or a name ('irqlab list drivers')")
    if not said["kernel"]:
        raise InputError("no kernel is given: @pytest.mark.irqlab(kernel=…), a release ('irqlab list kernels')")
    release = names.release(said["kernel"], said["with_"], said["without"])
    names.find("architecture", said["arch"], ARCHES)
    wanted = said["board"] if said["board"] in ("", *board_names()) else str(place / said["board"])
    board, file, text = names.board(wanted, driver)
    config = Config(arch=said["arch"])
    return Setup(driver, release, config, board, _scope(said), board_file=file, dts=text), float(said["seconds"])


def _scope(said: Mapping[str, Any]) -> Scope:
    """The scope, by its name and changes, or one of the test's own."""
    if isinstance(said["scope"], Scope):
        scope = said["scope"]
    else:
        name, *changes = str(said["scope"]).split() or [""]
        scope = changed(names.find("scope", name, SCOPES), changes)
    return scope.but(failures=said["faults"]) if said["faults"] else scope


def _file(driver: Driver) -> str:
    """Where a driver is written; empty for irqlab's own."""
    probe = getattr(driver.probe, "func", driver.probe)
    module = getattr(probe, "__module__", "") or ""
    return "" if module.startswith("irqlab.") else getattr(sys.modules.get(module), "__file__", None) or ""


def _checked(setup: Setup, seconds: float, file: str) -> Checked:
    watchdog = Watchdog()

    def beginning(search: Search, output: str, several: int) -> None:
        result = search.result
        watchdog.moves = lambda: object() if result.expanded else (result.segments, result.successors)

    # A timer of somebody else's, such as pytest-timeout's, is as good.
    taken = signal.getitimer(signal.ITIMER_REAL)[0] > 0
    around: AbstractContextManager[Any] = nullcontext() if taken else watchdog.running()
    with around:
        return check(
            setup,
            Bounds(seconds=seconds, memory=three_quarters()),
            memo=True,
            beginning=beginning,
            around=partial(guarded, setup.driver.name, file),
            jobs=1,
        )
