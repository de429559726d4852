"""Random orders of steps, the same for the same seed.

Tests: ``tests/conform/test_orders.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from irqlab.conform.dice import LINES, OPERATIONS, WEIGHTS, Dice
from irqlab.conform.operations import PERCPU, sane, step
from irqlab.conform.scenes import SCENES
from irqlab.conform.script import Op
from irqlab.conform.setups import setup, use_of
from irqlab.conform.side import DEVICES
from irqlab.conform.step import LINKS, POWER, Setup, Step

#: Steps of one order.
LENGTH = 160

#: How much an order may stress a group of operations; how much more it does what its last line is for, and less what it is not.
_STRESS = (0.1, 0.3, 1, 6)
_FITS, _MISFITS = 3.0, 0.2

#: How often steps that belong together begin, in place of one.
_OFTEN = 0.03

#: What is done to a device when an order begins: (how often, operation of runtime PM).
_DEVICES = (
    *((0.95, "enable"), (0.3, "delay_100"), (0.3, "use_autosuspend"), (0.06, "irq_safe"), (0.04, "no_callbacks")),
    *((0.15, "ignore_children"), (0.5, "resume")),
)


@dataclass(frozen=True)
class Order:
    """A set-up and steps from it.

    :ivar name: the seed and the number it came from.
    """

    name: str
    setup: Setup
    steps: tuple[Step, ...]


def orders(seed: int) -> Iterator[Order]:
    """Orders without end."""
    number = 0
    while True:
        yield order(seed, number)
        number += 1


def order(seed: int, number: int) -> Order:
    """One of them."""
    dice = Dice(f"{seed} {number}")
    begins = setup(dice)
    dice.last, dice.focus = use_of(begins.lines[-1]), (dice.randrange(LINES) + 1, dice.randrange(DEVICES))
    dice.weights, dice.held = _weights(dice), [0] * DEVICES
    steps = islice(chain(_beginning(dice), _going_on(dice)), LENGTH)
    return Order(f"seed {seed}, order {number}", begins, tuple(_possible(one, begins.cpus) for one in steps))


def _possible(step: Step, cpus: int) -> Step:
    """A step in whose mask of CPUs are none that do not exist."""
    name, args = step.op
    if name not in ("set_affinity", "force_affinity", "manage"):
        return step
    return replace(step, op=(name, (args[0], args[1] & (1 << cpus) - 1, *args[2:])))


def _weights(dice: Dice) -> tuple[float, ...]:
    """How often each of :data:`OPERATIONS` is drawn in one order."""
    stress = {group: dice.choice(_STRESS) for group in WEIGHTS}
    for group in ("percpu", "nmi", "percpu nmi"):
        stress[group] *= _FITS if group == dice.last else _MISFITS
    return tuple(weight * stress[group] for group, pairs in WEIGHTS.items() for _, weight in pairs)


def _beginning(dice: Dice) -> Iterator[Step]:
    """Steps that bring an order to where much can happen: lines are requested, devices enabled and used."""
    ops: list[Op] = [("link", (number, *ends, 1)) for number, ends in enumerate(LINKS) if dice.random() < 0.25]
    for device in dice.sample(range(DEVICES), DEVICES):
        ops += [("pm", (device, POWER.index(name))) for chance, name in _DEVICES if dice.random() < chance]
    for irq in dice.sample(range(1, LINES + 1), LINES):
        device = dice.device()
        if irq == LINES and dice.last != "lines":
            ops += _first(dice)
        elif dice.random() < 0.65:
            ops.append(("request", (irq, *sane(dice), 1)))
        elif dice.random() < 0.6:
            ops += [("wakeup", (device, 5)), ("wake_irq", (irq, device, dice.choice((0, 1, 1, 2, 2))))]
    return (Step("hardirq" if op[0] in PERCPU else "task", op) for op in ops)


def _first(dice: Dice) -> list[Op]:
    """What is done first with a last line that is for something else than the others, most often."""
    if dice.random() < 0.3:
        return []
    match dice.last:
        case "nmi":
            return [("request_nmi", (LINES, 0x10400, 1)), ("enable_nmi", (LINES,))]
        case "percpu nmi":
            return [("request_percpu_nmi", (LINES, 1)), ("prepare_percpu_nmi", (LINES,)), ("enable_percpu_nmi", (LINES, 0))]
    return [("request_percpu", (LINES, 1)), ("enable_percpu", (LINES, 0))]


def _going_on(dice: Dice) -> Iterator[Step]:
    """Steps without end; now and then some that lead, together, to where chance alone seldom comes."""
    while True:
        if dice.random() < _OFTEN:
            yield from dice.choice(SCENES)(dice)
        else:
            yield step(dice)


__all__ = ["LENGTH", "OPERATIONS", "Order", "order", "orders"]
