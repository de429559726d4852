"""``drivers/reset/core.c``: reset lines."""

from __future__ import annotations

from collections.abc import Callable

from irqlab.board.node import Node
from irqlab.guest.ctypes import Dev, OptNode, err_ptr, is_err
from irqlab.guest.exports import Bool, Int, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.guest.memory import Fault
from irqlab.guest.objects import handle, handle_at
from irqlab.kernel import reset as resets
from irqlab.kernel.device import Device, devm_add_action
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.reset import ACQUIRED, DEASSERTED, OPTIONAL, SHARED, ResetControl
from irqlab.state import kernel

_PREFIX = "reset "


def _pointer(g: Guest, control: ResetControl | None) -> int:
    return handle(g, f"{_PREFIX}{control.line} {control.key[1]}") if control is not None else 0


def _control(g: Guest, raw: int) -> ResetControl:
    """The control behind a ``struct reset_control *``."""
    told = handle_at(g, raw)
    line, _, number = told.removeprefix(_PREFIX).rpartition(" ")
    if not told.startswith(_PREFIX):
        g.broken(Fault("null" if raw < 0x1000 else "wild", raw, g.abi.word, False, "as struct reset_control *"))
    control = g.world.at(ResetControl, line, int(number or 0))
    if not control.exists:
        g.broken(Fault("use-after-free", raw, g.abi.word, False, "as struct reset_control *"))
    return control


def _flags(shared: bool, optional: bool, acquired: bool) -> int:
    return SHARED * shared | OPTIONAL * optional | ACQUIRED * acquired


def _get(g: Guest, node: Node | None, name: str, index: int, flags: int) -> ResetControl | int | None:
    if flags & SHARED and flags & ACQUIRED:
        g.k.warn("__reset_control_get: both shared and acquired")
        return -EINVAL
    return resets.of_reset_control_get(g.k, node, name, index, flags)


def _given(g: Guest, found: ResetControl | int | None) -> int:
    return err_ptr(g, found) if isinstance(found, int) else _pointer(g, found)


@export()
def __of_reset_control_get(g: Guest, np: OptNode, name: Text, index: Int, flags: UInt) -> Ptr:
    return _given(g, resets.of_reset_control_get(g.k, np, name, index, flags))


@export("__of_reset_control_get")
def _of_reset_control_get_6_1(g: Guest, np: OptNode, name: Text, index: Int, shared: Bool, optional: Bool, acquired: Bool) -> Ptr:
    return _given(g, resets.of_reset_control_get(g.k, np, name, index, _flags(shared, optional, acquired)))


@export()
def __reset_control_get(g: Guest, dev: Dev, name: Text, index: Int, flags: UInt) -> Ptr:
    return _given(g, _get(g, g.part(dev.name).node, name, index, flags))


@export("__reset_control_get")
def _reset_control_get_6_1(g: Guest, dev: Dev, name: Text, index: Int, shared: Bool, optional: Bool, acquired: Bool) -> Ptr:
    return _given(g, _get(g, g.part(dev.name).node, name, index, _flags(shared, optional, acquired)))


@kernel
def devm_reset_control_release_deasserted(k: Kernel, control: ResetControl) -> None:
    """``devm_reset_control_release_deasserted()``: asserted, and given back."""
    resets.reset_control_assert(k, control)
    resets.reset_control_put(k, control)


def _devm_get(g: Guest, dev: Device, name: str, index: int, flags: int) -> int:
    found = _get(g, g.part(dev.name).node, name, index, flags & ~DEASSERTED)
    if found is None or isinstance(found, int):
        return _given(g, found)
    if flags & DEASSERTED:
        error = resets.reset_control_deassert(g.k, found)
        if error:
            resets.reset_control_put(g.k, found)
            return err_ptr(g, error)
        devm_add_action(g.k, dev, devm_reset_control_release_deasserted, found)
    else:
        devm_add_action(g.k, dev, resets.reset_control_put, found)
    return _pointer(g, found)


@export()
def __devm_reset_control_get(g: Guest, dev: Dev, name: Text, index: Int, flags: UInt) -> Ptr:
    return _devm_get(g, dev, name, index, flags)


@export("__devm_reset_control_get")
def _devm_reset_control_get_6_1(g: Guest, dev: Dev, name: Text, index: Int, shared: Bool, optional: Bool, acquired: Bool) -> Ptr:
    return _devm_get(g, dev, name, index, _flags(shared, optional, acquired))


@export("reset_control_put")
def _reset_control_put(g: Guest, control: Ptr) -> None:
    if control and not is_err(g, control):
        resets.reset_control_put(g.k, _control(g, control))


def _operate(g: Guest, control: int, operation: Callable[[Kernel, ResetControl], int]) -> int:
    """NULL is always fine, an error pointer is a WARN."""
    if is_err(g, control):
        g.k.warn(f"{operation.__name__} of an error pointer")
        return -EINVAL
    return operation(g.k, _control(g, control)) if control else 0


@export("reset_control_assert")
def _reset_control_assert(g: Guest, control: Ptr) -> Int:
    return _operate(g, control, resets.reset_control_assert)


@export("reset_control_deassert")
def _reset_control_deassert(g: Guest, control: Ptr) -> Int:
    return _operate(g, control, resets.reset_control_deassert)


@export("reset_control_reset")
def _reset_control_reset(g: Guest, control: Ptr) -> Int:
    return _operate(g, control, resets.reset_control_reset)


@export("reset_control_status")
def _reset_control_status(g: Guest, control: Ptr) -> Int:
    return _operate(g, control, _status)


def _status(k: Kernel, control: ResetControl) -> int:
    status = resets.reset_control_status(k, control)
    if status is None:
        k.guest.unknown(f"reset_control_status() of {control.line}, which irqlab does not model")
    return status or 0
