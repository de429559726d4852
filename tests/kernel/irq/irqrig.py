"""A controller of our own: chips whose callbacks are written down, and a bit a line that says what the hardware lets through.

Board and devices are those of :mod:`pmrig`; its ``ctl`` is the device behind the lines where a test wants one.  What is
written down there and here goes into one journal, so the order of callbacks and power management can be compared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pmrig import CLOCKED, Journal, Rig, make_rig

from irqlab.kernel.context import Context, push_hardirq, start
from irqlab.kernel.device import Device
from irqlab.kernel.irq.desc import IrqAction, IrqChip, IrqData, IrqDesc, handle_irq_desc, irq_to_desc
from irqlab.kernel.irq.domain import Fwspec, IrqDomain, IrqDomainOps, Translated, irq_domain_add_linear
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_TYPE_NONE, IRQ_WAKE_THREAD
from irqlab.kernel.irq.flow import handle_level_irq
from irqlab.kernel.irq.manage import free_irq, request_threaded_irq
from irqlab.kernel.irq.mapping import irq_create_mapping
from irqlab.kernel.kernel import Config
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, atomic, kernel

FRESH = "DISABLED MASKED depth=1"
RUNNING = "STARTED ACTIVATED depth=0"
#: Disabled lazily: the core believes the hardware open, and it is.
LAZY = "DISABLED STARTED ACTIVATED depth=1"
#: Disabled, and masked at the chip.
MASKED = "DISABLED MASKED STARTED ACTIVATED depth=1"


class Line(Record):
    """One input of the controller.  Key: its hardware number."""

    chip: IrqChip
    flow: Callable[..., Any]
    #: The hardware lets the line through; it is active.
    open: bool = False
    active: bool = False


class Places(Record):
    """Which locks were held at each entry of the journal that is ours, and whether the bus lock is held now."""

    entries: tuple[str, ...] = ()
    bus: bool = False


class Who(Record):
    """Somebody who requests lines (``dev_id``).  Key: a number."""


@atomic
def log(k: Any, irq: int, what: str) -> int:
    """Writes down what happens to a line and under which locks; answers what the test wants."""
    journal, places = k.world.at(Journal), k.world.at(Places)
    journal.entries = (*journal.entries, what)
    held = [("request_mutex", f"desc {irq} request_mutex"), ("desc", f"desc {irq} lock")]
    locks = [name for name, lock in held if k.world.at(HeldLock, lock).exists]
    if places.bus:
        locks.insert(len(locks) - ("desc" in locks), "bus")
    places.entries = (*places.entries, f"{what}: {' '.join(locks)}".rstrip())
    if what in ("irq_bus_lock", "irq_bus_sync_unlock"):
        places.bus = what == "irq_bus_lock"
    return dict(journal.answers).get(what, 0)


@atomic
def line_of(d: IrqData) -> Line:
    return d.world.at(Line, d.hwirq)


@atomic
def let(d: IrqData, through: bool) -> None:
    line_of(d).open = through


@kernel
def irq_mask(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_mask")
    let(d, False)


@kernel
def irq_mask_ack(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_mask_ack")
    let(d, False)


@kernel
def irq_disable(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_disable")
    let(d, False)


@kernel
def irq_shutdown(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_shutdown")
    let(d, False)


@kernel
def irq_unmask(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_unmask")
    let(d, True)


@kernel
def irq_enable(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_enable")
    let(d, True)


@kernel
def irq_startup(k: Any, d: IrqData) -> int:
    let(d, True)
    return log(k, d.irq, "irq_startup")


@kernel
def irq_ack(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_ack")


@kernel
def irq_eoi(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_eoi")


@kernel
def irq_bus_lock(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_bus_lock")


@kernel
def irq_bus_sync_unlock(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_bus_sync_unlock")


@kernel
def irq_request_resources(k: Any, d: IrqData) -> int:
    return log(k, d.irq, "irq_request_resources")


@kernel
def irq_release_resources(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_release_resources")


@kernel
def irq_set_type(k: Any, d: IrqData, type_: int) -> int:
    return log(k, d.irq, f"irq_set_type {type_}")


@kernel
def irq_set_wake(k: Any, d: IrqData, on: bool) -> int:
    return log(k, d.irq, f"irq_set_wake {'on' if on else 'off'}")


@kernel
def irq_retrigger(k: Any, d: IrqData) -> bool:
    return log(k, d.irq, "irq_retrigger") == 0


@kernel
def irq_nmi_setup(k: Any, d: IrqData) -> int:
    return log(k, d.irq, "irq_nmi_setup")


@kernel
def irq_nmi_teardown(k: Any, d: IrqData) -> None:
    log(k, d.irq, "irq_nmi_teardown")


@atomic
def irq_get_irqchip_state(k: Any, d: IrqData, which: str) -> bool:
    return line_of(d).active


@kernel
def irq_set_irqchip_state(k: Any, d: IrqData, which: str, value: bool) -> int:
    return log(k, d.irq, f"irq_set_irqchip_state {which} {value}")


CALLBACKS: dict[str, Callable[..., Any]] = {
    function.__name__: function
    for function in (
        irq_mask, irq_mask_ack, irq_disable, irq_shutdown, irq_unmask, irq_enable, irq_startup, irq_ack, irq_eoi,
        irq_bus_lock, irq_bus_sync_unlock, irq_request_resources, irq_release_resources, irq_set_type, irq_set_wake,
        irq_retrigger, irq_get_irqchip_state, irq_set_irqchip_state, irq_nmi_setup, irq_nmi_teardown,
    )
}  # fmt: skip

BUS = ("irq_bus_lock", "irq_bus_sync_unlock")


def chip(*more: str, flags: int = 0, without: tuple[str, ...] = (), parent_device: Device | None = None) -> IrqChip:
    """A chip with ``irq_mask``, ``irq_unmask`` and the callbacks named, but not those of ``without``."""
    names = [name for name in ("irq_mask", "irq_unmask", *more) if name not in without]
    return IrqChip("test", flags=flags, parent_device=parent_device, **{name: CALLBACKS[name] for name in names})


# -- the domain ------------------------------------------------------------------------------------------------------


@kernel
def domain_map(k: Any, domain: IrqDomain, irq: int, hwirq: int) -> int:
    from irqlab.kernel.irq.setup import irq_set_chip_and_handler

    line = k.world.at(Line, hwirq)
    error = log(k, irq, "map")
    if not error:
        irq_set_chip_and_handler(k, irq, line.chip, line.flow)
    return error


@kernel
def domain_xlate(k: Any, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    return 0, fwspec[1][0], IRQ_TYPE_NONE


@kernel
def domain_activate(k: Any, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
    return log(k, d.irq, "activate")


@kernel
def domain_deactivate(k: Any, domain: IrqDomain, d: IrqData) -> None:
    log(k, d.irq, "deactivate")


OPS = IrqDomainOps("test", map=domain_map, xlate=domain_xlate, activate=domain_activate, deactivate=domain_deactivate)


# -- handlers --------------------------------------------------------------------------------------------------------


@kernel
def handled(k: Any, irq: int, dev_id: Pointer) -> int:
    log(k, irq, "handler")
    return IRQ_HANDLED


@kernel
def other(k: Any, irq: int, dev_id: Pointer) -> int:
    log(k, irq, "other handler")
    return IRQ_HANDLED


@kernel
def waking(k: Any, irq: int, dev_id: Pointer) -> int:
    log(k, irq, "waking handler")
    return IRQ_WAKE_THREAD


@kernel
def threaded(k: Any, irq: int, dev_id: Pointer) -> int:
    log(k, irq, "thread")
    return IRQ_HANDLED


@kernel
def demux(k: Any, desc: IrqDesc) -> None:
    """A chained handler without ``chained_irq_enter()``."""
    log(k, desc.irq, "demux")


@kernel
def fire(k: Any, irq: int) -> int:
    """The CPU takes the interrupt: an entry."""
    return handle_irq_desc(k, irq_to_desc(k, irq))


@dataclass
class Irqs(Rig):
    """A kernel, its test controller, and short ways to look at lines."""

    domain: IrqDomain = field(init=False)

    def line(self, chip: IrqChip, flow: Callable[..., Any] = handle_level_irq, hwirq: int = 3, *, level: bool = True) -> int:
        """Maps a line; forgets what was written down on the way."""
        from irqlab.kernel.irq.setup import irq_set_status_level

        self.world.new(Line, hwirq, chip=chip, flow=flow)
        irq = irq_create_mapping(self.k, self.domain, hwirq)
        if level:
            irq_set_status_level(self.k, irq)
        self.entries()
        return irq

    def desc(self, irq: int) -> IrqDesc:
        return self.world.at(IrqDesc, irq)

    def data(self, irq: int) -> IrqData:
        return self.world.at(IrqData, irq)

    def action(self, irq: int, number: int = 0) -> IrqAction:
        return self.world.at(IrqAction, irq, number)

    def who(self, number: int = 0) -> Who:
        who = self.world.at(Who, number)
        return who if who.exists else self.world.new(Who, number)

    def request(
        self,
        irq: int,
        handler: Callable[..., Any] | None = handled,
        thread_fn: Callable[..., Any] | None = None,
        flags: int = 0,
        who: int = 0,
    ) -> int:
        return request_threaded_irq(self.k, irq, handler, thread_fn, flags, f"user{who}", self.who(who))

    def free(self, irq: int, who: int = 0) -> None:
        free_irq(self.k, irq, self.who(who))

    def interrupt(self, irq: int) -> Context:
        """The line fires: its flow handler runs to the end in a hard interrupt."""
        context = push_hardirq(self.k, fire, (irq,))
        while context.exists and self.step(context):
            pass
        return context

    def task(self, name: str, entry: Callable[..., Any], *args: Any) -> Context:
        """A call in process context, as far as it comes."""
        return self.go_on(start(self.k, name, entry, args))

    def go_on(self, context: Context) -> Context:
        """Lets a call go on until it is over or waits; nothing comes between."""
        quiet, self.k.quiet = self.k.quiet, True
        while context.exists and self.step(context):
            if context.exists and context.waits_for:
                break
        self.k.quiet = quiet
        return context

    def core(self, irq: int) -> str:
        """Everything the core believes of a line."""
        desc, data = self.desc(irq), self.data(irq)
        words = (
            ("DISABLED", data.disabled),
            ("MASKED", data.masked),
            ("STARTED", data.started),
            ("ACTIVATED", data.activated),
            ("INPROGRESS", data.inprogress),
            ("WAKEUP", data.wakeup_state),
            ("ARMED", data.wakeup_armed),
            ("ENABLED_ON_SUSPEND", data.enabled_on_suspend),
            ("PENDING", desc.pending),
            ("REPLAY", desc.replay),
            ("ONESHOT", desc.oneshot),
            ("SUSPENDED", desc.suspended),
        )
        return " ".join([*(word for word, there in words if there), f"depth={desc.depth}"])

    def open(self, irq: int) -> bool:
        """Whether the hardware lets the line through."""
        return self.world.at(Line, self.data(irq).hwirq).open

    def set_line(self, irq: int, **fields: bool) -> None:
        for name, value in fields.items():
            setattr(self.world.at(Line, self.data(irq).hwirq), name, value)

    def set_data(self, irq: int, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.data(irq), name, value)

    def set_action(self, irq: int, number: int = 0, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.action(irq, number), name, value)

    def set_desc(self, irq: int, **fields: Any) -> None:
        for name, value in fields.items():
            setattr(self.desc(irq), name, value)

    def entries(self) -> tuple[str, ...]:
        """What was written down since the last look."""
        self.world.at(Places).entries = ()
        return super().entries()

    def places(self) -> tuple[str, ...]:
        """What was written down here (not by devices) since the last look, with the locks held."""
        entries = self.world.at(Places).entries
        self.entries()
        return entries

    def unbalanced(self) -> int:
        """How often 'Unbalanced enable' was said."""
        return len(self.signals("unbalanced-enable"))

    def controller(self) -> Device:
        """Puts the device ``ctl`` behind the lines (6.1 and later) and lets it suspend."""
        device = self.bind("ctl", CLOCKED)
        self.domain.pm_dev = device
        self.work()
        assert self.status("ctl") == "suspended"
        self.entries()
        return device


def make_irqs(release: str = "6.12", *, pm: bool = True, arch: str = "arm64", failures: int = 0) -> Irqs:
    """A kernel with one linear domain of eight lines, none of them mapped."""
    rig = make_rig(release, pm=pm, failures=failures)
    rig.k.config = Config(arch=arch, pm=pm, fw_devlink="off")
    rig.world.new(Places)
    irqs = Irqs(rig.k)
    domain = irq_domain_add_linear(rig.k, "test", 8, OPS, None)
    assert domain is not None
    irqs.domain = domain
    irqs.entries()
    return irqs
