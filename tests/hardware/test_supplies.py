"""Clocks, power domains and reset lines."""

from __future__ import annotations

from irqlab.hardware import ClockGate, PowerDomain
from irqlab.state import World


def test_a_fixed_clock_always_runs() -> None:
    assert World().new(ClockGate, "osc", fixed=True).running()


def test_a_gate_runs_while_it_is_open() -> None:
    gate = World().new(ClockGate, "ipg")
    assert not gate.running()
    gate.on = True
    assert gate.running()


def test_an_open_gate_stands_still_when_its_parent_does() -> None:
    world = World()
    root = world.new(ClockGate, "root", on=True)
    leaf = world.new(ClockGate, "leaf", on=True, parent=root)
    assert leaf.running()
    root.on = False
    assert leaf.on and not leaf.running()
    assert leaf.chain() == (leaf, root)


def test_a_nested_domain_has_power_only_while_the_outer_one_has() -> None:
    world = World()
    outer = world.new(PowerDomain, "outer", on=True)
    inner = world.new(PowerDomain, "inner", on=True, parent=outer)
    assert inner.powered()
    outer.on = False
    assert inner.on and not inner.powered()
    assert (outer.name, inner.name) == ("outer", "inner")
