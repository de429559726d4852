"""The thread's driver in C: irqsteer of 6.12 without the PM device and the two bus callbacks, by our patch."""

from __future__ import annotations

import re

import pytest
from real_rig import IRQSTEER, explored, model, patched, rules

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.findings import Findings
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import release
from irqlab.properties import CHECKS

UNLINKED = "irqsteer-unlinked.patch"
SMALL = Scope("small")


def keys(found: Findings) -> list[tuple[str, ...]]:
    """What makes findings distinct; the driver's own lock is called by its address in C, by the device in Python."""
    own = re.compile(r"irq-imx-irqsteer lock at 0x[0-9a-f]+|irqsteer interrupt-controller@[0-9a-f]+ lock")
    return sorted(tuple(own.sub("data->lock", part) for part in finding.breach.key) for finding in found.broken)


@pytest.mark.parametrize("arch", ["arm64", "arm"])
def test_the_mask_loop_touches_a_stopped_controller(arch: str) -> None:
    found = rules(explored(model(patched(UNLINKED, IRQSTEER, arch), "irqsteer", SMALL, arch)))
    assert ("dead-register-access", "imx_irqsteer_irq_mask") in found


@pytest.mark.parametrize("arch", ["arm64", "arm"])
def test_a_requested_line_does_not_keep_the_controller_up(arch: str) -> None:
    """request_irq() has no device to take a reference on: unmasking touches a controller that has gone to sleep."""
    found = rules(explored(model(patched(UNLINKED, IRQSTEER, arch), "irqsteer", SMALL, arch)))
    assert ("dead-register-access", "imx_irqsteer_irq_unmask") in found


@pytest.mark.parametrize("arch", ["arm64", "arm"])
def test_it_breaks_what_the_thread_s_driver_in_python_breaks(arch: str) -> None:
    compiled = explored(model(patched(UNLINKED, IRQSTEER, arch), "irqsteer", SMALL, arch))
    reference = LinuxModel(
        controller("irqsteer@unlinked-2020"), release("6.12"), load("irqsteer"), SMALL, Config(arch=arch), checks=CHECKS
    )
    assert keys(compiled) == keys(explored(reference))
