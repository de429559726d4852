"""Locks: ``raw_spinlock_t``, ``spinlock_t`` and ``struct mutex``.

A lock's Record exists while the lock is held, so an unlocked lock costs a state nothing, and a lock that a crash cut
off stays held.  Every lock and unlock is a schedule point where interrupts are on.

On PREEMPT_RT a ``spinlock_t`` and a mutex sleep: taking one under a raw spinlock or in a hard interrupt breaks
``wait-context`` (lockdep's ``PROVE_RAW_LOCK_NESTING``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from irqlab.kernel.context import (
    current,
    in_panic,
    in_true_hardirq,
    local_irq_disable,
    local_irq_enable,
    local_irq_restore,
    local_irq_save,
    might_sleep,
    point,
    preempt_disable,
    preempt_enable_no_point,
    spin_until,
    wait_event,
)
from irqlab.state import Record, Static, World, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.context import Context
    from irqlab.kernel.kernel import Kernel


class HeldLock(Record):
    """A lock that is held.  Key: the lock's name."""

    #: The context that holds it (its name: a crash may have removed the context).
    owner: str
    #: The line of a compiled driver that took it; empty for locks of the kernel and of drivers in Python.
    where: str = ""


class Lock(Static):
    """A lock's name and kind (which never change)."""

    __slots__ = ("held", "name", "world")

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.held = world.at(HeldLock, name)


class RawSpinLock(Lock):
    """``raw_spinlock_t``: spins on every configuration."""


class SpinLock(Lock):
    """``spinlock_t``: spins, but sleeps on PREEMPT_RT."""


class Mutex(Lock):
    """``struct mutex``: sleeps."""


def _me(k: Kernel) -> str:
    context = current(k.world)
    return context.name if context is not None else "boot"


@atomic
def _take(k: Kernel, lock: Lock) -> None:
    k.world.new(HeldLock, lock.name, owner=_me(k), where="" if k.guest is None else k.guest.where_itself())
    context = current(k.world)
    if context is not None and isinstance(lock, RawSpinLock):
        context.raw_locks += 1


@atomic
def _give(k: Kernel, lock: Lock) -> None:
    k.world.drop(lock.held)
    context = current(k.world)
    if context is not None and isinstance(lock, RawSpinLock):
        context.raw_locks -= 1


def left_held(k: Kernel, context: Context) -> tuple[HeldLock, ...]:
    """The spinlocks that a call which has ended holds."""
    if context.preempt_count == 0:
        return ()
    held = (lock.held for lock in k.locks() if not isinstance(lock, Mutex))
    return tuple(one for one in held if one.exists and one.owner == context.name)


@atomic
def _under_raw(k: Kernel) -> bool:
    context = current(k.world)
    return context is not None and context.raw_locks > 0


def _check_wait_context(k: Kernel, lock: Lock) -> None:
    """Lockdep's wait-type check: nothing that sleeps on RT under a raw spinlock or in what is a hard interrupt there too."""
    if in_true_hardirq(k) or _under_raw(k):
        k.signal("wait-context", lock=lock.name, hardirq=in_true_hardirq(k), panic=in_panic(k))


def _acquire(k: Kernel, lock: Lock) -> None:
    spin_until(k, lambda: not lock.held.exists, f"{lock.name} is released")
    _take(k, lock)


IrqMode = Literal["none", "irq", "irqsave"]


@kernel
def spin_lock(k: Kernel, lock: Lock, mode: IrqMode = "none") -> bool:
    """``[raw_]spin_lock[_irq|_irqsave]()``; returns the flags to restore."""
    point(k, f"lock {lock.name}")
    if isinstance(lock, SpinLock):
        _check_wait_context(k, lock)
    flags = False
    if mode == "irqsave":
        flags = local_irq_save(k)
    elif mode == "irq":
        local_irq_disable(k)
    preempt_disable(k)
    _acquire(k, lock)
    return flags


@kernel
def spin_unlock(k: Kernel, lock: Lock, mode: IrqMode = "none", flags: bool = False) -> None:
    """``[raw_]spin_unlock[_irq|_irqrestore]()``."""
    point(k, f"holding {lock.name}")
    _give(k, lock)
    preempt_enable_no_point(k)
    if mode == "irqsave":
        local_irq_restore(k, flags)
    elif mode == "irq":
        local_irq_enable(k)
    point(k, f"unlock {lock.name}")


class irqsave:  # noqa: N801  (reads like raw_spin_lock_irqsave)
    """``with irqsave(k, lock):`` — ``raw_spin_lock_irqsave()`` … ``raw_spin_unlock_irqrestore()``."""

    __slots__ = ("flags", "k", "lock")
    mode: IrqMode = "irqsave"

    def __init__(self, k: Kernel, lock: Lock) -> None:
        self.k, self.lock, self.flags = k, lock, False

    def __enter__(self) -> None:
        self.flags = spin_lock(self.k, self.lock, self.mode)

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is not None:
            return  # the stack is thrown away, or irqlab has a defect: the lock stays held
        spin_unlock(self.k, self.lock, self.mode, self.flags)


class irq(irqsave):  # noqa: N801
    """``with irq(k, lock):`` — ``spin_lock_irq()`` … ``spin_unlock_irq()``, which turns interrupts on."""

    __slots__ = ()
    mode: IrqMode = "irq"


class spin(irqsave):  # noqa: N801
    """``with spin(k, lock):`` — ``spin_lock()`` … ``spin_unlock()``."""

    __slots__ = ()
    mode: IrqMode = "none"


@kernel
def mutex_lock(k: Kernel, lock: Mutex) -> None:
    """``mutex_lock()``: may sleep."""
    might_sleep(k, f"mutex_lock({lock.name})")
    _check_wait_context(k, lock)
    wait_event(k, lambda: not lock.held.exists, f"{lock.name} is released")
    _take(k, lock)


@kernel
def mutex_unlock(k: Kernel, lock: Mutex) -> None:
    """``mutex_unlock()``."""
    point(k, f"holding {lock.name}")
    _give(k, lock)
    point(k, f"mutex_unlock({lock.name})")


class mutex:  # noqa: N801
    """``with mutex(k, lock):`` — ``mutex_lock()`` … ``mutex_unlock()``."""

    __slots__ = ("k", "lock")

    def __init__(self, k: Kernel, lock: Mutex) -> None:
        self.k, self.lock = k, lock

    def __enter__(self) -> None:
        mutex_lock(self.k, self.lock)

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is not None:
            return  # the stack is thrown away, or irqlab has a defect: the lock stays held
        mutex_unlock(self.k, self.lock)
