"""``irqlab compare``: its statuses, and bad input on one line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irqlab.cli import main

SCOPE = ["--kernel", "6.12", "--set", "raises=off", "--output-when-gated", "low"]


def test_what_is_gone_left_and_new_is_told_with_traces_and_the_status_is_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "irqsteer@5.19", "irqsteer@6.11", *SCOPE]) == 1
    out = capsys.readouterr().out
    assert out.startswith("BROKEN  2 gone, 0 left, 5 new, of 2 promises broken before\n")
    assert "Gone: broken before, not after\n" in out and "New: broken after, not before\n" in out
    assert "irqlab check irqsteer@5.19 --kernel 6.12" in out and "irqlab check irqsteer@6.11 --kernel 6.12" in out


def test_nothing_broken_after_is_status_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "compared.json"
    words = ["compare", "irqsteer@5.19", "irqsteer@5.19", *SCOPE, "--after-with", "kexec-started-check"]
    assert main([*words, "--json", str(file)]) == 0
    assert capsys.readouterr().out.startswith("KEPT  2 gone, 0 left, 0 new")
    said = json.loads(file.read_text())
    assert (said["irqlab"], said["decided"], said["gone"], said["new"]) == ("comparison", True, [1, 2], [])


def test_a_bound_leaves_it_undecided_and_the_status_is_3(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "irqsteer@5.19", "irqsteer@5.19", *SCOPE, "--max-states", "2"]) == 3
    assert capsys.readouterr().out.startswith("NOT DECIDED  0 gone")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["irqsteer@5.19", "irqsteer@6.10", "--kernel", "6.12"], "there is no driver 'irqsteer@6.10'"),
        (["irqsteer@5.19", "--kernel", "6.12"], "the following arguments are required: AFTER"),
        (["irqsteer@5.19", "mine.c", "--kernel", "6.12"], "mine.c: there is no such file"),
        (["irqsteer@5.19", "irqsteer@6.11", "--kernel", "6.12", "--tree", "x"], "--tree x: both drivers are in Python"),
        (["irqsteer@5.19", "irqsteer@6.11"], "give --kernel"),
        (["irqsteer@5.19", "irqsteer@6.11", "--kernel", "6.12", "--after-with", "kexec"], "there is no switch 'kexec'"),
        (["irqsteer@5.19", "irqsteer@6.11", "--kernel", "6.12", "--json", "/none/c.json"], "/none/c.json: cannot be written"),
    ],
)
def test_bad_input_is_one_line_and_status_2(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *words]) == 2
    err = capsys.readouterr().err
    assert said in err and err.count("\n") == 1
