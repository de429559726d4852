"""Progress on a terminal, and Ctrl-C: the first ends the exploration with what there is, the second ends everything.

Nothing is printed where standard error is no terminal; a child process tells its parent.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from types import FrameType, TracebackType
from typing import Any

from irqlab.cli.link import Link
from irqlab.cli.status import Interrupted


class Progress:
    """Shows states, frontier, depth and rate; a context manager.

    :param link: whom to tell instead of a terminal.
    """

    def __init__(self, link: Link | None = None) -> None:
        self.interrupted = False
        self._link = link
        self._title = ""
        self._began = 0.0
        self._status: Any = None
        self._previous: Any = None

    def __enter__(self) -> Progress:
        if threading.current_thread() is threading.main_thread():
            self._previous = signal.signal(signal.SIGINT, self._interrupt)
        if self._link is None and sys.stderr.isatty():
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False).status("", spinner="line")
            self._status.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._status is not None:
            self._status.stop()
        if self._previous is not None:
            signal.signal(signal.SIGINT, self._previous)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        if self.interrupted:
            raise Interrupted
        self.interrupted = True

    def begin(self, title: str) -> None:
        """An exploration begins."""
        self._title, self._began = title, time.monotonic()

    def tell(self, states: int, waiting: int, depth: int) -> None:
        """Called by the search now and then, where it may stop."""
        if self._status is not None or self._link is not None:
            rate = (states - waiting) / max(time.monotonic() - self._began, 0.001)
            text = f"{self._title}: {states} states, {waiting} to go, depth {depth}, {rate:.0f} states/s"
            if self._link is not None:
                self._link.send(states=states)
                self._link.tell(text)
            else:
                self._status.update(text)
        if self.interrupted:
            raise KeyboardInterrupt
