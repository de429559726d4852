"""``drivers/base/property.c`` as a driver calls it."""

from __future__ import annotations

from irqlab.guest.fwnodes import new_fwnode
from irqlab.kernel.errno import EINVAL, ENODATA, ENOENT, EOVERFLOW


def test_the_node_of_a_device(rig):
    assert rig.call("__dev_fwnode", rig.dev("one")) == rig.fwnode("one")
    assert rig.call("device_property_present", rig.dev("one"), "empty") == 1
    assert rig.call("fwnode_property_present", rig.fwnode("two"), "empty") == 0
    assert rig.call("fwnode_property_present", 0, "empty") == 0


def test_an_array_is_read_whole_or_counted(rig):
    out = rig.room(16)
    assert rig.call("device_property_read_u32_array", rig.dev("one"), "numbers", out, 2) == 0
    assert rig.numbers(out, 3) == (1, 0xFFFF_FFFE, 0)
    assert rig.call("device_property_read_u32_array", rig.dev("one"), "numbers", 0, 0) == 3
    assert rig.call("fwnode_property_read_u32_array", rig.fwnode("one"), "numbers", out, 4) == -EOVERFLOW
    assert rig.call("fwnode_property_read_u8_array", rig.fwnode("one"), "bytes", out, 3) == 0
    assert rig.numbers(out, 3, 1) == (1, 2, 255)
    assert rig.call("fwnode_property_read_u64_array", rig.fwnode("one"), "wide", out, 2) == 0
    assert rig.numbers(out, 2, 8) == (0x1_0000_0002, 0x3_0000_0004)


def test_no_node_and_error_pointers_have_no_properties(rig):
    assert rig.call("fwnode_property_read_u32_array", 0, "numbers", rig.room(), 1) == -EINVAL
    assert rig.call("fwnode_property_read_u32_array", -19, "numbers", rig.room(), 1) == -EINVAL


def test_strings(rig):
    out = rig.room(32)
    assert rig.call("device_property_read_string_array", rig.dev("one"), "text", out, 2) == 2
    assert [rig.text(at) for at in rig.numbers(out, 2, 8)] == ["hello", ""]
    assert rig.call("device_property_read_string_array", rig.dev("one"), "text", 0, 0) == 3
    assert rig.call("device_property_read_string", rig.dev("one"), "text", out) == 0
    assert rig.call("device_property_read_string", rig.dev("one"), "nothing", out) == -EINVAL
    assert rig.call("fwnode_property_match_string", rig.fwnode("one"), "text", "world") == 2
    assert rig.call("fwnode_property_match_string", rig.fwnode("one"), "text", "w") == -ENODATA


def test_children_that_are_not_available_are_none(rig):
    first = rig.call("fwnode_get_next_child_node", rig.fwnode("one"), 0)
    assert first == rig.fwnode("/soc/one@10000/child-b")
    second = rig.call("device_get_next_child_node", rig.dev("one"), first)
    assert second == rig.fwnode("/soc/one@10000/child-c")
    assert rig.call("device_get_next_child_node", rig.dev("one"), second) == 0
    assert rig.call("device_get_child_node_count", rig.dev("one")) == 2
    assert rig.call("fwnode_get_named_child_node", rig.fwnode("one"), "child-c") == second
    assert rig.call("fwnode_get_named_child_node", rig.fwnode("one"), "child-a") == 0
    assert rig.call("fwnode_get_parent", second) == rig.fwnode("one")


def test_references(rig):
    out = rig.struct("fwnode_reference_args")
    assert rig.call("fwnode_property_get_reference_args", rig.fwnode("one"), "clocks", "#clock-cells", 0, 0, out) == 0
    assert rig.g.field(out, "fwnode_reference_args", "fwnode") == rig.fwnode("ipg")
    assert rig.g.field(out, "fwnode_reference_args", "nargs") == 1
    assert rig.numbers(out + 16, 2, 8) == (2, 0)
    assert rig.call("fwnode_property_get_reference_args", rig.fwnode("one"), "clocks", "#clock-cells", 0, 5, out) == -ENOENT
    assert rig.call("fwnode_find_reference", rig.fwnode("one"), "syscon", 0) == rig.fwnode("two")


def test_interrupts(rig):
    rig.domain("gic")
    assert rig.call("fwnode_irq_get", rig.fwnode("one"), 0) == 1
    assert rig.call("fwnode_irq_get_byname", rig.fwnode("one"), "second") == 2
    assert rig.call("fwnode_irq_get_byname", rig.fwnode("one"), "third") == -ENODATA


def test_what_a_driver_has_made_up_is_not_modelled(rig):
    made = rig.room(16)
    new_fwnode(rig.k, made, "made up")
    [told] = rig.ends("fwnode_property_present", made, "empty")
    assert told.startswith("not-modelled: a property of made up, which the driver has made up")
