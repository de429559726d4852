"""``kernel/module``: the driver's own module is never gone while it runs."""

from __future__ import annotations

from irqlab.guest.exports import Bool, Ptr, export
from irqlab.guest.guest import Guest


@export("try_module_get")
def _try_module_get(g: Guest, module: Ptr) -> Bool:
    return True


@export("module_put")
def _module_put(g: Guest, module: Ptr) -> None:
    return None
