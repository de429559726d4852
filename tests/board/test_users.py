"""Users for the lines of a controller."""

from __future__ import annotations

from typing import Any

import pytest

from irqlab.board.draft import Draft
from irqlab.board.parts import Kind
from irqlab.board.users import Users, candidates

TREE = """
	intc: intc { #interrupt-cells = <2>; };
	deep { bank: bank { #interrupt-cells = <1>; }; };
	none: none { interrupt-controller; };
	wide: wide { #interrupt-cells = <3>; };
	taken: taken { #interrupt-cells = <1>; };
	b: own { compatible = "irqlab,peripheral"; interrupts-extended = <&taken 0>; };
	mine { compatible = "irqlab,peripheral"; interrupts-extended = <&bank 5>; };
	serial { interrupts-extended = <&intc 17 1>, <&intc 18 1>; };
	spi { interrupts-extended = <&intc 17 1>; };
	broken { interrupts-extended = <&intc 3>; };
"""


def taken(tree: Any, path: str, labels: str, kind: Kind = "controller", outputs: int = 0) -> tuple[list[Any], list[str]]:
    draft, said = Draft(tree(TREE)), list[str]()
    found = Users(draft.root, ("x,intc",)).of(draft, draft.root.find(path), kind, outputs, tuple(labels), said)  # type: ignore[arg-type]
    return [(user.node.path, user.controller.path, user.candidates[:3], user.node.labels) for user in found], said


def test_the_lines_that_others_use_are_taken_first(tree: Any) -> None:
    found, said = taken(tree, "/intc", "abc")
    assert found == [
        ("/peripheral-a", "/intc", ((17, 1), (0, 4), (3, 4)), ("a",)),
        ("/peripheral-b", "/intc", ((18, 1), (1, 4), (4, 4)), ("b",)),
        ("/peripheral-c", "/intc", ((2, 4), (5, 4), (8, 4)), ("c",)),
    ]
    assert said == [
        "/peripheral-a uses interrupt <17 1> of /intc, in the place of /serial",
        "/peripheral-b uses interrupt <18 1> of /intc, in the place of /serial",
        "/peripheral-c uses interrupt <2 4> of /intc, is added",
    ]


def test_our_own_peripherals_stay_and_what_is_missing_is_added(tree: Any) -> None:
    found, said = taken(tree, "/deep", "ab")
    assert found == [("/mine", "/deep/bank", (), ()), ("/peripheral-a", "/deep/bank", ((0,), (2,), (4,)), ("a",))]
    assert said == ["/peripheral-a uses interrupt <0> of /deep/bank, is added"]
    assert taken(tree, "/deep", "a") == ([("/mine", "/deep/bank", (), ())], [])


def test_what_is_added_takes_neither_a_line_nor_a_label_that_is_taken(tree: Any) -> None:
    found, _ = taken(tree, "/taken", "ab")
    own = ("b",) if found[0][3] else ()  # a blob without symbols has no labels
    assert found[0] == ("/own", "/taken", (), own)
    assert found[1][:2] == ("/peripheral-a", "/taken") and found[1][2] == ((2,), (4,), (6,))
    found, _ = taken(tree, "/taken", "ba")
    assert found[1][0] == ("/peripheral-a" if own else "/peripheral-b")


def test_what_takes_no_interrupts_has_no_users(tree: Any) -> None:
    assert taken(tree, "/none", "ab") == ([], ["/none takes no interrupts (#interrupt-cells): nobody uses it"])
    assert taken(tree, "/none", "") == ([], [])


def test_a_model_that_knows_no_such_line_gets_no_user(tree: Any) -> None:
    assert taken(tree, "/wide", "a", "intmux", 8) == ([], ["/wide: irqlab can guess no line of it: nobody uses it"])


def test_an_added_node_leads_to_the_controller(tree: Any) -> None:
    draft = Draft(tree(TREE))
    intc = draft.root.find("/intc")
    assert intc is not None
    (user,) = Users(draft.root, ("x,intc",)).of(draft, intc, "controller", 0, ("a",), [])
    assert user.node.compatible == ("irqlab,peripheral",)
    assert user.node.interrupts() == ((intc, (17, 1)),)


def test_a_controller_is_known_by_its_users(tree: Any) -> None:
    root = tree(TREE)
    users = Users(root, ("x,intc",))
    assert [users.known(root.find(path)) for path in ("/intc", "/deep", "/none", "/wide")] == [True, True, False, False]


@pytest.mark.parametrize(
    ("size", "kind", "first"),
    [
        (0, "controller", [()]),
        (1, "controller", [(1,), (3,), (5,)]),
        (2, "controller", [(1, 4), (3, 4), (5, 4)]),
        (3, "controller", [(0, 1, 4), (0, 3, 4), (0, 5, 4)]),
        (5, "controller", [(0, 1, 4, 0, 0), (0, 3, 4, 0, 0), (0, 5, 4, 0, 0)]),
        (1, "irqsteer", [(1,), (3,), (5,)]),
        (2, "intmux", [(1, 1), (3, 0), (5, 0)]),
        (3, "gic", [(0, 1, 4), (0, 3, 4), (0, 5, 4)]),
        (2, "gic", []),
    ],
)
def test_specifiers_are_guessed_from_the_number_of_cells(size: int, kind: Kind, first: list[tuple[int, ...]]) -> None:
    assert list(candidates(size, 1, 2, kind, 2)[:3]) == first


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_two_users_never_try_the_same(size: int) -> None:
    one, two = candidates(size, 0, 2), candidates(size, 1, 2)
    assert (len(set(one)), len(set(two)), set(one) & set(two)) == (len(one), len(two), set())


def test_other_shapes_are_tried_when_the_likely_ones_are_used_up() -> None:
    assert {(0, 1), (62, 0), (8, 4), (2, 1)} <= set(candidates(2, 0, 2))
    assert {(2, 0, 4), (6, 4, 0), (0, 0, 1)} <= set(candidates(3, 0, 2))
