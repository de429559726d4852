"""One exploration for a test: settings by name, and every error one line instead of a traceback.

Tests: ``tests/pytest_plugin/test_plugin.py``.
"""

from __future__ import annotations

import reprlib
import signal
import sys
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePath
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
from irqlab.report.scope import MOST, changed


@dataclass(frozen=True)
class Setting:
    """What the marker takes under one name.

    :ivar default: what it is if it is not given.
    :ivar fits: whether a value is of its kind; whether there is one of that name is asked later.
    :ivar takes: its kind, in words.
    """

    default: Any
    fits: Callable[[Any], bool]
    takes: str


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _texts(value: Any) -> bool:
    return _text(value) or (isinstance(value, (tuple, list, set, frozenset)) and all(map(_text, value)))


def _number(value: Any, *kinds: type) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


_SWITCHES = "a switch in quotes, or several in a tuple ('irqlab list switches')"

#: Every setting, by name.
SETTINGS: Mapping[str, Setting] = {
    "kernel": Setting("", _text, "a release in quotes, such as '6.12' ('irqlab list kernels')"),
    "scope": Setting("small", lambda value: isinstance(value, (str, Scope)), "a name, such as 'small sleep=on', or a Scope"),
    "board": Setting("", lambda value: isinstance(value, (str, PurePath)), "a name, or the path of a .dts or .dtb"),
    "arch": Setting(next(iter(ARCHES)), _text, f"one of {', '.join(map(repr, ARCHES))}"),
    "with_": Setting((), _texts, _SWITCHES),
    "without": Setting((), _texts, _SWITCHES),
    "faults": Setting(0, lambda value: _number(value, int) and 0 <= value <= MOST, f"a whole number from 0 to {MOST}"),
    "seconds": Setting(60, lambda value: _number(value, int, float) and 0 < value < 1e9, "a number of seconds above 0"),
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
        return Result(checked, undecided)
    except IrqlabError as error:
        message = f"irqlab: {error}"
    pytest.fail(message, pytrace=False)  # outside, or pytest prints the error too


def _setup(driver: Any, settings: Mapping[str, Any], place: Path) -> tuple[Setup, float]:
    for name in settings:
        names.find("setting", name, SETTINGS)
    said = {name: _given(name, settings) for name in SETTINGS}
    if isinstance(driver, str):
        driver = names.driver(driver)
    if not isinstance(driver, Driver):
        raise InputError(f"{driver!r} is no driver: give an irqlab.kernel.device.Driver, or a name ('irqlab list drivers')")
    if not said["kernel"]:
        raise InputError("no kernel is given: @pytest.mark.irqlab(kernel=…), a release ('irqlab list kernels')")
    release = names.release(said["kernel"], _switches(said["with_"]), _switches(said["without"]))
    names.find("architecture", said["arch"], ARCHES)
    wanted = said["board"] if said["board"] in ("", *board_names()) else str(place / said["board"])
    board, file, text = names.board(wanted, driver)
    config = Config(arch=said["arch"])
    return Setup(driver, release, config, board, _scope(said), board_file=file, dts=text), float(said["seconds"])


def _given(name: str, settings: Mapping[str, Any]) -> Any:
    """A setting's value, which is of its kind."""
    setting = SETTINGS[name]
    value = settings.get(name, setting.default)
    if not setting.fits(value):
        raise InputError(f"{name}={' '.join(reprlib.repr(value).split())}: '{name}' takes {setting.takes}")
    return value


def _switches(given: str | Collection[str]) -> Collection[str]:
    """Text is one switch, not its letters."""
    return (given,) if isinstance(given, str) else given


def _scope(said: Mapping[str, Any]) -> Scope:
    """The scope, by its name and changes, or one of the test's own."""
    if isinstance(said["scope"], Scope):
        scope = said["scope"]
    else:
        name, *changes = said["scope"].split() or [""]
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
