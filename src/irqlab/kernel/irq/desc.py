"""Interrupt descriptors: ``struct irq_desc``, ``struct irq_data``, ``struct irqaction`` (kernel/irq/irqdesc.c).

DISABLED and MASKED are what the *core believes*; what the hardware does is in :mod:`irqlab.hardware`.  A fresh
descriptor is believed masked although nobody has touched the chip.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from irqlab.kernel.context import in_hardirq, local_irq_restore, local_irq_save
from irqlab.kernel.core import core
from irqlab.kernel.cpumask import CPU0, cpu_possible_mask
from irqlab.kernel.device import Device
from irqlab.kernel.errno import EEXIST, EINVAL, EPERM
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.irq.flags import (
    IRQ_PER_CPU_DEVID,
    IRQ_TYPE_NONE,
    IRQCHIP_SKIP_SET_WAKE,
    IRQD_AFFINITY_MANAGED,
    IRQD_AFFINITY_SET,
    IRQD_HANDLE_ENFORCE_IRQCTX,
    IRQD_MANAGED_SHUTDOWN,
)
from irqlab.kernel.locking import Mutex, RawSpinLock, irqsave
from irqlab.kernel.module import Module
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, Static, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class IrqChip(Static):
    """``struct irq_chip``: the callbacks of an interrupt controller; each takes ``(k, d: IrqData, …)``.

    ``irq_set_affinity`` gets a mask of CPUs as a number and ``force``; ``irq_get_irqchip_state`` returns the state, or a
    negative error; ``irq_compose_msi_msg`` and its like are names so far: nothing here calls them.  ``parent_device``
    exists up to 5.17 and makes a chip one per instance.
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
        "irq_set_affinity",
        "irq_retrigger",
        "irq_set_type",
        "irq_set_wake",
        "irq_bus_lock",
        "irq_bus_sync_unlock",
        "irq_cpu_online",
        "irq_cpu_offline",
        "irq_suspend",
        "irq_resume",
        "irq_pm_shutdown",
        "irq_calc_mask",
        "irq_print_chip",
        "irq_request_resources",
        "irq_release_resources",
        "irq_compose_msi_msg",
        "irq_write_msi_msg",
        "irq_get_irqchip_state",
        "irq_set_irqchip_state",
        "irq_set_vcpu_affinity",
        "ipi_send_single",
        "ipi_send_mask",
        "irq_nmi_setup",
        "irq_nmi_teardown",
    )

    #: Those written in Python, by name.
    callbacks: Mapping[str, Callable[..., Any] | None] = {}

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
#: ``dummy_irq_chip``: for sources that need no control at all.
dummy_irq_chip = IrqChip(
    "dummy",
    flags=IRQCHIP_SKIP_SET_WAKE,
    irq_startup=noop,
    irq_shutdown=noop,
    irq_enable=noop,
    irq_disable=noop,
    irq_ack=noop,
    irq_mask=noop,
    irq_unmask=noop,
)
#: ``chip`` of a parent's ``irq_data`` that nobody has set up: NULL.
null_chip = IrqChip("NULL")
#: ``ERR_PTR(-ENOTCONN)``: what ``irq_domain_disconnect_hierarchy()`` leaves where a hierarchy is to end.
disconnected_chip = IrqChip("-ENOTCONN")


@kernel
def handle_bad_irq(k: Kernel, desc: IrqDesc) -> None:
    """``handle_bad_irq()``: nobody knows this interrupt."""
    k.signal("unexpected-irq", irq=desc.key[0])


class IrqData(Record):
    """``struct irq_data`` of the outermost chip, with its state bits.  Key: the Linux interrupt number."""

    hwirq: int = 0
    chip: IrqChip = no_irq_chip
    chip_data: Pointer = None
    domain: IrqDomain | None = None
    #: The next chip on the way to the CPU.
    parent_data: IrqData | None = None
    #: Precomputed bit of the chip's registers (``irq_calc_mask``; generic chips).
    mask: int = 0

    # From here on ``struct irq_common_data``: one for all chips of a line.
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
    #: The other ``IRQD_*`` bits, by the kernel's numbers.
    flags: int = 0
    #: ``effective_affinity`` as a mask of CPUs: 0 until a chip has said where it sends the line.
    effective_affinity: int = 0
    #: ``affinity`` as a mask of CPUs: where the line may be sent; every CPU until somebody has said.
    affinity: int = CPU0

    @property
    def irq(self) -> int:
        return int(self.key[0])

    @property
    def desc(self) -> IrqDesc:
        return self.world.at(IrqDesc, self.key[0])

    @property
    def outermost(self) -> IrqData:
        """``irq_get_irq_data(d->irq)``."""
        return self.world.at(IrqData, self.key[0])


class ParentIrqData(IrqData):
    """``struct irq_data`` of a chip further in.  Key: the Linux interrupt number and the level, from 1 on.

    Its state bits are those of the outermost one: ``d->common`` is the same ``struct irq_common_data``.
    """


def _common(name: str) -> property:
    def read(self: IrqData) -> Any:
        return getattr(self.outermost, name)

    def write(self: IrqData, value: Any) -> None:
        setattr(self.outermost, name, value)

    return property(read, write)


_OWN = [field.name for field in IrqData.fields].index("disabled")
for _field in ParentIrqData.fields[_OWN:]:
    setattr(ParentIrqData, _field.name, _common(_field.name))
ParentIrqData.fields = ParentIrqData.fields[:_OWN]  # the rest is nothing it has


class IrqAction(Record):
    """``struct irqaction``.  Key: interrupt number and slot."""

    handler: Callable[..., Any] | None
    thread_fn: Callable[..., Any] | None = None
    #: ``dev_id``; ``percpu_dev_id`` where the line is per CPU.
    dev_id: Pointer = None
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
    handler_data: Pointer = None
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
    #: The other settings of the line (``IRQ_*``, by the kernel's numbers).
    settings: int = 0
    #: ``percpu_enabled`` of the one CPU.
    percpu_enabled: bool = False
    #: The line whose interrupt stands for this nested one in a software resend (``irq_set_parent()``).
    parent_irq: int = 0
    #: ``IRQS_NMI``.
    nmi: bool = False
    #: ``IRQS_SPURIOUS_DISABLED``, ``IRQS_POLL_INPROGRESS``, and what feeds them (:mod:`irqlab.kernel.irq.spurious`).
    spurious_disabled: bool = False
    poll_inprogress: bool = False
    irq_count: int = 0
    irqs_unhandled: int = 0
    unhandled_aged: bool = False
    #: ``threads_handled`` is not ``threads_handled_last``; bit 31 of the latter (``SPURIOUS_DEFERRED``).
    threads_handled: bool = False
    deferred: bool = False
    #: The module that allocated the descriptor (``desc->owner``): none where the core did, as for every mapping.
    owner: Module | None = None
    #: The references on it that are held through this line, counted without an owner too.
    owner_refs: int = 0
    #: Where a move that waits for the next interrupt goes (``CONFIG_GENERIC_PENDING_IRQ``).
    pending_mask: int = 0
    #: Where the driver would have the line go, for user space to read; None: nobody has said.
    affinity_hint: int | None = None

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


@core
@kernel
def early_irq_init(k: Kernel) -> None:
    """``early_irq_init()``: no descriptor is there from the beginning (``NR_IRQS_LEGACY`` is 0)."""


@core
@atomic
def irq_to_desc(k: Kernel, irq: int) -> IrqDesc | None:
    """``irq_to_desc()``."""
    desc = k.world.at(IrqDesc, irq)
    return desc if desc.exists else None


@atomic
def irq_get_irq_data(k: Kernel, irq: int) -> IrqData | None:
    """``irq_get_irq_data()``: of the outermost chip."""
    desc = irq_to_desc(k, irq)
    return desc.irq_data if desc is not None else None


@atomic
def global_desc(k: Kernel, irq: int) -> IrqDesc | None:
    """``irq_get_desc_lock(IRQ_GET_DESC_CHECK_GLOBAL)``: None for a line that is per CPU too."""
    desc = irq_to_desc(k, irq)
    return desc if desc is not None and not desc.settings & IRQ_PER_CPU_DEVID else None


@atomic
def percpu_desc(k: Kernel, irq: int) -> IrqDesc | None:
    """``irq_get_desc_lock(IRQ_GET_DESC_CHECK_PERCPU)``: None for a line that is not per CPU too."""
    desc = irq_to_desc(k, irq)
    return desc if desc is not None and desc.settings & IRQ_PER_CPU_DEVID else None


#: ``struct irq_affinity_desc``: a mask of CPUs, and whether the core manages the line for them.
AffinityDesc = tuple[int, bool]


@atomic
def irq_alloc_descs(
    k: Kernel, irq: int, count: int, owner: Module | None = None, start: int = 0, affinity: tuple[AffinityDesc, ...] = ()
) -> int:
    """``irq_alloc_descs()``: ``count`` numbers in a row, from ``irq`` on (-EEXIST if one is taken), or anywhere if negative.

    Anywhere is the lowest free place from ``start`` and from 1 on: the core's hint (the hardware number) is left out, so
    numbers are canonical.  ``affinity``: one for each (-EINVAL if one has no CPU).  A managed line begins shut down: nobody
    has started it yet.
    """
    if count < 1 or (irq >= 0 and start > irq):
        return -EINVAL
    taken = {key[0] for key in k.world.keys(IrqDesc)}
    base = irq if irq >= 0 else max(start, 1)
    while any(base + i in taken for i in range(count)):
        if irq >= 0:
            return -EEXIST
        base += 1
    if not all(mask for mask, _ in affinity):
        return -EINVAL
    for i in range(count):
        k.world.new(IrqDesc, base + i, owner=owner)
        mask, managed = affinity[i] if affinity else (cpu_possible_mask(k), False)
        flags = (IRQD_AFFINITY_SET if affinity else 0) | (IRQD_AFFINITY_MANAGED | IRQD_MANAGED_SHUTDOWN if managed else 0)
        k.world.new(IrqData, base + i, affinity=mask, flags=flags)
    return base


@atomic
def irq_alloc_desc(k: Kernel, affinity: tuple[AffinityDesc, ...] = ()) -> int:
    """``irq_alloc_desc()``: the lowest free number from 1 on."""
    return irq_alloc_descs(k, -1, 1, affinity=affinity)


@atomic
def irq_free_descs(k: Kernel, irq: int, count: int) -> None:
    """``irq_free_descs()``."""
    for i in range(count):
        k.world.drop(k.world.at(IrqDesc, irq + i))
        k.world.drop(k.world.at(IrqData, irq + i))


@atomic
def irq_free_desc(k: Kernel, irq: int) -> None:
    """``irq_free_desc()``."""
    irq_free_descs(k, irq, 1)


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
    """``handle_irq_desc()``: runs the flow handler.  Hard interrupt context, which some lines insist on (-EPERM)."""
    if desc is None:
        return -EINVAL
    if _enforced(desc) and not in_hardirq(k):
        k.warn(f"handle_irq_desc: irq {desc.irq} is to be handled in a hard interrupt")
        return -EPERM
    flow = flow_handler(desc)
    flow(k, desc)
    return 0


@atomic
def _enforced(desc: IrqDesc) -> bool:
    """``handle_enforce_irqctx()``."""
    return bool(desc.irq_data.flags & IRQD_HANDLE_ENFORCE_IRQCTX)


@kernel
def generic_handle_irq(k: Kernel, irq: int) -> int:
    """``generic_handle_irq()``: 0, or -EINVAL for a number without descriptor.  Hard interrupt context."""
    return handle_irq_desc(k, irq_to_desc(k, irq))


@kernel
def generic_handle_irq_safe(k: Kernel, irq: int) -> int:
    """``generic_handle_irq_safe()``: from any context; interrupts are off meanwhile."""
    flags = local_irq_save(k)
    error = handle_irq_desc(k, irq_to_desc(k, irq))
    local_irq_restore(k, flags)
    return error


@atomic
def flow_handler(desc: IrqDesc) -> Callable[..., Any]:
    """``desc->handle_irq``."""
    return desc.handle_irq
