"""The irqsteer's registers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.hardware import Irqsteer, Peripheral
from irqlab.state import World


def test_offsets_are_those_of_the_driver_for_two_words() -> None:
    steer = Irqsteer(World(), "steer", num_irqs=64)
    assert [(hex(o), steer.register_name(o)) for o in range(0, 0x24, 4)] == [
        ("0x0", "CHANCTRL"),
        ("0x4", "CHANMASK0"),
        ("0x8", "CHANMASK1"),
        ("0xc", "CHANSET0"),
        ("0x10", "CHANSET1"),
        ("0x14", "CHANSTATUS0"),
        ("0x18", "CHANSTATUS1"),
        ("0x1c", "CHAN_MINTDIS"),
        ("0x20", "CHAN_MASTRSTAT"),
    ]


def test_512_inputs_have_16_words_and_8_outputs() -> None:
    steer = Irqsteer(World(), "steer", num_irqs=512)
    assert (steer.words, steer.outputs) == (16, 8)
    assert (steer.offset("CHANSTATUS15"), steer.offset("CHAN_MINTDIS"), steer.offset("CHAN_MASTRSTAT")) == (0xC0, 0xC4, 0xC8)


def test_the_highest_inputs_are_in_the_first_word() -> None:
    steer = Irqsteer(World(), "steer", num_irqs=64)
    assert (steer.word_of(8), steer.word_of(40)) == (1, 0)


def test_input_40_is_bit_8_of_word_0() -> None:
    world = World()
    steer, device = Irqsteer(world, "steer", num_irqs=64), Peripheral(world, "b")
    steer.wire(40, device, 0)
    device.raise_event()
    steer.write(steer.chanmask(0), 0xFFFF_FFFF)
    steer.write(steer.chanmask(1), 0xFFFF_FFFF)
    assert (steer.read(steer.chanstatus(0)), steer.read(steer.chanstatus(1))) == (1 << 8, 0)
    assert steer.read(steer.chan_mastrstat) == 1


def test_the_output_needs_the_channel_to_be_steered() -> None:
    world = World()
    steer, device = Irqsteer(world, "steer", num_irqs=64, channel=1), Peripheral(world, "a")
    steer.wire(8, device, 0)
    device.raise_event()
    steer.write(steer.chanmask(1), 1 << 8)
    assert not steer.output(0)
    steer.write(0, 1 << 0)
    assert not steer.output(0)
    steer.write(0, 1 << 1)
    assert steer.output(0)


def test_a_disabled_group_is_silent_and_keeps_its_status() -> None:
    world = World()
    steer, device = Irqsteer(world, "steer", num_irqs=128), Peripheral(world, "a")
    steer.wire(64, device, 0)
    device.raise_event()
    steer.write(0, 1)
    steer.write(steer.chanmask(steer.word_of(64)), 1)
    assert (steer.output(0), steer.output(1)) == (False, True)
    steer.write(steer.chan_mintdis, 1 << 1)
    assert not steer.output(1)
    assert steer.read(steer.chanstatus(steer.word_of(64))) == 1


def test_status_ignores_writes() -> None:
    steer = Irqsteer(World(), "steer", num_irqs=64)
    steer.write(steer.chanstatus(0), 1)
    assert steer.read(steer.chanstatus(0)) == 0


@pytest.mark.parametrize("inputs", [0, 31, 48, -32])
def test_inputs_come_in_words(inputs: int) -> None:
    with pytest.raises(ModelError, match="a multiple of 32 is needed"):
        Irqsteer(World(), "steer", num_irqs=inputs)


lines = st.sets(st.integers(0, 127))


@given(asserted=lines, opened=lines, forced=lines, steered=st.booleans())
def test_status_and_outputs_are_what_each_input_says(
    asserted: set[int], opened: set[int], forced: set[int], steered: bool
) -> None:
    world = World()
    steer, device = Irqsteer(world, "steer", num_irqs=128), Peripheral(world, "many", lines=128)
    for line in range(128):
        steer.wire(line, device, line)
    for line in sorted(asserted):
        device.raise_event(line)
    for name, wanted in (("CHANMASK", opened), ("CHANSET", forced)):
        for n in range(4):
            word = sum(1 << line % 32 for line in wanted if 3 - line // 32 == n)
            steer.write(steer.offset(f"{name}{n}"), word)
            assert steer.read(steer.offset(f"{name}{n}")) == word
    steer.write(0, int(steered))
    status = (asserted | forced) & opened
    seen = {32 * (3 - n) + bit for n in range(4) for bit in range(32) if steer.read(steer.chanstatus(n)) >> bit & 1}
    assert seen == status
    assert [line for line in range(128) if steer.enabled(line)] == sorted(opened)
    assert steer.read(steer.chan_mastrstat) == int(bool(status))
    assert [steer.output(i) for i in range(2)] == [steered and any(line // 64 == i for line in status) for i in range(2)]
