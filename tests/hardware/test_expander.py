"""A GPIO expander: it interrupts when an input is not what was last read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.hardware import Expander, Machine, Peripheral
from irqlab.hardware.expander import INPUT, INT_MASK, INT_STATUS
from irqlab.hardware.peripheral import STATUS as EVENTS
from irqlab.state import World


def expander(*, latches: bool = False) -> tuple[Expander, tuple[Peripheral, ...]]:
    world = World()
    block = Expander(world, "gpio@20", lines=4, latches=latches)
    devices = tuple(Peripheral(world, f"device@{line}") for line in range(4))
    for line, device in enumerate(devices):
        block.wire(line, device, 0)
    Machine(world, None, (block, *devices))
    return block, devices


def test_everything_is_masked_until_somebody_opens_it() -> None:
    block, devices = expander()
    assert (block.read(INT_MASK), block.lets_through(2)) == (0xF, False)
    devices[2].raise_event()
    assert not block.output(0)
    block.write(INT_MASK, 0b1011)
    assert (block.output(0), block.read(INT_STATUS), block.lets_through(2)) == (True, 4, True)


def test_reading_the_inputs_acknowledges_whether_the_line_is_up_or_not() -> None:
    block, devices = expander()
    block.write(INT_MASK, 0)
    devices[2].raise_event()
    assert (block.read(INPUT), block.output(0)) == (4, False)
    devices[2].write(EVENTS, 1)
    assert (block.output(0), block.read(INPUT), block.output(0)) == (True, 0, False)


def test_a_pulse_that_is_over_before_anybody_has_read_is_lost() -> None:
    block, devices = expander()
    block.write(INT_MASK, 0)
    devices[2].raise_event()
    devices[2].write(EVENTS, 1)
    assert not block.output(0)


def test_a_latch_keeps_it_until_the_inputs_are_read() -> None:
    block, devices = expander(latches=True)
    block.write(INT_MASK, 0)
    devices[2].raise_event()
    devices[2].write(EVENTS, 1)
    assert (block.output(0), block.read(INT_STATUS)) == (True, 4)
    assert (block.read(INPUT), block.output(0), block.read(INT_STATUS)) == (0, False, 0)


def test_a_latch_keeps_nothing_of_what_is_masked() -> None:
    block, devices = expander(latches=True)
    devices[2].raise_event()
    block.write(INT_MASK, 0)
    assert (block.output(0), block.read(INPUT)) == (False, 4)


def test_an_expander_has_1_to_32_lines() -> None:
    with pytest.raises(ModelError, match="cannot have 0 lines"):
        Expander(World(), "gpio@20", lines=0)


EVENT = st.tuples(st.sampled_from(("raise", "serve", "mask", "read", "lose")), st.integers(0, 3))


@given(latches=st.booleans(), events=st.lists(EVENT, max_size=30))
def test_the_output_is_up_while_an_unmasked_input_is_not_what_was_read_or_has_not_been(
    latches: bool, events: list[tuple[str, int]]
) -> None:
    block, devices = expander(latches=latches)
    up, read, latched, mask = 0, 0, 0, 0xF
    for what, line in events:
        bit = 1 << line
        if what == "raise":
            devices[line].raise_event()
            latched |= ~up & bit & ~mask
            up |= bit
        elif what == "serve":
            devices[line].write(EVENTS, 1)
            latched |= up & bit & ~mask
            up &= ~bit
        elif what == "mask":
            mask ^= bit
            block.write(INT_MASK, mask)
        elif what == "read":
            assert block.read(INPUT) == up
            read, latched = up, 0
        else:
            block.lose()
            block.sample()
            read, latched, mask = 0, 0, 0xF
        waiting = (latched if latches else up ^ read) & ~mask
        assert (block.read(INT_STATUS), block.output(0)) == (waiting, bool(waiting))
