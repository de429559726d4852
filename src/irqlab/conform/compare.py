"""Orders run on both cores, and where they differ."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from irqlab.conform.model import ModelSide
from irqlab.conform.orders import Order
from irqlab.conform.real import RealSide
from irqlab.conform.step import Seen
from irqlab.guest.image import Image
from irqlab.kernel.release import Release


@dataclass(frozen=True)
class Difference:
    """Where the cores part.

    :ivar at: the number of the step, from 0; -1 when they part while they are set up.
    :ivar facts: (what, on the model, on the tree's core).
    """

    order: Order
    at: int
    facts: tuple[tuple[str, str, str], ...]
    model: Seen
    linux: Seen


@dataclass
class Tally:
    """How much was compared.

    :ivar runs: orders that were begun, those of making one short too.
    """

    steps: int = 0
    orders: int = 0
    runs: int = 0
    operations: Counter[str] = field(default_factory=Counter)


class Pair:
    """Both cores, which go through orders together."""

    def __init__(self, release: Release, image: Image) -> None:
        self.release = release
        self.linux = RealSide(release, image)
        self.model = ModelSide(release)
        for side in (self.linux, self.model):
            side.world.commit()
        self._fresh = {side.name: side.world.state() for side in (self.linux, self.model)}

    def run(self, order: Order, tally: Tally | None = None) -> Difference | None:
        """Goes through one order, from boot; the first difference."""
        self.begin(order)
        for at, step in enumerate(order.steps):
            linux, model = self.linux.run(step), self.model.run(step)
            if tally is not None:
                tally.steps += 1
                tally.operations[step.op[0]] += 1
                for ops, _, _ in self.model.handled(step):
                    tally.operations.update(name for name, _ in ops)
            facts = model.differences(linux)
            if facts:
                return Difference(order, at, tuple(facts), model, linux)
            if self.linux.stuck or self.model.stuck:
                break
        if tally is not None:
            tally.orders += 1
        return None

    def begin(self, order: Order) -> None:
        """Both cores boot, as the order wants it."""
        for side in (self.linux, self.model):
            self.boot(side, order)

    def boot(self, side: RealSide | ModelSide, order: Order) -> None:
        """One core boots."""
        side.world.restore(self._fresh[side.name])
        side.world.begin()
        side.boot(order.setup)
        side.world.commit()
