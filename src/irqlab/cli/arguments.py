"""The arguments of every sub-command."""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from irqlab import version
from irqlab.cli import check, compare, conform, cures, explain, listing, replay, review, survey, thread, tree
from irqlab.cli.help import FORMATTER, filled
from irqlab.cli.names import close
from irqlab.errors import InputError

_CHOICE = re.compile(r"argument (.*?): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)


#: The sub-commands, in the order of the help; each module adds one, and its ``HELP`` says what else there is to know.
COMMANDS = (check, cures, compare, review, replay, listing, explain, survey, conform, thread, tree)


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like that of everything else, and whose help has one width."""

    def __init__(self, *, description: str = "", **more: Any) -> None:
        super().__init__(formatter_class=FORMATTER, description=filled(description), **more)

    def error(self, message: str) -> NoReturn:
        found = _CHOICE.fullmatch(message)
        if found is not None:
            what = found[1] if found[1].startswith("-") else self.prog
            known = [word.strip(" '\"") for word in found[3].split(",")]
            message = f"{what} '{found[2]}' is not known: {close(found[2], known)}"
        raise InputError(f"{message} (see '{self.prog} --help')")


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
