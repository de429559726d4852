"""The boards that come with irqlab."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.board import load, names
from irqlab.board.parts import Wire
from irqlab.errors import BoardError
from irqlab.hardware import Expander, GpioBank, Intmux, Irqsteer, Peripheral
from irqlab.state import World


def test_there_are_five_boards() -> None:
    assert names() == ("expander", "gic", "gpio", "intmux", "irqsteer")


@pytest.mark.parametrize("name", ["expander", "gic", "gpio", "intmux", "irqsteer"])
def test_our_own_boards_assume_nothing(name: str) -> None:
    assert load(name).assumptions == ()


def test_the_irqsteer_board() -> None:
    board = load("irqsteer")
    assert [(part.name, part.label, part.kind) for part in board.parts] == [
        ("interrupt-controller@38800000", "gic", "gic"),
        ("interrupt-controller@32e2d000", "irqsteer", "irqsteer"),
        ("peripheral@32e00000", "a", "peripheral"),
        ("peripheral@32e10000", "b", "peripheral"),
        ("clock-user", "clock_user", "clock-user"),
    ]
    assert board.part("irqsteer").wires == (Wire(0, "interrupt-controller@38800000", 50),)
    assert board.part("a").wires == (Wire(0, "interrupt-controller@32e2d000", 8),)
    assert board.part("b").wires == (Wire(0, "interrupt-controller@32e2d000", 40),)
    assert board.part("clock_user").clocks[0][1] is board.part("irqsteer").clocks[0][1]
    assert board.undecided == ("interrupt-controller@32e2d000",)


def test_the_irqsteer_board_starts_dark_and_works_once_supplied() -> None:
    machine = load("irqsteer").build(World(), "follows")
    steer, b = machine.blocks["irqsteer"], machine.blocks["b"]
    assert isinstance(steer, Irqsteer) and isinstance(b, Peripheral)
    assert (steer.output_when_gated, steer.dead_reason()) == ("follows", "power domain pd_mix is off")
    machine.domain_on("pd_mix")
    assert steer.dead_reason() == "clock ipg is stopped"
    machine.clock_on("ipg")
    steer.write(0, 1)
    steer.write(steer.offset("CHANMASK0"), 1 << 8)
    machine.gic.set_enable(50)
    b.raise_event()
    assert machine.gic.acknowledge() == 50


def test_the_lines_of_the_gpio_board_and_what_its_bank_is_like() -> None:
    board = load("gpio")
    assert [part.wires for part in (board.part("gpio"), board.part("a"), board.part("b"))] == [
        (Wire(0, "interrupt-controller@38800000", 96),),
        (Wire(0, "gpio@30200000", 3),),
        (Wire(0, "gpio@30200000", 5),),
    ]
    assert board.undecided == ()
    bank = board.build(World()).blocks["gpio"]
    assert isinstance(bank, GpioBank)
    assert (bank.lines, bank.masked_edges, bank.output_when_gated) == (8, "latched", "low")


def test_the_expander_is_always_on() -> None:
    machine = load("expander").build(World())
    block, b = machine.blocks["expander"], machine.blocks["b"]
    assert isinstance(block, Expander) and isinstance(b, Peripheral)
    assert (block.lines, block.latches, block.dead_reason()) == (8, True, "")
    block.write(block.offset("INT_MASK"), 0)
    machine.gic.set_enable(98)
    b.raise_event()
    assert machine.gic.acknowledge() == 98


def test_each_peripheral_of_the_intmux_board_has_its_channel() -> None:
    board = load("intmux")
    machine = board.build(World())
    mux, a, b = (machine.blocks[name] for name in ("intmux", "a", "b"))
    assert isinstance(mux, Intmux) and isinstance(a, Peripheral) and isinstance(b, Peripheral)
    assert [wire.hwirq for wire in board.part("intmux").wires] == [48, 49]
    assert [cells for _, cells in (*board.part("a").interrupts, *board.part("b").interrupts)] == [(3, 0), (9, 1)]
    machine.domain_on("pd_cm")
    machine.clock_on("ipg")
    mux.write(mux.offset("CHANIER1"), 1 << 9)
    b.raise_event()
    assert (machine.gic.is_pending(48), machine.gic.is_pending(49)) == (False, True)


def test_two_builds_of_a_board_are_one_state() -> None:
    one, two = World(), World()
    load("irqsteer").build(one, "held")
    load("irqsteer").build(two, "held")
    assert one.dump() == two.dump()


def test_a_board_is_loaded_by_path(tmp_path: Path) -> None:
    file = tmp_path / "mine.dts"
    file.write_text('/dts-v1/;\n/ { g { compatible = "arm,gic-v3"; #interrupt-cells = <3>; }; };')
    assert load(file).name == "mine"


def test_an_unknown_board_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(BoardError) as caught:
        load("irqster")
    assert (
        str(caught.value)
        == "there is no board 'irqster': take expander, gic, gpio, intmux, irqsteer, or the path of a .dts or .dtb"
    )
    with pytest.raises(BoardError, match="there is no board"):
        load("x" * 5000)
    with pytest.raises(BoardError, match="there is no such file"):
        load(tmp_path / "x.dts")
