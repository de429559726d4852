"""A parser of arguments whose complaint is one line, like that of everything else, and whose help has one width.

Tests: ``tests/cli/test_bad_input.py``.
"""

from __future__ import annotations

import argparse
import re
from typing import Any, NoReturn

from irqlab.cli.help import FORMATTER, filled
from irqlab.cli.names import close
from irqlab.errors import InputError

_CHOICE = re.compile(r"argument (.*?): invalid choice: '(.*)' \(choose from (.*)\)", re.DOTALL)


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
