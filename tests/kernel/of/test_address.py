"""``drivers/of/address.c`` of 6.12.117."""

from __future__ import annotations

from treerig import TreeRig

from irqlab.board import Board, parse
from irqlab.kernel.of.address import Resource, is_plain, of_address_to_resource, of_get_address, resources_of

MEM = 0x200


def test_a_window_is_named_and_where_the_cpu_sees_it():
    rig = TreeRig()
    found = of_address_to_resource(rig.k, rig.node("one"), 0)
    assert found == Resource(0x4001_0000, 0x4001_0FFF, MEM, "main")
    assert found is not None and found.size == 0x1000
    assert of_address_to_resource(rig.k, rig.node("two"), 0) == Resource(0x4002_0000, 0x4002_00FF, MEM, "two@20000")
    assert of_address_to_resource(rig.k, rig.node("one"), 1) is None
    assert of_address_to_resource(rig.k, rig.node("osc"), 0) is None
    assert of_address_to_resource(rig.k, None, 0) is None


def test_the_resources_of_a_device_are_its_windows():
    rig = TreeRig()
    assert [found.name for found in resources_of(rig.k, rig.node("one"))] == ["main"]
    assert resources_of(rig.k, rig.node("rst")) == ()


def test_an_entry_of_reg_begins_behind_the_ones_before():
    rig = TreeRig()
    assert of_get_address(rig.node("one"), 0) == (0, 0x1000)
    assert of_get_address(rig.node("one"), 1) is None
    assert of_get_address(rig.node("/cpus/cpu@1"), 0) == (0, 0)  # #size-cells = <0>
    assert of_get_address(rig.board.root, 0) is None


def test_buses_with_addresses_of_their_own_kind_are_told():
    text = """/dts-v1/; / { #address-cells = <1>; #size-cells = <1>;
        gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };
        pcie@1 { #address-cells = <3>; #size-cells = <2>; a { }; };
        bridge { device_type = "pci"; b { }; };
        flags { #address-cells = <3>; #size-cells = <1>; c { }; };
        isa { d { }; };
        soc { e { }; };
    };"""
    board = Board.of("buses", parse(text.encode(), "buses.dts"))
    plain = {node.name: is_plain(node) for node in board.nodes if not node.children and node.name != "gic"}
    assert plain == {"a": False, "b": False, "c": False, "d": False, "e": True}
