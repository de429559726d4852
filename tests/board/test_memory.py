"""Windows of registers."""

from __future__ import annotations

from typing import Any

from irqlab.board.memory import placed, windows
from irqlab.board.node import Node
from irqlab.board.parts import Kind, Part

TREE = """
	#address-cells = <1>; #size-cells = <1>;
	one@1000 { reg = <0x1000 0x100>, <0x3000 0x10>; reg-names = "dist", "cpu"; };
	twin@1000 { reg = <0x1000 0x100>; };
	over@1080 { reg = <0x1080 0x100>; };
	bare { };
	i2c { #address-cells = <1>; #size-cells = <0>; chip@20 { reg = <0x20>; }; };
	taken@e0000000 { reg = <0xe0000000 0x10001>; };
	double@5000 { reg = <0x5000 4>, <0x6000 4>, <0x7000 4>; reg-names = "x", "y", "y"; };
"""


def parts(root: Node, *wanted: tuple[str, Kind, bool]) -> tuple[Part, ...]:
    return placed(Part(path.strip("/"), "", kind, root.find(path), tested=tested) for path, kind, tested in wanted)  # type: ignore[arg-type]


def test_windows_are_where_the_tree_says_or_else_where_nobody_is(tree: Any) -> None:
    found = parts(
        tree(TREE),
        ("/one@1000", "controller", True),
        ("/bare", "peripheral", False),
        ("/taken@e0000000", "registers", False),
        ("/i2c/chip@20", "controller", False),
        ("/bare", "controller", False),
        ("/bare", "clock-user", False),
    )
    assert [part.regs for part in found] == [
        ((0x1000, 0x100), (0x3000, 0x10)),
        ((0xE002_0000, 0x1000),),
        ((0xE000_0000, 0x10001),),
        ((0xE003_0000, 0x1000),),
        (),
        (),
    ]


def test_a_window_is_a_block_and_two_with_one_place_are_one(tree: Any) -> None:
    said: list[str] = []
    found = parts(
        tree(TREE),
        ("/twin@1000", "registers", False),
        ("/over@1080", "registers", False),
        ("/one@1000", "controller", True),
        ("/bare", "controller", False),
    )
    assert [(window.name, window.part.name, window.region, window.others) for window in windows(found, said)] == [
        ("one@1000", "one@1000", (0x1000, 0x100), ("twin@1000",)),
        ("one@1000.cpu", "one@1000", (0x3000, 0x10), ()),
        ("over@1080", "over@1080", (0x1080, 0x100), ()),
        ("bare", "bare", None, ()),
    ]
    assert said == [
        "twin@1000 and one@1000 have the same registers",
        "the registers of over@1080 and one@1000 lie over each other: the smaller window answers",
    ]


def test_what_has_a_model_has_windows_beside_its_first_only_under_test(tree: Any) -> None:
    root = tree(TREE)
    for tested, names in ((True, ["double@5000.y", "double@5000.y+"]), (False, [])):
        found = parts(root, ("/double@5000", "gic", tested))
        assert [window.name for window in windows(found, [])] == names
