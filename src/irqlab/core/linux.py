"""The tree's own core under one kernel: what the kernel in Python calls, and the threads it has.

A kernel thread that sleeps with nothing to do is no call under way: its context is *parked*, and is a context again
when somebody has woken it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from irqlab.core import deferred
from irqlab.core.calls import CALLS
from irqlab.core.guest import CoreGuest
from irqlab.core.root import ROOT
from irqlab.core.sched import IDLE, is_woken
from irqlab.drivers.consumer import KINDS, Consumer, served
from irqlab.drivers.gic import gic_v3
from irqlab.errors import InputError
from irqlab.guest.exports import C, Export
from irqlab.guest.guest import INT
from irqlab.guest.module import Compiled, irqchips_of
from irqlab.guest.objects import handle
from irqlab.kernel.context import Context, in_flight, step
from irqlab.kernel.core import SOFTIRQ, TASK, Turn
from irqlab.kernel.irq.resend import push_softirq
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, atomic, static_name

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: Initcalls of the core that do nothing for interrupts: files in sysfs.
_SKIPPED = ("irq_sysfs_init",)

_IRQ = C("int", ("int",), 4, signed=True)
_DEV = C("void *", ("pointer",), 0)


class Parked(Record, counted=True):
    """A kernel thread that sleeps with nothing to do.  Key: its name; the rest is its :class:`Context`'s."""

    entry: Callable[..., Any]
    args: tuple[Any, ...] = ()
    log: tuple[Any, ...] = ()


class LinuxCore:
    """The core of one kernel."""

    def __init__(self, guest: CoreGuest) -> None:
        self.g, self.k = guest, guest.k
        for part in self.k.board.parts:  # what users hand over has its address by the board, not by who comes first
            if part.name in self.k.consumers:
                self.pointer(self.k.world.at(Consumer, part.name))
                kind = KINDS[self.k.consumers[part.name]]
                for function in (kind.handler, kind.thread_fn, served):
                    self.handler(function)

    # -- calls -------------------------------------------------------------------------------------------------

    def call(self, name: str, *args: Any, **kwargs: Any) -> Any:
        """Calls a function by the name that the kernel in Python has for it."""
        known = CALLS.get(name)
        if known is None:
            self.g.unknown(f"{name}() as the kernel in Python would call it in the tree's own core")
        assert known is not None
        return known(self, *args, **kwargs)

    def run(self, symbol: str, result: str, *args: int | bytes) -> Any:
        """Calls a function by its symbol."""
        address = self.g.image.symbols.get(symbol)
        if address is None:
            self.g.unknown(f"{symbol}(), which the tree's own core has not")
        assert address is not None
        return self.g.function(address, result)(self.k, *args)

    def pointer(self, value: Pointer) -> int:
        """The pointer that stands for a ``void *``."""
        return self._record(value) if isinstance(value, Record) else value or 0

    def _record(self, record: Record) -> int:
        address = handle(self.g, f"{record.kind()} {' '.join(map(str, record.key))}")
        self.g.pointed[address] = record
        return address

    def handler(self, function: Callable[..., Any] | None) -> int:
        """The address at which compiled code calls a handler in Python; NULL for none."""
        if function is None:
            return 0
        known = function

        def run(g: CoreGuest, irq: int, dev: int) -> int:
            record = g.pointed.get(dev)
            g.k.signal("handler", irq=irq, name=_label(g.k, record))
            return int(known(g.k, irq, record))

        return self.g.gate(Export(f"handler {static_name(function)}", run, (_IRQ, _DEV), _IRQ, False))

    # -- what it does by itself --------------------------------------------------------------------------------

    def turns(self) -> tuple[Turn, ...]:
        """Threads that were woken, the resend tasklet, RCU callbacks."""
        known = self.k.world.known
        return (
            *(Turn(f"thread {parked.key[0]} wakes", parked, self._thread, TASK) for parked in known(Parked)),
            *(Turn("the resend tasklet runs", tasklet, self._tasklet, SOFTIRQ) for tasklet in known(deferred.Tasklet)),
            *(Turn("an RCU grace period ends", grace, self._grace, SOFTIRQ) for grace in known(deferred.Grace)),
        )

    def _thread(self, parked: Parked) -> bool:
        context = self.wake(parked)
        if context is None or not step(self.k, context):
            return False
        self.rest(context)
        return True

    def _tasklet(self, tasklet: deferred.Tasklet) -> bool:
        return tasklet.exists and self._no_softirq() and step(self.k, push_softirq(self.k, deferred.tasklet_action))

    def _grace(self, grace: deferred.Grace) -> bool:
        """A grace period ends when every call that was under way has ended: in this model, when none is."""
        return grace.exists and not in_flight(self.k) and step(self.k, push_softirq(self.k, deferred.rcu_do_batch))

    def _no_softirq(self) -> bool:
        return not self.k.world.at(Context, SOFTIRQ).exists

    # -- threads -----------------------------------------------------------------------------------------------

    def rest(self, context: Context) -> None:
        """A context has been stopped: parks it if it is a thread that sleeps until it is woken."""
        if context.exists and context.waits_for == IDLE and not is_woken(self.k, context.name):
            self.k.world.new(Parked, context.name, entry=context.entry, args=context.args, log=context.log)
            self.k.world.drop(context)

    def wake(self, parked: Parked) -> Context | None:
        """The context of a parked thread, if somebody has woken it."""
        name = str(parked.key[0])
        if not parked.exists or not is_woken(self.k, name):
            return None
        context = self.k.world.new(Context, name, entry=parked.entry, args=parked.args, log=parked.log, waits_for=IDLE)
        self.k.world.drop(parked)
        return context


@atomic
def _label(k: Kernel, record: Record | None) -> str:
    """What the user of a line is called in ``/proc/interrupts``."""
    if record is None:
        return ""
    part = k.board.part(str(record.key[0]))
    return part.label or part.name


@dataclass(frozen=True, eq=False)
class OnLinux(Compiled):
    """A compiled driver on the tree's own core."""

    def insert(self, k: Kernel) -> None:
        assert self.image is not None
        if k.config.spurious:
            raise InputError("--spurious is not for --core linux: the kernel's own threshold is 100 000 interrupts")
        guest = CoreGuest(k, self.image)
        k.guest, k.core = guest, LinuxCore(guest)
        k.irqchips = (*(ROOT if chip is gic_v3 else chip for chip in k.irqchips), *irqchips_of(guest))
        calls = ((level, function) for level, function in self.image.initcalls if _wanted(guest, function))
        k.initcalls = tuple((level, guest.function(function, INT)) for level, function in calls)


def _wanted(guest: CoreGuest, function: int) -> bool:
    found = guest.image.function_at(function)
    return found is None or found.name not in _SKIPPED
