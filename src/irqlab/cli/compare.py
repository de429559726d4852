"""``irqlab compare``: two drivers under the same kernel in the same scope; findings gone, left and new.

Exit status: 0 nothing is broken after, so nothing is new either; 1 something is; 3 not decided.

Tests: ``tests/cli/test_compare.py``.
"""

from __future__ import annotations

import argparse
from copy import copy
from typing import TYPE_CHECKING, Any

from irqlab.cli import check, compiled, formats
from irqlab.cli.answer import Answer, give
from irqlab.cli.guard import Watchdog
from irqlab.cli.help import Help
from irqlab.cli.progress import Progress
from irqlab.cli.several import Explorer
from irqlab.cli.status import BROKEN, KEPT, NOT_DECIDED
from irqlab.errors import InputError
from irqlab.explore.check import Setup
from irqlab.report.compare import dumps, report
from irqlab.report.html import compare as html
from irqlab.verdict.compare import Comparison, both

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: The formats of its result.
FILES: formats.Files = {"json": ("as JSON", dumps), "html": (formats.PAGE, html.dumps)}

HELP = Help(
    {
        0: "nothing is broken after, so nothing is new either",
        1: "a promise is broken after; it wins over 3",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "not decided: a bound was hit, or something that was reached is not modelled",
    },
    (
        "irqlab compare irqsteer@5.19 irqsteer@6.11 --kernel 6.12",
        "irqlab compare irqsteer@5.19 irqsteer@5.19 --kernel 6.1 --after-with kexec-started-check",
    ),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "compare",
        help="explore two drivers in the same scope: findings gone, left and new",
        description="Explores two drivers in Python in the same scope, and says which findings are gone, left and new.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("before", metavar="BEFORE", help="a driver in Python ('irqlab list drivers'), as it was")
    option("after", metavar="AFTER", help="a driver in Python, as it is")
    option("--after-kernel", metavar="R", default="", help="the release AFTER runs under, if it is another")
    option("--after-with", metavar="S", action="append", default=[], help="set a switch for AFTER only")
    check.subject(command)
    check.bounds(command)
    formats.add_files(option, FILES)
    command.set_defaults(run=run)


def setups(args: argparse.Namespace) -> tuple[Setup, Setup]:
    """What the arguments say is to be compared."""
    if args.driver_file:
        raise InputError(f"--driver-file {args.driver_file}: compare takes names of drivers: leave it away, or check the file")
    before, after = copy(args), copy(args)
    before.target, after.target = args.before, args.after
    for target in (before.target, after.target):
        if compiled.is_compiled(target):
            raise InputError(
                f"{target}: is compiled, and compare takes drivers in Python so far: check each, and compare the files"
            )
    after.kernel = args.after_kernel or args.kernel
    after.with_ = [*args.with_, *args.after_with]
    return check.setup(before), check.setup(after)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    to = formats.destinations(args, FILES)
    before, after = setups(args)
    watchdog = Watchdog()
    with watchdog.running(), Progress() as progress:
        explore = Explorer(args, watchdog, progress)
        explore.title = f"{before.driver.name} and {after.driver.name}"
        comparison = both(before, after, explore)
    if comparison is None:
        raise KeyboardInterrupt
    return give(Answer.of(status(comparison), report(comparison), formats.texts(comparison, args, FILES)), to)


def status(comparison: Comparison) -> int:
    """The exit status of the command."""
    if comparison.kept:
        return KEPT
    return BROKEN if comparison.after.broken else NOT_DECIDED
