"""Kinds of consumers and calls of theirs that are wrong in one thing each, and their nearest neighbours that are not.

They are added to irqlab's own with :func:`added` for one test.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from irqlab.drivers import consumer
from irqlab.drivers.consumer import CALLS, KINDS, Consumer, Kind, served
from irqlab.hardware.peripheral import CONTROL, STATUS
from irqlab.kernel.io import readl, writel
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQF_NO_THREAD, IRQF_ONESHOT
from irqlab.kernel.irq.manage import disable_irq, enable_irq, free_irq
from irqlab.kernel.irq.synchronize import synchronize_irq
from irqlab.kernel.locking import Mutex, RawSpinLock, SpinLock, irqsave, mutex, spin
from irqlab.kernel.of.device import regs
from irqlab.state import atomic, kernel

Kernel = Any


def _mutex(k: Kernel, user: Consumer) -> Mutex:
    lock = k.lock(Mutex, f"{user.key[0]} mutex of its driver")
    assert isinstance(lock, Mutex)
    return lock


def _lock(k: Kernel, user: Consumer) -> RawSpinLock:
    lock = k.lock(RawSpinLock, f"{user.key[0]} lock of its driver")
    assert isinstance(lock, RawSpinLock)
    return lock


@atomic
def _irq(user: Consumer) -> int:
    return user.irq


@atomic
def _let_go(user: Consumer) -> None:
    user.requested = False


@kernel
def _stop(k: Kernel, user: Consumer) -> None:
    """The device has no events any more, as irqlab's own ``free`` sees to before ``free_irq()``."""
    writel(k, regs(k, user.dev), CONTROL, 0)


# -- handlers ------------------------------------------------------------------------------------------------------


@kernel
def served_under_mutex(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A thread that quiets its device under the mutex of its driver."""
    with mutex(k, _mutex(k, dev_id)):
        served(k, irq, dev_id)
    return IRQ_HANDLED


@kernel
def served_under_lock(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A hard handler that quiets its device under a spinlock."""
    with spin(k, _lock(k, dev_id)):
        served(k, irq, dev_id)
    return IRQ_HANDLED


@kernel
def served_under_spinlock(k: Kernel, irq: int, dev_id: Consumer) -> int:
    """A hard handler that quiets its device under a spinlock_t, which sleeps on PREEMPT_RT."""
    lock = k.lock(SpinLock, f"{dev_id.key[0]} spinlock of its driver")
    with spin(k, lock):
        served(k, irq, dev_id)
    return IRQ_HANDLED


# -- calls ---------------------------------------------------------------------------------------------------------


@kernel
def synchronize_locked(k: Kernel, user: Consumer) -> None:
    """``synchronize_irq()`` with the mutex the thread needs."""
    with mutex(k, _mutex(k, user)):
        synchronize_irq(k, _irq(user))


@kernel
def synchronize_dropped(k: Kernel, user: Consumer) -> None:
    """The mutex is dropped first."""
    with mutex(k, _mutex(k, user)):
        readl(k, regs(k, user.dev), STATUS)
    synchronize_irq(k, _irq(user))


@kernel
def disable_locked(k: Kernel, user: Consumer) -> None:
    """``disable_irq()`` with the mutex the thread needs."""
    with mutex(k, _mutex(k, user)):
        disable_irq(k, _irq(user))
    enable_irq(k, _irq(user))


@kernel
def disable_dropped(k: Kernel, user: Consumer) -> None:
    """The mutex is dropped first."""
    with mutex(k, _mutex(k, user)):
        readl(k, regs(k, user.dev), STATUS)
    disable_irq(k, _irq(user))
    enable_irq(k, _irq(user))


@kernel
def free_locked(k: Kernel, user: Consumer) -> None:
    """``free_irq()`` with the mutex the thread needs."""
    _let_go(user)
    with mutex(k, _mutex(k, user)):
        _stop(k, user)
        free_irq(k, _irq(user), user)


@kernel
def free_dropped(k: Kernel, user: Consumer) -> None:
    """The mutex is dropped first."""
    _let_go(user)
    with mutex(k, _mutex(k, user)):
        _stop(k, user)
    free_irq(k, _irq(user), user)


@kernel
def look_open(k: Kernel, user: Consumer) -> None:
    """Takes the handler's lock with interrupts on."""
    with spin(k, _lock(k, user)):
        readl(k, regs(k, user.dev), STATUS)


@kernel
def look_irqsave(k: Kernel, user: Consumer) -> None:
    """Takes the handler's lock with interrupts off."""
    with irqsave(k, _lock(k, user)):
        readl(k, regs(k, user.dev), STATUS)


@kernel
def enable_twice(k: Kernel, user: Consumer) -> None:
    """``disable_irq()`` once, ``enable_irq()`` twice."""
    disable_irq(k, _irq(user))
    enable_irq(k, _irq(user))
    enable_irq(k, _irq(user))


@kernel
def enable_once(k: Kernel, user: Consumer) -> None:
    """``disable_irq()`` once, ``enable_irq()`` once."""
    disable_irq(k, _irq(user))
    enable_irq(k, _irq(user))


@kernel
def free_twice(k: Kernel, user: Consumer) -> None:
    """``free_irq()`` of what is free already."""
    _let_go(user)
    _stop(k, user)
    free_irq(k, _irq(user), user)
    free_irq(k, _irq(user), user)


@contextmanager
def added() -> Iterator[None]:
    """Adds these kinds and calls to irqlab's own for a while."""
    kinds = (
        Kind("mutex-thread", "a ONESHOT line whose thread takes a mutex", None, served_under_mutex, IRQF_ONESHOT),
        Kind("spinlock-handler", "its hard handler takes a spinlock_t", served_under_spinlock),
        Kind("spinlock-no-thread", "the same, never threaded", served_under_spinlock, flags=IRQF_NO_THREAD),
        Kind("lock-handler", "its hard handler takes a spinlock", served_under_lock),
    )
    calls = (
        synchronize_locked,
        synchronize_dropped,
        disable_locked,
        disable_dropped,
        free_locked,
        free_dropped,
        look_open,
        look_irqsave,
        enable_twice,
        enable_once,
        free_twice,
    )
    before = dict(KINDS), dict(CALLS)
    KINDS.update({kind.name: kind for kind in kinds})
    CALLS.update({call.__name__.replace("_", "-"): call for call in calls})
    try:
        yield
    finally:
        for table, was in zip((consumer.KINDS, consumer.CALLS), before, strict=True):
            table.clear()
            table.update(was)
