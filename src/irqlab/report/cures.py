"""Cures, for a reader: what heals everything, the table of cures by rules, what each leaves, breaks and costs; and as JSON.

Tests: ``tests/report/test_cures.py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from irqlab.explore.check import Checked, Told
from irqlab.properties import RULES
from irqlab.report import schemas
from irqlab.report.compare import own_number
from irqlab.report.json import document
from irqlab.report.lines import BAD, DIM, GOOD, HEAD, PLAIN, WARN, WIDTH, Line, wrap
from irqlab.report.text import counted, covered, finding, overview, subject
from irqlab.verdict.compare import Key, key_of, keyed
from irqlab.verdict.cost import Costs
from irqlab.verdict.cures import Cured, Outcome

_BARE = "without a cure"


def report(result: Cured) -> list[Line]:
    """The whole report."""
    numbered = _Numbers(result)
    lines = [*_verdict(result, numbered), Line(), *_cures(result), Line()]
    if result.bare.broken:
        lines += [*_table(result), Line()]
        lines += [*_each(result, numbered), Line()]
        lines += [Line(f"Broken {_BARE}", HEAD), *overview(numbered.bare), Line()]
        if numbered.new:
            lines += [Line("Broken with cures only", HEAD), *numbered.overview(), Line()]
        for number, (told, outcome) in enumerate(numbered.new, len(numbered.bare) + 1):
            checked = outcome.checked
            lines += [*finding(checked.setup, number, told, own=own_number(checked, told)), Line()]
    while lines and not lines[-1].text:
        lines.pop()
    return lines


class _Numbers:
    """Findings by number: those without a cure as ``check`` numbers them, then what is new with cures, each once.

    :ivar bare: the former; ``new`` the latter, each where it is seen with the fewest cures.
    """

    def __init__(self, result: Cured) -> None:
        known = keyed(result.bare.broken)
        self.bare: tuple[Told, ...] = tuple(known.values())
        fresh: dict[Key, tuple[Told, Outcome]] = {}
        for outcome in _shown(result):
            for told in (*outcome.comparison.new, *outcome.comparison.unseen):
                fresh.setdefault(key_of(told.breach), (told, outcome))
        self.new = tuple(fresh.values())
        self._number: dict[Key, int] = {key: number for number, key in enumerate([*known, *fresh], 1)}

    def said(self, several: Iterable[Told]) -> str:
        """``1, 4-6``."""
        runs: list[list[int]] = []
        for number in sorted(self._number[key_of(told.breach)] for told in several):
            if runs and number == runs[-1][-1] + 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)

    def overview(self) -> Iterator[Line]:
        for number, (told, outcome) in enumerate(self.new, len(self.bare) + 1):
            yield from overview([told], number)
            yield from wrap(f"with {outcome.name}", DIM, first="      ")


def _shown(result: Cured) -> list[Outcome]:
    """What has a row: every cure alone, every pair, and of larger sets those that heal everything."""
    return [outcome for outcome in result.outcomes if len(outcome.cures) < 3 or outcome.heals_all]


# -- the verdict ---------------------------------------------------------------------------------------------------


def _verdict(result: Cured, numbered: _Numbers) -> Iterator[Line]:
    where = subject(result.bare.setup)
    if not result.bare.broken:
        word, style, said = "KEPT", GOOD, f"no promise broken in {where}: there is nothing to cure"
        if not result.bare.decided:
            word, style, said = "NOT DECIDED", WARN, f"no promise seen broken in {where}, but not all of it was looked at"
    elif result.smallest:
        word, style = "CURED", GOOD
        said = f"{' or '.join(outcome.name for outcome in result.smallest)}: heals everything and breaks nothing in {where}"
    elif result.decided:
        word, style = "NOT CURED", BAD
        said = f"{_none_of(result)} heals everything and breaks nothing in {where}"
    else:
        word, style = "NOT DECIDED", WARN
        said = f"nothing was seen to heal everything in {where}, but not all of it was looked at"
    yield from wrap(said, style, first=f"{word}  ")
    yield from wrap(f"{_BARE}: {counted(len(result.bare.broken), 'promise')} broken", first="  ", rest="    ")
    for run in result.bare.runs:
        yield from wrap(covered(run, len(result.bare.runs) > 1), DIM, first="  ", rest="    ")
    for what, _ in result.bare.unknown:
        yield from wrap(f"not modelled, and reached: {what}", WARN, first="  ", rest="    ")
    if result.outcomes:
        yield from wrap(_explored(result), first="  ", rest="    ")
    if result.bare.broken and not result.smallest and result.outcomes:
        yield from _closest(result, numbered)


def _none_of(result: Cured) -> str:
    if result.most < 2:
        return "no cure that was tried" if result.outcomes else "no cure can be tried: nothing"
    return "no cure, alone or with another," if result.most == 2 else f"no set of up to {result.most} cures"


def _explored(result: Cured) -> str:
    sizes = {len(outcome.cures): 0 for outcome in result.outcomes}
    for outcome in result.outcomes:
        sizes[len(outcome.cures)] += 1
    words = {1: "with one cure", 2: "with two together", 3: "with three together"}
    parts = [f"{number} {words.get(size, f'with {size} together')}" for size, number in sizes.items()]
    missing = result.sets - len(result.outcomes)
    return f"explored again: {', '.join(parts)}" + (f"; {missing} more were not begun: not decided" if missing else "")


def _closest(result: Cured, numbered: _Numbers) -> Iterator[Line]:
    """What nothing heals, and which set comes closest."""
    healed = {key_of(told.breach) for outcome in result.outcomes for told in outcome.comparison.gone}
    never = [told for told in numbered.bare if key_of(told.breach) not in healed]
    if never:
        yield from wrap(f"nothing heals {numbered.said(never)}", first="  ", rest="    ")
    best = min(_shown(result), key=lambda o: (len(o.checked.broken) + len(o.comparison.unsure), len(o.cures)))
    yield from wrap(f"closest: {best.name}: {_said(best, numbered)}", first="  ", rest="    ")


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
    rows = _shown(result)
    seen = {told.breach.rule for checked in (result.bare, *(row.checked for row in rows)) for told in checked.broken}
    bare = {told.breach.rule for told in result.bare.broken}
    rules = sorted((rule for rule in RULES if rule in seen), key=lambda rule: rule not in bare)
    label = max(len(_BARE), *(len(row.name) for row in rows), 0) + 4
    columns = [_column(result, rows, rule) for rule in rules]
    while columns:
        part = [columns.pop(0)]
        while columns and label + sum(len(column[0]) + 2 for column in (*part, columns[0])) <= WIDTH:
            part.append(columns.pop(0))
        names = ["", "", "", _BARE, *(row.name for row in rows)]
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
    cells = [*[""] * (_HEADING - len(heading)), *heading, str(_of(result.bare.broken, rule) or "")]
    cells += [_cell(row, rule) for row in rows]
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


def _of(several: Iterable[Told], rule: str) -> int:
    return len(keyed(told for told in several if told.breach.rule == rule))


def _cell(row: Outcome, rule: str) -> str:
    """What became of a rule's promises."""
    said = row.comparison
    left, gone, unsure = (_of(several, rule) for several in (said.left, said.gone, said.unsure))
    new, unseen = _of(said.new, rule), _of(said.unseen, rule)
    parts = [str(left) if left else "?" if unsure else "healed" if gone else ""]
    if left and unsure:
        parts[0] += "?"
    parts += [f"+{new}" if new else "", f"+{unseen}?" if unseen else ""]
    return " ".join(part for part in parts if part)


# -- each cure -----------------------------------------------------------------------------------------------------


def _each(result: Cured, numbered: _Numbers) -> Iterator[Line]:
    """What each set leaves and breaks, by the numbers below, and what it costs."""
    yield Line("What each heals, leaves, breaks and costs (by the numbers below)", HEAD)
    yield from wrap(f"costs {_price(result.costs)}", DIM, first=f"  {_BARE}: ", rest="    ")
    for outcome in _shown(result):
        style = GOOD if outcome.heals_all else PLAIN
        yield from wrap(f"{outcome.name}: {_said(outcome, numbered)}", style, first="  ", rest="    ")
        if outcome.costs is not None:
            yield from wrap(f"costs {_price(outcome.costs)}", DIM, first="    ", rest="      ")
        if not outcome.checked.decided:
            for run in outcome.checked.runs:
                if run.stopped:
                    yield from wrap(covered(run, len(outcome.checked.runs) > 1), WARN, first="    ", rest="      ")


def _said(outcome: Outcome, numbered: _Numbers) -> str:
    said = outcome.comparison
    if outcome.heals_all:
        return "heals everything, breaks nothing"
    parts = [
        f"{word} {numbered.said(several) if several else 'nothing'}"
        for word, several in (("heals", said.gone), ("leaves", said.left), ("breaks", said.new))
    ]
    parts += [f"not decided {numbered.said(said.unsure)}"] if said.unsure else []
    parts += [f"not decided whether it breaks {numbered.said(said.unseen)}"] if said.unseen else []
    return "; ".join(parts)


def _price(costs: Costs) -> str:
    when = {
        (True, True): "the chip can be off whether a line is requested or not",
        (True, False): "the chip can be off only while no line is requested",
        (False, True): "the chip can be off only while a line is requested",
        (False, False): "the chip is never off at run time",
    }[costs.off_unused, costs.off_used]
    by = f"resumed by {', '.join(costs.resumers)}" if costs.resumers else "nobody resumes it at run time"
    if not costs.loops:
        return f"{when}; {by}; no mask loop runs to its end"
    accesses = _number(costs.accesses, "register access", "register accesses")
    more = f"{_number(costs.resumes, 'resume', 'resumes')} and {_number(costs.sleeps, 'call', 'calls')} that may sleep"
    loop = f"the mask loop makes at most {accesses}, {costs.masked} for lines masked already, {more}"
    return f"{when}; {by}; {loop}"


def _number(count: int, one: str, many: str) -> str:
    """``1 access``, ``2 accesses``."""
    return f"{count} {one if count == 1 else many}"


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
