"""What the code tells, in words: one line of the table for each kind of ``trace()`` and ``signal()``.

A kind that is not in the table is told as it is: nothing is dropped.

Tests: ``tests/report/test_words.py``, which looks for every kind the code base uses.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from irqlab.explore.trace import Event
from irqlab.kernel.errno import errno_name

#: Functions that are named otherwise here than in the kernel.
KERNEL_NAMES = {
    "rpm_run_callback": "__rpm_callback",
    "pm_runtime_idle_flags": "__pm_runtime_idle",
    "pm_runtime_suspend_flags": "__pm_runtime_suspend",
    "pm_runtime_resume_flags": "__pm_runtime_resume",
    "pm_runtime_set_status": "__pm_runtime_set_status",
    "synchronize_desc": "__synchronize_irq",
    "do_interrupt_handler": "el1_interrupt",
    "driver_probe_device": "__driver_probe_device",
    "device_bind": "device_driver_attach",
    "device_unbind": "device_release_driver",
    "stop_thread": "kthread_stop",
    "chained_action_handler": "bad_chained_irq",
}

#: Modules with functions that are no kernel's: who calls and who is called is told by the step's title or a note.
_CONSUMERS = frozenset({"irqlab.drivers.consumer", "irqlab.drivers.clock_user"})


@dataclass(frozen=True)
class Say:
    """How things are called in one trace.

    :ivar short: full names and labels of the board's parts.
    """

    short: tuple[tuple[str, str], ...] = ()

    def __call__(self, text: object) -> str:
        """``text`` with short names for the board's parts."""
        said = str(text)
        for full, label in self.short:
            said = said.replace(full, label)
        return said


Renderer = Callable[[Event, Say], str]


def _on(value: object) -> str:
    return "1" if value else "0"


def _change(event: Event, fact: str) -> str:
    was = event["was"]
    return f"{event[fact]}" if was is None else f"{was} -> {event[fact]}"


def _belief(event: Event, say: Say) -> str:
    bits = [f"{fact.upper()} {_on(not value)} -> {_on(value)}" for fact, value in event.facts if fact != "irq"]
    return f"irq {event['irq']}: {', '.join(bits)}"


def _access(event: Event, say: Say) -> str:
    return f"{event['register']} {event.kind} {_word(event['value'])}"


def _word(value: Any) -> str:
    return f"{value:#010x}" if isinstance(value, int) else str(value)


def _edge(what: str, up: str, down: str) -> Renderer:
    return lambda event, say: f"{what} {say(event['name'])} {up if event['on'] else down}"


def _count(which: str) -> Renderer:
    return lambda event, say: f"clk {event['clk']} {which} {_change(event, 'count')}"


def _callback(event: Event, say: Say) -> str:
    return f"{say(event['chip'])}: {event['callback']}(irq {event['irq']})"


def _pm_callback(event: Event, say: Say) -> str:
    return f"{say(event['device'])}: {str(event['callback']).rpartition('.')[2]}"


_BUS = {
    "abort": "synchronous external abort",
    "hang": "the bus never answers",
    "ignore": "lost without a trace",
}


def _dead(event: Event, say: Say) -> str:
    ends = _BUS.get(str(event["bus"]), event["bus"])
    return f"{event['register']} of {say(event['block'])}: {event['access']} while {event['reason']}: {ends}"


def _sleeps(event: Event, say: Say) -> str:
    what = str(event["what"])
    if what.startswith("schedule(), "):
        return f"schedule(): {say(what.removeprefix('schedule(), '))}, where sleeping is forbidden"
    return f"{say(what)} may sleep, where sleeping is forbidden"


def _wait_context(event: Event, say: Say) -> str:
    under = "in a hard interrupt" if event["hardirq"] else "under a raw spinlock"
    return f"{say(event['lock'])} sleeps on PREEMPT_RT, taken {under}"


def _irqs_on(event: Event, say: Say) -> str:
    where = (
        "in a hard interrupt"
        if event["hardirq"]
        else "on the crash path"
        if event["panic"]
        else "under a caller that had them off"
    )
    return f"interrupts turned on {where}"


def _underflow(event: Event, say: Say) -> str:
    who = event["device"] or event["clk"] or ""
    return f"{event['what']} of {say(who)} would go below zero{' (the kernel says nothing)' if event['silent'] else ' (WARN)'}"


def _handler(event: Event, say: Say) -> str:
    return f"handler of {say(event['name'])} (irq {event['irq']}) is called"


def _text(text: str) -> Renderer:
    """A renderer from a template: ``{fact}`` is the fact, with short names."""

    def render(event: Event, say: Say) -> str:
        return text.format_map({name: say(value) for name, value in event.facts})

    return render


#: Every kind the code base tells.
RENDERERS: dict[str, Renderer] = {
    # the core's beliefs
    "belief": _belief,
    "cpu": lambda event, say: f"CPU {event['cpu']} is {'online' if event['online'] else 'offline'}",
    "depth": lambda event, say: f"irq {event['irq']}: depth {_change(event, 'depth')}",
    "action": lambda event, say: f"irq {event['irq']}: action '{event['name']}' {'added' if event['added'] else 'removed'}",
    "irq-suspended": lambda event, say: f"irq {event['irq']}: IRQS_SUSPENDED {_on(not event['value'])} -> {_on(event['value'])}",
    "wakeup-armed": _text("irq {irq}: WAKEUP_ARMED"),
    "system-wakeup": _text("irq {irq} wakes the system"),
    "wakeup-event": _text("{device}: a wakeup event is counted"),
    "wake-irq-no-resume": _text("{device}: wake IRQ with no resume: {error}"),
    "wake-thread": _text("wakes thread {thread}"),
    "no-mapping": _text("no mapping for hwirq {hwirq} of {domain}: nobody masks it"),
    "pm-device": _text("PM device of the domain {domain}: {device}"),
    "pm-get-nothing": lambda event, say: "no PM device, nothing to take a reference on",
    "pm-put-nothing": lambda event, say: "no PM device, nothing to give back",
    # chips and registers
    "callback": _callback,
    "read": _access,
    "write": _access,
    "sysreg": lambda event, say: f"{event['register']} = {event['value']}",
    "dead-access": _dead,
    "unknown-register": lambda event, say: (
        f"register {say(event['block'])}+{event['offset']:#x} was never described, it reads as 0"
    ),
    # power
    "pm_callback": _pm_callback,
    "rpm_usage": lambda event, say: f"{say(event['device'])} usage {_change(event, 'usage')}",
    "rpm_status": lambda event, say: f"{say(event['device'])} {_change(event, 'status')}",
    "rpm_request": lambda event, say: f"{say(event['device'])}: {event['request']} request queued",
    "genpd": lambda event, say: f"genpd {event['domain']} {'on' if event['on'] else 'off'}",
    "clk_prepare": _count("prepare"),
    "clk_unprepare": _count("prepare"),
    "clk_enable": _count("enable"),
    "clk_disable": _count("enable"),
    "clk_disable_unused": _text("clk {clk} is unused"),
    "clock": _edge("clock", "runs", "stops"),
    "power": _edge("power domain", "on", "off"),
    "reset": _edge("reset", "asserted", "released"),
    # devices and drivers
    "driver": lambda event, say: f"{say(event['device'])} {'bound' if event['bound'] else 'unbound'}",
    "probe_failed": lambda event, say: f"probe of {say(event['device'])} by {event['by']} failed: {errno_name(event['error'])}",
    "shutdown": _text("{device}: shutdown"),
    # the system
    "phase": _text("phase: {phase}"),
    "suspended": lambda event, say: "the system sleeps and wakes",
    "crash": _text("the kernel crashes ({cause})"),
    "hang": _text("the CPU is stuck: {what}"),
    "next-kernel": lambda event, say: "only the hardware is left as it was",
    "handover": lambda event, say: "jumps into the next kernel",
    "choice": lambda event, say: f"{event['what']} {'fails' if event['chosen'] else 'succeeds'}",
    # the world outside
    "raise": _text("{block} asserts its line"),
    "interrupt": lambda event, say: "IRQ exception",
    # what rules hear
    "handler": _handler,
    "thread-handler": _text("thread function of irq {irq} is called"),
    "sleep-in-atomic": _sleeps,
    "wait-context": _wait_context,
    "irqs-enabled": _irqs_on,
    "stuck": lambda event, say: f"{say(event['waits_for'])}, where nobody else can run",
    "pm-reference-underflow": _underflow,
    "clk-warning": _text("WARN: {text}"),
    "warning": _text("WARN: {text}"),
    "unexpected-irq": _text("irq {irq}: handle_bad_irq(), unexpected IRQ trap"),
    "unbalanced-enable": _text("WARN: Unbalanced enable for IRQ {irq}"),
    "null-pointer": _text("NULL pointer dereference of {what}"),
    "printk": _text("the kernel prints: {text}"),
    "clk-leak": _text("clock {clk} is held {count} times, {expected} of them are accounted for"),
    "use-after-free": _text("{what} is used after it was freed"),
    "memory-error": _text("{what}"),
    "memory-leak": lambda event, say: (
        f"{event['bytes']} bytes of {say(event['device'])}'s driver are still allocated: {'; '.join(event['where'])}"
    ),
    "bug": lambda event, say: "BUG(): the kernel oopses",
    "lock-left-held": lambda event, say: f"{event['context']} ends and holds {say(event['lock'])}",
    "irqchip-failed": lambda event, say: f"IRQCHIP_DECLARE() of {say(event['device'])} failed: {errno_name(event['error'])}",
    "not-modelled": _text("not modelled: {what}"),
    "armed": _text("{line} of {block} is unmasked and can fire"),
    "pm-leak": _text("nobody uses a line of {device}, its usage count is {usage}"),
    "mask-incoherent": _text("a line of {block} is believed {believed}, its register has it {register}"),
}

#: What every signal carries besides what it is about.
_WHERE = frozenset({"calls", "driver", "phase", "crash", "boot", "subject", "was"})


def told(event: Event, say: Say) -> str:
    """One line of text about what was told."""
    renderer = RENDERERS.get(event.kind)
    if renderer is not None:
        return renderer(event, say)
    facts = ", ".join(f"{name} {say(value)}" for name, value in event.facts if name not in _WHERE)
    return f"{event.kind}: {facts}" if facts else event.kind


def function(name: str) -> str:
    """The kernel's name of a function."""
    return KERNEL_NAMES.get(name, name)


def consumers(event: Event) -> bool:
    """Whether a call is of irqlab's own users of lines and clocks."""
    return event.module in _CONSUMERS


def ours(event: Event) -> bool:
    """Whether a call is irqlab's plumbing, which a kernel developer does not know."""
    name, module = event.name, event.module
    if event.compiled:
        return False
    if name.startswith("_") and not name.startswith("__"):
        return True
    return consumers(event) or (name == "probe" and module.startswith("irqlab.drivers."))


_CALLS = {
    "request": "request_irq()",
    "free": "free_irq()",
    "disable": "disable_irq()",
    "enable": "enable_irq()",
    "synchronize": "synchronize_irq()",
    "hold": "clk_prepare_enable() of the shared clock",
    "release": "clk_disable_unprepare() of the shared clock",
}


_TITLES = {"panic goes on": "the crash path goes on", "init goes on": "the next kernel goes on booting"}


def action(name: str, say: Say) -> str:
    """The title of a step: an action's name in plain words."""
    who, colon, what = name.partition(": ")
    if colon and what in _CALLS:
        return f"{who} calls {_CALLS[what]}"
    if colon:
        return f"{who}: {say(what)}"
    if name.startswith("crash ("):
        return f"the kernel crashes here ({name[7:-1]})"
    return _TITLES.get(name, say(name))
