"""The tree's side: its own core in a guest, with the chip, consumer and devices of chip.c and devices.c."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from irqlab.conform.script import WAKER, Op, callback, handle, power_callback
from irqlab.conform.side import DEVICES, Bench
from irqlab.conform.step import FLOWS, KINDS, LINKS, MARKS, NO_HINT, Line, Setup, bits, where
from irqlab.core.build import core_image
from irqlab.core.sched import KThread
from irqlab.guest.exports import Bool, Int, Text, UInt, ULong, export
from irqlab.guest.guest import BOOL, INT, OUT, VOID, WORD, Guest
from irqlab.guest.image import Image
from irqlab.guest.memory import Allocation
from irqlab.kernel.context import Context, in_hardirq, start
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.release import Release
from irqlab.state import kernel
from irqlab.tree import Tree

#: Words that ``conform_see()`` writes; where actions begin in them.
_SEEN, _ACTIONS = 48, 20

#: The parent of each device; -1 for none.
_PARENTS = (-1, 0, -1)

#: Words that ``conform_see_lines()`` writes of each line.
_LINE = 8

#: Operations by the function that does them and what it returns.
FUNCTIONS: dict[str, tuple[str, str]] = {
    "request": ("conform_request", INT),
    "free": ("conform_free", VOID),
    "disable": ("disable_irq", VOID),
    "disable_nosync": ("disable_irq_nosync", VOID),
    "disable_hardirq": ("disable_hardirq", BOOL),
    "enable": ("enable_irq", VOID),
    "synchronize": ("synchronize_irq", VOID),
    "synchronize_hardirq": ("synchronize_hardirq", BOOL),
    "set_type": ("irq_set_irq_type", INT),
    "set_wake": ("irq_set_irq_wake", INT),
    "set_affinity": ("conform_set_affinity", INT),
    "interrupt": ("conform_interrupt", INT),
    "nested": ("handle_nested_irq", VOID),
    "suspend": ("suspend_device_irqs", VOID),
    "resume": ("resume_device_irqs", VOID),
    "resume_early": ("irq_pm_syscore_resume", VOID),
    "get_state": ("conform_get_state", INT),
    "set_state": ("irq_set_irqchip_state", INT),
    "status": ("irq_modify_status", VOID),
    "chain": ("conform_chain", VOID),
    "kexec": ("machine_kexec_mask_interrupts", VOID),
    "pm": ("conform_pm", INT),
    "pm_work": ("conform_pm_work", BOOL),
    "request_any": ("conform_request_any", INT),
    "percpu_enabled": ("irq_percpu_is_enabled", BOOL),
    "request_percpu": ("conform_request_percpu", INT),
    "free_percpu": ("conform_free_percpu", VOID),
    "enable_percpu": ("enable_percpu_irq", VOID),
    "disable_percpu": ("disable_percpu_irq", VOID),
    "request_nmi": ("conform_request_nmi", INT),
    "free_nmi": ("free_nmi", VOID),
    "rearm_wake": ("rearm_wake_irq", VOID),
    "timer": ("conform_timer", INT),
    "delay": ("conform_delay", INT),
    "softirq": ("irqlab_softirq", VOID),
    "force_affinity": ("conform_force_affinity", INT),
    "hint": ("conform_hint", INT),
    "manage": ("conform_manage", INT),
    "offline": ("conform_offline", INT),
    "online": ("conform_online", INT),
    "map": ("conform_map", INT),
    "dispose": ("irq_dispose_mapping", VOID),
    "handle_domain": ("conform_handle_domain", INT),
    "vcpu": ("conform_vcpu", INT),
    "poll": ("irqlab_timer", VOID),
    "spurious": ("conform_spurious", INT),
    "age": ("conform_age", VOID),
    "link": ("conform_link", INT),
    "unlink": ("conform_unlink", INT),
    "wake_irq": ("conform_wake_irq", INT),
    "clear_wake_irq": ("conform_clear_wake_irq", VOID),
    "wakeup": ("conform_wakeup", INT),
    "arm": ("device_wakeup_arm_wake_irqs", VOID),
    "disarm": ("device_wakeup_disarm_wake_irqs", VOID),
    "request_percpu_nmi": ("conform_request_percpu_nmi", INT),
    "free_percpu_nmi": ("conform_free_percpu_nmi", VOID),
    "prepare_percpu_nmi": ("prepare_percpu_nmi", INT),
    "teardown_percpu_nmi": ("teardown_percpu_nmi", VOID),
    "enable_percpu_nmi": ("enable_percpu_nmi", VOID),
    "disable_percpu_nmi": ("disable_percpu_nmi", VOID),
    "enable_nmi": ("enable_nmi", VOID),
    "disable_nmi": ("disable_nmi_nosync", VOID),
}


@export("irqlab_callback")
def _callback(g: Guest, what: Text, line: UInt, argument: ULong) -> Int:
    return callback(g.k, what, line, argument)


@export("irqlab_power_callback")
def _power_callback(g: Guest, what: Text, device: UInt) -> Int:
    return power_callback(g.k, what, device)


@export("irqlab_in_hardirq")
def _in_hardirq(g: Guest) -> Bool:
    return in_hardirq(g.k)


@export("irqlab_handler")
def _handler(g: Guest, irq: UInt, user: ULong, thread: Int) -> Int:
    return handle(g.k, irq, user, bool(thread))


def image_of(tree: Tree) -> Image:
    """The tree's core with conform's chip and devices on it."""
    return core_image(tree, "irqlab.conform", "chip.c", "devices.c")


@kernel
def boot(
    k: Kernel,
    cpus: int,
    fixup: int,
    domain: tuple[int, ...],
    devices: tuple[tuple[int, bool], ...],
    lines: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...],
    absent: tuple[int, ...],
) -> None:
    """The core starts, and everything is set up: an entry."""
    g = k.guest
    if fixup:
        _call(g, ("irqfixup_setup", "irqpoll_setup")[fixup - 1], INT, 0)
    _call(g, "conform_cpus", VOID, cpus)
    for name in ("maple_tree_init", "radix_tree_init", "early_irq_init"):
        if name in g.image.symbols:
            _call(g, name, INT)
    for number, (parent, idle) in enumerate(devices):
        _call(g, "conform_device", VOID, number, parent & 0xFFFF_FFFF, int(idle))
    _call(g, "conform_boot", INT, *domain)
    for at, (line, below) in enumerate(lines):
        _call(g, "conform_line", VOID, at, *line)
        _call(g, "conform_line_below", VOID, at, *below)
        if at not in absent:
            _call(g, "conform_map", INT, at, 0, 0)


def _as_numbers(line: Line) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A line as ``conform_line()`` and ``conform_line_below()`` take it."""
    affinity = sum(mask | managed << 8 for mask, managed in line.affinity)
    return (
        (bits(line.callbacks), line.flags, FLOWS.index(line.flow), line.settings, affinity),
        (bits(line.below), line.below_flags, bits(line.passes), bits(line.marks, MARKS)),
    )


def _call(g: Guest, name: str, result: str, *args: int) -> int:
    return int(g.function(g.image.symbols[name], result)(g.k, *args))


@kernel
def look(k: Kernel, name: str, number: int, words: int) -> bytes:
    """Reads out what the core believes: an entry's only call."""
    _, out = k.guest.function(k.guest.image.symbols[name], INT)(k, number, (OUT, 8 * words))
    return bytes(out)


class RealSide(Bench):
    """The tree's own core."""

    name = "linux"

    def __init__(self, release: Release, image: Image) -> None:
        super().__init__(release)
        self.guest = Guest(self.k, image)
        self.k.guest = self.guest

    def boot(self, wanted: Setup) -> int:
        """Boots the core and sets everything up."""
        devices = tuple(zip(_PARENTS, wanted.idle, strict=True))
        self.lines = len(wanted.lines)
        lines = tuple(_as_numbers(line) for line in wanted.lines)
        domain = (wanted.power & 0xFFFF_FFFF, int(wanted.hierarchy), wanted.inactive)
        self.go_on(start(self.k, "boot", boot, (wanted.cpus, wanted.fixup, domain, devices, lines, wanted.absent)))
        return 0

    @property
    def irqs(self) -> tuple[int, ...]:
        return tuple(line[0] for line in self._lines())

    def _lines(self) -> tuple[tuple[int, ...], ...]:
        words = _words(look(self.k, "conform_see_lines", self.lines, _LINE * self.lines))
        return tuple(words[at : at + _LINE] for at in range(0, len(words), _LINE))

    def within_word(self, name: str, *args: int) -> int:
        """Calls a function at once, with nothing else running."""
        return int(self.guest.function(self.guest.image.symbols[name], WORD)(self.k, *args))

    def perform(self, k: Kernel, op: Op) -> int:
        name, args = op
        symbol, result = FUNCTIONS[name]
        return _call(self.guest, symbol, result, *args)

    def see(self) -> list[tuple[str, str]]:
        self.within_word("irqlab_clear_once")
        facts, lines = [], self._lines()
        for irq, *_ in lines:
            words = _words(look(self.k, "conform_see", irq, _SEEN))
            if not words[0]:
                facts.append((f"irq {irq}", "no descriptor"))
                continue
            actions = []
            for at in range(_ACTIONS, words[15], 3):
                user, flags, thread = words[at : at + 3]
                who = user if user < 8 else WAKER
                actions.append(f"({who},{flags:#x},{thread >> 2},{thread >> 1 & 1},{thread & 1})")
            chained = words[14]
            facts.append(
                (
                    f"irq {irq}",
                    f"irqd={words[1]:#x} istate={words[2] & ISTATE:#x} depth={words[3]} wake={words[4]} "
                    f"threads={words[5]}/{words[6]:#x} settings={words[7] & SETTINGS:#x} percpu={words[12] & 1} "
                    f"unhandled={words[17]}/{words[16]} deferred={words[18]} handled={words[19]} "
                    f"actions={'' if chained else ' '.join(actions)}",
                )
            )
        facts += [(f"line {at}", _line(words)) for at, words in enumerate(lines)]
        facts += [(f"module {at}", f"references={_signed(words[6])}") for at, words in enumerate(lines)]
        for number in range(DEVICES):
            words = _words(look(self.k, "conform_see_device", number, _SEEN))
            facts.append(
                (
                    f"device {number}",
                    f"usage={_signed(words[0])} children={_signed(words[1])} disabled={words[2]} status={_signed(words[3])} "
                    f"error={_signed(words[4])} request={words[5]} deferred={words[6]} last={_signed(words[9])} "
                    f"idle={words[7]} timer={words[8]} busy={words[10]} links={words[11]} wakeirq={words[12]:#x} "
                    f"wakeup={words[13]} forced={words[14]} auto={words[15]}",
                )
            )
        for number in range(len(LINKS)):
            words = _words(look(self.k, "conform_see_link", number, _SEEN))
            facts.append((f"link {number}", f"active={words[1]} preactivated={words[2]}" if words[0] else "none"))
        return facts

    def thread(self, irq: int, user: int) -> Context | None:
        name = f"irq/{irq}-user{user}"
        if user == WAKER:
            name = next((thread.name for thread in self.world.all(KThread) if _wakes(thread.name, irq)), name)
        context = self.world.at(Context, name)
        return context if context.exists else None

    def housekeeping(self) -> bool:
        """Threads begin and end."""
        went = False
        for thread in self.world.all(KThread):
            context = self.world.at(Context, thread.name)
            if context.exists and (not thread.ran or thread.stopping):
                went = self.go_on(context) or went
        if not any(context.exists for context in self.world.all(Context)):
            self.within_word("irqlab_rcu")
        return went

    def softirq(self) -> bool:
        return bool(self.within_word("irqlab_softirq_pending") & 1)

    def polls(self) -> bool:
        return bool(self.within_word("irqlab_timer_pending") & 1)

    def allocated(self) -> tuple[int, ...]:
        sizes = _words(look(self.k, "conform_see_sizes", len(KINDS), 8 * len(KINDS)))
        held = Counter(allocation.size for allocation in self.world.all(Allocation))
        return tuple(held[size] for size in sizes[: len(KINDS)])

    def woken(self) -> bool:
        return bool(self.within_word("conform_woken") & 1)


def _wakes(thread: str, irq: int) -> bool:
    """Whether a thread is that of a wake irq on a line."""
    return thread.startswith(f"irq/{irq}-d") and thread.endswith(":wakeup")


#: What of ``istate`` is compared: what the model has.
ISTATE = 0x200 | 0x40 | 0x20 | 0x800 | 0x2000 | 0x2 | 0x8


#: What of the settings is compared: not ``IRQ_NOPROBE``, for nothing probes.
SETTINGS = ~0x400


def _words(content: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(content[at : at + 8], "little") for at in range(0, len(content), 8))


def _line(words: tuple[int, ...]) -> str:
    """Where a line goes, and what it has on the way to the CPU."""
    irq, below, affinity, effective, hint, levels, _, data = words
    if not levels:
        return where(irq, below)
    on = [level - 1 for level in levels.to_bytes(8, "little") if level]
    return where(irq, below, affinity, effective, hint if hint != NO_HINT else None, on, data)


def _signed(word: int) -> int:
    word &= 0xFFFF_FFFF
    return word - (1 << 32) if word >> 31 else word


Operations = dict[str, Callable[..., int]]
