"""``irqlab tree``: what it prints, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irqlab.tree import workspace

Irqlab = Callable[..., Any]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IRQLAB_CACHE", str(tmp_path))
    return tmp_path


def test_an_empty_cache_says_what_to_do(irqlab: Irqlab, cache: Path):
    ran = irqlab("tree", "list")
    assert (ran.status, ran.out, ran.err) == (0, f"cache {cache}\nnothing is cached: irqlab tree get 6.12\n", "")


def test_trees_and_builds_are_listed(irqlab: Irqlab, cache: Path, monkeypatch: pytest.MonkeyPatch):
    tree = cache / "trees/linux-source-6.12"
    for name in ("arch", "drivers", "include", "scripts"):
        (tree / name).mkdir(parents=True)
    for name in ("Kbuild", "Kconfig"):
        (tree / name).write_text("")
    (tree / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 3\n")
    kept = [
        workspace.Kept("/linux", "6.12.3", "arm", False, 1, cache / "build/a"),
        workspace.Kept("/linux", "6.12.3", "arm64", True, 2, cache / "build/b"),
    ]
    monkeypatch.setattr(workspace, "listed", lambda: kept)
    assert irqlab("tree", "list").out == (
        f"cache {cache}\n"
        f"tree  Linux 6.12.3 in {tree}\n"
        f"built Linux 6.12.3 of /linux for arm, irqlab's configuration: 1 object in {cache}/build/a\n"
        f"built Linux 6.12.3 of /linux for arm64, its own .config: 2 objects in {cache}/build/b\n"
    )
    assert irqlab("tree", "get", "6.12").out == f"Linux 6.12.3 is in {tree}\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("tree",), "the following arguments are required: get|list"),
        (("tree", "gte"), "irqlab tree 'gte' is not known: did you mean 'get'?"),
        (("tree", "get"), "the following arguments are required: RELEASE"),
        (("tree", "get", "x"), "'x': is no kernel release: give two numbers, such as 6.12"),
    ],
)
def test_a_wrong_command_is_one_line_and_status_2(irqlab: Irqlab, words: tuple[str, ...], said: str):
    ran = irqlab(*words)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err and ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1
