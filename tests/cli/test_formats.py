"""Formats go where they were sent, together, whole or not at all, and the same bytes each time."""

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
from irqlab.cli import isolated

Irqlab = Callable[..., Any]

UNLINKED = ("check", "irqsteer@unlinked-2020", "--kernel", "6.1", "--output-when-gated", "low")

#: Nothing is broken, and little happens.
QUIET = ("check", "irqsteer@6.11", "--kernel", "6.12", "--output-when-gated", "low", "--set", "crash=", "--set", "raises=off")


def test_each_format_is_written_beside_the_report(irqlab: Irqlab, tmp_path: Path):
    names = ("json", "sarif", "junit", "ktap", "html")
    ran = irqlab(*UNLINKED, *(word for name in names for word in (f"--{name}", str(tmp_path / name))))
    assert (ran.status, ran.err) == (1, "") and ran.out.startswith("BROKEN  ")
    begins = {name: (tmp_path / name).read_text(encoding="utf-8").partition("\n")[0] for name in names}
    xml = '<?xml version="1.0" encoding="UTF-8"?>'
    assert begins == {"json": "{", "sarif": "{", "junit": xml, "ktap": "KTAP version 1", "html": "<!DOCTYPE html>"}
    assert sorted(os.listdir(tmp_path)) == sorted(names)


@pytest.mark.parametrize(
    ("name", "begins"),
    [("sarif", "{\n"), ("junit", "<?xml "), ("ktap", "KTAP version 1\n"), ("html", "<!DOCTYPE html>\n<html")],
)
@pytest.mark.parametrize("words", [(), ("-",)])
def test_without_a_file_it_takes_the_place_of_the_report(irqlab: Irqlab, name: str, begins: str, words: tuple[str, ...]):
    ran = irqlab(*QUIET, f"--{name}", *words)
    assert (ran.status, ran.err) == (0, "") and ran.out.startswith(begins) and "KEPT  " not in ran.out


def test_one_may_take_its_place_beside_files(irqlab: Irqlab, tmp_path: Path):
    ran = irqlab(*QUIET, "--ktap", "-", "--sarif", str(tmp_path / "x.sarif"))
    assert ran.out.startswith("KTAP version 1\n") and json.loads((tmp_path / "x.sarif").read_text())["version"] == "2.1.0"


def test_a_line_a_finding_is_all_there_is(irqlab: Irqlab):
    ran = irqlab(*UNLINKED, "--format=short")
    lines = ran.out.splitlines()
    assert ran.status == 1 and lines and all(line.startswith("irqsteer@unlinked-2020: ") for line in lines)
    assert irqlab(*QUIET, "--format", "short").out == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--sarif", "-", "--ktap"), "--ktap: standard output is taken by --sarif: give --ktap another FILE"),
        (("--json", "--format=short"), "--json: standard output is taken by --format short: give --json a FILE"),
        (("--json", "DIR/x", "--junit", "DIR/../DIR/x"), "--junit: DIR/../DIR/x is taken by --json: give --junit another FILE"),
        (("--sarif", "DIR"), "DIR: is a directory: give the name of a file"),
        (("--junit", "DIR/none/x"), "DIR/none/x: cannot be written (there is no directory DIR/none): choose another place"),
        (("--ktap", "DIR/\0"), "cannot be written"),
        (("--format", "long"), "--format 'long' is not known: take one of text, short"),
    ],
)
def test_what_cannot_be_is_one_line_before_any_work(irqlab: Irqlab, tmp_path: Path, words: tuple[str, ...], said: str):
    def filled(text: str) -> str:
        return text.replace("DIR/../DIR", f"{tmp_path}/../{tmp_path.name}").replace("DIR", str(tmp_path))

    ran = irqlab(*UNLINKED, *map(filled, words))
    assert (ran.status, ran.out) == (2, "") and filled(said) in ran.err and ran.err.count("\n") == 1
    assert os.listdir(tmp_path) == []


def test_several_may_go_nowhere(irqlab: Irqlab):
    ran = irqlab(*QUIET, "--sarif", "/dev/null", "--ktap", "/dev/null")
    assert (ran.status, ran.err) == (0, "")


@pytest.mark.parametrize("name", ["sarif", "html"])
def test_a_full_disk_leaves_no_half_file(irqlab: Irqlab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    def full(*names: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    ran = irqlab(*QUIET, f"--{name}", str(tmp_path / "x"))
    assert (ran.status, ran.out) == (2, "")
    assert ran.err == f"irqlab: {tmp_path / 'x'}: cannot be written (No space left on device): choose another place\n"
    assert os.listdir(tmp_path) == []


def test_what_a_child_found_goes_to_the_same_places(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    answer = {"status": 1, "lines": [["BROKEN", "bad", ""]], "texts": {"sarif": "{}", "ktap": "KTAP\n"}}
    body = f"import json, os, sys; os.write(int(sys.argv[1]), json.dumps({{'answer': {answer!r}}}).encode() + b'\\n')"
    monkeypatch.setattr(isolated, "COMMAND", (sys.executable, "-c", body))
    assert isolated.run(("check", "x.o"), "x", {"sarif": str(tmp_path / "x"), "ktap": "-"}) == 1
    assert capsys.readouterr().out == "KTAP\n" and (tmp_path / "x").read_text() == "{}"


def test_the_same_check_is_the_same_bytes_whatever_the_order_of_hashing(tmp_path: Path):
    home = str(Path(package.__file__).parent.parent)
    names = ("sarif", "junit", "ktap", "html")
    for seed in ("1", "2"):
        words = [word for name in names for word in (f"--{name}", str(tmp_path / f"{name}{seed}"))]
        environment = {**os.environ, "PYTHONPATH": home, "PYTHONHASHSEED": seed}
        ran = subprocess.run(
            [sys.executable, "-m", "irqlab", *UNLINKED, *words], env=environment, capture_output=True, cwd=tmp_path
        )
        assert ran.returncode == 1
    for name in names:
        assert (tmp_path / f"{name}1").read_bytes() == (tmp_path / f"{name}2").read_bytes()


@pytest.mark.parametrize(
    ("command", "word"),
    [
        (("replay", "FINDING", "--finding", "2"), "REPRODUCED"),
        (("compare", "irqsteer@6.11", "irqsteer@6.11", *QUIET[2:]), "KEPT"),
        (("cures", "irqsteer@6.11", *QUIET[2:], "--scope", "small"), "KEPT"),
    ],
    ids=["replay", "compare", "cures"],
)
def test_other_commands_write_a_page_whole_or_not_at_all(
    irqlab: Irqlab, tmp_path: Path, finding: Path, command: tuple[str, ...], word: str
):
    words = [str(finding) if one == "FINDING" else one for one in command]
    plain = irqlab(*words)
    ran = irqlab(*words, "--html", str(tmp_path / "x.html"))
    assert (ran.status, ran.out, ran.err) == (plain.status, plain.out, "")
    assert f"<strong>{word}</strong>" in (tmp_path / "x.html").read_text(encoding="utf-8")
    instead = irqlab(*words, "--html")
    assert instead.out == (tmp_path / "x.html").read_text(encoding="utf-8")
    refused = irqlab(*words, "--html", str(tmp_path / "none" / "x"))
    assert (refused.status, refused.out) == (2, "") and refused.err.count("\n") == 1
    assert os.listdir(tmp_path) == ["x.html"]
