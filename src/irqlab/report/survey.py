"""A survey as a table, and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from irqlab.verdict.survey import STATES, STEPS, Row, blocking

#: How many of what is not modelled are listed.
_MOST = 30


def _tally(rows: Sequence[Row]) -> str:
    counts = ", ".join(f"{sum(row.has(step) for row in rows)} {_DONE[step]}" for step in STEPS)
    broken = sum(bool(row.findings) for row in rows)
    return f"{len(rows)} drivers: {counts}; broken promises in {broken}"


_DONE = {"builds": "build", "links": "link", "probes": "probe", "exercised": "are exercised"}


def _found(row: Row) -> str:
    if not row.has("exercised"):
        return ""
    rules = dict.fromkeys(rule for rule, _ in row.findings)
    end = "" if row.exhausted else f" (of {row.states} states)"
    return (", ".join(rules) or "none") + end


def table(rows: Sequence[Row], version: str, arch: str) -> str:
    """The survey as text."""
    lines = [f"Drivers of Linux {version} compiled for {arch}", ""]
    width = max((len(Path(row.source).name) for row in rows), default=0)
    for row in rows:
        name = Path(row.source).name
        lines.append(f"{name:{width}}  {row.reached or '-':9}  {row.lacks or 'findings: ' + _found(row)}")
    unknown = blocking(rows)
    if unknown:
        lines += ["", "Not modelled, by how many drivers it keeps from being exercised:"]
        lines += [f"{count:4}  {what}" for what, count in unknown[:_MOST]]
    return "\n".join([*lines, "", _tally(rows), ""])


def markdown(rows: Sequence[Row], version: str, arch: str) -> str:
    """The survey as a page."""
    lines = [
        f"# The drivers of Linux {version}, compiled for {arch}",
        "",
        f"Written by `irqlab survey --tree TREE --arch {arch} --markdown FILE`. A driver *builds*, *links* with what else of the",
        "tree it needs, *probes* on a board made of its binding's example or of a device tree that uses it, and is",
        "*exercised*: a line is mapped, requested (unmasked), disabled, enabled and freed (masked), and its register writes are",
        "written down.",
        f"Exercised drivers are explored in scope `small` up to {STATES} states; *findings* are the rules they break there.",
        "",
        _tally(rows) + ".",
        "",
        "## Exercised",
        "",
        "| driver | board | requesting and freeing the line | findings |",
        "|---|---|---|---|",
    ]
    for row in rows:
        if row.has("exercised"):
            shown = _accesses(row)
            lines.append(f"| {Path(row.source).name} | {_short(row.board)} | {shown} | {_found(row)} |")
    lines += ["", "## What the others lack", "", "| driver | gets as far as | lacks |", "|---|---|---|"]
    for row in rows:
        if not row.has("exercised"):
            lines.append(f"| {Path(row.source).name} | {row.reached or 'nothing'} | {_escaped(row.lacks)} |")
    unknown = blocking(rows)
    if unknown:
        lines += ["", "## Not modelled, by how many drivers it keeps from being exercised", "", "| | drivers |", "|---|---|"]
        lines += [f"| {_escaped(what)} | {count} |" for what, count in unknown]
    return "\n".join([*lines, ""])


def _accesses(row: Row) -> str:
    writes = [access.partition(": ") for access in row.accesses if " write " in access]
    told = [
        f"{call}: {what}" for call in ("request", "free") for name, _, what in writes if name == call and "CONTROL" not in what
    ]
    return _escaped("; ".join(told[:4]) + ("; …" if len(told) > 4 else ""))


def _short(board: str) -> str:
    return _escaped(board.removeprefix("Documentation/devicetree/bindings/"))


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")
