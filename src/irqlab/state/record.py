"""Records: the only place where anything that can change is kept.

A :class:`Record` subclass declares typed fields.  An instance is a *handle*: it names one slot of a
:class:`~irqlab.state.world.World` by kind and key, and it is the same object for as long as the World lives,
whether the Record exists at the moment or not.  Reading and writing a field goes through the World, so every
read and write is seen.

Implementation notes
--------------------
* Values are immutable: ``bool``, ``int``, ``str``, ``bytes``, ``None``, tuples of values, handles, and *statics* (things
  fixed before the first state: functions with a registered name, frozen :class:`Static` objects).
* ``True == 1`` would make two states one; a declared ``int`` therefore refuses a ``bool`` and the reverse.
* The values of a slot are one tuple, and a list of its own from the first write of a segment to its end.
* What a value's type alone settles is looked up by type (:data:`PLAIN`, :attr:`Field.plain`): reads and writes are
  most of what an exploration does.

Tests: ``tests/state/test_record.py``.
"""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar, dataclass_transform

from irqlab.errors import ModelError

if TYPE_CHECKING:
    from irqlab.state.world import World

Key = tuple[int | str, ...]

_ATOMS = (bool, int, str, bytes, type(None))


#: Types every instance of which is a value.
PLAIN: set[type] = set(_ATOMS)


class Static:
    """Base of objects that are fixed before the first state (operation tables, configuration).

    A static compares by identity and is named, so that a state can be printed and travel.
    """

    __slots__ = ()
    name: str

    def __init_subclass__(cls) -> None:
        PLAIN.add(cls)


class Values(tuple[Any, ...]):
    """A tuple of values put together where each of them was checked: it is not looked through again."""

    __slots__ = ()


PLAIN.add(Values)


def static_name(value: object) -> str:
    """The stable name of a static: ``module.qualname`` of a function, ``name`` of a :class:`Static`."""
    if isinstance(value, Static):
        return value.name
    return f"{value.__module__}.{value.__qualname__}"  # type: ignore[attr-defined]


def is_value(value: object) -> bool:
    """Whether ``value`` may be kept in a Record, passed to or returned by a traced function."""
    kind = type(value)
    if kind in PLAIN:
        return True
    if kind is tuple:
        return all(map(is_value, value))  # type: ignore[call-overload]
    return hasattr(value, "__traced__") or (kind is types.FunctionType and value.__closure__ is None)  # type: ignore[attr-defined]


class _Check:
    """Whether a value may stand in a field of one annotation."""

    __slots__ = ("bases", "exact", "function", "items", "text")

    def __init__(self, annotation: Any) -> None:
        self.text = getattr(annotation, "__name__", str(annotation))
        self.exact: set[type] = set()
        self.bases: tuple[type, ...] = ()
        self.items: tuple[_Check, ...] | _Check | None = None
        self.function = False
        options = typing.get_args(annotation) if _is_union(annotation) else (annotation,)
        for option in options:
            self._add(option)

    def _add(self, option: Any) -> None:
        origin = typing.get_origin(option) or option
        if option is None or option is type(None):
            self.exact.add(type(None))
        elif origin in _ATOMS:
            self.exact.add(origin)
        elif origin is tuple:
            if tuple in self.exact:
                raise ModelError(f"a Record field cannot be declared {self.text}: use one tuple type, of a union if need be")
            self.exact.add(tuple)
            arguments = typing.get_args(option)
            if arguments in ((), (Any, Ellipsis)):
                self.exact.add(Values)
            if len(arguments) == 2 and arguments[1] is Ellipsis:
                self.items = _Check(arguments[0])
            elif arguments:
                self.items = tuple(_Check(argument) for argument in arguments)
        elif origin is Callable or str(origin) == "collections.abc.Callable":
            self.function = True
        elif isinstance(origin, type) and issubclass(origin, (Record, Static)):
            self.bases += (origin,)
        elif option is Any:
            self.exact.update(_ATOMS)
            self.exact.add(tuple)
            self.bases += (Record, Static)
            self.function = True
        else:
            raise ModelError(
                f"a Record field cannot be declared {option!r}: "
                f"use bool, int, str, bytes, None, tuple, a function, a Record or a Static"
            )

    def __call__(self, value: object) -> bool:
        if type(value) in self.exact:
            if type(value) is not tuple:
                return True
            if self.items is None:
                return is_value(value)
            if isinstance(self.items, _Check):
                return all(map(self.items, value))
            return len(value) == len(self.items) and all(check(item) for check, item in zip(self.items, value, strict=True))
        if self.bases and isinstance(value, self.bases):
            return True
        return self.function and is_value(value) and callable(value)

    def settles(self, kind: type) -> bool:
        """Whether every value of that type may stand here."""
        return (kind in self.exact and kind is not tuple) or issubclass(kind, self.bases)


def _is_union(annotation: Any) -> bool:
    return typing.get_origin(annotation) in (typing.Union, types.UnionType)


_MISSING: Any = object()


class Field:
    """One declared field: a data descriptor that lets the World see every read and write."""

    __slots__ = ("check", "default", "index", "name", "plain")

    def __init__(self, name: str, index: int, default: Any) -> None:
        self.name, self.index, self.default = name, index, default
        self.check: _Check | None = None
        #: Types that were seen to be allowed whatever the value.
        self.plain: set[type] = set()

    def require(self, cls: type[Record], value: Any) -> None:
        """Refuses a value the field's declaration does not allow."""
        check = self.check or cls.resolve(self.index)
        if not check(value):
            raise ModelError(
                f"{cls.__name__}.{self.name} is declared {check.text} and was given {value!r} ({type(value).__name__})"
            )
        if check.settles(type(value)):
            self.plain.add(type(value))

    def property(self, machinery: bool) -> property:
        """What reads and writes the field; ``machinery`` is that of its Record."""
        index, plain, require = self.index, self.plain, self.require

        def read(self: Record) -> Any:
            world = self.world
            tape = world.tape
            if tape.replaying:
                return tape.take() if not world.audit else tape.take_tagged(type(self).__name__, self.key, index)
            values = self._values
            if values is None:
                world.absent(self)
            slot = self.slot
            reads = world.reads
            if slot not in reads:
                reads[slot] = world.vector[slot]
                if not machinery and ~slot not in reads:
                    world.touches += 1
            value = values[index]
            log = tape.log
            if log is not None:
                log.append(value if not world.audit else (type(self).__name__, self.key, index, value))
            return value

        def write(self: Record, value: Any) -> None:
            world = self.world
            if world.tape.replaying:
                world.tape.skip()
                return
            values = self._values
            if values is None:
                world.absent(self)
            if type(value) not in plain:
                require(type(self), value)
            slot = self.slot
            if slot not in world.dirty:
                if slot not in world.reads:
                    world.note(self)
                world.dirty[slot] = self
                self._values = values = list(values)
                if not machinery:
                    world.touches += 1  # it may have been read before the call began
            values[index] = value  # type: ignore[index]

        return property(read, write)


@dataclass_transform(kw_only_default=True)
class RecordMeta(type):
    """Collects the declared fields of a Record class and makes each one observable."""

    fields: tuple[Field, ...]
    machinery: bool

    def __new__(
        mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, machinery: bool = False, counted: bool = False
    ) -> RecordMeta:
        inherited: list[Field] = []
        for base in bases:
            for field in getattr(base, "fields", ()):
                if all(field.name != known.name for known in inherited):
                    inherited.append(Field(field.name, len(inherited), field.default))
        for field_name, annotation in namespace.get("__annotations__", {}).items():
            if str(annotation).startswith(("ClassVar", "typing.ClassVar")) or field_name.startswith("_"):
                continue
            if field_name in ("world", "slot", "key"):
                continue
            default = namespace.pop(field_name, _MISSING)
            inherited = [known for known in inherited if known.name != field_name]
            inherited.append(Field(field_name, 0, default))
        machinery = machinery or any(getattr(base, "machinery", False) for base in bases)
        for index, field in enumerate(inherited):
            if field.name in namespace:
                raise ModelError(f"{name}.{field.name} hides an inherited field: give it a type to redeclare it, or another name")
            field.index = index
            namespace[field.name] = field.property(machinery)
        namespace.setdefault("__slots__", ())
        cls = super().__new__(mcs, name, bases, namespace)
        PLAIN.add(cls)
        cls.fields = tuple(inherited)
        cls.machinery = machinery
        cls.counted = counted or any(getattr(base, "counted", False) for base in bases)  # type: ignore[attr-defined]
        return cls


class Record(metaclass=RecordMeta):
    """Base of all Records; see the module's docstring.

    Class keywords: ``machinery=True`` for Records that only hold how execution goes on (a schedule point is not
    repeated when nothing else was touched); ``counted=True`` for kinds that are listed with
    :meth:`World.all <irqlab.state.world.World.all>` or get their key from
    :meth:`World.lowest_free <irqlab.state.world.World.lowest_free>`.
    """

    __slots__ = ("_values", "key", "slot", "world")

    fields: ClassVar[tuple[Field, ...]]
    machinery: ClassVar[bool]
    counted: ClassVar[bool]

    world: World
    slot: int
    key: Key
    #: What the fields hold; None where the Record does not exist, a list where this segment wrote.
    _values: tuple[Any, ...] | list[Any] | None

    def __init__(self, world: World, slot: int, key: Key) -> None:
        self.world, self.slot, self.key = world, slot, key
        self._values = None

    @classmethod
    def kind(cls) -> str:
        return cls.__name__

    @classmethod
    def resolve(cls, index: int) -> _Check:
        """The check of one field, made when it is first needed (annotations may name later classes)."""
        field = cls.fields[index]
        if field.check is None:
            hints: dict[str, Any] = {}
            for klass in reversed(cls.__mro__):
                own = inspect.get_annotations(klass)
                if field.name in own:
                    scope = vars(sys.modules[klass.__module__])
                    annotation = own[field.name]
                    hints[field.name] = eval(annotation, dict(scope)) if isinstance(annotation, str) else annotation
            field.check = _Check(hints[field.name])
        return field.check

    @classmethod
    def initial(cls, given: dict[str, Any]) -> list[Any]:
        """The values of a new Record: what is given, defaults for the rest."""
        values = []
        for field in cls.fields:
            value = given.pop(field.name, field.default)
            if value is _MISSING:
                raise ModelError(f"{cls.__name__} needs a value for {field.name}")
            if type(value) not in field.plain:
                field.require(cls, value)
            values.append(value)
        if given:
            raise ModelError(f"{cls.__name__} has no field {sorted(given)[0]}")
        return values

    @property
    def exists(self) -> bool:
        """Whether this Record is there now (a read of that alone)."""
        world = self.world
        tape = world.tape
        if tape.replaying:
            return bool(tape.take())
        world.note_existence(self)
        there = self._values is not None
        if tape.log is not None:
            tape.log.append(there)
        return there

    @property
    def label(self) -> str:
        """The Record's name in a trace."""
        return f"{self.kind()}({', '.join(map(str, self.key))})"

    def __repr__(self) -> str:
        return f"<{self.label}>"
