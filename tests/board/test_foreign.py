"""Boards for drivers irqlab knows nothing of, out of trees that were made for something else."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from irqlab.board import Board, Node, load, parse
from irqlab.errors import BoardError
from irqlab.hardware import Gic, Irqsteer, RegisterFile
from irqlab.state import World

#: A controller below a GIC with all that may gate it, a syscon and two windows, behind two levels of ``ranges``.
SOC = """
	#address-cells = <2>; #size-cells = <2>;
	interrupt-parent = <&gic>;
	aliases { serial0 = &uart; };
	cpus { #address-cells = <1>; #size-cells = <0>; cpu@0 { device_type = "cpu"; reg = <0>; }; };
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
	gic: interrupt-controller@fee00000 {
		compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>;
		reg = <0 0xfee00000 0 0x10000>, <0 0xfef00000 0 0xc0000>;
	};
	soc@0 {
		compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; ranges = <0 0x1 0x0 0x40000000>;
		bus@30000000 {
			compatible = "simple-bus"; reg = <0x30000000 0x400000>; #address-cells = <1>; #size-cells = <1>; ranges;
			ccm: clock-controller@30380000 {
				compatible = "x,ccm"; reg = <0x30380000 0x10000>; #clock-cells = <1>; #reset-cells = <1>; clocks = <&osc>;
			};
			pgc: power-controller@30390000 { compatible = "x,pgc"; #power-domain-cells = <0>; };
			syscfg: syscon@30340000 { compatible = "x,gpr", "syscon"; reg = <0x30340000 0x1000>; };
			intc: interrupt-controller@303a0000 {
				compatible = "x,soc-intc", "x,intc";
				reg = <0x303a0000 0x1000>, <0x303b0000 0x100>; reg-names = "dist", "cpu";
				interrupts = <0 87 4>, <0 88 4>;
				clocks = <&ccm 7>, <&osc>; clock-names = "ipg", "ref"; resets = <&ccm 3>; power-domains = <&pgc>;
				x,syscfg = <&syscfg 0x10>; interrupt-controller; #interrupt-cells = <2>;
			};
			uart: serial@30860000 {
				compatible = "x,uart"; reg = <0x30860000 0x1000>; clocks = <&ccm 99>;
				interrupt-parent = <&intc>; interrupts = <26 4>;
			};
			spi@30870000 {
				compatible = "x,spi"; reg = <0x30870000 0x1000>; interrupts-extended = <&intc 31 4>; status = "disabled";
			};
		};
	};
"""

#: Nodes that other drivers would choke on.
ODD = "".join(
    f'odd-{n} {{ compatible = "y,odd-{n}"; {bad} }};\n'
    for n, bad in enumerate(
        (
            "interrupts = <1 2>;",
            "interrupts = [00 01 02];",
            "interrupts-extended = <99 1>;",
            "interrupt-parent = <0xffffffff>; interrupts = <1>;",
            "interrupt-controller; #interrupt-cells = <7 7>;",
            "clocks = <99>;",
            "clocks = <&osc 1 2 3>, <99 1>;",
            "clocks = [01];",
            "power-domains = <99>;",
            "resets = <&osc>;",
            "reg = <1>;",
            "reg = [00 01 02];",
            "#address-cells = <0xffffffff>; x@1 { reg = <1>; };",
            "status = <1>;",
            "status = [ff];",
            "ranges = <1>; #address-cells = <1>; #size-cells = <1>; x@1 { reg = <1 1>; };",
            "interrupt-map = <1 2 3>; #interrupt-cells = <1>;",
            "phandle-like = <0xdeadbeef>;",
            "fsl,num-irqs = <33>; interrupts = <0 1 4>;",
            'interrupts = "text";',
        )
        * 2
    )
    if n < 30
)
ODD += 'nameless { compatible = <1 2>; }; open { compatible = [61]; }; steer { compatible = "fsl,imx-irqsteer"; };\n'


def of(board: Board, name: str) -> dict[str, Any]:
    part = board.part(name)
    return {
        "kind": part.kind,
        "wires": [(wire.controller, wire.hwirq) for wire in part.wires],
        "clocks": [(known, clock.name) for known, clock in part.clocks],
        "domain": part.domain and part.domain.name,
        "reset": part.reset and part.reset.name,
        "regs": part.regs,
    }


def test_a_controller_comes_with_all_that_may_gate_it(foreign: Any) -> None:
    board = foreign(SOC)
    assert [(part.name, part.kind, part.tested) for part in board.parts] == [
        ("interrupt-controller@fee00000", "gic", False),
        ("syscon@30340000", "registers", False),
        ("interrupt-controller@303a0000", "controller", True),
        ("peripheral-a", "peripheral", False),
        ("peripheral-b", "peripheral", False),
    ]
    assert of(board, "intc") == {
        "kind": "controller",
        "wires": [("interrupt-controller@fee00000", 119), ("interrupt-controller@fee00000", 120)],
        "clocks": [("ipg", "ccm:7"), ("ref", "osc")],
        "domain": "pgc",
        "reset": "ccm:3",
        "regs": ((0x1_303A_0000, 0x1000), (0x1_303B_0000, 0x100)),
    }
    assert [clock.name for clock in board.clocks] == ["ccm:7", "osc"]
    assert board.assumptions == (
        "/soc@0/bus@30000000/interrupt-controller@303a0000 (x,soc-intc) is not modelled: "
        "its registers keep what is written, and it drives no line",
        "/peripheral-a uses interrupt <26 4> of /soc@0/bus@30000000/interrupt-controller@303a0000, "
        "in the place of /soc@0/bus@30000000/serial@30860000",
        "/peripheral-b uses interrupt <31 4> of /soc@0/bus@30000000/interrupt-controller@303a0000, "
        "in the place of /soc@0/bus@30000000/spi@30870000",
        "clock ccm:7 of /soc@0/bus@30000000/clock-controller@30380000 (x,ccm) is taken as a gate, closed at boot",
        "power domain pgc of /soc@0/bus@30000000/power-controller@30390000 (x,pgc) is taken as a switch, off at boot",
        "reset ccm:3 of /soc@0/bus@30000000/clock-controller@30380000 (x,ccm) is taken as a line, released at boot",
        "the registers of /soc@0/bus@30000000/syscon@30340000 (x,gpr), which "
        "/soc@0/bus@30000000/interrupt-controller@303a0000 refers to (x,syscfg), are always on and keep what is written",
        "1 other node of the tree, which it does not need: left out",
    )


def test_its_registers_answer_where_the_cpu_sees_them_and_only_with_supplies(foreign: Any) -> None:
    machine = foreign(SOC).build(World())
    intc, cpu = (machine.at(address) for address in (0x1_303A_0044, 0x1_303B_0008))
    assert intc is not None and cpu is not None
    assert [(block.name, block.device, offset) for block, offset in (intc, cpu)] == [
        ("interrupt-controller@303a0000", "interrupt-controller@303a0000", 0x44),
        ("interrupt-controller@303a0000.cpu", "interrupt-controller@303a0000", 0x8),
    ]
    assert machine.blocks["intc"] is intc[0]
    assert cpu[0].dead_reason() == "power domain pgc is off"
    machine.domain_on("pgc")
    assert cpu[0].dead_reason() == "clock ipg is stopped"
    machine.clock_on("ccm:7")
    intc[0].write(intc[1], 0x1122_3344_5566_7788, 8)
    assert (intc[0].read(0x44), intc[0].read(0x48), intc[0].read(0x4B, 1)) == (0x5566_7788, 0x1122_3344, 0x11)
    machine.reset_assert("ccm:3")
    machine.reset_deassert("ccm:3")
    assert intc[0].read(0x44) == 0
    syscfg = machine.at(0x1_3034_0010)
    assert syscfg is not None and syscfg[0].dead_reason() == ""
    assert machine.at(0x1_3086_0000) is None


def test_what_nobody_needs_is_counted_and_gone_whatever_is_wrong_with_it(foreign: Any) -> None:
    """Bad specifiers, missing providers and values of the wrong type stand in thirty nodes."""
    board, alone = foreign(SOC + ODD), foreign(SOC)
    assert [of(board, part.name) for part in board.parts] == [of(alone, part.name) for part in alone.parts]
    assert board.assumptions[:-1] == alone.assumptions[:-1]
    assert board.assumptions[-1] == "32 other nodes of the tree, which it does not need: left out"
    assert [node.path for node in board.nodes] == [node.path for node in alone.nodes]
    assert [node.path for node in board.nodes] == [
        "/",
        "/aliases",
        "/cpus",
        "/cpus/cpu@0",
        "/osc",
        "/interrupt-controller@fee00000",
        "/soc@0",
        "/soc@0/bus@30000000",
        "/soc@0/bus@30000000/clock-controller@30380000",
        "/soc@0/bus@30000000/power-controller@30390000",
        "/soc@0/bus@30000000/syscon@30340000",
        "/soc@0/bus@30000000/interrupt-controller@303a0000",
        "/peripheral-a",
        "/peripheral-b",
    ]


def test_the_tree_that_was_given_stays_as_it_is() -> None:
    root = parse(f"/dts-v1/;\n/ {{\n{SOC}\n}};\n".encode(), "t.dts")
    before = [(node.path, dict(node.properties)) for node in root.walk()]
    Board.for_driver("t", root, ("x,intc",))
    assert [(node.path, dict(node.properties)) for node in root.walk()] == before


def test_a_root_controller_has_no_gic_and_the_machine_copes(foreign: Any) -> None:
    board = foreign("""
	#address-cells = <1>; #size-cells = <1>; interrupt-parent = <&vic>;
	vic: vic@10140000 { compatible = "x,intc"; reg = <0x10140000 0x1000>; interrupt-controller; #interrupt-cells = <1>; };
	timer { interrupts = <4>; };
	""")
    machine = board.build(World())
    assert (machine.gic, [block.name for block in machine.all_blocks]) == (
        None,
        ["vic@10140000", "peripheral-a", "peripheral-b"],
    )
    assert [part.candidates[:3] for part in board.parts if part.kind == "peripheral"] == [((4,), (0,), (2,)), ((1,), (3,), (5,))]
    vic, a = machine.blocks["vic"], machine.blocks["a"]
    assert isinstance(vic, RegisterFile)
    assert (vic.inputs, vic.outputs, board.part("a").wires) == ({}, 0, ())
    a.raise_event()  # type: ignore[attr-defined]
    assert a.output(0)


def test_a_controller_with_a_model_drives_its_lines(foreign: Any) -> None:
    nodes = """
	gic: gic { compatible = "arm,gic-v3"; #interrupt-cells = <3>; };
	steer: steer { compatible = "fsl,imx-irqsteer"; interrupts-extended = <&gic 0 18 4>; #interrupt-cells = <1>; %s };
	mipi { interrupts-extended = <&steer 40>, <&steer 99>; };
	"""
    board = foreign(nodes % "fsl,channel = <0>; fsl,num-irqs = <64>;", "fsl,imx-irqsteer")
    machine = board.build(World(), "low")
    steer, gic = machine.blocks["steer"], machine.gic
    assert isinstance(steer, Irqsteer) and isinstance(gic, Gic)
    assert [(part.name, part.interrupts[0][1], part.candidates) for part in board.parts if part.kind == "peripheral"] == [
        ("peripheral-a", (40,), ((40,),)),
        ("peripheral-b", (1,), ((1,),)),
    ]
    steer.write(0, 1)
    steer.write(steer.offset("CHANMASK0"), 1 << 8)
    machine.blocks["a"].raise_event()  # type: ignore[attr-defined]
    assert gic.is_pending(50)
    board = foreign(nodes % "fsl,num-irqs = <33>;", "fsl,imx-irqsteer")
    assert board.part("steer").kind == "controller"
    assert board.assumptions[0] == (
        "the model of an irqsteer does not fit /steer: fsl,num-irqs = <33> fits no irqsteer: write a multiple of 32 up to 960"
    )


def test_an_intmux_gets_users_on_channels_it_has(foreign: Any) -> None:
    board = foreign(
        """
	gic: gic { compatible = "arm,gic-v3"; #interrupt-cells = <3>; };
	mux: mux { compatible = "fsl,imx-intmux"; interrupts-extended = <&gic 0 16 4>, <&gic 0 17 4>; #interrupt-cells = <2>; };
	""",
        "fsl,imx-intmux",
    )
    assert [part.interrupts[0][1] for part in board.parts if part.kind == "peripheral"] == [(0, 0), (1, 1)]
    machine = board.build(World())
    machine.blocks["mux"].write(0x50, 2)
    machine.blocks["b"].raise_event()  # type: ignore[attr-defined]
    assert (machine.gic.is_pending(48), machine.gic.is_pending(49)) == (False, True)


def test_a_gic_under_test_keeps_what_its_model_does_not_know(foreign: Any) -> None:
    board = foreign(SOC, "arm,gic-v3", consumers=1)
    machine = board.build(World())
    found = [machine.at(address) for address in (0xFEE0_6100, 0xFEF0_0014)]
    assert [(block.name, offset) for block, offset in found if block] == [  # type: ignore[misc]
        ("interrupt-controller@fee00000", 0x6100),
        ("interrupt-controller@fee00000.1", 0x14),
    ]
    machine.gic.write(0x6100, 1 << 40, 8)
    assert (machine.gic.read(0x6100, 8), machine.gic.described) == (1 << 40, True)
    assert [part.interrupts[0][1] for part in board.parts if part.kind == "peripheral"] == [(0, 87, 4)]


@pytest.mark.parametrize("name", ["irqsteer", "intmux"])
def test_our_own_boards_are_the_same_for_a_compiled_driver(name: str) -> None:
    shipped = load(name)
    source = (files("irqlab.board") / "boards" / f"{name}.dts").read_bytes()
    board = Board.for_driver(name, parse(source, f"{name}.dts"), (f"fsl,imx-{name}",))
    one, two = World(), World()
    shipped.build(one, "held")
    board.build(two, "held")
    assert two.dump() == one.dump()
    assert board.assumptions == ()
    for left, right in zip(shipped.parts, board.parts, strict=True):
        assert (left.name, left.label, left.kind, left.wires, left.regs) == (
            right.name,
            right.label,
            right.kind,
            right.wires,
            right.regs,
        )
        assert [cells for _, cells in left.interrupts] == [cells for _, cells in right.interrupts]


# -- which controllers, which users ------------------------------------------------------------------------------------

TWO = """
	gic: gic { compatible = "arm,gic-v3"; #interrupt-cells = <3>; };
	one: one { compatible = "x,intc"; interrupts-extended = <&gic 0 1 4>; #interrupt-cells = <1>; %s };
	two: two { compatible = "x,intc"; interrupts-extended = <&gic 0 2 4>; #interrupt-cells = <1>; };
	user { interrupts-extended = <&two 8>; };
"""


def under_test(board: Board) -> list[str]:
    return [part.name for part in board.parts if part.tested]


def test_the_controllers_that_are_used_are_kept(foreign: Any) -> None:
    board = foreign(TWO % "")
    assert (under_test(board), board.assumptions[0]) == (["two"], "1 more node for this driver: left out")
    assert under_test(foreign(TWO % "", controllers=2)) == ["one", "two"]
    assert under_test(foreign(TWO % "", controllers=0)) == ["two"]


def test_labels_go_on_from_one_controller_to_the_next(foreign: Any) -> None:
    board = foreign(TWO % "", controllers=2, consumers=2)
    users = [(part.label, part.interrupts[0][0].name, part.interrupts[0][1]) for part in board.parts if part.kind == "peripheral"]
    assert users == [("a", "one", (0,)), ("b", "one", (1,)), ("c", "two", (8,)), ("d", "two", (1,))]
    assert [part.label for part in foreign(TWO % "", consumers=0).parts if part.kind == "peripheral"] == []


def test_a_label_that_a_user_needs_means_that_user(foreign: Any) -> None:
    board = foreign('a: intc { compatible = "x,intc"; #interrupt-cells = <1>; };')
    assert [(part.name, part.label) for part in board.parts] == [("intc", ""), ("peripheral-a", "a"), ("peripheral-b", "b")]


def test_what_is_off_is_taken_as_on_where_nothing_else_is_there(foreign: Any) -> None:
    nodes = """
	bus { status = "disabled"; c { compatible = "x,intc"; status = "fail"; #interrupt-cells = <1>; }; };
	"""
    board = foreign(nodes)
    assert board.assumptions[1:3] == (
        "/bus/c has status 'fail': it is taken as okay",
        "/bus has status 'disabled': it is taken as okay",
    )
    assert board.part("c").node.available
    board = foreign(nodes + 'd { compatible = "x,intc"; #interrupt-cells = <1>; };')
    assert (under_test(board), board.assumptions[0]) == (["d"], "1 more node for this driver: left out")


def test_a_tree_without_a_node_for_the_driver_is_refused(foreign: Any) -> None:
    with pytest.raises(BoardError) as caught:
        foreign('compatible = "x,intc"; a { compatible = "y"; };', "x,intc", "x,other")
    assert str(caught.value) == "t.dts: no node is compatible with x,intc, x,other: give a board that has one"


def test_an_example_is_a_board(foreign: Any) -> None:
    """As ``dt-extract-example`` writes them, with providers that are stubs."""
    board = foreign("""
	compatible = "foo"; #address-cells = <1>; #size-cells = <1>;
	clk: clk { #clock-cells = <1>; };
	pd: pd { };
	example-0 {
		#address-cells = <1>; #size-cells = <1>; interrupt-parent = <&fake>;
		fake: fake-interrupt-controller { interrupt-controller; #interrupt-cells = <3>; };
		soc {
			#address-cells = <2>; #size-cells = <2>;
			intc@1f00c00 {
				compatible = "x,intc"; reg = <0x2 0x01f00c00 0 0x400>; interrupts = <0 32 4>; interrupt-controller;
				#interrupt-cells = <3>; clocks = <&clk 1>; power-domains = <&pd>; resets = <99>;
			};
		};
	};
	""")
    assert of(board, "intc@1f00c00") == {
        "kind": "controller",
        "wires": [("fake-interrupt-controller", 64)],
        "clocks": [("clk:1", "clk:1")],
        "domain": None,
        "reset": None,
        "regs": ((0x2_01F0_0C00, 0x400),),
    }
    path = "/example-0/soc/intc@1f00c00"
    assert [said for said in board.assumptions if "read no further" in said] == [
        f"{path}: power-domains is read no further than 0 of its entries: "
        "/pd: #power-domain-cells needs one 32-bit cell and has 0: write #power-domain-cells = <N>",
        f"{path}: resets is read no further than 0 of its entries: "
        "resets refers to phandle 0x63, which no node has: correct the reference",
    ]


def test_supplies_in_a_circle_are_left_out(foreign: Any) -> None:
    board = foreign("""
	c: c { compatible = "irqlab,clock-gate"; #clock-cells = <0>; clocks = <&c>; };
	intc { compatible = "x,intc"; clocks = <&c>; };
	""")
    assert board.part("intc").clocks == ()
    assert "its supplies go in a circle" in board.assumptions[-1]


def test_a_controller_on_another_bus_gets_a_place_of_its_own(foreign: Any) -> None:
    board = foreign("""
	#address-cells = <1>; #size-cells = <1>;
	i2c@1000 {
		reg = <0x1000 0x100>; #address-cells = <1>; #size-cells = <0>;
		chip@20 { compatible = "x,intc"; reg = <0x20>; #interrupt-cells = <1>; };
	};
	""")
    assert [(part.name, part.regs) for part in board.parts] == [
        ("chip@20", ((0xE000_0000, 0x1000),)),
        ("peripheral-a", ((0xE001_0000, 0x1000),)),
        ("peripheral-b", ((0xE002_0000, 0x1000),)),
    ]
    found = board.build(World()).at(0xE000_0008)
    assert found is not None and (found[0].name, found[1]) == ("chip@20", 8)


def test_two_nodes_with_one_window_share_its_registers(foreign: Any) -> None:
    board = foreign("""
	#address-cells = <1>; #size-cells = <1>;
	sys: syscon@1000 { compatible = "syscon"; reg = <0x1000 0x100>; };
	intc@1000 { compatible = "x,intc"; reg = <0x1000 0x100>; x,syscon = <&sys>; };
	""")
    machine = board.build(World())
    assert machine.blocks["syscon@1000"] is machine.blocks["intc@1000"]
    assert [block.name for block in machine.all_blocks] == ["intc@1000"]
    assert board.assumptions[-1] == "syscon@1000 and intc@1000 have the same registers"


def test_a_controller_without_registers_is_a_block_all_the_same(foreign: Any) -> None:
    board = foreign('intc { compatible = "x,intc"; };')
    block = board.build(World()).blocks["intc"]
    assert (board.part("intc").regs, block.base, block.size) == ((), None, 0)


def test_a_board_is_the_same_out_of_a_source_and_a_blob(as_blob: Callable[[Node], bytes]) -> None:
    root = parse(f"/dts-v1/;\n/ {{\n{SOC}{ODD}\n}};\n".encode(), "t.dts")
    one = Board.for_driver("t", root, ("x,intc",))
    two = Board.for_driver("t", parse(as_blob(root), "t.dtb"), ("x,intc",))
    assert [(part.name, part.kind, part.regs, part.candidates) for part in two.parts] == [
        (part.name, part.kind, part.regs, part.candidates) for part in one.parts
    ]
    assert [node.path for node in two.nodes] == [node.path for node in one.nodes]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_tree_is_a_board_or_refused(as_blob: Callable[[Node], bytes], data: Any) -> None:
    """Whatever the values are, nothing but a BoardError of one line comes of it, and the machine can be used."""
    blob = bytearray(as_blob(parse(f"/dts-v1/;\n/ {{\n{SOC}\n}};\n".encode(), "t.dts")))
    for _ in range(data.draw(st.integers(1, 8))):
        blob[data.draw(st.integers(56, len(blob) - 1))] = data.draw(st.sampled_from([0, 1, 2, 3, 4, 8, 0x61, 0xFF]))
    try:
        root = parse(bytes(blob), "t.dtb")
        board = Board.for_driver("t", root, ("x,intc",), is_root=data.draw(st.sampled_from([None, True, False])))
    except BoardError as error:
        assert str(error).startswith("t.dtb: ") and "\n" not in str(error)
        return
    machine = board.build(World())
    for peripheral in machine.peripherals:
        peripheral.raise_event()
    for block in machine.all_blocks:
        block.write(0, 0xFFFF_FFFF_FFFF_FFFF, 8)
        assert not block.described or all(block.output(index) in (True, False) for index in range(block.outputs))
    for part in board.parts:
        assert part.kind == "clock-user" or machine.blocks[part.name] is not None
        if part.kind in ("controller", "registers"):
            assert all(machine.at(base) is not None for base, _ in part.regs)
