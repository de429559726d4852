"""``irqlab tree``: kernel sources, and what is cached of them.

Tests: ``tests/cli/test_tree.py``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from irqlab import tree
from irqlab.cli.help import Help
from irqlab.cli.output import show
from irqlab.cli.status import KEPT
from irqlab.report.lines import Line
from irqlab.tree import cache, debian, workspace

if TYPE_CHECKING:
    from argparse import _SubParsersAction

HELP = Help(
    {
        0: "it is there, or was listed",
        2: "the input or the command is wrong: one line says what, where, and what to do",
    },
    ("irqlab tree get 6.12", "irqlab tree list"),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "tree",
        help="get kernel sources, and list what is cached of them",
        description="Gets kernel sources, and lists what is cached of them.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    actions = command.add_subparsers(metavar="get|list", required=True)
    get = actions.add_parser(
        "get",
        help="unpack Debian's sources of a release into the cache, and print where they are",
        description="Unpacks Debian's package linux-source-RELEASE into the cache, once, and prints where it is. Needs no root.",
        allow_abbrev=False,
    )
    get.add_argument("release", metavar="RELEASE", help="such as 6.12")
    get.set_defaults(run=run_get)
    listing = actions.add_parser("list", help="what is cached", description="What is cached.", allow_abbrev=False)
    listing.set_defaults(run=run_list)


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Shows on a terminal what is going on; says nothing elsewhere."""
    if not sys.stderr.isatty():
        yield cache.silent
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status("", spinner="line") as status:
        yield lambda what: status.update(Text(what))


def run_get(args: argparse.Namespace) -> int:
    """Runs ``irqlab tree get``."""
    with telling() as progress:
        found = tree.get(args.release, progress)
    show([Line(f"Linux {found.version} is in {found.path}")])
    return KEPT


def run_list(args: argparse.Namespace) -> int:
    """Runs ``irqlab tree list``."""
    lines = [Line(f"cache {cache.root()}")]
    lines += [Line(f"tree  Linux {found.version} in {found.path}") for found in debian.listed()]
    for kept in workspace.listed():
        config = "its own .config" if kept.own_config else "irqlab's configuration"
        count = f"{kept.objects} object{'s' if kept.objects != 1 else ''}"
        lines.append(Line(f"built Linux {kept.version} of {kept.tree} for {kept.arch}, {config}: {count} in {kept.path}"))
    if len(lines) == 1:
        lines.append(Line("nothing is cached: irqlab tree get 6.12"))
    show(lines)
    return KEPT
