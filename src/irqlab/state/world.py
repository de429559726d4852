"""The World: all Records, as a vector of interned ids that can be saved, restored and compared.

The vector holds one 32-bit id a slot, 0 for an absent Record; a *state* is the vector as short bytes
(:mod:`irqlab.state.chunks`).  Slots belong to a kind and a key, so two histories that meet are one state; ids belong to
one World and are never printed.

:meth:`World.begin` opens a *segment*.  While it runs, :attr:`World.reads` notes what is read, in the order of the first
touch: a slot with the id it had at the beginning, or where only that was asked, ``~slot`` and whether the Record existed.
:meth:`World.commit` interns what was written.

Tests: ``tests/state/test_world.py``.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, Protocol, TypeVar, cast

from irqlab.errors import ModelError
from irqlab.state.chunks import EMPTY, SHIFT, WIDTH, Chunks, Delta, Spread, State, numbers_of, state_of
from irqlab.state.record import Key, Record, Static, is_value, static_name
from irqlab.state.tape import End, Log, Tape

T = TypeVar("T", bound=Record)

#: Kinds of Records.
Kinds = frozenset[type[Record]]


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

    :ivar vector: the id of every slot now (of what was committed), in whole chunks.
    :ivar reads: what this segment read, in order: slots and their ids, ``~slot`` and 1 or 0.
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
        self.chunks = Chunks()
        #: The chunks of the vector, by number.
        self._numbers: array[int] = array("I")
        #: What is left of a chunk at its place where only some kinds are kept.
        self._left: dict[Kinds, dict[tuple[int, int], int]] = {}
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
        #: The kinds this segment kept when it deleted all others; None where it did not.
        self.kept: Kinds | None = None
        #: What the segment committed last changed: slots and chunks, and what they were.
        self._undo: list[tuple[int, int]] = []
        self._undo_numbers: list[tuple[int, int]] = []
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
            if len(self._slots) > len(self.vector):
                self.vector.frombytes(EMPTY)
                self._numbers.append(0)
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
        """The handle of one slot, or of ``~slot`` (as in :attr:`reads`)."""
        return self._slots[number if number >= 0 else ~number]

    def note(self, record: Record) -> None:
        """Notes that a Record is read in this segment."""
        slot = record.slot
        if slot not in self.reads:
            self.reads[slot] = self.vector[slot]
            if not record.machinery and ~slot not in self.reads:
                self.touches += 1

    def glance(self, record: Record) -> tuple[Any, ...] | list[Any] | None:
        """The values of a Record without a note that anybody has read it; None if it does not exist.

        For what says nothing about a state, such as caches that hold the same whatever it is.
        """
        return record._values

    def note_existence(self, record: Record) -> None:
        """Notes that it matters in this segment whether a Record exists."""
        slot = record.slot
        if slot not in self.reads and ~slot not in self.reads:
            self.reads[~slot] = 1 if self.vector[slot] else 0
            if not record.machinery:
                self.touches += 1

    def absent(self, record: Record) -> NoReturn:
        """A field of a Record that does not exist was touched: use after free, or before creation."""
        self.note(record)
        if self.tape.context is not None:
            self.on_absent(record)
        raise ModelError(f"{record.label} was used while it does not exist")

    def new(self, cls: type[T], *key: int | str, **fields: Any) -> T:
        """Creates a Record; it must not exist."""
        record = self.at(cls, *key)
        if self.tape.replaying:
            self.tape.skip()
            return record
        self.note_existence(record)
        if record._values is not None:
            raise ModelError(f"{record.label} exists already")
        record._values = cls.initial(fields)
        self.dirty[record.slot] = record
        if cls.counted:
            self._list(cls, key, present=True)
        return record

    def drop(self, record: Record) -> None:
        """Deletes a Record; it must exist."""
        if self.tape.replaying:
            self.tape.skip()
            return
        self.note_existence(record)
        if record._values is None:
            raise ModelError(f"{record.label} was deleted while it does not exist")
        record._values = None
        self.dirty[record.slot] = record
        if type(record).counted:
            self._list(type(record), record.key, present=False)

    def drop_all(self, keep: Kinds) -> None:
        """Deletes every Record but those of the kinds to be kept (a kernel is gone).  Outside of contexts, once a segment.

        What there was is not read: the segment does the same whatever it deletes.
        """
        self.kept = keep
        for record in self._slots:
            if record._values is not None and not _keeps(keep, record):
                record._values = None
                self.dirty[record.slot] = record

    def _list(self, cls: type[Record], key: Key, *, present: bool) -> None:
        directory = self.at(Directory, cls.kind())
        log, self.tape.log = self.tape.log, None
        self.note(directory)
        if directory._values is None:
            directory._values = [()]
            self.dirty[directory.slot] = directory
        keys = directory.keys
        directory.keys = tuple(sorted((*keys, key), key=_key_order)) if present else tuple([one for one in keys if one != key])
        if not directory.keys:
            directory._values = None
        self.tape.log = log

    def keys(self, cls: type[Record]) -> tuple[Key, ...]:
        """The keys of a counted kind that exist, in canonical order (a read)."""
        if not cls.counted:
            raise ModelError(f"{cls.__name__} is not declared counted=True and cannot be listed")
        directory = self.at(Directory, cls.kind())
        if not self.tape.replaying:
            self.note(directory)
        if not directory.exists:
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
        self.dirty = {}
        self.touches = 0
        self.signals = []
        self.choices = []
        self.unmemorable = False
        self.kept = None
        self._script = script

    def commit(self) -> Delta:
        """Closes the segment: interns what was written and says which slots hold which ids because of it.

        What the segment did not depend on is told even where nothing changed: the next state may differ there.
        """
        delta = []
        self._undo = undo = []
        vector, reads, kept = self.vector, self.reads, self.kept
        for slot, record in self.dirty.items():
            new = 0
            if record._values is not None:
                new = self.intern(type(record), tuple(record._values))
                record._values = self._values[type(record)][new]
            old = vector[slot]
            if new != old:
                vector[slot] = new
                undo.append((slot, old))
            if kept is not None and not _keeps(kept, record):
                if new:
                    delta.append((slot, new))
            elif new != old or (old and slot not in reads):
                delta.append((slot, new))
        self.dirty = {}
        self._undo_numbers = self._renumber([slot for slot, _ in undo])
        return tuple(delta)

    def _renumber(self, slots: list[int]) -> list[tuple[int, int]]:
        """Brings the numbers of the chunks some slots are in up to date; says what they were."""
        before = []
        for chunk in {slot >> SHIFT for slot in slots}:
            first = chunk << SHIFT
            before.append((chunk, self._numbers[chunk]))
            self._numbers[chunk] = self.chunks.number(self.vector[first : first + WIDTH].tobytes())
        return before

    def abandon(self) -> None:
        """Closes the segment and takes back what was written."""
        for slot, record in self.dirty.items():
            record._values = self._values[type(record)][self.vector[slot]]
        if self.dirty:
            self.dirty = {}

    def rollback(self) -> None:
        """Takes back the segment that was committed last."""
        self._put(self._undo)
        for chunk, number in self._undo_numbers:
            self._numbers[chunk] = number
        self._undo, self._undo_numbers = [], []

    def apply(self, delta: Delta) -> None:
        """Does again what a segment did."""
        self._put(delta)
        self._renumber([slot for slot, _ in delta])

    def _put(self, delta: Iterable[tuple[int, int]]) -> None:
        """Makes slots hold the values with these ids."""
        for slot, number in delta:
            self.vector[slot] = number
            record = self._slots[slot]
            record._values = self._values[type(record)][number]

    def intern(self, cls: type[Record], values: tuple[Any, ...]) -> int:
        """The id of one Record value."""
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
        return state_of(self._numbers[:])

    def spread(self, state: State) -> Spread:
        """A state spread out (:mod:`irqlab.state.chunks`) over all slots known now."""
        return self.chunks.spread(state, len(self._numbers))

    def unpack(self, state: State) -> array[int]:
        """A state as a vector over all slots known now."""
        vector = self.chunks.unpack(state)
        vector.frombytes(bytes(4 * (len(self.vector) - len(vector))))
        return vector

    def pack(self, vector: array[int]) -> State:
        """A vector as a state."""
        return self.chunks.pack(vector)

    def without(self, state: State, keep: Kinds) -> State:
        """A state in which only Records of the kinds to be kept are left."""
        left = self._left.setdefault(keep, {})
        numbers = numbers_of(state)
        for chunk, number in enumerate(numbers):
            known = left.get((chunk, number))
            if known is None:
                content = self.chunks.content(number)
                for offset, one in enumerate(content):
                    if one and not _keeps(keep, self._slots[(chunk << SHIFT) + offset]):
                        content[offset] = 0
                known = left[chunk, number] = self.chunks.number(content.tobytes())
            numbers[chunk] = known
        return state_of(numbers)

    def successor(self, state: State, delta: Delta, kept: Kinds | None = None) -> State:
        """The state a segment with this result leads to; ``kept`` where it deleted all but those kinds first."""
        return self.chunks.successor(state if kept is None else self.without(state, kept), self.chunks.parts(delta))

    def restore(self, state: State) -> None:
        """Makes ``state`` the World's state; touches only what differs."""
        wanted = numbers_of(state)
        wanted.extend([0] * (len(self._numbers) - len(wanted)))
        if wanted == self._numbers:
            return
        vector = self.vector
        for chunk, (have, want) in enumerate(zip(self._numbers, wanted, strict=True)):
            if have != want:
                content = enumerate(self.chunks.content(want), chunk << SHIFT)
                self._put([(slot, number) for slot, number in content if vector[slot] != number])
        self._numbers = wanted

    def holds(self, slot: int, field: str, number: int) -> bool:
        """Whether a value of a slot exists, by its id, and has something else than False in a field (empty: in none)."""
        record = self._slots[slot]
        values = self._values[type(record)][number]
        if values is None or not field:
            return values is not None
        return next(values[one.index] is not False for one in record.fields if one.name == field)

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


def _keeps(kinds: Kinds, record: Record) -> bool:
    """Whether a Record is of one of the kinds, or lists those that are."""
    if isinstance(record, Directory):
        return any(kind.kind() == record.key[0] for kind in kinds)
    return type(record) in kinds


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


__all__ = ["Directory", "End", "Recorder", "State", "World", "is_value", "readable"]
