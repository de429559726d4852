"""Random orders of steps, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from irqlab.conform.script import DEVICE, SLEEPS, WAKER, Handling, Op
from irqlab.conform.side import DEVICES
from irqlab.conform.step import LINKS, POWER, Line, Setup, Step

#: Steps of one order.
LENGTH = 80

#: Lines of the chip that are mapped; users that may request each.
LINES, USERS = 4, 2

_TRIGGERS = (0, 0, 0, 0x1, 0x2, 0x4, 0x8)
_REQUEST_FLAGS = (0x80, 0x80, 0x2000, 0x2000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x800, 0x200000)
_SETTINGS = (1 << 8, 1 << 12, 1 << 15, 1 << 16, 1 << 19)
_FLAGS = tuple(1 << bit for bit in range(10))

#: ``IRQCHIP_SUPPORTS_NMI``; ``IRQ_NOAUTOEN``.
_SUPPORTS_NMI, _NOAUTOEN = 1 << 8, 1 << 12

#: What callbacks may answer instead of 0, by callback.
_ANSWERS: dict[str, tuple[int, ...]] = {
    "irq_set_type": (1, 2, -22),
    "irq_set_wake": (-6,),
    "irq_request_resources": (-5,),
    "irq_retrigger": (1,),
    "irq_startup": (1,),
    "irq_get_irqchip_state": (-22,),
    "irq_set_irqchip_state": (-22,),
    "irq_set_affinity": (1, 2, -22),
    "irq_nmi_setup": (-22, -5),
    "activate": (-28,),
    "runtime_suspend": (-16, -11, -5, SLEEPS, SLEEPS),
    "runtime_resume": (-5, -11, SLEEPS, SLEEPS),
    "runtime_idle": (-16,),
}

#: What is done by nobody.
_TURNS = ("softirq", "thread", "wake", "poll")

_POWER = ("runtime_suspend", "runtime_resume", "runtime_idle")

#: Operations of runtime PM without which little else happens.
_OFTEN = (
    *(
        "enable",
        "enable",
        "enable",
        "set_active",
        "set_suspended",
        "use_autosuspend",
        "delay_100",
        "resume",
        "suspend",
        "suspend",
    ),
    *("get_sync", "put_sync", "get", "put", "put_autosuspend", "force_suspend", "force_resume", "forbid", "allow", "reinit"),
)

#: How often each operation is drawn, by what it is about: (operation, weight).  An order stresses some of it.
_WEIGHTS: dict[str, tuple[tuple[str, int], ...]] = {
    "lines": (
        *(
            ("request", 12),
            ("request_any", 2),
            ("free", 7),
            ("disable", 6),
            ("disable_nosync", 5),
            ("disable_hardirq", 3),
            ("enable", 12),
        ),
        *(("enable", 14), ("synchronize", 3), ("synchronize_hardirq", 3), ("set_type", 4), ("set_wake", 4), ("set_affinity", 3)),
        *(("interrupt", 60), ("nested", 4), ("get_state", 3), ("set_state", 3), ("status", 3), ("chain", 3), ("kexec", 2)),
        *(("softirq", 8), ("thread", 30), ("wake", 10)),
    ),
    "sleep": (("suspend", 3), ("resume", 6), ("resume_early", 3), ("rearm_wake", 3), ("arm", 3), ("disarm", 3)),
    "power": (("pm", 36), ("pm_work", 12), ("timer", 5), ("delay", 2), ("link", 3), ("unlink", 1)),
    "wakeup": (("wake_irq", 4), ("clear_wake_irq", 2), ("wakeup", 5)),
    "percpu": (("request_percpu", 4), ("free_percpu", 3), ("enable_percpu", 3), ("disable_percpu", 3), ("percpu_enabled", 1)),
    "nmi": (
        *(("request_nmi", 3), ("free_nmi", 2), ("enable_nmi", 2), ("disable_nmi", 2), ("request_percpu_nmi", 3)),
        *(("free_percpu_nmi", 2), ("prepare_percpu_nmi", 3), ("teardown_percpu_nmi", 2), ("enable_percpu_nmi", 2)),
        *(("disable_percpu_nmi", 2),),
    ),
    "spurious": (("spurious", 4), ("age", 1), ("poll", 4)),
}
OPERATIONS = tuple(name for group in _WEIGHTS.values() for name, _ in group)

#: How much an order may stress a group of operations.
_STRESS = (0.3, 1, 1, 4)


#: Operations of runtime PM that do not sleep.
_FROM_HANDLERS = ("get", "put", "request_resume", "request_idle", "mark_last_busy", "put_autosuspend")

#: What is done to a device when an order begins: (how often, operation of runtime PM).
_DEVICES = (
    *((0.85, "enable"), (0.3, "delay_100"), (0.3, "use_autosuspend"), (0.08, "irq_safe"), (0.08, "no_callbacks")),
    *((0.15, "ignore_children"), (0.5, "resume"), (0.1, "get_sync")),
)


class Dice(Random):
    """Where chance comes from in one order.

    :ivar weights: how often each operation is drawn; ``focus`` are the line and the device it is mostly about.
    """

    weights: tuple[float, ...]
    focus: tuple[int, int]

    def line(self) -> int:
        """The number of a line."""
        return self.focus[0] if self.random() < 0.5 else self.randrange(LINES) + 1

    def device(self) -> int:
        """The number of a device."""
        return self.focus[1] if self.random() < 0.5 else self.randrange(DEVICES)


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
    setup, dice.weights = _setup(dice), _weights(dice)
    dice.focus = dice.randrange(LINES) + 1, dice.randrange(DEVICES)
    steps = (*_beginning(dice), *(_step(dice) for _ in range(LENGTH)))
    return Order(f"seed {seed}, order {number}", setup, steps[:LENGTH])


def _weights(dice: Random) -> tuple[float, ...]:
    """How often each of :data:`OPERATIONS` is drawn in one order."""
    stress = {group: dice.choice(_STRESS) for group in _WEIGHTS}
    return tuple(weight * stress[group] for group, pairs in _WEIGHTS.items() for _, weight in pairs)


def _some(dice: Random, things: tuple[int, ...], chance: float) -> int:
    return sum({thing for thing in things if dice.random() < chance})


def _setup(dice: Random) -> Setup:
    lines = tuple(_line(dice) for _ in range(LINES))
    if dice.random() < 0.4:
        last = dice.choice(("handle_percpu_devid_irq", "handle_percpu_devid_irq", "handle_percpu_irq"))
        lines = (*lines[:-1], replace(lines[-1], flow=last))
    if dice.random() < 0.4:
        flow = dice.choice((lines[-1].flow, "handle_fasteoi_nmi", "handle_percpu_devid_fasteoi_nmi", "handle_percpu_devid_irq"))
        lines = (*lines[:-1], _for_nmi(dice, replace(lines[-1], flow=flow)))
    idle = tuple(dice.random() < 0.3 for _ in range(DEVICES))
    return Setup(lines, dice.choice((-1, -1, 0, 1, 1)), idle, dice.choice((0, 0, 0, 1, 2)))


def _for_nmi(dice: Random, line: Line) -> Line:
    """A line that can be an NMI, most often."""
    has = [name for name in line.callbacks if not name.startswith("irq_bus") or dice.random() < 0.1]
    has += [name for name in ("irq_nmi_setup", "irq_nmi_teardown") if dice.random() < 0.8]
    return replace(line, callbacks=tuple(has), flags=line.flags | _SUPPORTS_NMI, settings=line.settings | _NOAUTOEN)


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
    for name in ("irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity"):
        has += [name] if dice.random() < 0.5 else []
    return Line(tuple(dict.fromkeys(has)), flow, _some(dice, _FLAGS, 0.1), _some(dice, _SETTINGS, 0.1))


def _beginning(dice: Dice) -> Iterator[Step]:
    """Steps that bring an order to where much can happen: lines are requested, devices enabled and used."""
    ops: list[Op] = [("link", (number, *ends, 1)) for number, ends in enumerate(LINKS) if dice.random() < 0.25]
    for device in dice.sample(range(DEVICES), DEVICES):
        ops += [("pm", (device, POWER.index(name))) for chance, name in _DEVICES if dice.random() < chance]
    for irq in dice.sample(range(1, LINES + 1), LINES):
        device = dice.device()
        if dice.random() < 0.65:
            ops.append(("request", (irq, *_sane(dice), 1)))
        elif dice.random() < 0.6:
            ops += [("wakeup", (device, 5)), ("wake_irq", (irq, device, dice.choice((0, 1, 1, 2, 2))))]
    return (Step("task", op) for op in ops)


def _sane(dice: Dice) -> tuple[int, int, int]:
    """A handler, a thread function and flags that go together."""
    thread = dice.random() < 0.6
    handler = not thread or dice.random() < 0.8
    oneshot = thread and (not handler or dice.random() < 0.6)
    return int(handler), int(thread), dice.choice((0, 0, 0, 0x4)) | 0x2000 * oneshot | 0x80 * (dice.random() < 0.5)


def _step(dice: Dice) -> Step:
    name = dice.choices(OPERATIONS, dice.weights)[0]
    how = "hardirq" if name in ("interrupt", "timer") else "machine" if name in _TURNS else "task"
    if name in ("prepare_percpu_nmi", "teardown_percpu_nmi") and dice.random() < 0.8:
        how = "hardirq"
    answers: tuple[tuple[str, int, int], ...] = ()
    power = name.startswith("pm") or name in ("timer", "link", "unlink")
    if dice.random() < (0.4 if power else 0.2):
        what = dice.choice(_POWER if power else tuple(_ANSWERS))
        answers = tuple((what, at, dice.choice(_ANSWERS[what])) for at in range(LINES) if dice.random() < 0.6)
    if name == "get_state" and dice.random() < 0.5:
        answers = tuple(("irq_get_irqchip_state", at, 1) for at in range(LINES))
    handlers = tuple(_handling(dice) for _ in range(dice.randrange(4)))
    return Step(how, _op(dice, name), answers, handlers)


def _op(dice: Dice, name: str) -> Op:
    irq = dice.line()
    user = 1 if dice.random() < 0.5 else dice.randrange(USERS) + 1
    match name:
        case "request" | "request_any" if dice.random() < 0.5:
            handler, thread, flags = _sane(dice)
            return name, (irq, handler, thread, flags, user) if name == "request" else (irq, flags & ~0x2000, user)
        case "request_any":
            return name, (irq, _some(dice, _REQUEST_FLAGS, 0.1), user)
        case "request":
            flags = dice.choice(_TRIGGERS) | _some(dice, _REQUEST_FLAGS, 0.15)
            return name, (irq, int(dice.random() < 0.85), int(dice.random() < 0.5), flags, user)
        case "request_nmi":
            return name, (_last(dice, irq), dice.choice((0, 0x400, 0x10400, 0x10400, 0x10C00, 0x80)), user)
        case "enable_percpu" | "enable_percpu_nmi":
            return name, (_last(dice, irq), dice.choice((0, 0, 1, 4)))
        case (
            "disable_percpu" | "disable_percpu_nmi" | "prepare_percpu_nmi" | "teardown_percpu_nmi" | "enable_nmi" | "disable_nmi"
        ):
            return name, (_last(dice, irq),)
        case "request_percpu" | "free_percpu" | "request_percpu_nmi" | "free_percpu_nmi" | "free_nmi":
            return name, (_last(dice, irq), user)
        case "wake" if dice.random() < 0.4:
            return name, (DEVICE + dice.device(), 0)
        case "thread" if dice.random() < 0.2:
            return name, (irq, WAKER)
        case "free" | "thread" | "wake":
            return name, (irq, user)
        case "spurious":
            return name, (irq, 100_000 - dice.choice((1, 1, 2, 3)), 99_900 - dice.choice((-1, 0, 0, 1, 2)))
        case "link":
            number = dice.randrange(len(LINKS))
            return name, (number, *LINKS[number], dice.choice((0, 1, 1, 1, 3)))
        case "unlink":
            return name, (dice.randrange(len(LINKS)),)
        case "wake_irq":
            return name, (irq, dice.device(), dice.randrange(3))
        case "clear_wake_irq" | "timer" | "delay":
            return name, (dice.device(),)
        case "wakeup":
            return name, (dice.device(), dice.choice((0, 1, 2, 3, 3, 4, 5, 5, 5, 6)))
        case "set_type":
            return name, (irq, dice.choice((1, 2, 3, 4, 8, 0)))
        case "set_wake" | "chain":
            return name, (irq, int(dice.random() < 0.6))
        case "set_affinity":
            return name, (irq, 1)
        case "get_state":
            return name, (irq, dice.randrange(4))
        case "set_state":
            return name, (irq, dice.randrange(4), dice.randrange(2))
        case "status":
            return name, (irq, dice.choice((0, *_SETTINGS)), dice.choice((0, *_SETTINGS)))
        case "suspend" | "resume" | "resume_early" | "kexec" | "softirq" | "poll" | "age" | "arm" | "disarm":
            return name, ()
        case "pm":
            device, what = dice.device(), dice.randrange(len(POWER))
            if dice.random() < 0.5:
                what = POWER.index(dice.choice(_OFTEN))
            return name, (device, what)
        case "pm_work":
            return name, (dice.device(),)
    return name, (irq,)


def _last(dice: Dice, irq: int) -> int:
    """The line that may be per CPU or an NMI, most often."""
    return LINES if dice.random() < 0.85 else irq


def _handling(dice: Dice) -> Handling:
    ops: list[Op] = []
    while dice.random() < 0.25:
        match name := dice.choice(("disable_nosync", "enable", "interrupt", "disable_nosync", "enable", "pm", "kexec")):
            case "pm":
                ops.append((name, (dice.device(), POWER.index(dice.choice(_FROM_HANDLERS)))))
            case "kexec":
                ops.append((name, ()))
            case _:
                ops.append((name, (dice.line(),)))
    return tuple(ops), dice.choice((0, 1, 1, 2, 2, 3)), dice.random() < 0.3
