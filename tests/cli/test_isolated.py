"""A child that crashes, hangs, is killed or says nothing ends in one line, and what it had found is not lost."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

import irqlab as package
from irqlab.cli import isolated
from irqlab.cli.status import WRONG
from irqlab.errors import GuestError, IrqlabError

#: What a child of these tests begins with: ``say`` sends a message; ``cut`` is whether it is the second one.
HEAD = """
import json, os, signal, sys, time
number, request = int(sys.argv[1]), json.loads(sys.argv[2])
cut = request["states"]
def say(**message):
    os.write(number, json.dumps(message).encode() + b"\\n")
ANSWER = {"status": 1, "lines": [["BROKEN", "bad", ""]], "texts": {"json": "{}", "ktap": "ok"}}
"""


def child(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """From now on ``body`` is what a child does."""
    monkeypatch.setattr(isolated, "COMMAND", (sys.executable, "-c", HEAD + textwrap.dedent(body)))


def test_an_answer_is_given_as_if_it_were_found_here(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    child(monkeypatch, "say(tell='busy'); say(answer=ANSWER)")
    path = tmp_path / "out.json"
    assert isolated.run(("check", "x.o"), "x", {"json": str(path)}) == 1
    assert capsys.readouterr() == ("BROKEN\n", "")
    assert path.read_text() == "{}"


def test_json_takes_the_place_of_the_report(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    child(monkeypatch, "say(answer=ANSWER)")
    assert isolated.run(("check", "x.o"), "x", {"json": "-"}) == 1
    assert capsys.readouterr() == ("{}", "")


def test_the_words_arrive_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    child(monkeypatch, "say(answer={**ANSWER, 'lines': [[repr(request), 'plain', 'x.c:3']]})")
    isolated.run(("check", "a b.o"), "x")
    said = repr({"words": ["check", "a b.o"], "states": 0, "why": ""})
    assert capsys.readouterr().out == f"{said:<80}x.c:3\n"


def test_an_error_and_a_warning_are_one_line_each(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    child(monkeypatch, "say(warning='another build'); say(error='x.o: is no ELF file')")
    with pytest.raises(IrqlabError, match="^x.o: is no ELF file$"):
        isolated.run(("check", "x.o"), "x")
    assert capsys.readouterr() == ("", "irqlab: another build\n")


def test_an_interrupted_child_is_an_interrupted_command(monkeypatch: pytest.MonkeyPatch):
    child(monkeypatch, "say(interrupted=True)")
    with pytest.raises(KeyboardInterrupt):
        isolated.run(("check", "x.o"), "x")


@pytest.mark.parametrize(
    ("body", "how"),
    [
        (
            "os.kill(os.getpid(), signal.SIGSEGV)",
            r"the emulator crashed \(SIGSEGV\): report the defect of irqlab, with the object",
        ),
        ("os.abort()", r"the emulator crashed \(SIGABRT\): report the defect"),
        (
            "os.kill(os.getpid(), signal.SIGKILL)",
            "the emulator was killed: give a smaller --max-memory or scope, if memory ran out",
        ),
        ("print('what happened', file=sys.stderr); sys.exit(4)", r"the emulator crashed \(status 4: what happened\): report"),
        ("pass", r"the emulator crashed \(status 0: it said nothing\): report"),
    ],
    ids=["segmentation fault", "abort", "killed", "exits", "ends"],
)
def test_a_child_that_ends_without_an_answer_is_one_line(monkeypatch: pytest.MonkeyPatch, body: str, how: str):
    child(monkeypatch, body)
    with pytest.raises(GuestError, match=f"^driver 'irq-x': {how}"):
        isolated.run(("check", "irq-x.o"), "irq-x")


def test_what_was_found_before_a_crash_is_found_again_and_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    child(
        monkeypatch,
        """
        say(states=1), say(states=700)
        if cut:
            say(answer={**ANSWER, 'texts': {'json': json.dumps(request)}})
        else:
            os.kill(os.getpid(), signal.SIGSEGV)
        """,
    )
    path = tmp_path / "out.json"
    assert isolated.run(("check", "x.o"), "x", {"json": str(path)}) == WRONG
    out, err = capsys.readouterr()
    assert out == "BROKEN\n"
    assert err == (
        "irqlab: driver 'x': the emulator crashed (SIGSEGV) after 700 states, what was found until then is told: "
        "report the defect of irqlab, with the object\n"
    )
    assert json.loads(path.read_text()) == {"words": ["check", "x.o"], "states": 700, "why": "the emulator crashed (SIGSEGV)"}


def test_a_crash_that_comes_again_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    child(monkeypatch, "say(states=700); os.abort()")
    with pytest.raises(GuestError, match=r"^driver 'x': the emulator crashed \(SIGABRT\) after 700 states: report"):
        isolated.run(("check", "x.o"), "x")
    assert capsys.readouterr() == ("", "")


def test_a_child_that_hangs_is_killed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(isolated, "PATIENCE", 2)
    child(monkeypatch, "say(watch=True); time.sleep(600)")
    with pytest.raises(GuestError, match=r"^driver 'x': the emulator did not answer for 2 s: report"):
        isolated.run(("check", "x.o"), "x")


def test_a_child_that_compiles_may_be_silent_for_long(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(isolated, "PATIENCE", 1)
    child(monkeypatch, "time.sleep(3); say(answer=ANSWER)")
    assert isolated.run(("check", "x.o"), "x") == 1


def test_a_child_whose_parent_is_gone_ends():
    reader, writer = os.pipe()
    script = f"from irqlab.cli.link import Link\nlink = Link({writer})\nwhile True: link.send(beat=True)"
    environment = {**os.environ, "PYTHONPATH": str(Path(package.__file__).parent.parent)}
    process = subprocess.Popen([sys.executable, "-c", script], pass_fds=(writer,), env=environment)
    os.close(writer)
    os.close(reader)
    assert process.wait() == 2


def test_a_ctrl_c_is_passed_on_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    child(
        monkeypatch,
        f"""
        pressed = []
        signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
        os.kill({os.getpid()}, signal.SIGINT)
        while not pressed:
            time.sleep(0.01)
        time.sleep(0.5)
        say(answer={{**ANSWER, 'lines': [[str(len(pressed)), 'plain', '']]}})
        """,
    )
    before = signal.getsignal(signal.SIGINT)
    assert isolated.run(("check", "x.o"), "x") == 1
    assert capsys.readouterr().out == "1\n"
    assert signal.getsignal(signal.SIGINT) is before
