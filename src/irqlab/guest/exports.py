"""How a kernel function is exported to guests: a typed, decorated Python function.

``@export`` takes the C types from the annotations.  At load each prototype is held against the driver's own debug info:
one that does not fit is as unknown as one that is not there, and says so when it is reached.

Exported functions obey ``docs/contexts.md`` like all kernel code: what they read of guest memory goes through
:meth:`~irqlab.guest.guest.Guest.read` and its kin, which a replay answers from the log.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from irqlab.guest.abi import signed
from irqlab.guest.dwarf import Kind, Prototype

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest


@dataclass(frozen=True)
class C:
    """A C type of a parameter or result.

    :ivar size: bytes; 0 for a pointer or ``long``, which is as wide as the architecture's.
    :ivar arrives: what the kernel function gets for the register's content; None: the number itself.
    :ivar leaves: the register's content for what the kernel function returns; None: the number itself.
    """

    text: str
    kinds: tuple[Kind, ...]
    size: int
    signed: bool = False
    arrives: Callable[[Guest, int], Any] | None = None
    leaves: Callable[[Guest, Any], int] | None = None


_INTEGER: tuple[Kind, ...] = ("int", "unsigned", "bool")
_POINTER: tuple[Kind, ...] = ("pointer",)

Int = Annotated[int, C("int", _INTEGER, 4, signed=True)]
UInt = Annotated[int, C("unsigned int", _INTEGER, 4)]
U8 = Annotated[int, C("u8", _INTEGER, 1)]
U16 = Annotated[int, C("u16", _INTEGER, 2)]
U64 = Annotated[int, C("u64", _INTEGER, 8)]
Long = Annotated[int, C("long", _INTEGER, 0, signed=True)]
ULong = Annotated[int, C("unsigned long", _INTEGER, 0)]
Bool = Annotated[bool, C("bool", _INTEGER, 1, False, lambda g, raw: bool(raw & 0xFF), lambda g, value: int(bool(value)))]
#: A pointer as a number.
Ptr = Annotated[int, C("void *", _POINTER, 0)]
#: ``const char *``; NULL is an empty string.
Text = Annotated[
    str, C("const char *", _POINTER, 0, False, lambda g, raw: g.text(raw) if raw else "", lambda g, value: g.intern(value))
]


@dataclass(frozen=True)
class Export:
    """One exported function.

    :ivar parameters: the C types, without the guest itself; ``function`` takes ``(guest, *arguments)``.
    """

    name: str
    function: Callable[..., Any]
    parameters: tuple[C, ...]
    result: C | None
    varargs: bool

    @property
    def prototype(self) -> str:
        """As C has it: ``int irq_set_chip_data(unsigned int, void *)``."""
        result = self.result.text if self.result is not None else "void"
        given = [parameter.text for parameter in self.parameters] + ["..."] * self.varargs
        return f"{result}{'' if result.endswith('*') else ' '}{self.name}({', '.join(given) or 'void'})"

    def misfit(self, declared: Prototype, word: int) -> str:
        """What of a declaration this does not serve, in words; empty if it fits."""
        if len(declared.parameters) != len(self.parameters):
            return f"it takes {len(declared.parameters)} arguments here, {len(self.parameters)} are modelled"
        if declared.varargs is not self.varargs:
            return "it takes a variable number of arguments" if declared.varargs else "its number of arguments is fixed here"
        for at, (given, known) in enumerate(zip(declared.parameters, self.parameters, strict=True), 1):
            if given.kind not in known.kinds or (given.size != (known.size or word) and "pointer" not in known.kinds):
                return f"its argument {at} is {given} here, {known.text} is modelled"
        if self.result is not None and (declared.result.kind not in self.result.kinds):
            return f"it returns {declared.result} here, {self.result.text} is modelled"
        return ""

    def sizes(self, word: int) -> tuple[int, ...]:
        """Bytes of each parameter."""
        return tuple(parameter.size or word for parameter in self.parameters)

    def call(self, guest: Guest, raw: tuple[int, ...]) -> int | None:
        """Calls the kernel function with what was in the registers; what goes into the result register, None for ``void``."""
        word = guest.abi.bits
        arguments = []
        for kind, value in zip(self.parameters, raw, strict=False):
            bits = 8 * kind.size or word
            number = signed(value, bits) if kind.signed else value & (1 << bits) - 1
            arguments.append(number if kind.arrives is None else kind.arrives(guest, number))
        if self.varargs:
            arguments.extend(raw[len(self.parameters) :])
        value = self.function(guest, *arguments)
        if self.result is None:
            return None
        return int(value if self.result.leaves is None else self.result.leaves(guest, value))


#: Every exported function: some names have several, for releases differ in their prototypes.
EXPORTS: dict[str, list[Export]] = {}


def export(*names: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Exports a function under its own name, or under ``names``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for name in names or (function.__name__,):
            EXPORTS.setdefault(name, []).append(_export(name, function))
        return function

    return decorate


def _export(name: str, function: Callable[..., Any]) -> Export:
    module = inspect.getmodule(function)
    scope = dict(vars(module)) if module is not None else {}
    parameters: list[C] = []
    varargs = False
    for at, parameter in enumerate(inspect.signature(function).parameters.values()):
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            varargs = True
        elif at:
            found = _ctype(parameter.annotation, scope)
            assert found is not None, f"{name}: parameter {parameter.name} has no C type"
            parameters.append(found)
    return Export(name, function, tuple(parameters), _ctype(inspect.signature(function).return_annotation, scope), varargs)


def _ctype(annotation: Any, scope: dict[str, Any]) -> C | None:
    if isinstance(annotation, str):
        annotation = eval(annotation, scope)
    if annotation is None or annotation is inspect.Signature.empty:
        return None
    for extra in typing.get_args(annotation)[1:]:
        if isinstance(extra, C):
            return extra
    raise TypeError(f"{annotation} says no C type")
