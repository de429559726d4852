"""Git is run for one answer: in one language, with the settings given, and what cannot be run or does not end is one line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from irqlab.errors import TreeError
from irqlab.tree import git as module
from irqlab.tree.git import git, said


def test_settings_win_and_what_is_wrong_is_said_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git(tmp_path, ["config", "a.b"], settings=[("a.b", "c=d")]).stdout == b"c=d\n"
    done = git(tmp_path, ["log"])
    assert done.returncode == 128 and said(done).startswith("not a git repository")
    assert said(git(tmp_path, ["config", "a.b"])) == "status 1"


def test_the_environment_counts_only_where_it_is_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("COUNT", "1"), ("KEY_0", "a.b"), ("VALUE_0", "theirs")):
        monkeypatch.setenv(f"GIT_CONFIG_{name}", value)
    assert git(tmp_path, ["config", "a.b"]).stdout == b"theirs\n"
    assert git(tmp_path, ["config", "a.b"], own=False).stdout == b""


def test_git_that_is_not_there_or_does_not_end_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = tmp_path / "git"
    slow.write_text("#!/bin/sh\nexec sleep 30\n")
    slow.chmod(0o755)
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    with pytest.raises(TreeError, match="git: log did not end within 0.2 s"):
        git(tmp_path, ["--no-pager", "log"])
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    with pytest.raises(TreeError, match="git: cannot be run \\(No such file or directory\\): sudo apt-get install git"):
        git(tmp_path, ["log"])
