"""What every block on the bus does: when it answers, what it forgets, what it drives."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.errors import ModelError
from irqlab.hardware import Block, Irqsteer, Peripheral
from irqlab.state import End, World, kernel


def test_a_supplied_block_answers(rig: Any) -> None:
    r = rig()
    assert r.steer.dead_reason() == ""
    r.steer.write(0, 1)
    assert r.steer.read(0) == 1


def test_a_block_says_which_clock_is_stopped(rig: Any) -> None:
    r = rig()
    r.machine.clock_off("ipg")
    assert r.steer.dead_reason() == "clock ipg is stopped"
    r.machine.clock_off("root")
    assert r.steer.dead_reason() == "clock bus is stopped"


def test_power_is_named_before_reset_and_reset_before_clocks(rig: Any) -> None:
    r = rig()
    r.machine.clock_off("ipg")
    r.machine.reset_assert("rst")
    assert r.steer.dead_reason() == "reset is asserted"
    r.machine.domain_off("mix")
    assert r.steer.dead_reason() == "power domain mix is off"


def test_a_dead_block_reads_zero_and_drops_writes(rig: Any) -> None:
    r = rig()
    r.steer.write(0, 1)
    r.machine.clock_off("ipg")
    r.steer.write(0, 7)
    assert r.steer.read(0) == 0
    r.machine.clock_on("ipg")
    assert r.steer.read(0) == 1


def test_an_unknown_register_is_told_and_reads_zero(rig: Any) -> None:
    r = rig()
    r.world.begin()
    assert r.steer.read(0x44) == 0
    r.steer.write(0x48, 1)
    assert r.world.signals == [
        ("unknown-register", (("block", "interrupt-controller@1000"), ("offset", 0x44))),
        ("unknown-register", (("block", "interrupt-controller@1000"), ("offset", 0x48))),
    ]
    assert r.steer.register_name(0x44) == "+0x44"


def test_an_input_with_two_sources_is_their_or(rig: Any) -> None:
    r = rig()
    other = Block(r.world, "other@3000", outputs=1)
    r.steer.wire(8, other, 0)
    assert not r.steer.input_level(8)
    r.device.raise_event()
    assert r.steer.input_level(8)
    assert not r.steer.input_level(9)


def test_two_registers_at_one_offset_are_refused() -> None:
    block = Block(World(), "block@0")
    block.define(0, "A")
    with pytest.raises(ModelError, match="block@0 has two registers at 0x0: A and B"):
        block.define(0, "B")
    assert block.offset("A") == 0
    with pytest.raises(ModelError, match="block@0 has no register B: it has A"):
        block.offset("B")


@pytest.mark.parametrize(("mode", "before", "after"), [("low", False, False), ("held", True, True), ("follows", True, False)])
def test_a_gated_output_is_low_held_or_follows_its_input(rig: Any, mode: str, before: bool, after: bool) -> None:
    r = rig(when_gated=mode)
    r.open()
    r.device.raise_event()
    assert r.steer.output(0)
    r.machine.clock_off("ipg")
    assert r.steer.output(0) is before
    r.device.write(0, 1)
    assert r.steer.output(0) is after
    r.machine.clock_on("ipg")
    assert not r.steer.output(0)


def test_a_held_output_freezes_at_the_first_clock_that_stops(rig: Any) -> None:
    r = rig(when_gated="held")
    r.open()
    r.device.raise_event()
    r.machine.clock_off("ipg")
    r.device.write(0, 1)
    r.machine.clock_off("root")
    r.machine.clock_on("ipg")
    assert r.steer.output(0)
    r.machine.clock_on("root")
    assert not r.steer.output(0)


@pytest.mark.parametrize("mode", ["low", "held", "follows"])
def test_without_power_every_output_is_low(rig: Any, mode: str) -> None:
    r = rig(when_gated=mode, retention=True)
    r.open()
    r.device.raise_event()
    r.machine.clock_off("ipg")
    r.machine.domain_off("mix")
    assert not r.steer.output(0)


def test_gating_and_ungating_leave_the_state_as_it_was(rig: Any) -> None:
    r = rig(when_gated="held")
    r.open()
    r.device.raise_event()
    before = r.world.dump()
    r.machine.clock_off("ipg")
    assert r.world.dump() != before
    r.machine.clock_on("ipg")
    assert r.world.dump() == before


def test_a_read_of_one_word_touches_no_other_word() -> None:
    world = World()
    steer = Irqsteer(world, "steer", num_irqs=64)
    world.begin()
    steer.read(steer.chanmask(0))
    assert [world.slot(slot).label for slot in world.reads] == ["Register(steer, CHANMASK0)"]


@kernel
def serve(device: Peripheral) -> int:
    """Stands for a handler: reads the status, then clears it."""
    status = device.read(0)
    device.write(0, status)
    return status


def test_a_context_remembers_what_a_register_read_as_and_nothing_behind_it() -> None:
    world = World()
    device = Peripheral(world, "a")
    device.raise_event()
    world.commit()
    world.begin()
    world.may_stop = lambda kind: kind == "readl"

    @kernel
    def entry(device: Peripheral) -> int:
        status = device.read(0)
        device.world.tape.point("readl")
        device.write(0, status)
        return serve(device)

    stopped = world.step("cpu0", entry, (device,), ())
    assert (stopped.end, stopped.stored()) == (End.POINT, ((1,),))
    done = world.step("cpu0", entry, (device,), stopped.stored())
    assert (done.end, done.value, device.asserted()) == (End.DONE, 0, False)
