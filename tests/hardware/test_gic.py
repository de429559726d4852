"""The GIC: pending, enabled, active."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from irqlab.hardware import SPURIOUS, Gic, Machine, Peripheral
from irqlab.state import World

LEVEL, EDGE = 58, 70


def wired() -> tuple[Gic, Peripheral]:
    """Line 0 is level-sensitive, line 1 is edge-triggered."""
    world = World()
    gic, device = Gic(world, "gic", spis=64), Peripheral(world, "a", lines=2)
    gic.add_spi(LEVEL)
    gic.add_spi(EDGE, edge=True)
    gic.wire(LEVEL, device, 0)
    gic.wire(EDGE, device, 1)
    Machine(world, gic, (device,))
    return gic, device


def test_a_level_is_pending_as_long_as_it_is_high() -> None:
    gic, device = wired()
    gic.set_enable(LEVEL)
    device.raise_event(0)
    assert gic.signalled() == LEVEL
    assert gic.acknowledge() == LEVEL
    assert (gic.is_pending(LEVEL), gic.is_active(LEVEL), gic.signalled()) == (True, True, -1)
    gic.eoi(LEVEL)
    assert gic.signalled() == LEVEL
    device.write(0, 1)
    assert (gic.signalled(), gic.acknowledge()) == (-1, SPURIOUS)


def test_an_edge_is_pending_until_it_is_acknowledged() -> None:
    gic, device = wired()
    gic.set_enable(EDGE)
    device.raise_event(1)
    device.write(0, 2)
    assert gic.acknowledge() == EDGE
    gic.eoi(EDGE)
    assert gic.signalled() == -1
    device.raise_event(1)
    assert gic.signalled() == EDGE


def test_an_edge_that_stays_high_is_one_interrupt() -> None:
    gic, device = wired()
    gic.set_enable(EDGE)
    device.raise_event(1)
    gic.eoi(gic.acknowledge())
    device.raise_event(1)
    assert gic.signalled() == -1


def test_a_disabled_interrupt_becomes_pending_and_waits() -> None:
    gic, device = wired()
    device.raise_event(0)
    assert (gic.is_pending(LEVEL), gic.signalled()) == (True, -1)
    gic.set_enable(LEVEL)
    assert gic.signalled() == LEVEL
    gic.clear_enable(LEVEL)
    assert gic.signalled() == -1


def test_the_lowest_intid_comes_first() -> None:
    gic, device = wired()
    gic.set_enable(LEVEL)
    gic.set_enable(EDGE)
    device.raise_event(1)
    device.raise_event(0)
    assert (gic.acknowledge(), gic.acknowledge(), gic.acknowledge()) == (LEVEL, EDGE, SPURIOUS)


def test_set_and_clear_registers_read_the_same_state() -> None:
    gic, device = wired()
    gic.write(0x108, 1 << EDGE % 32)
    assert (gic.read(0x108), gic.read(0x188), gic.read(0x104)) == (1 << 6, 1 << 6, 0)
    gic.write(0x188, 0xFFFF_FFFF)
    assert gic.read(0x108) == 0
    gic.write(0x204, 1 << LEVEL % 32)
    assert gic.is_pending(LEVEL)
    gic.write(0x284, 1 << LEVEL % 32)
    assert not gic.is_pending(LEVEL)
    gic.write(0x304, 1 << LEVEL % 32)
    assert (gic.is_active(LEVEL), gic.read(0x384)) == (True, 1 << 26)
    gic.write(0x384, 1 << LEVEL % 32)
    assert not gic.is_active(LEVEL)
    device.raise_event(0)
    gic.write(0x284, 1 << LEVEL % 32)
    assert gic.read(0x204) == 1 << 26
    assert [gic.register_name(o) for o in (0x0, 0x4, 0x108, 0x384)] == [
        "GICD_CTLR",
        "GICD_TYPER",
        "GICD_ISENABLER2",
        "GICD_ICACTIVER1",
    ]


def test_nothing_is_signalled_while_forwarding_is_off() -> None:
    gic, device = wired()
    gic.set_enable(LEVEL)
    device.raise_event(0)
    gic.write(0, 0)
    assert gic.signalled() == -1
    gic.write(0, 0x12)
    assert gic.signalled() == LEVEL


@pytest.mark.parametrize("intid", [33, 1000])
def test_an_interrupt_that_is_not_wired_stays_zero(intid: int) -> None:
    gic, _ = wired()
    gic.set_enable(intid)
    gic.set_active(intid)
    gic.set_pending(intid)
    gic.clear_pending(intid)
    gic.eoi(intid)
    assert (gic.is_enabled(intid), gic.is_active(intid), gic.is_pending(intid)) == (False, False, False)


class GicMachine(RuleBasedStateMachine):
    """The GIC beside a model of plain sets."""

    def __init__(self) -> None:
        super().__init__()
        self.gic, self.device = wired()
        self.enabled: set[int] = set()
        self.active: set[int] = set()
        self.latched: set[int] = set()
        self.high: set[int] = set()

    intids = st.sampled_from((LEVEL, EDGE))

    @rule(intid=intids)
    def raise_line(self, intid: int) -> None:
        if intid == EDGE and EDGE not in self.high:
            self.latched.add(EDGE)
        self.high.add(intid)
        self.device.raise_event((LEVEL, EDGE).index(intid))

    @rule(intid=intids)
    def serve(self, intid: int) -> None:
        self.high.discard(intid)
        self.device.write(0, 1 << (LEVEL, EDGE).index(intid))

    @rule(intid=intids, on=st.booleans())
    def enable(self, intid: int, on: bool) -> None:
        (self.enabled.add if on else self.enabled.discard)(intid)
        self.gic.write((0x100 if on else 0x180) + intid // 32 * 4, 1 << intid % 32)

    @rule(intid=intids, on=st.booleans())
    def pend(self, intid: int, on: bool) -> None:
        (self.latched.add if on else self.latched.discard)(intid)
        (self.gic.set_pending if on else self.gic.clear_pending)(intid)

    @rule(intid=intids)
    def activate(self, intid: int) -> None:
        self.active.add(intid)
        self.gic.set_active(intid)

    @rule()
    def acknowledge(self) -> None:
        expected = self.expected()
        assert self.gic.acknowledge() == (SPURIOUS if expected < 0 else expected)
        if expected >= 0:
            self.active.add(expected)
            self.latched.discard(expected)

    @rule(intid=intids)
    def eoi(self, intid: int) -> None:
        self.active.discard(intid)
        self.gic.eoi(intid)

    def pending(self) -> set[int]:
        return self.latched | (self.high & {LEVEL})

    def expected(self) -> int:
        return min((self.pending() & self.enabled) - self.active, default=-1)

    @invariant()
    def agrees(self) -> None:
        assert self.gic.signalled() == self.expected()
        for test, model in (
            (self.gic.is_enabled, self.enabled),
            (self.gic.is_active, self.active),
            (self.gic.is_pending, self.pending()),
        ):
            assert {intid for intid in (LEVEL, EDGE) if test(intid)} == model


TestGicMachine = GicMachine.TestCase
TestGicMachine.settings = settings(deadline=None, max_examples=60)
