"""A GPIO bank: what latches, and what does not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.hardware import ClockGate, Gic, GpioBank, Machine, MaskedEdges, Peripheral, PowerDomain, Supplies
from irqlab.hardware.gpio import DATA, EDGE, MASK, POLARITY, STATUS
from irqlab.hardware.peripheral import STATUS as EVENTS
from irqlab.state import World

INTID = 96


class Bank:
    """Four peripherals on a bank of four lines in a domain behind a clock; everything is on."""

    def __init__(self, masked_edges: MaskedEdges = "latched", *, retention: bool = False) -> None:
        world = World()
        clock, domain = world.new(ClockGate, "ipg", on=True), world.new(PowerDomain, "io", on=True)
        supplies = Supplies((("ipg", clock),), domain, retention=retention)
        self.bank = GpioBank(world, "gpio@0", supplies, lines=4, masked_edges=masked_edges)
        self.devices = tuple(Peripheral(world, f"device@{line}") for line in range(4))
        gic = Gic(world, "gic@0")
        gic.add_spi(INTID)
        for line, device in enumerate(self.devices):
            self.bank.wire(line, device, 0)
        gic.wire(INTID, self.bank, 0)
        self.machine = Machine(world, gic, (*self.devices, self.bank), clocks=(clock,), domains=(domain,))
        self.machine.sample()

    def serve(self, line: int) -> None:
        """The device on a line is quieted."""
        self.devices[line].write(EVENTS, 1)

    def pulse(self, line: int) -> None:
        """A line goes up and down."""
        self.devices[line].raise_event()
        self.serve(line)


def bank(masked_edges: MaskedEdges = "latched", *, edge: int = 0, mask: int = 0xF, **more: Any) -> Bank:
    rig = Bank(masked_edges, **more)
    rig.bank.write(EDGE, edge)
    rig.bank.write(MASK, mask)
    return rig


def test_a_level_latches_again_at_once_while_the_line_is_active_and_stays_when_it_is_not() -> None:
    r = bank()
    r.devices[1].raise_event()
    assert r.machine.gic is not None and r.machine.gic.is_pending(INTID)
    r.bank.write(STATUS, 2)
    assert (r.bank.read(STATUS), r.bank.output(0)) == (2, True)
    r.serve(1)
    assert (r.bank.read(DATA), r.bank.read(STATUS), r.bank.output(0)) == (0, 2, True)
    r.bank.write(STATUS, 2)
    assert (r.bank.read(STATUS), r.bank.output(0)) == (0, False)


def test_an_edge_latches_once_however_long_the_line_is_up() -> None:
    r = bank(edge=2)
    r.devices[1].raise_event()
    r.bank.write(STATUS, 2)
    assert (r.bank.read(DATA), r.bank.read(STATUS)) == (2, 0)
    r.serve(1)
    r.pulse(1)
    assert r.bank.read(STATUS) == 2


def test_a_low_level_and_a_falling_edge() -> None:
    r = bank(edge=1)
    r.bank.write(POLARITY, 0b11)
    assert r.bank.read(STATUS) == 0b10  # line 1 is low
    r.devices[0].raise_event()
    assert not r.bank.latched(0)
    r.serve(0)
    assert r.bank.latched(0)


@pytest.mark.parametrize(("masked_edges", "latched"), [("latched", True), ("lost", False)])
def test_an_edge_of_a_masked_line_is_latched_or_lost_as_the_block_says(masked_edges: MaskedEdges, latched: bool) -> None:
    r = bank(masked_edges, edge=1, mask=0)
    r.devices[0].raise_event()
    assert (r.bank.latched(0), r.bank.output(0)) == (latched, False)
    r.bank.write(MASK, 1)
    assert r.bank.output(0) is latched


def test_without_its_clock_a_pulse_is_lost_and_a_line_that_stays_up_is_an_edge_when_the_clock_runs_again() -> None:
    r = bank(edge=0b11)
    r.machine.clock_off("ipg")
    r.pulse(0)
    r.devices[1].raise_event()
    assert (r.bank.read(STATUS), r.bank.output(0)) == (0, False)
    r.machine.clock_on("ipg")
    assert (r.bank.read(STATUS), r.bank.output(0)) == (2, True)


def test_without_power_the_detector_forgets_and_every_line_wakes_as_a_high_level() -> None:
    r = bank(edge=1)
    r.machine.domain_off("io")
    r.devices[0].raise_event()
    r.machine.domain_on("io")
    assert [r.bank.read(register) for register in (MASK, EDGE, STATUS)] == [0, 0, 1]
    r.bank.write(EDGE, 1)
    r.bank.write(STATUS, 1)
    assert r.bank.read(STATUS) == 0  # what it found is no edge


def test_with_retention_the_line_that_rose_meanwhile_is_an_edge() -> None:
    r = bank(edge=1, retention=True)
    r.machine.domain_off("io")
    r.devices[0].raise_event()
    r.machine.domain_on("io")
    assert [r.bank.read(register) for register in (MASK, EDGE, STATUS)] == [0xF, 1, 1]


def test_a_bank_has_1_to_32_lines() -> None:
    with pytest.raises(ModelError, match="cannot have 33 lines"):
        GpioBank(World(), "gpio@0", lines=33)


EVENT = st.tuples(st.sampled_from(("raise", "serve", "mask", "clear")), st.integers(0, 3), st.integers(0, 15))


@given(masked_edges=st.sampled_from(("latched", "lost")), edge=st.integers(0, 15), events=st.lists(EVENT, max_size=30))
def test_status_is_what_came_and_nobody_cleared(masked_edges: MaskedEdges, edge: int, events: list[tuple[str, int, int]]) -> None:
    r = bank(masked_edges, edge=edge)
    up, mask, status = 0, 15, 0
    for what, line, value in events:
        bit = 1 << line
        if what == "raise":
            r.devices[line].raise_event()
            if not up & bit and (mask & bit or masked_edges == "latched"):
                status |= bit & edge
            up |= bit
        elif what == "serve":
            r.serve(line)
            up &= ~bit
        elif what == "mask":
            r.bank.write(MASK, value)
            mask = value
        else:
            r.bank.write(STATUS, value)
            status &= ~value
        status |= up & ~edge
        assert (r.bank.read(STATUS), r.bank.read(DATA)) == (status, up)
        assert r.bank.output(0) is bool(status & mask)
