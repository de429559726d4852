"""Where the interrupts of a controller under test go, and what is put there if that is nothing irqlab knows."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board import Board
from irqlab.board.parts import Wire

GIC = 'gic: gic { compatible = "arm,gic-v3"; interrupt-controller; #interrupt-cells = <3>; };'

#: As ``dt-extract-example`` writes it.
FRAME = "interrupt-parent = <&fake>; fake: fake { interrupt-controller; #interrupt-cells = <%d>; };"


def gics(board: Board) -> list[tuple[str, bool]]:
    return [(part.name, part.stands_in) for part in board.parts if part.kind == "gic"]


def roads(board: Board) -> list[str]:
    """What was assumed of the way of the interrupts."""
    return [said for said in board.assumptions if "uses interrupt" not in said and "not modelled: its registers" not in said]


def test_a_line_to_a_real_gic_is_the_spi_it_names(foreign: Any) -> None:
    board = foreign(GIC + 'c: c { compatible = "x,intc"; interrupt-parent = <&gic>; interrupts = <0 18 4>, <0 19 1>; };')
    assert board.part("c").wires == (Wire(0, "gic", 50), Wire(1, "gic", 51, edge=True))
    assert (gics(board), board.part("gic").lines, board.part("c").parent, roads(board)) == (
        [("gic", False)],
        (),
        board.part("gic").node,
        ["/c takes no interrupts (#interrupt-cells): nobody uses it"],
    )
    assert [board.part("gic").intid(cells) for cells in ((0, 18, 4), (1, 9, 4), (0, 988, 4), (18,), ())] == [50, -1, -1, -1, -1]


def test_a_private_interrupt_is_an_spi_that_nobody_names(foreign: Any) -> None:
    board = foreign(GIC + 'c { compatible = "x,intc"; interrupt-parent = <&gic>; interrupts = <1 9 4>, <0 987 4>; };')
    assert [wire.hwirq for wire in board.part("c").wires] == [32 + 986, 32 + 987]
    assert board.part("gic").lines == (((1, 9, 4), 32 + 986),)
    assert board.part("gic").intid((1, 9, 4)) == 32 + 986


def test_a_gic_of_the_second_version_is_taken_as_one_of_the_third(foreign: Any) -> None:
    board = foreign(
        'g: g { compatible = "arm,cortex-a9-gic"; #interrupt-cells = <3>; };'
        'c { compatible = "x,intc"; interrupts-extended = <&g 0 1 4>; };'
    )
    assert (gics(board), board.part("c").wires) == ([("g", False)], (Wire(0, "g", 33),))
    assert roads(board)[0] == "/g (arm,cortex-a9-gic) is taken as a GICv3"


def test_in_the_place_of_an_unknown_controller_a_gic_is_put(foreign: Any) -> None:
    board = foreign(
        'p: p { compatible = "x,pic"; #interrupt-cells = <2>; interrupts-extended = <&gic 0 1 4>; };' + GIC + "c: c {"
        ' compatible = "x,intc"; interrupts-extended = <&p 5 4>, <&p 7 1>, <&p 5000 4>; };'
    )
    assert (gics(board), board.part("c").wires) == ([("p", True)], (Wire(0, "p", 37), Wire(1, "p", 39), Wire(2, "p", 32 + 987)))
    assert roads(board)[:2] == [
        "/p (x,pic), where /c leads, is not modelled: a GICv3 stands in for it",
        "interrupt <5000 4> of /p is SPI 987",
    ]
    pic = board.part("p")
    assert not any(wire.edge for wire in board.part("c").wires)
    assert [pic.intid(cells) for cells in ((5, 4), (5000, 4), (6, 4), (6,), (0, 6, 4), (5001, 4))] == [37, 1019, 38, 38, 38, -1]
    assert pic.parent is None


def test_lines_that_name_one_number_have_spis_of_their_own(foreign: Any) -> None:
    """Two cells may be a bank and a number too."""
    board = foreign(
        'p: p { compatible = "x,pic"; #interrupt-cells = <2>; };'
        'c { compatible = "x,intc"; interrupts-extended = <&p 1 8>, <&p 1 9>; };'
    )
    assert [wire.hwirq for wire in board.part("c").wires] == [33, 1019]


def test_several_unknown_controllers_are_one_gic_with_lines_of_their_own(foreign: Any) -> None:
    board = foreign(
        'p: p { compatible = "x,cpu"; #interrupt-cells = <1>; }; q: q { compatible = "x,cpu"; #interrupt-cells = <1>; };'
        'c { compatible = "x,intc"; interrupts-extended = <&p 9>, <&q 9>, <&q 11>; };'
    )
    assert gics(board) == [("p", True), ("q", True)]
    assert [(wire.controller, wire.hwirq) for wire in board.part("c").wires] == [("p", 41), ("q", 1019), ("q", 1018)]
    assert (board.part("q").lines, board.part("q").intid((11,))) == ((((9,), 1019), ((11,), 1018)), 1018)


def test_a_real_gic_comes_before_what_one_stands_in_for(foreign: Any) -> None:
    board = foreign(
        'p: p { compatible = "x,pic"; #interrupt-cells = <1>; };' + GIC + 'c { compatible = "x,intc";'
        " interrupts-extended = <&p 9>, <&gic 0 9 4>; };"
    )
    assert [(wire.controller, wire.hwirq) for wire in board.part("c").wires] == [("p", 1019), ("gic", 41)]


def test_a_controller_of_the_same_driver_joins_those_under_test(foreign: Any) -> None:
    board = foreign(
        GIC + 'one: one { compatible = "x,intc"; #interrupt-cells = <1>; interrupts-extended = <&gic 0 1 4>; };'
        'two: two { compatible = "x,intc"; #interrupt-cells = <1>; interrupts-extended = <&one 3>; };'
        "user { interrupts-extended = <&two 8>; };"
    )
    assert [(part.name, part.label, part.kind) for part in board.parts if part.tested or part.kind == "peripheral"] == [
        ("one", "one", "controller"),
        ("two", "two", "controller"),
        ("peripheral-a", "a", "peripheral"),
        ("peripheral-b", "b", "peripheral"),
        ("peripheral-c", "c", "peripheral"),
        ("peripheral-d", "d", "peripheral"),
    ]
    assert [part.parent.name for part in board.parts if part.tested] == ["gic", "one"]
    assert board.part("two").wires == ()
    assert [controller.name for controller, _ in board.part("a").interrupts + board.part("c").interrupts] == ["two", "one"]


# -- controllers that send no interrupts -----------------------------------------------------------------------------


@pytest.mark.parametrize("own", ["", "interrupt-parent = <&c>;"])
def test_a_controller_without_lines_and_parent_is_the_root(foreign: Any, own: str) -> None:
    board = foreign(f'c: c {{ compatible = "x,intc"; #interrupt-cells = <1>; {own} }};')
    assert (gics(board), board.part("c").parent, board.part("c").wires) == ([], None, ())
    assert roads(board) == ["/c sends no interrupts: it is taken as the root, and the board has no GIC"]


def test_a_controller_with_a_parent_hands_its_interrupts_on(foreign: Any) -> None:
    board = foreign("interrupt-parent = <&gic>;" + GIC + 'c { compatible = "x,intc"; #interrupt-cells = <1>; };')
    assert (gics(board), board.part("c").parent, roads(board)) == ([("gic", False)], board.part("gic").node, [])


def test_who_calls_set_handle_irq_is_the_root_whatever_the_tree_says_of_others(foreign: Any) -> None:
    nodes = "interrupt-parent = <&gic>;" + GIC + 'c { compatible = "x,intc"; #interrupt-cells = <1>; };'
    board = foreign(nodes, is_root=True)
    assert (gics(board), board.part("c").parent) == ([], None)


def test_who_is_no_root_gets_a_gic_above_it(foreign: Any) -> None:
    board = foreign('c { compatible = "x,intc"; #interrupt-cells = <1>; };', is_root=False)
    assert (gics(board), board.part("c").parent.path, board.part("gic").node.prop_u32("#interrupt-cells")) == (
        [("gic", True)],
        "/gic",
        3,
    )
    assert roads(board) == ["/gic, a GICv3, is added for the interrupts of /c: it sends none, and is no root"]


@pytest.mark.parametrize("is_root", [None, True, False])
def test_lines_say_more_than_what_is_known_of_the_driver(foreign: Any, is_root: bool | None) -> None:
    board = foreign(GIC + 'c { compatible = "x,intc"; interrupts-extended = <&gic 0 3 4>; };', is_root=is_root)
    assert board.part("c").wires == (Wire(0, "gic", 35),)


# -- examples and other trees that lack something --------------------------------------------------------------------


def test_a_parent_that_is_not_there_is_added(foreign: Any) -> None:
    board = foreign('c { compatible = "x,intc"; interrupt-parent = <99>; interrupts = <0 3 4>, <0 4 4>; };')
    assert board.part("c").wires == (Wire(0, "gic", 35), Wire(1, "gic", 36))
    assert (board.part("gic").stands_in, board.part("c").parent) == (True, board.part("gic").node)
    why = "interrupt-parent refers to phandle 0x63, which no node has: correct the reference"
    assert roads(board)[0] == f"/gic, a GICv3, is added for the interrupts of /c: {why}"


def test_an_interrupt_parent_that_is_not_there_makes_no_root(foreign: Any) -> None:
    board = foreign('c { compatible = "x,intc"; #interrupt-cells = <1>; interrupt-parent = <0xffffffff>; };')
    assert (gics(board), board.part("c").parent) == ([("gic", True)], board.part("gic").node)
    assert roads(board) == ["/gic, a GICv3, is added for the interrupts of /c: its interrupt-parent is no interrupt controller"]


def test_extended_interrupts_to_nothing_become_one_line(foreign: Any) -> None:
    board = foreign('c { compatible = "x,intc"; interrupts-extended = <99 1>; };')
    assert (board.part("c").wires, board.part("c").node.has("interrupts-extended")) == ((Wire(0, "gic", 32),), False)


@pytest.mark.parametrize(
    ("cells", "interrupts", "lines"),
    [
        (3, "<0 3 4>, <0 4 1>", [(0, 3, 4), (0, 4, 1)]),
        (3, "<17 18 19>", [(17,), (18,), (19,)]),
        (2, "<17 4>", [(17, 4)]),
        (2, "<17 18>", [(17,), (18,)]),
        (8, "<20 21 22 23 24 25 26 27>", [(n,) for n in range(20, 28)]),
        (1, "<0 3 4>", [(0,), (3,), (4,)]),
    ],
)
def test_the_frame_of_an_example_takes_as_many_cells_as_make_sense(
    foreign: Any, cells: int, interrupts: str, lines: list[tuple[int, ...]]
) -> None:
    board = foreign(f'example-0 {{ {FRAME % cells} c {{ compatible = "x,intc"; interrupts = {interrupts}; }}; }};')
    assert [specifier for _, specifier in board.part("c").interrupts] == lines
    assert len(board.part("c").wires) == len({wire.hwirq for wire in board.part("c").wires}) == len(lines)
    assert gics(board) == [("fake", True)]


def test_the_frame_of_an_example_is_no_parent_of_a_root(foreign: Any) -> None:
    board = foreign(f'example-0 {{ {FRAME % 1} c {{ compatible = "x,intc"; #interrupt-cells = <1>; }}; }};')
    assert (gics(board), board.part("c").parent) == ([], None)
    assert board.part("c").node.interrupt_parent() is board.part("c").node


def test_a_gic_under_test_is_its_own_root(foreign: Any) -> None:
    node = 'c { compatible = "%s"; interrupt-controller; #interrupt-cells = <3>; interrupts = <1 9 4>; };'
    board = foreign(f"example-0 {{ {FRAME % 3} {node % 'arm,gic-v3'} }};", "arm,gic-v3")
    assert [(part.name, part.kind, part.tested) for part in board.parts] == [
        ("c", "gic", True),
        ("peripheral-a", "peripheral", False),
        ("peripheral-b", "peripheral", False),
    ]
    assert board.part("a").wires == (Wire(0, "c", 32),)
    board = foreign(f"example-0 {{ {FRAME % 3} {node % 'arm,gic-400'} }};", "arm,gic-400")
    assert (board.part("c").kind, gics(board), board.part("c").parent) == ("controller", [], None)


def test_interrupts_that_make_no_sense_are_read_as_far_as_they_do(foreign: Any) -> None:
    board = foreign(GIC + 'c { compatible = "x,intc"; interrupts-extended = <&gic 0 3 4>, <99>; };')
    assert board.part("c").wires == (Wire(0, "gic", 35),)
    why = "interrupts-extended refers to phandle 0x63, which no node has: correct the reference"
    assert roads(board)[0] == f"/c: its interrupts are read no further than 1 of them: {why}"


def test_there_are_no_more_lines_than_spis(foreign: Any) -> None:
    many = " ".join(f"{n} 4" for n in range(988, 988 + 300))
    board = foreign(
        f'p: p {{ compatible = "x,pic"; #interrupt-cells = <2>; }};'
        f'c {{ compatible = "x,intc"; interrupt-parent = <&p>; interrupts = <{many}>; }};'
    )
    assert [wire.hwirq for wire in board.part("c").wires] == [1019 - n for n in range(256)]
