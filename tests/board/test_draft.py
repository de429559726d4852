"""Writing to a copy of a tree."""

from __future__ import annotations

from typing import Any

from irqlab.board.draft import Draft, words

TREE = """
	a: a { x = <1>; below { }; };
	b { ref = <&a>; };
"""


def test_the_tree_that_was_copied_stays_as_it_is(tree: Any) -> None:
    root = tree(TREE)
    before = [(node.path, dict(node.properties)) for node in root.walk()]
    draft = Draft(root)
    draft.write(draft.root.find("/a"), "x", words(2, 3))
    draft.drop(draft.root.find("/b"), "ref")
    draft.add("c", {"y": b""}, "label")
    draft.phandle(draft.root.find("/b"))
    draft.keep({draft.root.find("/b")})
    assert [(node.path, dict(node.properties)) for node in root.walk()] == before
    assert (root.find("/a").prop_u32("x"), root.by_phandle(root.find("/a").phandle)) == (1, root.find("/a"))


def test_what_is_written_is_read(tree: Any) -> None:
    draft = Draft(tree(TREE))
    a, b = draft.root.find("/a"), draft.root.find("/b")
    draft.write(a, "x", words(2, 0xFFFF_FFFF))
    draft.drop(b, "ref")
    assert (a.prop_u32s("x"), b.has("ref"), a.parent) == ((2, 0xFFFF_FFFF), False, draft.root)


def test_an_added_node_has_a_name_of_its_own(tree: Any) -> None:
    draft = Draft(tree(TREE))
    added = [draft.add("a", {}), draft.add("a", {}), draft.add("new", {"p": b"\0"}, "label")]
    assert [(node.path, node.labels, node.parent) for node in added] == [
        ("/a-1", (), draft.root),
        ("/a-2", (), draft.root),
        ("/new", ("label",), draft.root),
    ]
    assert [child.name for child in draft.root.children] == ["a", "b", "a-1", "a-2", "new"]


def test_a_node_gets_a_phandle_when_it_is_asked_for(tree: Any) -> None:
    draft = Draft(tree(TREE))
    a, b = draft.root.find("/a"), draft.root.find("/b")
    assert (draft.phandle(a), a.phandle) == (1, 1)
    assert (draft.phandle(b), b.phandle, draft.root.by_phandle(2), draft.phandle(b)) == (2, 2, b, 2)


def test_a_phandle_that_is_anothers_is_replaced(tree: Any) -> None:
    draft = Draft(tree(TREE))
    b = draft.root.find("/b")
    draft.write(b, "phandle", words(1))
    assert (draft.phandle(b), draft.root.by_phandle(1).path) == (2, "/a")


def test_what_is_not_kept_is_gone_with_its_phandle(tree: Any) -> None:
    draft = Draft(tree(TREE))
    draft.keep({draft.root.find("/b")})
    assert [node.path for node in draft.root.walk()] == ["/", "/b"]
    assert (draft.root.by_phandle(1), draft.root.find("/a")) == (None, None)
