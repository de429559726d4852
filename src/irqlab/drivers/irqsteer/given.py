"""What an irqsteer driver can be given beside what its version has, each where the driver would have it.

The names are those of :data:`irqlab.drivers.GIFTS`.

Tests: ``tests/drivers/test_given.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from irqlab.drivers.irqsteer.common import (
    imx_irqsteer_irq_bus_lock,
    imx_irqsteer_irq_bus_sync_unlock,
    imx_irqsteer_remove_stays_on,
    imx_irqsteer_shutdown,
    probe,
)
from irqlab.kernel.device import Device, Driver
from irqlab.kernel.irq.desc import IrqChip
from irqlab.kernel.irq.flags import IRQCHIP_MASK_ON_SUSPEND
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

Gift = Callable[[Driver], Driver]


@dataclass(frozen=True)
class Parts:
    """What ``imx_irqsteer_probe()`` of a version is made of.

    :ivar parent_device: the chip is one an instance, and says whose (until 5.17).
    """

    chip: IrqChip
    pm_device: bool = False
    runtime_pm: bool = True
    parent_device: bool = False
    stays_on: bool = False

    def driver(self, before: Driver, name: str, needs: tuple[str, ...] = ()) -> Driver:
        """The driver of these parts, which has what ``before`` has and ``name`` too."""

        @kernel
        def imx_irqsteer_probe(k: Kernel, pdev: Device) -> int:
            chip = self.chip.for_device(k, pdev) if self.parent_device else self.chip
            return probe(k, pdev, chip, self.pm_device, self.runtime_pm, self.stays_on)

        return replace(
            before,
            name=f"{before.name}+{name}",
            probe=imx_irqsteer_probe,
            needs=tuple(dict.fromkeys((*before.needs, *needs))),
            takes=takes(self, before.shutdown is None),
        )


def takes(parts: Parts, mute: bool = True) -> dict[str, Gift]:
    """What a driver of these parts lacks.

    :param mute: it has no ``->shutdown``.
    """
    chip = parts.chip
    found: dict[str, Gift] = {}
    if not (parts.pm_device or parts.parent_device):
        with_device = replace(parts, pm_device=True)
        found["pm-device"] = partial(with_device.driver, name="pm-device", needs=("domain-pm-device",))
    if parts.runtime_pm and not chip.has("irq_bus_lock"):
        locked = _chip(chip, irq_bus_lock=imx_irqsteer_irq_bus_lock, irq_bus_sync_unlock=imx_irqsteer_irq_bus_sync_unlock)
        found["bus-lock"] = partial(replace(parts, chip=locked).driver, name="bus-lock")
    if not chip.flags & IRQCHIP_MASK_ON_SUSPEND:
        masking = _chip(chip, IRQCHIP_MASK_ON_SUSPEND)
        found["mask-on-suspend"] = partial(replace(parts, chip=masking).driver, name="mask-on-suspend")
    if parts.runtime_pm and not parts.stays_on:
        found["stays-on"] = partial(_stays_on, replace(parts, stays_on=True))
    if mute:
        found["mask-in-shutdown"] = partial(_mask_in_shutdown, parts)
    return found


def _chip(like: IrqChip, flags: int = 0, **callbacks: Callable[..., Any]) -> IrqChip:
    """A chip with more flags and callbacks."""
    return IrqChip(like.name, flags=like.flags | flags, parent_device=None, **{**like.callbacks, **callbacks})


def _stays_on(parts: Parts, before: Driver) -> Driver:
    return replace(parts.driver(before, "stays-on"), remove=imx_irqsteer_remove_stays_on)


def _mask_in_shutdown(parts: Parts, before: Driver) -> Driver:
    given = replace(before, shutdown=imx_irqsteer_shutdown)
    return parts.driver(given, "mask-in-shutdown")
