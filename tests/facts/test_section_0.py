"""Facts, section 0: what the core believes of a line is not what the hardware does."""

from __future__ import annotations

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.drivers.consumer import CALLS, Consumer
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.hardware import Irqsteer
from irqlab.kernel.irq.chip import unmask_irq
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.irq.manage import disable_irq, enable_irq
from irqlab.kernel.release import release


def test_a_chip_that_loses_power_is_shut_while_the_core_believes_its_line_open() -> None:
    """Nobody saves and restores: unmask_irq() and enable_irq() ask the belief, so the line is dead until it is masked once."""
    model = LinuxModel(controller("irqsteer@mainline-2020"), release("6.12"), load("irqsteer"), Scope(raises=False))
    k, world = model.k, model.world
    block = k.machine.blocks["irqsteer"]
    assert isinstance(block, Irqsteer)
    CALLS["request"](k, world.at(Consumer, model.labels["a"]))
    data = world.at(IrqData, 2)
    assert (data.hwirq, data.masked, block.enabled(8)) == (8, False, True)
    k.machine.domain_off("pd_mix")
    k.machine.domain_on("pd_mix")
    assert (data.masked, block.enabled(8)) == (False, False)
    unmask_irq(k, data.desc)
    disable_irq(k, data.irq)  # lazily
    enable_irq(k, data.irq)
    assert (data.masked, data.desc.depth, block.enabled(8)) == (False, 0, False)
    data.desc.disable_unlazy = True
    disable_irq(k, data.irq)
    enable_irq(k, data.irq)
    assert (data.masked, block.enabled(8)) == (False, True)
