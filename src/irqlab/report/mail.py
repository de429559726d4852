"""What a patch does, as ``b4 review`` shows it: one result a mail, ``pass``, ``warn`` or ``fail``, a line, and the traces.

b4 keeps one result a tool and mail, so all sources of a patch are told in one.

Tests: ``tests/report/test_mail.py``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from irqlab.explore.check import Checked, Told
from irqlab.report.compare import PARTS
from irqlab.report.lines import HEAD, Line, one_line, plain
from irqlab.report.outcome import undecided
from irqlab.report.text import counted, overview, proof
from irqlab.verdict.compare import Comparison

PASS, WARN, FAIL = LEVELS = ("pass", "warn", "fail")

#: What is not told trace by trace: what was so before, or is no longer so.
_SHORTLY = ("gone", "unsure", "left")


@dataclass(frozen=True)
class Result:
    """What is said of one source.

    :ivar status: one of :data:`LEVELS`; ``summary`` is one line, ``details`` are many.
    """

    status: str
    summary: str
    details: str = ""


def compared(name: str, comparison: Comparison) -> Result:
    """A source that was there before."""
    counts = [f"{len(told)} {what}" for what in ("new", "left", "gone") if (told := getattr(comparison, what))]
    counts += [f"{len(told)} undecided" for told in [(*comparison.unseen, *comparison.unsure)] if told]
    summary = f"{name}: {'promises broken: ' + ', '.join(counts) if counts else 'no promise broken, before or after'}"
    status = FAIL if comparison.new else PASS if comparison.decided else WARN
    why = "; ".join(
        f"not decided {when}: {undecided(side)}"
        for when, side in (("before", comparison.before), ("after", comparison.after))
        if not side.decided
    )
    lines = list(_parts(comparison))
    return Result(status, one_line(f"{summary}; not all was looked at" if why else summary), _text(why, lines))


def added(name: str, after: Checked) -> Result:
    """A source that is new with the patch."""
    why = "" if after.decided else f"not decided: {undecided(after)}"
    status = FAIL if after.broken else WARN if why else PASS
    said = f"{counted(len(after.broken), 'promise')} broken" if after.broken else "no promise broken"
    lines = [line for number, told in enumerate(after.broken, 1) for line in (*proof(after.setup, number, told), Line())]
    return Result(status, one_line(f"{name} (new): {said}{'; not all was looked at' if why else ''}"), _text(why, lines))


def refused(name: str, why: str) -> Result:
    """A source, or a mail (``name`` is empty), that could not be judged."""
    return Result(WARN, one_line(f"{name}: not judged: {why}" if name else f"not judged: {why}"))


def entries(results: Sequence[Result], left_out: Sequence[tuple[str, str]] = ()) -> list[dict[str, str]]:
    """The array b4 reads: nothing, or one result with the worst status.

    :param left_out: files of the patch that were not judged, and why: told at the end of the details.
    """
    if not results:
        return []
    worst = max(results, key=lambda result: LEVELS.index(result.status)).status
    ordered = sorted(results, key=lambda result: -LEVELS.index(result.status))
    summary = "; ".join(result.summary for result in ordered)
    parts = [result.details for result in ordered if result.details]
    parts += ["\n".join(one_line(f"not judged: {path}: {why}") for path, why in left_out)] if left_out else []
    details = "\n".join(parts)
    return [{"tool": "irqlab", "status": worst, "summary": summary, "url": "", "details": details}]


def _parts(comparison: Comparison) -> Iterator[Line]:
    number = 1
    traced: list[tuple[int, Told]] = []
    for name, head, _, _ in PARTS:
        told: tuple[Told, ...] = getattr(comparison, name)
        if told:
            yield Line(head, HEAD)
            yield from overview(told, number)
            yield Line()
        if name not in _SHORTLY:
            traced += enumerate(told, number)
        number += len(told)
    for number, one in traced:
        yield from proof(comparison.after.setup, number, one)
        yield Line()


def _text(why: str, lines: Iterable[Line]) -> str:
    text = plain(lines).strip("\n")
    return "\n\n".join(part for part in (why, text) if part)
