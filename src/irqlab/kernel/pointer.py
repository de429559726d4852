"""What a ``void *`` of the kernel holds: a Record, a guest address (a plain number), or NULL."""

from __future__ import annotations

from irqlab.state import Record

#: ``dev_id``, ``chip_data``, ``host_data``, ``handler_data``: whoever set it knows what it is; nobody else looks inside.
Pointer = Record | int | None
