"""A driver in Python that raises, recurses or never returns ends as one line with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from irqlab.cli import guard
from irqlab.cli.guard import guarded
from irqlab.errors import DriverError, InputError

Irqlab = Callable[..., Any]

HEAD = """\
from irqlab.drivers.irqsteer import common
from irqlab.kernel.device import Driver
from irqlab.kernel.io import readl
from irqlab.state import kernel


@kernel
def probe(k, pdev):
"""
TAIL = """

driver = Driver("mine", compatible=("fsl,imx-irqsteer",), probe=probe)
"""


def check(irqlab: Irqlab, tmp_path: Path, body: str, *more: str) -> Any:
    path = tmp_path / "mine.py"
    path.write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()) + TAIL)
    return irqlab("check", "--driver-file", str(path), "--kernel", "6.1", *more)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (
            "return 1 // 0",
            "mine.py:9, in probe(): driver 'mine' raised ZeroDivisionError: integer division or modulo by zero: mend",
        ),
        ("x = []\nreturn x[3]", "mine.py:10, in probe(): driver 'mine' raised IndexError"),
        ("return probe(k, pdev)", "mine.py:9, in probe(): driver 'mine' recurses without end"),
        ("def f(n):\n    return f(n + 1)\nreturn f(0)", "mine.py:10, in f(): driver 'mine' recurses without end"),
        ("raise SystemExit(3)", "mine.py:9, in probe(): driver 'mine' raised SystemExit: 3"),
        (
            "pdev.bound = 3",
            "driver 'mine' raised ModelError: Device.bound is declared bool and was given 3 (int) (in irqlab/state/record.py:",
        ),
        ("readl(k, None, 4)", "mine.py:9, in probe(): driver 'mine' raised AttributeError"),
        ("return [1]", "driver 'mine' raised ModelError: probe() returned [1]"),
    ],
    ids=["raises", "index", "recurses", "recurses in plain Python", "exits", "wrong type", "in the kernel", "mutable"],
)
def test_what_a_driver_does_wrong_is_one_line(irqlab: Irqlab, tmp_path: Path, body: str, said: str):
    ran = check(irqlab, tmp_path, body)
    assert (ran.status, ran.out) == (2, "")
    assert said in ran.err
    assert ran.err.startswith("irqlab: ") and ran.err.count("\n") == 1


def test_a_driver_that_never_returns_is_interrupted_and_named(irqlab: Irqlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "PATIENCE", 1)
    ran = check(irqlab, tmp_path, "n = 0\nwhile True:\n    n += 1")
    assert (ran.status, ran.out) == (2, "")
    assert "driver 'mine' has been running for 1 s without end" in ran.err
    assert "mine.py:10" in ran.err or "mine.py:11" in ran.err
    assert ran.err.count("\n") == 1


def test_a_driver_file_is_checked_and_replayed_with_the_same_file(irqlab: Irqlab, tmp_path: Path):
    body = "return common.probe(k, pdev, common.imx_irqsteer_irq_chip, False, False)"
    out = str(tmp_path / "out.json")
    ran = check(irqlab, tmp_path, body, "--set", "consumers=a:never-quiet", "--json", out)
    assert ran.status == 1 and ran.out.startswith("BROKEN  ")
    assert irqlab("replay", out).status == 2  # code is not taken from a finding file
    again = irqlab("replay", out, "--driver-file", str(tmp_path / "mine.py"))
    assert again.status == 1
    assert again.out[: again.out.rindex("\nreproduced: ")] in ran.out
    (tmp_path / "mine.py").write_text("driver = None\n")
    other = irqlab("replay", out, "--driver-file", str(tmp_path / "mine.py"))
    assert other.status == 2 and "is not the driver the finding was made with" in other.err


def test_errors_of_irqlab_itself_pass_through():
    with pytest.raises(InputError, match="^as it is$"), guarded("mine"):
        raise InputError("as it is")


def test_a_defect_of_an_own_driver_is_called_one():
    with pytest.raises(DriverError, match="it is a driver of irqlab's own: report the defect"), guarded("irqsteer@6.11"):
        raise KeyError("x")
