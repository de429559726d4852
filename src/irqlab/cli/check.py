"""``irqlab check``: explores one driver and reports.

Tests: ``tests/cli/test_check.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli import names
from irqlab.cli.guard import Watchdog, guarded
from irqlab.cli.memory import three_quarters
from irqlab.cli.options import count, seconds
from irqlab.cli.output import save, show, writable, write
from irqlab.cli.progress import Progress
from irqlab.cli.status import status
from irqlab.errors import InputError
from irqlab.explore.check import OUTPUTS, Checked, Setup
from irqlab.explore.check import check as explore_all
from irqlab.explore.scope import SCOPES
from irqlab.explore.search import Bounds, Search
from irqlab.kernel.kernel import Config
from irqlab.report.json import dumps
from irqlab.report.scope import changed
from irqlab.report.text import report

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: What each possibility is when nothing was said.
FOLLOWS_BOARD = ""


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "check",
        help="explore one driver under one kernel, and report every broken promise",
        description="Explores one driver under one kernel on one board within a scope, and reports every broken promise.",
        allow_abbrev=False,
    )
    option = command.add_argument
    option("target", metavar="TARGET", nargs="?", default="", help="a driver ('irqlab list drivers')")
    option("--driver-file", metavar="FILE.py", default="", help="a Python file with a module-level 'driver', instead of TARGET")
    option("--kernel", metavar="R", required=True, help="a release ('irqlab list kernels')")
    option("--with", metavar="S", action="append", default=[], dest="with_", help="set a switch ('irqlab list switches')")
    option("--without", metavar="S", action="append", default=[], help="take a switch away")
    option("--arch", choices=("arm64", "arm"), default="arm64")
    option("--board", metavar="NAME|FILE", default="", help="a board of irqlab's ('irqlab list boards'), or a .dts or .dtb")
    option("--scope", metavar="NAME", default="small", help="what may happen ('irqlab list scopes'); small if not given")
    option("--set", metavar="FIELD=VALUE", action="append", default=[], dest="changes", help="change the scope")
    option("--fw-devlink", choices=("off", "on", "rpm"), default="", help="fw_devlink=; the release's default if not given")
    option("--no-pm", action="store_true", help="CONFIG_PM=n")
    option(
        "--output-when-gated",
        choices=OUTPUTS,
        default=FOLLOWS_BOARD,
        help="what a controller drives while its clock is stopped, where the board does not say; each is explored if not given",
    )
    option("--memo", action=argparse.BooleanOptionalAction, default=True, help="remember segments: the same result, sooner")
    option("--max-states", metavar="N", type=count, help="stop after N states")
    option("--max-seconds", metavar="S", type=seconds, help="stop after S seconds")
    option("--max-depth", metavar="N", type=count, help="stop at depth N")
    option("--max-memory", metavar="MiB", type=count, help="stop at MiB of memory; 75 %% of what is available if not given")
    option("--json", metavar="FILE", nargs="?", const="-", help="write the result as JSON; without FILE instead of the report")
    command.set_defaults(run=run)


def setup(args: argparse.Namespace) -> Setup:
    """What the arguments say is to be checked."""
    if bool(args.target) == bool(args.driver_file):
        raise InputError("check: give the name of a driver or --driver-file FILE.py, one of them ('irqlab list drivers')")
    driver = names.driver_file(args.driver_file) if args.driver_file else names.driver(args.target)
    release = names.release(args.kernel, args.with_, args.without)
    scope = changed(names.find("scope", args.scope, SCOPES), args.changes)
    board, file, text = names.board(args.board, driver)
    config = Config(arch=args.arch, pm=not args.no_pm, fw_devlink=args.fw_devlink)
    return Setup(driver, release, config, board, scope, args.output_when_gated, args.driver_file, file, text)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    if args.json and args.json != "-":
        writable(args.json)
    watchdog = Watchdog()
    with watchdog.running():
        checked = explored(setup(args), args, watchdog)
    text = dumps(checked) if args.json else ""
    if args.json == "-":
        write(text)
        return status(checked)
    if args.json:
        save(args.json, text)
    show(report(checked, args.json or ""))
    return status(checked)


def explored(what: Setup, args: argparse.Namespace, watchdog: Watchdog) -> Checked:
    """The result of the exploration, with bounds, progress and guards around it."""
    bounds = Bounds(args.max_states, args.max_seconds, args.max_depth, args.max_memory or three_quarters())
    progress = Progress()

    def beginning(search: Search, output: str, several: int) -> None:
        result = search.result
        watchdog.moves = lambda: object() if result.expanded else (result.segments, result.successors, len(result.graph.first))
        progress.begin(f"{what.driver.name} on {what.release}" + (f", gated output {output}" if several > 1 else ""))

    with guarded(what.driver.name, what.driver_file), progress:
        return explore_all(what, bounds, memo=args.memo, progress=progress.tell, beginning=beginning)
