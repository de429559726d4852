"""Steps that belong together: they lead to where chance alone seldom comes.

Tests: ``tests/conform/test_orders.py``.
"""

from __future__ import annotations

from collections.abc import Iterator

from irqlab.conform.dice import Dice
from irqlab.conform.operations import ANSWERS, operation
from irqlab.conform.script import DEVICE, SLEEPS
from irqlab.conform.step import POWER, Step


def _power(device: int, name: str, *answers: tuple[str, int, int]) -> Step:
    return Step("task", ("pm", (device, POWER.index(name))), answers)


def _forced(dice: Dice) -> Iterator[Step]:
    """A device that is in use is suspended and resumed as a system sleep does it, or lost by its driver."""
    device = dice.device()
    for name in ("irq_safe",) * (dice.random() < 0.2) + ("enable", "get_sync", "get_noresume", "force_suspend"):
        yield _power(device, name)
    if dice.random() < 0.3:
        yield _power(device, "set_active")
        yield _power(device, "reinit")
    yield _power(device, "force_resume", *(("runtime_resume", device, -5),) * (dice.random() < 0.2))
    yield from (_power(device, name) for name in ("put_noidle", "put_sync"))


def _forbidden(dice: Dice) -> Iterator[Step]:
    """A device may not suspend by itself, and then may again; what it is is asked meanwhile."""
    device = dice.device()
    asked = ("active", "suspended", "status_suspended", "enabled", "barrier")
    for name in ("enable", "suspend", "forbid", "suspend", "allow"):
        yield _power(device, name)
        yield _power(device, dice.choice(asked))
    yield Step("task", ("pm_work", (device,)))


def _late(dice: Dice) -> Iterator[Step]:
    """A device is suspended when its autosuspend timer says so, if it can be."""
    device = dice.device()
    for name in ("enable", "delay_100", "use_autosuspend", "get_sync", "put_autosuspend"):
        yield _power(device, name)
    answer = ("runtime_suspend", device, dice.choice(ANSWERS["runtime_suspend"]))
    yield Step("hardirq", ("timer", (device,)))
    yield Step("task", ("pm_work", (device,)), (answer,))


def _busy(dice: Dice) -> Iterator[Step]:
    """A device is asked for things while its callback sleeps."""
    device, first = dice.device(), dice.choice(("get_sync", "put_sync", "resume", "suspend"))
    yield _power(device, "enable")
    yield _power(device, first, *((what, device, SLEEPS) for what in ("runtime_suspend", "runtime_resume")))
    for _ in range(dice.randrange(1, 4)):
        yield _power(device, dice.power(device))
    yield Step("machine", ("wake", (DEVICE + device, 0)))


def _nobodys(dice: Dice) -> Iterator[Step]:
    """Nobody has handled a line's interrupts, until it is shut down and polled."""
    irq = dice.line()
    yield Step("task", operation(dice, "spurious", irq))
    for _ in range(dice.randrange(1, 3)):
        yield Step("hardirq", ("interrupt", (irq,)), (), (((), 0, False),) * 3)
    yield Step("machine", ("poll", ()), (), (((), dice.randrange(2), False),) * 3)


def _sent_away(dice: Dice) -> Iterator[Step]:
    """A CPU goes that lines are sent to, where chips may have no room, and comes again."""
    irq = dice.line()
    error = dice.choice((0, -28, -28, -22))
    yield Step("task", ("set_affinity", (irq, 2)))
    yield Step("task", ("offline", (1,)), (("irq_set_affinity", irq - 1, error),) if error else ())
    yield Step("task", ("online", (1,)))


def _woken(dice: Dice) -> Iterator[Step]:
    """A line wakes the system from a sleep, and is armed anew."""
    irq = dice.line()
    yield Step("task", ("set_wake", (irq, 1)))
    yield Step("task", ("suspend", ()))
    yield Step("hardirq", ("interrupt", (irq,)))
    yield Step("task", ("rearm_wake", (irq,)))
    yield Step("hardirq", ("interrupt", (irq,)))
    yield Step("task", ("resume", ()))


#: All there are.
SCENES = (_forced, _forbidden, _late, _busy, _nobodys, _sent_away, _woken)
