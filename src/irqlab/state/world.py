"""The World: all Records, as a vector of interned ids that can be saved, restored and compared.

A *state* is ``bytes``: one 32-bit id a slot, 0 for an absent Record, trailing zeros cut off.  Slots belong to a kind
and a key, so two histories that meet are one state; ids belong to one World and are never printed.

:meth:`World.begin` opens a *segment*.  While it runs, :attr:`World.reads` notes every slot that is touched with the
id it had at the beginning, in the order of the first touch; :meth:`World.commit` interns what was written.

Tests: ``tests/state/test_world.py``.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from typing import Any, NoReturn, Protocol, TypeVar, cast

from irqlab.errors import ModelError
from irqlab.state.record import Key, Record, Static, is_value, static_name
from irqlab.state.tape import End, Log, Tape

T = TypeVar("T", bound=Record)

State = bytes


class Recorder(Protocol):
    """Listens while a trace is made (what it hears is not state)."""

    def call(self, name: str, args: tuple[Any, ...]) -> None: ...
    def reopen(self, name: str, args: tuple[Any, ...]) -> None: ...
    def result(self, name: str, result: Any) -> None: ...
    def note(self, kind: str, facts: dict[str, Any]) -> None: ...


class Directory(Record):
    """The keys of one counted kind that exist, so that listing them is a read like any other."""

    keys: tuple[tuple[int | str, ...], ...] = ()


class World:
    """Everything that can change.

    :ivar reads: slots touched in this segment, in order, with the id each had when the segment began.
    :ivar touches: how often a Record that is no machinery was first looked at or first written.
    :ivar signals: what rules want to know of this segment: ``(kind, ((name, value), ...))``.
    :ivar choices: the choices made in this segment: ``(options, chosen, reads before it)``.
    """

    def __init__(self) -> None:
        self._by_name: dict[tuple[type[Record], Key], Record] = {}
        self._slots: list[Record] = []
        self._tables: dict[type[Record], dict[tuple[Any, ...], int]] = {}
        self._values: dict[type[Record], list[tuple[Any, ...] | None]] = {}
        self.vector: array[int] = array("I")
        self.reads: dict[int, int] = {}
        self.touches = 0
        self.dirty: dict[int, Record] = {}
        self.signals: list[tuple[str, tuple[tuple[str, Any], ...]]] = []
        self.choices: list[tuple[int, int, int]] = []
        self._script: tuple[int, ...] = ()
        self.recorder: Recorder | None = None
        self.idle = Tape(self)
        self.tape = self.idle
        #: Answers in logs carry the field they came from, and replay checks them (slower; for tests).
        self.audit = False
        #: This segment did what no note of reads can describe: it must not be remembered.
        self.unmemorable = False
        #: Told when a context uses a Record that does not exist (set by the kernel, which crashes then).
        self.on_absent: Callable[[Record], None] = lambda record: None
        #: Asked at each schedule point whether to stop there (set by the kernel's context module).
        self.may_stop: Callable[[str], bool] = lambda kind: False
        #: Told when a context is about to wait (set by the kernel's context module).
        self.before_wait: Callable[[str], None] = lambda why: None

    # -- handles -------------------------------------------------------------------------------------------

    def at(self, cls: type[T], *key: int | str) -> T:
        """The handle of one Record, whether it exists or not."""
        handle = self._by_name.get((cls, key))
        if handle is None:
            if cls.counted:
                self.at(Directory, cls.kind())
            handle = cls(self, len(self._slots), key)
            self._by_name[cls, key] = handle
            self._slots.append(handle)
            self.vector.append(0)
            if cls not in self._tables:
                self._tables[cls] = {}
                self._values[cls] = [None]
        return handle  # type: ignore[return-value]

    @property
    def slots(self) -> int:
        """How many slots are known."""
        return len(self._slots)

    def known(self, cls: type[T]) -> list[T]:
        """Every handle of a kind that was ever used, in canonical order (says nothing about the state)."""
        found = cast("list[T]", [record for (kind, _), record in self._by_name.items() if kind is cls])
        return sorted(found, key=lambda record: _key_order(record.key))

    def slot(self, number: int) -> Record:
        """The handle of one slot."""
        return self._slots[number]

    def note(self, record: Record) -> None:
        """Notes the first touch of a Record in this segment."""
        self.reads[record.slot] = self.vector[record.slot]
        if not record.machinery:
            self.touches += 1

    def absent(self, record: Record) -> NoReturn:
        """A field of a Record that does not exist was touched: use after free, or before creation."""
        if record.slot not in self.reads:
            self.note(record)  # that it is not there is what was read
        if self.tape.context is not None:
            self.on_absent(record)
        raise ModelError(f"{record.label} was used while it does not exist")

    def exists(self, record: Record) -> bool:
        """Whether a Record exists (a read)."""
        tape = self.tape
        if tape.replaying:
            return bool(tape.take())
        if record.slot not in self.reads:
            self.note(record)
        there = record._values is not None
        if tape.log is not None:
            tape.log.append(there)
        return there

    def new(self, cls: type[T], *key: int | str, **fields: Any) -> T:
        """Creates a Record; it must not exist."""
        record = self.at(cls, *key)
        if self.tape.replaying:
            self.tape.skip()
            return record
        if record.slot not in self.reads:
            self.note(record)
        if record._values is not None:
            raise ModelError(f"{record.label} exists already")
        record._values = cls.initial(fields)
        self.dirty[record.slot] = record
        if cls.counted:
            self._list(cls, key, present=True)
        return record

    def drop_all(self, keep: Callable[[Record], bool]) -> None:
        """Deletes every Record but those to be kept (a kernel is gone)."""
        self.unmemorable = True
        for record in self._slots:
            if record._values is not None and not isinstance(record, Directory) and not keep(record):
                self.drop(record)

    def drop(self, record: Record) -> None:
        """Deletes a Record; it must exist."""
        if self.tape.replaying:
            self.tape.skip()
            return
        if record.slot not in self.reads:
            self.note(record)
        if record._values is None:
            raise ModelError(f"{record.label} was deleted while it does not exist")
        record._values = None
        self.dirty[record.slot] = record
        if type(record).counted:
            self._list(type(record), record.key, present=False)

    def _list(self, cls: type[Record], key: Key, *, present: bool) -> None:
        directory = self.at(Directory, cls.kind())
        log, self.tape.log = self.tape.log, None
        if directory._values is None:
            if directory.slot not in self.reads:
                self.note(directory)
            directory._values = ((),)
            self.dirty[directory.slot] = directory
        keys = set(directory.keys)
        keys.symmetric_difference_update({key})
        directory.keys = tuple(sorted(keys, key=_key_order))
        if not directory.keys:
            directory._values = None
        self.tape.log = log

    def keys(self, cls: type[Record]) -> tuple[Key, ...]:
        """The keys of a counted kind that exist, in canonical order (a read)."""
        if not cls.counted:
            raise ModelError(f"{cls.__name__} is not declared counted=True and cannot be listed")
        directory = self.at(Directory, cls.kind())
        if not self.exists(directory):
            return ()
        return directory.keys

    def all(self, cls: type[T]) -> tuple[T, ...]:
        """All Records of a counted kind, in canonical order (a read)."""
        return tuple(self.at(cls, *key) for key in self.keys(cls))

    def lowest_free(self, cls: type[Record], first: int = 0) -> int:
        """The lowest number that is no key of a counted kind (interrupt numbers and other ids)."""
        taken = {key[0] for key in self.keys(cls)}
        number = first
        while number in taken:
            number += 1
        return number

    # -- what code tells -----------------------------------------------------------------------------------

    def trace(self, kind: str, **facts: Any) -> None:
        """Something worth a line in a trace; costs nothing unless a trace is being made."""
        if self.recorder is not None and not self.tape.replaying:
            self.recorder.note(kind, facts)

    def signal(self, kind: str, **facts: Any) -> None:
        """Something a rule may object to; part of the segment's result."""
        if self.tape.replaying:
            self.tape.skip()
            return
        if self.recorder is not None:
            self.recorder.note(kind, facts)
        self.signals.append((kind, tuple(sorted(facts.items()))))

    def next_choice(self, options: int, what: str) -> int:
        """The next choice of the script this segment is run with; 0 when the script has ended."""
        position = len(self.choices)
        chosen = self._script[position] if position < len(self._script) else 0
        self.choices.append((options, chosen, len(self.reads)))
        self.trace("choice", what=what, chosen=chosen)
        return chosen

    # -- segments and states -------------------------------------------------------------------------------

    def begin(self, script: tuple[int, ...] = ()) -> None:
        """Opens a segment."""
        self.reads = {}
        self.touches = 0
        self.dirty = {}
        self.signals = []
        self.choices = []
        self.unmemorable = False
        self._script = script

    def commit(self) -> tuple[tuple[int, int], ...]:
        """Closes the segment: interns what was written and says which slots changed to which ids."""
        delta = []
        vector = self.vector
        for slot, record in self.dirty.items():
            new = self.intern(type(record), record._values)
            if vector[slot] != new:
                vector[slot] = new
                delta.append((slot, new))
        self.dirty = {}
        return tuple(delta)

    def abandon(self) -> None:
        """Closes the segment and takes back what was written."""
        for slot, record in self.dirty.items():
            record._values = self._values[type(record)][self.vector[slot]]
        self.dirty = {}

    def rollback(self, delta: tuple[tuple[int, int], ...]) -> None:
        """Takes a committed segment back."""
        vector = self.vector
        for slot, _ in delta:
            record = self._slots[slot]
            old = self.reads[slot]
            vector[slot] = old
            record._values = self._values[type(record)][old]

    def apply(self, delta: tuple[tuple[int, int], ...]) -> None:
        """Does again what a segment did."""
        vector = self.vector
        for slot, new in delta:
            record = self._slots[slot]
            vector[slot] = new
            record._values = self._values[type(record)][new]

    def intern(self, cls: type[Record], values: tuple[Any, ...] | None) -> int:
        """The id of one Record value."""
        if values is None:
            return 0
        table = self._tables[cls]
        number = table.get(values)
        if number is None:
            known = self._values[cls]
            number = len(known)
            table[values] = number
            known.append(values)
        return number

    def state(self) -> State:
        """The state as bytes (outside segments)."""
        return pack(self.vector)

    def unpack(self, state: State) -> array[int]:
        """A state as a vector over all slots known now."""
        vector = array("I", state)
        vector.extend([0] * (len(self._slots) - len(vector)))
        return vector

    def successor(self, state: State, delta: tuple[tuple[int, int], ...]) -> State:
        """The state a segment with this result leads to."""
        vector = self.unpack(state)
        for slot, new in delta:
            vector[slot] = new
        return pack(vector)

    def restore(self, state: State) -> None:
        """Makes ``state`` the World's state; touches only what differs."""
        wanted = self.unpack(state)
        vector = self.vector
        if wanted == vector:
            return
        for slot, number in enumerate(wanted):
            if vector[slot] != number:
                record = self._slots[slot]
                record._values = self._values[type(record)][number]
        self.vector = wanted

    def interned(self) -> int:
        """How many Record values have been seen."""
        return sum(len(values) - 1 for values in self._values.values())

    def dump(self) -> tuple[tuple[str, Key, tuple[Any, ...]], ...]:
        """The state in canonical order, by kind and key, readable and equal in every process."""
        rows = [
            (record.kind(), record.key, tuple(zip((f.name for f in record.fields), map(readable, record._values), strict=True)))
            for record in self._slots
            if record._values is not None
        ]
        return tuple(sorted(rows, key=lambda row: (row[0], _key_order(row[1]))))

    def step(self, context: object, entry: Callable[..., Any], args: tuple[Any, ...], log: Log) -> Tape:
        """Runs one segment of a context (see :mod:`irqlab.state.tape`)."""
        from irqlab.state import tape as tapes

        return tapes.run(self, Tape(self, context, log), entry, args)


def pack(vector: array[int]) -> State:
    """A vector of ids as a state."""
    data = vector.tobytes().rstrip(b"\0")
    return data + b"\0" * (-len(data) % 4)


def _key_order(key: Key) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, part) if isinstance(part, int) else (1, part) for part in key)


def readable(value: Any) -> Any:
    """A value with handles and statics replaced by their names."""
    if isinstance(value, tuple):
        return tuple(readable(item) for item in value)
    if isinstance(value, Record):
        return "&" + value.label
    if isinstance(value, Static) or callable(value):
        return static_name(value)
    return value


__all__ = ["Directory", "End", "Recorder", "State", "World", "is_value", "pack", "readable"]
