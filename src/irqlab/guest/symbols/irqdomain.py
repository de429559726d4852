"""``kernel/irq/irqdomain.c``: domains and mappings; translation called by drivers themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.guest import kept
from irqlab.guest.ctypes import Dev, Domain, Ops, OptDomain, OptNode, Owner, Spec, err_ptr
from irqlab.guest.domainops import ops_at
from irqlab.guest.exports import Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.fwnodes import drop_fwnode, fwnode_name, new_fwnode
from irqlab.guest.guest import VOID, Guest
from irqlab.guest.irqobjects import domain_at, domain_pointer, irq_pointer
from irqlab.guest.symbols.slab import kfree, kmalloc
from irqlab.kernel.device import devm_add_action
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import desc as descs
from irqlab.kernel.irq import domain as domains
from irqlab.kernel.irq import mapping, translate
from irqlab.kernel.irq.domain import IrqDomain, Translated
from irqlab.kernel.irq.flags import IRQ_DOMAIN_FLAG_DESTROY_GC
from irqlab.kernel.kernel import Kernel
from irqlab.state import atomic, kernel

#: ``IRQCHIP_FWNODE_*``.
_REAL, _NAMED, _NAMED_ID = range(3)


# -- making and removing -----------------------------------------------------------------------------------------------


@export("irq_domain_instantiate")
def _irq_domain_instantiate(g: Guest, info: Ptr) -> Ptr:
    made = instantiate(g, info)
    return err_ptr(g, made) if isinstance(made, int) else domain_pointer(g, made)


@export("devm_irq_domain_instantiate")
def _devm_irq_domain_instantiate(g: Guest, dev: Dev, info: Ptr) -> Ptr:
    made = instantiate(g, info)
    if isinstance(made, int):
        return err_ptr(g, made)
    devm_add_action(g.k, dev, remove_action, made)
    return domain_pointer(g, made)


def instantiate(g: Guest, info: int) -> IrqDomain | int:
    """``irq_domain_instantiate()`` of a ``struct irq_domain_info``: the domain, or a negative errno."""

    def field(name: str) -> int:
        return g.field(info, "irq_domain_info", name)

    suffix = field("name_suffix")
    return domains.irq_domain_instantiate(
        g.k,
        fwnode_name(g, field("fwnode")),
        ops_at(g, field("ops")),
        field("host_data") or None,
        size=field("size"),
        hwirq_max=field("hwirq_max"),
        flags=field("domain_flags"),
        bus_token=field("bus_token"),
        name_suffix=g.text(suffix) if suffix else "",
        parent=domain_at(g, field("parent")) if field("parent") else None,
        virq_base=field("virq_base"),
        hwirq_base=field("hwirq_base"),
        init=_beginning(g, field("dgc_info"), field("init")),
        exit=_ending(g, field("dgc_info"), field("exit")),
    )


def _beginning(g: Guest, generic: int, init: int) -> Callable[..., Any] | None:
    """What is done to a new domain before it is found: its generic chips, then the driver's ``init``, which may refuse it."""
    if not generic and not init:
        return None

    def run(k: Kernel, domain: IrqDomain) -> int:
        here = domain_pointer(g, domain)
        error = int(g.function(_linked(g, "irq_domain_alloc_generic_chips"))(k, here, generic)) if generic else 0
        if not error and init:
            error = int(g.function(init)(k, here))
            if error and generic:
                g.function(_linked(g, "irq_domain_remove_generic_chips"), VOID)(k, here)
        if error:
            kept.forget(k, "irq_domain", domain)
        return error

    return g.named(run, instantiate)


def _ending(g: Guest, generic: int, function: int) -> Callable[..., Any] | None:
    """What is done to a domain that goes: the driver's ``exit``, then its generic chips if they shall go with it."""
    if not generic and not function:
        return None
    key = ("domain exit", function)
    if key not in g.statics:

        def run(k: Kernel, domain: IrqDomain) -> None:
            here = domain_pointer(g, domain)
            if function:
                g.function(function, VOID)(k, here)
            if _chips_go(k, domain):
                g.function(_linked(g, "irq_domain_remove_generic_chips"), VOID)(k, here)

        g.statics[key] = g.named(run, g.function(function, VOID) if function else remove)
    found = g.statics[key]
    assert callable(found)
    return found


@atomic
def _chips_go(k: Kernel, domain: IrqDomain) -> bool:
    return bool(domain.flags & IRQ_DOMAIN_FLAG_DESTROY_GC) and bool(kept.value(k, "irq_domain", "gc", domain))


def _linked(g: Guest, name: str) -> int:
    """A function of the kernel's that is linked beside the driver."""
    address = g.image.symbols.get(name, 0)
    if not address or address in g.image.by_address:
        g.unknown(f"{name}(), which is not linked beside the driver")
    return address


def remove(g: Guest, domain: IrqDomain) -> None:
    """``irq_domain_remove()``, and what is kept of the domain for compiled code."""
    domains.irq_domain_remove(g.k, domain)
    kept.forget(g.k, "irq_domain", domain)


@kernel
def remove_action(k: Kernel, domain: IrqDomain) -> None:
    """What ``devm_irq_domain_instantiate()`` leaves to be done."""
    remove(k.guest, domain)


@export("irq_domain_remove")
def _irq_domain_remove(g: Guest, domain: Domain) -> None:
    remove(g, domain)


@export("__irq_domain_add")
def _irq_domain_add(g: Guest, owner: Owner, size: UInt, hwirq_max: ULong, direct_max: Int, ops: Ops, host_data: Ptr) -> OptDomain:
    """What ``irq_domain_add_linear()``, ``_tree()`` and ``_create_linear()`` were until v6.11."""
    if direct_max:
        g.unknown("irq_domain_add_nomap(): a domain without a map")
    made = domains.irq_domain_instantiate(g.k, owner, ops, host_data or None, size=size, hwirq_max=hwirq_max)
    return None if isinstance(made, int) else made


@export("irq_domain_create_simple")
def _irq_domain_create_simple(g: Guest, owner: Owner, size: UInt, first_irq: UInt, ops: Ops, host_data: Ptr) -> OptDomain:
    return domains.irq_domain_create_simple(g.k, owner, size, first_irq, ops, host_data or None)


@export("irq_domain_create_legacy")
def _irq_domain_create_legacy(
    g: Guest, owner: Owner, size: UInt, first_irq: UInt, first_hwirq: ULong, ops: Ops, host_data: Ptr
) -> OptDomain:
    return domains.irq_domain_create_legacy(g.k, owner, size, first_irq, first_hwirq, ops, host_data or None)


@export("irq_domain_add_legacy")
def _irq_domain_add_legacy(
    g: Guest, node: OptNode, size: UInt, first_irq: UInt, first_hwirq: ULong, ops: Ops, host_data: Ptr
) -> OptDomain:
    owner = g.node_name(node) if node is not None else ""
    return domains.irq_domain_create_legacy(g.k, owner, size, first_irq, first_hwirq, ops, host_data or None)


@export("irq_domain_update_bus_token")
def _irq_domain_update_bus_token(g: Guest, domain: Domain, bus_token: UInt) -> None:
    domains.irq_domain_update_bus_token(g.k, domain, bus_token)


# -- who owns a domain ---------------------------------------------------------------------------------------------------


@export("__irq_domain_alloc_fwnode")
def _irq_domain_alloc_fwnode(g: Guest, type_: UInt, number: Int, name: Text, physical: Ptr) -> Ptr:
    size = g.image.types.size("fwnode_handle") if g.image.types.has("fwnode_handle") else 8 * g.abi.word
    address = kmalloc(g, size, 0, "irq_domain_alloc_fwnode", zero=True)
    if not address:
        return 0
    told = name if type_ == _NAMED else f"{name}-{number}" if type_ == _NAMED_ID else f"irqchip@{g.number(physical, 8):#018x}"
    new_fwnode(g.k, address, told)
    g.set_field(address, "fwnode_handle", "ops", g.image.symbols.get("irqchip_fwnode_ops", 0))
    return address


@export("irq_domain_free_fwnode")
def _irq_domain_free_fwnode(g: Guest, fwnode: Ptr) -> None:
    if not fwnode:
        return
    if drop_fwnode(g.k, fwnode):
        kfree(g, fwnode)
    else:
        g.k.warn("irq_domain_free_fwnode: !is_fwnode_irqchip(fwnode)")


# -- finding -------------------------------------------------------------------------------------------------------------


@export("irq_find_matching_fwspec")
def _irq_find_matching_fwspec(g: Guest, fwspec: Spec, bus_token: UInt) -> OptDomain:
    return domains.irq_find_matching_fwspec(g.k, fwspec, bus_token)


@export("irq_set_default_host", "irq_set_default_domain")
def _irq_set_default_host(g: Guest, domain: OptDomain) -> None:
    domains.irq_set_default_host(g.k, domain)


@export("irq_get_default_host", "irq_get_default_domain")
def _irq_get_default_host(g: Guest) -> OptDomain:
    return domains.irq_get_default_host(g.k)


@export("__irq_resolve_mapping")
def _irq_resolve_mapping(g: Guest, domain: OptDomain, hwirq: ULong, irq: Ptr) -> Ptr:
    found = mapping.irq_find_mapping(g.k, domain, hwirq)
    desc = descs.irq_to_desc(g.k, found) if found else None
    if desc is None:
        return 0
    if irq:
        g.set_number(irq, found, 4)
    return irq_pointer(g, desc) or 0


# -- mapping -------------------------------------------------------------------------------------------------------------


@export("irq_domain_associate")
def _irq_domain_associate(g: Guest, domain: Domain, irq: UInt, hwirq: ULong) -> Int:
    return mapping.irq_domain_associate(g.k, domain, irq, hwirq)


@export("irq_domain_associate_many")
def _irq_domain_associate_many(g: Guest, domain: Domain, irq_base: UInt, hwirq_base: ULong, count: Int) -> None:
    mapping.irq_domain_associate_many(g.k, domain, irq_base, hwirq_base, count)


@export("irq_create_mapping_affinity")
def _irq_create_mapping_affinity(g: Guest, domain: OptDomain, hwirq: ULong, affinity: Ptr) -> UInt:
    if affinity:
        g.unknown("irq_create_mapping_affinity() with a struct irq_affinity_desc")
    return mapping.irq_create_mapping_affinity(g.k, domain, hwirq)


@export("irq_create_fwspec_mapping")
def _irq_create_fwspec_mapping(g: Guest, fwspec: Spec) -> UInt:
    return mapping.irq_create_fwspec_mapping(g.k, fwspec)


@export("irq_dispose_mapping")
def _irq_dispose_mapping(g: Guest, irq: UInt) -> None:
    mapping.irq_dispose_mapping(g.k, irq)


# -- translating -----------------------------------------------------------------------------------------------------------


def _tell(g: Guest, found: Translated, hwirq: int, type_: int) -> int:
    """Writes what a translation gives into its out parameters."""
    error, number, trigger = found
    if not error:
        g.set_number(hwirq, number)
        g.set_number(type_, trigger, 4)
    return error


def _xlate(function: Callable[..., Translated]) -> Callable[..., int]:
    def run(g: Guest, domain: Domain, node: OptNode, cells: Ptr, count: UInt, hwirq: Ptr, type_: Ptr) -> Int:
        if count > 16:
            return -EINVAL
        owner = g.node_name(node) if node is not None else ""
        found = function(g.k, domain, (owner, tuple(g.number(cells + 4 * at, 4) for at in range(count))))
        return _tell(g, found, hwirq, type_)

    return run


def _translate(function: Callable[..., Translated]) -> Callable[..., int]:
    def run(g: Guest, domain: Domain, fwspec: Spec, hwirq: Ptr, type_: Ptr) -> Int:
        return _tell(g, function(g.k, domain, fwspec), hwirq, type_)

    return run


for _function in (
    translate.irq_domain_xlate_onecell,
    translate.irq_domain_xlate_twocell,
    translate.irq_domain_xlate_onetwocell,
):
    export(_function.__name__)(_xlate(_function))

for _function in (translate.irq_domain_translate_onecell, translate.irq_domain_translate_twocell):
    export(_function.__name__)(_translate(_function))
