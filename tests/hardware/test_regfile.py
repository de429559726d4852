"""Registers nobody has described, and accesses of every width."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from irqlab.errors import ModelError
from irqlab.hardware import ClockGate, Gic, Irqsteer, Machine, Peripheral, RegisterFile, Supplies, Words
from irqlab.state import World


def file(size: int = 0x100, **supplies: Any) -> RegisterFile:
    return RegisterFile(World(), "controller@1000", Supplies(**supplies), size=size)


def test_it_keeps_what_is_written_at_any_offset_of_its_window() -> None:
    block = file()
    block.write(0x44, 0x1234_5678)
    block.write(0xFC, 7)
    assert (block.read(0x44), block.read(0xFC), block.read(0x48)) == (0x1234_5678, 7, 0)
    assert block.register_name(0x44) == "+0x44"


def test_narrow_and_wide_accesses_touch_the_words_they_cover() -> None:
    block = file()
    block.write(0x10, 0x1122_3344_5566_7788, 8)
    assert (block.read(0x10), block.read(0x14), block.read(0x10, 8)) == (0x5566_7788, 0x1122_3344, 0x1122_3344_5566_7788)
    assert (block.read(0x10, 1), block.read(0x13, 1), block.read(0x12, 2)) == (0x88, 0x55, 0x5566)
    block.write(0x12, 0xAAAA, 2)
    block.write(0x14, 0xBB, 1)
    assert block.read(0x10, 8) == 0x1122_33BB_AAAA_7788
    block.write(0x16, 0xFFFF_FFFF_FFFF, 2)
    assert block.read(0x14, 8) == 0xFFFF_33BB


def test_a_width_that_no_cpu_has_is_refused() -> None:
    with pytest.raises(ModelError, match="controller@1000: an access of 3 bytes at 0x4 is none: use 1, 2, 4 or 8"):
        file().read(4, 3)


def test_outside_of_the_window_there_is_no_register() -> None:
    block = file(size=0x10)
    block.world.begin()
    block.write(0x10, 1)
    assert (block.read(0x10), block.read(0xC, 8)) == (0, 0)
    assert [dict(facts)["offset"] for _, facts in block.world.signals] == [0x10, 0x10, 0x10]


def test_it_is_gated_like_any_block() -> None:
    world = World()
    clock = world.new(ClockGate, "ipg", on=True)
    block = RegisterFile(world, "controller@1000", Supplies((("ipg", clock),)), size=0x100)
    block.write(0, 5)
    clock.on = False
    block.write(0, 6)
    assert (block.read(0), block.dead_reason()) == (0, "clock ipg is stopped")
    clock.on = True
    assert block.read(0) == 5


def test_what_it_drives_nobody_knows_and_it_is_low() -> None:
    block = RegisterFile(World(), "controller@1000", size=0x100, outputs=2)
    block.write(0, 0xFFFF_FFFF)
    assert (block.output(1), block.described, block.lets_through(0)) == (False, False, False)
    assert Peripheral(World(), "device@0").described


def test_a_word_that_is_zero_again_leaves_no_trace() -> None:
    block = file()
    before = block.world.dump()
    block.write(0x20, 1)
    block.write(0x24, 2)
    assert [key for kind, key, _ in block.world.dump() if kind == "Register"] == [
        ("controller@1000", "+0x20"),
        ("controller@1000", "+0x24"),
    ]
    block.write(0x24, 0)
    block.write(0x20, 0)
    assert block.world.dump() == before


def test_two_histories_that_meet_are_one_state() -> None:
    one, two = file(), file()
    for offset in (0, 4, 8):
        one.write(offset, offset + 1)
    for offset in (8, 0, 4, 12):
        two.write(offset, offset + 1)
    two.write(12, 0)
    assert one.world.dump() == two.world.dump()


def test_lost_power_loses_every_word_that_was_written() -> None:
    block = file()
    before = block.world.dump()
    for offset in range(0, 0x40, 4):
        block.write(offset, 1)
    block.lose()
    assert (block.read(0), block.read(0x3C), block.world.dump() == before) == (0, 0, True)


def test_a_loss_reads_which_words_there_are() -> None:
    """What is lost depends on the state alone: a segment that loses is not the same where more was written."""
    block = file()
    world = block.world
    world.commit()
    world.begin()
    block.lose()
    assert "Written(controller@1000)" in [world.slot(slot).label for slot in world.reads]


def test_a_read_of_one_word_touches_no_other_word() -> None:
    block = file()
    block.write(4, 1)
    block.world.commit()
    block.world.begin()
    assert block.read(4) == 1
    assert {block.world.slot(slot).label for slot in block.world.reads} == {"Register(controller@1000, +0x4)"}


def test_its_words_are_hardware_before_one_is_written() -> None:
    """A successor kernel keeps the kinds of Records that had a slot when the first kernel was made."""
    world = World()
    RegisterFile(world, "controller@1000", size=0x100)
    assert {world.slot(number).kind() for number in range(world.slots)} == {"Register", "Written"}


def test_a_state_restores_the_words() -> None:
    block = file()
    block.write(4, 1)
    block.world.commit()
    state, dump = block.world.state(), block.world.dump()
    block.world.begin()
    block.write(4, 0)
    block.write(8, 9)
    block.world.commit()
    block.world.restore(state)
    assert (block.world.dump(), block.read(4), block.read(8)) == (dump, 1, 0)


# -- described blocks -----------------------------------------------------------------------------------------------


def test_described_registers_are_read_and_written_in_part() -> None:
    steer = Irqsteer(World(), "steer@0", num_irqs=64)
    mask = steer.offset("CHANMASK0")
    steer.write(mask, 0x1122_3344)
    steer.write(mask + 1, 0xFF, 1)
    assert (steer.read(mask), steer.read(mask + 2, 2), steer.register_name(mask + 2)) == (0x1122_FF44, 0x1122, "CHANMASK0+2")
    steer.write(mask, 0xAAAA_AAAA_BBBB_BBBB, 8)
    assert (steer.read(mask), steer.read(steer.offset("CHANMASK1"))) == (0xBBBB_BBBB, 0xAAAA_AAAA)


def test_a_narrow_write_clears_only_the_events_it_names() -> None:
    device = Peripheral(World(), "device@0", lines=16)
    for line in (0, 9):
        device.raise_event(line)
    device.write(1, 0x02, 1)
    assert (device.asserted(0), device.asserted(9), device.read(0, 2)) == (True, False, 1)


def test_a_narrow_write_enables_only_the_interrupts_it_names() -> None:
    gic = Gic(World(), "gic@0", spis=32)
    for intid in (32, 40):
        gic.add_spi(intid)
    gic.write(0x104 + 1, 1, 1)
    assert (gic.is_enabled(32), gic.is_enabled(40)) == (False, True)


def test_a_described_block_may_keep_its_other_registers() -> None:
    world = World()
    gic = Gic(world, "gic@0", spis=32)
    world.begin()
    gic.write(0x6000, 1)
    assert ([kind for kind, _ in world.signals], gic.read(0x6000)) == (["unknown-register"], 0)
    gic.keep_rest(Words(world, "gic@0", 0x10000))
    world.begin()
    gic.write(0x6000, 0x1_0000_0001, 8)
    assert (gic.read(0x6000, 8), gic.read(0x4), world.signals) == (0x1_0000_0001, 1, [])
    gic.lose()
    assert gic.read(0x6000) == 0


# -- addresses --------------------------------------------------------------------------------------------------------


def test_a_machine_finds_who_answers_at_an_address() -> None:
    world = World()
    low, high = (RegisterFile(world, name, size=0x1000) for name in ("low", "high"))
    low.place(0x1000, 0x1000)
    high.place(0x8_0000_0000, 0x100)
    machine = Machine(world, None, (low, high, Peripheral(world, "nowhere")))
    assert (machine.at(0x1000), machine.at(0x1FFC)) == ((low, 0), (low, 0xFFC))
    assert (machine.at(0x8_0000_00FF), machine.at(0x8_0000_0100)) == ((high, 0xFF), None)
    assert (machine.at(0x2000), machine.at(0), machine.at(0xFFF)) == (None, None, None)


def test_where_windows_lie_over_each_other_the_described_one_answers_then_the_smaller() -> None:
    world = World()
    bus, inner = RegisterFile(world, "bus", size=0x1000), RegisterFile(world, "inner", size=0x10)
    device = Peripheral(world, "device")
    bus.place(0x1000, 0x1000)
    inner.place(0x1100, 0x10)
    device.place(0x1FF0, 0x100)
    machine = Machine(world, None, (bus, inner, device))
    assert [machine.at(address) for address in (0x10FF, 0x1100, 0x110F, 0x1110, 0x1FEF)] == [
        (bus, 0xFF),
        (inner, 0),
        (inner, 0xF),
        (bus, 0x110),
        (bus, 0xFEF),
    ]
    assert (machine.at(0x1FF0), machine.at(0x20EF)) == ((device, 0), (device, 0xFF))
    device.place(0x1000, 0x2000)
    assert Machine(world, None, (bus, inner, device), name="again").at(0x1100) == (device, 0x100)


def test_a_machine_without_a_gic_switches_its_clocks() -> None:
    world = World()
    clock = world.new(ClockGate, "ipg")
    block = RegisterFile(world, "root@0", Supplies((("ipg", clock),)), size=0x100)
    machine = Machine(world, None, (block,), clocks=(clock,), aliases={"other": block})
    machine.clock_on("ipg")
    assert (machine.gic, machine.all_blocks, machine.blocks["other"], block.dead_reason()) == (None, (block,), block, "")


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.integers(0, 0x1F), st.sampled_from([1, 2, 4, 8]), st.one_of(st.none(), st.integers(0, 2**64 - 1))),
        max_size=30,
    )
)
def test_any_accesses_are_those_of_a_memory_of_bytes(accesses: list[tuple[int, int, int | None]]) -> None:
    block, memory = file(size=0x28), bytearray(0x28)
    for offset, size, value in accesses:
        if value is None:
            assert block.read(offset, size) == int.from_bytes(memory[offset : offset + size], "little")
        else:
            block.write(offset, value, size)
            memory[offset : offset + size] = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
    written = [at for at in range(0, 0x28, 4) if any(memory[at : at + 4])]
    assert [key[1] for kind, key, _ in block.world.dump() if kind == "Register"] == sorted(f"+{at:#x}" for at in written)
