"""Register blocks that several drivers share (``drivers/mfd/syscon.c``)."""

from __future__ import annotations

import pytest
from treerig import TreeRig

from irqlab.board import Board, parse
from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.regmap import Regmap
from irqlab.kernel.syscon import device_node_to_regmap, syscon_node_to_regmap

TEXT = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
    gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
    clk: clk { compatible = "irqlab,clock-gate"; #clock-cells = <0>; };
    rst: rst { compatible = "irqlab,reset"; #reset-cells = <0>; irqlab,boot-asserted; };
    ctl: ctl@1000 { compatible = "irqlab,test", "syscon"; reg = <0x1000 0x100>; interrupt-controller; #interrupt-cells = <1>;
        clocks = <&clk>; resets = <&rst>; big-endian; reg-io-width = <2>; };
    none: none { compatible = "syscon"; };
};"""


def rig_of(release="6.12", text=TEXT):
    rig = TreeRig(release, Board.for_driver("shared", parse(text.encode(), "shared.dts"), ("irqlab,test",)))
    rig.populate()
    return rig


def test_a_map_is_made_once():
    rig = TreeRig()
    rig.populate()
    first = syscon_node_to_regmap(rig.k, rig.node("two"))
    assert isinstance(first, Regmap)
    assert (first.base, first.max_register, first.stride, first.width, first.clk) == (0x4002_0000, 0xFC, 4, 4, "")
    assert syscon_node_to_regmap(rig.k, rig.node("two")) is first
    assert device_node_to_regmap(rig.k, rig.node("two")) is first


def test_only_a_syscon_is_one():
    rig = TreeRig()
    rig.populate()
    assert syscon_node_to_regmap(rig.k, rig.node("one")) == -EINVAL
    assert isinstance(device_node_to_regmap(rig.k, rig.node("one")), Regmap)
    assert syscon_node_to_regmap(rig.k, None) == -EINVAL
    assert device_node_to_regmap(rig.k, rig.node("osc")) == -ENOMEM  # it has no address


def test_width_order_and_clock_are_what_the_node_says():
    rig = rig_of()
    regmap = syscon_node_to_regmap(rig.k, rig.node("ctl"))
    assert isinstance(regmap, Regmap)
    assert (regmap.width, regmap.stride, regmap.max_register, regmap.big_endian, regmap.clk) == (2, 2, 0xFE, True, "clk")
    assert rig.clk("clk") == (1, 0)


def test_without_its_resources_the_clock_stays_alone():
    rig = rig_of()
    regmap = device_node_to_regmap(rig.k, rig.node("ctl"))
    assert isinstance(regmap, Regmap) and regmap.clk == ""
    assert rig.clk("clk") == (0, 0) and rig.k.machine.resets["rst"].asserted


@pytest.mark.parametrize(("release", "held"), [("6.1", True), ("6.12", False)])
def test_the_reset_line_is_released_since_6_12(release, held):
    rig = rig_of(release)
    assert isinstance(syscon_node_to_regmap(rig.k, rig.node("ctl")), Regmap)
    assert rig.k.machine.resets["rst"].asserted is held


def test_a_width_no_register_has_is_refused():
    rig = rig_of(text=TEXT.replace("reg-io-width = <2>", "reg-io-width = <3>"))
    assert syscon_node_to_regmap(rig.k, rig.node("ctl")) == -EINVAL


def test_memory_may_run_out():
    rig = rig_of()
    rig.failing()
    assert syscon_node_to_regmap(rig.k, rig.node("ctl")) == -ENOMEM
    assert isinstance(syscon_node_to_regmap(rig.k, rig.node("ctl")), Regmap)
