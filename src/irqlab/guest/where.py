"""Where in its source a compiled driver is: inlined functions, and callers by the chain of frames on its stack.

Nothing here is state: it is asked when something is told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.guest import cpu as stops
from irqlab.guest.layout import IMAGE, STACK, STACK_TOP
from irqlab.guest.running import MODULE
from irqlab.guest.types import Place
from irqlab.state import Call

if TYPE_CHECKING:
    from irqlab.guest.activation import Activation
    from irqlab.guest.guest import Guest

#: Frames that are followed at most.
_DEEP = 64

#: Bytes of an instruction: a return address is behind the call.
_STEP = 4


def _registers(g: Guest, call: Activation) -> tuple[int, ...]:
    return call.registers if call.registers is not None else tuple(g.cpu.values)


def _instruction(g: Guest, call: Activation) -> int:
    """The instruction a call stands at: the one that calls the kernel, touches the register, or faulted."""
    registers = _registers(g, call)
    if call.stop and call.stop[0] == stops.CALL:
        return registers[g.abi.link] - _STEP
    return registers[g.abi.pc]


def _instructions(g: Guest, call: Activation) -> list[int]:
    """The same, and the calls that led there, by the frame records; the innermost first."""
    abi = g.abi
    found = [_instruction(g, call)]
    registers = _registers(g, call)
    frame, link = registers[abi.frame], registers[abi.link]
    if abi.name != "arm64":
        return found
    back = g.image.back
    records = []
    for _ in range(_DEEP):
        if not STACK <= frame <= STACK_TOP - 16:
            break
        record = g.memory.stack.get(frame, 16)
        frame, address = int.from_bytes(record[:8], "little"), int.from_bytes(record[8:], "little")
        if address == back or not IMAGE <= address < g.image.end:
            break
        records.append(address)
    in_leaf = bool(call.stop) and call.stop[0] != stops.CALL and link != back and IMAGE <= link < g.image.end
    if in_leaf and (not records or records[0] != link) and g.image.function_at(link) is not g.image.function_at(found[0]):
        found.append(link - _STEP)  # a leaf function keeps no record of its own
    found.extend(address - _STEP for address in records)
    return found


def chain(g: Guest, call: Activation) -> tuple[Place, ...]:
    """Every function that a call is in, inlined ones too, the innermost first."""
    return tuple(place for address in _instructions(g, call) for place in g.image.types.places(address))


def place(g: Guest) -> Place | None:
    """The line of the driver's own file that is running, not of a header it includes."""
    if g.active is None:
        return None
    places = chain(g, g.active)
    return next((known for known in places if not known.file.endswith(".h")), places[0] if places else None)


def told(g: Guest) -> str:
    """The same in words."""
    if g.active is None:
        return "no compiled code"
    known = place(g)
    return f"{known.function}() ({known})" if known is not None else g.image.describe(_instruction(g, g.active))


def expand(g: Guest, calls: tuple[Call, ...]) -> tuple[Call, ...]:
    """The open calls, each of compiled code followed by the functions of the driver's own files that it is in."""
    activations: list[Activation] = []
    active = g.active
    while active is not None:
        activations.insert(0, active)
        active = active.outer
    found: list[Call] = []
    for call in calls:
        found.append(call)
        if not g.owns(call) or not activations:
            continue
        for inner in reversed(chain(g, activations.pop(0))):
            if inner.function and inner.function != call and not inner.file.endswith(".h"):
                name = Call(inner.function)
                name.module = g.module_of(inner.file, f"{MODULE}{g.name}")
                found.append(name)
    return tuple(found)
