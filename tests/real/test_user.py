"""A driver in C that asks its node for everything, with the layouts and prototypes of its compiler."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from real_rig import HERE, IRQSTEER, built

from irqlab.board import Board, parse
from irqlab.drivers import IRQCHIPS, PERIPHERALS
from irqlab.guest.image import load
from irqlab.guest.module import Compiled
from irqlab.kernel.device import Device
from irqlab.kernel.errno import EBUSY, EINVAL, EIO, ENOENT, ENXIO, EOVERFLOW
from irqlab.kernel.init import first_boot
from irqlab.kernel.kernel import Config, Kernel
from irqlab.kernel.release import release
from irqlab.state import World
from irqlab.tree import compile_text


class Writes:
    """Hears what is written to registers."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], int] = {}

    def call(self, name: str, args: tuple[Any, ...]) -> None: ...
    def reopen(self, name: str, args: tuple[Any, ...]) -> None: ...
    def result(self, name: str, result: Any) -> None: ...

    def note(self, kind: str, facts: dict[str, Any]) -> None:
        if kind == "write":
            self.values[facts["block"], facts["register"]] = facts["value"]


@cache
def answers(arch: str) -> tuple[tuple[int, ...], tuple[str, ...], bool]:
    """What the driver wrote, as signed numbers; what was told; whether the device was bound."""
    made = compile_text(built(IRQSTEER, arch), "user.c", (HERE / "chips" / "user.c").read_text())
    board = Board.for_driver("user", parse((HERE / "chips" / "user.dts").read_bytes(), "user.dts"), ("irqlab,test-user",))
    world = World()
    machine = board.build(world, "low")
    world.commit()
    k = Kernel(world, machine, board, release("6.12"), Config(arch=arch), PERIPHERALS, irqchips=IRQCHIPS)
    Compiled.of(load(made.object)).insert(k)
    world.recorder = writes = Writes()
    first_boot(k, 0)
    told = tuple(f"{kind}: {dict(facts).get('what') or dict(facts)}" for kind, facts in world.signals)
    written = {int(register, 16): value for (block, register), value in writes.values.items() if block == "user@10000"}
    values = tuple(written[4 * at] - (written[4 * at] >> 31 << 32) for at in range(len(written)))
    return values, told, world.at(Device, "user@10000").bound


ARCHES = ["arm64", "arm"]

#: By the numbers in the comments of user.c.
EXPECTED = (
    (7, 0, 0x2A, -EOVERFLOW, 1),
    (0, 3, 0x12345678, ord("t"), 1),
    (-EOVERFLOW, 1 + 2 + 0x2A, 31 * ord("h") + ord("t"), 12, 0x2A),
    ((ord("a") * 31 + ord("b")) * 31 + ord("g"), ord("a") * 31 + ord("g"), 1, 1, 0),
    (6, 1, 2, 1, 1),
    (1, 4, 1, 7, 7),
    (3, 1, 2, 0x4001_1000, 0x800),
    (1, 0, 0x4001_17FF, 1, 0),
    (19, 2, 1, 32 + 19, -ENXIO),
    (1, 0, 0, 32768, -ENOENT),
    (1, 0, 0, 1, 0),
    (1, 0, 0, 0, 1),
    (0xF00F, -EIO, ord("7"), ord("u"), 1),
    (-EBUSY, -EINVAL, 0xD0E),
)


@pytest.mark.parametrize("arch", ARCHES)
def test_every_answer_is_the_kernels(arch: str) -> None:
    values, told, bound = answers(arch)
    assert told == ()
    expected = tuple(value for line in EXPECTED for value in line)
    assert {at: value for at, value in enumerate(values) if value != expected[at]} == {}
    assert len(values) == len(expected)
    assert bound
