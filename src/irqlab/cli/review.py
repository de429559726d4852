"""``irqlab review``: what a patch does, as a reply that can be sent.

Exit status: 0 nothing is broken with the patch; 1 something is, or it does not compile; 2 it cannot be judged; 3 not decided.

Tests: ``tests/cli/test_review.py``, ``tests/real/test_review.py``.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Iterable
from copy import copy
from typing import TYPE_CHECKING, Any

from irqlab.cli import check, formats, patches
from irqlab.cli.answer import Answer
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.progress import Progress
from irqlab.cli.several import Explorer
from irqlab.cli.status import BROKEN, KEPT, NOT_DECIDED
from irqlab.cli.touched import DRIVERS, Touched, reasons, sort
from irqlab.errors import CompileError, InputError, TreeError
from irqlab.explore.origin import LINUX, MODEL
from irqlab.report.html import review as html
from irqlab.report.review import dumps, reply
from irqlab.verdict.compare import alone, both
from irqlab.verdict.deeds import deeds
from irqlab.verdict.review import REMOVES, UNCOMPILED, UNDECIDED, Judged, Review

if TYPE_CHECKING:
    from argparse import _SubParsersAction

#: The formats of its result.
FILES: formats.Files = {"json": ("as JSON", dumps), "html": (formats.PAGE, html.dumps)}

HELP = Help(
    {
        0: "nothing is broken with the patch",
        1: "a promise is broken with the patch, or it does not compile; it wins over 3",
        2: "the input or the command is wrong, or the patch touches nothing irqlab can judge: one line says what",
        3: "not decided: a bound was hit, something is not modelled, a driver was not judged, or the patch removes what went on",
    },
    (
        "irqlab review --tree ~/linux fix.patch",
        'irqlab review --tree ~/linux series.mbox --scope "small sleep=on" --json review.json',
        "irqlab review --tree . -",
        "irqlab review --tree . v6.12..HEAD --driver drivers/irqchip/irq-imx-intmux.c",
    ),
    "A patch of kernel/irq or runtime PM runs as the tree's own core (--core linux) under each --driver, or, if none is given, "
    f"under {' and '.join(DRIVERS)}. Nothing is written into the tree. What it cannot judge, the reply says.",
)

#: What came in through a pipe: what it is called, and the file it is kept in meanwhile.
_STDIN, _PIPED = "standard input", "irqlab-standard-input.patch"


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "review",
        help="what a patch to a driver or to the core does: before and after, as a reply ready to send",
        description="Explores what a patch touches without it and with it, in the same scope, and prints a reply of at most 72 "
        "columns: what it cures, papers over, breaks or leaves, with the shortest order of events that shows it.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("patch", metavar="PATCH", help="a patch, an mbox, a range A..B of the tree, or - for standard input")
    option("--driver", metavar="FILE.c", action="append", default=[], help="a driver to judge it with; may be repeated")
    check.subject(command)
    check.bounds(command)
    formats.add_files(option, FILES)
    command.set_defaults(run=run, answer=answer, core="")


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    from irqlab.cli import isolated

    to = formats.destinations(args, FILES)
    if not args.tree:
        raise InputError("review: needs the kernel tree the patch is for: give --tree")
    if args.driver_file:
        raise InputError("review: judges compiled drivers: leave --driver-file away, and give --driver FILE.c")
    if args.patch != "-":
        return isolated.run(args.words, args.patch, to)
    data = sys.stdin.buffer.read(patches.MAX_PATCH + 1)
    with tempfile.TemporaryDirectory(prefix="irqlab-") as place:
        name = os.path.join(place, _PIPED)
        with open(name, "wb") as file:
            file.write(data)
        words = [name if word == "-" else word for word in args.words]
        return isolated.run(words, _STDIN, to)


def answer(args: argparse.Namespace, link: Link, request: Request) -> Answer:
    """What the sub-command has to say: in a child."""
    from irqlab.tree import open_tree

    tree = open_tree(args.tree)
    patch = patches.read(args.patch, tree, _STDIN if os.path.basename(args.patch) == _PIPED else "")
    touched = sort(tree, patch, args.driver, args.core)
    watchdog = Watchdog(COMPILED_PATIENCE)
    judged: list[Judged] = []
    refused: list[tuple[str, str]] = []
    for source in touched.drivers:
        try:
            judged.append(_judged(source, patch, touched, args, (link, watchdog, request)))
        except CompileError as error:
            refused.append((source, f"{error.source} does not compile without the patch: {error.reason}"))
        except TreeError:
            raise
        except InputError as error:
            refused.append((source, _without(str(error), source)))
    left_out = (*touched.left_out, *refused)
    if not judged:
        raise InputError(f"{patch.name}: has nothing that irqlab can judge: {reasons(left_out)}")
    review = Review(patch.name, patch.subject, tuple(judged), left_out, patch.notes, bool(refused))
    return Answer.of(status(review), reply(review, _words(request.words)), formats.texts(review, args, FILES))


def _words(words: Iterable[str]) -> list[str]:
    """The command to repeat it."""
    return ["irqlab", *("-" if os.path.basename(word) == _PIPED else word for word in words)]


def _judged(
    source: str, patch: patches.Patch, touched: Touched, args: argparse.Namespace, run: tuple[Link, Watchdog, Request]
) -> Judged:
    """One driver without and with the patch.

    :raises InputError: it cannot be judged as it is without the patch.
    """
    link, watchdog, request = run
    wanted = copy(args)
    wanted.target, wanted.core = source, LINUX if touched.core else args.core or MODEL
    core = wanted.core == LINUX
    was = copy(wanted)
    was.target = patch.origin(source)
    before = check.setup(was, link.tell, patch.before()) if was.target else None
    try:
        after = check.setup(wanted, link.tell, patch.after())
    except CompileError as error:
        where = "" if error.source == source else f"{error.source}: "
        return Judged(source, core, None, f"{where}{error.reason}")
    except TreeError:
        raise
    except InputError as error:
        if before is None:
            raise
        return Judged(source, core, None, _without(str(error), source), UNDECIDED)
    with link.watching(watchdog), Progress(link) as progress:
        explore = Explorer(args, watchdog, progress, request)
        explore.title = f"{source} without and with the patch"
        comparison = alone(after, explore) if before is None else both(before, after, explore, deeds)
    if comparison is None:
        raise KeyboardInterrupt
    return Judged(source, core, comparison)


def _without(text: str, source: str) -> str:
    return text.removeprefix(f"{source}: ")


def status(review: Review) -> int:
    """The exit status of the command."""
    if any(judged.word == UNCOMPILED or (judged.comparison and judged.comparison.after.broken) for judged in review.judged):
        return BROKEN
    return NOT_DECIDED if review.word in (UNDECIDED, REMOVES) or review.partial else KEPT
