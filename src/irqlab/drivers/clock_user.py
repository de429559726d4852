"""Another user of a shared clock: the clock may run although the interrupt controller has stopped using it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.clk import clk_disable_unprepare, clk_prepare_enable
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class ClockUser(Record):
    """Whether the user holds its clock.  Key: the node's name; absent while it does not."""

    clock: str


@kernel
def hold(k: Kernel, node: str, clock: str) -> None:
    """``clk_prepare_enable()`` of the shared clock."""
    if clk_prepare_enable(k, clock) == 0:
        _note(k, node, clock)


@kernel
def release(k: Kernel, node: str, clock: str) -> None:
    """``clk_disable_unprepare()`` of the shared clock."""
    _forget(k, node)
    clk_disable_unprepare(k, clock)


@atomic
def _note(k: Kernel, node: str, clock: str) -> None:
    k.world.new(ClockUser, node, clock=clock)


@atomic
def _forget(k: Kernel, node: str) -> None:
    k.world.drop(k.world.at(ClockUser, node))
