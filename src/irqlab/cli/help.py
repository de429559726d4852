"""What ``--help`` says of a sub-command beside its options: exit statuses, examples, notes.

``docs/commands`` is made of the same.  Tests: ``tests/cli/test_help.py``.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from irqlab.report.lines import WIDTH, Line, plain, wrap

#: Of a command that runs nothing.
READS = {0: "it was printed", 2: "the input or the command is wrong"}


@dataclass(frozen=True)
class Help:
    """What a sub-command says of itself.

    :ivar statuses: what each exit status means.
    :ivar examples: commands.
    :ivar notes: what else there is to know.
    """

    statuses: Mapping[int, str]
    examples: tuple[str, ...] = ()
    notes: str = ""

    def epilog(self) -> str:
        """The end of the help."""
        lines = [Line("exit status:")]
        for status, meaning in self.statuses.items():
            lines += wrap(meaning, first=f"  {status}  ")
        if self.examples:
            lines += [Line(), Line("examples:"), *(Line(f"  {example}") for example in self.examples)]
        if self.notes:
            lines += [Line(), *wrap(self.notes)]
        return plain(lines)


#: Of the width of reports, whatever the terminal: the same help everywhere.
FORMATTER = partial(argparse.RawDescriptionHelpFormatter, width=WIDTH)


def filled(text: str) -> str:
    """A paragraph of that width."""
    return plain(wrap(text)).rstrip("\n")
