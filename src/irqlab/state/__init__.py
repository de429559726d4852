"""Everything that can change, and how a call that was stopped goes on."""

from irqlab.state.chunks import Delta, State
from irqlab.state.record import Record, Static, is_value, static_name
from irqlab.state.tape import Call, End, Tape, atomic, kernel
from irqlab.state.world import Directory, World, readable

__all__ = [
    "Call",
    "Delta",
    "Directory",
    "End",
    "Record",
    "State",
    "Static",
    "Tape",
    "World",
    "atomic",
    "is_value",
    "kernel",
    "readable",
    "static_name",
]
