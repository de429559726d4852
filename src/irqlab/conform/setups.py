"""What random orders begin with: chips, lines, domains, devices and CPUs.

Tests: ``tests/conform/test_orders.py``.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

from irqlab.conform.dice import LINES, some
from irqlab.conform.side import DEVICES
from irqlab.conform.step import MARKS, Line, Setup

#: ``IRQ_*`` that lines may have, and ``IRQCHIP_*`` that chips may.
SETTINGS = (1 << 8, 1 << 12, 1 << 13, 1 << 15, 1 << 16, 1 << 19)
_FLAGS = tuple(1 << bit for bit in range(11))

#: ``IRQCHIP_SUPPORTS_NMI``; ``IRQ_NOAUTOEN``.
_SUPPORTS_NMI, _NOAUTOEN = 1 << 8, 1 << 12

#: Callbacks that every chip below another has, for nobody asks whether it does; and those it may have.
_NEEDED = ("irq_ack", "irq_mask", "irq_mask_ack", "irq_unmask", "irq_eoi")
_OPTIONAL = (
    *("irq_enable", "irq_disable", "irq_retrigger", "irq_set_type", "irq_set_wake", "irq_request_resources"),
    *("irq_release_resources", "irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity", "irq_set_vcpu_affinity"),
)


def setup(dice: Random) -> Setup:
    """What an order begins with."""
    lines = tuple(_line(dice) for _ in range(LINES))
    if dice.random() < 0.5:
        last = dice.choice(("handle_percpu_devid_irq", "handle_percpu_devid_irq", "handle_percpu_irq"))
        lines = (*lines[:-1], replace(lines[-1], flow=last))
    nmi = dice.random() < 0.5
    if nmi:
        flow = dice.choice((lines[-1].flow, "handle_fasteoi_nmi", "handle_percpu_devid_fasteoi_nmi", "handle_percpu_devid_irq"))
        lines = (*lines[:-1], _for_nmi(dice, replace(lines[-1], flow=flow)))
    plain = not nmi and "percpu_devid" not in lines[-1].flow
    cpus = dice.choice((1, 2, 2, 3))
    lines = lines if cpus > 1 else tuple(replace(line, affinity=()) for line in lines)
    idle = tuple(dice.random() < 0.3 for _ in range(DEVICES))
    absent = tuple(at for at in range(LINES) if dice.random() < 0.5) if dice.random() < (0.35 if plain else 0.05) else ()
    made = Setup(lines, dice.choice((-1, 0, 1, 1) if plain else (-1, -1, -1, 0, 1)), idle, cpus, absent=absent)
    made = replace(made, inactive=dice.choice((0, 0, 0, 0, 1, 2, 3)), fixup=dice.choice((0, 0, 0, 1, 2)))
    return _stacked(dice, made) if dice.random() < (0.03 if nmi else 0.8) else made


def _for_nmi(dice: Random, line: Line) -> Line:
    """A line that can be an NMI, most often."""
    has = [name for name in line.callbacks if not name.startswith("irq_bus") or dice.random() < 0.05]
    has += [name for name in ("irq_nmi_setup", "irq_nmi_teardown") if dice.random() < 0.9]
    settings = _NOAUTOEN | (line.settings if dice.random() < 0.2 else 0)
    return replace(line, callbacks=tuple(dict.fromkeys(has)), flags=line.flags | _SUPPORTS_NMI, settings=settings)


def _stacked(dice: Random, setup: Setup) -> Setup:
    """The same lines with a chip below each."""
    return replace(setup, lines=tuple(_above(dice, line) for line in setup.lines), hierarchy=True)


def _above(dice: Random, line: Line) -> Line:
    has = tuple(name for name in _OPTIONAL if dice.random() < 0.5)
    passes = tuple(name for name in line.callbacks if name in (*_NEEDED, *_OPTIONAL) and dice.random() < 0.5)
    return replace(line, below=(*_NEEDED, *has), below_flags=some(dice, (1 << 4,), 0.3), passes=passes)


def _line(dice: Random) -> Line:
    flow = dice.choice(("handle_level_irq", "handle_level_irq", "handle_edge_irq", "handle_edge_irq", "handle_fasteoi_irq",
                        "handle_fasteoi_irq", "handle_simple_irq", "handle_untracked_irq", "handle_fasteoi_ack_irq",
                        "handle_fasteoi_mask_irq"))  # fmt: skip
    has = ["irq_mask", "irq_unmask"]
    has += ["irq_eoi"] if "fasteoi" in flow else []
    has += ["irq_ack"] if flow in ("handle_edge_irq", "handle_fasteoi_ack_irq") or dice.random() < 0.5 else []
    if dice.random() < 0.5:
        has += ["irq_bus_lock", "irq_bus_sync_unlock"]
    for name in ("irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_mask_ack", "irq_eoi"):
        has += [name] if dice.random() < 0.25 else []
    for name in ("irq_retrigger", "irq_set_type", "irq_set_wake", "irq_request_resources", "irq_release_resources"):
        has += [name] if dice.random() < 0.5 else []
    for name in ("irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity", "irq_set_vcpu_affinity"):
        has += [name] if dice.random() < 0.5 else []
    marks = tuple(mark for mark in MARKS if dice.random() < (0.03 if mark == "going" else 0.15))
    affinity = ((dice.choice((1, 2, 2, 3)), dice.random() < 0.8),) if dice.random() < 0.3 else ()
    return Line(
        tuple(dict.fromkeys(has)), flow, some(dice, _FLAGS, 0.1), some(dice, SETTINGS, 0.1), marks=marks, affinity=affinity
    )


def use_of(line: Line) -> str:
    """What a line is for: a group of operations."""
    each = "percpu_devid" in line.flow
    if line.flags & _SUPPORTS_NMI and line.settings & _NOAUTOEN:
        return "percpu nmi" if each else "nmi"
    return "percpu" if each else "lines"
