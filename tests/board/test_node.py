"""Nodes: properties and references."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board import Node, parse
from irqlab.errors import BoardError

TREE = """/dts-v1/;
/ {
	outer: bus@0 {
		interrupt-parent = <&pic>;
		cells = <1 2 0xffffffff>;
		bytes = [01 02 03];
		words = "one", "two";
		empty;
		refs = <&pic 7 0 &pic 9>;
		short = <&pic>;
		ghost = <99>;
		off: child { status = "disabled"; interrupts = <5>; below { }; };
		on { interrupts = <5 6>; };
		extended { interrupts = <1>; interrupts-extended = <&pic 4>; };
	};
	pic: pic { #interrupt-cells = <1>; };
	lost { interrupts = <1>; };
};
"""


@pytest.fixture
def root() -> Node:
    return parse(TREE.encode(), "t.dts")


def at(root: Node, path: str) -> Node:
    return next(node for node in root.walk() if node.path == path)


def test_nodes_know_their_place(root: Node) -> None:
    assert [node.path for node in root.walk()] == [
        "/",
        "/bus@0",
        "/bus@0/child",
        "/bus@0/child/below",
        "/bus@0/on",
        "/bus@0/extended",
        "/pic",
        "/lost",
    ]
    bus = at(root, "/bus@0")
    assert (bus.name, bus.label, bus.labels, bus.parent) == ("bus@0", "outer", ("outer",), root)
    assert [child.name for child in bus.children] == ["child", "on", "extended"]


def test_properties_are_read_as_what_is_asked_for(root: Node) -> None:
    bus = at(root, "/bus@0")
    assert bus.prop_u32s("cells") == (1, 2, 0xFFFF_FFFF)
    assert bus.prop_strings("words") == ("one", "two")
    assert (bus.has("empty"), bus.has("absent"), bus.prop_u32s("absent"), bus.prop_strings("absent")) == (True, False, (), ())
    assert bus.prop_u32("absent", 4) == 4


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda bus: bus.prop_u32s("bytes"), "t.dts: /bus@0: bytes has 3 bytes, which are no 32-bit cells: write it as <...>"),
        (lambda bus: bus.prop_u32("cells"), "t.dts: /bus@0: cells needs one 32-bit cell and has 3: write cells = <N>"),
        (lambda bus: bus.prop_u32("absent"), "t.dts: /bus@0: absent needs one 32-bit cell and has 0: write absent = <N>"),
        (lambda bus: bus.prop_strings("cells"), 't.dts: /bus@0: cells is no string: write cells = "..."'),
        (
            lambda bus: bus.phandle_args("short", "#interrupt-cells"),
            "t.dts: /bus@0: short ends within the reference to /pic, which takes 1 cells: add 1",
        ),
        (
            lambda bus: bus.phandle_args("ghost", "#interrupt-cells"),
            "t.dts: /bus@0: ghost refers to phandle 0x63, which no node has: correct the reference",
        ),
        (
            lambda bus: bus.phandle_args("refs", "#clock-cells"),
            "t.dts: /pic: #clock-cells needs one 32-bit cell and has 0: write #clock-cells = <N>",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_file_and_node(root: Node, ask: object, message: str) -> None:
    with pytest.raises(BoardError) as caught:
        ask(at(root, "/bus@0"))  # type: ignore[operator]
    assert str(caught.value) == message


def test_references_carry_their_cells_and_skip_nothing_else_than_zero(root: Node) -> None:
    pic = at(root, "/pic")
    assert at(root, "/bus@0").phandle_args("refs", "#interrupt-cells") == ((pic, (7,)), (pic, (9,)))


def test_interrupts_go_to_the_nearest_interrupt_parent(root: Node) -> None:
    pic = at(root, "/pic")
    assert at(root, "/bus@0/on").interrupts() == ((pic, (5,)), (pic, (6,)))
    assert at(root, "/bus@0/extended").interrupts() == ((pic, (4,)),)
    with pytest.raises(BoardError, match="/lost: interrupts leads nowhere"):
        at(root, "/lost").interrupts()


def test_what_is_below_a_disabled_node_is_not_available(root: Node) -> None:
    assert at(root, "/bus@0/on").available
    assert not at(root, "/bus@0/child").available
    assert not at(root, "/bus@0/child/below").available


def test_nodes_are_found_by_path_alias_phandle_and_name(tree: Any) -> None:
    found = tree("""
	aliases { serial0 = "/soc/uart@10"; nowhere = "/x"; odd = <1>; };
	soc { uart: uart@10 { port { }; }; };
	user { serial = <&uart>; };
	""")
    uart = found.find("/soc/uart@10")
    assert found.find("/soc/uart") is found.find("serial0") is found.child("soc").child("uart@10") is uart
    assert found.find("serial0/port") is uart.child("port")
    assert (uart.child("port").root, found.find("/")) == (found, found)
    assert [found.find(path) for path in ("/soc/x", "nowhere", "absent", "odd", "/soc/uart@1")] == [None] * 5
    assert found.by_phandle(uart.phandle) is uart
    assert (uart.phandle, found.by_phandle(99), found.phandle) == (found.find("/user").prop_u32("serial"), None, 0)


def test_properties_are_read_leniently_where_the_kernel_does(tree: Any) -> None:
    node = tree('n { compatible = "x,a", "x,b"; open = [61 62]; odd = [ff 00]; empty; };').find("/n")
    assert (node.prop_bytes("open"), node.prop_bytes("absent")) == (b"ab", b"")
    assert (node.strings("compatible"), node.strings("open"), node.strings("odd")) == (("x,a", "x,b"), ("ab",), ("\ufffd",))
    assert (node.strings("empty"), node.strings("absent")) == ((), ())
    assert (node.is_compatible("x,b", "y"), node.is_compatible("x"), node.is_compatible()) == (True, False, False)


def test_references_are_read_as_far_as_they_make_sense(tree: Any) -> None:
    found = tree("""
	#interrupt-cells = <1>;
	p: p { #x-cells = <1>; };
	n { refs = <&p 7 99 1>; interrupt-parent = <99>; interrupts = <1>; };
	m { interrupts = <1>; interrupt-parent = <&p>; };
	""")
    p, n = found.find("/p"), found.find("/n")
    assert n.readable_args("refs", "#x-cells") == (
        ((p, (7,)),),
        "refs refers to phandle 0x63, which no node has: correct the reference",
    )
    assert n.readable_args("absent", "#x-cells") == ((), "")
    assert (n.controller, found.find("/m").controller) == (None, found)
