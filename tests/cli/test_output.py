"""Files are whole or not there; messages are one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from irqlab.cli.output import save
from irqlab.errors import InputError
from irqlab.report.lines import one_line


def test_a_file_takes_the_place_of_the_old_one(tmp_path: Path):
    path = tmp_path / "out.json"
    path.write_text("old")
    save(str(path), "new")
    assert path.read_text() == "new"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_file_that_could_not_be_finished_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "out.json"
    path.write_text("old")

    def fails(*names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fails)
    with pytest.raises(InputError, match=r"cannot be written \(No space left on device\)"):
        save(str(path), "new")
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["out.json"]


def test_a_link_is_followed_and_a_device_is_written_to(tmp_path: Path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    save(str(link), "new")
    assert link.is_symlink() and target.read_text() == "new"
    save("/dev/null", "gone")
    assert Path("/dev/null").is_char_device()


def test_a_new_file_has_the_usual_permissions(tmp_path: Path):
    old = os.umask(0o027)
    try:
        save(str(tmp_path / "out.json"), "x")
    finally:
        os.umask(old)
    assert (tmp_path / "out.json").stat().st_mode & 0o777 == 0o640


def test_a_message_is_one_line_whatever_is_in_it():
    assert one_line("a\nb\t c\x1b[31m") == "a b c\N{REPLACEMENT CHARACTER}[31m"
