"""A software resend is an action of the kernel's own: what came while a line was disabled is handled after it is enabled."""

from __future__ import annotations

from typing import Any

import pytest
import steer
from setups import explored, linux, rules

from irqlab.drivers.irqsteer import common
from irqlab.drivers.irqsteer.common import imx_irqsteer_irq_mask, imx_irqsteer_irq_unmask
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.device import Device
from irqlab.kernel.irq.desc import IrqChip, IrqData, noop
from irqlab.kernel.irq.flags import IRQ_LEVEL
from irqlab.kernel.irq.flow import handle_edge_irq
from irqlab.kernel.irq.resend import ResendList
from irqlab.kernel.irq.setup import irq_clear_status_flags, irq_set_handler_locked
from irqlab.state import kernel

Kernel = Any

#: No crash, no runtime PM.
SCOPE = Scope("resend", crash=(), runtime_pm=False, calls=("request", "disable", "enable"))
TASKLET = "the resend tasklet runs"


@kernel
def take_as_edge(k: Kernel, d: IrqData) -> int:
    """The line is handled as an edge, whatever the hardware does."""
    irq_clear_status_flags(k, d.irq, IRQ_LEVEL)
    irq_set_handler_locked(d, handle_edge_irq)
    return 0


@kernel
def take_as_it_is(k: Kernel, d: IrqData) -> int:
    return 0


def controller(edge: bool) -> Any:
    chip = IrqChip(
        "edge" if edge else "level",
        irq_mask=imx_irqsteer_irq_mask,
        irq_unmask=imx_irqsteer_irq_unmask,
        irq_ack=noop,
        irq_request_resources=take_as_edge if edge else take_as_it_is,
    )

    def probe(k: Kernel, pdev: Device) -> int:
        return common.probe(k, pdev, chip, False, False)

    return steer.variant(chip.name, kernel(probe))


def possible(model: LinuxModel, name: str) -> bool:
    action = model.named(name)
    if action is None:
        return False
    model.world.begin()
    went = action.run()
    model.world.abandon()
    return went


@pytest.mark.parametrize(("release", "edge"), [("6.1", True), ("6.12", True), ("6.12", False)])
def test_a_line_that_waits_for_the_tasklet_is_handled_by_it(release: str, edge: bool) -> None:
    model = linux(controller(edge), release, SCOPE)
    exploration, findings = explored(model)
    waiting = running = 0
    for state in exploration.graph.states:
        model.world.restore(state)
        waiting += model.world.at(ResendList).exists
        running += possible(model, TASKLET)
    assert rules(findings) == {"never-suspends"}
    assert (waiting > 0, running > 0) == (edge, edge)
