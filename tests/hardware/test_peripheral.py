"""A device that interrupts until it is served."""

from __future__ import annotations

from irqlab.hardware import ClockGate, Gic, Machine, Peripheral, PowerDomain, Supplies
from irqlab.hardware.peripheral import CONTROL, STATUS
from irqlab.state import World


def test_the_line_stays_up_until_the_event_is_served() -> None:
    device = Peripheral(World(), "a")
    assert not device.output(0)
    device.raise_event()
    assert (device.output(0), device.asserted(), device.read(0)) == (True, True, 1)
    device.write(0, 0)
    assert device.output(0)
    device.write(0, 1)
    assert (device.output(0), device.read(0)) == (False, 0)


def test_each_line_has_its_own_event() -> None:
    device = Peripheral(World(), "a", lines=2)
    device.raise_event(1)
    assert (device.output(0), device.output(1), device.read(0)) == (False, True, 2)


def test_a_device_has_events_only_while_it_is_started() -> None:
    device = Peripheral(World(), "a")
    assert not device.can_raise()
    device.write(CONTROL, 1)
    assert (device.can_raise(), device.read(CONTROL), device.read(STATUS)) == (True, 1, 0)
    device.write(CONTROL, 0)
    assert not device.can_raise()


def test_an_event_needs_power_but_no_clock() -> None:
    world = World()
    clock, domain = world.new(ClockGate, "clk"), world.new(PowerDomain, "mix", on=True)
    device = Peripheral(world, "a", Supplies((("per", clock),), domain))
    machine = Machine(world, Gic(world, "gic"), (device,), clocks=(clock,), domains=(domain,))
    machine.clock_on("clk")
    device.write(CONTROL, 1)
    machine.clock_off("clk")
    assert (device.dead_reason(), device.can_raise()) == ("clock per is stopped", True)
    device.raise_event()
    assert device.output(0)
    machine.domain_off("mix")
    assert (device.asserted(), device.can_raise()) == (False, False)
    device.raise_event()
    machine.domain_on("mix")
    assert not device.output(0)
