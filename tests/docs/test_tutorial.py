"""The tutorial is done as it is written: its files are written, its changes are made, its commands print what it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from irqlab.cli import main

TUTORIAL = Path(__file__).parent.parent.parent / "docs" / "tutorial.md"
CUT = "..."


@dataclass(frozen=True)
class Block:
    """One block: its language, its lines, the file that was named last before it."""

    language: str
    lines: list[str]
    file: str


def blocks(text: str) -> Iterator[Block]:
    said = ""
    for prose, language, body in re.findall(r"(.*?)^```(\w+)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE):
        said += prose
        names = re.findall(r"`(\w+\.(?:py|dts))`", said)
        yield Block(language, body.splitlines(), names[-1] if names else "")


def changed(text: str, change: list[str]) -> str:
    """The text with a change made in it: what it takes away and leaves stands there once, in one piece."""
    before = "".join(f"{line[1:]}\n" for line in change if line[0] != "+")
    after = "".join(f"{line[1:]}\n" for line in change if line[0] != "-")
    assert text.count(before) == 1, before
    return text.replace(before, after)


def sessions(lines: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console block with what is shown of its output."""
    starts = [at for at, line in enumerate(lines) if line.startswith("$ ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start][2:], lines[start + 1 : end]


def shows(shown: list[str], printed: list[str]) -> bool:
    """Whether that is the output, but for what an ellipsis stands for."""
    pieces: list[list[str]] = [[]]
    for line in shown:
        if line == CUT:
            pieces.append([])
        else:
            pieces[-1].append(line)
    first, *rest = pieces
    if printed[: len(first)] != first or (not rest and printed != first):
        return False
    at = len(first)
    for position, piece in enumerate(rest):
        last = position == len(rest) - 1 and piece
        found = [n for n in range(at, len(printed) - len(piece) + 1) if printed[n : n + len(piece)] == piece]
        if not found or (last and found[-1] + len(piece) != len(printed)):
            return False
        at = (found[-1] if last else found[0]) + len(piece)
    return True


def perform(text: str, run: Callable[[str], list[str]]) -> None:
    """Does what a tutorial says, in the current directory."""
    for block in blocks(text):
        file = Path(block.file)
        if block.language in ("python", "dts"):
            file.write_text("\n".join(block.lines) + "\n")
        elif block.language == "diff":
            file.write_text(changed(file.read_text(), block.lines))
        else:
            assert block.language == "console", block.language
            for command, shown in sessions(block.lines):
                printed = run(command)
                assert shows(shown, printed), "\n".join([command, *printed])


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[[str], list[str]]:
    """Runs a command of irqlab in a directory of its own."""
    monkeypatch.chdir(tmp_path)

    def ran(command: str) -> list[str]:
        program, *words = shlex.split(command)
        assert program == "irqlab"
        capsys.readouterr()
        main(words)
        return capsys.readouterr().out.splitlines()

    return ran


def test_the_tutorial_is_done_as_it_is_written(run: Callable[[str], list[str]]) -> None:
    perform(TUTORIAL.read_text(), run)
    assert {path.name for path in Path().iterdir()} == {"acme.dts", "intc.py", "found.json"}


def test_the_driver_has_no_more_lines_than_the_title_says() -> None:
    text = TUTORIAL.read_text()
    title = re.match(r"# Model your own interrupt controller in (\d+) lines", text)
    assert title is not None
    [driver] = [block for block in blocks(text) if block.language == "python"]
    assert len(driver.lines) <= int(title[1]) and max(map(len, driver.lines)) <= 100


@pytest.mark.parametrize(
    ("shown", "fits"),
    [
        (["a", "b", "c"], True),
        (["a", CUT], True),
        ([CUT, "c"], True),
        (["a", CUT, "c"], True),
        ([CUT, "b", CUT], True),
        (["a", "b"], False),
        (["b", CUT], False),
        ([CUT, "b"], False),
        (["a", CUT, "x", CUT], False),
        ([CUT, "c", CUT, "a", CUT], False),
        ([CUT, "a", "c", CUT], False),
    ],
)
def test_only_an_ellipsis_stands_for_other_lines(shown: list[str], fits: bool) -> None:
    assert shows(shown, ["a", "b", "c"]) is fits


def test_a_tutorial_that_lies_is_found_out(run: Callable[[str], list[str]]) -> None:
    text = TUTORIAL.read_text()
    assert text.count("BROKEN  8 promises") == 1
    with pytest.raises(AssertionError, match="irqlab check --driver-file intc.py"):
        perform(text.replace("BROKEN  8 promises", "BROKEN  7 promises"), run)
