"""A finding run again: the same steps, the same breach, the same state, or what differs.

Tests: ``tests/cli/test_replay.py``.
"""

from __future__ import annotations

from irqlab.errors import FindingError
from irqlab.explore.action import Action, Actor, Signal
from irqlab.explore.findings import Finding, collect
from irqlab.explore.linux import LinuxModel
from irqlab.explore.search import Bounds, explore
from irqlab.explore.trace import BOOTS, BREAKS, CIRCLES, SEEN, Trace, closes, retrace
from irqlab.properties import Breach

#: More states than the kernel comes to by itself from anywhere.
_CLOSURE = 200_000


def replay(model: LinuxModel, finding: Finding, digest: str, where: str) -> tuple[Finding, Trace]:
    """Runs a finding again from the World's state; the finding as it is seen now, and its trace.

    :param digest: of the state its steps lead to; empty where that is another one for good reason (another build).
    :raises FindingError: a step is not possible, the breach does not come, or the state at the end is another.
    """
    key = finding.breach.key
    try:
        trace = retrace(model, finding.steps, finding.circle, key)
    except FindingError as error:
        raise FindingError(f"{where}: {error}") from None
    another = "the finding was made by another irqlab or driver, or changed: check again"
    if digest and trace.digest != digest:
        raise FindingError(f"{where}: the steps lead to state {trace.digest[:12]}… instead of {digest[:12]}…: {another}")
    if trace.ending == CIRCLES and not closes(model, finding.circle):
        raise FindingError(f"{where}: the circle does not lead back to where it began: {another}")
    if trace.ending in (BREAKS, SEEN, BOOTS):
        breach = next(breach for breach in trace.breaches() if breach.key == key)
        crash = str(breach.facts.get("crash", ""))
    else:
        found = _for_good(model, key)
        if found is None:
            raise FindingError(f"{where}: the steps can be run, but {finding.breach.rule} does not come of them: {another}")
        breach, crash = found, ""
    return Finding(breach, finding.steps, finding.circle, crash), trace


class _Alone:
    """A model in which nobody but the kernel moves."""

    def __init__(self, model: LinuxModel) -> None:
        self.model = model
        self.world, self.k = model.world, model.k
        self.boot_signals: tuple[Signal, ...] = ()
        self._all: list[Action] = []
        self._own: list[Action] = []

    def conditions(self) -> int:
        return self.model.conditions()

    def actions(self) -> list[Action]:
        everybody = self.model.actions()
        if everybody is not self._all:
            self._all, self._own = everybody, [action for action in everybody if action.actor is Actor.KERNEL]
        return self._own

    def checks(self) -> list[Action]:
        return []


def _for_good(model: LinuxModel, key: tuple[str, ...]) -> Breach | None:
    """The promise ``key``, if what the kernel comes to by itself from the World's state breaks it."""
    home = model.world.state()
    alone = _Alone(model)
    exploration = explore(alone, Bounds(states=_CLOSURE))
    found = collect(alone, exploration)  # type: ignore[arg-type]
    model.world.restore(home)
    breaches = (finding.breach for finding in (*found.broken, *found.notes))
    return next((breach for breach in breaches if breach.key == key), None)
