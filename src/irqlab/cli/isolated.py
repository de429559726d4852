"""Commands on compiled drivers run in a child process: whatever an emulator does to it, the command ends with one line.

The child has a process group of its own, so that a Ctrl-C reaches it once, through its parent.  If it ends before it has
answered, the work is done once more up to where it was known to be well: what was found until then is not lost.

Tests: ``tests/cli/test_isolated.py``.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import IO, Any

import irqlab
from irqlab.cli.answer import Answer, give
from irqlab.cli.child import Request
from irqlab.cli.status import WRONG, Interrupted
from irqlab.errors import GuestError, IrqlabError
from irqlab.report.lines import one_line

#: How long a child may say nothing while it explores, in seconds.
PATIENCE = 30

#: What runs the child; the number of the pipe and the request follow.
COMMAND: tuple[str, ...] = (sys.executable, "-m", "irqlab.cli.child")

#: How often Ctrl-C is passed on before the child is killed.
_POLITE = 2


@dataclass
class Heard:
    """What a child has said so far.

    :ivar how: in what way it ended, if it did not answer.
    """

    answer: Answer | None = None
    error: str = ""
    interrupted: bool = False
    states: int = 0
    watched: bool = False
    how: str = ""

    @property
    def ended(self) -> bool:
        """It has said how it ended."""
        return self.answer is not None or bool(self.error) or self.interrupted


def run(words: Sequence[str], driver: str, to: Mapping[str, str] | None = None) -> int:
    """Runs a command line in a child and gives its answer; returns the exit status.

    :param driver: what to call the driver in messages; ``to`` as for :func:`irqlab.cli.answer.give`.
    """
    with _terminal() as tell:
        answer, trouble = ask(words, driver, tell)
    status = give(answer, to)
    if not trouble:
        return status
    print(f"irqlab: {trouble}", file=sys.stderr)
    return WRONG


def ask(words: Sequence[str], driver: str, tell: Callable[[str], None] = lambda what: None) -> tuple[Answer, str]:
    """The answer of a child to a command line, and why it is not the whole one; empty where it is.

    :raises IrqlabError: there is none.
    """
    first = heard = _child(Request(tuple(words)), tell)
    if not first.ended and first.states > 1:
        tell(f"{driver}: {first.how}: exploring again up to there")
        heard = _child(Request(tuple(words), first.states, first.how), tell)
    if heard.interrupted:
        raise KeyboardInterrupt
    if heard.error:
        raise IrqlabError(heard.error)
    if first is heard and heard.answer is not None:
        return heard.answer, ""
    after = f" after {first.states} states" if first.states > 1 else ""
    remedy = _NO_MEMORY if first.how == _KILLED else _DEFECT
    if heard.answer is not None:
        return heard.answer, f"driver '{driver}': {first.how}{after}, what was found until then is told: {remedy}"
    raise GuestError(f"driver '{driver}': {first.how}{after}: {remedy}")


_KILLED = "the emulator was killed"
_NO_MEMORY = "give a smaller --max-memory or scope, if memory ran out"
_DEFECT = "report the defect of irqlab, with the object"


def _child(request: Request, tell: Callable[[str], None]) -> Heard:
    """One child, from its begin to its end."""
    reader, writer = os.pipe()
    home = str(Path(irqlab.__file__).parent.parent)
    path = os.pathsep.join(part for part in (home, os.environ.get("PYTHONPATH", "")) if part)
    heard = Heard()
    with tempfile.TemporaryFile() as said, open(reader, "rb", buffering=0) as pipe:
        child = subprocess.Popen(
            [*COMMAND, str(writer), request.text()],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            pass_fds=(writer,),
            process_group=0,
            env={**os.environ, "PYTHONPATH": path},
        )
        os.close(writer)
        try:
            with _signals(child) as pressed:
                _listen(child, pipe, heard, tell)
                child.wait()
            heard.interrupted = heard.interrupted or (bool(pressed) and not heard.ended)
        finally:
            _kill(child)
        if not heard.ended and not heard.how:
            heard.how = _how(child.returncode, said)
    return heard


def _listen(child: subprocess.Popen[bytes], pipe: IO[bytes], heard: Heard, tell: Callable[[str], None]) -> None:
    """Hears a child until it closes its end."""
    waiting, silent = b"", 0
    while True:
        # Seconds are counted one by one: those in which this process is stopped too do not count.
        if not select.select([pipe], [], [], 1)[0]:
            silent += heard.watched
            if silent >= PATIENCE:
                heard.how = f"the emulator did not answer for {PATIENCE} s"
                _kill(child)
                return
            continue
        data = pipe.read(1 << 16)
        if not data:
            return
        silent = 0
        *lines, waiting = (waiting + data).split(b"\n")
        for line in lines:
            _hear(json.loads(line), heard, tell)


def _hear(message: dict[str, Any], heard: Heard, tell: Callable[[str], None]) -> None:
    if "tell" in message:
        tell(message["tell"])
    if "warning" in message:
        print(f"irqlab: {one_line(message['warning'])}", file=sys.stderr)
    heard.states = message.get("states", heard.states)
    heard.watched = message.get("watch", heard.watched)
    heard.error = message.get("error", heard.error)
    heard.interrupted = message.get("interrupted", heard.interrupted)
    if "answer" in message:
        heard.answer = Answer.read(message["answer"])


def _how(status: int, said: IO[bytes]) -> str:
    """How a child ended that had not answered."""
    if status == -signal.SIGKILL:
        return _KILLED
    if status < 0:
        with contextlib.suppress(ValueError):
            return f"the emulator crashed ({signal.Signals(-status).name})"
    said.seek(0)
    lines = said.read().decode(errors="replace").split("\n")
    last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
    return f"the emulator crashed (status {status}: {last[:200]})"


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Ends a child and whatever it has started."""
    if child.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


@contextlib.contextmanager
def _signals(child: subprocess.Popen[bytes]) -> Iterator[list[int]]:
    """Ctrl-C and Ctrl-Z are passed on; only in the main thread, where Python delivers signals.

    Yields what grows with each Ctrl-C.
    """
    pressed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        pressed.append(number)
        if len(pressed) > _POLITE:
            raise Interrupted
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGCONT)

    before = {number: signal.signal(number, what) for number, what in ((signal.SIGINT, interrupt), (signal.SIGTSTP, stop))}
    try:
        yield pressed
    finally:
        for number, what in before.items():
            signal.signal(number, what)


@contextlib.contextmanager
def _terminal() -> Iterator[Callable[[str], None]]:
    """Shows on a terminal what is going on; says nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda what: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, highlight=False).status("", spinner="line") as status:
        yield lambda what: status.update(Text(what))
