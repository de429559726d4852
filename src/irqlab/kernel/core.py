"""Whose interrupt core and runtime PM a kernel runs: these modules, or the tree's own, compiled.

What the rest of the kernel asks of them goes through functions that are marked :func:`core`.  Where the tree's own core
runs, it answers; what it believes is shown in the same Records (:class:`~irqlab.kernel.irq.desc.IrqDesc`,
:class:`~irqlab.kernel.pm.power.RpmState`), which nobody else writes then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from irqlab.state import Record

if TYPE_CHECKING:
    from irqlab.kernel.context import Context
    from irqlab.kernel.kernel import Kernel

P = ParamSpec("P")
R = TypeVar("R")


#: The module that compiled functions of the core say they are from.
LINUX = "irqlab.kernel.linux"

#: When a turn may be taken: as a task may run, or as a softirq may.
TASK, SOFTIRQ = "task", "softirq"


@dataclass(frozen=True)
class Turn:
    """Something that the core will do by itself.

    :ivar record: it exists while that is so; ``run`` takes it, does one segment, and says whether there was anything to do.
    :ivar when: :data:`TASK` or :data:`SOFTIRQ`.
    """

    name: str
    record: Record
    run: Callable[[Any], bool]
    when: str


class Core(Protocol):
    """The tree's own core under one kernel."""

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a function of it by the name that it has here, with the same arguments behind ``k``."""

    def turns(self) -> tuple[Turn, ...]:
        """What it does by itself, of every Record there ever was, in canonical order."""

    def rest(self, context: Context) -> None:
        """A context has been stopped: a kernel thread that has nothing to do is no call under way."""


def core(function: Callable[Concatenate[Kernel, P], R]) -> Callable[Concatenate[Kernel, P], R]:
    """Marks a traced function that the tree's own core has too: where a kernel has that core, it answers."""
    name = function.__name__

    @functools.wraps(function)
    def call(k: Kernel, *args: P.args, **kwargs: P.kwargs) -> R:
        if k.core is None:
            return function(k, *args, **kwargs)
        return cast(R, k.core.call(name, *args, **kwargs))

    return cast("Callable[Concatenate[Kernel, P], R]", call)
