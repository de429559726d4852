"""Interrupts as compiled code sees them: ``struct irq_desc``, ``irq_data``, ``irq_domain``, ``irq_chip``, and masks of CPUs.

Tests: ``tests/guest/test_irqobjects.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.guest import kept
from irqlab.guest.chips import callback_gate, chip_at, chip_pointer
from irqlab.guest.domainops import ops_pointer
from irqlab.guest.flows import flow_at, flow_pointer
from irqlab.guest.fwnodes import fwnode_named, made_up_name, made_up_number
from irqlab.guest.mirror import REGION, Field, Mirror
from irqlab.guest.objects import CHIP, CPUMASK, DESC, DOMAIN, PARENT, device_at, handle, pointer
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, ParentIrqData, desc_lock
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.irq.state import irqd_state, set_irqd_state
from irqlab.kernel.locking import Lock

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest

#: Bytes between two objects of a region.
_DESC, _PARENT, _DOMAIN, _CHIP, _CPUMASK = 0x400, 0x80, 0x400, 0x400, 0x80

#: How many descriptors a guest can see, how many levels behind each, and how many domains of one node.
_DESCS, _LEVELS, _DOMAINS = REGION // _DESC, 8, 8

#: Masks of CPUs of a descriptor, in this order.
_AFFINITY, _EFFECTIVE = range(2)


def _mirror(g: Guest, region: int) -> Mirror:
    return g.mirrors.by_region[region]


def _place(g: Guest, region: int, address: int, stride: int) -> int | None:
    """The index of the object of a region that an address is in; None outside the region."""
    offset = address - _mirror(g, region).base
    return offset // stride if 0 <= offset < REGION else None


# -- descriptors -------------------------------------------------------------------------------------------------------


def desc_pointer(g: Guest, desc: IrqDesc) -> int:
    """``struct irq_desc *``."""
    return _mirror(g, DESC).base + _numbered(g, desc.irq) * _DESC


def _numbered(g: Guest, irq: int) -> int:
    if not 0 <= irq < _DESCS:
        g.unknown(f"interrupt number {irq}: a compiled driver can see {_DESCS}")
    return irq


def desc_at(g: Guest, address: int) -> IrqDesc | None:
    """The descriptor behind a ``struct irq_desc *``; None for NULL and what is none."""
    irq = _place(g, DESC, address, _DESC)
    return g.world.at(IrqDesc, irq) if irq is not None else None


def _data_offset(g: Guest) -> int:
    return g.image.types.offset("irq_desc", "irq_data") if g.image.types.has("irq_desc") else 0x200


def _common_offset(g: Guest) -> int:
    return g.image.types.offset("irq_desc", "irq_common_data") if g.image.types.has("irq_desc") else 0x300


def data_pointer(g: Guest, d: IrqData) -> int:
    """``struct irq_data *``: inside the descriptor; for a parent's in a region of their own."""
    irq = _numbered(g, int(d.key[0]))
    if isinstance(d, ParentIrqData):
        level = int(d.key[1])
        if level > _LEVELS:
            g.unknown(f"interrupt {irq} goes through more than {_LEVELS + 1} chips")
        return _mirror(g, PARENT).base + (irq * _LEVELS + level - 1) * _PARENT
    return _mirror(g, DESC).base + irq * _DESC + _data_offset(g)


def data_at(g: Guest, address: int) -> IrqData | None:
    """What is behind a ``struct irq_data *``; None for NULL and what is none."""
    irq = _place(g, DESC, address, _DESC)
    if irq is not None:
        return g.world.at(IrqData, irq)
    index = _place(g, PARENT, address, _PARENT)
    return _parent(g, index) if index is not None else None


def lock_of(g: Guest, address: int) -> Lock | None:
    """``desc->lock`` at its address in a descriptor; None for what is no descriptor's."""
    irq = _place(g, DESC, address, _DESC)
    if irq is None or not g.image.types.has("irq_desc"):
        return None
    here = _mirror(g, DESC).base + irq * _DESC + g.image.types.offset("irq_desc", "lock")
    return desc_lock(g.k, g.world.at(IrqDesc, irq)) if address == here else None


def _irq(g: Guest, index: int) -> IrqDesc | None:
    return g.world.at(IrqDesc, index) if index else None


def _parent(g: Guest, index: int) -> ParentIrqData:
    return g.world.at(ParentIrqData, index // _LEVELS, index % _LEVELS + 1)


def _there(g: Guest, record: Any) -> bool:
    return bool(record.exists)


def irq_pointer(g: Guest, record: Any) -> int | None:
    """The pointer to a Record of this module; None for any other."""
    if isinstance(record, IrqDesc):
        return desc_pointer(g, record)
    if isinstance(record, IrqData):
        return data_pointer(g, record)
    return domain_pointer(g, record) if isinstance(record, IrqDomain) else None


# -- domains -----------------------------------------------------------------------------------------------------------


def domain_pointer(g: Guest, domain: IrqDomain) -> int:
    """``struct irq_domain *``."""
    return _mirror(g, DOMAIN).base + _domain_index(g, domain) * _DOMAIN


def domain_at(g: Guest, address: int) -> IrqDomain | None:
    """The domain behind a ``struct irq_domain *``; None for NULL and what is none."""
    index = _place(g, DOMAIN, address, _DOMAIN)
    return _domain(g, index) if index is not None else None


def _domain(g: Guest, index: int) -> IrqDomain | None:
    node, number = divmod(index, _DOMAINS)
    if node < len(g.domain_nodes):
        return g.world.at(IrqDomain, g.domain_nodes[node], number)
    name = made_up_name(g.k, node - len(g.domain_nodes))
    return g.world.at(IrqDomain, name, number) if name else None


def _domain_index(g: Guest, domain: IrqDomain) -> int:
    name, number = str(domain.key[0]), int(domain.key[1])
    if name in g.domain_nodes:
        node = g.domain_node(name)
    else:
        made_up = made_up_number(g.k, name)
        if made_up < 0:
            g.unknown(f"a domain of {name}, which is no node that a compiled driver can see")
        node = len(g.domain_nodes) + made_up
    index = node * _DOMAINS + number
    if number >= _DOMAINS or index >= REGION // _DOMAIN:
        g.unknown(f"domain {number} of {name}: a compiled driver can see {_DOMAINS} of {REGION // _DOMAIN // _DOMAINS} nodes")
    return index


# -- fields ------------------------------------------------------------------------------------------------------------


def _constant(value: int) -> Any:
    return lambda g, record: value


def _assign(name: str) -> Any:
    def write(g: Guest, record: Any, value: int) -> None:
        setattr(record, name, value)

    return write


def _pointed(name: str) -> Any:
    """Writes a ``void *``."""

    def write(g: Guest, record: Any, value: int) -> None:
        setattr(record, name, value or None)

    return write


def _set_chip(g: Guest, d: IrqData, value: int) -> None:
    d.chip = chip_at(g, value)


def _set_handler(g: Guest, desc: IrqDesc, value: int) -> None:
    desc.handle_irq = flow_at(g, value)


def _set_name(g: Guest, record: Any, value: int) -> None:
    record.name = g.text(value) if value else ""


def _set_pm_dev(g: Guest, domain: IrqDomain, value: int) -> None:
    device = device_at(g, value)
    domain.pm_dev = device
    g.world.trace("pm-device", domain=str(domain.key[0]), device=device.name if device is not None else "")


def _root(g: Guest, domain: IrqDomain) -> int:
    while domain.parent is not None:
        domain = domain.parent
    return domain_pointer(g, domain)


_DATA = (
    Field("mask", lambda g, d: d.mask, _assign("mask")),
    Field("irq", lambda g, d: int(d.key[0])),
    Field("hwirq", lambda g, d: d.hwirq, _assign("hwirq")),
    Field("common", lambda g, d: desc_pointer(g, d.desc) + _common_offset(g)),
    Field("chip", lambda g, d: chip_pointer(g, d.chip), _set_chip),
    Field("domain", lambda g, d: domain_pointer(g, d.domain) if d.domain is not None else 0),
    Field("parent_data", lambda g, d: data_pointer(g, d.parent_data) if d.parent_data is not None else 0),
    Field("chip_data", lambda g, d: pointer(g, d.chip_data), _pointed("chip_data")),
)


def _of_desc(fields: tuple[Field, ...]) -> tuple[Field, ...]:
    """The fields of a descriptor's ``irq_data``, reached from the descriptor."""

    def reading(field: Field) -> Callable[[Guest, Any], int]:
        return lambda g, desc: field.get(g, desc.irq_data)

    def writing(field: Field) -> Callable[[Guest, Any, int], None] | None:
        put = field.set
        return (lambda g, desc, value: put(g, desc.irq_data, value)) if put is not None else None

    return tuple(Field(field.path, reading(field), writing(field)) for field in fields)


_DESC_FIELDS = (
    Field("handle_irq", lambda g, desc: flow_pointer(g, desc.handle_irq), _set_handler),
    Field("depth", lambda g, desc: desc.depth),
    Field("wake_depth", lambda g, desc: desc.wake_depth),
    Field("action", lambda g, desc: handle(g, f"irqaction {desc.irq}") if desc.actions else 0),
    Field("name", lambda g, desc: g.intern(desc.name) if desc.name else 0, _set_name),
    Field("parent_irq", lambda g, desc: desc.parent_irq, _assign("parent_irq")),
)

_CHIP_FIELDS = (
    Field("name", lambda g, chip: g.intern(chip.name)),
    Field("flags", lambda g, chip: chip.flags),
)


def _common_fields(g: Guest) -> tuple[Field, ...]:
    """``struct irq_common_data``: where masks of CPUs are kept apart (``CONFIG_CPUMASK_OFFSTACK``) they are pointers."""

    def mask(name: str, which: int, get: Any, put: Any) -> Field:
        member = g.image.types.member("irq_common_data", name)
        if member is not None and member.pointer:
            return Field(name, lambda g, desc: _mirror(g, CPUMASK).base + (desc.irq * 2 + which) * _CPUMASK)
        return Field(name, get, put)

    return (
        Field(
            "state_use_accessors",
            lambda g, desc: irqd_state(desc.irq_data),
            lambda g, desc, value: set_irqd_state(desc.irq_data, value),
        ),
        Field("handler_data", lambda g, desc: pointer(g, desc.handler_data), _pointed("handler_data")),
        Field("node", _constant(0)),
        Field("msi_desc", _constant(0)),
        mask("affinity", _AFFINITY, _affinity, None),
        mask("effective_affinity", _EFFECTIVE, _effective, _set_effective),
    )


def _affinity(g: Guest, desc: IrqDesc) -> int:
    return desc.irq_data.affinity


def _effective(g: Guest, desc: IrqDesc) -> int:
    return desc.irq_data.effective_affinity


def _set_effective(g: Guest, desc: IrqDesc, value: int) -> None:
    desc.irq_data.effective_affinity = value


def _domain_fields(g: Guest) -> tuple[Field, ...]:
    """``struct irq_domain``; its ``dev`` is the device behind the interrupts as long as there is no ``pm_dev`` (up to 6.1)."""
    power = "pm_dev" if g.image.types.member("irq_domain", "pm_dev") is not None else "dev"
    return (
        Field("name", lambda g, domain: g.intern(domain.name), _set_name),
        Field("ops", lambda g, domain: ops_pointer(g, domain.ops)),
        Field("host_data", lambda g, domain: pointer(g, domain.host_data), _pointed("host_data")),
        Field("flags", lambda g, domain: domain.flags, _assign("flags")),
        Field("mapcount", lambda g, domain: len(domain.revmap)),
        Field("root", _root),
        Field("fwnode", lambda g, domain: fwnode_named(g, str(domain.key[0]))),
        Field("bus_token", lambda g, domain: domain.bus_token, _assign("bus_token")),
        Field(power, lambda g, domain: pointer(g, domain.pm_dev), _set_pm_dev),
        *((kept.field("irq_domain", "dev"),) if power != "dev" else ()),
        Field("parent", lambda g, domain: domain_pointer(g, domain.parent) if domain.parent is not None else 0),
        Field("hwirq_max", lambda g, domain: domain.hwirq_max, _assign("hwirq_max")),
        Field("revmap_size", lambda g, domain: domain.size),
        kept.field("irq_domain", "gc"),
        kept.field("irq_domain", "msi_parent_ops"),
    )


# -- chips of the kernel's own -----------------------------------------------------------------------------------------


def kernel_chip_pointer(g: Guest, chip: IrqChip) -> int:
    """``struct irq_chip *`` of a chip of the kernel's own."""
    if chip not in g.kernel_chips:
        g.kernel_chips.append(chip)
    return _mirror(g, CHIP).base + g.kernel_chips.index(chip) * _CHIP


def kernel_chip_at(g: Guest, address: int) -> IrqChip | None:
    """The same back; None if it is none of the kernel's."""
    index = _place(g, CHIP, address, _CHIP)
    return _kernel_chip(g, index) if index is not None else None


def _kernel_chip(g: Guest, index: int) -> IrqChip | None:
    return g.kernel_chips[index] if index < len(g.kernel_chips) else None


def _chip_callback(name: str) -> Field:
    return Field(name, lambda g, chip: callback_gate(g, chip, name) if chip.has(name) else 0)


# -- all of it ---------------------------------------------------------------------------------------------------------


def irq_mirrors(g: Guest) -> tuple[Mirror, ...]:
    """The mirrors of this module."""
    own = (("irq_desc", 0),) if g.image.types.has("irq_desc") else ()
    callbacks = tuple(_chip_callback(name) for name in IrqChip.CALLBACKS)
    return (
        Mirror(
            "irq_desc",
            DESC,
            _DESC,
            lambda g, desc: desc.irq,
            _irq,
            _there,
            (*own, ("irq_data", _data_offset(g)), ("irq_common_data", _common_offset(g))),
            {"irq_desc": _DESC_FIELDS, "irq_data": _of_desc(_DATA), "irq_common_data": _common_fields(g)},
        ),
        Mirror(
            "irq_data",
            PARENT,
            _PARENT,
            lambda g, d: d.irq * _LEVELS + int(d.key[1]) - 1,
            _parent,
            _there,
            (("irq_data", 0),),
            {"irq_data": _DATA},
        ),
        Mirror(
            "irq_domain",
            DOMAIN,
            _DOMAIN,
            _domain_index,
            _domain,
            _there,
            (("irq_domain", 0),),
            {"irq_domain": _domain_fields(g)},
        ),
        Mirror(
            "irq_chip",
            CHIP,
            _CHIP,
            lambda g, chip: g.kernel_chips.index(chip),
            _kernel_chip,
            lambda g, chip: True,
            (("irq_chip", 0),),
            {"irq_chip": (*_CHIP_FIELDS, *callbacks)},
        ),
        Mirror(
            "cpumask",
            CPUMASK,
            _CPUMASK,
            lambda g, mask: mask[0].irq * 2 + mask[1],
            lambda g, index: (g.world.at(IrqDesc, index // 2), index % 2),
            lambda g, mask: bool(mask[0].exists),
            (("cpumask", 0),),
            {"cpumask": (Field("bits", _mask, _set_mask),)},
        ),
    )


def _mask(g: Guest, mask: tuple[IrqDesc, int]) -> int:
    desc, which = mask
    return _effective(g, desc) if which == _EFFECTIVE else _affinity(g, desc)


def _set_mask(g: Guest, mask: tuple[IrqDesc, int], value: int) -> None:
    desc, which = mask
    if which != _EFFECTIVE:
        g.unknown(f"a write of the affinity of interrupt {desc.irq}")
    _set_effective(g, desc, value)
