"""``drivers/of/base.c`` of 6.12.117."""

from __future__ import annotations

from irqlab.kernel.errno import EINVAL, ENODEV, ENOENT
from irqlab.kernel.of import base
from irqlab.kernel.of.base import Match

TREE = """
    compatible = "irqlab,board";
    aliases { serial0 = "/soc/dev@10"; serial12 = "/soc/dev@20"; plain = "/soc/dev@10"; gone4 = "/nowhere"; self1 = "self1"; };
    cpus { cpu@0 { device_type = "cpu"; }; core@1 { device_type = "cpu"; }; cpu-map { }; cpu@2 { status = "fail-sss"; }; };
    soc {
        first: dev@10 {
            compatible = "Irqlab,Dev", "irqlab,old"; device_type = "thing"; #a-cells = <2>; big-endian;
            list = <&first 1 2>, <0>, <&second>, <&first 3 4>;
            short = <&first 1>; stray = <0x99 1 2>; two = <&first 9 8>;
        };
        second: dev@20 { compatible = "irqlab,old"; #a-cells = <0>; status = "disabled"; };
        third: other@30 { status = "reserved"; };
    };
"""


def at(tree, path):
    found = base.of_find_node_by_path(tree(TREE), path)
    assert found is not None, path
    return found


def test_a_path_needs_the_unit_address(tree):
    root = tree(TREE)
    assert base.of_find_node_by_path(root, "/") is root
    assert base.of_find_node_by_path(root, "/soc/dev@10").path == "/soc/dev@10"
    assert base.of_find_node_by_path(root, "/soc/dev") is None
    assert base.of_find_node_by_path(root, "/soc//dev@10") is None
    assert base.of_find_node_by_path(root, "/soc/dev@10:115200").path == "/soc/dev@10"


def test_a_path_may_begin_with_an_alias(tree):
    root = tree(TREE)
    assert base.of_find_node_by_path(root, "serial12").path == "/soc/dev@20"
    assert base.of_find_node_by_path(root, "plain:opt").path == "/soc/dev@10"
    assert base.of_find_node_by_path(root, "unknown") is None
    assert base.of_find_node_by_path(root, "self1") is None
    assert base.of_find_node_by_path(root, "") is None


def test_an_alias_has_a_stem_and_a_number(tree):
    root = tree(TREE)
    assert base.of_alias_get_id(root, base.of_find_node_by_path(root, "/soc/dev@20"), "serial") == 12
    assert base.of_alias_get_id(root, base.of_find_node_by_path(root, "/soc/dev@20"), "seri") == -ENODEV
    assert base.of_alias_get_id(root, root, "serial") == -ENODEV
    assert (base.of_alias_get_highest_id(root, "serial"), base.of_alias_get_highest_id(root, "gone")) == (12, -ENODEV)


def test_names_leave_the_unit_address_out(tree):
    node = at(tree, "/soc/dev@10")
    assert base.of_node_name_eq(node, "dev") and not base.of_node_name_eq(node, "dev@10") and not base.of_node_name_eq(node, "de")
    assert base.of_node_name_prefix(node, "de") and not base.of_node_name_prefix(None, "")


def test_an_earlier_compatible_string_counts_more_and_case_not_at_all(tree):
    node = at(tree, "/soc/dev@10")
    assert base.of_device_is_compatible(node, "irqlab,dev") == 0x3FFF_FFFF
    assert base.of_device_is_compatible(node, "IRQLAB,OLD") == 0x3FFF_FFFF - 4
    assert base.of_device_is_compatible(node, "irqlab,de") == 0
    assert base.of_device_is_compatible(None, "irqlab,dev") == 0
    assert base.of_device_compatible_match(node, ("x", "irqlab,old", "irqlab,dev")) == 0x3FFF_FFFF


def test_type_and_name_add_to_the_score(tree):
    node = at(tree, "/soc/dev@10")
    assert base.compatible_score(node, "irqlab,dev", "thing") == 0x3FFF_FFFF + 2
    assert base.compatible_score(node, "irqlab,dev", "thing", "dev") == 0x3FFF_FFFF + 3
    assert base.compatible_score(node, "", "", "dev") == 1
    assert base.compatible_score(node, "irqlab,dev", "other") == 0


def test_the_best_entry_of_a_table_wins_not_the_first(tree):
    node = at(tree, "/soc/dev@10")
    table = (Match("irqlab,old", at=1), Match("irqlab,dev", at=2), Match("irqlab,dev", at=3))
    assert base.of_match_node(table, node).at == 2
    assert base.of_match_node(table, at(tree, "/soc/dev@20")).at == 1
    assert base.of_match_node(table, tree(TREE)) is None
    assert base.of_match_node((), node) is None


def test_available_is_said_by_the_node_alone(tree):
    assert base.of_device_is_available(at(tree, "/soc/dev@10"))
    assert not base.of_device_is_available(at(tree, "/soc/dev@20"))
    assert not base.of_device_is_available(None)
    assert base.of_device_is_big_endian(at(tree, "/soc/dev@10")) and not base.of_device_is_big_endian(at(tree, "/soc/dev@20"))


def test_the_nodes_behind_one_in_the_order_of_the_tree(tree):
    root = tree(TREE)
    paths = [node.path for node in base.following(root, base.of_find_node_by_path(root, "/soc/dev@10"))]
    assert paths == ["/soc/dev@20", "/soc/other@30"]
    assert next(base.following(root, None)) is root


def test_children_come_one_after_the_other(tree):
    soc = at(tree, "/soc")
    first = base.next_child(soc, None)
    assert (first.name, base.next_child(soc, first).name) == ("dev@10", "dev@20")
    assert base.next_child(soc, soc.children[-1]) is None
    assert base.next_child(soc.children[0], None) is None
    assert base.of_get_child_by_name(soc, "dev") is soc.children[0]
    assert base.of_get_compatible_child(soc, "irqlab,old") is soc.children[0]
    assert base.is_reserved(soc.children[2])


def test_nodes_of_cpus_are_called_so_or_say_so_and_do_not_fail(tree):
    assert [node.name for node in base.cpu_nodes(tree(TREE))] == ["cpu@0", "core@1"]


def test_references_are_counted_with_the_empty_ones(tree):
    first = at(tree, "/soc/dev@10")
    parse = base.of_parse_phandle_with_args
    assert parse(first, "list", "#a-cells", -1, 0) == (first, (1, 2))
    assert parse(first, "list", "#a-cells", -1, 1) == -ENOENT
    assert parse(first, "list", "#a-cells", -1, 2)[0].name == "dev@20"
    assert parse(first, "list", "#a-cells", -1, 3) == (first, (3, 4))
    assert parse(first, "list", "#a-cells", -1, 4) == -ENOENT
    assert parse(first, "list", "#a-cells", -1, -1) == -EINVAL
    assert parse(first, "nothing", "#a-cells", -1, 0) == -ENOENT
    assert base.of_count_phandle_with_args(first, "list", "#a-cells") == 4
    assert base.of_count_phandle_with_args(first, "list", "") == 8
    assert base.of_count_phandle_with_args(first, "nothing", "#a-cells") == -ENOENT


def test_a_list_that_cannot_be_read_is_invalid(tree):
    first = at(tree, "/soc/dev@10")
    parse = base.of_parse_phandle_with_args
    assert parse(first, "short", "#a-cells", -1, 0) == -EINVAL  # a cell is missing
    assert parse(first, "stray", "#a-cells", -1, 0) == -EINVAL  # nobody has that phandle
    assert parse(first, "two", "#b-cells", -1, 0) == -EINVAL  # the target does not say
    assert parse(first, "two", "#b-cells", 2, 0) == (first, (9, 8))  # of_parse_phandle_with_optional_args()
    assert parse(first, "two", "", 2, 0) == (first, (9, 8))  # of_parse_phandle_with_fixed_args()
    assert parse(first, "two", "", -1, 0) == -EINVAL
    assert base.of_count_phandle_with_args(first, "short", "#a-cells") == -EINVAL


def test_a_plain_phandle_takes_no_cells(tree):
    first = at(tree, "/soc/dev@10")
    assert base.of_parse_phandle(first, "two", 0) is first
    assert base.of_parse_phandle(first, "stray", 0) is None
    assert base.of_parse_phandle(first, "nothing", 0) is None
