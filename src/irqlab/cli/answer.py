"""What a command has to say, apart from who says it: the process that found it out may be another one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from irqlab.cli.output import save, show, write
from irqlab.report.lines import Line


@dataclass(frozen=True)
class Answer:
    """The outcome of a command.

    :ivar status: its exit status; ``lines`` its report.
    :ivar file: the text of a finding file; empty where none was asked for.
    """

    status: int
    lines: tuple[Line, ...] = ()
    file: str = ""

    @classmethod
    def of(cls, status: int, lines: Iterable[Line], file: str = "") -> Answer:
        """From whatever lines come in."""
        return cls(status, tuple(lines), file)

    def plain(self) -> dict[str, Any]:
        """As values that JSON has."""
        return {"status": self.status, "lines": [[line.text, line.style, line.aside] for line in self.lines], "file": self.file}

    @classmethod
    def read(cls, values: dict[str, Any]) -> Answer:
        """From what :meth:`plain` made."""
        lines = (Line(*line) for line in values["lines"])
        return cls.of(values["status"], lines, values["file"])


def give(answer: Answer, file: str = "") -> int:
    """Prints an answer; returns its status.

    :param file: where the finding file goes: a path, ``-`` for standard output in place of the report, empty for nowhere.
    """
    if file == "-":
        write(answer.file)
        return answer.status
    if file:
        save(file, answer.file)
    show(answer.lines)
    return answer.status
