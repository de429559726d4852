"""What a driver in Python may do wrong: raise, recurse, or never return.  Each ends as one line with file and line.

Compiled drivers do none of that: what ends like this under one of them is a defect of irqlab.

Tests: ``tests/cli/test_guard.py``.
"""

from __future__ import annotations

import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import NoReturn

import irqlab
from irqlab.errors import DriverError, IrqlabError, ModelError

#: How long a driver may run without the exploration moving, in seconds; a compiled one is slower.
PATIENCE = 10
COMPILED_PATIENCE = 60

#: How often :class:`Stuck` may be caught by what it was raised in.
_SWALLOWED = 5

_HOME = Path(irqlab.__file__).parent

_OWN, _COMPILED = "it is a driver of irqlab's own", "no driver can cause that: irqlab does not run this object as it should"


class Stuck(BaseException):
    """Raised inside whatever has been running for too long: so many seconds."""


class Watchdog:
    """Interrupts code under which nothing moves for some time.

    :ivar moves: what changes while all is well; asked once a second.
    :ivar beat: called once a second.
    :ivar patience: how long nothing may move, in seconds; :data:`PATIENCE` if not given.
    """

    def __init__(self, patience: int = 0) -> None:
        self.patience = patience or PATIENCE
        self.moves: Callable[[], object] = lambda: None
        self.beat: Callable[[], None] = lambda: None
        self._seen: object = None
        self._still = 0

    def _tick(self, number: int, frame: FrameType | None) -> None:
        self.beat()
        moved = self.moves()
        if moved != self._seen:
            self._seen, self._still = moved, 0
            return
        self._still += 1
        if self._still > self.patience + _SWALLOWED:
            self._give_up(frame)
        if self._still >= self.patience:
            raise Stuck(self.patience)

    def _give_up(self, frame: FrameType | None) -> NoReturn:
        """Something catches even :class:`Stuck`: the process ends here."""
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}: " if frame is not None else ""
        os.write(2, f"irqlab: {where}has been running for {self._still} s and catches BaseException: mend it there\n".encode())
        os._exit(2)

    @contextmanager
    def running(self) -> Iterator[Watchdog]:
        """The watchdog is on; in the main thread only, where Python delivers signals."""
        if threading.current_thread() is not threading.main_thread():
            yield self
            return
        previous = signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, 1, 1)
        try:
            yield self
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, previous)


@contextmanager
def guarded(driver: str, file: str = "", *, compiled: bool = False) -> Iterator[None]:
    """Whatever a driver raises becomes a :class:`~irqlab.errors.DriverError`.

    :param driver: what to call it; ``file`` is where it was loaded from, empty for irqlab's own and for compiled ones.
    """
    try:
        yield
    except ModelError as error:
        raise _told(driver, file, compiled, error) from None
    except IrqlabError:
        raise
    except (Exception, SystemExit, GeneratorExit, Stuck) as error:
        raise _told(driver, file, compiled, error) from None


def _told(driver: str, file: str, compiled: bool, error: BaseException) -> DriverError:
    if isinstance(error, MemoryError):
        return DriverError(f"driver '{driver}': there is no memory left: give a smaller --max-memory, or a smaller scope")
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(error.__traceback__)]
    theirs = [frame for frame in frames if file and frame[0] == file]
    inner = theirs[-1] if theirs else next((frame for frame in reversed(frames) if Path(frame[0]).is_relative_to(_HOME)), None)
    where = f"{_short(inner[0])}:{inner[1]}, in {inner[2]}(): " if inner else ""
    if isinstance(error, Stuck):
        what, remedy = f"has been running for {error} s without end", "wait with context.wait_event() or context.spin_until()"
    elif isinstance(error, RecursionError):
        what, remedy = "recurses without end", "mend it there"
    else:
        what, remedy = f"raised {type(error).__name__}{f': {error}' if str(error) else ''}", "mend it there"
    if theirs and frames[-1][0] != file and not isinstance(error, (RecursionError, Stuck)):
        what += f" (in {_short(frames[-1][0])}:{frames[-1][1]})"
    if not file:
        remedy = f"{_COMPILED if compiled else _OWN}: report the defect"
    elif not theirs:
        remedy = "it was not in the driver's code: keep all state in Records, or report a defect of irqlab"
    return DriverError(f"{where}driver '{driver}' {what}: {remedy}")


def _short(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(_HOME.parent)) if path.is_relative_to(_HOME) else name
