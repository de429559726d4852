"""From a node to its interrupts (``drivers/of/irq.c``).

Tests: ``tests/kernel/of/test_irq.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.board.node import Node
from irqlab.kernel.errno import EFAULT, EINVAL, ENOENT, EPROBE_DEFER
from irqlab.kernel.irq.domain import irq_find_matching_fwspec
from irqlab.kernel.irq.flags import DOMAIN_BUS_ANY, DOMAIN_BUS_WIRED
from irqlab.kernel.irq.mapping import irq_create_of_mapping
from irqlab.kernel.of.base import (
    MAX_PHANDLE_ARGS,
    of_device_compatible_match,
    of_device_is_available,
    of_parse_phandle_with_args,
)
from irqlab.kernel.of.property import (
    numbers,
    of_find_property,
    of_property_match_string,
    of_property_read_index,
    of_property_read_u32,
)
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: A controller and the specifier it is given; or a negative errno.
Interrupt = tuple[Node, tuple[int, ...]]

#: ``of_irq_imap_abusers``: controllers whose driver reads the map itself.
_OWN_READERS = (
    "CBEA,platform-spider-pic",
    "sti,platform-spider-pic",
    "realtek,rtl-intc",
    "fsl,ls1021a-extirq",
    "fsl,ls1043a-extirq",
    "fsl,ls1088a-extirq",
    "renesas,rza1-irqc",
    "pasemi,rootbus",
)

#: How many controllers may stand in a row: the kernel would go round in a circle for ever.
_MAX_CHAIN = 64

#: How many interrupts of one node are counted.
_MAX_INTERRUPTS = 4096


def of_irq_find_parent(node: Node | None) -> Node | None:
    """``of_irq_find_parent()``: the nearest node with ``#interrupt-cells``, by ``interrupt-parent`` or above."""
    for _ in range(_MAX_CHAIN):
        if node is None:
            return None
        phandle = of_property_read_u32(node, "interrupt-parent")
        node = node.parent if phandle is None else node.by_phandle(phandle)
        if node is not None and node.has("#interrupt-cells"):
            return node
    return None


def of_irq_parse_raw(address: tuple[int, ...], interrupt: Interrupt) -> Interrupt | int:
    """``of_irq_parse_raw()``: where an interrupt that enters a node ends, through every ``interrupt-map`` on its way.

    :param address: the unit address of who sends it: the first cells of its ``reg``, zeros behind them.
    """
    node, cells = interrupt
    at: Node | None = node
    size = 1
    while at is not None:
        said = of_property_read_u32(at, "#interrupt-cells")
        if said is not None:
            size = said
            break
        at = of_irq_find_parent(at)
    if at is None or len(cells) != size:
        return -EINVAL
    units = _address_cells(at)
    if units + size > MAX_PHANDLE_ARGS:
        return -EFAULT
    wanted = (*(*address, *(0,) * units)[:units], *cells)
    for _ in range(_MAX_CHAIN):
        mapped = of_find_property(at, "interrupt-map")
        if at.has("interrupt-controller") and (mapped is None or of_device_compatible_match(at, _OWN_READERS)):
            return at, cells
        if mapped is None:
            above = of_irq_find_parent(at)
            if above is None:
                return -ENOENT
            at = above
            continue
        found = _through(at, wanted, units)
        if found is None:
            return -EINVAL
        above, unit, cells = found
        if above is at:
            return at, cells
        at, wanted, units = above, (*unit, *cells), len(unit)
    return -ENOENT


def _address_cells(node: Node) -> int:
    """``#address-cells`` of the node or the nearest above; 2 if none says."""
    above: Node | None = node
    while above is not None:
        said = of_property_read_u32(above, "#address-cells")
        if said is not None:
            return said
        above = above.parent
    return 2


def _through(node: Node, wanted: tuple[int, ...], units: int) -> tuple[Node, tuple[int, ...], tuple[int, ...]] | None:
    """The line of a node's ``interrupt-map`` that fits: the next controller, the unit address and the cells there."""
    entries = numbers(of_find_property(node, "interrupt-map") or b"", 4)
    masks = numbers(of_find_property(node, "interrupt-map-mask") or b"", 4)
    masks = (*masks, *(0xFFFF_FFFF,) * (len(wanted) - len(masks)))
    at = 0
    while len(entries) - at > len(wanted) + 1:
        given = entries[at : at + len(wanted)]
        fits = all((one ^ other) & mask == 0 for one, other, mask in zip(given, wanted, masks, strict=False))
        at += len(wanted)
        above = node.by_phandle(entries[at])
        size = of_property_read_u32(above, "#interrupt-cells")
        unit = of_property_read_u32(above, "#address-cells") or 0
        at += 1
        if above is None or size is None or unit + size > MAX_PHANDLE_ARGS or len(entries) - at < unit + size:
            return None
        if fits and of_device_is_available(above):
            return above, entries[at : at + unit], entries[at + unit : at + unit + size]
        at += unit + size
    return None


def of_irq_parse_one(node: Node | None, index: int) -> Interrupt | int:
    """``of_irq_parse_one()``: interrupt ``index`` of a node, ``interrupts-extended`` before ``interrupts``."""
    address = numbers(of_find_property(node, "reg") or b"", 4)[:3]
    found = of_parse_phandle_with_args(node, "interrupts-extended", "#interrupt-cells", -1, index)
    if not isinstance(found, int):
        controller, cells = found
        return -EINVAL if controller is None else of_irq_parse_raw(address, (controller, cells))
    controller = of_irq_find_parent(node)
    size = of_property_read_u32(controller, "#interrupt-cells")
    if controller is None or size is None:
        return -EINVAL
    cells = ()
    for cell in range(index * size, (index + 1) * size):
        value = of_property_read_index(node, "interrupts", 4, cell)
        if isinstance(value, int):
            return value
        cells += value
    return of_irq_parse_raw(address, (controller, cells))


def of_irq_count(node: Node | None) -> int:
    """``of_irq_count()``: up to the first that cannot be read."""
    count = 0
    while count < _MAX_INTERRUPTS and not isinstance(of_irq_parse_one(node, count), int):
        count += 1
    return count


# -- mapped ------------------------------------------------------------------------------------------------------------


@kernel
def irq_find_host(k: Kernel, name: str) -> bool:
    """``irq_find_host()``: whether there is a domain of that node, of wired interrupts or any."""
    wired = irq_find_matching_fwspec(k, (name, ()), DOMAIN_BUS_WIRED)
    return (wired if wired is not None else irq_find_matching_fwspec(k, (name, ()), DOMAIN_BUS_ANY)) is not None


@kernel
def of_irq_get(k: Kernel, node: Node | None, index: int) -> int:
    """``of_irq_get()``: the Linux number; 0 where it cannot be mapped, -EPROBE_DEFER before its domain is there.

    May sleep.
    """
    found = of_irq_parse_one(node, index)
    if isinstance(found, int):
        return found
    name = k.board.name_of(found[0])
    return irq_create_of_mapping(k, name, found[1]) if irq_find_host(k, name) else -EPROBE_DEFER


@kernel
def of_irq_get_byname(k: Kernel, node: Node | None, name: str) -> int:
    """``of_irq_get_byname()``: by ``interrupt-names``.  May sleep."""
    index = of_property_match_string(node, "interrupt-names", name)
    return index if index < 0 else of_irq_get(k, node, index)


@kernel
def irq_of_parse_and_map(k: Kernel, node: Node | None, index: int) -> int:
    """``irq_of_parse_and_map()``: the Linux number; 0 on failure.  May sleep."""
    found = of_irq_parse_one(node, index)
    return 0 if isinstance(found, int) else irq_create_of_mapping(k, k.board.name_of(found[0]), found[1])
