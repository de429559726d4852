"""``lib/idr.c``: numbers handed out by a ``struct ida``."""

from __future__ import annotations

from irqlab.guest.exports import Int, Ptr, UInt, export
from irqlab.guest.guest import Guest
from irqlab.kernel.errno import ENOMEM, ENOSPC
from irqlab.kernel.kernel import Kernel
from irqlab.state import Record, atomic

_INT_MAX = 0x7FFFFFFF


class Ida(Record):
    """What of a ``struct ida`` is taken.  Key: its address.  Absent while it is empty."""

    taken: tuple[int, ...] = ()


@atomic
def _take(k: Kernel, ida: int, low: int, high: int) -> int:
    known = k.world.at(Ida, ida)
    taken = known.taken if known.exists else ()
    number = low
    while number in taken:
        number += 1
    if number > high:
        return -ENOSPC
    if not known.exists:
        k.world.new(Ida, ida)
    known.taken = tuple(sorted((*taken, number)))
    return number


@atomic
def _give(k: Kernel, ida: int, number: int) -> bool:
    known = k.world.at(Ida, ida)
    if not known.exists or number not in known.taken:
        return False
    known.taken = tuple(other for other in known.taken if other != number)
    if not known.taken:
        k.world.drop(known)
    return True


@export("ida_alloc_range")
def _ida_alloc_range(g: Guest, ida: Ptr, low: UInt, high: UInt, flags: UInt) -> Int:
    if low > _INT_MAX:
        return -ENOSPC
    if g.k.fails("ida_alloc_range"):
        return -ENOMEM
    return _take(g.k, ida, low, min(high, _INT_MAX))


@export("ida_free")
def _ida_free(g: Guest, ida: Ptr, number: UInt) -> None:
    if not _give(g.k, ida, number):
        g.k.warn(f"ida_free called for id={number} which is not allocated.")


@export("ida_destroy")
def _ida_destroy(g: Guest, ida: Ptr) -> None:
    _clear(g.k, ida)


@atomic
def _clear(k: Kernel, ida: int) -> None:
    known = k.world.at(Ida, ida)
    if known.exists:
        k.world.drop(known)
