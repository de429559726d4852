"""What a patch does: the same drivers in the same scope without it and with it, and one word for all of that.

A patch **papers over** what it makes go where the same promise is broken in the same function in another order: what went
was an order of events, not the defect.  It **removes** where something that went on before never does with it: whoever takes
a call away takes its broken promises along, and whether the call was needed is for people to say.

Tests: ``tests/verdict/test_review.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from irqlab.explore.check import Checked, Told
from irqlab.verdict.compare import Comparison, key_of

#: The words, the worst first.
BREAKS, UNCOMPILED, UNDECIDED, REMOVES, PAPERS, NOTHING, CURES, KEPT = WORDS = (
    "BREAKS",
    "DOES NOT COMPILE",
    "NOT DECIDED",
    "REMOVES",
    "PAPERS OVER",
    "CHANGES NOTHING",
    "CURES",
    "NOTHING BROKEN",
)


@dataclass(frozen=True)
class Judged:
    """One driver, without the patch and with it.

    :ivar source: the driver's source; ``core`` is whether the tree's own core runs under it.
    :ivar comparison: None where it cannot run with the patch: ``error`` says why, and ``failed`` is the word for that.
    """

    source: str
    core: bool
    comparison: Comparison | None
    error: str = ""
    failed: str = UNCOMPILED

    @cached_property
    def moved(self) -> tuple[tuple[Told, Told], ...]:
        """What is broken without and with the patch from the same cause, in functions of different names."""
        found: list[tuple[Told, Told]] = []
        gone = list(self.comparison.gone) if self.comparison is not None else []
        for now in self.comparison.new if self.comparison is not None else ():
            was = next((told for told in gone if _cause(told) == _cause(now)), None)
            if was is not None:
                gone.remove(was)
                found.append((was, now))
        return tuple(found)

    @property
    def gone(self) -> tuple[Told, ...]:
        """Broken without the patch only."""
        return self._but(self.comparison.gone, 0) if self.comparison is not None else ()

    @property
    def left(self) -> tuple[Told, ...]:
        """Broken without the patch and with it, be it that the function has another name."""
        return (*self.comparison.left, *(now for _, now in self.moved)) if self.comparison is not None else ()

    @property
    def new(self) -> tuple[Told, ...]:
        """Broken with the patch only."""
        return self._but(self.comparison.new, 1) if self.comparison is not None else ()

    def _but(self, several: Sequence[Told], side: int) -> tuple[Told, ...]:
        moved = [pair[side] for pair in self.moved]
        return tuple(told for told in several if told not in moved)

    @property
    def papered(self) -> tuple[Told, ...]:
        """What is gone, while the same promise is still broken in the same function."""
        still = {_where(told) for told in (*self.left, *self.new)}
        return tuple(told for told in self.gone if _where(told) in still)

    @property
    def fresh(self) -> tuple[Told, ...]:
        """What is new, and not in the place of what is gone."""
        before = {_where(told) for told in self.gone}
        return tuple(told for told in self.new if _where(told) not in before)

    @property
    def lost(self) -> tuple[str, ...]:
        """What goes on without the patch (:mod:`irqlab.verdict.deeds`) and, everything having been looked at, never with it."""
        if self.comparison is None or not self.comparison.decided:
            return ()
        after = _deeds(self.comparison.after)
        return tuple(sorted(_deeds(self.comparison.before) - after))

    @property
    def word(self) -> str:
        """What the patch does to this driver."""
        compared = self.comparison
        if compared is None:
            return self.failed
        if self.fresh:
            return BREAKS
        if not compared.decided:
            return UNDECIDED
        if self.lost:
            return REMOVES
        if self.gone:
            return PAPERS if self.papered else CURES
        return NOTHING if self.left else KEPT


def _where(told: Told) -> tuple[str, str]:
    return told.breach.rule, told.breach.place


def _cause(told: Told) -> tuple[str, ...]:
    """What makes it the same but for the function it happens in."""
    rule, _, *cause = key_of(told.breach)
    return (rule, *cause)


def _deeds(checked: Checked) -> set[str]:
    return {deed for run in checked.runs for deed in run.measured or ()}


@dataclass(frozen=True)
class Review:
    """What is said of a patch.

    :ivar name: what was given: a file or a range; ``subject`` is what its author calls it, if anything.
    :ivar left_out: what it touches and was not judged, and why, a sentence each.
    :ivar notes: what else the reader should know.
    :ivar partial: a driver it touches was not judged.
    """

    name: str
    subject: str
    judged: tuple[Judged, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    partial: bool = False

    @property
    def word(self) -> str:
        """What the patch does: what is worst over all drivers, but nothing for none where it cures another."""
        return worst([judged.word for judged in self.judged])


def worst(words: Sequence[str]) -> str:
    """One word for several."""
    found = set(words)
    if CURES in found:
        found -= {NOTHING, KEPT}
    return next(word for word in WORDS if word in found)
