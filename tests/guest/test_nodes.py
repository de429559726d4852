"""Nodes and properties as structs in a guest's memory."""

from __future__ import annotations

import pytest
from symbol_rig import Rig

from irqlab.guest.nodes import fwnode_pointer, node_at, property_at
from irqlab.kernel.of.flags import is_populated


@pytest.fixture
def rig() -> Rig:
    return Rig()


def field(rig, path, name):
    return rig.g.field(rig.np(path), "device_node", name)


def test_names_are_as_the_kernel_writes_them(rig):
    assert rig.text(field(rig, "one", "name")) == "one"
    assert rig.text(field(rig, "one", "full_name")) == "one@10000"
    assert (rig.text(field(rig, "/", "name")), rig.text(field(rig, "/", "full_name"))) == ("", "")


def test_nodes_hang_together(rig):
    assert field(rig, "one", "parent") == rig.np("/soc")
    assert field(rig, "/", "parent") == 0
    assert field(rig, "/soc", "child") == rig.np("one")
    assert field(rig, "one", "sibling") == rig.np("two")
    assert field(rig, "mux", "sibling") == 0
    assert field(rig, "two", "child") == 0
    assert field(rig, "two", "phandle") == rig.node("two").phandle


def test_a_handle_is_inside_its_node(rig):
    assert fwnode_pointer(rig.g, rig.node("one")) == rig.np("one") + 24
    assert node_at(rig.g, rig.np("one") + 24) is rig.node("one")
    assert node_at(rig.g, rig.np("one") + 16) is None
    assert node_at(rig.g, rig.np("one") + 0x200 * 4096) is None


def test_flags_may_be_written(rig):
    assert field(rig, "one", "_flags") == 8
    rig.g.set_field(rig.np("one"), "device_node", "_flags", 0)
    assert field(rig, "one", "_flags") == 0 and not is_populated(rig.k, rig.node("one"))


def test_properties_are_found_by_their_pointer(rig):
    prop = property_at(rig.g, rig.call("of_find_property", rig.np("one"), "text", 0))
    assert prop is not None and (prop.name, prop.length, prop.node) == ("text", 13, rig.node("one"))
    assert property_at(rig.g, rig.call("of_find_property", rig.np("one"), "text", 0) + 8) is None


def test_names_of_nodes_are_not_to_be_written(rig):
    fault = rig.g.memory.store(rig.np("one"), bytes(8))
    assert fault is not None and fault.what == "not-modelled"


def test_two_guests_give_the_same_addresses():
    one, two = Rig(), Rig()
    assert [p.value for p in one.g.tree.properties] == [p.value for p in two.g.tree.properties]
    assert one.np("mux") == two.np("mux")
