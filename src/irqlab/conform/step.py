"""What conform does to a core, one step at a time, and how what came of it is written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

#: One operation: its name and its arguments.
Op = tuple[str, tuple[int, ...]]

#: What one call of a handler does: operations, what it returns, whether it sleeps first (in a thread).
Handling = tuple[tuple[Op, ...], int, bool]

#: Callbacks of the chip, by the bit that says whether a line has them: the order of ``fill()`` in chip.c.
CALLBACKS = (
    *("irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_ack", "irq_mask", "irq_mask_ack", "irq_unmask", "irq_eoi"),
    *("irq_retrigger", "irq_set_type", "irq_set_wake", "irq_bus_lock", "irq_bus_sync_unlock", "irq_request_resources"),
    *("irq_release_resources", "irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity"),
    *("irq_nmi_setup", "irq_nmi_teardown", "irq_set_vcpu_affinity"),
)

#: Flow handlers, by their number in chip.c.
FLOWS = (
    *("handle_level_irq", "handle_edge_irq", "handle_fasteoi_irq", "handle_simple_irq", "handle_untracked_irq"),
    *("handle_percpu_irq", "handle_percpu_devid_irq", "handle_fasteoi_nmi", "handle_percpu_devid_fasteoi_nmi"),
    *("handle_fasteoi_ack_irq", "handle_fasteoi_mask_irq"),
)

#: What a line may be marked as, by the bit in chip.c.
MARKS = ("single_target", "affinity_on_activate", "enforce_irqctx", "untold", "going")

#: What the core allocates while it runs, as ``conform_see_sizes()`` has it.
KINDS = ("irqaction", "irq_data", "wake_irq", "wakeup_source")

#: Hardware numbers of the lines are multiples of this: ``NR_IRQS``, see ``HWIRQ()`` in chip.c.
STRIDE = 64

#: What ``alloc`` of the domain below may answer, other than errors: the level is not to be, or is forgotten.
CUT, FORGOTTEN = 1, 2

#: The mask of CPUs that stands for none at all.
NO_HINT = 4

#: Operations of runtime PM, by their number in devices.c.
POWER = (
    *("get_sync", "resume_and_get", "get", "get_noresume", "put_noidle", "put", "put_sync", "put_sync_suspend", "suspend"),
    *("resume", "idle", "request_idle", "request_resume", "enable", "disable", "set_active", "set_suspended", "get_if_in_use"),
    *("get_if_active", "barrier", "force_suspend", "force_resume", "put_autosuspend", "forbid", "allow"),
    *("use_autosuspend", "dont_use_autosuspend", "delay_100", "delay_0", "delay_never", "mark_last_busy", "irq_safe"),
    *("ignore_children", "heed_children", "put_sync_autosuspend", "no_callbacks", "get_suppliers", "put_suppliers", "reinit"),
    *("block_if_disabled", "unblock", "active", "suspended", "status_suspended", "enabled"),
)

#: Device links there may be: (consumer, supplier), by their number.
LINKS = ((1, 2), (1, 0), (0, 2))


@dataclass(frozen=True)
class Line:
    """One line of the chip.

    :ivar callbacks: the callbacks its chip has; ``flags`` are ``IRQCHIP_*``, ``settings`` ``IRQ_*``.
    :ivar below: the callbacks of the chip below, with ``below_flags``; ``passes``: those of its own that go on to it.
    :ivar marks: some of :data:`MARKS`.
    :ivar affinity: the mask of CPUs it is mapped with, and whether it is managed; nothing: with none.
    """

    callbacks: tuple[str, ...]
    flow: str
    flags: int = 0
    settings: int = 0
    below: tuple[str, ...] = ()
    below_flags: int = 0
    passes: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    affinity: tuple[tuple[int, bool], ...] = ()


def bits(names: tuple[str, ...], known: tuple[str, ...] = CALLBACKS) -> int:
    """Names as chip.c takes them."""
    return sum(1 << known.index(name) for name in names)


def where(
    irq: int,
    below: int,
    affinity: int = 0,
    effective: int = 0,
    hint: int | None = None,
    levels: Iterable[int] = (),
    data: int = 0,
) -> str:
    """Where a line goes, on which levels it is known, and what its handler gets, as text."""
    on = " ".join(str(level) for level in levels)
    return f"irq={irq}/{below} affinity={affinity:#x}/{effective:#x} hint={hint} levels={on} data={data}"


@dataclass(frozen=True)
class Setup:
    """What an order begins with.

    :ivar lines: mapped in order, so interrupt numbers ascend; not those that are ``absent``.
    :ivar power: the device behind the lines (``domain->pm_dev``); -1 for none.
    :ivar idle: which devices have a ``runtime_idle``.
    :ivar cpus: how many CPUs there are; ``hierarchy``: the lines have a domain below theirs; ``inactive``: bit 0 for no
        activation of the lines' domain, bit 1 for none of the one below it.
    :ivar fixup: ``irqfixup`` (1) or ``irqpoll`` (2) on the command line.
    """

    lines: tuple[Line, ...]
    power: int = -1
    idle: tuple[bool, ...] = (False, False, False)
    cpus: int = 1
    hierarchy: bool = False
    inactive: int = 0
    absent: tuple[int, ...] = ()
    fixup: int = 0


@dataclass(frozen=True)
class Step:
    """One thing that is done.

    :ivar how: ``task`` calls ``op`` in process context, ``hardirq`` in a hard interrupt; ``machine`` is what happens by
        itself: a thread's turn, work, the softirq; ``core`` a call of the boot CPU with nothing else running.
    """

    how: str
    op: Op
    answers: tuple[tuple[str, int, int], ...] = ()
    handlers: tuple[Handling, ...] = ()


@dataclass(frozen=True)
class Seen:
    """What can be seen after a step, the same on both cores, as lines of text by what they are about."""

    facts: tuple[tuple[str, str], ...] = field(default=())

    @property
    def not_modelled(self) -> bool:
        """The core came to what irqlab does not model."""
        return dict(self.facts).get("hung", "").startswith("not modelled")

    def differences(self, other: Seen) -> list[tuple[str, str, str]]:
        """(what, here, there) wherever they differ."""
        mine, theirs = dict(self.facts), dict(other.facts)
        names = dict.fromkeys([*mine, *theirs])
        return [(name, mine.get(name, "-"), theirs.get(name, "-")) for name in names if mine.get(name) != theirs.get(name)]
