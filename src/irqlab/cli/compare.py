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
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.progress import Progress
from irqlab.cli.several import Explorer
from irqlab.cli.status import BROKEN, KEPT, NOT_DECIDED
from irqlab.errors import InputError
from irqlab.explore.check import Setup
from irqlab.explore.origin import CORES, MODEL
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
        "irqlab compare drivers/irqchip/irq-x.c drivers/irqchip/irq-x.c --tree ~/v6.1 --after-tree ~/v6.12",
        "irqlab compare irqsteer@6.11 drivers/irqchip/irq-imx-irqsteer.c --kernel 6.12 --tree ~/v6.12",
    ),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "compare",
        help="explore two drivers in the same scope: findings gone, left and new",
        description="Explores two drivers in the same scope, and says which findings are gone, left and new.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("before", metavar="BEFORE", help="a driver, as for check, as it was")
    option("after", metavar="AFTER", help="a driver, as it is")
    option("--after-kernel", metavar="R", default="", help="the release AFTER runs under, if it is another")
    option("--after-tree", metavar="DIR", default="", help="the kernel tree of AFTER, if it is another")
    option("--after-core", choices=CORES, default="", help="whose core AFTER runs on, if it is another's")
    option("--after-with", metavar="S", action="append", default=[], help="set a switch for AFTER only")
    check.subject(command)
    check.bounds(command)
    formats.add_files(option, FILES)
    command.set_defaults(run=run, answer=answer)


def setups(args: argparse.Namespace, tell: compiled.Tell = lambda what: None) -> tuple[Setup, Setup]:
    """What the arguments say is to be compared; ``tell`` hears what takes its time."""
    if args.driver_file:
        raise InputError(f"--driver-file {args.driver_file}: compare takes names of drivers: leave it away, or check the file")
    before, after = copy(args), copy(args)
    before.target, after.target = args.before, args.after
    after.kernel = args.after_kernel or args.kernel
    after.with_ = [*args.with_, *args.after_with]
    after.tree, after.core = args.after_tree or args.tree, args.after_core or args.core
    for side in (before, after):
        if not compiled.is_compiled(side.target):
            side.tree, side.core = "", MODEL  # those of the other side
    if args.tree and not _compiled(args):
        raise InputError(f"--tree {args.tree}: both drivers are in Python: leave --tree away")
    return check.setup(before, tell), check.setup(after, tell)


def _compiled(args: argparse.Namespace) -> bool:
    return any(compiled.is_compiled(target) for target in (args.before, args.after))


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    to = formats.destinations(args, FILES)
    if _compiled(args) and not args.driver_file:
        from irqlab.cli import isolated

        return isolated.run(args.words, f"{compiled.name(args.before)} and {compiled.name(args.after)}", to)
    return give(answer(args), to)


def answer(args: argparse.Namespace, link: Link | None = None, request: Request | None = None) -> Answer:
    """What the sub-command has to say; as that of ``check``."""
    watchdog = Watchdog(COMPILED_PATIENCE if link is not None else 0)
    if link is not None:
        sides = setups(args, link.tell)
        with link.watching(watchdog):
            comparison = _compared(sides, args, watchdog, link, request)
    else:
        sides = setups(args)
        with watchdog.running():
            comparison = _compared(sides, args, watchdog)
    return Answer.of(status(comparison), report(comparison), formats.texts(comparison, args, FILES))


def _compared(
    sides: tuple[Setup, Setup],
    args: argparse.Namespace,
    watchdog: Watchdog,
    link: Link | None = None,
    request: Request | None = None,
) -> Comparison:
    with Progress(link) as progress:
        explore = Explorer(args, watchdog, progress, request)
        explore.title = f"{sides[0].driver.name} and {sides[1].driver.name}"
        comparison = both(*sides, explore)
    if comparison is None:
        raise KeyboardInterrupt
    return comparison


def status(comparison: Comparison) -> int:
    """The exit status of the command."""
    if comparison.kept:
        return KEPT
    return BROKEN if comparison.after.broken else NOT_DECIDED
