"""``drivers/base/core.c``: devices.  They have no reference counts: each is there as long as the kernel."""

from __future__ import annotations

from irqlab.guest.ctypes import Dev, OptDev
from irqlab.guest.exports import Text, export
from irqlab.guest.guest import Guest


@export("get_device")
def _get_device(g: Guest, dev: OptDev) -> OptDev:
    return dev


@export("put_device")
def _put_device(g: Guest, dev: OptDev) -> None:
    """Nothing counts."""


@export("dev_driver_string")
def _dev_driver_string(g: Guest, dev: Dev) -> Text:
    return dev.driver.name if dev.driver is not None else "platform"
