"""What a check says of each rule, for formats that have a test a rule: kept, broken, or not decided and why.

Tests: ``tests/report/test_outcome.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from irqlab.explore.check import Checked, Told
from irqlab.properties import RULES, Breach, Rule
from irqlab.properties.rule import DRIVER
from irqlab.report.text import covered, reached

#: How bad a finding is, in the words of compilers and of SARIF.
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Outcome:
    """One rule.

    :ivar broken: findings that break it, and ``notes`` of it, as they are numbered in every report.
    :ivar undecided: why it may still be broken; empty where all was looked at, or where it is broken.
    """

    rule: Rule
    broken: tuple[tuple[int, Told], ...] = ()
    notes: tuple[tuple[int, Told], ...] = ()
    undecided: str = ""


def outcomes(checked: Checked) -> list[Outcome]:
    """Every rule, as ``irqlab list rules`` has them."""
    numbered, why = list(enumerate(checked.told, 1)), undecided(checked)
    found: list[Outcome] = []
    for rule in RULES.values():
        mine = [(number, told) for number, told in numbered if told.breach.rule == rule.name]
        broken = tuple(pair for pair in mine if not pair[1].breach.note)
        notes = tuple(pair for pair in mine if pair[1].breach.note)
        found.append(Outcome(rule, broken, notes, "" if broken else why))
    return found


def undecided(checked: Checked) -> str:
    """Why not everything in scope was looked at; empty where it was."""
    stopped = [covered(run, len(checked.runs) > 1) for run in checked.runs if run.stopped]
    return "; ".join([*stopped, *(f"not modelled: {what}" for what in reached(checked))])


def level(breach: Breach) -> str:
    """An error of the driver; a promise that is broken, but not by it; or worth telling, and nobody suffers."""
    if breach.note:
        return NOTE
    return ERROR if breach.blame == DRIVER else WARNING
