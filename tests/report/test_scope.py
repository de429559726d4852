"""Scopes as options: what --set takes, what is printed, and what is left out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from irqlab.board import load
from irqlab.drivers.consumer import KINDS
from irqlab.errors import InputError
from irqlab.explore.scope import SCOPES, Scope
from irqlab.report.scope import CALLS, CAUSES, changed, changes, left_out, title

SMALL = SCOPES["small"]


def test_fields_are_set():
    scope = changed(SMALL, ["calls=request,free,disable,enable", "depth=2", "sleep=on", "crash=", "consumers=a:threaded,b"])
    assert scope.calls == ("request", "free", "disable", "enable")
    assert (scope.depth, scope.sleep, scope.crash) == (2, True, ())
    assert scope.consumers == (("a", "threaded"), ("b", "plain"))


@pytest.mark.parametrize(
    "wrong",
    [
        "depth",
        "depth=x",
        "depth=-1",
        "depth=99999",
        "name=x",
        "nix=1",
        "sleep=maybe",
        "calls=fly",
        "crash=oops",
        "consumers=a:nobody",
        "=1",
        "depth=²",
    ],
)
def test_what_is_no_field_or_value_is_refused(wrong: str):
    with pytest.raises(InputError, match=f"^--set {wrong.split('=')[0]}"):
        changed(SMALL, [wrong])


def test_a_changed_scope_is_named_with_its_changes():
    assert title(SMALL) == "small"
    assert title(SMALL.but(sleep=True, depth=2)) == "small depth=2 sleep=on"


def test_what_is_left_out_shrinks_with_the_scope():
    board = load("irqsteer")
    assert "system sleep" in left_out(SMALL, board)
    assert "system sleep" not in left_out(SCOPES["normal"], board)
    assert "crashes by nmi" in left_out(SCOPES["normal"], board)
    assert not [said for said in left_out(SCOPES["deep"], board) if said.startswith("crashes")]


scopes = st.builds(
    Scope,
    name=st.sampled_from(list(SCOPES)),
    consumers=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(list(KINDS))), max_size=2).map(tuple),
    calls=st.sets(st.sampled_from(CALLS)).map(lambda some: tuple(call for call in CALLS if call in some)),
    tasks=st.integers(1, 9),
    depth=st.integers(0, 9),
    raises=st.booleans(),
    sleep=st.booleans(),
    unbind=st.booleans(),
    crash=st.sets(st.sampled_from(CAUSES)).map(lambda some: tuple(cause for cause in CAUSES if cause in some)),
    failures=st.integers(0, 9),
    nested=st.integers(0, 9),
)


@given(scopes)
def test_the_printed_changes_make_the_same_scope(scope: Scope):
    base = SCOPES[scope.name]
    assert changed(base, changes(scope, base)) == scope
