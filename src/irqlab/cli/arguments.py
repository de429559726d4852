"""The arguments of every sub-command."""

from __future__ import annotations

import argparse
import re
from typing import NoReturn

from irqlab import version
from irqlab.cli import check, compare, conform, cures, explain, kbuild, listing, replay, survey, thread, tree
from irqlab.cli.names import close
from irqlab.errors import InputError

_CHOICE = re.compile(r"argument (.*?): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)


class Parser(argparse.ArgumentParser):
    """A parser whose complaint is one line, like that of everything else."""

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
        epilog="Exit status: 0 everything in scope exhausted and kept; 1 a promise is broken; 2 the input or the command is "
        "wrong; 3 not decided.",
        allow_abbrev=False,
    )
    top.add_argument("--version", action="version", version=f"irqlab {version()}")
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for module in (check, cures, compare, replay, listing, explain, survey, conform, kbuild, thread, tree):
        module.add(commands)
    return top
