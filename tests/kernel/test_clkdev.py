"""Looking clocks up (``drivers/clk/clkdev.c``, ``clk.c`` of 6.12.117)."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.board import Board, parse
from irqlab.kernel.clkdev import clk_get, clk_get_rate, of_clk_get, of_parse_clkspec
from irqlab.kernel.errno import EINVAL, ENOENT, EPROBE_DEFER


def test_a_clock_by_its_name_or_its_place():
    rig = TreeRig()
    rig.populate()
    one = rig.node("one")
    assert clk_get(rig.k, one, "apb") == "ipg:2"
    assert clk_get(rig.k, one, "ref") == "osc"
    assert clk_get(rig.k, one, "") == "ipg:2"
    assert (of_clk_get(rig.k, one, 1), of_clk_get(rig.k, one, 2)) == ("osc", -ENOENT)


def test_what_is_not_there_has_another_error_by_node_than_by_device():
    rig = TreeRig()
    rig.populate()
    assert clk_get(rig.k, rig.node("one"), "nothing") == -ENOENT
    assert of_clk_get(rig.k, rig.node("one"), 0, "nothing") == -EINVAL
    assert of_clk_get(rig.k, rig.node("two"), 0) == -ENOENT
    assert of_clk_get(rig.k, None, 0) == -ENOENT


def test_before_clocks_are_registered_they_are_waited_for():
    rig = TreeRig()
    assert of_clk_get(rig.k, rig.node("one"), 0) == -EPROBE_DEFER
    assert clk_get(rig.k, rig.node("one"), "apb") == -EPROBE_DEFER


def test_a_bus_may_lend_its_clocks():
    text = """/dts-v1/; / { gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
        osc: osc { compatible = "fixed-clock"; #clock-cells = <0>; };
        lends { clock-ranges; clocks = <&osc>; clock-names = "x"; a { }; };
        keeps { clocks = <&osc>; clock-names = "x"; b { }; };
    };"""
    nodes = {node.name: node for node in Board.of("lent", parse(text.encode(), "lent.dts")).nodes}
    assert of_parse_clkspec(nodes["a"], 0, "x") == (nodes["osc"], ())
    assert of_parse_clkspec(nodes["b"], 0, "x") == -EINVAL


def test_a_gate_has_the_rate_of_its_oscillator():
    rig = TreeRig()
    rig.populate()
    assert (clk_get_rate(rig.k, "osc"), clk_get_rate(rig.k, "bus"), clk_get_rate(rig.k, "")) == (24_000_000, 24_000_000, 0)


def test_nobody_says_the_rate_of_a_gate_that_hangs_free():
    text = """/dts-v1/; / { gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
        free: free { compatible = "irqlab,clock-gate"; #clock-cells = <0>; };
    };"""
    rig = TreeRig(board=Board.of("free", parse(text.encode(), "free.dts")))
    assert clk_get_rate(rig.k, "free") is None
