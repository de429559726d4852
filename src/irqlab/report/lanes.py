"""Lanes of a timeline: what of the machine and of the kernel stands still or moves from step to step, one value a lane.

A lane is a field of a Record, or the accesses to one register.  Which lanes there are, how they are called and how their
values are written is a table here; when they change is :mod:`irqlab.report.timeline`'s business.

Tests: ``tests/report/test_timeline.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from irqlab.explore.changes import INPUT
from irqlab.explore.trace import Event
from irqlab.report.words import Say
from irqlab.state.record import Key

#: Groups of lanes, in their order.
CONTEXTS, LINES, RPM, SUPPLIES, REGISTERS, LEVELS, LOCKS, SYSTEM = GROUPS = (
    "Contexts",
    "What the core believes",
    "Runtime PM",
    "Clocks and power",
    "Registers accessed",
    "Line levels",
    "Locks held",
    "System",
)

#: How a lane is drawn: as a level of two, as a value, as who runs, as moments.
BIT, VALUE, RUN, MARK = "bit", "value", "run", "mark"


#: What a lane says while there is no such Record; of locks and of the CPU, while nobody has them.
ABSENT, FREE = "–", "free"


@dataclass(frozen=True)
class Kind:
    """What one field of one kind of Record is as a lane.

    :ivar called: what follows the Record's own name in the lane's.
    :ivar drawn: :data:`BIT` or :data:`VALUE`.
    :ivar words: of a bit, what it is when it is low and when it is high.
    :ivar absent: what it says while there is no such Record.
    :ivar always: shown though it never changes, where the Record is involved at all.
    """

    group: str
    called: str = ""
    drawn: str = VALUE
    words: tuple[str, str] = ("0", "1")
    always: bool = False
    absent: str = ABSENT

    def text(self, value: Any) -> str:
        """A value, as it is written in the lane."""
        if self.drawn == BIT:
            return self.words[bool(value)]
        if isinstance(value, tuple):
            return " > ".join(_CONTEXT.sub(r"\1", str(part)) for part in value) or FREE
        return str(value) or "none"


def _belief(called: str, always: bool = False) -> Kind:
    return Kind(LINES, called, BIT, always=always)


#: A context, as another Record refers to it.
_CONTEXT = re.compile(r"^&Context\((.*)\)$")

_ON = ("off", "on")

#: Every lane that is a field.
FIELDS: dict[tuple[str, str], Kind] = {
    ("Cpu", "stack"): Kind(CONTEXTS, "not preemptible"),
    ("IrqDesc", "depth"): Kind(LINES, "depth", always=True),
    ("IrqData", "disabled"): _belief("DISABLED", always=True),
    ("IrqData", "masked"): _belief("MASKED", always=True),
    ("IrqData", "started"): _belief("STARTED", always=True),
    ("IrqData", "inprogress"): _belief("INPROGRESS"),
    ("IrqDesc", "pending"): _belief("PENDING"),
    ("IrqDesc", "suspended"): _belief("SUSPENDED"),
    ("IrqDesc", "threads_active"): Kind(LINES, "threads active"),
    ("IrqDesc", "threads_oneshot"): Kind(LINES, "threads oneshot"),
    ("IrqDesc", "wake_depth"): Kind(LINES, "wake depth"),
    ("IrqDesc", "spurious_disabled"): _belief("SPURIOUS_DISABLED"),
    ("IrqData", "wakeup_armed"): _belief("WAKEUP_ARMED"),
    ("RpmState", "status"): Kind(RPM, "status", always=True),
    ("RpmUsage", "usage_count"): Kind(RPM, "usage", always=True),
    ("RpmSetup", "disable_depth"): Kind(RPM, "disable depth"),
    ("ClockGate", "on"): Kind(SUPPLIES, "clock", BIT, ("stopped", "runs"), always=True),
    ("Clk", "enable_count"): Kind(SUPPLIES, "enable count"),
    ("Clk", "prepare_count"): Kind(SUPPLIES, "prepare count"),
    ("PowerDomain", "on"): Kind(SUPPLIES, "power", BIT, _ON, always=True),
    ("ResetLine", "asserted"): Kind(SUPPLIES, "reset", BIT, ("released", "asserted")),
    ("Event", "asserted"): Kind(LEVELS, "asserts", BIT, ("low", "high")),
    (INPUT, "level"): Kind(LEVELS, "input", BIT, ("low", "high")),
    ("Spi", "enabled"): Kind(LEVELS, "enabled at the GIC", BIT),
    ("Spi", "active"): Kind(LEVELS, "active at the GIC", BIT),
    ("Spi", "latched"): Kind(LEVELS, "latched at the GIC", BIT),
    ("HeldLock", "owner"): Kind(LOCKS, absent=FREE),
    ("System", "phase"): Kind(SYSTEM, "phase"),
    ("System", "crash"): Kind(SYSTEM, "crash"),
    ("System", "boot"): Kind(SYSTEM, "boot"),
    ("System", "hung"): Kind(SYSTEM, "CPU stuck", BIT, ("no", "yes")),
    ("Bus", "hung"): Kind(SYSTEM, "bus stuck", BIT, ("no", "yes")),
}

_ORDER = {name: position for position, name in enumerate(FIELDS)}


def name(kind: str, key: Key, field: str, say: Say) -> str:
    """What a lane is called."""
    subject = " ".join(say(part) for part in key)
    if kind in ("IrqDesc", "IrqData"):
        subject = f"irq {subject}"
    elif kind == "Event":
        subject = say(key[0]) if not key[1:] or key[1] == 0 else subject
    elif kind in ("System", "Bus"):
        subject = ""
    return f"{subject} {FIELDS[kind, field].called}".strip()


def order(kind: str, key: Key, field: str) -> tuple[int, tuple[tuple[int, int, str], ...], int]:
    """Where a lane stands: by group, by what it is of, by the table."""
    parts = tuple((0, part, "") if isinstance(part, int) else (1, 0, part) for part in key)
    return GROUPS.index(FIELDS[kind, field].group), parts, _ORDER[kind, field]


Subject = Callable[[Event], tuple[tuple[str, Any, str], ...]]


def _of(kind: str, fact: str, *fields: str) -> Subject:
    return lambda event: tuple((kind, event[fact], field) for field in fields)


def _line(event: Event) -> tuple[tuple[str, Any, str], ...]:
    return tuple(("IrqData", event["irq"], fact) for fact, _ in event.facts if fact != "irq")


#: What an event is about, by its kind: the kind of the Record, the first part of its key, the field.
SUBJECTS: dict[str, Subject] = {
    "belief": _line,
    "depth": _of("IrqDesc", "irq", "depth"),
    "irq-suspended": _of("IrqDesc", "irq", "suspended"),
    "wakeup-armed": _of("IrqData", "irq", "wakeup_armed"),
    "rpm_usage": _of("RpmUsage", "device", "usage_count"),
    "rpm_status": _of("RpmState", "device", "status"),
    "clk_enable": _of("Clk", "clk", "enable_count"),
    "clk_disable": _of("Clk", "clk", "enable_count"),
    "clk_prepare": _of("Clk", "clk", "prepare_count"),
    "clk_unprepare": _of("Clk", "clk", "prepare_count"),
    "clock": _of("ClockGate", "name", "on"),
    "power": _of("PowerDomain", "name", "on"),
    "reset": _of("ResetLine", "name", "asserted"),
    "raise": _of("Event", "block", "asserted"),
    "phase": _of("System", "", "phase"),
    "crash": _of("System", "", "crash"),
    "hang": _of("System", "", "hung"),
}
