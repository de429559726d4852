"""Tasks side by side, each in a process of its own.

A task runs in a fork of this process and sends its result back as a plain value.  Results come in the order of the tasks
and do not depend on how many run at once; where several tasks fail, the first of them in that order is told.

Implementation notes
--------------------
* A worker prints nothing, ignores Ctrl-C and inherits the interval timer (a watchdog's), which waits in the parent
  meanwhile.  It hears that it is to stop, and notices that its parent is gone, when it tells its progress.
* Nothing but fork starts workers, so nothing has to be pickled on the way in; nothing of the parent is flushed or run at
  a worker's end.

Tests: ``tests/explore/test_workers.py``.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import traceback
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from typing import Any, Generic, NoReturn, TypeVar

from irqlab.errors import IrqlabError, WorkerError
from irqlab.explore.search import Progress

T = TypeVar("T")


@dataclass(frozen=True)
class Task(Generic[T]):
    """Something to be done.

    :ivar name: what it is called where it fails: ``the exploration …``.
    :ivar run: does it, and returns a value that can be pickled.
    """

    name: str
    run: Callable[[Progress | None], T]


def usable() -> int:
    """How many processes can run at the same time here."""
    if not hasattr(os, "fork"):
        return 1
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def run(
    tasks: Sequence[Task[T]], jobs: int, progress: Progress | None = None, last: Callable[[T], bool] = lambda result: False
) -> list[T]:
    """The results of the tasks, at most ``jobs`` of them at a time; in this process where there is nothing to share out.

    :param last: after such a result no further task is begun.
    :raises WorkerError: a worker was killed.
    """
    if jobs > 1 and len(tasks) > 1:
        return _Foreman(tasks, jobs, progress, last).run()
    results: list[T] = []
    for task in tasks:
        results.append(task.run(progress))
        if last(results[-1]):
            break
    return results


# -- the worker ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Done:
    result: Any


@dataclass(frozen=True)
class _Failed:
    error: BaseException


def _work(task: Task[Any], pipe: Connection, timer: tuple[float, float]) -> NoReturn:
    """The life of a worker."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.setitimer(signal.ITIMER_REAL, *timer)
        answer = _answer(task, pipe)
        signal.setitimer(signal.ITIMER_REAL, 0)
        pipe.send_bytes(answer)
        status = 0
    except (EOFError, OSError):
        pass  # there is nobody to answer
    finally:
        os._exit(status)


def _answer(task: Task[Any], pipe: Connection) -> bytes:
    def progress(states: int, waiting: int, depth: int) -> None:
        pipe.send((states, waiting, depth))
        if pipe.poll():
            pipe.recv()
            raise KeyboardInterrupt

    try:
        return pickle.dumps(_Done(task.run(progress)))
    except BaseException as error:
        if not isinstance(error, IrqlabError):
            error.add_note(f"in a worker:\n{traceback.format_exc()}")
        try:
            return pickle.dumps(_Failed(error))
        except Exception:
            return pickle.dumps(_Failed(IrqlabError(f"{task.name}: {type(error).__name__}: {error}")))


class _Worker:
    """A worker as its parent sees it."""

    def __init__(self, task: Task[Any], timer: tuple[float, float], others: Iterable[_Worker]) -> None:
        self.task = task
        self.pipe, theirs = Pipe()
        self.seen = (0, 0, 0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # other threads may be there; a worker needs none of them
            self.pid = os.fork()
        if not self.pid:
            for worker in (self, *others):
                worker.pipe.close()
            _work(task, theirs, timer)
        theirs.close()

    def hear(self) -> _Done | _Failed | None:
        """The next message; None while there is only progress."""
        try:
            message = self.pipe.recv()
        except EOFError:
            message = _Failed(self._died())
        if isinstance(message, tuple):
            self.seen = message
            return None
        self.bury()
        return message  # type: ignore[no-any-return]

    def _died(self) -> WorkerError:
        _, status = os.waitpid(self.pid, 0)
        self.pid = 0
        if os.WIFSIGNALED(status):
            number = os.WTERMSIG(status)
            what = f"was killed by signal {number} ({signal.strsignal(number)}): if memory ran out, give a smaller --max-memory"
        else:
            what = f"ended with status {os.waitstatus_to_exitcode(status)} before it was done: run it again"
        return WorkerError(f"{self.task.name} {what}")

    def stop(self) -> None:
        """Asks it to come to an end."""
        with contextlib.suppress(OSError):  # it may have ended just now
            self.pipe.send("stop")

    def bury(self) -> None:
        """It is not needed any more."""
        self.pipe.close()
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.pid = 0


# -- the parent ------------------------------------------------------------------------------------------------


class _Foreman(Generic[T]):
    """Sees to it that the tasks are done."""

    def __init__(self, tasks: Sequence[Task[T]], jobs: int, progress: Progress | None, last: Callable[[T], bool]) -> None:
        self.tasks, self.jobs, self.progress, self.last = tasks, jobs, progress, last
        self.pending = list(range(len(tasks)))
        self.running: dict[int, _Worker] = {}
        self.results: dict[int, T] = {}
        self.failed: dict[int, BaseException] = {}
        self.done = 0

    def run(self) -> list[T]:
        timer = signal.setitimer(signal.ITIMER_REAL, 0)
        try:
            while self._begin(timer):
                self._listen()
                self._tell()
        finally:
            for worker in self.running.values():
                worker.bury()
            signal.setitimer(signal.ITIMER_REAL, *timer)
        if self.failed:
            raise self.failed[min(self.failed)]
        return [result for _, result in sorted(self.results.items())]

    def _begin(self, timer: tuple[float, float]) -> bool:
        """Begins what may be begun; whether anything is under way."""
        while self.pending and len(self.running) < self.jobs:
            number = self.pending.pop(0)
            self.running[number] = _Worker(self.tasks[number], timer, self.running.values())
        return bool(self.running)

    def _listen(self) -> None:
        by_pipe = {worker.pipe: number for number, worker in self.running.items()}
        for pipe in wait(list(by_pipe), 0.5):
            number = by_pipe[pipe]  # type: ignore[index]
            worker = self.running.get(number)
            message = worker.hear() if worker is not None else None
            if message is None or worker is None:
                continue
            del self.running[number]
            self.done += worker.seen[0]
            if isinstance(message, _Failed):
                self._fail(number, message.error)
            else:
                self.results[number] = message.result
                if self.last(message.result):
                    self.pending.clear()

    def _fail(self, number: int, error: BaseException) -> None:
        """What comes after a task that failed is not wanted; what comes before it may fail too."""
        self.failed[number] = error
        self.pending = [other for other in self.pending if other < number]
        for other in [other for other in self.running if other > number]:
            self.running.pop(other).bury()

    def _tell(self) -> None:
        if self.progress is None:
            return
        seen = [worker.seen for worker in self.running.values()]
        states, waiting = self.done + sum(one[0] for one in seen), sum(one[1] for one in seen)
        try:
            self.progress(states, waiting, max((one[2] for one in seen), default=0))
        except KeyboardInterrupt:
            self.progress = None
            self.pending.clear()
            for worker in self.running.values():
                worker.stop()
