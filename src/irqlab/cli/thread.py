"""``irqlab thread``: the thread of August 2020, settled by exploration."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from irqlab.errors import InputError

if TYPE_CHECKING:
    from argparse import _SubParsersAction


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "thread",
        help="settle each claim of the thread that began it all",
        description="Explores what each side of the thread of August 2020 claimed, and says who was right.",
        allow_abbrev=False,
    )
    command.add_argument("--json", metavar="FILE", help="write the verdicts as JSON")
    command.add_argument("--markdown", metavar="FILE", help="write docs/thread.md")
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    raise InputError("thread: is not built yet: use 'irqlab check'")
