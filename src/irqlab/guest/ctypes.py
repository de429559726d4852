"""C types of kernel objects, for the annotations of exported functions: what arrives is the Record or static itself.

A pointer that may not be NULL, and is, is the driver's NULL pointer dereference: told and an oops.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from irqlab.guest import devices, irqobjects, nodes, objects
from irqlab.guest.chips import chip_at
from irqlab.guest.domainops import fwspec_at, ops_at
from irqlab.guest.exports import _POINTER, C
from irqlab.guest.flows import flow_at
from irqlab.guest.fwnodes import fwnode_name, fwnode_named
from irqlab.guest.memory import Fault
from irqlab.kernel.device import Device
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc
from irqlab.kernel.irq.domain import Fwspec, IrqDomain, IrqDomainOps

if TYPE_CHECKING:
    from irqlab.board import Node
    from irqlab.guest.guest import Guest


def _needed(text: str, look: Callable[[Guest, int], Any]) -> C:
    def arrives(g: Guest, raw: int) -> Any:
        found = look(g, raw)
        if found is None:
            absent = devices.absent_at(g, raw)
            if absent is not None:
                g.unknown(absent.label)
            g.broken(Fault("null" if raw < 0x1000 else "wild", raw, g.abi.word, False, f"as {text}"))
        return found

    return C(text, _POINTER, 0, False, arrives)


def _optional(text: str, look: Callable[[Guest, int], Any]) -> C:
    needed = _needed(text, look).arrives
    assert needed is not None
    return C(text, _POINTER, 0, False, lambda g, raw: needed(g, raw) if raw else None, lambda g, value: objects.pointer(g, value))


def _maybe(text: str, look: Callable[[Guest, int], Any], back: Callable[[Guest, Any], int]) -> C:
    """NULL is nothing; what is neither NULL nor one of these is a wild pointer."""
    needed = _needed(text, look).arrives
    assert needed is not None
    return C(text, _POINTER, 0, False, lambda g, raw: needed(g, raw) if raw else None, back)


def named(text: str, prefix: str) -> C:
    """Something no driver looks into, by its name: a clock, a reset …; empty for NULL."""

    def arrives(g: Guest, raw: int) -> str:
        found = objects.handle_at(g, raw) if raw else ""
        if raw and not found.startswith(prefix):
            g.broken(Fault("null" if raw < 0x1000 else "wild", raw, g.abi.word, False, f"as {text}"))
        return found.removeprefix(prefix)

    return C(text, _POINTER, 0, False, arrives, lambda g, name: objects.handle(g, prefix + name) if name else 0)


Dev = Annotated[Device, _needed("struct device *", objects.device_at)]
PDev = Annotated[Device, _needed("struct platform_device *", objects.device_at)]
Desc = Annotated[IrqDesc, _needed("struct irq_desc *", irqobjects.desc_at)]
Data = Annotated[IrqData, _needed("struct irq_data *", irqobjects.data_at)]
Domain = Annotated[IrqDomain, _needed("struct irq_domain *", irqobjects.domain_at)]

#: The same, where NULL is fine, and as results.
OptDev = Annotated[Device | None, _optional("struct device *", objects.device_at)]
OptDesc = Annotated[IrqDesc | None, _optional("struct irq_desc *", irqobjects.desc_at)]
OptData = Annotated[IrqData | None, _optional("struct irq_data *", irqobjects.data_at)]
OptDomain = Annotated[IrqDomain | None, _optional("struct irq_domain *", irqobjects.domain_at)]
OptNode = Annotated["Node | None", _maybe("struct device_node *", nodes.node_at, nodes.node_pointer)]
Fwnode = Annotated["Node | None", _maybe("struct fwnode_handle *", nodes.node_at, nodes.fwnode_pointer)]
OptProperty = Annotated[nodes.Property | None, _maybe("struct property *", nodes.property_at, nodes.property_pointer)]
#: Who owns a domain, as the kernel calls it; empty for NULL.
Owner = Annotated[
    str,
    C(
        "struct fwnode_handle *",
        _POINTER,
        0,
        False,
        lambda g, raw: fwnode_name(g, raw),
        lambda g, value: fwnode_named(g, value),
    ),
]
#: A specifier.
Spec = Annotated[Fwspec, C("struct irq_fwspec *", _POINTER, 0, False, fwspec_at)]
#: ``irq_set_chip()`` and its like take NULL for ``no_irq_chip``.
Chip = Annotated[IrqChip | None, C("struct irq_chip *", _POINTER, 0, False, lambda g, raw: chip_at(g, raw) if raw else None)]
Ops = Annotated[IrqDomainOps, C("struct irq_domain_ops *", _POINTER, 0, False, ops_at)]
Flow = Annotated[
    Callable[..., Any] | None, C("irq_flow_handler_t", _POINTER, 0, False, lambda g, raw: flow_at(g, raw) if raw else None)
]
#: A clock, reset or the like: what it stands for, by name; empty for NULL.
Handle = Annotated[
    str,
    C(
        "opaque *",
        _POINTER,
        0,
        False,
        lambda g, raw: objects.handle_at(g, raw),
        lambda g, value: objects.handle(g, value) if value else 0,
    ),
]


#: A C string that must be one: NULL is an oops.
String = Annotated[str, C("const char *", _POINTER, 0, False, lambda g, raw: g.text(raw), lambda g, value: g.intern(value))]


def err_ptr(g: Guest, error: int) -> int:
    """``ERR_PTR(-errno)``."""
    return error & g.abi.mask


def is_err(g: Guest, pointer: int) -> bool:
    """``IS_ERR()``."""
    return pointer > g.abi.mask - 4096
