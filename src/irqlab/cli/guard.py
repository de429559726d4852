"""What a driver in Python may do wrong: raise, recurse, or never return.  Each ends as one line with file and line.

Tests: ``tests/cli/test_guard.py``.
"""

from __future__ import annotations

import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType, TracebackType

import irqlab
from irqlab.errors import DriverError, IrqlabError, ModelError

#: How long a driver may run without the exploration moving, in seconds.
PATIENCE = 10

_HOME = Path(irqlab.__file__).parent
_DRIVERS = _HOME / "drivers"


class Stuck(BaseException):
    """Raised inside whatever has been running for too long."""


class Watchdog:
    """Interrupts code under which nothing moves for :data:`PATIENCE` seconds.

    :ivar moves: what changes while all is well; asked once a second.
    """

    def __init__(self) -> None:
        self.moves: Callable[[], object] = lambda: None
        self._seen: object = None
        self._still = 0

    def _tick(self, number: int, frame: FrameType | None) -> None:
        moved = self.moves()
        if moved != self._seen:
            self._seen, self._still = moved, 0
            return
        self._still += 1
        if self._still >= PATIENCE:
            raise Stuck

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
def guarded(driver: str, file: str = "") -> Iterator[None]:
    """Whatever a driver raises becomes a :class:`~irqlab.errors.DriverError`.

    :param driver: what to call it; ``file`` is where it was loaded from, empty for irqlab's own.
    """
    try:
        yield
    except ModelError as error:
        raise _told(driver, file, error) from None
    except IrqlabError:
        raise
    except (Exception, SystemExit, GeneratorExit, Stuck) as error:
        raise _told(driver, file, error) from None


def _told(driver: str, file: str, error: BaseException) -> DriverError:
    place, function, mine = _place(error.__traceback__, file)
    where = f"{place}, in {function}(): " if place else ""
    if isinstance(error, Stuck):
        return DriverError(
            f"{where}driver '{driver}' has been running for {PATIENCE} s without end: wait with context.wait_event()"
        )
    if isinstance(error, RecursionError):
        return DriverError(f"{where}driver '{driver}' recurses without end: mend it there")
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if mine:
        return DriverError(f"{where}driver '{driver}' raised {said}: mend it there")
    return DriverError(f"{where}{said}, while driver '{driver}' was run: a driver's state outside Records, or a defect of irqlab")


def _place(trace: TracebackType | None, file: str) -> tuple[str, str, bool]:
    """The innermost line of the driver, or of anything: ``file:line``, the function, whether it is the driver's."""
    frames = [(frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(trace)]
    for name, line, function in reversed(frames):
        if (file and name == file) or Path(name).is_relative_to(_DRIVERS):
            return f"{_short(name)}:{line}", function, True
    ours = [frame for frame in frames if Path(frame[0]).is_relative_to(_HOME)]
    if not ours:
        return "", "", False
    name, line, function = ours[-1]
    return f"{_short(name)}:{line}", function, False


def _short(name: str) -> str:
    path = Path(name)
    return str(path.relative_to(_HOME.parent)) if path.is_relative_to(_HOME) else name
