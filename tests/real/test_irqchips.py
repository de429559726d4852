"""Drivers of Linux 6.12 with what is linked beside them, on the boards of their bindings' examples."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from real_rig import built, tree

from irqlab.board import Board, parse
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.guest.elf import read_object
from irqlab.guest.image import load
from irqlab.guest.module import Compiled
from irqlab.kernel.irq.desc import IrqData
from irqlab.kernel.irq.domain import IrqDomain
from irqlab.kernel.release import release
from irqlab.tree import examples
from irqlab.tree.companions import companions


@cache
def closed(source: str) -> Compiled:
    """A driver with its companions, and theirs."""
    main = built(source).object
    obj = read_object(main)
    undefined, defined, taken = set(obj.undefined), set(obj.defined), {source}
    beside: list[Path] = []
    while new := [name for name in companions(undefined - defined) if name not in taken]:
        for name in new:
            taken.add(name)
            beside.append(built(name).object)
            more = read_object(beside[-1])
            undefined |= set(more.undefined)
            defined |= more.defined
    return Compiled.of(load(main, beside))


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


@pytest.mark.parametrize("source", ["lib/find_bit.c", "lib/bitmap.c", "lib/hweight.c", "kernel/irq/generic-chip.c"])
def test_a_companion_defines_what_the_table_says(source: str) -> None:
    from irqlab.tree import companions as table

    defined = read_object(built(source).object).defined
    named = {name for name, known in table._NAMES.items() if known == source}
    inline = {"bitmap_allocate_region", "bitmap_release_region"}  # functions of the header since 6.8
    narrow = {"bitmap_from_arr64", "bitmap_to_arr64"}  # functions on 32 bits only, macros on 64
    assert named - defined <= inline | narrow
