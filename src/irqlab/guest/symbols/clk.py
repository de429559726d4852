"""``drivers/clk``: clocks.  A ``struct clk *`` stands for a clock of the board, and the counts are the clock's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from irqlab.guest.ctypes import Dev, OptDev, OptNode, err_ptr, is_err, named
from irqlab.guest.exports import Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.guest import Guest
from irqlab.guest.objects import handle
from irqlab.kernel import clk as clocks
from irqlab.kernel import clkdev
from irqlab.kernel.device import Device, devm_add_action
from irqlab.kernel.errno import ENOENT
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.of.base import of_count_phandle_with_args

#: A clock by its name; empty for NULL, which is always fine.
Clk = Annotated[str, named("struct clk *", "clk ")]

Begin = Callable[[Kernel, str], int] | None
End = Callable[[Kernel, str], None] | None


# -- looking up ----------------------------------------------------------------------------------------------------------


def _pointer(g: Guest, found: str | int) -> int:
    """``struct clk *``, or an error pointer."""
    if isinstance(found, int):
        return err_ptr(g, found)
    if not found:
        g.unknown("a clock that the board does not have")
    return handle(g, f"clk {found}")


def _get(g: Guest, dev: Device | None, name: str) -> str | int:
    return clkdev.clk_get(g.k, g.part(dev.name).node, name) if dev is not None else -ENOENT


@export("clk_get")
def _clk_get(g: Guest, dev: OptDev, name: Text) -> Ptr:
    return _pointer(g, _get(g, dev, name))


def _managed(begin: Begin, end: End, optional: bool) -> Callable[..., int]:
    """``__devm_clk_get()``: looked up, and switched on; switched off when the driver goes."""

    def get(g: Guest, dev: Dev, name: Text) -> Ptr:
        found = _get(g, dev, name)
        if optional and found == -ENOENT:
            return 0
        clk = _pointer(g, found)
        if isinstance(found, str) and begin is not None and end is not None:
            error = begin(g.k, found)
            if error:
                return err_ptr(g, error)
            devm_add_action(g.k, dev, end, found)
        return clk

    return get


for _suffix, _begin, _end in (
    ("", None, None),
    ("_prepared", clocks.clk_prepare, clocks.clk_unprepare),
    ("_enabled", clocks.clk_prepare_enable, clocks.clk_disable_unprepare),
):
    export(f"devm_clk_get{_suffix}")(_managed(_begin, _end, optional=False))
    export(f"devm_clk_get_optional{_suffix}")(_managed(_begin, _end, optional=True))


@export("clk_put")
def _clk_put(g: Guest, clk: Ptr) -> None:
    """Nobody counts who has a clock."""


@export("devm_clk_put")
def _devm_clk_put(g: Guest, dev: Dev, clk: Ptr) -> None:
    """Nobody counts who has a clock."""


@export("of_clk_get")
def _of_clk_get(g: Guest, np: OptNode, index: Int) -> Ptr:
    return _pointer(g, clkdev.of_clk_get(g.k, np, index))


@export("of_clk_get_by_name")
def _of_clk_get_by_name(g: Guest, np: OptNode, name: Text) -> Ptr:
    return _pointer(g, clkdev.of_clk_get(g.k, np, 0, name) if np is not None else -ENOENT)


@export("devm_get_clk_from_child")
def _devm_get_clk_from_child(g: Guest, dev: Dev, np: OptNode, name: Text) -> Ptr:
    return _pointer(g, clkdev.of_clk_get(g.k, np, 0, name) if np is not None else -ENOENT)


@export("of_clk_get_parent_count")
def _of_clk_get_parent_count(g: Guest, np: OptNode) -> UInt:
    return max(of_count_phandle_with_args(np, "clocks", "#clock-cells"), 0)


# -- counting ------------------------------------------------------------------------------------------------------------


@export("clk_prepare")
def _clk_prepare(g: Guest, clk: Clk) -> Int:
    return clocks.clk_prepare(g.k, clk)


@export("clk_unprepare")
def _clk_unprepare(g: Guest, clk: Clk) -> None:
    clocks.clk_unprepare(g.k, clk)


@export("clk_enable")
def _clk_enable(g: Guest, clk: Clk) -> Int:
    return clocks.clk_enable(g.k, clk)


@export("clk_disable")
def _clk_disable(g: Guest, clk: Clk) -> None:
    clocks.clk_disable(g.k, clk)


@export("clk_get_rate")
def _clk_get_rate(g: Guest, clk: Clk) -> ULong:
    rate = clkdev.clk_get_rate(g.k, clk)
    if rate is None:
        g.unknown(f"the rate of clock {clk}")
    return rate or 0


# -- several at once -----------------------------------------------------------------------------------------------------


def _bulk_names(g: Guest, count: int, data: int) -> tuple[str, ...]:
    """``clks[i].id``."""
    texts = (g.field(_bulk_at(g, data, at), "clk_bulk_data", "id") for at in range(count))
    return tuple(g.text(text) if text else "" for text in texts)


def _bulk_clks(g: Guest, count: int, data: int) -> tuple[str, ...]:
    """``clks[i].clk``."""
    arrives = named("struct clk *", "clk ").arrives
    assert arrives is not None
    return tuple(arrives(g, g.field(_bulk_at(g, data, at), "clk_bulk_data", "clk")) for at in range(count))


def _bulk_at(g: Guest, data: int, index: int) -> int:
    return data + index * g.image.types.size("clk_bulk_data")


def _bulk_get(g: Guest, dev: Device | None, count: int, data: int, optional: bool) -> int:
    """``__clk_bulk_get()``: all of them or none."""
    for at, name in enumerate(_bulk_names(g, count, data)):
        found = _get(g, dev, name)
        missing = optional and found == -ENOENT
        clk = 0 if missing else _pointer(g, found)
        if is_err(g, clk):
            for before in range(at + 1):
                g.set_field(_bulk_at(g, data, before), "clk_bulk_data", "clk", 0)
            assert isinstance(found, int)
            return found
        g.set_field(_bulk_at(g, data, at), "clk_bulk_data", "clk", clk)
    return 0


@export("clk_bulk_get")
def _clk_bulk_get(g: Guest, dev: OptDev, count: Int, data: Ptr) -> Int:
    return _bulk_get(g, dev, count, data, optional=False)


@export("clk_bulk_get_optional")
def _clk_bulk_get_optional(g: Guest, dev: OptDev, count: Int, data: Ptr) -> Int:
    return _bulk_get(g, dev, count, data, optional=True)


@export("devm_clk_bulk_get")
def _devm_clk_bulk_get(g: Guest, dev: Dev, count: Int, data: Ptr) -> Int:
    return _bulk_get(g, dev, count, data, optional=False)


@export("devm_clk_bulk_get_optional")
def _devm_clk_bulk_get_optional(g: Guest, dev: Dev, count: Int, data: Ptr) -> Int:
    return _bulk_get(g, dev, count, data, optional=True)


@export("clk_bulk_put")
def _clk_bulk_put(g: Guest, count: Int, data: Ptr) -> None:
    for at in range(count):
        g.set_field(_bulk_at(g, data, at), "clk_bulk_data", "clk", 0)


@export("clk_bulk_prepare")
def _clk_bulk_prepare(g: Guest, count: Int, data: Ptr) -> Int:
    clks = _bulk_clks(g, count, data)
    for at, clk in enumerate(clks):
        error = clocks.clk_prepare(g.k, clk)
        if error:
            for before in reversed(clks[:at]):
                clocks.clk_unprepare(g.k, before)
            return error
    return 0


@export("clk_bulk_enable")
def _clk_bulk_enable(g: Guest, count: Int, data: Ptr) -> Int:
    clks = _bulk_clks(g, count, data)
    for at, clk in enumerate(clks):
        error = clocks.clk_enable(g.k, clk)
        if error:
            for before in reversed(clks[:at]):
                clocks.clk_disable(g.k, before)
            return error
    return 0


@export("clk_bulk_disable")
def _clk_bulk_disable(g: Guest, count: Int, data: Ptr) -> None:
    for clk in reversed(_bulk_clks(g, count, data)):
        clocks.clk_disable(g.k, clk)


@export("clk_bulk_unprepare")
def _clk_bulk_unprepare(g: Guest, count: Int, data: Ptr) -> None:
    for clk in reversed(_bulk_clks(g, count, data)):
        clocks.clk_unprepare(g.k, clk)
