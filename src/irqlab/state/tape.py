"""Framed re-execution: how a Python call that was stopped in its middle goes on from a stored state.

Kernel and driver functions are straight-line Python.  What the world answered since a call began (the values it
read, the results of the calls it made) is its *log*.  Code is deterministic, so equal logs mean equal
continuations: a stopped context is restored by running its entry again, reads answered from the log and writes
dropped, until the log ends.  From there the call is live to the next schedule point; then the stack is thrown away.

The log is kept per live call: when a traced function returns, its part is replaced by its result.

What authors must obey (``docs/contexts.md`` says why): arguments and results are values; blocking goes through
:meth:`Tape.wait`; one turn of a kthread is one action; no mutable globals or closures; the first argument that is a
Record or has a ``world`` says which world is meant.

Tests: ``tests/state/test_tape.py``.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, ParamSpec, Protocol, TypeVar, cast

from irqlab.errors import ModelError
from irqlab.state.record import PLAIN, Key, Values, is_value

if TYPE_CHECKING:
    from irqlab.state.world import World

P = ParamSpec("P")
R = TypeVar("R")

Log = tuple[tuple[Any, ...], ...]

#: Marks a schedule point that was passed.
PASSED = "·"


class Unwind(BaseException):
    """Throws a stack away; every touch of the world raises it again until the stack is gone."""


class Call(str):
    """The name of an open traced call; knows the module the function is from."""

    __slots__ = ("module",)
    module: str


class Checkpoint(Protocol):
    """What a call that is no Python goes on from (the registers and the stack of a compiled driver)."""

    def kept(self) -> Any:
        """Its value, asked only when the call is stopped."""


class End(Enum):
    """How a segment ended."""

    DONE = "done"  #: the entry returned
    POINT = "point"  #: it stands at a schedule point
    WAIT = "wait"  #: it has just found its condition false and waits
    BLOCKED = "blocked"  #: it waited, the condition is still false: nothing happened
    GONE = "gone"  #: the code below abandoned it (a crash, a bus hang)


class Tape:
    """One execution of one context: replays its log, then records.

    The tape of a World outside any context is :data:`World.idle`: it records nothing and never stops.
    """

    __slots__ = (
        "_items",
        "_next",
        "_stored",
        "calls",
        "context",
        "dead",
        "end",
        "frames",
        "log",
        "replaying",
        "subjects",
        "value",
        "why",
        "world",
    )

    def __init__(self, world: World, context: object = None, stored: Log | None = None) -> None:
        self.world = world
        self.context = context
        self.dead = False
        self.end = End.DONE
        self.value: Any = None
        self.why = ""
        self._stored: Log = stored or ()
        self.replaying = stored is not None and len(stored) > 0
        self.frames: list[list[Any]] = []
        #: Names of the open traced calls, outermost first.
        self.calls: list[Call] = []
        #: What the open calls are about (the kernel's business; kept here because it unwinds with the stack).
        self.subjects: list[object] = []
        self.log: list[Any] | None = None
        self._items: tuple[Any, ...] = ()
        self._next = 0

    # -- what Records call ---------------------------------------------------------------------------------

    def take(self) -> Any:
        """The next answer of the log (while replaying)."""
        if self.dead:
            raise Unwind
        position = self._next
        if position >= len(self._items):
            raise ModelError(f"replay of {self.context!r} reads past its log: the code is not deterministic")
        self._next = position + 1
        return self._items[position]

    def take_tagged(self, kind: str, key: Key, index: int) -> Any:
        """The next answer of an audited log: it must be of the field that is read now."""
        item = self.take()
        if type(item) is not tuple or item[:-1] != (kind, key, index):
            raise ModelError(
                f"replay of {self.context!r} reads {kind}{key} and its log answers {item!r}: the code is not deterministic"
            )
        return item[-1]

    def skip(self) -> None:
        """A write while replaying: it has happened already."""
        if self.dead:
            raise Unwind

    # -- traced calls --------------------------------------------------------------------------------------

    def answered(self) -> bool:
        """Whether a traced call that begins while replaying has its result in the log; else it is entered again."""
        if self.dead:
            raise Unwind
        frames = self.frames
        if frames and self._next < len(self._items):
            return True
        depth = len(frames)
        if depth >= len(self._stored):
            raise ModelError(f"replay of {self.context!r} calls past its log: the code is not deterministic")
        if depth:
            self._check_open(depth)
        self._items = self._stored[depth]
        self._next = 0
        frames.append(list(self._items))
        return False

    def _check_open(self, depth: int) -> None:
        if self._next != len(self._items):
            raise ModelError(f"replay of {self.context!r} opened frame {depth} too early: the code is not deterministic")

    def _at_end(self) -> bool:
        return len(self.frames) == len(self._stored) and self._next >= len(self._items)

    def _go_live(self) -> None:
        self.replaying = False
        self.log = self.frames[-1]

    # -- schedule points -----------------------------------------------------------------------------------

    def point(self, kind: str) -> None:
        """A schedule point: the world may act here, if the policy of the World says so."""
        if self.replaying:
            if self.dead or not self._at_end():
                self._pass()
                return
            self._go_live()
            self._append(PASSED)
            return
        if not self.frames:
            return  # outside contexts nothing can come between
        if self.log is None:
            raise ModelError(f"schedule point '{kind}' inside an atomic function")
        if self.world.may_stop(kind):
            self.stop(End.POINT, kind)
        self._append(PASSED)

    def wait(self, condition: Callable[[], bool], why: str) -> None:
        """Blocks until ``condition`` holds; it must be pure, and is asked again at each attempt."""
        if self.replaying:
            if self.dead or not self._at_end():
                self._pass()
                return
            self._go_live()
            if not self._ask(condition):
                self.stop(End.BLOCKED, why)
            self._append(PASSED)
            return
        if self._ask(condition):
            self._append(PASSED)
            return
        if not self.frames:
            raise ModelError(f"waiting for {why} outside a context")
        if self.log is None:
            raise ModelError(f"waiting for {why} inside an atomic function")
        self.log = None
        self.world.before_wait(why)
        self.stop(End.WAIT, why)

    def _pass(self) -> None:
        """A schedule point that was passed before the call was stopped."""
        if self.take() != PASSED:
            raise ModelError(f"replay of {self.context!r} comes to a schedule point too early: the code is not deterministic")

    def _ask(self, condition: Callable[[], bool]) -> bool:
        log, self.log = self.log, None
        try:
            return condition()
        finally:
            if not self.dead:
                self.log = log

    def choose(self, options: int, what: str) -> int:
        """A choice of the world among ``options`` possibilities (0 is what usually happens)."""
        if self.replaying:
            return cast(int, self.take())
        chosen = self.world.next_choice(options, what)
        self._append(chosen)
        return chosen

    def _append(self, item: Any) -> None:
        if self.log is not None:
            self.log.append(item)

    def stop(self, end: End, why: str) -> None:
        """Ends the segment here and throws the stack away."""
        self.end, self.why = end, why
        self.dead = self.replaying = True
        raise Unwind

    def checkpoint(self, item: Checkpoint) -> Any:
        """From here on nothing that the innermost call was answered counts, only what ``item`` keeps.

        While replaying it gives back what was kept; live it gives None.
        """
        if self.replaying:
            kept = self.take()
            self.frames[-1][0] = item
            return kept
        if self.log is not None:
            self.log[:] = [item]
        return None

    def stored(self) -> Log:
        """The log as it is kept in a state."""
        return Values(map(_plain, self.frames))


def _plain(frame: list[Any]) -> tuple[Any, ...]:
    if not frame or not hasattr(frame[0], "kept"):
        return tuple(frame)
    kept = frame[0].kept()
    if not is_value(kept):
        raise ModelError(f"{type(frame[0]).__name__}.kept() returned {kept!r}: only values can be kept")
    return (kept, *frame[1:])


def run(world: World, tape: Tape, entry: Callable[..., Any], args: tuple[Any, ...]) -> Tape:
    """Runs one segment of ``entry(*args)`` on ``tape`` and says on the tape how it ended."""
    previous = world.tape
    world.tape = tape
    try:
        tape.value = entry(*args)
    except Unwind:
        if not tape.dead:
            raise ModelError("an Unwind was raised without a stop") from None
    finally:
        world.tape = previous
    if tape.replaying and not tape.dead:
        raise ModelError(f"{tape.context!r} ended while its log was being replayed: the code is not deterministic")
    return tape


def _world_of(args: tuple[Any, ...]) -> World:
    for arg in args:
        world: World | None = getattr(arg, "world", None)
        if world is not None:
            return world
    raise ModelError("a traced function needs a Record or the kernel among its arguments")


def kernel(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a kernel or driver function: its calls are frames of the log, its results are values.

    Context: any.  Inside an atomic function or a condition it is part of that.  Raises
    :class:`~irqlab.errors.ModelError` when an argument or the result could change: a callee that fills a list would be
    skipped when its call is replayed.
    """
    name = Call(function.__name__)
    name.module = function.__module__
    body: Callable[..., R] = function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            world: World = args[0].world
            tape = world.tape
        except (AttributeError, IndexError):
            world = _world_of(args)
            tape = world.tape
        frames = tape.frames
        quiet = False
        if tape.replaying:
            if tape.answered():
                return tape.take()
            depth = len(frames)
            tape.calls.append(name)
            if world.recorder is not None:
                world.recorder.reopen(name, args)
            result = body(*args, **kwargs) if kwargs else body(*args)
            if tape.replaying and not tape.dead:
                raise ModelError(f"{name} returned while its log was being replayed: the code is not deterministic")
        elif tape.context is None:
            return body(*args, **kwargs) if kwargs else body(*args)
        else:
            for argument in args:
                if type(argument) not in PLAIN and not is_value(argument):
                    raise ModelError(f"{name}() was given {argument!r}: traced functions take values and Records")
            if tape.log is None and frames:
                quiet = True
            else:
                tape.log = []
                frames.append(tape.log)
            depth = len(frames)
            tape.calls.append(name)
            if world.recorder is not None:
                world.recorder.call(name, args)
            result = body(*args, **kwargs) if kwargs else body(*args)
        if tape.dead:
            raise Unwind
        if len(frames) != depth:
            raise ModelError(f"{name}() caught an exception of a function it called: return an error number instead")
        if world.recorder is not None:
            world.recorder.result(name, result)
        if type(result) not in PLAIN and not is_value(result):
            raise ModelError(f"{name}() returned {result!r}: traced functions return values or Records")
        tape.calls.pop()
        if not quiet:
            frames.pop()
            if frames:
                tape.log = frames[-1]
                tape.log.append(result)
            else:
                tape.log = None
        return result

    return _traced(call, function)


def atomic(function: Callable[P, R]) -> Callable[P, R]:
    """Marks a helper without schedule points: only its result is logged, so nothing it read keeps states apart."""
    name = function.__name__
    body: Callable[..., R] = function

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            tape: Tape = args[0].world.tape
        except (AttributeError, IndexError):
            tape = _world_of(args).tape
        if tape.replaying:
            return tape.take()
        log = tape.log
        if log is None:
            return body(*args, **kwargs) if kwargs else body(*args)
        tape.log = None
        try:
            result = body(*args, **kwargs) if kwargs else body(*args)
        finally:
            if not tape.dead:
                tape.log = log
        if type(result) not in PLAIN and not is_value(result):
            raise ModelError(f"{name}() returned {result!r}: traced functions return values or Records")
        log.append(result)
        return result

    call.__atomic__ = True  # type: ignore[attr-defined]
    return _traced(call, function)


def _traced(call: Callable[..., Any], function: Callable[P, R]) -> Callable[P, R]:
    if any(kind(function) for kind in (inspect.isgeneratorfunction, inspect.iscoroutinefunction, inspect.isasyncgenfunction)):
        raise ModelError(f"{function.__qualname__} is a generator: kernel functions are plain functions")
    call.__traced__ = True  # type: ignore[attr-defined]
    return call
