"""What cures come to, in words: the verdict, what became of each rule's promises, what each set leaves, breaks and costs.

:mod:`irqlab.report.cures` and :mod:`irqlab.report.html.cures` lay it out.

Tests: ``tests/report/test_cures.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

from irqlab.explore.check import Told
from irqlab.properties import RULES
from irqlab.report.lines import BAD, GOOD, WARN
from irqlab.report.text import subject
from irqlab.verdict.compare import Key, key_of, keyed
from irqlab.verdict.cost import Costs
from irqlab.verdict.cures import Cured, Outcome

#: What the row without a cure is called.
BARE = "without a cure"


class Numbers:
    """Findings by number: those without a cure as ``check`` numbers them, then what is new with cures, each once.

    :ivar bare: the former; ``new`` the latter, each where it is seen with the fewest cures.
    """

    def __init__(self, result: Cured) -> None:
        known = keyed(result.bare.broken)
        self.bare: tuple[Told, ...] = tuple(known.values())
        fresh: dict[Key, tuple[Told, Outcome]] = {}
        for outcome in shown(result):
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


def shown(result: Cured) -> list[Outcome]:
    """What has a row: every cure alone, every pair, and of larger sets those that heal everything."""
    return [outcome for outcome in result.outcomes if len(outcome.cures) < 3 or outcome.heals_all]


def verdict(result: Cured) -> tuple[str, str, str]:
    """The verdict in a word, how it looks, and the sentence that goes with it."""
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
    return word, style, said


def _none_of(result: Cured) -> str:
    if result.most < 2:
        return "no cure that was tried" if result.outcomes else "no cure can be tried: nothing"
    return "no cure, alone or with another," if result.most == 2 else f"no set of up to {result.most} cures"


# -- by rules ------------------------------------------------------------------------------------------------------


def broken_rules(result: Cured) -> list[str]:
    """Every rule that is broken with some cure or without, those without first."""
    seen = {told.breach.rule for checked in (result.bare, *(row.checked for row in shown(result))) for told in checked.broken}
    bare = {told.breach.rule for told in result.bare.broken}
    return sorted((rule for rule in RULES if rule in seen), key=lambda rule: rule not in bare)


def of_rule(several: Iterable[Told], rule: str) -> int:
    """How many of these break a rule, each once."""
    return len(keyed(told for told in several if told.breach.rule == rule))


def cell(row: Outcome, rule: str) -> str:
    """What became of a rule's promises."""
    said = row.comparison
    left, gone, unsure = (of_rule(several, rule) for several in (said.left, said.gone, said.unsure))
    new, unseen = of_rule(said.new, rule), of_rule(said.unseen, rule)
    parts = [str(left) if left else "?" if unsure else "healed" if gone else ""]
    if left and unsure:
        parts[0] += "?"
    parts += [f"+{new}" if new else "", f"+{unseen}?" if unseen else ""]
    return " ".join(part for part in parts if part)


# -- each cure -----------------------------------------------------------------------------------------------------


def said_of(outcome: Outcome, numbered: Numbers) -> str:
    """What a set of cures heals, leaves and breaks, by the numbers of findings."""
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


def price(costs: Costs) -> str:
    """What it costs, in words."""
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
