"""Drivers in Python: irqsteer through its history, intmux, GPIO banks and expanders, the GIC, and users of lines and clocks."""

from __future__ import annotations

from irqlab.drivers import consumer, expander, gpio_bank, intmux, irqsteer
from irqlab.drivers.gic import gic_v3
from irqlab.drivers.gifts import GIFTS, Gift
from irqlab.errors import InputError
from irqlab.kernel.device import Driver

#: Drivers of interrupt controllers that can be checked, by name.
CONTROLLERS: dict[str, Driver] = {
    driver.name: driver for driver in (*irqsteer.DRIVERS, intmux.driver, *gpio_bank.DRIVERS, *expander.DRIVERS)
}

#: What is always there: the root controller and the driver of peripherals.
IRQCHIPS = (gic_v3,)
PERIPHERALS = (consumer.driver,)


def controller(name: str) -> Driver:
    """The driver of that name; ``DRIVER+GIFT+GIFT`` is one that was given what it takes.

    :raises InputError: there is no such driver, or it takes no such gift.
    """
    plain, *gifts = name.split("+")
    if plain not in CONTROLLERS:
        raise InputError(f"no driver named '{plain}'; known: {', '.join(CONTROLLERS)}")
    found = CONTROLLERS[plain]
    for gift in gifts:
        if gift not in found.takes:
            raise InputError(f"driver '{found.name}' cannot be given '{gift}': it takes {', '.join(found.takes) or 'nothing'}")
        found = found.takes[gift](found)
    return found


__all__ = ["CONTROLLERS", "GIFTS", "IRQCHIPS", "PERIPHERALS", "Gift", "controller"]
