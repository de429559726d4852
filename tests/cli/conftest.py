"""The command line, run in this process: what it returns and what it prints."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from irqlab.cli import main


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    status: int
    out: str
    err: str


Irqlab = Callable[..., Ran]


@pytest.fixture
def irqlab(capsys: pytest.CaptureFixture[str]) -> Irqlab:
    def run(*words: str) -> Ran:
        capsys.readouterr()
        try:
            status = main(list(words))
        except SystemExit as end:  # --help and --version
            status = int(end.code or 0)
        out, err = capsys.readouterr()
        return Ran(status, out, err)

    return run


UNLINKED = ("check", "irqsteer@unlinked-2020", "--kernel", "6.1", "--output-when-gated", "low")


@pytest.fixture(scope="session")
def finding(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finding file; not to be changed."""
    from irqlab.cli.arguments import parser
    from irqlab.cli.check import explored, setup
    from irqlab.cli.guard import Watchdog
    from irqlab.report.json import dumps

    args = parser().parse_args(UNLINKED)
    path = tmp_path_factory.mktemp("finding") / "finding.json"
    path.write_text(dumps(explored(setup(args), args, Watchdog())), encoding="utf-8")
    return path
