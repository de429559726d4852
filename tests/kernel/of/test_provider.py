"""What a reference to a clock or a reset line means on the board."""

from __future__ import annotations

from treerig import BOARD, TreeRig

from irqlab.kernel.of.provider import provided


def test_a_provider_with_cells_gives_one_thing_a_specifier():
    rig = TreeRig()
    assert provided(BOARD.clocks, rig.node("ipg"), (2,)) == "ipg:2"
    assert provided(BOARD.clocks, rig.node("ipg"), (1,)) == "ipg:1"
    assert provided(BOARD.clocks, rig.node("osc"), ()) == "osc"
    assert provided(BOARD.resets, rig.node("rst"), (5,)) == "rst:5"


def test_what_the_board_does_not_have_is_nothing():
    rig = TreeRig()
    assert provided(BOARD.clocks, rig.node("ipg"), (9,)) == ""
    assert provided(BOARD.clocks, rig.node("osc"), (0,)) == ""
    assert provided(BOARD.clocks, rig.node("rst"), (5,)) == ""
