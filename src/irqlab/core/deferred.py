"""What the tree's own core leaves for later where irqlab explores: each is a Record, and when its turn comes is an action.

Work of runtime PM and its timer are :class:`~irqlab.kernel.pm.power.RpmState`'s, as in Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.core import views
from irqlab.core.power import NOW, device_of
from irqlab.guest.exports import U64, Bool, Int, Long, Ptr, UInt, ULong, export
from irqlab.guest.guest import VOID, Guest
from irqlab.kernel.context import Context, might_sleep, wait_event
from irqlab.kernel.device import Device
from irqlab.kernel.pm.control import worker_name
from irqlab.kernel.pm.power import RpmState
from irqlab.kernel.pm.sleep import pm_system_wakeup
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class Tasklet(Record):
    """The scheduled tasklet (there is one: the resend); absent while it is not."""

    address: int


class Grace(Record):
    """``call_rcu()``: what is called when a grace period has passed, oldest first: head and function."""

    heads: tuple[tuple[int, int], ...] = ()


# -- RCU ---------------------------------------------------------------------------------------------------------------


@atomic
def _call_rcu(k: Kernel, head: int, function: int) -> None:
    grace = k.world.at(Grace)
    if not grace.exists:
        k.world.new(Grace)
    grace.heads = (*grace.heads, (head, function))


@export()
def call_rcu(g: Guest, head: Ptr, function: Ptr) -> None:
    _call_rcu(g.k, head, function)


@atomic
def _oldest(k: Kernel) -> tuple[int, int]:
    grace = k.world.at(Grace)
    oldest, grace.heads = grace.heads[0], grace.heads[1:]
    if not grace.heads:
        k.world.drop(grace)
    return oldest


@atomic
def grace_waits(k: Kernel) -> bool:
    """Whether somebody waits for a grace period."""
    return k.world.at(Grace).exists


@kernel
def rcu_do_batch(k: Kernel) -> None:
    """``rcu_do_batch()``: a grace period is over.  Softirq; an entry."""
    while grace_waits(k):
        head, function = _oldest(k)
        k.guest.function(function, VOID)(k, head)


# -- descriptors that go --------------------------------------------------------------------------------------------------


@atomic
def _gone(k: Kernel, irq: int) -> None:
    views.gone(k.guest, irq)


@export()
def unregister_irq_proc(g: Guest, irq: UInt, desc: Ptr) -> None:
    """The first that ``free_desc()`` does."""
    _gone(g.k, irq)


# -- what wakes the system ------------------------------------------------------------------------------------------------


@export()
def pm_system_irq_wakeup(g: Guest, irq: UInt) -> None:
    """``wakeup.c`` is Python here."""
    pm_system_wakeup(g.k)


# -- the tasklet -------------------------------------------------------------------------------------------------------


@atomic
def _schedule(k: Kernel, address: int) -> bool:
    """False if another waits already."""
    tasklet = k.world.at(Tasklet)
    if not tasklet.exists:
        k.world.new(Tasklet, address=address)
    return tasklet.address == address


@export()
def __tasklet_schedule(g: Guest, tasklet: Ptr) -> None:  # noqa: N807
    if not _schedule(g.k, tasklet):
        g.unknown("a second tasklet while one waits")


@atomic
def _scheduled(k: Kernel) -> int:
    tasklet = k.world.at(Tasklet)
    address = tasklet.address
    k.world.drop(tasklet)
    return address


@kernel
def tasklet_action(k: Kernel) -> None:
    """``tasklet_action()``.  Softirq; an entry."""
    g, address = k.guest, _scheduled(k)
    g.set_field(address, "tasklet_struct", "state", 0)
    if g.field(address, "tasklet_struct", "use_callback"):
        g.function(g.field(address, "tasklet_struct", "callback"), VOID)(k, address)
    else:
        g.function(g.field(address, "tasklet_struct", "func"), VOID)(k, g.field(address, "tasklet_struct", "data"))


# -- work and the timer of runtime PM ----------------------------------------------------------------------------------


def _of(g: Guest, address: int, path: str) -> Device:
    device = device_of(g, address, path)
    if device is None:
        g.unknown(f"{path.rpartition('.')[2]} of something else than runtime PM")
    assert device is not None
    return device


@atomic
def _was(k: Kernel, dev: Device, what: str, now: bool) -> bool:
    """Sets ``queued`` or ``timer`` of a device; what it was before."""
    machine = k.world.at(RpmState, dev.name)
    was = bool(getattr(machine, what))
    if was is not now:
        setattr(machine, what, now)
    return was


@export()
def queue_work_on(g: Guest, cpu: Int, queue: Ptr, work: Ptr) -> Bool:
    return not _was(g.k, _of(g, work, "power.work"), "queued", True)


@kernel
def _cancel_work(k: Kernel, dev: Device) -> bool:
    might_sleep(k, "cancel_work_sync()")
    was = _was(k, dev, "queued", False)
    worker = k.world.at(Context, worker_name(dev))
    wait_event(k, lambda: not worker.exists, f"{worker_name(dev)} has ended (cancel_work_sync)")
    return was


@export()
def cancel_work_sync(g: Guest, work: Ptr) -> Bool:
    return _cancel_work(g.k, _of(g, work, "power.work"))


@kernel
def run_work(k: Kernel, dev: Device) -> None:
    """One turn of a kworker of ``pm_wq``: ``pm_runtime_work()``."""
    g = k.guest
    _was(k, dev, "queued", False)
    address = g.mirrored_at(dev, "power.work")
    g.function(g.number(g.mirrored_at(dev, "power.work.func")), VOID)(k, address)


@export("hrtimer_init")
def _hrtimer_init(g: Guest, timer: Ptr, clock: Int, mode: UInt) -> None:
    return None


@export("hrtimer_setup")
def _hrtimer_setup(g: Guest, timer: Ptr, function: Ptr, clock: Int, mode: UInt) -> None:
    g.set_number(timer + g.image.types.offset("hrtimer", "function"), function)


@export("ktime_get_mono_fast_ns")
def _ktime_get_mono_fast_ns(g: Guest) -> U64:
    return NOW


@export("hrtimer_start_range_ns")
def _hrtimer_start_range_ns(g: Guest, timer: Ptr, time: Long, delta: ULong, mode: UInt) -> None:
    _was(g.k, _of(g, timer, "power.suspend_timer"), "timer", True)


@export("hrtimer_try_to_cancel")
def _hrtimer_try_to_cancel(g: Guest, timer: Ptr) -> Int:
    return int(_was(g.k, _of(g, timer, "power.suspend_timer"), "timer", False))


@atomic
def _fires(k: Kernel, dev: Device) -> bool:
    machine = k.world.at(RpmState, dev.name)
    armed, machine.timer, machine.last_busy = machine.timer, False, False
    return armed


@kernel
def run_timer(k: Kernel, dev: Device) -> None:
    """The autosuspend timer fires: ``pm_suspend_timer_fn()``."""
    g = k.guest
    function, timer = (g.mirrored_at(dev, f"power.suspend_timer{path}") for path in (".function", ""))
    if _fires(k, dev):
        g.function(g.number(function), VOID)(k, timer)
