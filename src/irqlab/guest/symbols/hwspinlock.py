"""``drivers/hwspinlock``: hardware locks.  Only that a node has none is modelled."""

from __future__ import annotations

from irqlab.guest.ctypes import OptNode
from irqlab.guest.exports import Int, export
from irqlab.guest.guest import Guest
from irqlab.kernel.of.base import of_parse_phandle_with_args


@export("of_hwspin_lock_get_id")
def _of_hwspin_lock_get_id(g: Guest, np: OptNode, index: Int) -> Int:
    found = of_parse_phandle_with_args(np, "hwlocks", "#hwlock-cells", -1, index)
    if not isinstance(found, int):
        g.unknown("a hardware lock")
    return found if isinstance(found, int) else 0
