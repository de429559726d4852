"""The arguments of every sub-command."""

from __future__ import annotations

from irqlab import version
from irqlab.cli import (
    b4_check,
    check,
    compare,
    conform,
    cures,
    explain,
    kbuild,
    listing,
    replay,
    review,
    survey,
    thread,
    tree,
)
from irqlab.cli.help import filled
from irqlab.cli.parser import Parser

#: The sub-commands, in the order of the help; each module adds one, and its ``HELP`` says what else there is to know.
COMMANDS = (check, cures, compare, review, replay, listing, explain, survey, conform, kbuild, b4_check, thread, tree)


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(
        prog="irqlab",
        description="Runs Linux interrupt-controller drivers without their hardware, and shows the shortest way to each broken "
        "promise.",
        epilog=filled(
            "Exit status: 0 everything in scope exhausted and kept; 1 a promise is broken; 2 the input or the command is wrong; "
            "3 not decided. What that means for a command is in its help."
        ),
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"irqlab {version()}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for module in COMMANDS:
        module.add(commands)
    return top
