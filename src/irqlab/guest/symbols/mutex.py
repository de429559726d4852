"""``kernel/locking/mutex.c``.  A mutex is the Python kernel's, named after where it lies in the guest's memory."""

from __future__ import annotations

from irqlab.guest.exports import Bool, Int, Ptr, Text, export
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.spinlock import is_held, lock_name
from irqlab.kernel.locking import Mutex, mutex_lock, mutex_unlock


def _mutex(g: Guest, address: int) -> Mutex:
    g.read(address, g.abi.word)
    lock = g.k.lock(Mutex, lock_name(g, "mutex", address))
    assert isinstance(lock, Mutex)
    return lock


@export("__mutex_init")
def _mutex_init(g: Guest, lock: Ptr, name: Text, key: Ptr) -> None:
    size = g.image.types.size("mutex") if g.image.types.has("mutex") else 4 * g.abi.word
    g.write(lock, bytes(size))


@export("mutex_lock")
def _mutex_lock(g: Guest, lock: Ptr) -> None:
    mutex_lock(g.k, _mutex(g, lock))


@export("mutex_lock_interruptible", "mutex_lock_killable")
def _mutex_lock_interruptible(g: Guest, lock: Ptr) -> Int:
    mutex_lock(g.k, _mutex(g, lock))
    return 0


@export("mutex_is_locked")
def _mutex_is_locked(g: Guest, lock: Ptr) -> Bool:
    return is_held(_mutex(g, lock))


@export("mutex_unlock")
def _mutex_unlock(g: Guest, lock: Ptr) -> None:
    known = _mutex(g, lock)
    if is_held(known):
        mutex_unlock(g.k, known)
    else:
        g.k.warn(f"{known.name} is unlocked, and nobody holds it")
