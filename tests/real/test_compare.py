"""``irqlab compare`` of compiled drivers: with the same driver in Python, and with another tree's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from core_rig import tree
from real_rig import INTMUX, IRQSTEER

from irqlab.cli import main


def counts(path: Path) -> tuple[dict[str, int], list[list[int]]]:
    """How many findings of each kind, and the states of each side's explorations."""
    found = json.loads(path.read_text())
    sides = [[run["states"] for run in found[side]["runs"]] for side in ("before", "after")]
    return {name: len(found[name]) for name in ("gone", "left", "new", "unsure", "unseen")}, sides


def test_the_driver_in_python_breaks_what_the_driver_in_c_breaks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Not the findings only: the states are as many."""
    path = tmp_path / "c.json"
    words = ["irqsteer@6.11", IRQSTEER, "--kernel", "6.12", "--tree", str(tree("6.12").path), "--json", str(path)]
    assert main(["compare", *words]) == 1
    assert counts(path) == ({"gone": 0, "left": 5, "new": 0, "unsure": 0, "unseen": 0}, [[4332] * 3, [4332] * 3])
    assert "  after   drivers/irqchip/irq-imx-irqsteer.c on Linux 6.12, arm64" in capsys.readouterr().out


def test_two_releases_of_one_driver_each_under_its_own_kernel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """``irq_domain_add_linear()`` is ``__irq_domain_add()`` in 6.1 and ``irq_domain_instantiate()`` in 6.12."""
    path = tmp_path / "c.json"
    trees = ["--tree", str(tree("6.1").path), "--after-tree", str(tree("6.12").path)]
    assert main(["compare", INTMUX, INTMUX, *trees, "--json", str(path)]) == 1
    assert counts(path) == ({"gone": 0, "left": 2, "new": 0, "unsure": 0, "unseen": 0}, [[3563] * 3, [3563] * 3])
    said = capsys.readouterr().out
    assert f"  before  {INTMUX} on Linux 6.1, arm64" in said and f"  after   {INTMUX} on Linux 6.12, arm64" in said
