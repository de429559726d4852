"""What gpiolib does for the interrupts of a GPIO chip (``drivers/gpio/gpiolib.c``; same in 6.1 and 6.12).

An immutable chip calls :func:`gpiochip_enable_irq` and :func:`gpiochip_disable_irq` in its ``irq_unmask`` and
``irq_mask``, and has the callbacks of ``GPIOCHIP_IRQ_RESOURCE_HELPERS``.  So a line that is masked when it is no longer
used as an interrupt, after ``free_irq()`` or before a request, is a WARN: the mask loop of kexec does that.

Left out: ``FLAG_IRQ_IS_ENABLED``, directions (every line is an input) and the reference on the module of the chip.

Tests: ``tests/kernel/test_gpiolib.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.device import Device
from irqlab.kernel.errno import ENOMEM, ENXIO
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_domain_add_linear, irq_domain_remove
from irqlab.kernel.irq.mapping import irq_dispose_mapping, irq_find_mapping
from irqlab.kernel.irq.setup import (
    irq_set_chained_handler_and_data,
    irq_set_chip_and_handler,
    irq_set_chip_data,
    irq_set_nested_thread,
    irq_set_parent,
)
from irqlab.kernel.irq.translate import irq_domain_xlate_twocell
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Handler = Callable[..., Any]


class GpioChip(Record):
    """``struct gpio_chip`` with its ``struct gpio_irq_chip``; a driver's own record extends it.  Key: the device's name."""

    dev: Device
    ngpio: int
    chip: IrqChip
    #: ``girq->handler``: what a line has until ``irq_set_type`` chooses.
    handler: Handler
    #: Its lines are nested in the thread of the line it is behind.
    threaded: bool = False
    #: The one line it is behind (``girq->parents``), or 0; and what handles that, if gpiolib is to install it.
    parent: int = 0
    parent_handler: Handler | None = None
    domain: IrqDomain | None = None


class UsedAsIrq(Record):
    """``FLAG_USED_AS_IRQ`` of a line; absent while it is clear.  Key: the device's name, the line."""


@atomic
def gpio_chip_of(k: Kernel, d: IrqData) -> GpioChip:
    """``irq_data_get_irq_chip_data(d)``."""
    return k.deref(d.chip_data, GpioChip, "d->chip_data")


@atomic
def _used(k: Kernel, d: IrqData) -> UsedAsIrq:
    return k.world.at(UsedAsIrq, str(gpio_chip_of(k, d).key[0]), d.hwirq)


@kernel
def gpiochip_disable_irq(k: Kernel, d: IrqData) -> None:
    """``gpiochip_disable_irq(gc, d->hwirq)``: WARNs where the line is not used as an interrupt (any more)."""
    if not _is_used(k, d):
        k.warn("gpiochip_disable_irq: the line is not used as an interrupt (FLAG_USED_AS_IRQ)")


@kernel
def gpiochip_enable_irq(k: Kernel, d: IrqData) -> None:
    """``gpiochip_enable_irq(gc, d->hwirq)``: the same WARN."""
    if not _is_used(k, d):
        k.warn("gpiochip_enable_irq: the line is not used as an interrupt (FLAG_USED_AS_IRQ)")


@atomic
def _is_used(k: Kernel, d: IrqData) -> bool:
    return _used(k, d).exists


@atomic
def gpiochip_irq_reqres(k: Kernel, d: IrqData) -> int:
    """``gpiochip_irq_reqres()``: ``irq_request_resources``; the line is used as an interrupt from here on."""
    if not _used(k, d).exists:
        k.world.new(UsedAsIrq, *_used(k, d).key)
    return 0


@atomic
def gpiochip_irq_relres(k: Kernel, d: IrqData) -> None:
    """``gpiochip_irq_relres()``: ``irq_release_resources``."""
    if _used(k, d).exists:
        k.world.drop(_used(k, d))


#: ``GPIOCHIP_IRQ_RESOURCE_HELPERS``.
GPIOCHIP_IRQ_RESOURCE_HELPERS: dict[str, Handler] = {
    "irq_request_resources": gpiochip_irq_reqres,
    "irq_release_resources": gpiochip_irq_relres,
}


# -- the domain --------------------------------------------------------------------------------------------------------


@atomic
def _host(k: Kernel, d: IrqDomain) -> GpioChip:
    return k.deref(d.host_data, GpioChip, "d->host_data")


@atomic
def _girq(gc: GpioChip) -> tuple[int, IrqChip, Handler, bool, int]:
    return gc.ngpio, gc.chip, gc.handler, gc.threaded, gc.parent


@kernel
def gpiochip_irq_map(k: Kernel, d: IrqDomain, irq: int, hwirq: int) -> int:
    """``gpiochip_irq_map()``.

    Where ``girq->handler`` is ``handle_bad_irq``, to set it is to uninstall one: ``irq_ack`` is called here, under the
    bus lock, before anybody has requested the line.
    """
    gc = _host(k, d)
    ngpio, chip, handler, threaded, parent = _girq(gc)
    if hwirq >= ngpio:
        return -ENXIO
    irq_set_chip_data(k, irq, gc)
    irq_set_chip_and_handler(k, irq, chip, handler)
    if threaded:
        irq_set_nested_thread(k, irq, True)
    return irq_set_parent(k, irq, parent) if parent else 0


@kernel
def gpiochip_irq_unmap(k: Kernel, d: IrqDomain, irq: int) -> None:
    """``gpiochip_irq_unmap()``."""
    irq_set_nested_thread(k, irq, False)
    irq_set_chip_and_handler(k, irq, None, None)
    irq_set_chip_data(k, irq, None)


gpiochip_domain_ops = IrqDomainOps(
    "gpiochip_domain_ops", map=gpiochip_irq_map, unmap=gpiochip_irq_unmap, xlate=irq_domain_xlate_twocell
)


@atomic
def _set_domain(gc: GpioChip, domain: IrqDomain) -> None:
    gc.domain = domain


@atomic
def _parents(gc: GpioChip) -> tuple[int, Handler | None]:
    return gc.parent, gc.parent_handler


@kernel
def gpiochip_add_irqchip(k: Kernel, gc: GpioChip) -> int:
    """``gpiochip_add_irqchip()``, a part of ``gpiochip_add_data()``: the domain, then the chained handler.  May sleep."""
    domain = irq_domain_add_linear(k, str(gc.key[0]), _girq(gc)[0], gpiochip_domain_ops, gc)
    if domain is None:
        return -ENOMEM
    _set_domain(gc, domain)
    parent, handler = _parents(gc)
    if handler is not None:
        irq_set_chained_handler_and_data(k, parent, handler, gc)
    return 0


@atomic
def domain_of(k: Kernel, gc: GpioChip) -> IrqDomain:
    """``gc->irq.domain``."""
    return k.deref(gc.domain, IrqDomain, "gc->irq.domain")


@kernel
def gpiochip_irqchip_remove(k: Kernel, gc: GpioChip) -> None:
    """``gpiochip_irqchip_remove()``, a part of ``gpiochip_remove()``: handler, mappings, domain.  May sleep."""
    parent, handler = _parents(gc)
    if handler is not None:
        irq_set_chained_handler_and_data(k, parent, None, None)
    domain = domain_of(k, gc)
    for offset in range(_girq(gc)[0]):
        irq = irq_find_mapping(k, domain, offset)
        if irq:
            irq_dispose_mapping(k, irq)
    irq_domain_remove(k, domain)
