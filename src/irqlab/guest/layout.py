"""Where things are in a guest's address space: the same for every architecture, below 4 GiB.

A guest sees one flat space.  What the linker puts into the image comes first; the rest irqlab hands out.  The page at
0 is never mapped, nor are the pages around the stack: a NULL pointer, a stack overflow and a jump to nowhere fault.
"""

from __future__ import annotations

PAGE = 0x1000

#: The linked image: code, read-only data, stubs of undefined symbols; then, page aligned, writable data.
IMAGE = 0x1000_0000

#: The allocator's memory.
HEAP, HEAP_SIZE = 0x4000_0000, 0x0100_0000

#: Mirrors of kernel objects, one region a kind of struct.
MIRROR, MIRROR_SIZE = 0x5000_0000, 0x0200_0000

#: Strings that the kernel hands out (names of devices and nodes).
STRINGS, STRINGS_SIZE = 0x5800_0000, 0x0010_0000

#: One stack: each context's live part is put there when it goes on.
STACK, STACK_SIZE = 0x6000_0000, 0x4000

#: ``current`` and what else a CPU has of its own.
TASK, TASK_SIZE = 0x6100_0000, 0x2000

#: Bytes of ``struct thread_info`` at its beginning, with the preemption count that inline functions keep.
THREAD_INFO = 64

#: Where ``ioremap()`` maps registers: one window after the other, page aligned.
MMIO, MMIO_END = 0x8000_0000, 0xF000_0000

STACK_TOP = STACK + STACK_SIZE


def page_up(address: int) -> int:
    """The next page boundary."""
    return -(-address // PAGE) * PAGE
