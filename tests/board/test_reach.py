"""What a driver may reach for beside its own registers."""

from __future__ import annotations

from typing import Any

from irqlab.board.reach import line_controller, nodes, registers

TREE = """
	#address-cells = <1>; #size-cells = <1>;
	aliases { };
	cpus {
		#address-cells = <1>; #size-cells = <0>;
		cpu@0 { device_type = "cpu"; reg = <0>; intc: intc { #interrupt-cells = <1>; }; };
		idle { };
	};
	soc {
		#address-cells = <1>; #size-cells = <1>; ranges; compatible = "simple-bus"; reg = <0 0x10000>;
		clk: clock@100 { reg = <0x100 4>; #clock-cells = <0>; };
		sys: syscon@200 { reg = <0x200 4>; compatible = "x,sys", "syscon"; };
		ram: ram@300 { reg = <0x300 4>; };
		far: far@400 { reg = <0x400 4>; };
		num: num@500 { reg = <0x500 4>; };
		bare: bare { compatible = "syscon"; };
		block@1000 {
			reg = <0x1000 0x200>; #address-cells = <1>; #size-cells = <1>; ranges;
			intc@1100 {
				reg = <0x1100 0x10>; #address-cells = <1>; #size-cells = <1>; ranges;
				clocks = <&clk>; x,syscon = <&sys 4>; x,msg-ram = <&ram>; x,pair = <&far 1>; x,num-irqs = <&num>;
				x,bare = <&bare>;
				bank@1104 { reg = <0x1104 4>; };
				bank@1180 { reg = <0x1180 4>; #interrupt-cells = <2>; };
			};
		};
	};
"""

INTC = "/soc/block@1000/intc@1100"


def test_registers_of_others_are_those_around_below_and_referred_to(tree: Any) -> None:
    root = tree(TREE)
    assert {node.path: why for node, why in registers(root.find(INTC)).items()} == {
        "/soc/block@1000": f"which {INTC} is part of",
        "/soc/syscon@200": f"which {INTC} refers to (x,syscon)",
        "/soc/ram@300": f"which {INTC} refers to (x,msg-ram)",
        f"{INTC}/bank@1180": f"which is part of {INTC}",
    }


def test_what_is_around_ends_where_the_cpu_sees_no_addresses(tree: Any) -> None:
    root = tree("""
	#address-cells = <1>; #size-cells = <1>;
	i2c@100 { reg = <0x100 4>; #address-cells = <1>; #size-cells = <0>; chip@20 { reg = <0x20>; intc { }; }; };
	""")
    assert registers(root.find("/i2c/chip/intc")) == {}


def test_no_more_than_sixteen_others_are_kept(tree: Any) -> None:
    banks = "".join(f"b@{n:x} {{ reg = <{n} 4>; }}; " for n in range(0x100, 0x200, 4))
    root = tree(f"#address-cells = <1>; #size-cells = <1>; intc {{ #address-cells = <1>; #size-cells = <1>; ranges; {banks} }};")
    assert len(registers(root.find("/intc"))) == 16


def test_a_driver_may_look_at_its_nodes_their_references_and_the_cpus(tree: Any) -> None:
    root = tree(TREE)
    assert {node.path for node in nodes(root.find(INTC))} == {
        INTC,
        "/soc/clock@100",
        "/soc/syscon@200",
        "/soc/ram@300",
        "/soc/far@400",
        "/soc/num@500",
        "/soc/bare",
        f"{INTC}/bank@1104",
        f"{INTC}/bank@1180",
        "/aliases",
        "/cpus",
        "/cpus/cpu@0",
        "/cpus/cpu@0/intc",
    }


def test_users_are_said_at_the_first_node_that_takes_interrupts(tree: Any) -> None:
    root = tree(TREE)
    assert line_controller(root.find(INTC)) is root.find(f"{INTC}/bank@1180")
    assert line_controller(root.find("/cpus/cpu@0/intc")) is root.find("/cpus/cpu@0/intc")
    assert line_controller(root.find("/aliases")) is None
    assert line_controller(tree("n { #interrupt-cells = <9>; };").find("/n")) is None
