"""The compiled irqsteer and the one in Python on the same 1 000 random orders: the same register accesses, the same signals."""

from __future__ import annotations

import pytest
from orders import Walker, walk
from real_rig import IRQSTEER, driver, model

from irqlab.board import load
from irqlab.drivers import controller
from irqlab.explore.linux import LinuxModel
from irqlab.explore.scope import Scope
from irqlab.kernel.release import release

SCOPE = Scope(
    "orders",
    calls=("request", "free", "disable", "enable"),
    tasks=2,
    sleep=True,
    unbind=True,
    crash=("sysrq", "remote"),
    kexec=True,
    successor=True,
)


@pytest.mark.parametrize("part", range(4))
def test_the_driver_in_c_and_the_one_in_python_do_the_same(part: int) -> None:
    python = LinuxModel(controller("irqsteer@6.11"), release("6.12"), load("irqsteer"), SCOPE)
    walkers = (Walker(python), Walker(model(driver(IRQSTEER), "irqsteer", SCOPE)))
    moves, accesses = 0, 0
    for seed in range(250 * part, 250 * part + 250):
        moves += len(walk(walkers, seed, 25))
        accesses += len(walkers[0].accesses)
    assert moves > 4_000  # orders end early where a crash ends them
    assert accesses > 5_000
