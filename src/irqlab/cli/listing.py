"""``irqlab list``: what there is to choose from."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from irqlab.board import load, names
from irqlab.cli.help import READS, Help
from irqlab.cli.output import show, write
from irqlab.cli.status import KEPT
from irqlab.cli.words import about
from irqlab.drivers import CONTROLLERS
from irqlab.drivers.consumer import KINDS
from irqlab.explore.scope import SCOPES
from irqlab.kernel.release import RELEASES, SWITCHES
from irqlab.properties import RULES
from irqlab.report.lines import Line, wrap
from irqlab.verdict.cures import CURES

if TYPE_CHECKING:
    from argparse import _SubParsersAction

Row = tuple[str, str]


def _drivers() -> Iterator[Row]:
    for driver in CONTROLLERS.values():
        needs = [f"needs {need}" for need in driver.needs] + [f"not with {name}" for name in driver.forbids]
        yield driver.name, about(driver) + (f" ({'; '.join(needs)})" if needs else "")


def _kernels() -> Iterator[Row]:
    for release in RELEASES.values():
        yield release.name, f"{release.claim}: {', '.join(sorted(release.switches))}"


def _switches() -> Iterator[Row]:
    for switch in SWITCHES.values():
        where = [release.name for release in RELEASES.values() if release.has(switch.name)]
        yield switch.name, f"{switch.what} [{switch.origin}; set in {', '.join(where) or 'no release'}]"


def _boards() -> Iterator[Row]:
    for name in names():
        board = load(name)
        yield name, ", ".join(f"{part.label or part.name} ({part.kind})" for part in board.parts)


def _symbols() -> Iterator[Row]:
    from irqlab.guest import symbols
    from irqlab.guest.exports import EXPORTS

    assert symbols.__all__  # imported, so that every exported function is known
    for name in sorted(EXPORTS):
        yield name, "; or ".join(dict.fromkeys(export.prototype for export in EXPORTS[name]))


TABLES: dict[str, Callable[[], Iterator[Row]]] = {
    "drivers": _drivers,
    "kernels": _kernels,
    "switches": _switches,
    "rules": lambda: ((rule.name, rule.broken_when) for rule in RULES.values()),
    "cures": lambda: ((cure.name, f"{cure.what} [{cure.reach}; {cure.origin}]") for cure in CURES.values()),
    "scopes": lambda: ((scope.name, str(scope)) for scope in SCOPES.values()),
    "boards": _boards,
    "consumers": lambda: ((kind.name, kind.what) for kind in KINDS.values()),
    "symbols": _symbols,
}

HELP = Help(READS, ("irqlab list rules", "irqlab list drivers --json"))


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "list",
        help="what there is to choose from",
        description="What there is to choose from; of symbols: the kernel functions that compiled drivers may call.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    command.add_argument("what", metavar="|".join(TABLES), choices=tuple(TABLES), help="which of them")
    command.add_argument("--json", action="store_true", help="as JSON: an array of objects with name and text")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    rows = list(TABLES[args.what]())
    if args.json:
        write(json.dumps([{"name": name, "text": text} for name, text in rows], indent=1, ensure_ascii=False) + "\n")
        return KEPT
    width = max(len(name) for name, _ in rows)
    show(line for name, text in rows for line in wrap(text, first=f"{name:<{width}}  "))
    return KEPT


__all__ = ["TABLES", "Line", "add", "run"]
