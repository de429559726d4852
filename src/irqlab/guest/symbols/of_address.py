"""``drivers/of/address.c``: addresses of nodes, mapped."""

from __future__ import annotations

from irqlab.board import address as addresses
from irqlab.board.node import Node
from irqlab.guest.ctypes import Dev, OptNode, err_ptr
from irqlab.guest.devices import set_resource
from irqlab.guest.exports import U64, Int, Ptr, Text, export
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.devres import devm_ioremap_resource
from irqlab.guest.symbols.ioremap import ioremap, request_mem_region
from irqlab.kernel import resource as regions
from irqlab.kernel.errno import EBUSY, EINVAL, ENOMEM
from irqlab.kernel.of import address
from irqlab.kernel.of.address import IORESOURCE_MEM, Resource

#: ``OF_BAD_ADDR``.
_BAD = 0xFFFF_FFFF_FFFF_FFFF

#: Cells of an address that count: more do not fit.
_MAX_CELLS = 4


def resource_of(g: Guest, node: Node | None, index: int) -> Resource | None:
    """``of_address_to_resource()``, where the bus is one that is modelled."""
    if node is not None and node.has("reg") and not address.is_plain(node):
        g.unknown(f"addresses below {node.parent.path if node.parent else '/'}, a bus of its own kind")
    return address.of_address_to_resource(g.k, node, index)


@export("of_address_to_resource")
def _of_address_to_resource(g: Guest, np: OptNode, index: Int, out: Ptr) -> Int:
    found = resource_of(g, np, index)
    if found is None:
        return -EINVAL
    set_resource(g, out, found)
    return 0


@export("of_iomap")
def _of_iomap(g: Guest, np: OptNode, index: Int) -> Ptr:
    found = resource_of(g, np, index)
    return ioremap(g, found.start, found.size) if found is not None else 0


@export("of_io_request_and_map")
def _of_io_request_and_map(g: Guest, np: OptNode, index: Int, name: Text) -> Ptr:
    found = resource_of(g, np, index)
    if found is None:
        return err_ptr(g, -EINVAL)
    if not request_mem_region(g, found.start, found.size, name or found.name):
        return err_ptr(g, -EBUSY)
    mapped = ioremap(g, found.start, found.size)
    if not mapped:
        regions.__release_region(g.k, found.start, found.size)
    return mapped or err_ptr(g, -ENOMEM)


@export("devm_of_iomap")
def _devm_of_iomap(g: Guest, dev: Dev, np: OptNode, index: Int, size: Ptr) -> Ptr:
    found = resource_of(g, np, index)
    if found is None:
        return err_ptr(g, -EINVAL)
    if size:
        g.set_number(size, found.size, 8)
    return devm_ioremap_resource(g, dev, found)


@export()
def __of_get_address(g: Guest, np: OptNode, index: Int, bar: Int, size: Ptr, flags: Ptr) -> Ptr:
    if np is None:
        return 0
    if np.parent is not None and not address.is_plain(np):
        g.unknown(f"addresses below {np.parent.path}, a bus of its own kind")
    found, prop = address.of_get_address(np, index), g.tree.find(np, "reg")
    if found is None or prop is None or bar >= 0:
        return 0
    if size:
        g.set_number(size, found[1], 8)
    if flags:
        g.set_number(flags, IORESOURCE_MEM, 4)
    return prop.value + found[0]


@export("of_translate_address")
def _of_translate_address(g: Guest, np: OptNode, cells: Ptr) -> U64:
    if np is None or np.parent is None:
        return _BAD
    if not address.is_plain(np):
        g.unknown(f"addresses below {np.parent.path}, a bus of its own kind")
    count, sizes = address.of_bus_n_addr_cells(np.parent), address.of_bus_n_size_cells(np.parent)
    if not 0 < count <= _MAX_CELLS or sizes <= 0:
        return _BAD
    seen = addresses.translate(np.parent, int.from_bytes(g.read(cells, 4 * count), "big"))
    return _BAD if seen is None else seen


@export("of_property_read_reg")
def _of_property_read_reg(g: Guest, np: OptNode, index: Int, out: Ptr, size: Ptr) -> Int:
    found = address.of_get_address(np, index) if np is not None else None
    prop = g.tree.find(np, "reg")
    if found is None or prop is None or np is None:
        return -EINVAL
    cells = address.of_bus_n_addr_cells(np.parent)
    at = found[0]
    g.set_number(out, int.from_bytes(np.prop_bytes("reg")[at : at + 4 * cells][-8:], "big"), 8)
    if size:
        g.set_number(size, found[1], 8)
    return 0
