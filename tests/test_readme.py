"""The README's first screen is a session that works: each command is run, each line of output shown is printed, in order."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from irqlab.cli import main

README = Path(__file__).parent.parent / "README.md"


def session() -> list[tuple[str, list[str]]]:
    """The commands of the console blocks with the lines shown of their output."""
    found: list[tuple[str, list[str]]] = []
    for block in re.findall(r"```console\n(.*?)```", README.read_text(), flags=re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif line != "...":
                found[-1][1].append(line)
    return found


@pytest.mark.parametrize(("command", "shown"), session())
def test_what_the_readme_shows_is_printed(command: str, shown: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    words = shlex.split(command)
    arguments = ["thread"] if words == ["make", "demo"] else words[1:]
    main(arguments)
    printed = iter(capsys.readouterr().out.splitlines())
    for line in shown:
        assert line in printed, line


def test_the_makefile_runs_the_thread_as_the_demo() -> None:
    assert re.search(r"^demo:.*\n\t@\$\(BIN\)/irqlab thread$", (README.parent / "Makefile").read_text(), flags=re.MULTILINE)
