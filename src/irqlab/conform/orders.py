"""Random orders of steps, the same for the same seed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice
from random import Random

from irqlab.conform.script import DEVICE, SLEEPS, WAKER, Handling, Op
from irqlab.conform.side import DEVICES
from irqlab.conform.step import CUT, FORGOTTEN, LINKS, MARKS, NO_HINT, POWER, Line, Setup, Step

#: Steps of one order.
LENGTH = 160

#: Lines of the chip that are mapped; users that may request each.
LINES, USERS = 4, 2

_TRIGGERS = (0, 0, 0, 0x1, 0x2, 0x4, 0x8)
_REQUEST_FLAGS = (0x80, 0x80, 0x2000, 0x2000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x800, 0x200000)
_SETTINGS = (1 << 8, 1 << 12, 1 << 13, 1 << 15, 1 << 16, 1 << 19)
_FLAGS = tuple(1 << bit for bit in range(11))

#: ``IRQCHIP_SUPPORTS_NMI``; ``IRQ_NOAUTOEN``.
_SUPPORTS_NMI, _NOAUTOEN = 1 << 8, 1 << 12

#: Flags an NMI is requested with: rightly so only with ``IRQF_PERCPU``, and not shared.
_NMI_FLAGS = (*(0x400, 0x10400, 0x10400, 0x10C00) * 3, 0, 0x80)

#: What callbacks may answer instead of 0, by callback.
_ANSWERS: dict[str, tuple[int, ...]] = {
    "irq_set_type": (1, 2, -22),
    "irq_set_wake": (-6,),
    "irq_request_resources": (-5,),
    "irq_retrigger": (1,),
    "irq_startup": (1,),
    "irq_get_irqchip_state": (-22,),
    "irq_set_irqchip_state": (-22,),
    "irq_set_affinity": (1, 2, -22, -28, -28, -16),
    "irq_nmi_setup": (-22, -5),
    "activate": (-28,),
    "runtime_suspend": (-16, -16, -11, -5, *(SLEEPS,) * 4),
    "runtime_resume": (-5, -11, *(SLEEPS,) * 4),
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
}

#: Callbacks that every chip below another has, for nobody asks whether it does; and those it may have.
_NEEDED = ("irq_ack", "irq_mask", "irq_mask_ack", "irq_unmask", "irq_eoi")
_OPTIONAL = (
    *("irq_enable", "irq_disable", "irq_retrigger", "irq_set_type", "irq_set_wake", "irq_request_resources"),
    *("irq_release_resources", "irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity", "irq_set_vcpu_affinity"),
)

#: What is done by nobody, in a hard interrupt, and in one most often.
_TURNS = ("softirq", "thread", "wake", "poll")
_HARDIRQ = ("interrupt", "timer", "handle_domain")
_PERCPU = ("prepare_percpu_nmi", "teardown_percpu_nmi")

_POWER = ("runtime_suspend", "runtime_resume", "runtime_idle")
_STARTED = ("activate", "parent activate", "irq_startup", "irq_set_affinity", "parent irq_set_affinity")

#: The callbacks whose answers matter most to an operation.
_LIKELY: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("pm", "pm_work", "timer", "link", "unlink"), _POWER),
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
    "prepare_percpu_nmi": ("irq_nmi_setup",),
}

#: How often something is answered other than 0, where it is not now and then.
_ANSWERED = {"map": 0.8, "offline": 0.4, **dict.fromkeys(("pm", "pm_work", "timer", "link", "unlink"), 0.5)}

#: Operations of runtime PM without which little else happens; those that take a reference, and those that give one back.
_OFTEN = (
    *(*("enable", "resume", "suspend") * 3, *("request_resume", "request_idle", "force_suspend", "force_resume") * 2),
    *("set_active", "set_suspended", "use_autosuspend", "delay_100", "forbid", "allow", "reinit", "barrier"),
)
_GETS = ("get_sync", "get_sync", "resume_and_get", "get")
_PUTS = ("put_sync", "put_sync", "put", "put_autosuspend", "put_sync_suspend", "put_sync_autosuspend")

#: How often each operation is drawn, by what it is about: (operation, weight).  An order stresses some of it.
_WEIGHTS: dict[str, tuple[tuple[str, int], ...]] = {
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
OPERATIONS = tuple(name for group in _WEIGHTS.values() for name, _ in group)

#: How much an order may stress a group of operations; how much more it does what its last line is for, and less what it is not.
_STRESS = (0.1, 0.3, 1, 6)
_FITS, _MISFITS = 3.0, 0.2

#: How often steps that belong together begin, in place of one.
_SCENES = 0.03

#: Operations of runtime PM that do not sleep.
_FROM_HANDLERS = ("get", "put", "request_resume", "request_idle", "mark_last_busy", "put_autosuspend")

#: What is done to a device when an order begins: (how often, operation of runtime PM).
_DEVICES = (
    *((0.95, "enable"), (0.3, "delay_100"), (0.3, "use_autosuspend"), (0.06, "irq_safe"), (0.04, "no_callbacks")),
    *((0.15, "ignore_children"), (0.5, "resume")),
)


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
    dice = Dice(f"{seed} {number}")
    setup = _setup(dice)
    dice.last, dice.focus = _last(setup.lines[-1]), (dice.randrange(LINES) + 1, dice.randrange(DEVICES))
    dice.weights, dice.held = _weights(dice), [0] * DEVICES
    steps = islice(chain(_beginning(dice), _going_on(dice)), LENGTH)
    return Order(f"seed {seed}, order {number}", setup, tuple(_possible(step, setup.cpus) for step in steps))


def _possible(step: Step, cpus: int) -> Step:
    """A step in whose mask of CPUs are none that do not exist."""
    name, args = step.op
    if name not in ("set_affinity", "force_affinity", "manage"):
        return step
    return replace(step, op=(name, (args[0], args[1] & (1 << cpus) - 1, *args[2:])))


def _last(line: Line) -> str:
    """What a line is for: a group of operations."""
    each = "percpu_devid" in line.flow
    if line.flags & _SUPPORTS_NMI and line.settings & _NOAUTOEN:
        return "percpu nmi" if each else "nmi"
    return "percpu" if each else "lines"


def _weights(dice: Dice) -> tuple[float, ...]:
    """How often each of :data:`OPERATIONS` is drawn in one order."""
    stress = {group: dice.choice(_STRESS) for group in _WEIGHTS}
    for group in ("percpu", "nmi", "percpu nmi"):
        stress[group] *= _FITS if group == dice.last else _MISFITS
    return tuple(weight * stress[group] for group, pairs in _WEIGHTS.items() for _, weight in pairs)


def _some(dice: Random, things: tuple[int, ...], chance: float) -> int:
    return sum({thing for thing in things if dice.random() < chance})


def _setup(dice: Random) -> Setup:
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
    setup = Setup(lines, dice.choice((-1, 0, 1, 1) if plain else (-1, -1, -1, 0, 1)), idle, cpus, absent=absent)
    setup = replace(setup, inactive=dice.choice((0, 0, 0, 0, 1, 2, 3)), fixup=dice.choice((0, 0, 0, 1, 2)))
    return _stacked(dice, setup) if dice.random() < (0.03 if nmi else 0.8) else setup


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
    some = tuple(name for name in _OPTIONAL if dice.random() < 0.5)
    passes = tuple(name for name in line.callbacks if name in (*_NEEDED, *_OPTIONAL) and dice.random() < 0.5)
    return replace(line, below=(*_NEEDED, *some), below_flags=_some(dice, (1 << 4,), 0.3), passes=passes)


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
        tuple(dict.fromkeys(has)), flow, _some(dice, _FLAGS, 0.1), _some(dice, _SETTINGS, 0.1), marks=marks, affinity=affinity
    )


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
            ops.append(("request", (irq, *_sane(dice), 1)))
        elif dice.random() < 0.6:
            ops += [("wakeup", (device, 5)), ("wake_irq", (irq, device, dice.choice((0, 1, 1, 2, 2))))]
    return (Step("hardirq" if op[0] in _PERCPU else "task", op) for op in ops)


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


def _sane(dice: Dice) -> tuple[int, int, int]:
    """A handler, a thread function and flags that go together."""
    thread = dice.random() < 0.6
    handler = not thread or dice.random() < 0.8
    oneshot = thread and (not handler or dice.random() < 0.6)
    return int(handler), int(thread), dice.choice((0, 0, 0, 0x4)) | 0x2000 * oneshot | 0x80 * (dice.random() < 0.5)


def _going_on(dice: Dice) -> Iterator[Step]:
    """Steps without end; now and then some that lead, together, to where chance alone seldom comes."""
    while True:
        if dice.random() < _SCENES:
            yield from dice.choice((_forced, _forbidden, _late, _busy, _nobodys, _sent_away, _woken))(dice)
        else:
            yield _step(dice)


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
    answer = ("runtime_suspend", device, dice.choice(_ANSWERS["runtime_suspend"]))
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
    yield Step("task", _op(dice, "spurious", irq))
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


def _step(dice: Dice) -> Step:
    name = dice.choices(OPERATIONS, dice.weights)[0]
    how = "hardirq" if name in _HARDIRQ else "machine" if name in _TURNS else "task"
    if name in _PERCPU and dice.random() < 0.8:
        how = "hardirq"
    answers: tuple[tuple[str, int, int], ...] = ()
    if dice.random() < _ANSWERED.get(name, 0.2):
        likely = _LIKELY.get(name, ())
        some = likely if likely and dice.random() < 0.9 else tuple(_ANSWERS)
        said = [what for what in some if dice.random() < 0.5] if some is _POWER else [dice.choice(some)]
        answers = tuple((what, at, dice.choice(_ANSWERS[what])) for what in said for at in range(LINES) if dice.random() < 0.6)
    if name == "get_state" and dice.random() < 0.5:
        answers = tuple((dice.choice(_LIKELY[name]), at, 1) for at in range(LINES))
    op = _op(dice, name)
    own = op[1][0] if name in ("interrupt", "thread", "nested") else dice.line()
    return Step(how, op, answers, tuple(_handling(dice, own) for _ in range(dice.randrange(4))))


def _op(dice: Dice, name: str, line: int = 0) -> Op:
    irq = line or (dice.free_line() if name in ("request", "request_any", "wake_irq", "chain") else dice.line())
    user = 1 if dice.random() < 0.5 else dice.randrange(USERS) + 1
    one = 1 if dice.random() < 0.8 else user
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
            return name, (dice.last_line(), dice.choice(_NMI_FLAGS), one)
        case "enable_percpu" | "enable_percpu_nmi":
            return name, (dice.last_line(), dice.choice((0, 0, 1, 4)))
        case (
            "disable_percpu" | "disable_percpu_nmi" | "prepare_percpu_nmi" | "teardown_percpu_nmi" | "enable_nmi" | "disable_nmi"
        ):
            return name, (dice.last_line(),)
        case "request_percpu" | "free_percpu" | "request_percpu_nmi" | "free_percpu_nmi" | "free_nmi":
            return name, (dice.last_line(), one)
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
        case "suspend" | "resume" | "resume_early" | "kexec" | "softirq" | "poll" | "age" | "arm" | "disarm":
            return name, ()
        case "pm":
            device = dice.device()
            return name, (device, POWER.index(dice.power(device)))
        case "pm_work":
            return name, (dice.device(),)
    return name, (irq,)


def _handling(dice: Dice, own: int) -> Handling:
    """What a handler does: to its own line, most often."""
    ops: list[Op] = []
    while dice.random() < 0.3:
        match name := dice.choice((*("disable_nosync", "enable", "interrupt") * 2, "pm", "kexec")):
            case "pm":
                ops.append((name, (dice.device(), POWER.index(dice.choice(_FROM_HANDLERS)))))
            case "kexec":
                ops.append((name, ()))
            case _:
                ops.append((name, (own if dice.random() < 0.6 else dice.line(),)))
    return tuple(ops), dice.choice((0, 1, 1, 2, 2, 3)), dice.random() < 0.3
