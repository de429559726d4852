"""Platform devices and their interrupts (``drivers/base/platform.c``).

6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_platform.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.dd import device_unbind
from irqlab.kernel.device import PlatformBus, devices_in_order, part_of
from irqlab.kernel.errno import EINVAL, ENXIO, EPROBE_DEFER
from irqlab.kernel.of.irq import of_irq_get, of_irq_get_byname
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device, Driver
    from irqlab.kernel.kernel import Kernel

#: How many interrupts of one device are counted.
_MAX_INTERRUPTS = 4096


# -- drivers -----------------------------------------------------------------------------------------------------------


@kernel
def platform_driver_unregister(k: Kernel, driver: Driver) -> None:
    """``platform_driver_unregister()``: its devices are released, the newest first.  May sleep."""
    for dev in reversed(devices_in_order(k)):
        if _has(dev, driver):
            device_unbind(k, dev)
    _forget(k, driver)


@atomic
def _has(dev: Device, driver: Driver) -> bool:
    return dev.driver is driver


@atomic
def _forget(k: Kernel, driver: Driver) -> None:
    bus = k.world.at(PlatformBus)
    if bus.exists:
        bus.drivers = tuple(known for known in bus.drivers if known is not driver)


# -- interrupts ----------------------------------------------------------------------------------------------------------


@kernel
def platform_get_irq_optional(k: Kernel, dev: Device, index: int) -> int:
    """``platform_get_irq_optional()``, ``platform_get_irq()``: a Linux number, -EPROBE_DEFER, or -ENXIO.

    What cannot be mapped is -ENXIO too.  May sleep.
    """
    irq = of_irq_get(k, part_of(k, dev).node, index)
    return irq if irq > 0 or irq == -EPROBE_DEFER else -ENXIO


@kernel
def platform_get_irq_byname_optional(k: Kernel, dev: Device, name: str) -> int:
    """``platform_get_irq_byname_optional()``, ``platform_get_irq_byname()``: by ``interrupt-names``.  May sleep."""
    irq = of_irq_get_byname(k, part_of(k, dev).node, name) if name else -EINVAL
    return irq if irq > 0 or irq == -EPROBE_DEFER else -ENXIO


@kernel
def platform_irq_count(k: Kernel, dev: Device) -> int:
    """``platform_irq_count()``: how many there are before the first that is not; each of them is mapped.  May sleep."""
    count = 0
    while count < _MAX_INTERRUPTS:
        irq = platform_get_irq_optional(k, dev, count)
        if irq == -EPROBE_DEFER:
            return irq
        if irq < 0:
            return count
        count += 1
    return count
