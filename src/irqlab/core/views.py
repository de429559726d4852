"""What the tree's own core believes, as the Records the rest of irqlab reads: descriptors and domains out of its memory.

The memory is the truth; whenever compiled code has stopped, what it has stored to is looked at again.  The Records are
the model's own (:class:`~irqlab.kernel.irq.desc.IrqDesc` …), so rules, observations and traces ask the same questions of
either core.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from irqlab.guest.chips import chip_at
from irqlab.guest.devices import device_at
from irqlab.guest.domainops import ops_at
from irqlab.guest.memory import LINE, Fault
from irqlab.guest.objects import node_at
from irqlab.kernel.irq.desc import IrqAction, IrqData, IrqDesc
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.irq.flags import IRQ_DISABLE_UNLAZY, IRQ_NOAUTOEN, IRQ_NOREQUEST
from irqlab.kernel.irq.state import irqd_state, set_irqd_state
from irqlab.state import Record

if TYPE_CHECKING:
    from irqlab.core.guest import CoreGuest

#: ``IRQS_*`` of ``desc->istate`` that have a field (``kernel/irq/internals.h``).
_ISTATE = (
    (0x20, "oneshot"),
    (0x40, "replay"),
    (0x200, "pending"),
    (0x800, "suspended"),
    (0x2000, "nmi"),
    (0x2, "spurious_disabled"),
)
#: Settings that have one.
_SETTINGS = ((IRQ_NOREQUEST, "norequest"), (IRQ_NOAUTOEN, "noautoen"), (IRQ_DISABLE_UNLAZY, "disable_unlazy"))

#: A list of actions is followed so far.
_ACTIONS = 32


class DescView(Record, counted=True):
    """A ``struct irq_desc``.  Key: its address.

    :ivar irq: its number; 0 before it has one and after it has gone.
    :ivar gone: ``free_desc()`` has begun: the memory is left until a grace period has passed.
    :ivar domain: ``irq_data.domain`` as it was last seen: a pointer that stays says nothing new, and may dangle by now.
    """

    irq: int = 0
    gone: bool = False
    domain: int = 0


class DomainView(Record, counted=True):
    """A ``struct irq_domain``.  Key: its address."""

    domain: IrqDomain


class Struct:
    """A struct in memory, read in one piece."""

    def __init__(self, g: CoreGuest, name: str, address: int) -> None:
        self.g, self.name, self.address = g, name, address
        content = g.memory.load(address, g.image.types.size(name))
        self.content = b"" if isinstance(content, Fault) else content

    def get(self, path: str) -> int:
        """A field as an unsigned number.

        :raises GuestError: this kernel has none of that name.
        """
        at, member = self.g.image.types.offset(self.name, path), self.g.image.types.member(self.name, path)
        assert member is not None
        return int.from_bytes(self.content[at : at + member.size], "little")

    def at(self, path: str) -> int:
        """Where a field lies."""
        return self.address + self.g.image.types.offset(self.name, path)


def _set(record: Any, name: str, value: Any) -> bool:
    """Sets a field to what it is; whether it was anything else."""
    if getattr(record, name) == value:
        return False
    setattr(record, name, value)
    return True


def look(g: CoreGuest) -> None:
    """Looks at every descriptor and domain that something was stored to."""
    stored = g.memory.stored_lines()
    if not stored:
        return
    touched, g.world.touches = g.world.touches, 0
    desc, domain = g.image.types.size("irq_desc"), g.image.types.size("irq_domain")
    for seen in g.world.all(DomainView):
        if _overlaps(stored, int(seen.key[0]), domain):
            _domain(g, seen)
    for view in g.world.all(DescView):
        if not view.gone and _overlaps(stored, int(view.key[0]), desc):
            _desc(g, view)
    g.world.touches = touched


def _overlaps(stored: set[int], address: int, size: int) -> bool:
    return any(number in stored for number in range(address // LINE, (address + size - 1) // LINE + 1))


# -- descriptors -------------------------------------------------------------------------------------------------------


def _desc(g: CoreGuest, view: DescView) -> None:
    memory = Struct(g, "irq_desc", int(view.key[0]))
    irq = memory.get("irq_data.irq")
    if not irq:
        return
    desc, data = g.world.at(IrqDesc, irq), g.world.at(IrqData, irq)
    if not desc.exists:
        view.irq = irq
        g.world.new(IrqDesc, irq)
        g.world.new(IrqData, irq)
    for address in _counters(memory):
        g.memory.only_counts(address, 4)
    if _set(desc, "depth", memory.get("depth")):
        g.world.trace("depth", irq=irq, depth=desc.depth)
    _set(desc, "wake_depth", memory.get("wake_depth"))
    _set(desc, "threads_active", memory.get("threads_active"))
    _set(desc, "threads_oneshot", memory.get("threads_oneshot"))
    _set(desc, "parent_irq", memory.get("parent_irq"))
    _set(desc, "name", g.known_text(memory.get("name")))
    settings, istate = memory.get("status_use_accessors"), memory.get("core_internal_state__do_not_mess_with_it")
    _set(desc, "settings", settings)
    for bit, name in _SETTINGS:
        _set(desc, name, bool(settings & bit))
    for bit, name in _ISTATE:
        _set(desc, name, bool(istate & bit))
    _set(data, "hwirq", memory.get("irq_data.hwirq"))
    _set(data, "chip", chip_at(g, memory.get("irq_data.chip")))
    g.watch_chip(memory.get("irq_data.chip"))
    _set(data, "chip_data", memory.get("irq_data.chip_data") or None)
    if _set(view, "domain", memory.get("irq_data.domain")):
        _set(data, "domain", domain_at(g, view.domain))
    _state(g, data, memory.get("irq_common_data.state_use_accessors"))
    _actions(g, desc, memory.get("action"))


def _counters(memory: Struct) -> tuple[int, ...]:
    """Where the numbers are that only count: how often the line fired, and how often its threads have handled it."""
    counters = [memory.at(name) for name in ("tot_count", "threads_handled")]
    return (*counters, *((memory.get("kstat_irqs"),) if memory.get("kstat_irqs") else ()))


def _state(g: CoreGuest, data: IrqData, state: int) -> None:
    """``irqd`` state; changes of what the core believes are told."""
    if irqd_state(data) == state:
        return
    masked, disabled = data.masked, data.disabled
    set_irqd_state(data, state)
    if data.masked is not masked:
        g.world.trace("belief", irq=data.irq, masked=data.masked)
    if data.disabled is not disabled:
        g.world.trace("belief", irq=data.irq, disabled=data.disabled)


def _actions(g: CoreGuest, desc: IrqDesc, address: int) -> None:
    """``desc->action`` and what hangs on it."""
    found: list[IrqAction] = []
    chained = g.image.symbols.get("chained_action", 0)
    known = {action.name for action in desc.actions}
    while address and len(found) < _ACTIONS:
        memory = Struct(g, "irqaction", address)
        action = g.world.at(IrqAction, desc.irq, len(found))
        if not action.exists:
            g.world.new(IrqAction, desc.irq, len(found), handler=None)
        _set(action, "chained", address == chained)
        _set(action, "name", g.known_text(memory.get("name")))
        _set(action, "dev_id", g.pointed.get(memory.get("dev_id") or memory.get("percpu_dev_id")))
        _set(action, "flags", memory.get("flags"))
        _set(action, "thread_mask", memory.get("thread_mask"))
        _set(action, "thread", bool(memory.get("thread")))
        found.append(action)
        address = memory.get("next")
    for action in desc.actions[len(found) :]:
        g.world.drop(action)
    _set(desc, "actions", tuple(found))
    names = {action.name for action in found}
    for name in sorted(known ^ names):
        g.world.trace("action", irq=desc.irq, name=name, added=name in names)


def gone(g: CoreGuest, irq: int) -> None:
    """``free_desc()``: nobody finds the descriptor any more."""
    for view in g.world.all(DescView):
        if view.irq == irq:
            view.irq, view.gone = 0, True
            for action in g.world.at(IrqDesc, irq).actions:
                g.world.drop(action)
            g.world.drop(g.world.at(IrqDesc, irq))
            g.world.drop(g.world.at(IrqData, irq))


def desc_view(g: CoreGuest, address: int) -> DescView | None:
    """The descriptor at an address; None for anything else."""
    view = g.world.at(DescView, address)
    return view if view.exists and view.irq else None


# -- domains -----------------------------------------------------------------------------------------------------------


def domain_at(g: CoreGuest, address: int) -> IrqDomain | None:
    """The domain behind a ``struct irq_domain *``; None for NULL and where there is none any more."""
    if not address:
        return None
    view = g.world.at(DomainView, address)
    if not view.exists:
        if g.memory.size_of(address) < g.image.types.size("irq_domain"):
            return None
        _new_domain(g, address)
    return view.domain


def _new_domain(g: CoreGuest, address: int) -> None:
    memory = Struct(g, "irq_domain", address)
    node = node_at(g, memory.get("fwnode"))
    name = g.node_name(node) if node is not None else g.known_text(memory.get("name"))
    number = 0
    while g.world.at(IrqDomain, name, number).exists:
        number += 1
    domain = g.world.new(IrqDomain, name, number, ops=ops_at(g, memory.get("ops")))
    g.world.new(DomainView, address, domain=domain)
    _domain(g, g.world.at(DomainView, address))


def _domain(g: CoreGuest, view: DomainView) -> None:
    memory, domain = Struct(g, "irq_domain", int(view.key[0])), view.domain
    _set(domain, "name", g.known_text(memory.get("name")))
    _set(domain, "flags", memory.get("flags"))
    _set(domain, "size", memory.get("revmap_size"))
    _set(domain, "bus_token", memory.get("bus_token"))
    _set(domain, "parent", domain_at(g, memory.get("parent")))
    power = "pm_dev" if g.image.types.member("irq_domain", "pm_dev") is not None else "dev"
    device = device_at(g, memory.get(power)) if memory.get(power) else None
    if _set(domain, "pm_dev", device):
        g.world.trace("pm-device", domain=str(domain.key[0]), device=device.name if device is not None else "")


def released(g: CoreGuest, address: int) -> None:
    """Memory goes: what was a descriptor or a domain there is none any more."""
    view, seen = g.world.at(DescView, address), g.world.at(DomainView, address)
    if view.exists:
        if view.irq:
            gone(g, view.irq)
        g.world.drop(view)
    if seen.exists:
        g.world.drop(seen.domain)
        g.world.drop(seen)
