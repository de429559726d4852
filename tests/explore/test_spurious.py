"""Spurious detection in an exploration: off by default, and switched on with ``Config.spurious`` (``--spurious N``)."""

from __future__ import annotations

from typing import Any

import pytest
from setups import explored, linux

from irqlab.drivers.consumer import KINDS, Kind
from irqlab.explore.scope import Scope
from irqlab.explore.search import Bounds, explore
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_NONE, IRQF_SHARED
from irqlab.kernel.irq.spurious import PollTimer
from irqlab.state import kernel

Kernel = Any

SCOPE = Scope("spurious", consumers=(("a", "test"),), crash=(), runtime_pm=False, calls=("request",))
NOBODY_CARED = 'irq N: nobody cared (try booting with the "irqpoll" option)'


@kernel
def deaf(k: Kernel, irq: int, dev_id: Any) -> int:
    """Never knows what the interrupt is about."""
    return IRQ_NONE


@kernel
def boastful(k: Kernel, irq: int, dev_id: Any) -> int:
    """Says that it has handled what it has not."""
    return IRQ_HANDLED


def look(monkeypatch: pytest.MonkeyPatch, handler: Any, window: int, flags: int = 0) -> tuple[set[int], set[str], int]:
    """How many disables the line was seen to have, what was warned of, and in how many states the poll timer is armed."""
    monkeypatch.setitem(KINDS, "test", Kind("test", "a handler of our own", handler, flags=flags))
    model = linux("irqsteer@6.11", "6.12", SCOPE, spurious=window)
    exploration, findings = explored(model)
    depths, armed = set(), 0
    for state in exploration.graph.states:
        model.world.restore(state)
        depths |= {desc.depth for desc in model.world.all(IrqDesc) if desc.spurious_disabled}
        armed += model.world.at(PollTimer).exists
    cared = {cause for finding in findings.broken for cause in finding.breach.cause if cause == NOBODY_CARED}
    return depths, cared, armed


@pytest.mark.parametrize("window", [1, 2, 3])
@pytest.mark.parametrize("flags", [0, IRQF_SHARED])
def test_a_line_that_nobody_quiets_is_shut_down_after_as_many_interrupts(
    monkeypatch: pytest.MonkeyPatch, window: int, flags: int
) -> None:
    depths, cared, armed = look(monkeypatch, deaf, window, flags)
    assert depths == {1} and cared == {NOBODY_CARED} and armed > 0


@pytest.mark.parametrize(("handler", "window"), [(boastful, 2), (deaf, 0)])
def test_who_says_it_cared_and_noirqdebug_let_it_storm(monkeypatch: pytest.MonkeyPatch, handler: Any, window: int) -> None:
    assert look(monkeypatch, handler, window) == (set(), set(), 0)


def test_states_are_finitely_many_and_the_same_without_remembering(monkeypatch: pytest.MonkeyPatch) -> None:
    """The window bounds what is counted, and the poll comes back to where it began."""
    monkeypatch.setitem(KINDS, "test", Kind("test", "deaf", deaf, flags=IRQF_SHARED))
    sizes = {}
    for window in (0, 1, 2, 3):
        model = linux("irqsteer@6.11", "6.12", SCOPE, spurious=window)
        with_memo = explore(model, Bounds(), memo=True)
        without = explore(linux("irqsteer@6.11", "6.12", SCOPE, spurious=window), Bounds(), memo=False)
        sizes[window] = len(with_memo.graph.states)
        assert sizes[window] == len(without.graph.states) and not with_memo.stopped
    assert sizes == {0: 14, 1: 16, 2: 18, 3: 22}
