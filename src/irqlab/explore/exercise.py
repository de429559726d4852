"""A first try of a driver: does a line of it live?  One user, one call after the other, nothing in between.

What a survey of many drivers asks before anything is explored: after the boot a line is mapped, requested (which unmasks
it), disabled for good and freed (which masks it), and the register accesses on the way are written down.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from irqlab.drivers.consumer import Consumer
from irqlab.explore.action import Signal
from irqlab.explore.linux import INTERRUPT, LinuxModel
from irqlab.kernel.context import Context

#: Segments a call may take.
_LONG = 10_000


@dataclass(frozen=True)
class Access:
    """One register access: ``read`` or ``write``, of which block's register, and the value."""

    kind: str
    block: str
    register: str
    value: int

    def __str__(self) -> str:
        return f"{self.register} {self.kind} {self.value:#x}"


@dataclass(frozen=True)
class Call:
    """One call of the user, and what came of it.

    :ivar ended: it returned; false for one that waits, hangs or crashed.
    :ivar callbacks: of chips, that the core called in it.
    """

    name: str
    ended: bool
    accesses: tuple[Access, ...]
    callbacks: tuple[str, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True)
class Exercised:
    """What a first try showed.

    :ivar mapped: the Linux number of the line; 0 if it could not be mapped.
    :ivar user: the block of the user itself, whose registers do not count.
    """

    mapped: int
    user: str
    calls: tuple[Call, ...]

    def call(self, name: str) -> Call | None:
        """What came of one call."""
        return next((call for call in self.calls if call.name == name), None)

    @property
    def requested(self) -> bool:
        """``request_irq()`` succeeded."""
        call = self.call("request")
        return call is not None and call.ended and any(name in _UNMASKS for name in call.callbacks)

    @property
    def masked(self) -> bool:
        """The line was masked, or shut down, when it was freed."""
        call = self.call("free")
        return call is not None and call.ended and any(name in _MASKS for name in call.callbacks)

    @property
    def written(self) -> bool:
        """Unmasking and masking wrote registers, the controller's or a parent's."""
        return all(
            call is not None and any(access.kind == "write" and access.block != self.user for access in call.accesses)
            for call in (self.call("request"), self.call("free"))
        )

    @property
    def alive(self) -> bool:
        """Mapped, requested, unmasked and masked, with the register writes recorded."""
        return bool(self.mapped) and self.requested and self.masked and self.written

    @property
    def signals(self) -> tuple[Signal, ...]:
        return tuple(signal for call in self.calls for signal in call.signals)


_UNMASKS = frozenset(("irq_unmask", "irq_enable", "irq_startup"))
_MASKS = frozenset(("irq_mask", "irq_disable", "irq_shutdown", "irq_mask_ack"))


@dataclass
class _Listener:
    """A Recorder that keeps accesses and callbacks."""

    accesses: list[Access] = field(default_factory=list)
    callbacks: list[str] = field(default_factory=list)

    def call(self, name: str, args: tuple[Any, ...]) -> None: ...
    def reopen(self, name: str, args: tuple[Any, ...]) -> None: ...
    def result(self, name: str, result: Any) -> None: ...

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        if kind in ("read", "write"):
            self.accesses.append(Access(kind, str(facts["block"]), str(facts["register"]), int(facts["value"])))
        elif kind == "callback":
            self.callbacks.append(str(facts["callback"]))


def exercise(model: LinuxModel, label: str = "a") -> Exercised:
    """Tries the line of one user, from the state after the boot; the World is left where that ends."""
    world = model.world
    consumer = world.at(Consumer, model.labels[label]) if label in model.labels else None
    mapped = consumer.irq if consumer is not None and consumer.exists else 0
    calls: list[Call] = []
    for name in ("request", "disable", "enable", "free"):
        call = _made(model, f"task {label}: {name}", name) if mapped else None
        if call is None:
            break
        calls.append(call)
        if not call.ended:
            break
    return Exercised(mapped, model.labels.get(label, ""), tuple(calls))


def _others(model: LinuxModel, context: Context) -> tuple[str, ...]:
    """Others that the call may wait for: contexts under way, and what the tree's own core does by itself."""
    under_way = tuple(f"{other.name} goes on" for other in model.world.all(Context) if other is not context)
    return under_way + (tuple(turn.name for turn in model.k.core.turns()) if model.k.core is not None else ())


def _made(model: LinuxModel, action: str, name: str) -> Call | None:
    """One call, to its end; interrupts are taken where they come.  None if it is not possible."""
    world, listener = model.world, _Listener()
    signals: list[Signal] = []
    context = world.at(Context, action.partition(":")[0])

    def segment(what: str) -> bool:
        known = model.named(what)
        if known is None:
            return False
        world.begin()
        world.recorder = listener
        try:
            done = bool(known.run())
        finally:
            world.recorder = None
        if not done:
            world.abandon()
            return False
        signals.extend(world.signals)
        world.commit()
        return True

    going = segment(action)
    if not going:
        return None
    for _ in range(_LONG):
        if not going or not context.exists:
            break
        first = (f"{context.name} goes on", INTERRUPT, "hardirq 0 goes on")
        going = any(segment(what) for what in (*first, *_others(model, context)))
    system = model.k.system
    ended = not context.exists and system.exists and not system.hung and not system.crash
    return Call(name, ended, tuple(listener.accesses), tuple(listener.callbacks), tuple(signals))
