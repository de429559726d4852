"""The process that runs compiled drivers for a command: what it does may end it, but not the command.

Run as ``python -m irqlab.cli.child NUMBER REQUEST``: the number of an open pipe, and a :class:`Request` as JSON.

Tests: ``tests/cli/test_isolated.py``.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import signal
import sys
from dataclasses import asdict, dataclass

from irqlab.cli.link import Link
from irqlab.cli.status import Interrupted
from irqlab.errors import IrqlabError
from irqlab.report.lines import one_line

_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Request:
    """What a child is to do.

    :ivar words: the command line.
    :ivar states: where explorations are to stop, for beyond that the emulator ended; 0: nowhere.
    :ivar why: how it ended.
    """

    words: tuple[str, ...]
    states: int = 0
    why: str = ""

    def text(self) -> str:
        """As one argument."""
        return json.dumps(asdict(self))


def main(number: str, text: str) -> None:
    """Does what is asked for, and answers."""
    from irqlab.cli.arguments import parser

    _die_with_parent()
    request, link = Request(**json.loads(text)), Link(int(number))
    try:
        args = parser().parse_args(list(request.words))
        link.send(answer=args.answer(args, link, request).plain())
    except IrqlabError as error:
        link.send(error=one_line(error))
    except (KeyboardInterrupt, Interrupted):
        link.send(interrupted=True)
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        link.send(error=f"{where}{one_line(error.strerror or error)}: make room or choose another place")


def _die_with_parent() -> None:
    """A parent that is killed takes its child along."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main(*sys.argv[1:])
