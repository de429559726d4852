"""What a patch does: the same drivers in the same scope without it and with it, and one word for all of that.

A patch **papers over** what it makes go where the same promise is broken in the same function in another order: what went
was an order of events, not the defect.

Tests: ``tests/verdict/test_review.py``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from irqlab.explore.check import Told
from irqlab.verdict.compare import Comparison

#: The words, the worst first.
BREAKS, UNCOMPILED, UNDECIDED, PAPERS, NOTHING, CURES, KEPT = WORDS = (
    "BREAKS",
    "DOES NOT COMPILE",
    "NOT DECIDED",
    "PAPERS OVER",
    "CHANGES NOTHING",
    "CURES",
    "NOTHING BROKEN",
)


@dataclass(frozen=True)
class Judged:
    """One driver, without the patch and with it.

    :ivar source: the driver's source; ``core`` is whether the tree's own core runs under it.
    :ivar comparison: None where it does not compile with the patch: ``error`` is what the compiler says.
    """

    source: str
    core: bool
    comparison: Comparison | None
    error: str = ""

    @property
    def papered(self) -> tuple[Told, ...]:
        """What is gone, while the same promise is still broken in the same function."""
        if self.comparison is None:
            return ()
        still = {_where(told) for told in self.comparison.left}
        return tuple(told for told in self.comparison.gone if _where(told) in still)

    @property
    def word(self) -> str:
        """What the patch does to this driver."""
        compared = self.comparison
        if compared is None:
            return UNCOMPILED
        if compared.new:
            return BREAKS
        if not compared.decided:
            return UNDECIDED
        if compared.gone:
            return PAPERS if self.papered else CURES
        return NOTHING if compared.left else KEPT


def _where(told: Told) -> tuple[str, str]:
    return told.breach.rule, told.breach.place


@dataclass(frozen=True)
class Review:
    """What is said of a patch.

    :ivar name: what was given: a file or a range; ``subject`` is what its author calls it, if anything.
    :ivar left_out: what it touches and was not judged, and why, a sentence each.
    :ivar notes: what else the reader should know.
    """

    name: str
    subject: str
    judged: tuple[Judged, ...]
    left_out: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()

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
