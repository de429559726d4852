"""``irqlab check --core linux`` and ``irqlab replay`` of what it found: whose core it is, told and refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_rig import tree
from real_rig import INTMUX

from irqlab.cli import main

QUICK = ("--core", "linux", "--output-when-gated", "low", "--set", "raises=no")


def said(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """What one command gave back, and all it printed, on one line."""
    capsys.readouterr()
    status = main(list(map(str, words)))
    return status, " ".join("".join(capsys.readouterr()).split())


def test_the_core_of_another_release_than_is_asked_for_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A core of 6.1 under drivers, devices and power domains of 6.12 is no kernel that there is."""
    old = tree("6.1")
    told = f"irqlab: --kernel 6.12: --core linux runs the core of Linux {old.version}, which is a 6.1: leave --kernel away"
    assert said(capsys, "check", INTMUX, "--tree", old.path, *QUICK, "--kernel", "6.12") == (2, told)


def test_what_was_found_on_a_core_is_found_again_on_that_only(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    own, old, found = tree("6.12"), tree("6.1"), tmp_path / "found.json"
    status, words = said(capsys, "check", INTMUX, "--tree", own.path, *QUICK, "--kernel", "6.12", "--json", found)
    assert status == 1 and "on Linux 6.12 and its own core, arm64" in words
    status, words = said(capsys, "replay", found, "--tree", own.path)
    assert status == 1 and words.endswith("the same steps, the same breach, the same state")
    told = f"{old.path}: is Linux {old.version}, and {found} is of the core of Linux {own.version}: give its tree"
    assert said(capsys, "replay", found, "--tree", old.path) == (2, f"irqlab: {told}")
