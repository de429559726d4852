"""``kernel/jump_label.c``: static keys.  Their branches ask the key itself (see :mod:`irqlab.guest.jumps`)."""

from __future__ import annotations

from irqlab.guest.exports import Ptr, export
from irqlab.guest.guest import Guest


def _enabled(g: Guest, key: int) -> int:
    return g.number(key, 4, signed_=True)


@export("static_key_enable", "static_key_enable_cpuslocked")
def _static_key_enable(g: Guest, key: Ptr) -> None:
    if _enabled(g, key) <= 0:
        g.set_number(key, 1, 4)


@export("static_key_disable", "static_key_disable_cpuslocked")
def _static_key_disable(g: Guest, key: Ptr) -> None:
    if _enabled(g, key) == 1:
        g.set_number(key, 0, 4)


@export("static_key_slow_inc", "static_key_slow_inc_cpuslocked")
def _static_key_slow_inc(g: Guest, key: Ptr) -> None:
    g.set_number(key, _enabled(g, key) + 1, 4)


@export("static_key_slow_dec", "static_key_slow_dec_cpuslocked")
def _static_key_slow_dec(g: Guest, key: Ptr) -> None:
    g.set_number(key, _enabled(g, key) - 1, 4)
