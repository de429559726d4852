"""Drivers in Python: irqsteer through its history, intmux, GPIO banks and expanders, the GIC, and users of lines and clocks."""

from __future__ import annotations

from irqlab.drivers import consumer, expander, gpio_bank, intmux, irqsteer
from irqlab.drivers.gic import gic_v3
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
    """The driver of that name."""
    try:
        return CONTROLLERS[name]
    except KeyError:
        raise InputError(f"no driver named '{name}'; known: {', '.join(CONTROLLERS)}") from None
