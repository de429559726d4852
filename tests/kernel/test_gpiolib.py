"""gpiolib's interrupts (drivers/gpio/gpiolib.c, 6.12), on the bank that comes along."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.gpiolib import UsedAsIrq, gpiochip_irqchip_remove
from irqlab.kernel.irq.chip import __irq_disable as irq_disable
from irqlab.kernel.irq.desc import IrqData, IrqDesc, handle_bad_irq
from irqlab.kernel.irq.domain import irq_find_host
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_TYPE_EDGE_BOTH, IRQ_TYPE_EDGE_FALLING, IRQ_TYPE_LEVEL_LOW
from irqlab.kernel.irq.flow import handle_edge_irq, handle_level_irq
from irqlab.kernel.irq.manage import disable_irq, free_irq, request_threaded_irq
from irqlab.kernel.irq.mapping import irq_create_of_mapping, irq_find_mapping
from irqlab.kernel.irq.setup import irq_set_irq_type
from irqlab.kernel.release import release
from irqlab.state import kernel

BANK = "gpio@30200000"
#: A line of the bank nothing is wired to.
FREE = 2


@kernel
def handled(k: Any, irq: int, dev_id: object) -> int:
    return IRQ_HANDLED


@pytest.fixture
def k() -> Any:
    """A kernel after its boot; the bank is always on."""
    model = LinuxModel(controller("gpio-bank@cached-masks"), release("6.12"), load("gpio"), Scope(crash=()))
    model.world.begin()
    return model.k


def warned(k: Any) -> list[str]:
    return [str(dict(facts)["text"]) for kind, facts in k.world.signals if kind == "warning"]


def test_a_line_has_a_bad_handler_until_its_type_is_set(k: Any) -> None:
    irq = irq_create_of_mapping(k, BANK, (FREE, IRQ_TYPE_EDGE_FALLING))
    desc, bank = k.world.at(IrqDesc, irq), k.machine.blocks[BANK]
    assert desc.handle_irq is handle_bad_irq
    assert irq_set_irq_type(k, irq, IRQ_TYPE_EDGE_FALLING) == 0 and desc.handle_irq is handle_edge_irq
    assert irq_set_irq_type(k, irq, IRQ_TYPE_LEVEL_LOW) == 0 and desc.handle_irq is handle_level_irq
    assert irq_set_irq_type(k, irq, IRQ_TYPE_EDGE_BOTH) == -EINVAL
    bit = 1 << FREE
    assert (bank.read(bank.offset("EDGE")) & bit, bank.read(bank.offset("POLARITY")) & bit) == (0, bit)


def test_there_are_no_more_lines_than_ngpios_says(k: Any) -> None:
    assert irq_create_of_mapping(k, BANK, (8, IRQ_TYPE_EDGE_FALLING)) == 0


def test_a_line_is_used_as_an_interrupt_from_request_to_free_and_to_mask_it_outside_is_a_warn(k: Any) -> None:
    irq = irq_create_of_mapping(k, BANK, (FREE, IRQ_TYPE_EDGE_FALLING))
    used, d = k.world.at(UsedAsIrq, BANK, FREE), k.world.at(IrqData, irq)
    assert not used.exists
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == 0
    assert used.exists and k.machine.blocks[BANK].lets_through(FREE)
    free_irq(k, irq, None)
    assert not used.exists and not k.machine.blocks[BANK].lets_through(FREE) and warned(k) == []
    d.chip.call(k, "irq_mask", d)
    d.chip.call(k, "irq_unmask", d)
    assert [text.partition(":")[0] for text in warned(k)] == ["gpiochip_disable_irq", "gpiochip_enable_irq"]


def test_disabling_is_lazy_for_the_chip_has_no_irq_disable(k: Any) -> None:
    irq = irq_create_of_mapping(k, BANK, (FREE, IRQ_TYPE_EDGE_FALLING))
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == 0
    disable_irq(k, irq)
    d = k.world.at(IrqData, irq)
    assert (d.disabled, d.masked, k.machine.blocks[BANK].lets_through(FREE)) == (True, False, True)
    irq_disable(k, k.world.at(IrqDesc, irq), True)
    assert (d.masked, k.machine.blocks[BANK].lets_through(FREE)) == (True, False)


def test_removing_a_chip_disposes_of_its_lines(k: Any) -> None:
    domain = irq_find_host(k, BANK)
    assert domain is not None
    lines = [irq_find_mapping(k, domain, hwirq) for hwirq in (3, 5)]
    assert all(lines)
    gpiochip_irqchip_remove(k, domain.host_data)
    assert not domain.exists and not any(k.world.at(IrqDesc, irq).exists for irq in lines) and warned(k) == []
