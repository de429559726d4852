"""What drivers ask of their device-tree node (``drivers/of``): registers, clocks, interrupts, properties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware import Block
from irqlab.kernel.irq.mapping import irq_create_of_mapping
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.device import Device
    from irqlab.kernel.kernel import Kernel


def regs(k: Kernel, dev: Device) -> Block:
    """``devm_platform_ioremap_resource()``: the register block behind a device."""
    return k.machine.blocks[str(dev.key[0])]


def clk_name(k: Kernel, dev: Device, name: str) -> str:
    """``devm_clk_get()``: the board's clock that the device knows under ``name``."""
    for known, clock in k.board.part(str(dev.key[0])).clocks:
        if known == name:
            return clock.name
    return ""


def property_u32(k: Kernel, dev: Device, prop: str) -> int:
    """``of_property_read_u32()``."""
    return k.board.part(str(dev.key[0])).node.prop_u32(prop)


def irq_count(k: Kernel, dev: Device) -> int:
    """``platform_irq_count()``."""
    return len(k.board.part(str(dev.key[0])).interrupts)


@kernel
def irq_of_parse_and_map(k: Kernel, dev: Device, index: int) -> int:
    """``irq_of_parse_and_map()``, ``platform_get_irq()``: the Linux number of an interrupt of the node; 0 on failure."""
    interrupts = k.board.part(str(dev.key[0])).interrupts
    if index >= len(interrupts):
        return 0
    controller, cells = interrupts[index]
    return irq_create_of_mapping(k, k.board.name_of(controller), cells)
