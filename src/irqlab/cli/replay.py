"""``irqlab replay``: runs the steps of a finding file again and prints the same trace.

Tests: ``tests/cli/test_replay.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli.guard import Watchdog, guarded
from irqlab.cli.names import driver_file
from irqlab.cli.options import count
from irqlab.cli.output import show
from irqlab.cli.status import BROKEN, KEPT
from irqlab.errors import FindingError
from irqlab.explore.check import Told
from irqlab.explore.replay import replay
from irqlab.report.json import Expected, Loaded, load
from irqlab.report.lines import HEAD, Line, wrap
from irqlab.report.text import finding, subject

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "replay",
        help="run the steps of a finding again",
        description="Runs the steps of a finding file again, prints the same trace, and checks that the same promise breaks "
        "and the same state is reached.",
        epilog="Exit status: 1 the breach was reproduced; 0 there were only notes; 2 the file does not fit, and what differs.",
        allow_abbrev=False,
    )
    command.add_argument("file", metavar="finding.json", help="made with 'irqlab check … --json FILE'")
    command.add_argument("--finding", metavar="N", type=count, help="only this one; all, if not given")
    command.add_argument("--driver-file", metavar="FILE.py", default="", help="the driver, if the finding is of a Python file")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command; prints nothing unless everything fits."""
    with Watchdog().running():
        loaded = load(args.file, driver_file, args.driver_file)
        wanted = _wanted(loaded, args)
        with guarded(loaded.setup.driver.name, loaded.setup.driver_file):
            told = [_again(loaded, expected, args.file) for expected in wanted]
    lines: list[Line] = []
    for expected, again in zip(wanted, told, strict=True):
        lines += [*finding(loaded.setup, expected.number, again, args.file), Line()]
    several = f"{len(told)} findings" if len(told) > 1 else "1 finding"
    lines += wrap(f"reproduced: {several} of {subject(loaded.setup)}: the same steps, the same breach, the same state", HEAD)
    show(lines)
    return BROKEN if any(not again.breach.note for again in told) else KEPT


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
    found, trace = replay(model, expected.finding, expected.digest, f"{file}: finding {expected.number}")
    return Told(found, trace, expected.output, expected.under)
