"""``kernel/time``, ``lib/delay.c``: waiting for time to pass.  Time is an order here, so nothing happens meanwhile."""

from __future__ import annotations

from irqlab.guest.exports import UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.kernel.context import might_sleep


@export("__udelay", "__ndelay", "__const_udelay", "__delay")
def _delay(g: Guest, time: ULong) -> None:
    return None


@export("usleep_range_state")
def _usleep_range_state(g: Guest, least: ULong, most: ULong, state: UInt) -> None:
    might_sleep(g.k, "usleep_range()")


@export("msleep")
def _msleep(g: Guest, milliseconds: UInt) -> None:
    might_sleep(g.k, "msleep()")


@export("fsleep")
def _fsleep(g: Guest, microseconds: ULong) -> None:
    might_sleep(g.k, "fsleep()")
