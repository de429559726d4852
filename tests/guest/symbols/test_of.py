"""``drivers/of/base.c`` as a driver calls it: what is found, and what is done with wrong pointers."""

from __future__ import annotations

import pytest

from irqlab.kernel.errno import EINVAL, ENODEV, ENOENT


def test_nodes_are_found_by_path_alias_phandle_name_and_type(rig):
    assert rig.call("of_find_node_opts_by_path", "/soc/one@10000", 0) == rig.np("one")
    assert rig.call("of_find_node_opts_by_path", "/soc/one", 0) == 0
    assert rig.call("of_find_node_by_phandle", rig.node("two").phandle) == rig.np("two")
    assert rig.call("of_find_node_by_phandle", 0) == 0
    assert rig.call("of_find_node_by_name", 0, "two") == rig.np("two")
    assert rig.call("of_find_node_by_type", 0, "cpu") == rig.np("cpu0")
    assert rig.call("of_find_node_by_type", rig.np("cpu0"), "cpu") == rig.np("cpu1")
    assert rig.call("of_find_node_with_property", 0, "fsl,channel") == rig.np("mux")


def test_the_option_of_a_path_is_given_out(rig):
    out = rig.room(8)
    assert rig.call("of_find_node_opts_by_path", "serial0:115200n8", out) == rig.np("one")
    assert rig.text(rig.g.number(out)) == "115200n8"
    rig.call("of_find_node_opts_by_path", "/", out)
    assert rig.g.number(out) == 0


def test_nodes_are_found_by_what_they_are(rig):
    assert rig.call("of_find_compatible_node", 0, 0, "irqlab,peripheral") == rig.np("one")
    assert rig.call("of_find_compatible_node", rig.np("one"), 0, "irqlab,peripheral") == rig.np("two")
    assert rig.call("of_find_compatible_node", rig.np("two"), 0, "irqlab,peripheral") == 0
    assert rig.call("of_device_is_compatible", rig.np("one"), "irqlab,one") == 0x3FFF_FFFF
    assert rig.call("of_machine_is_compatible", "irqlab,family") == 0x3FFF_FFFF - 4


def table(rig, *entries):
    """A table of struct of_device_id; the address of each entry."""
    size = rig.g.image.types.size("of_device_id")
    start = rig.room(size * (len(entries) + 1))
    for at, (compatible, data) in enumerate(entries):
        rig.g.write(start + at * size + 64, compatible.encode())
        rig.g.set_field(start + at * size, "of_device_id", "data", data)
    return tuple(start + at * size for at in range(len(entries) + 1))


def test_the_best_entry_of_a_table_is_pointed_at(rig):
    entries = table(rig, ("irqlab,peripheral", 1), ("irqlab,one", 2))
    assert rig.call("of_match_node", entries[0], rig.np("one")) == entries[1]
    assert rig.call("of_match_node", entries[0], rig.np("two")) == entries[0]
    assert rig.call("of_match_node", entries[0], rig.np("mux")) == 0
    assert rig.call("of_match_node", 0, rig.np("one")) == 0


def test_all_nodes_of_a_table_one_after_the_other(rig):
    entries, match = table(rig, ("irqlab,two", 1), ("irqlab,one", 2)), rig.room(8)
    assert rig.call("of_find_matching_node_and_match", 0, entries[0], match) == rig.np("one")
    assert rig.g.number(match) == entries[1]
    assert rig.call("of_find_matching_node_and_match", rig.np("one"), entries[0], match) == rig.np("two")
    assert rig.g.number(match) == entries[0]
    assert rig.call("of_find_matching_node_and_match", rig.np("two"), entries[0], match) == 0
    assert rig.g.number(match) == 0


def test_a_list_of_compatible_strings(rig):
    names = rig.pointers(rig.put(b"x\0"), rig.put(b"irqlab,family\0"))
    assert rig.call("of_device_compatible_match", rig.node("/"), names) == 0x3FFF_FFFF - 4
    assert rig.call("of_machine_compatible_match", names) == 1
    assert rig.call("of_machine_compatible_match", rig.pointers(rig.put(b"x\0"))) == 0
    assert rig.call("of_machine_compatible_match", 0) == 0


def test_parents_and_children(rig):
    one = rig.np("one")
    assert rig.call("of_get_parent", one) == rig.np("/soc")
    assert rig.call("of_get_parent", rig.np("/")) == 0
    children = []
    child = rig.call("of_get_next_child", one, 0)
    while child:
        children.append(child)
        child = rig.call("of_get_next_child", one, child)
    assert children == [rig.np(f"/soc/one@10000/{name}") for name in ("child-b", "child-a@1", "child-c")]
    second = rig.call("of_get_next_available_child", one, children[0])
    assert second == children[2]
    assert rig.call("of_get_child_by_name", one, "child-a") == children[1]
    assert rig.call("of_get_compatible_child", one, "irqlab,leaf") == children[2]
    assert rig.call("of_get_next_child", 0, 0) == 0


def test_references_of_a_node_are_none(rig):
    assert rig.call("of_node_get", rig.np("one")) == rig.np("one")
    assert rig.call("of_node_get", 0) == 0
    rig.call("of_node_put", rig.np("one"))
    assert rig.told("not-modelled") == []


def test_cpus(rig):
    assert rig.call("of_get_next_cpu_node", 0) == rig.np("cpu0")
    assert rig.call("of_get_next_cpu_node", rig.np("cpu1")) == 0
    assert rig.call("of_get_cpu_node", 0, 0) == rig.np("cpu0") and rig.call("of_get_cpu_node", 1, 0) == 0
    assert (rig.call("of_cpu_node_to_id", rig.np("cpu0")), rig.call("of_cpu_node_to_id", rig.np("cpu1"))) == (0, -ENODEV)


def test_what_a_node_says_of_itself(rig):
    assert rig.call("of_device_is_available", rig.np("one")) == 1
    assert rig.call("of_device_is_available", rig.np("/soc/one@10000/child-a@1")) == 0
    assert rig.call("of_device_is_big_endian", rig.np("one")) == 1
    assert rig.call("of_node_name_eq", rig.np("one"), "one") == 1
    assert rig.call("of_node_to_nid", rig.np("one")) == -1
    assert (rig.call("of_n_addr_cells", rig.np("cpu0")), rig.call("of_n_size_cells", rig.np("cpu0"))) == (1, 0)
    assert rig.call("of_alias_get_id", rig.np("two"), "serial") == 3
    assert rig.call("of_alias_get_highest_id", "serial") == 3


def test_a_reference_with_its_cells(rig):
    out = rig.struct("of_phandle_args")
    args = ("refs", "#interrupt-cells", -1)
    assert rig.call("__of_parse_phandle_with_args", rig.np("one"), *args, 0, out) == 0
    assert rig.g.field(out, "of_phandle_args", "np") == rig.np("gic")
    assert rig.g.field(out, "of_phandle_args", "args_count") == 3
    assert rig.numbers(out + 12, 3) == (1, 2, 3)
    assert rig.call("__of_parse_phandle_with_args", rig.np("one"), *args, 1, out) == -ENOENT
    assert rig.call("__of_parse_phandle_with_args", rig.np("one"), "syscon", 0, 1, 0, out) == 0
    assert rig.numbers(out + 12, 1) == (0x10,)
    assert rig.call("of_count_phandle_with_args", rig.np("one"), "resets", "#reset-cells") == 1


def test_going_through_references(rig):
    it = rig.struct("of_phandle_iterator", cur_count=9)
    assert rig.call("of_phandle_iterator_init", it, rig.np("one"), "syscon", 0, 1) == 0
    assert rig.call("of_phandle_iterator_next", it) == 0
    assert rig.g.field(it, "of_phandle_iterator", "node") == rig.np("two")
    cells = rig.room(16)
    assert rig.call("of_phandle_iterator_args", it, cells, 4) == 1
    assert rig.numbers(cells, 1) == (0x10,)
    assert rig.call("of_phandle_iterator_next", it) == -ENOENT
    assert rig.call("of_phandle_iterator_init", it, rig.np("one"), "nothing", "#x-cells", -1) == -ENOENT
    assert rig.call("of_phandle_iterator_init", it, rig.np("one"), "syscon", 0, -1) == -EINVAL


def test_fewer_places_than_cells_is_warned_of(rig):
    it = rig.struct("of_phandle_iterator")
    rig.call("of_phandle_iterator_init", it, rig.np("one"), "refs", "#interrupt-cells", -1)
    rig.call("of_phandle_iterator_next", it)
    assert rig.call("of_phandle_iterator_args", it, rig.room(16), 2) == 2
    assert len(rig.told("warning")) == 1


def test_a_broken_iterator_is_the_drivers_error(rig):
    cells = rig.call("of_get_property", rig.np("one"), "numbers", 0)
    it = rig.struct("of_phandle_iterator", cur=cells, cur_count=0x7FFF_FFFF)
    [told] = rig.ends("of_phandle_iterator_args", it, rig.room(), 0x7FFF_FFFF)
    assert told.startswith("memory-error: out-of-bounds") and told.endswith("as the cells of a reference")


@pytest.mark.parametrize("pointer", [0x70000000, 0xFFFF_FFFF_FFFF_FFED, 0x10])
def test_what_is_no_node_is_the_drivers_error(rig, pointer):
    [told] = rig.ends("of_get_parent", pointer)
    assert told.startswith("null-pointer:" if pointer < 0x1000 else "memory-error: wild: read of 8 bytes at")


def test_a_pointer_into_the_middle_of_a_node_is_wild(rig):
    [told] = rig.ends("of_get_parent", rig.np("one") + 8)
    assert told.startswith("memory-error: wild")


def test_no_name_is_a_null_pointer(rig):
    [told] = rig.ends("of_find_node_opts_by_path", 0, 0)
    assert told.startswith("null-pointer")
