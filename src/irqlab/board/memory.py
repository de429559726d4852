"""Where the registers of a board are: physical addresses, and windows that lie over each other.

Tests: ``tests/board/test_memory.py``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from irqlab.board.node import Node
from irqlab.board.parts import Part, Region

#: Windows that the tree gives no address get one from here upwards, at multiples of _STEP.
_FREE, _STEP = 0xE000_0000, 0x1_0000

#: The size of a window of which the tree gives none.
_SIZE = 0x1000

#: How many windows of one node are kept.
_MAX_WINDOWS = 64


@dataclass(frozen=True)
class Window:
    """Registers without a meaning: one block of the machine.

    :ivar name: of the block: its part's, with the name or number of the window for the second and further ones.
    :ivar part: whose supplies it has.
    :ivar region: where the CPU sees it; None for a part without registers.
    :ivar others: names that mean it too: of windows that lie over it.
    """

    name: str
    part: Part
    region: Region | None
    others: tuple[str, ...] = ()


def placed(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts with their windows: as the tree says, or else where nobody else is."""
    found = [(part, _regions(part.node)) for part in parts]
    taken = sorted(region for _, regions in found for region in regions if region[0] >= 0)
    free = _FREE
    settled: list[Part] = []
    for part, wanted in found:
        regions = wanted or ([] if part.kind in ("controller", "registers", "clock-user") else [(-1, _SIZE)])
        own: list[Region] = []
        for base, size in regions:
            if base < 0:
                base = free = _gap(taken, free, size)
                free += -(-size // _STEP) * _STEP
            own.append((base, size))
        settled.append(replace(part, regs=tuple(own)))
    return tuple(settled)


def _regions(node: Node) -> list[Region]:
    """The windows of a node; a base of -1 where the CPU cannot see it."""
    regions = []
    for index, (_, size) in enumerate(node.reg[:_MAX_WINDOWS]):
        seen = node.address(index)
        regions.append(seen or (-1, min(size, _SIZE) or _SIZE))
    return regions


def _gap(taken: list[Region], start: int, size: int) -> int:
    for base, length in taken:
        if base < start + size and start < base + length:
            start = -(-(base + length) // _STEP) * _STEP
    return start


def windows(parts: Iterable[Part], assumptions: list[str]) -> tuple[Window, ...]:
    """The blocks that are made of windows nobody has described; two nodes with one window have one block.

    Where windows lie over each other in part, the smaller one answers (:meth:`irqlab.hardware.Machine.at`).
    """
    wanted: list[Window] = []
    for part in parts:
        if part.kind in ("controller", "registers") or part.tested:
            wanted.extend(_of(part))
    wanted.sort(key=lambda window: not window.part.tested)  # the one under test gives name and supplies
    made: dict[Region | str, Window] = {}
    for window in _apart(wanted):
        region = window.region
        same = made.get(region) if region is not None else None
        if same is not None:
            assumptions.append(f"{window.name} and {same.name} have the same registers")
            made[same.region or same.name] = replace(same, others=(*same.others, window.name))
            continue
        over = next((known.name for known in made.values() if _overlap(known.region, region)), "")
        if over:
            assumptions.append(f"the registers of {window.name} and {over} lie over each other: the smaller window answers")
        made[region or window.name] = window
    return tuple(made.values())


def _of(part: Part) -> list[Window]:
    """The windows of one part that have no model."""
    if not part.regs:
        return [Window(part.name, part, None)]
    names = part.node.strings("reg-names")
    modelled = part.kind not in ("controller", "registers")
    return [
        Window(f"{part.name}.{names[at] if at < len(names) else at}" if at else part.name, part, region)
        for at, region in enumerate(part.regs)
        if at or not modelled
    ]


def _apart(found: list[Window]) -> list[Window]:
    """The windows with names that are each their own, whatever ``reg-names`` says."""
    apart: dict[str, Window] = {}
    for window in found:
        name = window.name
        while name in apart:
            name += "+"
        apart[name] = replace(window, name=name)
    return list(apart.values())


def _overlap(one: Region | None, two: Region | None) -> bool:
    return one is not None and two is not None and one[0] < sum(two) and two[0] < sum(one)
