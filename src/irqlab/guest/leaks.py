"""What a compiled driver allocates and does not free: looked for where no device of it is bound any more.

Tests: ``tests/real/test_defects.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.guest.memory import Allocation
from irqlab.kernel.device import Device, Driver
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel


class BeforeBind(Record):
    """What was allocated when no device of the driver was bound: its initcalls did that.  Absent where that is nothing."""

    addresses: tuple[int, ...] = ()


@atomic
def binding(k: Kernel, dev: Device, driver: Driver) -> None:
    """A driver is about to be probed: what is there already is not its device's."""
    g: Guest = k.guest
    if not _drives(g, driver) or _bound(g):
        return
    there, before = _addresses(g), g.world.at(BeforeBind)
    if before.exists:
        before.addresses = there
    elif there:
        g.world.new(BeforeBind, addresses=there)


@atomic
def unbound(k: Kernel, dev: Device, driver: Driver, failed: bool) -> None:
    """Everything managed was given back: tells what is left; ``failed``: its probe has failed."""
    g: Guest = k.guest
    if not _drives(g, driver) or _bound(g):
        return
    before = g.world.at(BeforeBind)
    known = before.addresses if before.exists else ()
    left = [g.world.at(Allocation, address) for address in _addresses(g) if address not in known]
    if left:
        where = tuple(sorted({allocation.where for allocation in left}))
        total = sum(allocation.size for allocation in left)
        k.signal("memory-leak", device=dev.name, count=len(left), bytes=total, where=where, failed=failed)


def _drives(g: Guest, driver: Driver) -> bool:
    """Whether a driver is of the guest."""
    return any(known is driver for known in g.statics.values())


def _bound(g: Guest) -> bool:
    """Whether a device has a driver of the guest."""
    return any(dev.bound and dev.driver is not None and _drives(g, dev.driver) for dev in g.world.all(Device))


def _addresses(g: Guest) -> tuple[int, ...]:
    """What is allocated by anybody but the tree's own core."""
    return tuple(int(allocation.key[0]) for allocation in g.world.all(Allocation) if allocation.where)
