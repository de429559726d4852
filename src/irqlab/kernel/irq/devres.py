"""Lines and descriptors that are given back when their driver goes (kernel/irq/devres.c).

6.1.192 and 6.12.117 agree but for ``devm_request_irq()``, which is in include/linux/interrupt.h.

That ``devres_alloc()`` may fail is left out: what is allocated next fails with the same -ENOMEM, and as early.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.device import Device, devm_add_action, devm_remove_action
from irqlab.kernel.irq.desc import irq_alloc_descs, irq_free_descs
from irqlab.kernel.irq.flags import IRQF_COND_ONESHOT
from irqlab.kernel.irq.manage import Handler, free_irq, request_any_context_irq, request_threaded_irq
from irqlab.kernel.module import Module
from irqlab.kernel.pointer import Pointer
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def devm_request_threaded_irq(
    k: Kernel, dev: Device, irq: int, handler: Handler | None, thread_fn: Handler | None, flags: int, name: str, dev_id: Pointer
) -> int:
    """``devm_request_threaded_irq()``: 0 or a negative errno; without a name the device's.  May sleep."""
    error = request_threaded_irq(k, irq, handler, thread_fn, flags, name or dev.name, dev_id)
    if not error:
        devm_add_action(k, dev, free_irq, irq, dev_id)
    return error


@kernel
def devm_request_irq(k: Kernel, dev: Device, irq: int, handler: Handler, flags: int, name: str, dev_id: Pointer) -> int:
    """``devm_request_irq()``; 6.12 adds ``IRQF_COND_ONESHOT``, which 6.1 does not know.  May sleep."""
    if k.release.has("cond-oneshot"):
        flags |= IRQF_COND_ONESHOT
    return devm_request_threaded_irq(k, dev, irq, handler, None, flags, name, dev_id)


@kernel
def devm_request_any_context_irq(
    k: Kernel, dev: Device, irq: int, handler: Handler, flags: int, name: str, dev_id: Pointer
) -> int:
    """``devm_request_any_context_irq()``: which kind it is (``IRQC_IS_*``), or a negative errno.  May sleep."""
    kind = request_any_context_irq(k, irq, handler, flags, name or dev.name, dev_id)
    if kind >= 0:
        devm_add_action(k, dev, free_irq, irq, dev_id)
    return kind


@kernel
def devm_free_irq(k: Kernel, dev: Device, irq: int, dev_id: Pointer) -> None:
    """``devm_free_irq()``: WARNs of a line that was not requested for the device, and frees it all the same.  May sleep."""
    if not devm_remove_action(k, dev, free_irq, irq, dev_id):
        k.warn(f"devm_free_irq: irq {irq} was not requested for {dev.name}")
    free_irq(k, irq, dev_id)


@kernel
def devm_irq_alloc_descs(k: Kernel, dev: Device, irq: int, start: int, count: int, owner: Module | None = None) -> int:
    """``devm_irq_alloc_descs()``: the first number or a negative errno, as ``irq_alloc_descs()``."""
    base = irq_alloc_descs(k, irq, count, owner, start)
    if base >= 0:
        devm_add_action(k, dev, irq_free_descs, base, count)
    return base
