"""``struct irq_domain_ops`` and ``struct irq_fwspec``: a driver's, as the core calls and gives them.

They stay where the driver has them.  A callback is looked up in the guest's memory when the core calls it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.kernel.irq import hierarchy, translate
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.irq.domain import Fwspec, IrqDomain, IrqDomainOps, Translated, domain_ops
from irqlab.kernel.irq.translate import irq_domain_simple_ops

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel

_OPS = frozenset(("match", "select", "map", "unmap", "xlate", "translate", "alloc", "free", "activate", "deactivate"))

#: Operations of the kernel's that have a name.
_KNOWN: dict[str, IrqDomainOps] = {"irq_domain_simple_ops": irq_domain_simple_ops}

#: ``IRQ_DOMAIN_IRQ_SPEC_PARAMS``.
_PARAMS = 16


class GuestDomainOps(IrqDomainOps):
    """A ``struct irq_domain_ops`` in a guest's memory; a callback that it lacks is None, as in Python."""

    def __init__(self, guest: Guest, address: int) -> None:
        self.guest, self.address = guest, address
        self.name = guest.image.describe(address)

    def pointer(self, callback: str) -> int:
        """``ops->callback``."""
        return self.guest.field(self.address, "irq_domain_ops", callback)

    def __getattribute__(self, name: str) -> Any:
        if name in _OPS:
            return _operation(self, name)
        return super().__getattribute__(name)


def ops_at(g: Guest, address: int) -> IrqDomainOps:
    """The operations behind a ``struct irq_domain_ops *``."""
    extern = g.image.by_address.get(address)
    if extern is not None and extern.name in _KNOWN:
        return _KNOWN[extern.name]
    if extern is not None:
        g.unknown(f"{extern.name} as operations of a domain")
    key = ("ops", address)
    if key not in g.statics:
        g.statics[key] = GuestDomainOps(g, address)
    found = g.statics[key]
    assert isinstance(found, IrqDomainOps)
    return found


def ops_pointer(g: Guest, ops: IrqDomainOps) -> int:
    """``struct irq_domain_ops *``."""
    from irqlab.guest.objects import handle

    if isinstance(ops, GuestDomainOps):
        return ops.address
    name = next((name for name, known in _KNOWN.items() if known is ops), "")
    return g.image.symbols.get(name) or handle(g, f"ops {ops.name}")


def _operation(ops: GuestDomainOps, name: str) -> Callable[..., Any] | None:
    g, address = ops.guest, ops.pointer(name)
    if not address:
        return None
    key = (f"ops {name}", address)
    if key not in g.statics:
        extern = g.image.by_address.get(address)
        if extern is not None:
            g.statics[key] = _kernel_operation(g, extern.name, name)
        else:
            g.statics[key] = g.named(_adapters(g, address)[name], g.function(address))
    found = g.statics[key]
    assert callable(found)
    return found


def _kernel_operation(g: Guest, symbol: str, name: str) -> Callable[..., Any]:
    """A callback that is a function of the kernel's (``irq_domain_xlate_onecell()``, ``irq_domain_free_irqs_common()``)."""
    for module in (translate, hierarchy):
        known: Callable[..., Any] | None = getattr(module, symbol, None)
        if known is not None and symbol.startswith("irq_domain_"):
            return known
    g.unknown(f"{symbol}() as {name} of a domain")
    raise AssertionError(symbol)


def _adapters(g: Guest, address: int) -> dict[str, Callable[..., Any]]:
    """Each callback, taking what the core's Python gives it."""
    from irqlab.guest.irqobjects import data_pointer, domain_pointer
    from irqlab.guest.objects import node_pointer

    word = g.abi.word

    def translated(error: int, hwirq: bytes, type_: bytes) -> Translated:
        return error, int.from_bytes(hwirq[:word], "little"), int.from_bytes(type_[:4], "little")

    def map_(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
        return int(g.function(address)(k, domain_pointer(g, domain), irq, hwirq))

    def unmap(k: Kernel, domain: IrqDomain, irq: int) -> None:
        g.function(address, "void")(k, domain_pointer(g, domain), irq)

    def xlate(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
        node, cells = fwspec
        data = b"".join(cell.to_bytes(4, "little") for cell in cells) or bytes(4)
        node_ = node_pointer(g, g.node_named(node))
        found = g.function(address)(k, domain_pointer(g, domain), node_, data, len(cells), ("out", 8), ("out", 8))
        return translated(*found)

    def translate(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
        found = g.function(address)(k, domain_pointer(g, domain), fwspec_bytes(g, fwspec), ("out", 8), ("out", 8))
        return translated(*found)

    def match(k: Kernel, domain: IrqDomain, node: str, bus_token: int) -> int:
        return int(g.function(address)(k, domain_pointer(g, domain), node_pointer(g, g.node_named(node)), bus_token))

    def select(k: Kernel, domain: IrqDomain, fwspec: Fwspec, bus_token: int) -> int:
        return int(g.function(address)(k, domain_pointer(g, domain), fwspec_bytes(g, fwspec), bus_token))

    def alloc(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int, arg: Any) -> int:
        return int(g.function(address)(k, domain_pointer(g, domain), irq, nr_irqs, argument(g, arg)))

    def free(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
        g.function(address, "void")(k, domain_pointer(g, domain), irq, nr_irqs)

    def activate(k: Kernel, domain: IrqDomain, d: IrqData, reserve: bool) -> int:
        return int(g.function(address)(k, domain_pointer(g, domain), data_pointer(g, d), int(reserve)))

    def deactivate(k: Kernel, domain: IrqDomain, d: IrqData) -> None:
        g.function(address, "void")(k, domain_pointer(g, domain), data_pointer(g, d))

    return {
        "match": match,
        "select": select,
        "map": map_,
        "unmap": unmap,
        "xlate": xlate,
        "translate": translate,
        "alloc": alloc,
        "free": free,
        "activate": activate,
        "deactivate": deactivate,
    }


# -- specifiers --------------------------------------------------------------------------------------------------------


def fwspec_bytes(g: Guest, fwspec: Fwspec) -> bytes:
    """A specifier as a ``struct irq_fwspec``."""
    from irqlab.guest.fwnodes import fwnode_named

    node, cells = fwspec
    types = g.image.types
    data = bytearray(types.size("irq_fwspec"))
    for path, value in (("fwnode", fwnode_named(g, node)), ("param_count", len(cells))):
        member = types.member("irq_fwspec", path)
        if member is not None:
            data[member.offset : member.offset + member.size] = value.to_bytes(member.size, "little")
    params = types.offset("irq_fwspec", "param")
    for at, cell in enumerate(cells[:_PARAMS]):
        data[params + 4 * at : params + 4 * at + 4] = cell.to_bytes(4, "little")
    return bytes(data)


def fwspec_at(g: Guest, address: int) -> Fwspec:
    """A ``struct irq_fwspec *`` as the core's Python has it."""
    from irqlab.guest.fwnodes import fwnode_name

    node = fwnode_name(g, g.field(address, "irq_fwspec", "fwnode"))
    count = g.field(address, "irq_fwspec", "param_count")
    params = address + g.image.types.offset("irq_fwspec", "param")
    return node, tuple(g.number(params + 4 * at, 4) for at in range(min(count, _PARAMS)))


def argument(g: Guest, arg: Any) -> int | bytes:
    """What ``alloc`` is given, for compiled code: a specifier, or a pointer that only drivers know."""
    from irqlab.guest.objects import pointer

    return fwspec_bytes(g, arg) if isinstance(arg, tuple) else pointer(g, arg)


def argument_for(g: Guest, domain: IrqDomain | None, address: int) -> Any:
    """The same out of compiled code, for the domain that is to be given it: a specifier where that is the kernel's own."""
    if not address:
        return None
    return address if domain is None or _is_guests(domain) else fwspec_at(g, address)


def _is_guests(domain: IrqDomain) -> bool:
    return isinstance(domain_ops(domain), GuestDomainOps)
