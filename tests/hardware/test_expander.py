"""A GPIO expander: it interrupts when an input is not what was last read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.hardware import Expander, Peripheral
from irqlab.hardware.expander import INPUT, INT_MASK, INT_STATUS
from irqlab.hardware.peripheral import STATUS as EVENTS
from irqlab.state import World


def expander() -> tuple[Expander, tuple[Peripheral, ...]]:
    world = World()
    block = Expander(world, "gpio@20", lines=4)
    devices = tuple(Peripheral(world, f"device@{line}") for line in range(4))
    for line, device in enumerate(devices):
        block.wire(line, device, 0)
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


def test_an_expander_has_1_to_32_lines() -> None:
    with pytest.raises(ModelError, match="cannot have 0 lines"):
        Expander(World(), "gpio@20", lines=0)


@given(st.lists(st.tuples(st.sampled_from(("raise", "serve", "mask", "read", "lose")), st.integers(0, 3)), max_size=30))
def test_the_output_is_up_while_an_unmasked_input_is_not_what_was_read(events: list[tuple[str, int]]) -> None:
    block, devices = expander()
    up, read, mask = 0, 0, 0xF
    for what, line in events:
        if what == "raise":
            devices[line].raise_event()
            up |= 1 << line
        elif what == "serve":
            devices[line].write(EVENTS, 1)
            up &= ~(1 << line)
        elif what == "mask":
            mask ^= 1 << line
            block.write(INT_MASK, mask)
        elif what == "read":
            assert block.read(INPUT) == up
            read = up
        else:
            block.lose()
            read, mask = 0, 0xF
        assert block.output(0) is bool((up ^ read) & ~mask)
