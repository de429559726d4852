"""Both cores side by side in one run: steps per second of ``irqlab conform``, states per second of ``irqlab check``."""

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


#: What is explored on either core.
SOURCE, BOARD = "drivers/irqchip/irq-imx-irqsteer.c", "irqsteer"


def explored(tree: Tree, name: str) -> str:
    """One line: a compiled driver in system sleep, on the kernel in Python and on the tree's own core."""
    from irqlab.board import load
    from irqlab.cli import compiled
    from irqlab.explore.linux import LinuxModel
    from irqlab.explore.origin import CORES
    from irqlab.explore.scope import Scope
    from irqlab.explore.search import Search
    from irqlab.kernel.release import release

    scope, told = Scope("bench", raises=False, sleep=True), []
    for core in CORES:
        target = compiled.load(str(tree.path / SOURCE), str(tree.path), "", lambda what: None, core)
        model = LinuxModel(target.driver, release(name), load(BOARD), scope)
        began = time.process_time()
        states = Search(model, memo=True).run().states
        told.append(f"{core} {states} states, {states / (time.process_time() - began):.0f} states/s")
    return f"check {name}: irqsteer in C, asleep: {'; '.join(told)}"
