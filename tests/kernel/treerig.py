"""A kernel on a board that has a bit of everything a driver asks its node for.

``one`` and ``two`` are plain devices, ``two`` is a syscon as well, ``mux`` is an interrupt controller below the root.
"""

from __future__ import annotations

from typing import Any

from irqlab.board import Board, Node, parse
from irqlab.kernel.clk import clk_register_all
from irqlab.kernel.context import Cpu
from irqlab.kernel.device import Device, of_platform_populate
from irqlab.kernel.irq.domain import IrqDomainOps, irq_domain_instantiate
from irqlab.kernel.irq.translate import irq_domain_xlate_onecell
from irqlab.kernel.kernel import BOOT, Budget, Config, Kernel, System
from irqlab.kernel.pm.domain import genpd_register_all
from irqlab.kernel.release import RELEASES
from irqlab.state import World, kernel

DTS = """/dts-v1/;
/ {
	#address-cells = <1>; #size-cells = <1>;
	compatible = "irqlab,board", "irqlab,family";
	interrupt-parent = <&gic>;
	aliases { serial0 = "/soc/one@10000"; serial3 = "/soc/two@20000"; tail = "/soc/one@10000"; };
	chosen { };
	cpus { #address-cells = <1>; #size-cells = <0>;
		cpu0: cpu@0 { device_type = "cpu"; reg = <0>; };
		cpu1: cpu@1 { device_type = "cpu"; reg = <1>; };
		cpu-map { };
	};
	gic: gic@f0000000 {
		compatible = "arm,gic-v3"; reg = <0xf0000000 0x10000>;
		interrupt-controller; #interrupt-cells = <3>;
	};
	osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; clock-frequency = <24000000>; };
	bus: bus { compatible = "irqlab,clock-gate"; #clock-cells = <0>; clocks = <&osc>; };
	ipg: ipg { compatible = "irqlab,clock-gate"; #clock-cells = <1>; clocks = <&bus>; };
	rst: rst { compatible = "irqlab,reset"; #reset-cells = <1>; };
	soc {
		compatible = "simple-bus";
		#address-cells = <1>; #size-cells = <1>; ranges = <0 0x40000000 0x100000>;
		one: one@10000 {
			compatible = "irqlab,One", "irqlab,peripheral";
			reg = <0x10000 0x1000>; reg-names = "main";
			interrupts = <0 18 4>, <0 19 1>; interrupt-names = "first", "second";
			clocks = <&ipg 2>, <&osc>; clock-names = "apb", "ref";
			resets = <&rst 5>; reset-names = "core";
			numbers = <1 0xfffffffe 3>; bytes = [01 02 ff]; wide = <0x1 0x2 0x3 0x4>; text = "hello", "", "world";
			unfinished = [61 62]; empty; big-endian;
			refs = <&gic 1 2 3>, <0>, <&two>, <&ipg 7>; syscon = <&two 0x10>;
			child-b { }; child-a@1 { status = "disabled"; }; child-c { compatible = "irqlab,leaf"; };
		};
		two: two@20000 {
			compatible = "irqlab,two", "syscon", "irqlab,peripheral"; status = "okay";
			reg = <0x20000 0x100>; interrupts-extended = <&gic 0 20 4>, <&mux 3>;
		};
		mux: mux@30000 {
			compatible = "fsl,imx-irqsteer";
			reg = <0x30000 0x1000>; interrupts = <0 30 4>;
			clocks = <&ipg 1>; clock-names = "ipg";
			fsl,channel = <0>; fsl,num-irqs = <64>; interrupt-controller; #interrupt-cells = <1>;
		};
	};
};
"""

BOARD = Board.of("symbols", parse(DTS.encode(), "symbols.dts"))


@kernel
def three_cells(k: Kernel, domain: Any, fwspec: tuple[str, tuple[int, ...]]) -> tuple[int, int, int]:
    """As a GIC's specifier: kind, number, trigger type."""
    return 0, fwspec[1][1], fwspec[1][2]


class TreeRig:
    """A kernel of which nothing but what is asked for has booted."""

    def __init__(self, release: str = "6.12", board: Board = BOARD) -> None:
        self.world = World()
        self.board = board
        machine = board.build(self.world, "low")
        self.world.commit()
        self.k = Kernel(self.world, machine, board, RELEASES[release], Config(), ())
        self.prepare()
        self.world.begin()
        self.world.new(System, phase=BOOT)
        self.world.new(Cpu)

    def prepare(self) -> None:
        """What is fixed before the first state."""

    def populate(self) -> None:
        """Clocks, power domains and devices are there."""
        clk_register_all(self.k)
        genpd_register_all(self.k)
        of_platform_populate(self.k)

    def failing(self, times: int = 1) -> None:
        """The next fallible things fail."""
        self.world.new(Budget, left=times)
        self.world.next_choice = lambda options, what: 1  # type: ignore[method-assign]

    def domain(self, label: str) -> None:
        """An interrupt domain for a controller."""
        xlate = irq_domain_xlate_onecell if label == "mux" else three_cells
        ops = IrqDomainOps(f"{label} ops", xlate=xlate)
        made = irq_domain_instantiate(self.k, self.board.part(label).name, ops, None, size=1024, hwirq_max=1024)
        assert not isinstance(made, int)

    def node(self, which: str) -> Node:
        """A node by its label or path."""
        return next(node for node in self.board.nodes if which in (node.path, node.label))

    def dev(self, label: str) -> Device:
        """The device of a part."""
        return self.world.at(Device, self.board.part(label).name)

    def told(self, kind: str) -> list[str]:
        """The words of every signal of a kind."""
        facts = [dict(signal[1]) for signal in self.world.signals if signal[0] == kind]
        return [str(known.get("what") or known.get("text")) for known in facts]

    def clk(self, name: str) -> tuple[int, int]:
        """How often a clock is prepared, and enabled."""
        from irqlab.kernel.clk import clk_core

        core = clk_core(self.k, name)
        return core.prepare_count, core.enable_count
