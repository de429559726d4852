"""Steps per second of both cores of ``irqlab conform``, side by side in one run."""

from __future__ import annotations

import time

from irqlab.tree import Tree

#: Orders that are gone through.
ORDERS = 60


def cores(tree: Tree, name: str) -> str:
    """One line: the kernel in Python and the tree's own, in the same orders."""
    from irqlab.conform.compare import Pair
    from irqlab.conform.orders import order
    from irqlab.conform.real import image_of
    from irqlab.kernel.release import release

    pair = Pair(release(name), image_of(tree))
    spent = {"model": 0.0, "linux": 0.0}
    steps = 0
    for number in range(ORDERS):
        one = order(1, number)
        pair.begin(one)
        for step in one.steps:
            for side in (pair.model, pair.linux):
                began = time.process_time()
                side.run(step)
                spent[side.name] += time.process_time() - began
            steps += 1
            if pair.model.stuck or pair.linux.stuck:
                break
    model, linux = (steps / spent[side] for side in ("model", "linux"))
    return (
        f"conform {name}: the kernel in Python {model:.0f} steps/s, the tree's own {linux:.0f} steps/s, {model / linux:.1f} times"
    )
