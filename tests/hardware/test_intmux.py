"""The intmux's registers."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from irqlab.hardware import Intmux, Peripheral
from irqlab.hardware.intmux import CSR_AND, CSR_IRQP, CSR_RST, chancsr, chanier, chanipr, chanvec
from irqlab.state import World


def mux_with_32_lines() -> tuple[Intmux, Peripheral]:
    world = World()
    mux, device = Intmux(world, "mux"), Peripheral(world, "many", lines=32)
    for line in range(32):
        mux.wire(line, device, line)
    return mux, device


def test_offsets_are_those_of_the_driver() -> None:
    mux = Intmux(World(), "mux")
    assert [mux.register_name(o) for o in (0x0, 0x4, 0x10, 0x20)] == ["CHANCSR0", "CHANVEC0", "CHANIER0", "CHANIPR0"]
    assert [mux.register_name(o) for o in (0x1C0, 0x1D0, 0x1E0)] == ["CHANCSR7", "CHANIER7", "CHANIPR7"]


def test_each_channel_sees_every_input_and_has_one_output() -> None:
    mux, device = mux_with_32_lines()
    device.raise_event(3)
    mux.write(chanier(2), 1 << 3)
    assert [mux.output(n) for n in range(8)] == [False, False, True, False, False, False, False, False]
    assert (mux.read(chanipr(2)), mux.read(chanipr(0))) == (8, 0)
    assert (mux.enabled(3, 2), mux.enabled(3, 0)) == (True, False)


def test_the_vector_is_the_lowest_pending_input() -> None:
    mux, device = mux_with_32_lines()
    device.raise_event(9)
    device.raise_event(4)
    mux.write(chanier(1), 0xFFFF_FFFF)
    assert (mux.read(chanvec(1)), mux.read(chanvec(0))) == (16, 0)


def test_with_and_all_enabled_inputs_are_needed() -> None:
    mux, device = mux_with_32_lines()
    mux.write(chancsr(0), CSR_AND)
    mux.write(chanier(0), 0b11)
    device.raise_event(0)
    assert not mux.output(0)
    device.raise_event(1)
    assert mux.output(0)
    assert mux.read(chancsr(0)) == CSR_IRQP | CSR_AND


def test_a_software_reset_clears_its_channel_only() -> None:
    mux, _ = mux_with_32_lines()
    mux.write(chanier(0), 1)
    mux.write(chanier(3), 1)
    mux.write(chancsr(3), CSR_RST | CSR_AND)
    assert (mux.read(chanier(0)), mux.read(chanier(3)), mux.read(chancsr(3))) == (1, 0, 3 << 8)


@given(asserted=st.sets(st.integers(0, 31)), enabled=st.lists(st.integers(0, 0xFFFF_FFFF), min_size=8, max_size=8))
def test_a_channel_is_pending_where_enabled_inputs_are_up(asserted: set[int], enabled: list[int]) -> None:
    mux, device = mux_with_32_lines()
    up = sum(1 << line for line in asserted)
    for line in sorted(asserted):
        device.raise_event(line)
    for n in range(8):
        mux.write(chanier(n), enabled[n])
    assert [mux.read(chanipr(n)) for n in range(8)] == [word & up for word in enabled]
    assert [mux.output(n) for n in range(8)] == [word & up != 0 for word in enabled]
