"""The machine: what switching does to every block concerned."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.errors import ModelError

INTID = 50


class Notes:
    """A recorder that keeps the notes."""

    def __init__(self) -> None:
        self.notes: list[tuple[str, dict[str, Any]]] = []

    def call(self, name: str, args: tuple[Any, ...]) -> None: ...
    def reopen(self, name: str, args: tuple[Any, ...]) -> None: ...
    def result(self, name: str, result: Any) -> None: ...

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        self.notes.append((kind, facts))


def test_blocks_go_by_name_and_label(rig: Any) -> None:
    r = rig()
    assert r.machine.blocks["irqsteer"] is r.machine.blocks["interrupt-controller@1000"] is r.steer
    assert r.machine.all_blocks == (r.gic, r.steer, r.device)
    assert r.machine.peripherals == (r.device,)


def test_an_event_reaches_the_cpu(rig: Any) -> None:
    r = rig()
    r.open()
    r.gic.set_enable(INTID)
    r.device.raise_event()
    assert r.gic.acknowledge() == INTID


def test_a_stopped_clock_keeps_the_registers(rig: Any) -> None:
    r = rig()
    r.open()
    r.machine.clock_off("root")
    r.machine.clock_on("root")
    assert r.steer.read(r.steer.chanmask(1)) == 1 << 8


def test_lost_power_loses_the_registers(rig: Any) -> None:
    r = rig()
    r.open()
    r.machine.domain_off("mix")
    r.machine.domain_on("mix")
    assert (r.steer.read(0), r.steer.read(r.steer.chanmask(1))) == (0, 0)


def test_retained_registers_survive_power_but_no_reset(rig: Any) -> None:
    r = rig(retention=True)
    r.open()
    r.machine.domain_off("mix")
    r.machine.domain_on("mix")
    assert r.steer.read(r.steer.chanmask(1)) == 1 << 8
    r.machine.reset_assert("rst")
    r.machine.reset_deassert("rst")
    assert r.steer.read(r.steer.chanmask(1)) == 0


def test_an_oscillator_cannot_be_stopped(rig: Any) -> None:
    r = rig()
    r.machine.clock_off("osc")
    assert r.machine.clocks["osc"].running()
    assert r.steer.dead_reason() == ""


def test_switches_are_traced_when_they_move(rig: Any) -> None:
    r = rig()
    r.world.recorder = notes = Notes()
    for act in (r.machine.clock_off, r.machine.clock_off, r.machine.clock_on):
        act("ipg")
    r.machine.domain_off("mix")
    r.machine.domain_on("mix")
    r.machine.reset_assert("rst")
    r.machine.reset_deassert("rst")
    assert notes.notes == [
        ("clock", {"name": "ipg", "on": False}),
        ("clock", {"name": "ipg", "on": True}),
        ("power", {"name": "mix", "on": False}),
        ("power", {"name": "mix", "on": True}),
        ("reset", {"name": "rst", "on": True}),
        ("reset", {"name": "rst", "on": False}),
    ]


def test_a_glitch_of_a_gated_output_is_an_edge(rig: Any) -> None:
    r = rig(when_gated="low", edge=True)
    r.open()
    r.device.raise_event()
    r.gic.clear_pending(INTID)
    r.machine.clock_off("ipg")
    r.machine.clock_on("ipg")
    assert r.gic.is_pending(INTID)


def test_the_bus_hangs_for_good(rig: Any) -> None:
    r = rig(on_dead="hang")
    assert (r.machine.bus_hung, r.steer.on_dead) == (False, "hang")
    r.machine.hang_bus()
    assert r.machine.bus_hung


def test_an_unknown_clock_is_refused_with_the_known_ones(rig: Any) -> None:
    with pytest.raises(ModelError, match="machine has no clock 'axi': it has osc, root, ipg"):
        rig().machine.clock_on("axi")


def test_a_state_restores_the_hardware(rig: Any) -> None:
    r = rig(when_gated="held")
    r.open()
    r.world.commit()
    state, dump = r.world.state(), r.world.dump()
    r.world.begin()
    r.device.raise_event()
    r.machine.domain_off("mix")
    r.world.commit()
    assert r.world.dump() != dump
    r.world.restore(state)
    assert r.world.dump() == dump
