"""What a rule is: a promise, when it is broken, and how that is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from irqlab.kernel.kernel import BOOT, is_named

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Facts = Mapping[str, Any]

#: Whom a finding may blame.
DRIVER, CORE, ARCHITECTURE, BOARD, CONSUMER = "driver", "core", "architecture", "board", "consumer"


@dataclass(frozen=True)
class Breach:
    """One broken promise, as a rule sees it.

    :ivar place: the function it happened in.
    :ivar cause: what led to it; with rule and place it makes a finding distinct.
    :ivar text: one paragraph in plain words.
    :ivar note: worth telling, but nobody suffers.
    """

    rule: str
    place: str
    cause: tuple[str, ...]
    text: str
    blame: str
    why_blame: str
    note: bool = False
    #: What was signalled; says nothing of which findings are distinct.
    facts: Facts = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[str, ...]:
        return (self.rule, self.place, *self.cause)


Judge = Callable[[str, Facts], "Breach | None"]


@dataclass(frozen=True)
class Promise:
    """What is promised, and where that comes from.

    :ivar text: the promise itself.
    :ivar by: who makes it.
    :ivar sources: the kernel's functions that rely on it, make it true or check it: ``function() in file``.
    :ivar since: the commits that made it or changed it; where it is as old as what is modelled, that.
    """

    text: str
    by: str
    sources: tuple[str, ...]
    since: str


@dataclass(frozen=True)
class Rule:
    """One promise, and when it is broken.

    :ivar promise: what is kept where the rule is not broken.
    :ivar signals: kinds of signals that ``judge`` is asked about.
    :ivar check: looks at a state in which no call is under way and signals what is wrong.
    """

    name: str
    broken_when: str
    matters: str
    cure: str
    signals: tuple[str, ...] = ()
    judge: Judge = field(default=lambda kind, facts: None)
    check: Callable[[Kernel], None] | None = None
    promise: Promise = field(kw_only=True)


def caller(facts: Facts, *skip: str) -> str:
    """The innermost open call that is not one of ``skip``."""
    for name in reversed(facts["calls"]):
        if name not in skip and is_named(name):
            return str(name)
    return "boot"


#: Calls that say how one came to a place, the most telling first.
ROADS = (
    "machine_kexec_mask_interrupts",
    "handle_level_irq",
    "handle_fasteoi_irq",
    "irq_finalize_oneshot",
    "suspend_device_irqs",
    "resume_device_irqs",
    "free_irq",
    "request_threaded_irq",
    "enable_irq",
    "disable_irq",
    "device_unbind",
    "device_bind",
    "pm_suspend",
    "pm_runtime_work",
    "device_shutdown",
    "start_kernel",
)


def road(facts: Facts) -> str:
    """By which road the kernel came there."""
    if facts["demux"] and "machine_kexec_mask_interrupts" not in facts["calls"]:
        return "chained handler"
    for name in ROADS:
        if name in facts["calls"]:
            return name
    return str(facts["calls"][0]) if facts["calls"] else "boot"


def place(facts: Facts, *skip: str) -> str:
    """Where it happened: the innermost function of a driver, or of the kernel where no driver is involved."""
    return str(facts["driver"]) or caller(facts, *skip)


def at(facts: Facts) -> str:
    """`` at drivers/irqchip/irq-imx-irqsteer.c:72``: the line of a compiled driver; empty for what happens elsewhere."""
    return f" at {facts['at']}" if facts.get("at") else ""


def when(facts: Facts) -> str:
    """In which phase, in words; part of what makes findings distinct."""
    words = []
    if facts["boot"]:
        words.append("in the next kernel")
    if facts["crash"]:
        words.append("on the crash path")
    elif facts["phase"] == "kexec reboot":
        words.append("in an orderly kexec")
    if facts["phase"] == "noirq":
        words.append("in the noirq phase of system sleep")
    if facts["phase"] == BOOT and not words:
        words.append("while the kernel boots")
    return ", ".join(words) or "while the kernel runs"


def chain(facts: Facts) -> str:
    """The open calls, outermost first."""
    return " > ".join(name for name in facts["calls"] if is_named(name))
