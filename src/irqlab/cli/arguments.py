"""The arguments of every sub-command."""

from __future__ import annotations

from irqlab import version
from irqlab.cli import b4_check, check, compare, conform, cures, explain, kbuild, listing, replay, survey, thread, tree
from irqlab.cli.parser import Parser


def parser() -> Parser:
    """The parser of the whole command line."""
    top = Parser(
        prog="irqlab",
        description="Runs Linux interrupt-controller drivers without their hardware, and shows the shortest way to each broken "
        "promise.",
        epilog="Exit status: 0 everything in scope exhausted and kept; 1 a promise is broken; 2 the input or the command is "
        "wrong; 3 not decided.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"irqlab {version()}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for module in (check, cures, compare, replay, listing, explain, survey, conform, kbuild, b4_check, thread, tree):
        module.add(commands)
    return top
