"""Random orders of steps, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from irqlab.conform.script import DEVICE, SLEEPS, Handling, Op
from irqlab.conform.step import CUT, FORGOTTEN, MARKS, NO_HINT, POWER, Line, Setup, Step

#: Steps of one order.
LENGTH = 80

#: Lines of the chip that are mapped; users that may request each.
LINES, USERS = 4, 2

_TRIGGERS = (0, 0, 0, 0x1, 0x2, 0x4, 0x8)
_REQUEST_FLAGS = (0x80, 0x80, 0x2000, 0x2000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x800, 0x200000)
_SETTINGS = (1 << 8, 1 << 12, 1 << 13, 1 << 15, 1 << 16, 1 << 19)
_FLAGS = tuple(1 << bit for bit in range(11))

#: What callbacks may answer instead of 0, by callback.
_ANSWERS: dict[str, tuple[int, ...]] = {
    "irq_set_type": (1, 2, -22),
    "irq_set_wake": (-6,),
    "irq_request_resources": (-5,),
    "irq_retrigger": (1,),
    "irq_startup": (1,),
    "irq_get_irqchip_state": (-22,),
    "irq_set_irqchip_state": (-22,),
    "irq_set_affinity": (1, 2, -22, -28, -16),
    "activate": (-28,),
    "runtime_suspend": (-16, -11, -5, SLEEPS, SLEEPS),
    "runtime_resume": (-5, -11, SLEEPS, SLEEPS),
    "runtime_idle": (-16,),
    "map": (-12,),
    "alloc": (-12,),
    "parent alloc": (CUT, CUT, FORGOTTEN, -12),
    "parent activate": (-28,),
    "parent irq_set_type": (1, -22),
    "parent irq_set_wake": (-6,),
    "parent irq_request_resources": (-5,),
    "parent irq_retrigger": (1,),
    "parent irq_get_irqchip_state": (-22,),
    "parent irq_set_irqchip_state": (-22,),
    "parent irq_set_affinity": (1, -22, -28, -16),
    "irq_set_vcpu_affinity": (-22,),
    "parent irq_set_vcpu_affinity": (-22,),
    "translate": (-22,),
    "irq_nmi_setup": (-22,),
}

#: Callbacks that every chip below another has, for nobody asks whether it does; and those it may have.
_NEEDED = ("irq_ack", "irq_mask", "irq_mask_ack", "irq_unmask", "irq_eoi")
_OPTIONAL = (
    *("irq_enable", "irq_disable", "irq_retrigger", "irq_set_type", "irq_set_wake", "irq_request_resources"),
    *("irq_release_resources", "irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity", "irq_set_vcpu_affinity"),
)

_POWER = ("runtime_suspend", "runtime_resume", "runtime_idle")
_STARTED = ("activate", "parent activate", "irq_startup", "irq_set_affinity", "parent irq_set_affinity")

#: The callbacks whose answers matter most to an operation.
_LIKELY: dict[str, tuple[str, ...]] = {
    "pm": _POWER,
    "pm_work": _POWER,
    "request": (*_STARTED, "irq_set_type", "parent irq_set_type", "irq_request_resources", "parent irq_request_resources"),
    "chain": _STARTED,
    "manage": _STARTED,
    "online": _STARTED,
    "offline": ("irq_set_affinity", "parent irq_set_affinity"),
    "set_affinity": ("irq_set_affinity", "parent irq_set_affinity"),
    "force_affinity": ("irq_set_affinity", "parent irq_set_affinity"),
    "set_type": ("irq_set_type", "parent irq_set_type"),
    "set_wake": ("irq_set_wake", "parent irq_set_wake"),
    "get_state": ("irq_get_irqchip_state", "parent irq_get_irqchip_state"),
    "set_state": ("irq_set_irqchip_state", "parent irq_set_irqchip_state"),
    "map": ("map", "alloc", "translate", *("parent alloc",) * 4),
    "vcpu": ("irq_set_vcpu_affinity", "parent irq_set_vcpu_affinity"),
    "enable": ("irq_retrigger", "parent irq_retrigger"),
    "resume": ("irq_retrigger", "parent irq_retrigger"),
    "request_nmi": (*_STARTED, "irq_nmi_setup"),
}

#: How often each operation is drawn: (operation, weight).
_WEIGHTS = (
    *(("request", 14), ("free", 9), ("disable", 6), ("disable_nosync", 5), ("disable_hardirq", 3), ("enable", 12)),
    *(("synchronize", 3), ("synchronize_hardirq", 3), ("set_type", 4), ("set_wake", 4), ("set_affinity", 3)),
    *(("interrupt", 24), ("nested", 3), ("suspend", 3), ("resume", 4), ("resume_early", 3), ("get_state", 3)),
    *(("set_state", 3), ("status", 3), ("chain", 3), ("kexec", 2), ("pm", 16), ("pm_work", 6)),
    *(("request_percpu", 4), ("free_percpu", 3), ("enable_percpu", 3), ("disable_percpu", 3), ("request_nmi", 3)),
    *(("free_nmi", 3), ("rearm_wake", 3), ("timer", 3)),
    *(("softirq", 6), ("thread", 14), ("wake", 6)),
    *(("force_affinity", 2), ("hint", 3), ("manage", 2), ("offline", 4), ("online", 5)),
    *(("map", 5), ("dispose", 3), ("handle_domain", 4), ("vcpu", 2)),
)

#: Orders about something: what is drawn so many times more often in them.
_THEMES = (
    (),
    (),
    ("offline", "online", "set_affinity", "force_affinity", "request", "manage"),
    ("map", "dispose", "handle_domain"),
    ("request", "free", "set_type", "set_wake", "get_state", "set_state"),
)
_MORE = 5
OPERATIONS = tuple(name for name, _ in _WEIGHTS)

#: Operations in a hard interrupt.
_HARDIRQ = ("interrupt", "timer", "handle_domain")


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
    dice = Random(f"{seed} {number}")
    theme = dice.choice(_THEMES)
    weights = [weight * (_MORE if name in theme else 1) for name, weight in _WEIGHTS]
    setup = _setup(dice)
    steps = tuple(_possible(_step(dice, weights), setup.cpus) for _ in range(LENGTH))
    return Order(f"seed {seed}, order {number}", setup, steps)


def _possible(step: Step, cpus: int) -> Step:
    """A step in whose mask of CPUs are none that do not exist."""
    name, args = step.op
    if name not in ("set_affinity", "force_affinity", "manage"):
        return step
    return replace(step, op=(name, (args[0], args[1] & (1 << cpus) - 1, *args[2:])))


def _some(dice: Random, things: tuple[int, ...], chance: float) -> int:
    return sum({thing for thing in things if dice.random() < chance})


def _setup(dice: Random) -> Setup:
    lines = tuple(_line(dice) for _ in range(LINES))
    if dice.random() < 0.4:
        last = dice.choice(("handle_percpu_devid_irq", "handle_percpu_devid_irq", "handle_percpu_irq"))
        lines = (*lines[:-1], replace(lines[-1], flow=last))
    cpus = dice.choice((1, 2, 2, 3))
    lines = lines if cpus > 1 else tuple(replace(line, affinity=()) for line in lines)
    setup = Setup(lines, dice.choice((-1, 0, 1, 1)), (dice.random() < 0.3, dice.random() < 0.3), cpus)
    absent = tuple(at for at in range(LINES) if dice.random() < 0.5) if dice.random() < 0.2 else ()
    setup = replace(setup, inactive=dice.choice((0, 0, 0, 0, 1, 2, 3)), absent=absent)
    return _stacked(dice, setup) if dice.random() < 0.4 else setup


def _stacked(dice: Random, setup: Setup) -> Setup:
    """The same lines with a chip below each."""
    return replace(setup, lines=tuple(_above(dice, line) for line in setup.lines), hierarchy=True)


def _above(dice: Random, line: Line) -> Line:
    flow = line.flow
    if flow == "handle_fasteoi_irq":
        flow = dice.choice(("handle_fasteoi_irq", "handle_fasteoi_ack_irq", "handle_fasteoi_mask_irq"))
    callbacks = (*line.callbacks, "irq_ack") if flow == "handle_fasteoi_ack_irq" else line.callbacks
    some = tuple(name for name in _OPTIONAL if dice.random() < 0.5)
    passes = tuple(name for name in callbacks if name in (*_NEEDED, *_OPTIONAL) and dice.random() < 0.5)
    return replace(
        line,
        callbacks=tuple(dict.fromkeys(callbacks)),
        flow=flow,
        below=(*_NEEDED, *some),
        below_flags=_some(dice, (1 << 4,), 0.3),
        passes=tuple(dict.fromkeys(passes)),
    )


def _line(dice: Random) -> Line:
    flow = dice.choice(("handle_level_irq", "handle_level_irq", "handle_edge_irq", "handle_edge_irq", "handle_fasteoi_irq",
                        "handle_fasteoi_irq", "handle_simple_irq", "handle_untracked_irq"))  # fmt: skip
    has = ["irq_mask", "irq_unmask"]
    has += ["irq_eoi"] if flow == "handle_fasteoi_irq" else []
    has += ["irq_ack"] if flow == "handle_edge_irq" or dice.random() < 0.5 else []
    if dice.random() < 0.5:
        has += ["irq_bus_lock", "irq_bus_sync_unlock"]
    for name in ("irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_mask_ack", "irq_eoi"):
        has += [name] if dice.random() < 0.25 else []
    for name in ("irq_retrigger", "irq_set_type", "irq_set_wake", "irq_request_resources", "irq_release_resources"):
        has += [name] if dice.random() < 0.5 else []
    for name in ("irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity", "irq_set_vcpu_affinity"):
        has += [name] if dice.random() < 0.5 else []
    for name in ("irq_nmi_setup", "irq_nmi_teardown"):
        has += [name] if dice.random() < 0.5 else []
    marks = tuple(mark for mark in MARKS if dice.random() < 0.15)
    affinity = ((dice.choice((1, 2, 2, 3)), dice.random() < 0.8),) if dice.random() < 0.3 else ()
    return Line(
        tuple(dict.fromkeys(has)), flow, _some(dice, _FLAGS, 0.12), _some(dice, _SETTINGS, 0.2), marks=marks, affinity=affinity
    )


def _step(dice: Random, weights: list[int]) -> Step:
    name = dice.choices(OPERATIONS, weights)[0]
    how = "hardirq" if name in _HARDIRQ else "machine" if name in ("softirq", "thread", "wake") else "task"
    answers: tuple[tuple[str, int, int], ...] = ()
    if dice.random() < {"map": 0.8, "offline": 0.4, "pm": 0.4, "pm_work": 0.4}.get(name, 0.2):
        likely = _LIKELY.get(name, ())
        what = dice.choice(likely if likely and dice.random() < 0.8 else tuple(_ANSWERS))
        answers = tuple((what, at, dice.choice(_ANSWERS[what])) for at in range(LINES) if dice.random() < 0.6)
    if name == "get_state" and dice.random() < 0.5:
        answers = tuple((dice.choice(_LIKELY[name]), at, 1) for at in range(LINES))
    handlers = tuple(_handling(dice) for _ in range(dice.randrange(4)))
    return Step(how, _op(dice, name), answers, handlers)


def _op(dice: Random, name: str) -> Op:
    irq, user = dice.randrange(LINES) + 1, dice.randrange(USERS) + 1
    match name:
        case "request":
            flags = dice.choice(_TRIGGERS) | _some(dice, _REQUEST_FLAGS, 0.15)
            return name, (irq, int(dice.random() < 0.85), int(dice.random() < 0.5), flags, user)
        case "request_nmi":
            return name, (irq, dice.choice((0, 0x400, 0x10400, 0x10C00, 0x80)), user)
        case "enable_percpu":
            return name, (LINES, dice.choice((0, 0, 1, 4)))
        case "disable_percpu":
            return name, (LINES,)
        case "request_percpu" | "free_percpu":
            return name, (LINES if dice.random() < 0.8 else irq, user)
        case "wake" if dice.random() < 0.4:
            return name, (DEVICE + dice.randrange(2), 0)
        case "free" | "free_nmi" | "thread" | "wake":
            return name, (irq, user)
        case "set_type":
            return name, (irq, dice.choice((1, 2, 3, 4, 8, 0)))
        case "set_wake" | "chain":
            return name, (irq, int(dice.random() < 0.6))
        case "set_affinity" | "force_affinity":
            return name, (irq, dice.choice((1, 2, 2, 3, 4, 6)))
        case "hint":
            return name, (irq, dice.choice((1, 2, 3, 0, NO_HINT, NO_HINT)), dice.randrange(2))
        case "manage":
            return name, (irq, dice.choice((1, 2, 3)), int(dice.random() < 0.7))
        case "offline" | "online":
            return name, (dice.choice((1, 1, 2)),)
        case "map":
            return name, (irq - 1, dice.randrange(2), dice.choice((0, *_TRIGGERS, 0x14)))
        case "handle_domain":
            return name, (irq - 1,)
        case "vcpu":
            return name, (irq, dice.randrange(2))
        case "get_state":
            return name, (irq, dice.randrange(4))
        case "set_state":
            return name, (irq, dice.randrange(4), dice.randrange(2))
        case "status":
            return name, (irq, dice.choice((0, *_SETTINGS)), dice.choice((0, *_SETTINGS)))
        case "suspend" | "resume" | "resume_early" | "kexec" | "softirq" | "timer":
            return name, ()
        case "pm":
            device, what = dice.randrange(2), dice.randrange(len(POWER))
            if dice.random() < 0.3:
                what = POWER.index("enable")
            elif "delay" in POWER[what] or "autosuspend" in POWER[what]:
                device = 1  # one clock: time is an order, and that of two devices is not compared
            return name, (device, what)
        case "pm_work":
            return name, (dice.randrange(2),)
    return name, (irq,)


def _handling(dice: Random) -> Handling:
    ops: list[Op] = []
    while dice.random() < 0.25:
        name = dice.choice(("disable_nosync", "enable", "interrupt", "disable_nosync", "enable"))
        ops.append((name, (dice.randrange(LINES) + 1,)))
    return tuple(ops), dice.choice((0, 1, 1, 2, 2, 3)), dice.random() < 0.3
