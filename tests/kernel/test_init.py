"""Booting on boards that were made for a driver: what is set up, in which order, and what becomes a device."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board import Board, parse
from irqlab.drivers import IRQCHIPS, controller
from irqlab.explore.check import lines_of
from irqlab.explore.findings import collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, Search
from irqlab.kernel.device import Device
from irqlab.kernel.init import declared, first_boot
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.irq.root import HandleArchIrq
from irqlab.kernel.kernel import Config, Irqchip, Kernel
from irqlab.kernel.release import release
from irqlab.properties import CHECKS
from irqlab.state import World

GIC = 'gic: gic { compatible = "arm,gic-v3"; #interrupt-cells = <3>; };'
MUX = (
    'ipg: ipg { compatible = "irqlab,clock-gate"; #clock-cells = <0>; }; mux: mux { compatible = "fsl,imx-intmux";'
    ' clocks = <&ipg>; clock-names = "ipg"; #interrupt-cells = <2>; interrupts-extended = %s; };'
)

#: One user of a line, which rises.
SCOPE = Scope("test", consumers=(("b", "plain"),))


def board(nodes: str, *compatible: str, **wanted: Any) -> Board:
    root = parse(f"/dts-v1/;\n/ {{\n{nodes}\n}};\n".encode(), "t.dts")
    return Board.for_driver("t", root, compatible or ("x,intc",), **wanted)


def booted(on: Board, *irqchips: Irqchip) -> Kernel:
    world = World()
    machine = on.build(world, "low")
    world.commit()
    k = Kernel(world, machine, on, release("6.12"), Config(), (), irqchips=(*irqchips, *IRQCHIPS))
    first_boot(k, 0)
    return k


def nothing(k: Kernel, node: str) -> None:
    """An init function that does nothing."""


INTC = Irqchip("intc", ("x,intc",), nothing)


def test_a_controller_is_set_up_after_its_parent() -> None:
    on = board(
        'three: three { compatible = "x,intc"; interrupts-extended = <&two 1>; #interrupt-cells = <1>; };'
        'two: two { compatible = "x,intc"; interrupt-parent = <&gic>; #interrupt-cells = <1>; };' + GIC,
        controllers=2,
    )
    k = booted(on, INTC)
    assert [(part.name, irqchip.name) for part, irqchip in declared(k)] == [("gic", "gic-v3"), ("two", "intc"), ("three", "intc")]
    assert [device.name for device in k.world.all(Device)] == ["peripheral-a", "peripheral-b", "peripheral-c", "peripheral-d"]


def test_controllers_whose_parents_go_in_a_circle_are_not_set_up() -> None:
    on = board(
        'one: one { compatible = "x,intc"; interrupts-extended = <&two 1>; #interrupt-cells = <1>; };'
        'two: two { compatible = "x,intc"; interrupts-extended = <&one 1>; #interrupt-cells = <1>; };'
        'root: root { compatible = "x,intc"; #interrupt-cells = <1>; };',
        controllers=3,
    )
    assert [part.name for part, _ in declared(booted(on, INTC))] == ["root"]


def test_a_root_controller_of_another_kind_leaves_the_cpu_without_a_gic() -> None:
    k = booted(board('root { compatible = "x,intc"; #interrupt-cells = <1>; };'), INTC)
    assert (k.machine.gic, k.world.at(HandleArchIrq).exists, k.system.phase, k.world.signals) == (None, False, "running", [])


def test_without_a_gic_no_interrupt_is_taken() -> None:
    """The intmux stands for a root here, so that a driver in Python can be asked."""
    on = board('mux { compatible = "fsl,imx-intmux"; #interrupt-cells = <2>; };', "fsl,imx-intmux")
    model = LinuxModel(controller("intmux@6.12"), release("6.12"), on, SCOPE, checks=CHECKS)
    interrupt = model.named("the CPU takes an interrupt")
    assert interrupt is not None
    model.k.machine.blocks["b"].raise_event()  # type: ignore[attr-defined]
    assert (interrupt.run(), model.k.machine.gic) == (False, None)


def test_windows_that_are_only_mapped_are_no_devices() -> None:
    on = board(
        '#address-cells = <1>; #size-cells = <1>; sys: sys@10 { compatible = "syscon"; reg = <0x10 4>; };'
        'c { compatible = "x,intc"; x,syscon = <&sys>; };'
    )
    assert [part.name for part in on.parts] == ["sys@10", "c"]
    assert [device.name for device in booted(on).world.all(Device)] == ["c"]


@pytest.mark.parametrize("kind", ["arm,gic-400", "x,pic"])
def test_what_a_gic_stands_in_for_is_driven_as_one(kind: str) -> None:
    k = booted(board(f'p: p {{ compatible = "{kind}"; #interrupt-cells = <3>; }};' + MUX % "<&p 0 1 4>", "fsl,imx-intmux"))
    assert (k.world.at(HandleArchIrq).exists, k.world.at(IrqDomain, "p", 0).exists) == (True, True)


def explored(parents: str, lines: str) -> tuple[LinuxModel, int, list[str], list[str]]:
    on = board(parents + MUX % lines, "fsl,imx-intmux")
    model = LinuxModel(controller("intmux@6.12"), release("6.12"), on, SCOPE, checks=CHECKS)
    lines_told = [text for _, text in lines_of(model)]
    exploration = Search(model, Bounds()).run()
    found = collect(model, exploration)
    assert not exploration.stopped
    return model, exploration.states, lines_told, [finding.breach.rule for finding in found.broken]


def test_an_interrupt_comes_through_what_a_gic_stands_in_for_as_through_a_gic() -> None:
    """Equal state counts: specifiers of two and one cells, and two controllers in whose place there is one GIC."""
    _, states, lines, broken = explored(GIC, "<&gic 0 16 4>, <&gic 0 17 4>")
    assert lines[:2] == ["gic hwirq 48, from mux (chained)", "gic hwirq 49, from mux (chained)"]
    pics = 'p: p { compatible = "x,p"; #interrupt-cells = <2>; }; q: q { compatible = "x,q"; #interrupt-cells = <1>; };'
    model, there, lines, same = explored(pics, "<&p 16 4>, <&q 16>")
    assert lines[:2] == ["p hwirq 48, from mux (chained)", "q hwirq 1019, from mux (chained)"]
    assert model.k.machine.blocks["p"] is model.k.machine.blocks["q"] is model.k.machine.gic
    assert (there, same) == (states, broken)
