"""Modules and who keeps them loaded (kernel/module/main.c; 6.1.192 and 6.12.117 agree).

What is built in has no module: None stands for it, can always be got, and counts nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EAGAIN, EBUSY
from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class Module(Record):
    """``struct module``.  Key: its name."""

    #: References beside the one that a live module has on itself (``MODULE_REF_BASE``); -1 where that was put too.
    refcnt: int = 0
    #: ``MODULE_STATE_GOING``: it is being unloaded.
    going: bool = False


@atomic
def try_module_get(k: Kernel, module: Module | None) -> bool:
    """``try_module_get()``: whether the module stays until ``module_put()``; not one that is going."""
    if module is None:
        return True
    if module.going or module.refcnt < 0:
        return False
    module.refcnt += 1
    return True


@atomic
def module_put(k: Kernel, module: Module | None) -> None:
    """``module_put()``: WARNs below 0; one put too many takes a live module's own reference first, and nobody hears of it."""
    if module is None:
        return
    if module.refcnt + (not module.going) <= 0:
        k.warn("module_put: refcnt < 0")
        return
    module.refcnt -= 1


@atomic
def try_stop_module(k: Kernel, module: Module) -> int:
    """``delete_module()`` before the module's exit: -EAGAIN (EWOULDBLOCK) while it is in use, -EBUSY the second time."""
    if module.going:
        return -EBUSY
    if module.refcnt:
        return -EAGAIN
    module.going = True
    return 0
