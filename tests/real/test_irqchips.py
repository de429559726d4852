"""Drivers of Linux 6.12 with what is linked beside them, on the boards of their bindings' examples."""

from __future__ import annotations

from functools import cache

import pytest
from real_rig import built, tree

from irqlab.board import Board, parse
from irqlab.cli.companions import LIBRARY, companions
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.guest.elf import read_object
from irqlab.guest.image import load
from irqlab.guest.module import Compiled
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.release import release
from irqlab.tree import examples


@cache
def closed(source: str) -> Compiled:
    """A driver with its companions, and theirs."""
    main = built(source).object
    beside = companions(tree(), main, source, "arm64", lambda line: None)
    return Compiled.of(load(main, [made.object for made in beside]))


def booted(source: str) -> LinuxModel:
    driver = closed(source)
    example = examples(tree(), driver.compatible).found[0]
    board = Board.for_driver("example", parse(example.dtb, example.binding), driver.compatible)
    return LinuxModel(driver, release("6.12"), board, Scope("small"))


@pytest.mark.parametrize(
    ("source", "size"),
    [
        ("drivers/irqchip/irq-sun4i.c", 96),  # a root controller
        ("drivers/irqchip/irq-mst-intc.c", 64),  # stacked on a GIC
        ("drivers/irqchip/irq-renesas-irqc.c", 4),  # generic chips
    ],
)
def test_a_driver_boots_and_its_lines_are_mapped(source: str, size: int) -> None:
    made = booted(source)
    assert [kind for kind, _ in made.boot_signals if kind in ("not-modelled", "unprobed", "irqchip-failed")] == []
    tested = {part.name for part in made.board.parts if part.tested}
    [domain] = [domain for domain in made.world.all(IrqDomain) if domain.key[0] in tested]
    assert domain.size == size
    assert len(domain.revmap) == 2  # the two users of the board
    for hwirq, irq in domain.revmap:
        assert made.world.at(IrqData, irq).hwirq == hwirq


@pytest.mark.parametrize("source", LIBRARY)
def test_a_library_that_may_be_linked_beside_a_driver_compiles(source: str) -> None:
    assert read_object(built(source).object).defined
