"""What debug info says of the functions and variables that an object takes from the kernel: their prototypes.

drgn reads types and lines; declarations of what is defined elsewhere it does not show, so they are read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from elftools.elf.elffile import ELFFile

from irqlab.guest.relocate import debug_info

Kind = Literal["void", "int", "unsigned", "bool", "pointer", "struct"]

_ENCODED: dict[int, Kind] = {0x02: "bool", 0x05: "int", 0x06: "int", 0x07: "unsigned", 0x08: "unsigned"}

#: Types that only give another one a name or a quality.
_WRAPPERS = frozenset({"DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type", "DW_TAG_restrict_type"})

#: Bytes of an enumeration of which only the name is declared.
_ENUM = 4

#: How many of them may stand in a row.
_MAX_CHAIN = 64


@dataclass(frozen=True)
class CType:
    """One C type, as far as a call needs it; ``size`` in bytes."""

    kind: Kind
    size: int

    def __str__(self) -> str:
        return "void" if self.kind == "void" else f"{self.kind} of {self.size}"


VOID = CType("void", 0)


@dataclass(frozen=True)
class Prototype:
    """The declaration of a function."""

    result: CType
    parameters: tuple[CType, ...]
    varargs: bool = False

    def __str__(self) -> str:
        given = [str(parameter) for parameter in self.parameters] + ["..."] * self.varargs
        return f"{self.result} ({', '.join(given) or 'void'})"


@dataclass(frozen=True)
class Variable:
    """The declaration of a variable; its size is 0 where the type is not complete."""

    type: CType


Declarations = dict[str, "Prototype | Variable"]


def declarations(elf: ELFFile) -> Declarations:
    """Every function and variable that is declared with external linkage and not defined, by name."""
    found: Declarations = {}
    if not elf.has_dwarf_info():
        return found
    dwarf = debug_info(elf)
    for unit in dwarf.iter_CUs():
        for die in unit.get_top_DIE().iter_children():
            if "DW_AT_external" not in die.attributes or "DW_AT_name" not in die.attributes:
                continue
            name = die.attributes["DW_AT_name"].value.decode("ascii", "replace")
            if die.tag == "DW_TAG_subprogram" and "DW_AT_declaration" in die.attributes:
                found.setdefault(name, _prototype(die, unit))
            elif die.tag == "DW_TAG_variable" and "DW_AT_declaration" in die.attributes:
                found.setdefault(name, Variable(_type(die, unit)))
    return found


def _prototype(die: Any, unit: Any) -> Prototype:
    parameters, varargs = [], False
    for child in die.iter_children():
        if child.tag == "DW_TAG_formal_parameter":
            parameters.append(_type(child, unit))
        elif child.tag == "DW_TAG_unspecified_parameters":
            varargs = True
    return Prototype(_type(die, unit), tuple(parameters), varargs)


def _type(die: Any, unit: Any) -> CType:
    """What ``DW_AT_type`` of ``die`` comes to."""
    word = unit["address_size"]
    count = 1
    for _ in range(_MAX_CHAIN):
        if "DW_AT_type" not in die.attributes:
            return VOID
        die = die.get_DIE_from_attribute("DW_AT_type")
        tag = die.tag
        if tag in _WRAPPERS:
            continue
        size = die.attributes["DW_AT_byte_size"].value if "DW_AT_byte_size" in die.attributes else 0
        if tag == "DW_TAG_base_type":
            return CType(_ENCODED.get(die.attributes["DW_AT_encoding"].value, "unsigned"), size * count)
        if tag == "DW_TAG_pointer_type":
            return CType("pointer", word) if count == 1 else CType("struct", word * count)
        if tag == "DW_TAG_enumeration_type":
            return CType("unsigned", (size or _ENUM) * count)
        if tag == "DW_TAG_array_type":
            count *= _length(die)
            continue
        return CType("struct", size * count)
    return VOID


def _length(die: Any) -> int:
    total = 1
    for child in die.iter_children():
        if child.tag != "DW_TAG_subrange_type":
            continue
        if "DW_AT_count" in child.attributes:
            total *= int(child.attributes["DW_AT_count"].value)
        elif "DW_AT_upper_bound" in child.attributes and isinstance(child.attributes["DW_AT_upper_bound"].value, int):
            total *= int(child.attributes["DW_AT_upper_bound"].value) + 1
        else:
            return 0
    return total
