"""Variables of the kernel that compiled code reads: what is known of their content.

A variable that is none of these has storage, for its address may be all that is wanted, but reading it is not modelled.

Tests: ``tests/guest/test_variables.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from irqlab.guest.layout import THREAD_INFO
from irqlab.guest.link import Extern

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: What is in a variable of so many bytes.
Content = Callable[["Guest", int], bytes]


def _number(value: int) -> Content:
    return lambda g, size: value.to_bytes(size, "little")


def _zero(g: Guest, size: int) -> bytes:
    return bytes(size)


def _cpu_bits(g: Guest, size: int) -> bytes:
    """``cpu_bit_bitmap``: ``BITS_PER_LONG + 1`` masks, of which number ``1 + n`` has bit ``n`` of its first word."""
    rows = 8 * g.abi.word + 1
    row = size // rows
    return b"".join((1 << at >> 1).to_bytes(row, "little") for at in range(rows))


def _booted_at_el1(g: Guest, size: int) -> bytes:
    """``__boot_cpu_mode``: every CPU came in at EL1, so there is no hypervisor mode."""
    return (0xE11).to_bytes(4, "little") * (size // 4)


#: One CPU, number 0, on one node; nothing that was not told on the command line.
KNOWN: dict[str, Content] = {
    "nr_cpu_ids": _number(1),
    "__cpu_online_mask": _number(1),
    "__cpu_possible_mask": _number(1),
    "__cpu_present_mask": _number(1),
    "__cpu_active_mask": _number(1),
    "__num_online_cpus": _number(1),
    "cpus_booted_once_mask": _number(1),
    "cpu_bit_bitmap": _cpu_bits,
    "__per_cpu_offset": _zero,
    "numa_node": _zero,
    "arm64_use_ng_mappings": _zero,
    "__boot_cpu_mode": _booted_at_el1,
    "irq_err_count": _zero,
    #: Caches of kmalloc(): passed on to it, and looked into by nobody.
    "kmalloc_caches": _zero,
}


def begin_task(g: Guest) -> None:
    """What of ``current`` is not 0: nobody waits for the CPU (``preempt.need_resched`` of arm64 is 0 when somebody does)."""
    member = g.image.types.member("thread_info", "preempt.need_resched")
    if member is not None and g.abi.name == "arm64":
        one, last = (1).to_bytes(member.size, "little"), THREAD_INFO - member.offset - member.size
        g.memory.task_begins = bytes(member.offset) + one + bytes(last)


def content(g: Guest, variable: Extern) -> bytes | None:
    """What a variable holds when the kernel starts; None where that is not known."""
    known = KNOWN.get(variable.name)
    return known(g, variable.size) if known is not None else None
