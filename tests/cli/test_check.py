"""``irqlab check``: exit status, bounds, files, and the same bytes in every process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import irqlab as package
from irqlab.cli.progress import Progress

Irqlab = Callable[..., Any]

SMALL = ("--kernel", "6.1", "--output-when-gated", "low")
UNLINKED = ("check", "irqsteer@unlinked-2020", *SMALL)
KEPT = ("check", "irqsteer@6.11", "--kernel", "6.12", "--set", "crash=", "--set", "raises=off", "--output-when-gated", "low")


def test_a_broken_promise_is_status_1(irqlab: Irqlab):
    ran = irqlab(*UNLINKED)
    assert (ran.status, ran.err) == (1, "")
    assert ran.out.startswith("BROKEN  ")


def test_everything_exhausted_and_kept_is_status_0(irqlab: Irqlab):
    ran = irqlab(*KEPT)
    assert (ran.status, ran.err) == (0, "")
    assert ran.out.startswith("KEPT  ")


@pytest.mark.parametrize(
    ("bound", "said"),
    [
        (("--max-states", "100"), "stopped: --max-states 100 reached after "),
        (("--max-depth", "5"), "stopped: --max-depth 5 reached after "),
        (("--max-memory", "1"), "stopped: --max-memory 1 MiB reached after 0 of 1 states"),
        (("--max-seconds", "0.000001"), "stopped: --max-seconds 1e-06 reached after 0 of 1 states"),
    ],
)
def test_a_bound_is_status_3_and_says_where(irqlab: Irqlab, bound: tuple[str, ...], said: str):
    ran = irqlab(*KEPT, *bound)
    assert (ran.status, ran.err) == (3, "")
    assert ran.out.startswith("NOT DECIDED  ")
    assert said in " ".join(ran.out.split())


def test_a_broken_promise_wins_over_a_bound(irqlab: Irqlab):
    ran = irqlab(*UNLINKED, "--max-depth", "15")
    assert ran.status == 1
    assert ran.out.startswith("BROKEN  ") and "stopped: --max-depth 15" in ran.out


def test_ctrl_c_keeps_what_there_is_and_says_so(irqlab: Irqlab, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Progress, "begin", lambda self, title: setattr(self, "interrupted", True))
    ran = irqlab(*KEPT)
    assert ran.status == 3
    assert "stopped: interrupted by the user after 0 of 1 states were expanded" in ran.out


def test_without_a_word_about_gated_outputs_each_is_explored(irqlab: Irqlab):
    out = " ".join(irqlab("check", "irqsteer@unlinked-2020", "--kernel", "6.1").out.split())
    assert "output when gated low: exhausted" in out
    assert "output when gated held: exhausted" in out
    assert "output when gated follows: exhausted" in out
    assert "only if a controller with its clock stopped drives the level it had (held) or what its inputs say (follows)" in out


def test_remembering_changes_nothing_that_is_seen(irqlab: Irqlab):
    assert irqlab(*UNLINKED, "--memo").out == irqlab(*UNLINKED, "--no-memo").out


def test_json_goes_to_a_file_beside_the_report(irqlab: Irqlab, tmp_path: Path):
    path = tmp_path / "out.json"
    ran = irqlab(*UNLINKED, "--json", str(path))
    assert ran.status == 1 and ran.out.startswith("BROKEN  ")
    found = json.loads(path.read_text())
    assert (found["irqlab"], found["version"], found["verdict"]) == ("finding", 1, "broken")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out.json"]


def test_json_without_a_file_is_all_there_is_on_standard_output(irqlab: Irqlab, finding: Path):
    ran = irqlab(*UNLINKED, "--json")
    assert ran.status == 1
    assert ran.out == finding.read_text()


def test_a_place_that_cannot_be_written_is_refused_before_any_work(
    irqlab: Irqlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("irqlab.cli.check.explored", None)
    for place in (tmp_path, tmp_path / "none" / "out.json"):
        ran = irqlab(*UNLINKED, "--json", str(place))
        assert ran.status == 2 and ran.out == ""
        assert ran.err.count("\n") == 1


def test_a_board_given_as_a_file_is_checked_like_irqlabs_own(irqlab: Irqlab, tmp_path: Path):
    source = Path(package.__file__).parent / "board" / "boards" / "irqsteer.dts"
    own = tmp_path / "irqsteer.dts"
    own.write_bytes(source.read_bytes())
    path = tmp_path / "out.json"
    ran = irqlab(*UNLINKED, "--board", str(own), "--json", str(path))
    assert ran.status == 1
    own.unlink()
    assert irqlab("replay", str(path)).status == 1  # the file stands alone


def test_the_command_in_the_report_makes_the_same_report(irqlab: Irqlab):
    first = irqlab(
        *UNLINKED, "--with", "kexec-skip-masked", "--set", "consumers=a:threaded", "--fw-devlink", "off", "--arch", "arm"
    )
    lines = first.out.splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("  made by   "))
    end = next(number for number, line in enumerate(lines[begin:], begin) if not line.endswith("\\"))
    words = " ".join(line.rstrip("\\") for line in lines[begin : end + 1]).removeprefix("  made by   ").split()
    assert words[0] == "irqlab" and words[-2:] == ["--json", "finding.json"]
    assert irqlab(*words[1:-2]).out == first.out


def spawn(*words: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent), **more}
    return subprocess.run([sys.executable, "-m", "irqlab", *words], capture_output=True, env=environment, check=False)


def test_every_process_prints_the_same_bytes_whatever_the_hash_seed(tmp_path: Path):
    outputs = set()
    for seed in ("0", "1", "4711"):
        path = tmp_path / f"{seed}.json"
        ran = spawn(*UNLINKED, "--json", str(path), PYTHONHASHSEED=seed)
        assert (ran.returncode, ran.stderr) == (1, b"")
        outputs.add((ran.stdout.replace(str(path).encode(), b"FILE"), path.read_bytes()))
    assert len(outputs) == 1


def test_a_pipe_gets_the_same_bytes_in_any_locale():
    plain = spawn(*UNLINKED, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert plain.returncode == 1 and plain.stderr == b""
    assert plain.stdout == spawn(*UNLINKED, LC_ALL="C.UTF-8").stdout
    assert b"\x1b" not in plain.stdout


def test_a_reader_who_leaves_early_is_no_error():
    environment = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)}
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "irqlab", "list", "rules"], stdout=writer, stderr=subprocess.PIPE, env=environment, check=False
    )
    os.close(writer)
    assert ran.stderr == b""
