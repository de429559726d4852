"""Two checks held against each other: findings gone, left and new.

Tests: ``tests/verdict/test_compare.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from irqlab.explore.check import Checked, Measure, Setup, Told, check_each
from irqlab.properties import Breach

#: Words of a cause that say what a driver was given, and not what is broken.
_GIVEN = frozenset({"pm-device", "no-pm-device"})

Key = tuple[str, ...]


def key_of(breach: Breach) -> Key:
    """What makes a broken promise the same on both sides."""
    return tuple(word for word in breach.key if word not in _GIVEN)


def keyed(told: Iterable[Told]) -> dict[Key, Told]:
    """Findings by what they break, the shortest of each."""
    found: dict[Key, Told] = {}
    for one in told:
        known = found.get(key_of(one.breach))
        if known is None or one.finding.depth < known.finding.depth:
            found[key_of(one.breach)] = one
    return found


@dataclass(frozen=True)
class Comparison:
    """One check before, one after.

    :ivar gone: broken before and, everything having been looked at, not after.
    :ivar unsure: broken before and not seen after, where not all was looked at.
    :ivar left: broken on both sides, as they are seen after.
    :ivar new: broken after and, everything having been looked at, not before.
    :ivar unseen: broken after and not seen before, where not all was looked at.
    """

    before: Checked
    after: Checked
    gone: tuple[Told, ...]
    unsure: tuple[Told, ...]
    left: tuple[Told, ...]
    new: tuple[Told, ...]
    unseen: tuple[Told, ...]

    @property
    def decided(self) -> bool:
        return self.before.decided and self.after.decided

    @property
    def kept(self) -> bool:
        """Nothing is broken after, and that is all that can be."""
        return self.after.decided and not self.after.broken


def compare(before: Checked, after: Checked) -> Comparison:
    """Holds the broken promises of two checks against each other; notes are none."""
    was, now = keyed(before.broken), keyed(after.broken)
    lost = tuple(told for key, told in was.items() if key not in now)
    came = tuple(told for key, told in now.items() if key not in was)
    left = tuple(told for key, told in now.items() if key in was)
    gone, unsure = (lost, ()) if after.decided else ((), lost)
    new, unseen = (came, ()) if before.decided else ((), came)
    return Comparison(before, after, gone, unsure, left, new, unseen)


#: Checks setups side by side, measuring something in each; fewer results than setups where the user interrupted.
Explore = Callable[[Sequence[Setup], Measure | None], list[Checked]]


def unbounded(setups: Sequence[Setup], measure: Measure | None = None) -> list[Checked]:
    """Explores everything in scope."""
    return check_each(setups, memo=True, measure=measure)


def both(before: Setup, after: Setup, explore: Explore = unbounded, measure: Measure | None = None) -> Comparison | None:
    """Checks both sides and compares; None where the user interrupted before there was anything of the second."""
    checked = explore((before, after), measure)
    return compare(*checked) if len(checked) == 2 else None


def alone(after: Setup, explore: Explore = unbounded) -> Comparison | None:
    """What was not there before: whatever is broken is new."""
    checked = explore((after,), None)
    return compare(replace(checked[0], runs=(), broken=(), notes=(), unknown=()), checked[0]) if checked else None
