"""What conform does to a core, one step at a time, and how what came of it is written."""

from __future__ import annotations

from dataclasses import dataclass, field

from irqlab.conform.script import Handling, Op

#: Callbacks of the chip, by the bit that says whether a line has them: the order of ``fill()`` in chip.c.
CALLBACKS = (
    *("irq_startup", "irq_shutdown", "irq_enable", "irq_disable", "irq_ack", "irq_mask", "irq_mask_ack", "irq_unmask", "irq_eoi"),
    *("irq_retrigger", "irq_set_type", "irq_set_wake", "irq_bus_lock", "irq_bus_sync_unlock", "irq_request_resources"),
    *("irq_release_resources", "irq_get_irqchip_state", "irq_set_irqchip_state", "irq_set_affinity"),
    *("irq_nmi_setup", "irq_nmi_teardown"),
)

#: Flow handlers, by their number in chip.c.
FLOWS = (
    *("handle_level_irq", "handle_edge_irq", "handle_fasteoi_irq", "handle_simple_irq", "handle_untracked_irq"),
    *("handle_percpu_irq", "handle_percpu_devid_irq", "handle_fasteoi_nmi", "handle_percpu_devid_fasteoi_nmi"),
    *("handle_fasteoi_ack_irq", "handle_fasteoi_mask_irq"),
)

#: Operations of runtime PM, by their number in chip.c.
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
    """

    callbacks: tuple[str, ...]
    flow: str
    flags: int = 0
    settings: int = 0

    @property
    def bits(self) -> int:
        """The callbacks as chip.c takes them."""
        return sum(1 << CALLBACKS.index(name) for name in self.callbacks)


@dataclass(frozen=True)
class Setup:
    """What an order begins with.

    :ivar lines: mapped in order, so interrupt numbers ascend.
    :ivar power: the device behind the lines (``domain->pm_dev``); -1 for none.
    :ivar idle: which devices have a ``runtime_idle``.
    :ivar fixup: ``irqfixup`` (1) or ``irqpoll`` (2) on the command line.
    """

    lines: tuple[Line, ...]
    power: int = -1
    idle: tuple[bool, ...] = (False, False, False)
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
