"""A small machine for the tests: a peripheral, an irqsteer in a domain behind a gated clock and a reset, a GIC."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from irqlab.hardware import (
    ClockGate,
    Gic,
    Irqsteer,
    Machine,
    OnDead,
    OutputWhenGated,
    Peripheral,
    PowerDomain,
    ResetLine,
    Supplies,
)
from irqlab.state import World

INTID = 50


@dataclass
class Rig:
    """The machine and its parts; everything is on and released."""

    world: World
    machine: Machine
    gic: Gic
    steer: Irqsteer
    device: Peripheral

    def open(self, hwirq: int = 8) -> None:
        """Steers the inputs to the channel and opens the mask bit of one."""
        self.steer.write(0, 1)
        self.steer.write(self.steer.chanmask(self.steer.word_of(hwirq)), 1 << hwirq % 32)


def build(
    *, when_gated: OutputWhenGated | None = None, retention: bool = False, on_dead: OnDead = "abort", edge: bool = False
) -> Rig:
    """The machine, wired; one clock feeds another, and the irqsteer needs both."""
    world = World()
    osc = world.new(ClockGate, "osc", fixed=True)
    root = world.new(ClockGate, "root", on=True, parent=osc)
    ipg = world.new(ClockGate, "ipg", on=True, parent=root)
    domain = world.new(PowerDomain, "mix", on=True)
    reset = world.new(ResetLine, "rst")
    supplies = Supplies((("bus", root), ("ipg", ipg)), domain, reset, on_dead, retention, when_gated)
    steer = Irqsteer(world, "interrupt-controller@1000", supplies, num_irqs=64, label="irqsteer")
    device = Peripheral(world, "device@2000", label="a")
    gic = Gic(world, "gic@0", label="gic")
    gic.add_spi(INTID, edge=edge)
    steer.wire(8, device, 0)
    gic.wire(INTID, steer, 0)
    machine = Machine(world, gic, (steer, device), clocks=(osc, root, ipg), domains=(domain,), resets=(reset,))
    return Rig(world, machine, gic, steer, device)


@pytest.fixture
def rig() -> Callable[..., Rig]:
    """Builds a rig."""
    return build
