"""Actions: the things that may happen next, and who does them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

from irqlab.state import World

Signal = tuple[str, tuple[tuple[str, Any], ...]]


class Actor(Enum):
    """Who acts.  The kernel's own actions happen by themselves once they are possible."""

    KERNEL = "kernel"  #: a call under way goes on, a worker, a timer, a thread, an interrupt is taken
    USER = "user"  #: somebody calls the kernel: a consumer, the administrator
    DEVICE = "device"  #: hardware outside the kernel moves a line
    CRASH = "crash"  #: the kernel crashes


def nothing() -> int:
    """No condition holds: for models that name none."""
    return 0


@dataclass(frozen=True, eq=False)
class Action:
    """One thing that may happen: ``function(*args)`` runs one segment and returns False where it is impossible.

    :ivar name: stable, shown in traces and kept in finding files.
    :ivar slot: the slot of a Record without which the action is impossible (-1: none), and ``field`` a field of it that
        must not be False (empty: none); spares the call.
    :ivar needs: conditions without which it is impossible, as bits; ``function`` relies on them.
    :ivar conditions: :meth:`Model.conditions`.
    """

    name: str
    actor: Actor
    function: Callable[..., bool]
    args: tuple[Any, ...] = ()
    slot: int = -1
    field: str = ""
    needs: int = 0
    conditions: Callable[[], int] = nothing

    def run(self) -> bool:
        """Runs the segment; False where it is impossible."""
        return not (self.needs and self.needs & ~self.conditions()) and self.function(*self.args)

    def go(self) -> bool:
        """Runs the segment where what it needs is known to hold."""
        return self.function(*self.args)


class Model(Protocol):
    """What can be explored."""

    @property
    def world(self) -> World: ...

    @property
    def boot_signals(self) -> tuple[Signal, ...]:
        """What was signalled on the way to the first state."""
        ...

    def conditions(self) -> int:
        """Which of the conditions that actions may need hold now, as bits; asked once a state, changes nothing."""
        ...

    def actions(self) -> list[Action]:
        """Every action there may be now, in canonical order; grows as Records come to be known."""
        ...

    def checks(self) -> list[Action]:
        """Looks at a state and signals what is wrong with it; changes nothing."""
        ...
