"""Cures, for a reader: what heals everything, the table of cures by rules, what each leaves, breaks and costs; and as JSON.

Tests: ``tests/report/test_cures.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from irqlab.explore.check import Checked
from irqlab.report import schemas
from irqlab.report.compare import own_number
from irqlab.report.cured import BARE, Numbers, broken_rules, cell, of_rule, price, said_of, shown, verdict
from irqlab.report.json import document
from irqlab.report.lines import DIM, GOOD, HEAD, PLAIN, WARN, WIDTH, Line, wrap
from irqlab.report.text import counted, covered, finding, overview
from irqlab.verdict.compare import key_of
from irqlab.verdict.cures import Cured, Outcome


def report(result: Cured) -> list[Line]:
    """The whole report."""
    numbered = Numbers(result)
    lines = [*_verdict(result, numbered), Line(), *_cures(result), Line()]
    if result.bare.broken:
        lines += [*_table(result), Line()]
        lines += [*_each(result, numbered), Line()]
        lines += [Line(f"Broken {BARE}", HEAD), *overview(numbered.bare), Line()]
        if numbered.new:
            lines += [Line("Broken with cures only", HEAD), *_overview(numbered), Line()]
        for number, (told, outcome) in enumerate(numbered.new, len(numbered.bare) + 1):
            checked = outcome.checked
            lines += [*finding(checked.setup, number, told, own=own_number(checked, told)), Line()]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


def _overview(numbered: Numbers) -> Iterator[Line]:
    for number, (told, outcome) in enumerate(numbered.new, len(numbered.bare) + 1):
        yield from overview([told], number)
        yield from wrap(f"with {outcome.name}", DIM, first="      ")


# -- the verdict ---------------------------------------------------------------------------------------------------


def _verdict(result: Cured, numbered: Numbers) -> Iterator[Line]:
    word, style, said = verdict(result)
    yield from wrap(said, style, first=f"{word}  ")
    yield from wrap(f"{BARE}: {counted(len(result.bare.broken), 'promise')} broken", first="  ", rest="    ")
    for run in result.bare.runs:
        yield from wrap(covered(run, len(result.bare.runs) > 1), DIM, first="  ", rest="    ")
    for what, _ in result.bare.unknown:
        yield from wrap(f"not modelled, and reached: {what}", WARN, first="  ", rest="    ")
    if result.outcomes:
        yield from wrap(_explored(result), first="  ", rest="    ")
    if result.bare.broken and not result.smallest and result.outcomes:
        yield from _closest(result, numbered)


def _explored(result: Cured) -> str:
    sizes = {len(outcome.cures): 0 for outcome in result.outcomes}
    for outcome in result.outcomes:
        sizes[len(outcome.cures)] += 1
    words = {1: "with one cure", 2: "with two together", 3: "with three together"}
    parts = [f"{number} {words.get(size, f'with {size} together')}" for size, number in sizes.items()]
    missing = result.sets - len(result.outcomes)
    return f"explored again: {', '.join(parts)}" + (f"; {missing} more were not begun: not decided" if missing else "")


def _closest(result: Cured, numbered: Numbers) -> Iterator[Line]:
    """What nothing heals, and which set comes closest."""
    healed = {key_of(told.breach) for outcome in result.outcomes for told in outcome.comparison.gone}
    never = [told for told in numbered.bare if key_of(told.breach) not in healed]
    if never:
        yield from wrap(f"nothing heals {numbered.said(never)}", first="  ", rest="    ")
    best = min(shown(result), key=lambda o: (len(o.checked.broken) + len(o.comparison.unsure), len(o.cures)))
    yield from wrap(f"closest: {best.name}: {said_of(best, numbered)}", first="  ", rest="    ")


# -- the cures -----------------------------------------------------------------------------------------------------


def _cures(result: Cured) -> Iterator[Line]:
    yield Line("Cures", HEAD)
    tried = [outcome.cures[0] for outcome in result.outcomes if len(outcome.cures) == 1]
    width = max((len(cure.name) for cure in (*tried, *(cure for cure, _ in result.refused))), default=0)
    for cure in tried:
        yield from wrap(
            f"{cure.reach:<6}  {cure.what} [{cure.origin}]", first=f"  {cure.name:<{width}}  ", rest=" " * (width + 12)
        )
    for cure, why in result.refused:
        yield from wrap(f"{cure.reach:<6}  not tried: {why}", DIM, first=f"  {cure.name:<{width}}  ", rest=" " * (width + 12))


# -- the table -----------------------------------------------------------------------------------------------------


def _table(result: Cured) -> Iterator[Line]:
    """Cures down, rules across, in as many parts as the width asks for."""
    yield from wrap(
        "Promises broken, by rule: how many of those without a cure are left, +N that are new; ? is not decided", HEAD
    )
    rows, rules = shown(result), broken_rules(result)
    label = max(len(BARE), *(len(row.name) for row in rows), 0) + 4
    columns = [_column(result, rows, rule) for rule in rules]
    while columns:
        part = [columns.pop(0)]
        while columns and label + sum(len(column[0]) + 2 for column in (*part, columns[0])) <= WIDTH:
            part.append(columns.pop(0))
        names = ["", "", "", BARE, *(row.name for row in rows)]
        for position, (name, *cells) in enumerate(zip(names, *part, strict=True)):
            row = rows[position - _HEADING - 1] if position > _HEADING else None
            style = DIM if position < _HEADING else GOOD if row is not None and row.heals_all else PLAIN
            yield Line(f"  {name:<{label - 2}}{'  '.join(cells)}".rstrip(), style)
        if columns:
            yield Line()


#: How many lines the name of a rule takes.
_HEADING = 3


def _column(result: Cured, rows: Sequence[Outcome], rule: str) -> list[str]:
    """The column of a rule: its name, what is broken without a cure, what became of that with each."""
    heading = _heading(rule)
    cells = [*[""] * (_HEADING - len(heading)), *heading, str(of_rule(result.bare.broken, rule) or "")]
    cells += [cell(row, rule) for row in rows]
    width = max(map(len, cells))
    return [f"{cell:<{width}}" for cell in cells]


def _heading(rule: str) -> list[str]:
    """The name of a rule in short lines."""
    words = rule.split("-")
    words = [f"{word}-" for word in words[:-1]] + words[-1:]
    joined: list[str] = []
    for word in words:
        if joined and len(joined[-1]) + len(word) <= 9:
            joined[-1] += word
        else:
            joined.append(word)
    return joined


# -- each cure -----------------------------------------------------------------------------------------------------


def _each(result: Cured, numbered: Numbers) -> Iterator[Line]:
    """What each set leaves and breaks, by the numbers below, and what it costs."""
    yield Line("What each heals, leaves, breaks and costs (by the numbers below)", HEAD)
    yield from wrap(f"costs {price(result.costs)}", DIM, first=f"  {BARE}: ", rest="    ")
    for outcome in shown(result):
        style = GOOD if outcome.heals_all else PLAIN
        yield from wrap(f"{outcome.name}: {said_of(outcome, numbered)}", style, first="  ", rest="    ")
        if outcome.costs is not None:
            yield from wrap(f"costs {price(outcome.costs)}", DIM, first="    ", rest="      ")
        if not outcome.checked.decided:
            for run in outcome.checked.runs:
                if run.stopped:
                    yield from wrap(covered(run, len(outcome.checked.runs) > 1), WARN, first="    ", rest="      ")


# -- JSON ----------------------------------------------------------------------------------------------------------


def dumps(result: Cured) -> str:
    """The result as JSON (schema: ``cures-1.schema.json``)."""
    return json.dumps(plain(result), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def plain(result: Cured) -> dict[str, Any]:
    """The result as plain values: the checks as finding files hold them, findings by their numbers there."""
    return {
        "irqlab": schemas.CURES,
        "version": schemas.VERSIONS[schemas.CURES],
        "decided": result.decided,
        "smallest": [[cure.name for cure in outcome.cures] for outcome in result.smallest],
        "bare": document(result.bare),
        "costs": asdict(result.costs),
        "refused": [{"cure": cure.name, "why": why} for cure, why in result.refused],
        "outcomes": [_outcome(result.bare, outcome) for outcome in result.outcomes],
    }


def _outcome(bare: Checked, outcome: Outcome) -> dict[str, Any]:
    said, checked = outcome.comparison, outcome.checked
    return {
        "cures": [cure.name for cure in outcome.cures],
        "decided": said.decided,
        "heals": [own_number(bare, told) for told in said.gone],
        "undecided": [own_number(bare, told) for told in said.unsure],
        "leaves": [own_number(checked, told) for told in said.left],
        "breaks": [own_number(checked, told) for told in said.new],
        "perhaps_breaks": [own_number(checked, told) for told in said.unseen],
        "costs": asdict(outcome.costs) if outcome.costs is not None else None,
        "check": document(checked),
    }
