"""The command ``irqlab``: reads arguments, runs one sub-command, turns every error into one line.

Exit status: 0 everything in scope exhausted and kept; 1 a promise is broken; 2 the input or the command is wrong;
3 not decided; 1 wins over 3.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from irqlab.cli.concern import concerns
from irqlab.cli.status import KEPT, NOT_DECIDED, WRONG, Interrupted
from irqlab.errors import IrqlabError

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command line; returns the exit status."""
    try:
        words = sys.argv[1:] if argv is None else list(argv)
        if words[:1] == ["kbuild"] and not concerns(words[1:]):
            return KEPT  # thousands of files of a kernel build: nothing is imported for them
        from irqlab.cli.arguments import parser

        args = parser().parse_args(words)
        args.words = words
        status = int(args.run(args))
        sys.stdout.flush()
        return status
    except IrqlabError as error:
        print(f"irqlab: {_one_line(error)}", file=sys.stderr)
        return WRONG
    except (KeyboardInterrupt, Interrupted):
        print("irqlab: interrupted: nothing is decided: run the command again", file=sys.stderr)
        return NOT_DECIDED
    except BrokenPipeError:
        # Whoever read the output has left; Python must not try to write the rest when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOT_DECIDED
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"irqlab: {where}{_one_line(error.strerror or error)}: make room or choose another place", file=sys.stderr)
        return WRONG


def _one_line(text: object) -> str:
    """As reports have it; imported where something went wrong only."""
    from irqlab.report.lines import one_line

    return one_line(text)
