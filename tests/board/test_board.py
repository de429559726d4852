"""From nodes to parts and to a machine."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board import Board, parse
from irqlab.board.parts import Wire
from irqlab.errors import BoardError
from irqlab.hardware import Irqsteer, Peripheral
from irqlab.state import World

STEER = """
	steer: steer@1 {
		compatible = "fsl,imx8qm-irqsteer", "fsl,imx-irqsteer";
		interrupts = <0 18 4>;
		fsl,channel = <2>;
		fsl,num-irqs = <64>;
		interrupt-controller;
		#interrupt-cells = <1>;
		%s
	};
"""


def test_an_unknown_clock_provider_gives_a_gate_for_each_of_its_clocks(board: Any) -> None:
    made = board(
        """
	ccm: ccm@3 { compatible = "fsl,imx8mp-ccm"; #clock-cells = <1>; };
	"""
        + STEER % 'clocks = <&ccm 5>, <&ccm 6>; clock-names = "ipg";'
    )
    assert [clock.name for clock in made.clocks] == ["ccm:5", "ccm:6"]
    assert [name for name, _ in made.part("steer").clocks] == ["ipg", "ccm:6"]
    assert made.assumptions == (
        "clock ccm:5 of /ccm@3 (fsl,imx8mp-ccm) is taken as a gate, closed at boot",
        "clock ccm:6 of /ccm@3 (fsl,imx8mp-ccm) is taken as a gate, closed at boot",
    )
    assert made.build(World()).blocks["steer"].dead_reason() == "clock ipg is stopped"


def test_unknown_domains_and_resets_are_assumed_and_told(board: Any) -> None:
    made = board(
        """
	pgc: pgc { #power-domain-cells = <1>; };
	src: src { compatible = "fsl,src"; #reset-cells = <0>; };
	"""
        + STEER % "power-domains = <&pgc 3>, <&pgc 4>; resets = <&src>;"
    )
    assert made.assumptions == (
        "/steer@1 is in 2 power domains: only the first is modelled",
        "power domain pgc:3 of /pgc (nothing said) is taken as a switch, off at boot",
        "reset src of /src (fsl,src) is taken as a line, released at boot",
    )
    machine = made.build(World())
    assert (list(machine.domains), list(machine.resets)) == (["pgc:3"], ["src"])
    assert machine.blocks["steer"].dead_reason() == "power domain pgc:3 is off"


def test_what_the_board_says_of_a_block_is_kept(board: Any) -> None:
    made = board(
        """
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; };
	pd: pd { compatible = "irqlab,power-domain"; #power-domain-cells = <0>; irqlab,boot-on; };
	rst: rst { compatible = "irqlab,reset"; #reset-cells = <0>; irqlab,boot-asserted; };
	"""
        + STEER
        % """
		clocks = <&osc>; power-domains = <&pd>; resets = <&rst>;
		irqlab,on-dead = "hang"; irqlab,retention; irqlab,output-when-gated = "held";
	"""
    )
    steer = made.build(World(), "low").blocks["steer@1"]
    assert isinstance(steer, Irqsteer)
    assert (steer.on_dead, steer.retention, steer.output_when_gated, steer.channel) == ("hang", True, "held", 2)
    assert steer.dead_reason() == "reset is asserted"
    assert (made.undecided, made.assumptions) == ((), ())


def test_an_unknown_consumer_is_a_plain_peripheral(board: Any) -> None:
    made = board('\tuart: serial@5 { compatible = "fsl,imx-uart"; interrupts = <0 26 4>, <0 27 1>; };\n')
    assert made.assumptions == ("/serial@5 (fsl,imx-uart) is taken as a plain peripheral",)
    assert made.part("uart").wires == (Wire(0, "gic@0", 58), Wire(1, "gic@0", 59, edge=True))
    machine = made.build(World())
    assert isinstance(machine.blocks["uart"], Peripheral)
    assert machine.gic.wired == (58, 59)


def test_private_interrupts_and_unknown_controllers_are_told(board: Any) -> None:
    made = board(
        """
	timer { compatible = "arm,armv8-timer"; interrupts = <1 13 8>; };
	gpio: gpio { compatible = "x,gpio"; interrupt-controller; #interrupt-cells = <2>; };
	key { compatible = "x,key"; interrupts-extended = <&gpio 1 2>, <&gic 0 9 4>; };
	"""
    )
    assert made.assumptions == (
        "/timer (arm,armv8-timer) is taken as a plain peripheral",
        "interrupt controller /gpio (x,gpio) is not modelled: lines into it are not connected",
        "/key (x,key) is taken as a plain peripheral",
        "/timer: interrupt 0 is a private interrupt of each CPU: it is not connected",
        "/timer is left out: none of its lines is modelled",
        "/key: interrupt 0 goes to /gpio, which is not modelled: it is not connected",
    )
    assert made.part("/key").wires == (Wire(1, "gic@0", 41),)


def test_disabled_nodes_are_not_built(board: Any) -> None:
    made = board('\tuart: serial@5 { compatible = "fsl,imx-uart"; interrupts = <0 26 4>; status = "disabled"; };\n')
    assert ([part.name for part in made.parts], made.assumptions) == (["gic@0"], ())


def test_nodes_with_one_name_go_by_their_paths(board: Any) -> None:
    made = board(
        """
	left { dev { compatible = "irqlab,peripheral"; interrupts = <0 1 4>; }; };
	right { dev { compatible = "irqlab,peripheral"; interrupts = <0 1 4>; }; };
	"""
    )
    assert [part.name for part in made.parts] == ["gic@0", "/left/dev", "/right/dev"]
    machine = made.build(World())
    machine.blocks["/right/dev"].raise_event()
    assert machine.gic.is_pending(33)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        (STEER % "fsl,num-irqs = <48>;", "/steer@1: fsl,num-irqs = <48> fits no irqsteer: write a multiple of 32 up to 960"),
        (STEER % "/delete-property/ fsl,num-irqs;", "/steer@1: fsl,num-irqs needs one 32-bit cell and has 0: write"),
        (STEER % 'irqlab,on-dead = "panic";', "/steer@1: irqlab,on-dead = panic means nothing: write one of abort, hang, ignore"),
        (STEER % "interrupts = <0 988 4>;", "/steer@1: SPI 988 does not exist: the last is 987"),
        (STEER % "interrupts = <0 18>;", "/steer@1: interrupts has 2 cells, but /gic@0 takes 3 for each: correct it"),
        (STEER % "interrupts-extended = <&steer 3>;", "/steer@1: its interrupts go in a circle"),
        (
            STEER % "" + '\tp { compatible = "irqlab,peripheral"; interrupts-extended = <&steer 64>; };',
            "/p: interrupt <64> is none of",
        ),
        ('\tp { compatible = "irqlab,peripheral"; };', "/p: a peripheral needs a line: add interrupts"),
        (
            '\tc: c { compatible = "irqlab,clock-gate"; #clock-cells = <0>; clocks = <&c>; };',
            "/c: its supplies go in a circle, or through too many others: correct clocks or power-domains",
        ),
        ('\tgic2 { compatible = "arm,gic-v3"; };', "has 2 nodes compatible with arm,gic-v3: irqlab needs exactly one"),
    ],
)
def test_a_board_that_cannot_be_is_told_with_its_node(board: Any, nodes: str, message: str) -> None:
    with pytest.raises(BoardError) as caught:
        made = board(nodes)
        made.build(World())
    assert str(caught.value).startswith("test.dts: ") and message in str(caught.value)


def test_a_board_without_a_gic_is_refused() -> None:
    with pytest.raises(BoardError, match=r"t\.dts: has 0 nodes compatible with arm,gic-v3"):
        Board.of("t", parse(b"/dts-v1/;\n/ { };", "t.dts"))


def test_a_gicv2_is_taken_as_a_gicv3() -> None:
    made = Board.of("t", parse(b'/dts-v1/;\n/ { g { compatible = "arm,gic-400"; #interrupt-cells = <3>; }; };', "t.dts"))
    assert made.assumptions == ("/g (arm,gic-400) is taken as a GICv3",)
