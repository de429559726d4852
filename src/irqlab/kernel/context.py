"""Who runs, and what may happen to it: tasks, workers, hard interrupts, preemption, interrupts on and off.

Stands for ``include/linux/preempt.h``, ``irqflags.h`` and what of the scheduler matters here, on one CPU.

* A *task* (a consumer's call, a kworker, an irq thread) may be preempted at every schedule point where interrupts
  are on and the preemption count is 0.
* A *hardirq* ends before what it interrupted goes on.  A task with preemption off keeps the CPU but for hardirqs.
* Where interrupts are off nothing comes between, so nothing stops there (but an NMI crash, if the scope asks).

:class:`Cpu` says who holds the CPU; :class:`Context` keeps one stopped call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.state import End, Record, World, atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: What a waiting context does meanwhile (first words of :attr:`Context.waits_for`).
SLEEPS, SPINS = "sleeps until ", "spins until "

#: How much of the world may act at a schedule point.
NOTHING, INTERRUPTS, PREEMPTION = 0, 1, 2


class Context(Record, machinery=True, counted=True):
    """One call that is under way.  Key: its name (``task a``, ``kworker irqsteer``, ``hardirq 0``)."""

    entry: Callable[..., Any]
    args: tuple[Any, ...] = ()
    log: tuple[Any, ...] = ()
    #: What it waits for; empty while it can go on.
    waits_for: str = ""
    irqs_off: bool = False
    #: How many callers further up expect interrupts to be off.
    irq_disable_depth: int = 0
    preempt_count: int = 0
    #: Raw spinlocks held (lockdep's wait context).
    raw_locks: int = 0
    hardirq: bool = False
    #: On PREEMPT_RT this part of a hard interrupt runs in a thread (``lockdep_hardirq_threaded()``).
    threadable: bool = False
    #: A crash is under way here (``oops_in_progress``, ``system_state > SYSTEM_RUNNING``).
    panic: bool = False
    #: The context that oopsed: on the crash path it is still ``current``.
    instead_of: str = ""

    @property
    def name(self) -> str:
        return str(self.key[0])


class Cpu(Record, machinery=True):
    """The one CPU: contexts that hold it until they are done, outermost first."""

    stack: tuple[Context, ...] = ()


def cpu(world: World) -> Cpu:
    return world.at(Cpu)


def current(world: World) -> Context | None:
    """The running context (``current``); None outside contexts.  Not a read: it is who asks."""
    context = world.tape.context
    return context if isinstance(context, Context) else None


def level(context: Context) -> int:
    """How much of the world may act while ``context`` stands where it is."""
    if context.irqs_off:
        return NOTHING
    return INTERRUPTS if context.preempt_count or context.hardirq or context.panic else PREEMPTION


# -- interrupts on and off -------------------------------------------------------------------------------------


@atomic
def local_irq_save(k: Kernel) -> bool:
    """``local_irq_save()``: interrupts off on this CPU; returns whether they were off already."""
    context = current(k.world)
    if context is None:
        return False
    was_off = context.irqs_off
    context.irqs_off = True
    context.irq_disable_depth += 1
    return was_off


@atomic
def local_irq_restore(k: Kernel, flags: bool) -> None:
    """``local_irq_restore()``: interrupts as ``flags`` says."""
    context = current(k.world)
    if context is not None:
        context.irqs_off = flags
        context.irq_disable_depth -= 1


@atomic
def local_irq_disable(k: Kernel) -> None:
    """``local_irq_disable()``."""
    context = current(k.world)
    if context is not None:
        context.irqs_off = True
        context.irq_disable_depth += 1


@atomic
def local_irq_enable(k: Kernel) -> None:
    """``local_irq_enable()``: interrupts on, *whatever the caller's caller expects* (rule ``irqs-enabled``)."""
    context = current(k.world)
    if context is None:
        return
    context.irq_disable_depth -= 1
    if context.irq_disable_depth > 0 or context.hardirq or context.panic:
        k.signal("irqs-enabled", hardirq=context.hardirq, panic=context.panic)
    context.irqs_off = False


def irqs_disabled(k: Kernel) -> bool:
    """``irqs_disabled()``."""
    context = current(k.world)
    return context is not None and _irqs_off(context)


@atomic
def _irqs_off(context: Context) -> bool:
    return context.irqs_off


@atomic
def preempt_disable(k: Kernel) -> None:
    """``preempt_disable()``."""
    context = current(k.world)
    if context is not None:
        context.preempt_count += 1


@atomic
def preempt_enable_no_point(k: Kernel) -> None:
    """The count of ``preempt_enable()``; the schedule point belongs to the caller."""
    context = current(k.world)
    if context is not None:
        context.preempt_count -= 1


@atomic
def _in_atomic(context: Context) -> bool:
    return context.irqs_off or context.preempt_count > 0 or context.hardirq or context.panic


def in_atomic(k: Kernel) -> bool:
    """Whether sleeping is forbidden here (``in_atomic() || irqs_disabled()``, hard interrupts included)."""
    context = current(k.world)
    return context is not None and _in_atomic(context)


def preemptible(k: Kernel) -> bool:
    """``preemptible()``."""
    context = current(k.world)
    return context is not None and not _in_atomic(context)


@atomic
def _in_hardirq(context: Context) -> bool:
    return context.hardirq


@atomic
def hardirq_threaded(k: Kernel, threadable: bool) -> None:
    """``lockdep_hardirq_threaded()``, ``lockdep_hrtimer_enter()``: what follows would be threaded on PREEMPT_RT."""
    context = current(k.world)
    if context is not None:
        context.threadable = threadable


@atomic
def _threadable(context: Context) -> bool:
    return context.threadable


def in_true_hardirq(k: Kernel) -> bool:
    """Whether this is a hard interrupt on PREEMPT_RT too."""
    context = current(k.world)
    return context is not None and in_hardirq(k) and not _threadable(context)


def in_hardirq(k: Kernel) -> bool:
    """``in_hardirq()``."""
    context = current(k.world)
    return context is not None and _in_hardirq(context)


@atomic
def _in_panic(context: Context) -> bool:
    return context.panic


def in_panic(k: Kernel) -> bool:
    """Whether this is the crash path (``oops_in_progress``)."""
    context = current(k.world)
    return context is not None and _in_panic(context)


@atomic
def _beyond_running(k: Kernel) -> bool:
    return k.system.exists and k.system.beyond_running


def resched_silent(k: Kernel) -> bool:
    """``__might_resched()`` prints nothing: ``oops_in_progress``, or ``system_state > SYSTEM_RUNNING``."""
    return in_panic(k) or _beyond_running(k)


def might_sleep(k: Kernel, what: str) -> None:
    """``might_sleep()``: a schedule point where sleeping is allowed, a broken promise where it is not."""
    if in_atomic(k) and not system_booting(k):
        k.signal("sleep-in-atomic", what=what, silent=resched_silent(k))
    k.world.tape.point(what)


@atomic
def system_booting(k: Kernel) -> bool:
    """``system_state == SYSTEM_BOOTING``: ``might_sleep()`` tells nothing, for there is nobody else to run."""
    return k.system.exists and k.system.early


def point(k: Kernel, what: str) -> None:
    """A schedule point that is no sleep: a register access, the end of a locked region."""
    k.world.tape.point(what)


def wait_event(k: Kernel, condition: Callable[[], bool], why: str) -> None:
    """``wait_event()``, ``schedule()`` in a loop: sleeps until ``condition`` holds.  Process context.

    Where sleeping is forbidden this is told as ``sleep-in-atomic``; in a hard interrupt or on the crash path nobody
    else can run, and the CPU is stuck.
    """
    k.world.tape.wait(condition, f"{SLEEPS}{why}")


def spin_until(k: Kernel, condition: Callable[[], bool], why: str) -> None:
    """``while (!condition) cpu_relax();``: does not sleep; with preemption off on one CPU it never ends."""
    k.world.tape.wait(condition, f"{SPINS}{why}")


def cpu_relax(k: Kernel) -> None:
    """``cpu_relax()``: one that polls lets others run, and looks again when its turn comes."""
    again = k.world.tape.replaying
    k.world.tape.wait(lambda: again, f"{SPINS}what it polls has changed")


def before_wait(k: Kernel, why: str) -> None:
    """A context has found its condition false and is about to wait: says what that breaks."""
    if not in_atomic(k):
        return
    if why.startswith(SLEEPS):
        k.signal("sleep-in-atomic", what=f"schedule(), {why}", silent=in_panic(k))
        if not in_hardirq(k) and not in_panic(k):
            return
    k.signal("stuck", waits_for=why)
    k.hang(why)


# -- stepping --------------------------------------------------------------------------------------------------


def start(
    k: Kernel, name: str, entry: Callable[..., Any], args: tuple[Any, ...] = (), *, panic: bool = False, instead_of: str = ""
) -> Context:
    """A new task that has not run yet."""
    return k.world.new(Context, name, entry=entry, args=args, panic=panic, irqs_off=panic, instead_of=instead_of)


def push_hardirq(k: Kernel, entry: Callable[..., Any], args: tuple[Any, ...] = ()) -> Context:
    """A hard interrupt is taken: interrupts off, nothing below goes on until it ends."""
    holder = cpu(k.world)
    depth = sum(1 for context in holder.stack if context.hardirq)
    context = k.world.new(Context, f"hardirq {depth}", entry=entry, args=args, irqs_off=True, hardirq=True)
    holder.stack = (*holder.stack, context)
    return context


def in_flight(k: Kernel) -> tuple[Context, ...]:
    """Every call that is under way."""
    return k.world.all(Context)


def may_run(k: Kernel, context: Context) -> bool:
    """Whether ``context`` may be the next to run."""
    if not context.exists:
        return False
    stack = cpu(k.world).stack
    return not stack or stack[-1] is context


def interrupts_open(k: Kernel) -> int:
    """:data:`NOTHING`, :data:`INTERRUPTS` or :data:`PREEMPTION`: what the CPU lets in now."""
    stack = cpu(k.world).stack
    return level(stack[-1]) if stack else PREEMPTION


def step(k: Kernel, context: Context) -> bool:
    """Runs one segment of ``context``; False when it waits and its condition does not hold."""
    world = k.world
    start_level = level(context)

    def may_stop(kind: str) -> bool:
        running = world.tape.context
        if k.quiet or not isinstance(running, Context):
            return False
        log, world.tape.log = world.tape.log, None
        here = level(running)
        world.tape.log = log
        if here == NOTHING:
            return k.nmi_points or (kind.startswith(("readl", "writel")) and k.line_may_rise())
        return world.touches > 0 or here > start_level

    world.may_stop = may_stop
    world.before_wait = lambda why: before_wait(k, why)
    world.touches = 0  # what was read to see whether this may run is not part of the call
    tape = world.step(context, context.entry, (k, *context.args), context.log)
    end = tape.end
    if end is End.BLOCKED:
        return False
    if end is End.GONE:
        return True
    holder = cpu(world)
    if end is End.DONE:
        _tell_locks(k, context)
        stack = holder.stack
        if stack and stack[-1] is context:
            holder.stack = stack[:-1]
        world.drop(context)
        return True
    context.log = tape.stored()
    waits_for = tape.why if end is End.WAIT else ""
    if context.waits_for != waits_for:
        context.waits_for = waits_for
    _hold(holder, context)
    return True


def _tell_locks(k: Kernel, context: Context) -> None:
    """A call has ended: tells which spinlocks it still holds."""
    from irqlab.kernel.locking import left_held

    for held in left_held(k, context):
        k.signal("lock-left-held", lock=held.key[0], context=context.name, where=held.where)


def _hold(holder: Cpu, context: Context) -> None:
    """Keeps the CPU for a context that may not be preempted, gives it up for one that may."""
    stack = holder.stack
    holds = bool(stack) and stack[-1] is context
    sleeps = context.waits_for.startswith(SLEEPS)
    keeps = context.hardirq or context.panic or (not sleeps and (context.preempt_count > 0 or context.irqs_off))
    if keeps and not holds:
        holder.stack = (*stack, context)
    elif holds and not keeps:
        holder.stack = stack[:-1]
