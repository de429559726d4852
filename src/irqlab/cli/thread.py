"""``irqlab thread``: the thread of August 2020, settled by exploration.

Tests: ``tests/cli/test_thread.py``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.cli.guard import guarded
from irqlab.cli.help import Help
from irqlab.cli.options import count
from irqlab.cli.output import save, show
from irqlab.cli.progress import Progress
from irqlab.cli.status import KEPT, NOT_DECIDED
from irqlab.explore.check import Setup
from irqlab.explore.search import Bounds
from irqlab.report.thread import dumps, markdown, report
from irqlab.verdict.thread import CLAIMS, Claim, settle

if TYPE_CHECKING:
    from argparse import _SubParsersAction

HELP = Help(
    {
        0: "every claim is decided",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "a claim is not decided: a bound was hit",
    },
    ("irqlab thread", "irqlab thread --max-states 1000"),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "thread",
        help="settle each claim of the thread that began it all",
        description="Explores what each side of the thread of August 2020 claimed, and says who was right.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    command.add_argument("--json", metavar="FILE", help="write the verdicts as JSON too")
    command.add_argument("--markdown", metavar="FILE", help="write the page docs/thread.md too")
    command.add_argument("--max-states", metavar="N", type=count, help="stop each exploration after N states")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command; 0 when every claim is decided."""
    progress = Progress()

    def beginning(claim: Claim, setup: Setup) -> None:
        progress.begin(f"claim {claim.number}: {setup.driver.name} on {setup.release} ({setup.config.arch})")

    with guarded("irqlab thread", ""), progress:
        settled = settle(CLAIMS, Bounds(args.max_states), progress=progress.tell, beginning=beginning)
        lines = report(settled)
    if args.json:
        save(args.json, dumps(settled))
    if args.markdown:
        save(args.markdown, markdown(settled))
    show(lines)
    return NOT_DECIDED if any(one.verdict == "undecided" for one in settled) else KEPT
