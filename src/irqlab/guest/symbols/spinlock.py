"""``kernel/locking/spinlock.c``.  A lock is the Python kernel's, named after where it lies in the guest's memory.

What the driver calls a ``spinlock_t`` and what a ``raw_spinlock_t`` come down to the same functions: it counts as raw.
"""

from __future__ import annotations

from collections.abc import Callable

from irqlab.guest.exports import Ptr, ULong, export
from irqlab.guest.guest import Guest
from irqlab.kernel.locking import IrqMode, Lock, RawSpinLock, spin_lock, spin_unlock
from irqlab.state import atomic


def _raw(g: Guest, address: int) -> Lock:
    """The lock at an address, which has to be memory: the core's own where it is a descriptor's."""
    known = g.lock_at(address)
    if known is not None:
        return known
    g.read(address, 4)
    return g.k.lock(RawSpinLock, lock_name(g, "lock", address))


def lock_name(g: Guest, kind: str, address: int) -> str:
    """What a lock of the driver is called: no two have the same name."""
    told = g.image.describe(address)
    return f"{g.name} {kind} at {address:#x}" if told == f"{address:#x}" else f"{g.name} {kind} {told} at {address:#x}"


@atomic
def is_held(lock: Lock) -> bool:
    """``raw_spin_is_locked()``, ``mutex_is_locked()``."""
    return lock.held.exists


def _lock(mode: IrqMode) -> Callable[..., None]:
    def run(g: Guest, lock: Ptr) -> None:
        spin_lock(g.k, _raw(g, lock), mode)

    return run


def _unlock(mode: IrqMode) -> Callable[..., None]:
    def run(g: Guest, lock: Ptr) -> None:
        unlock(g, lock, mode, False)

    return run


def unlock(g: Guest, address: int, mode: IrqMode, flags: bool) -> None:
    """Gives a lock back; one that nobody holds is told, and stays as it is."""
    lock = _raw(g, address)
    if is_held(lock):
        spin_unlock(g.k, lock, mode, flags)
    else:
        g.k.warn(f"{lock.name} is unlocked, and nobody holds it")


export("_raw_spin_lock")(_lock("none"))
export("_raw_spin_lock_irq")(_lock("irq"))
export("_raw_spin_unlock")(_unlock("none"))
export("_raw_spin_unlock_irq")(_unlock("irq"))


@export()
def _raw_spin_lock_irqsave(g: Guest, lock: Ptr) -> ULong:
    return int(spin_lock(g.k, _raw(g, lock), "irqsave"))


@export()
def _raw_spin_unlock_irqrestore(g: Guest, lock: Ptr, flags: ULong) -> None:
    unlock(g, lock, "irqsave", bool(flags))
