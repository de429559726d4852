"""``irqlab replay``: runs the steps of a finding file again and prints the same trace.

Tests: ``tests/cli/test_replay.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli import compiled, formats, versions
from irqlab.cli.answer import Answer, give
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog, guarded
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.names import driver_file
from irqlab.cli.options import count
from irqlab.cli.status import BROKEN, KEPT
from irqlab.errors import FindingError, InputError
from irqlab.explore.check import Told
from irqlab.explore.origin import LINUX, Origin
from irqlab.explore.replay import replay
from irqlab.kernel.device import Driver
from irqlab.report.html.check import replayed
from irqlab.report.lines import HEAD, Line, wrap
from irqlab.report.loading import Expected, Given, Loaded, load
from irqlab.report.text import finding, subject

if TYPE_CHECKING:
    from argparse import _SubParsersAction

HELP = Help(
    {
        0: "what was reproduced are notes only",
        1: "the breach was reproduced: the same steps, the same promise, the same state",
        2: "the file does not fit, and what differs; or the command is wrong",
        3: "interrupted",
    },
    (
        "irqlab check irqsteer@unlinked-2020 --kernel 6.1 --json finding.json",
        "irqlab replay finding.json --finding 1",
    ),
)


#: The format of its result: numbered findings of a setup, and what came of running them.
FILES: formats.Files = {"html": (formats.PAGE, lambda result: replayed(*result))}


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "replay",
        help="run the steps of a finding again",
        description="Runs the steps of a finding file again, prints the same trace, and checks that the same promise breaks "
        "and the same state is reached. A compiled driver is given again; of another build the state is not compared.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option("file", metavar="finding.json", help="made with 'irqlab check … --json FILE'")
    option("--finding", metavar="N", type=count, help="only this one; all, if not given")
    option("--driver-file", metavar="FILE.py", default="", help="the driver, if the finding is of a Python file")
    option("--tree", metavar="DIR", default="", help="the kernel tree, if the finding is of a compiled driver")
    option("--object", metavar="FILE.o", default="", help="the object, if the finding is of a compiled driver")
    formats.add_files(option, FILES)
    command.set_defaults(run=run, answer=answer)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command; prints nothing unless everything fits."""
    to = formats.destinations(args, FILES)
    if args.tree or args.object:
        from irqlab.cli import isolated

        return isolated.run(args.words, compiled.name(args.object or args.file), to)
    return give(answer(args), to)


def answer(args: argparse.Namespace, link: Link | None = None, request: Request | None = None) -> Answer:
    """What the sub-command has to say; ``link`` is the line to the parent, in a child."""

    def driver(origin: Origin) -> tuple[Driver, Origin]:
        assert link is not None
        target = args.object or origin.source
        if not target:
            raise InputError(f"{args.file}: does not say which source of the tree the driver is: give --object FILE")
        found = compiled.load(target, args.tree, "" if args.object else origin.arch, link.tell, origin.core)
        theirs, ours = origin.version, found.origin.version
        if origin.core == LINUX and theirs and ours and versions.numbers(theirs) != versions.numbers(ours):
            raise InputError(f"{args.tree}: is Linux {ours}, and {args.file} is of the core of Linux {theirs}: give its tree")
        return found.driver, found.origin

    given = Given(args.driver_file, driver_file, driver if link is not None else None)
    if link is None:
        with Watchdog().running():
            return _answer(args, load(args.file, given))
    loaded = load(args.file, given)
    if loaded.differs:
        link.send(warning=_another(loaded))
    with link.watching(Watchdog(COMPILED_PATIENCE)):
        return _answer(args, loaded)


def _answer(args: argparse.Namespace, loaded: Loaded) -> Answer:
    setup, wanted = loaded.setup, _wanted(loaded, args)
    with guarded(setup.driver.name, setup.driver_file, compiled=setup.origin is not None):
        told = [_again(loaded, expected, args.file) for expected in wanted]
    lines: list[Line] = []
    for expected, again in zip(wanted, told, strict=True):
        lines += [*finding(setup, expected.number, again, args.file), Line()]
    several = f"{len(told)} findings" if len(told) > 1 else "1 finding"
    same = "the same steps, the same breach" + (" in another build" if loaded.differs else ", the same state")
    said = f"{several} of {subject(setup)}: {same}"
    lines += wrap(f"reproduced: {said}", HEAD)
    status = BROKEN if any(not again.breach.note for again in told) else KEPT
    numbered = [(expected.number, again) for expected, again in zip(wanted, told, strict=True)]
    return Answer.of(status, lines, formats.texts((setup, numbered, said), args, FILES))


def _another(loaded: Loaded) -> str:
    """Says that the driver is another build than the one the findings are of."""
    given, built = loaded.setup.origin, loaded.built
    assert given is not None and built is not None
    of = f" (of Linux {built.version})" if built.version and built.version != given.version else ""
    return f"{given.target}: is not the build the finding was made with{of}: its steps are tried, the states are not compared"


def _wanted(loaded: Loaded, args: argparse.Namespace) -> tuple[Expected, ...]:
    if not loaded.findings:
        raise FindingError(f"{args.file}: /findings: is empty: there is nothing to replay, no promise was broken")
    if args.finding is None:
        return loaded.findings
    if args.finding > len(loaded.findings):
        raise FindingError(f"{args.file}: has no finding {args.finding}: take --finding 1 to {len(loaded.findings)}")
    return (loaded.findings[args.finding - 1],)


def _again(loaded: Loaded, expected: Expected, file: str) -> Told:
    """One finding run again in a fresh model."""
    model = loaded.setup.model(expected.output)
    digest = "" if loaded.differs else expected.digest
    found, trace = replay(model, expected.finding, digest, f"{file}: finding {expected.number}")
    return Told(found, trace, expected.output, expected.under)
