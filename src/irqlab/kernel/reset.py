"""Reset lines (``drivers/reset/core.c``): who controls which, and asserting and releasing it.

A controller of resets is there once devices are: before, it is ``-EPROBE_DEFER``.  It can assert, release and pulse a
line.  Of the lines of one node the board models the first (its assumptions say so); the others do nothing.

6.1.192 and 6.12.117 agree in what is modelled.

Tests: ``tests/kernel/test_reset.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.board.node import Node
from irqlab.kernel.context import might_sleep, point
from irqlab.kernel.device import DevicesKset
from irqlab.kernel.errno import EBUSY, EILSEQ, EINVAL, ENOENT, EPERM, EPROBE_DEFER
from irqlab.kernel.of.base import of_parse_phandle_with_args
from irqlab.kernel.of.property import of_property_match_string
from irqlab.kernel.of.provider import provided
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

#: ``enum reset_control_flags``.
SHARED, OPTIONAL, ACQUIRED, DEASSERTED = 1, 2, 4, 8


class ResetControl(Record, counted=True):
    """``struct reset_control``.  Key: the line, and a number (several may control a line, of which one is acquired)."""

    shared: bool = False
    acquired: bool = False
    refcnt: int = 1
    deassert_count: int = 0
    triggered_count: int = 0

    @property
    def line(self) -> str:
        """The line it controls."""
        return str(self.key[0])


@atomic
def _ready(k: Kernel) -> bool:
    return k.world.at(DevicesKset).exists


@kernel
def of_reset_control_get(k: Kernel, node: Node | None, name: str, index: int, flags: int) -> ResetControl | int | None:
    """``__of_reset_control_get()``: by ``name``, or the ``index``-th; a negative errno; None for an optional one that is not
    there.  May sleep.

    :param flags: :data:`SHARED`, :data:`OPTIONAL`, :data:`ACQUIRED`.
    """
    if node is None:
        return -EINVAL
    missing = None if flags & OPTIONAL else -ENOENT
    if name:
        index = of_property_match_string(node, "reset-names", name)
        if index < 0:
            return index if index == -EILSEQ else missing
    found = of_parse_phandle_with_args(node, "resets", "#reset-cells", -1, index)
    if isinstance(found, int):
        return found if found == -EINVAL else missing
    provider, cells = found
    might_sleep(k, "mutex_lock(reset_list_mutex)")
    if provider is None or not _ready(k):
        return -EPROBE_DEFER
    line = provided(k.board.resets, provider, cells) or f"{provider.path}:{','.join(map(str, cells))}"
    return _get(k, line, bool(flags & SHARED), bool(flags & ACQUIRED))


@atomic
def _get(k: Kernel, line: str, shared: bool, acquired: bool) -> ResetControl | int:
    """``__reset_control_get_internal()``: one that is shared already, or a new one."""
    known = [control for control in k.world.all(ResetControl) if control.line == line]
    for control in known:
        if not control.shared and not shared and not acquired:
            break
        if not control.shared or not shared:
            k.warn(f"reset {line} has a control already that is not shared")
            return -EBUSY
        control.refcnt += 1
        return control
    number = next(free for free in range(len(known) + 1) if all(control.key[1] != free for control in known))
    return k.world.new(ResetControl, line, number, shared=shared, acquired=acquired)


@atomic
def reset_control_put(k: Kernel, control: ResetControl) -> None:
    """``reset_control_put()``: the line stays as it is."""
    if control.refcnt > 1:
        control.refcnt -= 1
    else:
        k.world.drop(control)


@atomic
def _may_assert(k: Kernel, control: ResetControl) -> int:
    """1 if the line is to be asserted, 0 if others need it, or a negative errno."""
    if not control.shared:
        if not control.acquired:
            k.warn(f"reset {control.line} is not acquired")
            return -EPERM
        return 1
    if control.triggered_count:
        k.warn(f"reset {control.line} was triggered")
        return -EINVAL
    if not control.deassert_count:
        k.warn(f"reset {control.line} is asserted more often than released")
        return -EINVAL
    control.deassert_count -= 1
    return int(not control.deassert_count)


@atomic
def _may_deassert(k: Kernel, control: ResetControl) -> int:
    if not control.shared:
        if not control.acquired:
            k.warn(f"reset {control.line} is not acquired")
            return -EPERM
        return 1
    if control.triggered_count:
        k.warn(f"reset {control.line} was triggered")
        return -EINVAL
    control.deassert_count += 1
    return int(control.deassert_count == 1)


@atomic
def _may_reset(k: Kernel, control: ResetControl) -> int:
    if not control.shared:
        return 1 if control.acquired else -EPERM
    if control.deassert_count:
        k.warn(f"reset {control.line} is released by others")
        return -EINVAL
    control.triggered_count += 1
    return int(control.triggered_count == 1)


def _switch(k: Kernel, line: str, asserted: bool) -> None:
    """The register of the line, a schedule point."""
    point(k, f"writel reset {line}")
    if line in k.machine.resets:
        (k.machine.reset_assert if asserted else k.machine.reset_deassert)(line)


@kernel
def reset_control_assert(k: Kernel, control: ResetControl) -> int:
    """``reset_control_assert()``: of a shared line only when nobody else has released it."""
    allowed = _may_assert(k, control)
    if allowed > 0:
        _switch(k, control.line, True)
    return min(allowed, 0)


@kernel
def reset_control_deassert(k: Kernel, control: ResetControl) -> int:
    """``reset_control_deassert()``."""
    allowed = _may_deassert(k, control)
    if allowed > 0:
        _switch(k, control.line, False)
    return min(allowed, 0)


@kernel
def reset_control_reset(k: Kernel, control: ResetControl) -> int:
    """``reset_control_reset()``: a pulse."""
    allowed = _may_reset(k, control)
    if allowed > 0:
        _switch(k, control.line, True)
        _switch(k, control.line, False)
    return min(allowed, 0)


@atomic
def reset_control_status(k: Kernel, control: ResetControl) -> int | None:
    """``reset_control_status()``: 1 while the line is asserted; None where that is not modelled."""
    line = k.machine.resets.get(control.line)
    return None if line is None else int(line.asserted)
