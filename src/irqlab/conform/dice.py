"""Where chance comes from in random orders: how often each operation is drawn, and what an order is mostly about.

Tests: ``tests/conform/test_orders.py``.
"""

from __future__ import annotations

from random import Random

from irqlab.conform.side import DEVICES
from irqlab.conform.step import POWER

#: Lines of the chip that are mapped; users that may request each.
LINES, USERS = 4, 2

#: Operations of runtime PM without which little else happens; those that take a reference, and those that give one back.
_OFTEN = (
    *(*("enable", "resume", "suspend") * 3, *("request_resume", "request_idle", "force_suspend", "force_resume") * 2),
    *("set_active", "set_suspended", "use_autosuspend", "delay_100", "forbid", "allow", "reinit", "barrier"),
)
_GETS = ("get_sync", "get_sync", "resume_and_get", "get")
_PUTS = ("put_sync", "put_sync", "put", "put_autosuspend", "put_sync_suspend", "put_sync_autosuspend")

#: How often each operation is drawn, by what it is about: (operation, weight).  An order stresses some of it.
WEIGHTS: dict[str, tuple[tuple[str, int], ...]] = {
    "lines": (
        *(("request", 20), ("request_any", 20), ("free", 26), ("disable", 21), ("disable_nosync", 18), ("disable_hardirq", 21)),
        *(("enable", 22), ("synchronize", 21), ("synchronize_hardirq", 21), ("set_type", 23), ("set_wake", 15)),
        *(("interrupt", 75), ("nested", 20), ("get_state", 20), ("set_state", 22), ("status", 21), ("chain", 21)),
        *(("kexec", 21), ("softirq", 23), ("thread", 45), ("wake", 20)),
    ),
    "sleep": (("suspend", 7), ("resume", 9), ("resume_early", 13), ("rearm_wake", 7), ("arm", 13), ("disarm", 13)),
    "power": (("pm", 30), ("pm_work", 11), ("timer", 9), ("delay", 14), ("link", 7), ("unlink", 13)),
    "wakeup": (("wake_irq", 6), ("clear_wake_irq", 10), ("wakeup", 7)),
    "percpu": (
        *(("request_percpu", 20), ("free_percpu", 22), ("enable_percpu", 20), ("disable_percpu", 21)),
        *(("percpu_enabled", 22),),
    ),
    "nmi": (("request_nmi", 14), ("free_nmi", 15), ("enable_nmi", 14), ("disable_nmi", 15)),
    "percpu nmi": (
        *(("request_percpu_nmi", 13), ("free_percpu_nmi", 14), ("prepare_percpu_nmi", 12), ("teardown_percpu_nmi", 14)),
        *(("enable_percpu_nmi", 13), ("disable_percpu_nmi", 14)),
    ),
    "spurious": (("spurious", 6), ("age", 11), ("poll", 7)),
    "affinity": (
        *(("set_affinity", 8), ("force_affinity", 13), ("hint", 13), ("manage", 13), ("offline", 8), ("online", 7)),
        *(("vcpu", 13),),
    ),
    "mapping": (("map", 13), ("dispose", 11), ("handle_domain", 12)),
}
OPERATIONS = tuple(name for group in WEIGHTS.values() for name, _ in group)


class Dice(Random):
    """Where chance comes from in one order.

    :ivar weights: how often each operation is drawn; ``focus`` are the line and the device it is mostly about.
    :ivar last: what the last line is for: a group of operations; ``held``: references to each device that are not given back.
    """

    weights: tuple[float, ...]
    focus: tuple[int, int]
    last: str
    held: list[int]

    def line(self) -> int:
        """The number of a line."""
        return self.focus[0] if self.random() < 0.5 else self.randrange(LINES) + 1

    def free_line(self) -> int:
        """The number of a line to be requested: seldom of the last, where that is for something else."""
        line = self.line()
        return line if line < LINES or self.last == "lines" or self.random() < 0.1 else self.randrange(LINES - 1) + 1

    def last_line(self) -> int:
        """The line that may be per CPU or an NMI, most often."""
        return LINES if self.random() < 0.85 else self.line()

    def power(self, device: int) -> str:
        """An operation of runtime PM: in three of four what a driver does, which gives back the references it takes."""
        if self.random() < 0.25:
            return self.choice(POWER)
        if self.random() < 0.5:
            return self.choice(_OFTEN)
        gives = self.held[device] > 0 and self.random() < 0.85
        self.held[device] += -1 if gives else 1
        return self.choice(_PUTS if gives else _GETS)

    def device(self) -> int:
        """The number of a device."""
        return self.focus[1] if self.random() < 0.6 else self.randrange(DEVICES)


def some(dice: Random, things: tuple[int, ...], chance: float) -> int:
    return sum({thing for thing in things if dice.random() < chance})
