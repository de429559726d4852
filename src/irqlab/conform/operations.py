"""What is done in one step of a random order: an operation, what callbacks answer, what handlers do.

Tests: ``tests/conform/test_orders.py``.
"""

from __future__ import annotations

from irqlab.conform.dice import LINES, OPERATIONS, USERS, Dice, some
from irqlab.conform.script import DEVICE, SLEEPS, WAKER, Handling, Op
from irqlab.conform.setups import SETTINGS
from irqlab.conform.step import CUT, FORGOTTEN, LINKS, NO_HINT, POWER, Step

_TRIGGERS = (0, 0, 0, 0x1, 0x2, 0x4, 0x8)
_REQUEST_FLAGS = (0x80, 0x80, 0x2000, 0x2000, 0x4000, 0x8000, 0x10000, 0x20000, 0x40000, 0x80000, 0x800, 0x200000)

#: Flags an NMI is requested with: rightly so only with ``IRQF_PERCPU``, and not shared.
_NMI_FLAGS = (*(0x400, 0x10400, 0x10400, 0x10C00) * 3, 0, 0x80)

#: What callbacks may answer instead of 0, by callback.
ANSWERS: dict[str, tuple[int, ...]] = {
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

#: What is done by nobody, in a hard interrupt, and in one most often.
_TURNS = ("softirq", "thread", "wake", "poll")
_HARDIRQ = ("interrupt", "timer", "handle_domain")
PERCPU = ("prepare_percpu_nmi", "teardown_percpu_nmi")

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

#: Operations of runtime PM that do not sleep.
_FROM_HANDLERS = ("get", "put", "request_resume", "request_idle", "mark_last_busy", "put_autosuspend")


def step(dice: Dice) -> Step:
    name = dice.choices(OPERATIONS, dice.weights)[0]
    how = "hardirq" if name in _HARDIRQ else "machine" if name in _TURNS else "task"
    if name in PERCPU and dice.random() < 0.8:
        how = "hardirq"
    answers: tuple[tuple[str, int, int], ...] = ()
    if dice.random() < _ANSWERED.get(name, 0.2):
        likely = _LIKELY.get(name, ())
        some = likely if likely and dice.random() < 0.9 else tuple(ANSWERS)
        said = [what for what in some if dice.random() < 0.5] if some is _POWER else [dice.choice(some)]
        answers = tuple((what, at, dice.choice(ANSWERS[what])) for what in said for at in range(LINES) if dice.random() < 0.6)
    if name == "get_state" and dice.random() < 0.5:
        answers = tuple((dice.choice(_LIKELY[name]), at, 1) for at in range(LINES))
    op = operation(dice, name)
    own = op[1][0] if name in ("interrupt", "thread", "nested") else dice.line()
    return Step(how, op, answers, tuple(_handling(dice, own) for _ in range(dice.randrange(4))))


def operation(dice: Dice, name: str, line: int = 0) -> Op:
    irq = line or (dice.free_line() if name in ("request", "request_any", "wake_irq", "chain") else dice.line())
    user = 1 if dice.random() < 0.5 else dice.randrange(USERS) + 1
    one = 1 if dice.random() < 0.8 else user
    match name:
        case "request" | "request_any" if dice.random() < 0.5:
            handler, thread, flags = sane(dice)
            return name, (irq, handler, thread, flags, user) if name == "request" else (irq, flags & ~0x2000, user)
        case "request_any":
            return name, (irq, some(dice, _REQUEST_FLAGS, 0.1), user)
        case "request":
            flags = dice.choice(_TRIGGERS) | some(dice, _REQUEST_FLAGS, 0.15)
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
            return name, (irq, dice.choice((0, *SETTINGS)), dice.choice((0, *SETTINGS)))
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


def sane(dice: Dice) -> tuple[int, int, int]:
    """A handler, a thread function and flags that go together."""
    thread = dice.random() < 0.6
    handler = not thread or dice.random() < 0.8
    oneshot = thread and (not handler or dice.random() < 0.6)
    return int(handler), int(thread), dice.choice((0, 0, 0, 0x4)) | 0x2000 * oneshot | 0x80 * (dice.random() < 0.5)
