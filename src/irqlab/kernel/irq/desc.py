"""Interrupt descriptors: ``struct irq_desc``, ``struct irq_data``, ``struct irqaction`` (kernel/irq/irqdesc.c).

DISABLED and MASKED are what the *core believes*; what the hardware does is in :mod:`irqlab.hardware`.  A fresh
descriptor is believed masked although nobody has touched the chip.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.device import Device
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.locking import Mutex, RawSpinLock, irqsave
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

# include/linux/interrupt.h, include/linux/irq.h
IRQ_TYPE_NONE = 0x0
IRQ_TYPE_EDGE_RISING, IRQ_TYPE_EDGE_FALLING = 0x1, 0x2
IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_LEVEL_LOW = 0x4, 0x8
IRQ_TYPE_LEVEL_MASK = IRQ_TYPE_LEVEL_HIGH | IRQ_TYPE_LEVEL_LOW
#: ``IRQF_TRIGGER_*`` are the ``IRQ_TYPE_*`` of the same name.
IRQF_TRIGGER_MASK = IRQ_TYPE_SENSE_MASK = 0xF
IRQF_SHARED = 0x80
IRQF_PERCPU = 0x400
IRQF_ONESHOT = 0x2000
IRQF_NO_SUSPEND = 0x4000
IRQF_FORCE_RESUME = 0x8000
IRQF_EARLY_RESUME = 0x20000
IRQF_COND_SUSPEND = 0x40000
IRQF_NO_THREAD = 0x10000
IRQF_NO_AUTOEN = 0x80000
#: Not in 6.1.
IRQF_COND_ONESHOT = 0x200000

IRQ_NONE, IRQ_HANDLED, IRQ_WAKE_THREAD = 0, 1, 2

# include/linux/irq.h: settings of a line (irq_set_status_flags())
IRQ_LEVEL = 1 << 8
IRQ_NOREQUEST = 1 << 11
IRQ_NOAUTOEN = 1 << 12
IRQ_DISABLE_UNLAZY = 1 << 19

# include/linux/irq.h: flags of a chip
IRQCHIP_SET_TYPE_MASKED = 1 << 0
IRQCHIP_EOI_IF_HANDLED = 1 << 1
IRQCHIP_MASK_ON_SUSPEND = 1 << 2
IRQCHIP_SKIP_SET_WAKE = 1 << 4
IRQCHIP_ONESHOT_SAFE = 1 << 5
IRQCHIP_EOI_THREADED = 1 << 6
IRQCHIP_ENABLE_WAKEUP_ON_SUSPEND = 1 << 9

#: What ``irq_set_type`` answers: the core notes the type, does nothing more (hierarchies), or leaves it as it is.
IRQ_SET_MASK_OK, IRQ_SET_MASK_OK_NOCOPY, IRQ_SET_MASK_OK_DONE = 0, 1, 2


class IrqChip(Static):
    """``struct irq_chip``: the callbacks of an interrupt controller; each takes ``(k, d: IrqData, …)``.

    ``parent_device`` exists up to 5.17 and makes a chip one per instance.
    """

    CALLBACKS = (
        "irq_startup",
        "irq_shutdown",
        "irq_enable",
        "irq_disable",
        "irq_ack",
        "irq_mask",
        "irq_mask_ack",
        "irq_unmask",
        "irq_eoi",
        "irq_set_type",
        "irq_set_wake",
        "irq_bus_lock",
        "irq_bus_sync_unlock",
        "irq_request_resources",
        "irq_release_resources",
        "irq_get_irqchip_state",
        "irq_set_irqchip_state",
        "irq_retrigger",
    )

    def __init__(
        self, name: str, *, flags: int = 0, parent_device: Device | None = None, **callbacks: Callable[..., Any] | None
    ) -> None:
        unknown = sorted(set(callbacks) - set(self.CALLBACKS))
        if unknown:
            raise TypeError(f"struct irq_chip has no callback {unknown[0]}")
        self.name = name
        self.flags = flags
        self.parent_device = parent_device
        self.callbacks = callbacks

    def has(self, callback: str) -> bool:
        """Whether the chip implements a callback."""
        return self.callbacks.get(callback) is not None

    def call(self, k: Kernel, callback: str, d: IrqData, *args: Any) -> Any:
        """Calls ``chip->callback(d, …)``; one that the chip lacks is a NULL pointer, an oops."""
        function = self.callbacks.get(callback)
        if function is None:
            k.signal("null-pointer", what=f"chip->{callback}")
            k.oops(f"NULL pointer dereference of chip->{callback}")
            raise AssertionError(callback)  # while replaying: the log has the oops before this
        k.world.trace("callback", chip=self.name, callback=callback, irq=d.key[0])
        subjects = k.world.tape.subjects
        subjects.append(d)
        result = function(k, d, *args)
        subjects.pop()
        return result

    def for_device(self, k: Kernel, device: Device) -> IrqChip:
        """This chip for one instance, with ``parent_device`` set (drivers up to 5.17 copy the struct at probe)."""
        name = f"{self.name}:{device.key[0]}"
        known = k.chips.get(name)
        if known is None:
            known = k.chips[name] = IrqChip(name, flags=self.flags, parent_device=device, **self.callbacks)
        return known


@atomic
def noop(k: Kernel, d: IrqData) -> int:
    """``noop()``, ``noop_ret()``."""
    return 0


#: ``no_irq_chip`` (kernel/irq/dummychip.c): the chip of a descriptor nobody has set up; ``desc->irq_data.chip`` is never NULL.
no_irq_chip = IrqChip(
    "none", flags=IRQCHIP_SKIP_SET_WAKE, irq_startup=noop, irq_shutdown=noop, irq_enable=noop, irq_disable=noop, irq_ack=noop
)


@kernel
def handle_bad_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_bad_irq()``: nobody knows this interrupt."""
    k.signal("unexpected-irq", irq=desc.key[0])


class IrqData(Record):
    """``struct irq_data`` of the outermost chip, with its state bits.  Key: the Linux interrupt number."""

    hwirq: int = 0
    chip: IrqChip = no_irq_chip
    chip_data: Record | None = None
    domain: IrqDomain | None = None
    #: ``IRQD_IRQ_DISABLED``, ``IRQD_IRQ_MASKED``: the core's beliefs.
    disabled: bool = True
    masked: bool = True
    #: ``IRQD_IRQ_STARTED``, ``IRQD_ACTIVATED``, ``IRQD_IRQ_INPROGRESS``.
    started: bool = False
    activated: bool = False
    inprogress: bool = False
    #: ``IRQD_WAKEUP_STATE``, ``IRQD_WAKEUP_ARMED``.
    wakeup_state: bool = False
    wakeup_armed: bool = False
    #: ``IRQD_IRQ_ENABLED_ON_SUSPEND``, ``IRQD_RESEND_WHEN_IN_PROGRESS`` (not in 6.1).
    enabled_on_suspend: bool = False
    resend_when_in_progress: bool = False
    #: ``IRQ_LEVEL`` and ``IRQD_LEVEL``.
    level: bool = False
    #: ``IRQD_TRIGGER_MASK``, and ``IRQD_DEFAULT_TRIGGER_SET``: somebody has said what the default is.
    trigger: int = IRQ_TYPE_NONE
    trigger_set: bool = False

    @property
    def irq(self) -> int:
        return int(self.key[0])

    @property
    def desc(self) -> IrqDesc:
        return self.world.at(IrqDesc, *self.key)


class IrqAction(Record):
    """``struct irqaction``.  Key: interrupt number and slot."""

    handler: Callable[..., Any] | None
    thread_fn: Callable[..., Any] | None = None
    dev_id: Record | None = None
    flags: int = 0
    name: str = ""
    thread_mask: int = 0
    #: There is a thread, and ``IRQTF_RUNTHREAD`` says it shall run.
    thread: bool = False
    run_thread: bool = False
    #: ``IRQTF_WARNED``.
    warned: bool = False
    chained: bool = False

    @property
    def irq(self) -> int:
        return int(self.key[0])

    @property
    def thread_name(self) -> str:
        return f"irq/{self.key[0]}-{self.key[1]}"


class IrqDesc(Record, counted=True):
    """``struct irq_desc``.  Key: the Linux interrupt number."""

    handle_irq: Callable[..., Any] = handle_bad_irq
    handler_data: Record | None = None
    name: str = ""
    depth: int = 1
    actions: tuple[IrqAction, ...] = ()
    #: ``IRQS_PENDING``, ``IRQS_REPLAY``, ``IRQS_ONESHOT``, ``IRQS_SUSPENDED``.
    pending: bool = False
    replay: bool = False
    oneshot: bool = False
    suspended: bool = False
    threads_active: int = 0
    threads_oneshot: int = 0
    wake_depth: int = 0
    #: ``IRQ_NOREQUEST``, ``IRQ_NOAUTOEN``, ``IRQ_DISABLE_UNLAZY``.
    norequest: bool = False
    noautoen: bool = False
    disable_unlazy: bool = False
    #: References on the module that owns the chip (``desc->owner``).
    owner_refs: int = 0

    @property
    def irq(self) -> int:
        return int(self.key[0])

    @property
    def irq_data(self) -> IrqData:
        return self.world.at(IrqData, *self.key)


def desc_lock(k: Kernel, desc: IrqDesc) -> RawSpinLock:
    """``desc->lock``, a raw spinlock."""
    lock = k.lock(RawSpinLock, f"desc {desc.key[0]} lock")
    assert isinstance(lock, RawSpinLock)
    return lock


def request_mutex(k: Kernel, desc: IrqDesc) -> Mutex:
    """``desc->request_mutex``."""
    lock = k.lock(Mutex, f"desc {desc.key[0]} request_mutex")
    assert isinstance(lock, Mutex)
    return lock


@atomic
def irq_to_desc(k: Kernel, irq: int) -> IrqDesc | None:
    """``irq_to_desc()``."""
    desc = k.world.at(IrqDesc, irq)
    return desc if desc.exists else None


@atomic
def irq_alloc_desc(k: Kernel) -> int:
    """``irq_alloc_descs()`` of one: the lowest free number from 1 on."""
    irq = k.world.lowest_free(IrqDesc, first=1)
    k.world.new(IrqDesc, irq)
    k.world.new(IrqData, irq)
    return irq


@atomic
def irq_free_desc(k: Kernel, irq: int) -> None:
    """``irq_free_descs()``."""
    k.world.drop(k.world.at(IrqDesc, irq))
    k.world.drop(k.world.at(IrqData, irq))


def free_slot(k: Kernel, irq: int) -> int:
    """The lowest number no action of the line has; inside atomic functions."""
    number = 0
    while k.world.at(IrqAction, irq, number).exists:
        number += 1
    return number


@atomic
def chip_of(desc: IrqDesc) -> IrqChip:
    """``irq_desc_get_chip()``."""
    return desc.irq_data.chip


@kernel
def chip_bus_lock(k: Kernel, desc: IrqDesc) -> None:
    """``chip_bus_lock()``: for chips behind slow buses; drivers abuse it for power management."""
    chip = chip_of(desc)
    if chip.has("irq_bus_lock"):
        chip.call(k, "irq_bus_lock", desc.irq_data)


@kernel
def chip_bus_sync_unlock(k: Kernel, desc: IrqDesc) -> None:
    """``chip_bus_sync_unlock()``."""
    chip = chip_of(desc)
    if chip.has("irq_bus_sync_unlock"):
        chip.call(k, "irq_bus_sync_unlock", desc.irq_data)


class buslock:  # noqa: N801
    """``with buslock(k, desc):`` — ``irq_get_desc_buslock()`` … ``irq_put_desc_busunlock()``: bus lock, then desc lock."""

    __slots__ = ("_lock", "desc", "k")

    def __init__(self, k: Kernel, desc: IrqDesc) -> None:
        self.k, self.desc = k, desc
        self._lock = irqsave(k, desc_lock(k, desc))

    def __enter__(self) -> None:
        chip_bus_lock(self.k, self.desc)
        self._lock.__enter__()

    def __exit__(self, kind: object, *exc: object) -> None:
        if kind is not None:
            return  # the stack is thrown away, or irqlab has a defect: the lock stays held
        self._lock.__exit__(kind, *exc)
        chip_bus_sync_unlock(self.k, self.desc)


@kernel
def handle_irq_desc(k: Kernel, desc: IrqDesc | None) -> int:
    """``handle_irq_desc()``: runs the flow handler.  Hard interrupt context."""
    if desc is None:
        return -EINVAL
    flow = flow_handler(desc)
    flow(k, desc)
    return 0


@atomic
def flow_handler(desc: IrqDesc) -> Callable[..., Any]:
    """``desc->handle_irq``."""
    return desc.handle_irq
