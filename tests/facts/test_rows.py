"""Every row of the facts has a test that exists, or a reason why it has none."""

from __future__ import annotations

import ast
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from rows import LEFT_OUT, ROWS

TESTS = Path(__file__).parent.parent
#: Those of ``kernel-semantics.md``, and ``contexts.md``.
SECTIONS = [*map(str, range(12)), "contexts"]


@cache
def functions(file: str) -> frozenset[str]:
    """The test functions of a file."""
    tree = ast.parse((TESTS / file).read_text())
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


@pytest.mark.parametrize("section", SECTIONS)
def test_every_row_names_tests_that_exist(section: str) -> None:
    rows = [row for row in ROWS if row[0].split()[0] == section]
    assert rows and all(tests for _, *tests in rows)
    missing = []
    for _, *tests in rows:
        for test in tests:
            file, _, function = test.partition("::")
            if not (TESTS / file).is_file() or function not in functions(file):
                missing.append(test)
    assert missing == []


def test_no_row_is_named_twice_and_none_both_ways() -> None:
    names = Counter(row[0] for row in (*ROWS, *LEFT_OUT))
    assert [name for name, times in names.items() if times > 1] == []
    assert all(len(set(tests)) == len(tests) for _, *tests in ROWS)


def test_rows_come_section_by_section() -> None:
    for rows in (ROWS, LEFT_OUT):
        places = [SECTIONS.index(row[0].split()[0]) for row in rows]
        assert places == sorted(places)


def test_what_is_left_out_says_why() -> None:
    assert [row for row, why in LEFT_OUT if not why] == []
