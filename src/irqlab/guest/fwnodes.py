"""``struct fwnode_handle``: what a domain belongs to.  A node of the device tree, or one that was made up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.state import Record, atomic

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel


class IrqchipFwnode(Record, counted=True):
    """``struct irqchip_fwid``.  Key: the lowest number that was free."""

    #: Where it lies in the guest's memory.
    address: int
    #: What the kernel calls it, as the owner of domains: like no node of the board.
    name: str


@atomic
def new_fwnode(k: Kernel, address: int, name: str) -> None:
    """A made-up node; a name that is taken gets a number."""
    taken = [known.name for known in k.world.all(IrqchipFwnode)]
    number, told = 1, name
    while told in taken or k.guest.node_named(told) is not None:
        number += 1
        told = f"{name} {number}"
    k.world.new(IrqchipFwnode, k.world.lowest_free(IrqchipFwnode), address=address, name=told)


@atomic
def drop_fwnode(k: Kernel, address: int) -> bool:
    """Forgets a made-up node; False if it is none."""
    found = _at(k, address)
    if found is not None:
        k.world.drop(found)
    return found is not None


def _at(k: Kernel, address: int) -> IrqchipFwnode | None:
    return next((known for known in k.world.all(IrqchipFwnode) if known.address == address), None)


@atomic
def _made_up(k: Kernel, address: int) -> str:
    found = _at(k, address)
    return found.name if found is not None else ""


@atomic
def _address(k: Kernel, name: str) -> int:
    return next((known.address for known in k.world.all(IrqchipFwnode) if known.name == name), 0)


@atomic
def made_up_number(k: Kernel, name: str) -> int:
    """The number of a made-up node; -1 if none has that name."""
    return next((int(known.key[0]) for known in k.world.all(IrqchipFwnode) if known.name == name), -1)


@atomic
def made_up_name(k: Kernel, number: int) -> str:
    """The name of a made-up node by its number; empty where there is none."""
    known = k.world.at(IrqchipFwnode, number)
    return known.name if known.exists else ""


def fwnode_name(g: Guest, address: int) -> str:
    """The node behind a ``struct fwnode_handle *``, as the kernel calls it; empty for NULL."""
    from irqlab.guest.objects import node_at

    if not address:
        return ""
    name = _made_up(g.k, address)
    if name:
        return name
    node = node_at(g, address)
    if node is None:
        g.unknown("a struct fwnode_handle that is neither of the device tree nor of irq_domain_alloc_fwnode()")
    assert node is not None
    return g.node_name(node)


def fwnode_named(g: Guest, name: str) -> int:
    """``struct fwnode_handle *`` of a node by its name; NULL for none."""
    from irqlab.guest.objects import fwnode_pointer

    node = g.node_named(name) if name else None
    return fwnode_pointer(g, node) if node is not None else _address(g.k, name) if name else 0
