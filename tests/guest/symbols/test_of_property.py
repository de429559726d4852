"""``drivers/of/property.c`` as a driver calls it: what is written where."""

from __future__ import annotations

from irqlab.kernel.errno import EILSEQ, EINVAL, ENODATA, EOVERFLOW


def test_a_property_and_its_value(rig):
    length = rig.room(8)
    found = rig.call("of_find_property", rig.np("one"), "numbers", length)
    value = rig.call("of_get_property", rig.np("one"), "numbers", 0)
    assert rig.g.number(length, 4) == 12
    assert rig.g.field(found, "property", "length") == 12
    assert rig.g.field(found, "property", "value") == value
    assert rig.g.read(value, 12) == bytes.fromhex("00000001fffffffe00000003")
    assert rig.text(rig.g.field(found, "property", "name")) == "numbers"


def test_a_length_is_left_alone_where_there_is_no_property(rig):
    length = rig.put((77).to_bytes(4, "little"))
    assert rig.call("of_get_property", rig.np("one"), "nothing", length) == 0
    assert rig.call("of_find_property", 0, "numbers", length) == 0
    assert rig.g.number(length, 4) == 77


def test_a_value_without_bytes_is_an_address(rig):
    assert rig.call("of_get_property", rig.np("one"), "empty", 0) != 0


def test_the_properties_of_a_node_are_a_list(rig):
    names, prop = [], rig.g.field(rig.np("/soc"), "device_node", "properties")
    while prop:
        names.append(rig.text(rig.g.field(prop, "property", "name")))
        prop = rig.g.field(prop, "property", "next")
    assert names == ["compatible", "#address-cells", "#size-cells", "ranges", "name"]


def test_arrays_of_every_width(rig):
    out = rig.room(64)
    read = "of_property_read_variable_u{}_array"
    assert rig.call(read.format(32), rig.np("one"), "numbers", out, 3, 0) == 3
    assert rig.numbers(out, 4) == (1, 0xFFFF_FFFE, 3, 0)
    assert rig.call(read.format(8), rig.np("one"), "bytes", out, 1, 8) == 3
    assert rig.numbers(out, 3, 1) == (1, 2, 0xFF)
    assert rig.call(read.format(16), rig.np("one"), "numbers", out, 2, 0) == 2
    assert rig.numbers(out, 2, 2) == (0, 1)
    assert rig.call(read.format(64), rig.np("one"), "wide", out, 2, 0) == 2
    assert rig.numbers(out, 2, 8) == (0x1_0000_0002, 0x3_0000_0004)


def test_nothing_is_written_when_an_array_is_too_short(rig):
    out = rig.put(b"\xaa" * 16)
    assert rig.call("of_property_read_variable_u32_array", rig.np("one"), "numbers", out, 4, 0) == -EOVERFLOW
    assert rig.call("of_property_read_variable_u32_array", rig.np("one"), "nothing", out, 1, 0) == -EINVAL
    assert rig.g.read(out, 16) == b"\xaa" * 16


def test_single_numbers(rig):
    out = rig.room(8)
    assert rig.call("of_property_read_u32_index", rig.np("one"), "numbers", 2, out) == 0
    assert rig.g.number(out, 4) == 3
    assert rig.call("of_property_read_u32_index", rig.np("one"), "numbers", 3, out) == -EOVERFLOW
    assert rig.call("of_property_read_u64_index", rig.np("one"), "wide", 1, out) == 0
    assert rig.g.number(out) == 0x3_0000_0004
    assert rig.call("of_property_read_u64", rig.np("one"), "wide", out) == 0
    assert rig.g.number(out) == 0x1_0000_0002
    assert rig.call("of_property_count_elems_of_size", rig.np("one"), "numbers", 4) == 3


def test_strings(rig):
    out = rig.room(32)
    value = rig.call("of_get_property", rig.np("one"), "text", 0)
    assert rig.call("of_property_read_string", rig.np("one"), "text", out) == 0
    assert rig.g.number(out) == value and rig.text(value) == "hello"
    assert rig.call("of_property_read_string", rig.np("one"), "unfinished", out) == -EILSEQ
    assert rig.call("of_property_read_string_helper", rig.np("one"), "text", out, 4, 0) == 3
    assert [rig.text(at) for at in rig.numbers(out, 3, 8)] == ["hello", "", "world"]
    assert rig.call("of_property_read_string_helper", rig.np("one"), "text", out, 1, 2) == 1
    assert rig.text(rig.g.number(out)) == "world"
    assert rig.call("of_property_read_string_helper", rig.np("one"), "text", 0, 0, 0) == 3
    assert rig.call("of_property_match_string", rig.np("one"), "text", "world") == 2
    assert rig.call("of_property_match_string", rig.np("one"), "text", "nobody") == -ENODATA


def test_one_cell_after_the_other(rig):
    prop, out = rig.call("of_find_property", rig.np("one"), "numbers", 0), rig.room(8)
    found, cur = [], rig.call("of_prop_next_u32", prop, 0, out)
    while cur:
        found.append(rig.g.number(out, 4))
        cur = rig.call("of_prop_next_u32", prop, cur, out)
    assert found == [1, 0xFFFF_FFFE, 3]
    assert rig.call("of_prop_next_u32", 0, 0, out) == 0


def test_one_string_after_the_other(rig):
    prop = rig.call("of_find_property", rig.np("one"), "text", 0)
    found, cur = [], rig.call("of_prop_next_string", prop, 0)
    while cur:
        found.append(rig.text(cur))
        cur = rig.call("of_prop_next_string", prop, cur)
    assert found == ["hello", "", "world"]


def test_a_result_that_nobody_wants_is_an_oops(rig):
    [told] = rig.ends("of_property_read_variable_u32_array", rig.np("one"), "numbers", 0, 1, 0)
    assert told.startswith("null-pointer: write of 4 bytes")
