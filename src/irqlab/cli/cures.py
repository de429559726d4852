"""``irqlab cures``: what each known cure heals, leaves, breaks and costs.

Exit status: 0 nothing is broken, or some cures heal everything and break nothing; 1 none of those tried do; 3 not decided.

Tests: ``tests/cli/test_cures.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli import check, compiled, formats, names
from irqlab.cli.answer import Answer, give
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.options import count
from irqlab.cli.progress import Progress
from irqlab.cli.several import Explorer
from irqlab.cli.status import BROKEN, KEPT, NOT_DECIDED
from irqlab.explore.check import Setup
from irqlab.report.cures import dumps, report
from irqlab.report.html import cures as html
from irqlab.verdict.cures import CURES, Cured, cured

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: What may happen if nothing else is said: a cure that holds only while the system is awake heals half.
SCOPE = "small sleep=on"

#: The formats of its result.
FILES: formats.Files = {"json": ("as JSON", dumps), "html": (formats.PAGE, html.dumps)}

HELP = Help(
    {
        0: "nothing is broken, or some cures heal everything and break nothing",
        1: "none of the cures that were tried do",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "not decided: a bound was hit, or something that was reached is not modelled",
    },
    (
        "irqlab cures irqsteer@unlinked-2020 --kernel 6.1",
        "irqlab cures irqsteer@5.19 --kernel 6.1 --only started-check --only mask-on-suspend",
        "irqlab check irqsteer@unlinked-2020+pm-device --kernel 6.1 --with kexec-started-check",
    ),
    "Cures of the kernel's reach are switches; those of the driver's reach are what a driver in Python says it takes, and "
    "DRIVER+CURE is the driver with it, in every command. A compiled driver is as its source says: it gets the kernel's only.",
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "cures",
        help="what each known cure of a driver's broken promises heals, leaves, breaks and costs",
        description="Explores a driver again with each known cure, alone and together, and says what each heals, leaves, breaks "
        "and costs, and which are the fewest that heal everything and break nothing.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("target", metavar="TARGET", nargs="?", default="", help="a driver, as for check")
    option("--only", metavar="CURE", action="append", default=[], help=f"try this cure; all if not given: {', '.join(CURES)}")
    option("--together", metavar="N", type=count, default=3, help="at most N cures at a time; 3 if not given")
    check.subject(command, SCOPE)
    check.bounds(command)
    formats.add_files(option, FILES)
    command.set_defaults(run=run, answer=answer)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    to = formats.destinations(args, FILES)
    if compiled.is_compiled(args.target) and not args.driver_file:
        from irqlab.cli import isolated

        return isolated.run(args.words, compiled.name(args.target), to)
    return give(answer(args), to)


def answer(args: argparse.Namespace, link: Link | None = None, request: Request | None = None) -> Answer:
    """What the sub-command has to say; as that of ``check``."""
    for name in args.only:
        names.find("cure", name, CURES)
    watchdog = Watchdog(COMPILED_PATIENCE if link is not None else 0)
    if link is not None:
        what = check.setup(args, link.tell)
        with link.watching(watchdog):
            result = _cured(what, args, watchdog, link, request)
    else:
        what = check.setup(args)
        with watchdog.running():
            result = _cured(what, args, watchdog)
    return Answer.of(status(result), report(result), formats.texts(result, args, FILES))


def _cured(
    what: Setup, args: argparse.Namespace, watchdog: Watchdog, link: Link | None = None, request: Request | None = None
) -> Cured:
    with Progress(link) as progress:
        explore = Explorer(args, watchdog, progress, request)

        def beginning(sets: int, together: int) -> None:
            how = f"{sets} sets of {together} cures" if together > 1 else f"{sets} cures alone" if together else "without a cure"
            explore.title = f"{what.driver.name} on {what.release}, {how}"

        return cured(what, args.only or CURES, most=args.together, explore=explore, beginning=beginning)


def status(result: Cured) -> int:
    """The exit status of the command."""
    if result.smallest or (result.bare.decided and not result.bare.broken):
        return KEPT
    return BROKEN if result.decided and result.bare.broken else NOT_DECIDED
