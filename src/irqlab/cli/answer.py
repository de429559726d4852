"""What a command has to say, apart from who says it: the process that found it out may be another one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from irqlab.cli.output import save, show, write
from irqlab.report.lines import Line


@dataclass(frozen=True)
class Answer:
    """The outcome of a command.

    :ivar status: its exit status; ``lines`` its report.
    :ivar texts: the texts of the files that were asked for, by their formats.
    """

    status: int
    lines: tuple[Line, ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, status: int, lines: Iterable[Line], texts: Mapping[str, str] | None = None) -> Answer:
        """From whatever lines come in."""
        return cls(status, tuple(lines), texts or {})

    def plain(self) -> dict[str, Any]:
        """As values that JSON has."""
        lines = [[line.text, line.style, line.aside] for line in self.lines]
        return {"status": self.status, "lines": lines, "texts": dict(self.texts)}

    @classmethod
    def read(cls, values: dict[str, Any]) -> Answer:
        """From what :meth:`plain` made."""
        lines = (Line(*line) for line in values["lines"])
        return cls.of(values["status"], lines, values["texts"])


def give(answer: Answer, to: Mapping[str, str] | None = None) -> int:
    """Prints an answer; returns its status.

    :param to: where each format goes: a path, or ``-`` for standard output in place of the report.
    """
    instead = ""
    for name, path in (to or {}).items():
        if path == "-":
            instead = name
        else:
            save(path, answer.texts[name])
    if instead:
        write(answer.texts[instead])
    else:
        show(answer.lines)
    return answer.status
