"""The kernel of one boot: what is fixed while it runs, and the doors to what changes.

:class:`Kernel` itself never changes; the state of a boot is in Records, of which :class:`System` says how far it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from irqlab.kernel.arch import ARCHES, Arch
from irqlab.kernel.locking import Lock
from irqlab.kernel.pointer import Pointer
from irqlab.kernel.release import Release
from irqlab.state import Call, End, Record, Static, World, atomic

if TYPE_CHECKING:
    from irqlab.board import Board, Part
    from irqlab.hardware import Machine, Peripheral
    from irqlab.kernel.core import Core
    from irqlab.kernel.device import Driver
    from irqlab.kernel.irq.desc import IrqChip

R = TypeVar("R", bound=Record)

#: :attr:`System.phase`
BOOT, RUNNING, SUSPENDING, NOIRQ, RESUMING, SHUTDOWN, HANDOVER = (
    "boot",
    "running",
    "system suspend",
    "noirq",
    "system resume",
    "kexec reboot",
    "handover",
)


class System(Record):
    """Where this boot is."""

    #: 0 for the first kernel, 1 for its successor.
    boot: int = 0
    phase: str = BOOT
    #: Why the kernel crashed: ``sysrq``, ``oops``, ``remote``, ``nmi``; empty while it has not.
    crash: str = ""
    #: The CPU is stuck for good; says in what.
    hung: str = ""
    #: ``system_state`` is ``SYSTEM_BOOTING``: there is nobody to sleep for, and ``might_sleep()`` tells nothing.
    early: bool = False
    #: ``system_state`` is ``SYSTEM_SUSPEND``: from ``syscore_suspend()`` to ``syscore_resume()``.
    asleep: bool = False

    @property
    def beyond_running(self) -> bool:
        """``system_state > SYSTEM_RUNNING``: on the way into the next kernel (``SYSTEM_RESTART``), or asleep."""
        return self.asleep or self.phase in (SHUTDOWN, HANDOVER)


class Budget(Record):
    """How often something fallible may still fail (fault injection)."""

    left: int = 0


class Irqchip(Static):
    """One ``IRQCHIP_DECLARE(name, compatible, init)``: a controller set up before there are devices.

    ``init`` takes ``(k, node name)``.
    """

    def __init__(self, name: str, compatible: tuple[str, ...], init: Callable[..., Any]) -> None:
        self.name, self.compatible, self.init = name, compatible, init


@dataclass(frozen=True)
class Config:
    """Kernel configuration and command line."""

    #: A name in :data:`irqlab.kernel.arch.ARCHES`.
    arch: str = "arm64"
    pm: bool = True
    #: ``fw_devlink=``: ``off``, ``on`` or ``rpm``; empty for the release's default.
    fw_devlink: str = ""
    #: How many interrupts are looked at before a line counts as stuck (the kernel's 100 000); 0: ``noirqdebug``.
    spurious: int = 0
    #: ``irqfixup`` (1) and ``irqpoll`` (2): handlers of other lines are asked too; nothing without ``spurious``.
    irqfixup: int = 0

    @property
    def generic_pending_irq(self) -> bool:
        """``CONFIG_GENERIC_PENDING_IRQ``: some lines move only in their own interrupt (x86 and ARC, but no ARM, nor RISC-V)."""
        return self.arch in ("x86", "arc")


class Kernel(Static):
    """Linux on one machine.  Fixed for one exploration; shared by the first kernel and its successor."""

    def __init__(
        self,
        world: World,
        machine: Machine,
        board: Board,
        release: Release,
        config: Config,
        drivers: tuple[Driver, ...],
        irqchips: tuple[Irqchip, ...] = (),
        consumers: dict[str, str] | None = None,
    ) -> None:
        self.name = f"Linux {release}"
        self.world = world
        self.machine = machine
        self.board = board
        self.release = release
        self.config = config
        self.drivers = drivers
        self.irqchips = irqchips
        #: What kind of consumer sits on each peripheral, by device name.
        self.consumers = consumers or {}
        #: The kinds of Records that are hardware: what a successor finds.
        self.hardware = frozenset(type(world.slot(number)) for number in range(world.slots))
        #: Nothing comes between (the first boot).
        self.quiet = False
        #: NMI crashes are in the scope: points with interrupts off are states too.
        self.nmi_points = False
        #: Peripherals whose lines may also rise between register accesses with interrupts off.
        self.rising: tuple[Peripheral, ...] = ()
        world.on_absent = self.use_after_free
        self._locks: dict[str, Lock] = {}
        #: Chips that were copied for one instance (statics, by name).
        self.chips: dict[str, IrqChip] = {}
        #: What runs compiled drivers, if there are any.
        self.guest: Any = None
        #: The tree's own interrupt core and runtime PM, if they run in place of this kernel's.
        self.core: Core | None = None
        #: Functions that run while the kernel boots, with their levels, in order (``module_init()`` and its kin).
        self.initcalls: tuple[tuple[str, Callable[..., Any]], ...] = ()

    @property
    def system(self) -> System:
        return self.world.at(System)

    @property
    def arch(self) -> Arch:
        """What the architecture does before a jump, and whether it resends in software."""
        return ARCHES[self.config.arch]

    @property
    def fw_devlink(self) -> str:
        return self.config.fw_devlink or ("rpm" if self.release.has("fw-devlink-rpm") else "on")

    def irqchip_of(self, part: Part) -> Irqchip | None:
        """The ``IRQCHIP_DECLARE()`` that takes a part, if any; a GIC the board only has is driven as a GICv3."""
        names = ("arm,gic-v3",) if part.kind == "gic" and not part.tested else part.node.strings("compatible")
        return next((irqchip for irqchip in self.irqchips if not set(names).isdisjoint(irqchip.compatible)), None)

    def lock(self, kind: type[Lock], name: str) -> Lock:
        """The lock of that kind and name (a static: its state is the Record ``Held``)."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = kind(self.world, name)
        return lock

    def locks(self) -> tuple[Lock, ...]:
        """Every lock that was ever used, by name (says nothing about the state)."""
        return tuple(self._locks[name] for name in sorted(self._locks))

    # -- what rules hear -------------------------------------------------------------------------------------

    def signal(self, kind: str, **facts: Any) -> None:
        """Tells the rules something, with where it happened: the open calls, the phase and the crash's cause."""
        tape = self.world.tape
        if tape.replaying:
            tape.skip()
            return
        log, tape.log = tape.log, None
        phase, crash, boot = _where(self)
        subject = _subject(self)
        tape.log = log
        calls = tuple(tape.calls) if self.guest is None else self.guest.expand(tuple(tape.calls))
        outside = (name for name in reversed(calls) if not name.module.startswith("irqlab.kernel.") and is_named(name))
        driver = next(outside, "")
        where = {"phase": phase, "crash": crash, "boot": boot, "subject": subject}
        if self.guest is not None and isinstance(driver, Call) and self.guest.owns(driver):
            where["at"] = str(self.guest.place() or "")
        demux = _demultiplexer(list(calls))
        self.world.signal(kind, calls=calls, driver=driver, demux=demux, **where, **facts)

    def warn(self, text: str) -> None:
        """``WARN(1, text)``."""
        self.signal("warning", text=text)

    # -- what ends a path ------------------------------------------------------------------------------------

    def hang(self, what: str) -> None:
        """The CPU is stuck for good: every call under way is over, locks stay held."""
        from irqlab.kernel.context import Context, cpu

        if self.world.tape.replaying:
            self.world.tape.skip()
            return
        self.world.tape.log = None
        for context in self.world.all(Context):
            self.world.drop(context)
        cpu(self.world).stack = ()
        self.system.hung = what
        self.world.trace("hang", what=what)
        self.world.tape.stop(End.GONE, what)

    def oops(self, what: str) -> None:
        """``die()``: the kernel crashes right here (``panic_on_oops``); a fault on the crash path ends everything."""
        from irqlab.kernel.context import in_panic
        from irqlab.kernel.crash import crash

        if self.world.tape.replaying:
            self.world.tape.skip()
            return
        if in_panic(self):
            self.hang(f"{what}, on the crash path")
        if _boot_of(self):
            self.hang(f"{what}; no crash kernel is loaded in the next kernel")
        self.world.tape.log = None
        culprit = self.world.tape.context
        crash(self, "oops", culprit)
        self.world.tape.stop(End.GONE, what)

    def line_may_rise(self) -> bool:
        """Whether a line may rise right here, with interrupts off (asked at register accesses)."""
        world = self.world
        log, world.tape.log, touched = world.tape.log, None, world.touches
        may = any(block.can_raise() and not block.asserted() for block in self.rising)
        world.tape.log, world.touches = log, touched
        return may

    def use_after_free(self, record: Record) -> None:
        """Something that was freed is used: the kernel oopses here."""
        self.signal("use-after-free", what=record.label)
        self.oops(f"use of {record.label} after it was freed")

    def deref(self, pointer: Pointer, kind: type[R], what: str) -> R:
        """``what->``: the Record behind a pointer; NULL, a guest address or another Record is an oops here."""
        if isinstance(pointer, kind):
            return pointer
        self.signal("null-pointer", what=what)
        self.oops(f"NULL pointer dereference of {what}")
        raise AssertionError(what)  # while replaying: the log has the oops before this

    def fails(self, what: str) -> bool:
        """Whether something fallible fails now, as often as the scope allows."""
        if not _may_fail(self):
            return False
        failed = bool(self.world.tape.choose(2, what))
        if failed:
            _spend(self)
        return failed


def _demultiplexer(calls: list[Call]) -> str:
    """The innermost chained handler that is open: a function of a driver that handle_irq_desc() called; empty if none."""
    for caller, called in zip(reversed(calls[:-1]), reversed(calls[1:]), strict=True):
        if caller == "handle_irq_desc" and not called.module.startswith("irqlab.kernel."):
            return str(called)
    return ""


def is_named(call: str) -> bool:
    """Whether a traced call has a name of the kernel's; ours for parts of it begin with one underscore."""
    return not call.startswith("_") or call.startswith("__")


@atomic
def _where(k: Kernel) -> tuple[str, str, int]:
    system = k.system
    if not system.exists:
        return BOOT, "", 0
    return system.phase, system.crash, system.boot


@atomic
def _boot_of(k: Kernel) -> int:
    return k.system.boot if k.system.exists else 0


@atomic
def _may_fail(k: Kernel) -> bool:
    budget = k.world.at(Budget)
    return budget.exists and budget.left > 0


@atomic
def _spend(k: Kernel) -> None:
    k.world.at(Budget).left -= 1


@atomic
def _subject(k: Kernel) -> tuple[str, ...]:
    """What the core believes of the line whose chip callback is running; empty outside chip callbacks."""
    from irqlab.kernel.irq.chip import irq_get_pm_device
    from irqlab.kernel.irq.desc import IrqData

    if not k.world.tape.subjects:
        return ()
    d = k.world.tape.subjects[-1]
    assert isinstance(d, IrqData)
    if not d.exists or not d.desc.exists or (d.domain is not None and not d.domain.exists):
        return ("gone",)
    actions = d.desc.actions
    words = ["chained" if actions and actions[0].chained else "requested" if actions else "unused"]
    words.append("masked" if d.masked else "unmasked")
    if d.started:
        words.append("started")
    if d.desc.suspended:
        words.append("suspended")
    words.append("pm-device" if irq_get_pm_device(k, d.outermost) is not None else "no-pm-device")
    return tuple(words)
