"""``drivers/of/property.c`` of 6.12.117; lengths and errors as there."""

from __future__ import annotations

from irqlab.kernel.errno import EILSEQ, EINVAL, ENODATA, EOVERFLOW
from irqlab.kernel.of import property as props

TREE = """
    node: node@10 {
        one = <7>; three = <1 0xfffffffe 3>; odd = [01 02 03]; wide = <0x1 0x2 0x3 0x4>; empty;
        text = "hello", "", "world"; open = [61 62]; half = "ab", "cd"; name2 = "x";
    };
    named { name = "mine"; };
"""


def node(tree):
    return tree(TREE).children[0]


def test_every_node_has_its_name_as_a_property(tree):
    root = tree(TREE)
    assert props.of_find_property(root.children[0], "name") == b"node\0"
    assert props.of_find_property(root, "name") == b"\0"
    assert props.of_find_property(root.children[1], "name") == b"mine\0"
    assert props.property_names(root.children[0])[-1] == "name"
    assert props.property_names(root.children[1]) == ("name",)


def test_a_property_that_is_not_there_is_none(tree):
    assert props.of_find_property(node(tree), "nothing") is None
    assert props.of_find_property(None, "one") is None


def test_an_array_needs_its_least_and_takes_its_most(tree):
    read = props.of_property_read_variable_array
    assert read(node(tree), "three", 4, 3, 0) == (1, 0xFFFF_FFFE, 3)
    assert read(node(tree), "three", 4, 2, 0) == (1, 0xFFFF_FFFE)  # of_property_read_u32_array() of fewer than there are
    assert read(node(tree), "three", 4, 0, 3) == (1, 0xFFFF_FFFE, 3)
    assert read(node(tree), "three", 4, 0, 2) == -EOVERFLOW
    assert read(node(tree), "three", 4, 4, 0) == -EOVERFLOW
    assert read(node(tree), "three", 4, 1, 8) == (1, 0xFFFF_FFFE, 3)
    assert read(node(tree), "nothing", 4, 1, 0) == -EINVAL


def test_an_array_of_bytes_halves_and_doubles(tree):
    read = props.of_property_read_variable_array
    assert read(node(tree), "odd", 1, 3, 0) == (1, 2, 3)
    assert read(node(tree), "three", 2, 2, 0) == (0, 1)
    assert read(node(tree), "wide", 8, 2, 0) == (0x1_0000_0002, 0x3_0000_0004)


def test_a_property_without_a_value_is_too_short_not_without_data(tree):
    """populate_properties() gives it a pointer, so the kernel's -ENODATA never comes of a flattened tree."""
    assert props.of_property_read_variable_array(node(tree), "empty", 4, 1, 0) == -EOVERFLOW
    assert props.of_property_read_index(node(tree), "empty", 4, 0) == -EOVERFLOW


def test_an_index_reads_one_number(tree):
    assert props.of_property_read_index(node(tree), "three", 4, 2) == (3,)
    assert props.of_property_read_index(node(tree), "three", 4, 3) == -EOVERFLOW
    assert props.of_property_read_index(node(tree), "wide", 8, 1) == (0x3_0000_0004,)
    assert props.of_property_read_u32(node(tree), "three") == 1
    assert props.of_property_read_u32(node(tree), "odd") is None


def test_counting_elements(tree):
    count = props.of_property_count_elems_of_size
    assert (count(node(tree), "three", 4), count(node(tree), "three", 1)) == (3, 12)
    assert count(node(tree), "odd", 4) == -EINVAL
    assert count(node(tree), "nothing", 4) == -EINVAL
    assert count(node(tree), "empty", 4) == 0


def test_a_string_ends_within_its_property(tree):
    assert props.of_property_read_string(node(tree), "text") == 0
    assert props.of_property_read_string(node(tree), "open") == -EILSEQ
    assert props.of_property_read_string(node(tree), "empty") == -ENODATA
    assert props.of_property_read_string(node(tree), "nothing") == -EINVAL


def test_strings_begin_behind_each_other(tree):
    read = props.of_property_read_string_helper
    assert read(node(tree), "text", None, 0) == (3, ())
    assert read(node(tree), "text", 8, 0) == (3, (0, 6, 7))
    assert read(node(tree), "text", 1, 2) == (1, (7,))
    assert read(node(tree), "text", 1, 3) == (-ENODATA, ())
    assert read(node(tree), "open", None, 0) == (-EILSEQ, ())
    assert read(node(tree), "nothing", None, 0) == (-EINVAL, ())
    assert read(node(tree), "empty", None, 0) == (-ENODATA, ())


def test_matching_a_string_gives_its_place(tree):
    match = props.of_property_match_string
    assert (match(node(tree), "text", "hello"), match(node(tree), "text", ""), match(node(tree), "text", "world")) == (0, 1, 2)
    assert match(node(tree), "text", "worl") == -ENODATA
    assert match(node(tree), "open", "ab") == -EILSEQ
    assert match(node(tree), "nothing", "x") == -EINVAL
