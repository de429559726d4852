"""The line between a command and the process that does its work: one JSON object a line, from the child to its parent.

=========== ==============================================================================
``tell``    what is going on, for a terminal
``states``  how many states an exploration knows
``beat``    the child's Python runs; ``watch`` says from when on that is to be expected
``warning`` a line for standard error
``answer``  the outcome; ``error`` what was wrong, on one line; ``interrupted``: by the user
=========== ==============================================================================
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from typing import Any

from irqlab.cli.guard import Watchdog

#: Seconds between two things that are told.
_OFTEN = 0.1


class Link:
    """The child's end."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._told = 0.0

    def send(self, **message: Any) -> None:
        """Sends one message; a parent that is gone takes the child with it."""
        data = json.dumps(message).encode() + b"\n"
        try:
            while data:
                data = data[os.write(self._number, data) :]
        except BrokenPipeError:
            os._exit(2)

    def tell(self, what: str) -> None:
        """Says what is going on, not too often."""
        now = time.monotonic()
        if now - self._told > _OFTEN:
            self._told = now
            self.send(tell=what)

    @contextlib.contextmanager
    def watching(self, watchdog: Watchdog) -> Iterator[None]:
        """The parent expects to hear that Python runs, about once a second."""
        watchdog.beat = lambda: self.send(beat=True)
        self.send(watch=True)
        try:
            with watchdog.running():
                yield
        finally:
            self.send(watch=False)
