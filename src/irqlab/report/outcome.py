"""What a check says of each rule, for formats that have a test a rule: kept, broken, or not decided and why.

Tests: ``tests/report/test_outcome.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

from irqlab.explore.check import Checked, Setup, Told
from irqlab.properties import RULES, Breach, Rule
from irqlab.properties.forever import SUCCESSOR
from irqlab.properties.memory import LEAK
from irqlab.properties.rule import DRIVER
from irqlab.report.text import covered, reached

#: How bad a finding is, in the words of compilers and of SARIF.
ERROR, WARNING, NOTE = "error", "warning", "note"


@dataclass(frozen=True)
class Outcome:
    """One rule.

    :ivar broken: findings that break it, and ``notes`` of it, as they are numbered in every report.
    :ivar undecided: why nothing says that it is kept; empty where all was looked at, or where it is broken.
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
        apart = _apart(rule, checked.setup)
        broken = tuple(pair for pair in mine if not pair[1].breach.note)
        notes = tuple(pair for pair in mine if pair[1].breach.note)
        found.append(Outcome(rule, broken, notes, "" if broken else apart or why))
    return found


def _apart(rule: Rule, setup: Setup) -> str:
    """Why a rule cannot be broken here, whatever the driver does; empty where it can."""
    if rule is SUCCESSOR and not setup.scope.successor:
        return "not looked at: the successor kernel"
    return "not looked at: memory of drivers in Python" if rule is LEAK and setup.origin is None else ""


def undecided(checked: Checked) -> str:
    """Why not everything in scope was looked at; empty where it was."""
    stopped = [covered(run, len(checked.runs) > 1) for run in checked.runs if run.stopped]
    return "; ".join([*stopped, *(f"not modelled: {what}" for what in reached(checked))])


def level(breach: Breach) -> str:
    """An error of the driver; a promise that is broken, but not by it; or worth telling, and nobody suffers."""
    if breach.note:
        return NOTE
    return ERROR if breach.blame == DRIVER else WARNING
