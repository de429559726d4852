"""The Python kernel and the tree's own do the same: a quick conform of both releases, and that it would see if they did not."""

from __future__ import annotations

import os
from functools import cache

import pytest

from irqlab.conform.compare import Pair, Tally
from irqlab.conform.orders import order
from irqlab.conform.real import image_of
from irqlab.conform.shrink import shrink
from irqlab.kernel.irq import chip, manage
from irqlab.kernel.release import release
from irqlab.tree import get, open_tree

RELEASES = ("6.12", "6.1")

#: Orders that a quick conform goes through: 80 steps each.
ORDERS = 40


@cache
def pair(name: str) -> Pair:
    named = os.environ.get(f"IRQLAB_TREE_{name.replace('.', '_')}")
    return Pair(release(name), image_of(open_tree(named) if named else get(name)))


@pytest.mark.parametrize("name", RELEASES)
def test_random_orders_are_the_same_on_both_cores(name: str) -> None:
    tally = Tally()
    for number in range(ORDERS):
        assert pair(name).run(order(2, number), tally) is None
    assert tally.orders == ORDERS and tally.steps > 30 * ORDERS


def test_a_model_that_does_not_count_disables_is_found_and_the_order_made_short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manage, "_bump_depth", lambda k, desc: False)
    every = (pair("6.12").run(order(2, number)) for number in range(20))
    found = next(one for one in every if one is not None and one.order.steps[one.at].op[0].startswith("disable"))
    short = shrink(pair("6.12"), found)
    assert [step.op[0].split("_")[0] for step in short.order.steps] == ["request", "disable"]
    facts = {what: (model, linux) for what, model, linux in short.facts}
    assert facts["calls"] == ("", "irq_disable(1,0)")
    assert [side.split(" depth=")[1][0] for side in facts["irq 2"]] == ["0", "1"]


def test_a_model_that_masks_a_line_that_is_masked_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chip, "is_masked", lambda d: False)
    found = next(one for number in range(5) if (one := pair("6.12").run(order(2, number))) is not None)
    assert "calls" in {what for what, _, _ in found.facts}
