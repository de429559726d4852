"""``irqlab conform`` with what is no tree."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.cli import main


def test_a_directory_that_is_no_tree_is_one_line_and_status_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "--tree", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and str(tmp_path) in said.err


@pytest.mark.parametrize("steps", ["0", "-1", "many"])
def test_a_number_of_steps_that_is_none_is_refused(steps: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["conform", "--tree", str(tmp_path), f"--steps={steps}"]) == 2
    assert "is no number above 0" in capsys.readouterr().err
