"""``irqlab thread``: exit 0 when every claim is decided, 3 when a bound came first; what it writes is whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from irqlab.cli import main


def test_a_bound_leaves_claims_undecided_and_the_status_is_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page, document = tmp_path / "thread.md", tmp_path / "thread.json"
    assert main(["thread", "--max-states", "40", "--markdown", str(page), "--json", str(document)]) == 3
    out = capsys.readouterr().out
    assert "undecided" in out and "Not decided: a bound was hit before a witness was found." in out
    assert page.read_text().startswith("# The kexec thread of August 2020, settled\n")
    claims = json.loads(document.read_text())["claims"]
    assert [claim["claim"] for claim in claims] == ["1", "2", "3a", "3b", "4", "5", "6", "7", "8", "9", "10"]


def test_a_place_that_cannot_be_written_is_one_line_and_status_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["thread", "--max-states", "2", "--markdown", "/none/thread.md"]) == 2
    err = capsys.readouterr().err
    assert err.startswith("irqlab: /none/thread.md: cannot be written") and err.count("\n") == 1
