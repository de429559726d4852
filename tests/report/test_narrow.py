"""Lines for mail: never wider than 72 columns, nothing lost but blanks."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from irqlab.report.lines import BAD, Line
from irqlab.report.narrow import MAIL, folded, narrow


def test_a_line_that_fits_stays_and_what_stands_beside_it_follows():
    assert list(narrow([Line("rpm_resume", BAD, "runtime.c:832")])) == [Line("rpm_resume  (runtime.c:832)", BAD)]


def test_the_rest_of_a_long_line_stands_further_in_and_a_mark_stays_in_front():
    said = "!!          " + "word " * 20
    first, second = folded(said)
    assert first == "!!          " + " ".join(["word"] * 12) and second == " " * 16 + " ".join(["word"] * 8)


def test_a_word_that_is_longer_than_all_is_cut():
    assert [len(part) for part in folded("x" * 150)] == [72, 72, 14]


@given(st.text(st.characters(exclude_categories=("C", "Z")) | st.just(" "), max_size=400))
def test_no_line_is_wider_and_no_letter_is_lost(text: str):
    parts = folded(text)
    assert all(len(part) <= MAIL for part in parts)
    assert "".join(parts).replace(" ", "") == text.replace(" ", "")
