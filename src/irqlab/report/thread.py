"""The thread, settled: as text for a terminal, as Markdown for ``docs/thread.md``, as JSON.

Tests: ``tests/report/test_thread.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from irqlab.explore.check import Run, Setup
from irqlab.explore.trace import RESTS, SEEN, Trace, retrace
from irqlab.report.lines import BAD, DIM, GOOD, HEAD, WARN, Line, plain, wrap
from irqlab.report.text import command, covered, prose, subject
from irqlab.report.trace import layout
from irqlab.verdict.thread import Answer, Settled

_STYLES = {"true": GOOD, "false": BAD, "partly true": WARN, "undecided": WARN}

#: What the page and the command begin with.
WHAT = (
    "In August 2020 Jason Liu proposed that arm64's kexec skip interrupts that are masked already, because its mask loop "
    "sometimes touched an interrupt controller whose clock runtime PM had stopped. Marc Zyngier refused: the driver never "
    "sets the device behind its interrupts. Each claim below is a set of questions with the answer the claimant gives; the "
    "answers come out of exhaustive exploration, the verdict is how they compare."
)


def report(settled: tuple[Settled, ...]) -> list[Line]:
    """The whole report: the verdicts at a glance, then each claim with its answers and its shortest traces."""
    lines = [*_summary(settled), Line()]
    seen: set[tuple[Setup, tuple[object, ...]]] = set()
    for one in settled:
        lines += [*_claim(one, seen), Line()]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def _summary(settled: tuple[Settled, ...]) -> Iterator[Line]:
    decided = sum(one.verdict != "undecided" for one in settled)
    yield Line(f"The kexec thread of August 2020: {decided} of {len(settled)} claims decided", HEAD)
    who = max(len(one.claim.who) for one in settled)
    for one in settled:
        row = f"  {one.claim.number:>3}  {one.verdict:<12} {one.claim.who:<{who}}  "
        yield from wrap(one.claim.words, _STYLES[one.verdict], first=row)


def _claim(one: Settled, seen: set[tuple[Setup, tuple[object, ...]]]) -> Iterator[Line]:
    yield from wrap(f"{one.claim.who}: {one.claim.words}", HEAD, first=f"{one.claim.number}. ")
    yield Line(f"   Verdict: {one.verdict}", _STYLES[one.verdict])
    for answer in one.answers:
        yield Line()
        yield from wrap(answer.question.text, first="   - ")
        yield from wrap(_said(answer), PLAIN_OR[answer.agrees], first="     ")
        yield from wrap(f"{_what(answer)}; {_covered(answer)}", DIM, first="     ")
        yield from wrap(command(answer.question.setup), DIM, first="     $ ", rest="         ")
        key = (answer.question.setup, answer.steps)
        if answer.steps and key in seen:
            yield Line("     The trace is shown above.", DIM)
        elif answer.steps:
            seen.add(key)
            yield Line()
            yield from _trace(answer)


PLAIN_OR = {True: GOOD, False: BAD}


def _said(answer: Answer) -> str:
    """What was found, and whether the claimant said so."""
    if answer.found is None:
        return "Not decided: a bound was hit before a witness was found."
    found = "Yes" if answer.found else "No"
    agrees = "as claimed" if answer.agrees else f"the claim says {'yes' if answer.question.claimed else 'no'}"
    detail = ""
    if answer.finding is not None:
        detail = f" {prose(answer.finding.breach.text)}"
    elif answer.detail:
        detail = f" {answer.detail[0].upper()}{answer.detail[1:]}."
    return f"{found} ({agrees}).{detail}"


def _what(answer: Answer) -> str:
    return subject(answer.question.setup)


def _covered(answer: Answer) -> str:
    result = answer.experiment.exploration
    return covered(Run("", result.states, result.successors, result.levels, result.stopped), False)


def trace_of(answer: Answer) -> Trace:
    """The shortest way to the witness, told."""
    key = answer.finding.breach.key if answer.finding is not None else ()
    trace = retrace(answer.experiment.model, answer.steps, answer.circle, key, answer.experiment.first)
    return replace(trace, ending=SEEN, seen=()) if answer.finding is None and trace.ending == RESTS else trace


def _trace(answer: Answer) -> Iterator[Line]:
    setup = answer.question.setup
    hidden = frozenset(clock.name for clock in setup.board.clocks if clock.fixed)
    lines = layout(trace_of(answer), answer.finding.breach.key if answer.finding is not None else (), hidden)
    yield from lines
    if answer.finding is None:
        yield Line(f"      {answer.detail}", BAD)


def markdown(settled: tuple[Settled, ...]) -> str:
    """The page ``docs/thread.md``."""
    parts = [
        "# The kexec thread of August 2020, settled\n",
        f"{WHAT}\n",
        "Written by `irqlab thread --markdown docs/thread.md`.\n",
    ]
    parts += ["| claim | who | verdict | |", "|---|---|---|---|"]
    parts += [
        f"| [{one.claim.number}](#claim-{one.claim.number}) | {one.claim.who} | **{one.verdict}** | {one.claim.words} |"
        for one in settled
    ]
    for one in settled:
        parts += [
            "",
            f"## Claim {one.claim.number}",
            "",
            f"**{one.claim.who}:** {one.claim.words}",
            "",
            f"Verdict: **{one.verdict}**.",
        ]
        for answer in one.answers:
            parts += ["", f"### {answer.question.text[0].upper()}{answer.question.text[1:]}", "", _said(answer), ""]
            parts += [f"{_what(answer)}; {_covered(answer)}.", "", "```", command(answer.question.setup), "```"]
            if answer.steps:
                parts += ["", "```", plain(list(_trace(answer))).rstrip("\n"), "```"]
    return "\n".join(parts) + "\n"


def dumps(settled: tuple[Settled, ...]) -> str:
    """The verdicts as JSON."""
    claims = [
        {
            "claim": one.claim.number,
            "who": one.claim.who,
            "words": one.claim.words,
            "verdict": one.verdict,
            "answers": [_json(answer) for answer in one.answers],
        }
        for one in settled
    ]
    return json.dumps({"irqlab": "thread", "version": 1, "claims": claims}, indent=2, ensure_ascii=False) + "\n"


def _json(answer: Answer) -> dict[str, object]:
    result = answer.experiment.exploration
    return {
        "question": answer.question.text,
        "claimed": answer.question.claimed,
        "found": answer.found,
        "agrees": answer.agrees,
        "command": command(answer.question.setup),
        "states": result.states,
        "successors": result.successors,
        "depth": result.levels,
        "stopped": result.stopped,
        "finding": list(answer.finding.breach.key) if answer.finding is not None else None,
        "detail": answer.detail,
        "steps": [{"action": step.action, "choices": list(step.script)} for step in answer.steps],
    }
