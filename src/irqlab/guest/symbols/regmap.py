"""``drivers/base/regmap``: register maps over memory-mapped registers."""

from __future__ import annotations

from typing import Annotated

from irqlab.guest.ctypes import Dev, err_ptr
from irqlab.guest.exports import _POINTER, Bool, C, Int, Ptr, Text, UInt, export
from irqlab.guest.guest import Guest
from irqlab.guest.memory import Fault
from irqlab.guest.objects import handle, handle_at
from irqlab.kernel import regmap as regmaps
from irqlab.kernel.clk import clk_prepare, clk_unprepare
from irqlab.kernel.clkdev import clk_get
from irqlab.kernel.device import devm_add_action
from irqlab.kernel.errno import EINVAL, ENOMEM
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.regmap import Regmap
from irqlab.state import atomic, kernel

_PREFIX = "regmap "


def regmap_pointer(g: Guest, regmap: Regmap) -> int:
    """``struct regmap *``."""
    return handle(g, _PREFIX + regmap.name)


def _regmap_at(g: Guest, raw: int) -> Regmap:
    told = handle_at(g, raw)
    if not told.startswith(_PREFIX):
        g.broken(Fault("null" if raw < 0x1000 else "wild", raw, g.abi.word, False, "as struct regmap *"))
    regmap = g.world.at(Regmap, told.removeprefix(_PREFIX))
    if not regmap.exists:
        g.broken(Fault("use-after-free", raw, g.abi.word, False, "as struct regmap *"))
    return regmap


Map = Annotated[Regmap, C("struct regmap *", _POINTER, 0, False, _regmap_at, regmap_pointer)]


@export("regmap_read")
def _regmap_read(g: Guest, regmap: Map, reg: UInt, out: Ptr) -> Int:
    error, value = regmaps.regmap_read(g.k, regmap, reg)
    if not error:
        g.set_number(out, value, 4)
    return error


@export("regmap_write")
def _regmap_write(g: Guest, regmap: Map, reg: UInt, value: UInt) -> Int:
    return regmaps.regmap_write(g.k, regmap, reg, value)


@export("regmap_update_bits_base")
def _regmap_update_bits_base(
    g: Guest, regmap: Map, reg: UInt, mask: UInt, value: UInt, change: Ptr, asynchronous: Bool, force: Bool
) -> Int:
    error, written = regmaps.regmap_update_bits_base(g.k, regmap, reg, mask, value, force)
    if change:
        g.set_number(change, int(written), 1)
    return error


@export("regmap_test_bits")
def _regmap_test_bits(g: Guest, regmap: Map, reg: UInt, bits: UInt) -> Int:
    error, value = regmaps.regmap_read(g.k, regmap, reg)
    return error or int(value & bits == bits)


@export("regmap_get_reg_stride")
def _regmap_get_reg_stride(g: Guest, regmap: Map) -> Int:
    return regmap.stride


@export("regmap_get_val_bytes")
def _regmap_get_val_bytes(g: Guest, regmap: Map) -> Int:
    return regmap.width


@export("regmap_get_max_register")
def _regmap_get_max_register(g: Guest, regmap: Map) -> Int:
    return regmap.max_register if regmap.max_register >= 0 else -EINVAL


# -- maps of the driver's own --------------------------------------------------------------------------------------------

#: Fields of ``struct regmap_config`` that change nothing here, and the values of the others that are modelled.
_FREE = frozenset(
    (
        *("name", "reg_bits", "reg_stride", "val_bits", "val_format_endian", "max_register", "max_register_is_0"),
        *("fast_io", "use_relaxed_mmio", "use_raw_spinlock", "disable_debugfs"),
    )
)

#: ``enum regmap_endian``.
_BIG = 1


def _odd(g: Guest, config: int) -> str:
    """A field of a configuration that asks for what is not modelled; empty if there is none."""
    fields = g.image.types.members("regmap_config")
    return next((field for field in fields if field not in _FREE and g.field(config, "regmap_config", field)), "")


@atomic
def _make(k: Kernel, name: str, base: int, most: int, stride: int, width: int, big: bool, clk: str, raw: bool) -> Regmap:
    taken = [known.name for known in k.world.all(Regmap)]
    number = next(free for free in range(len(taken) + 1) if f"{name} {free}" not in taken)
    return k.world.new(
        Regmap,
        f"{name} {number}",
        base=base,
        max_register=most,
        stride=stride,
        width=width,
        big_endian=big,
        clk=clk,
        raw=raw,
    )


@atomic
def _of_device(k: Kernel, name: str) -> Regmap | None:
    """The newest map a device has made."""
    found = [known for known in k.world.all(Regmap) if known.name.rpartition(" ")[0] == name]
    return found[-1] if found else None


@export("dev_get_regmap")
def _dev_get_regmap(g: Guest, dev: Dev, name: Text) -> Ptr:
    if name:
        g.unknown(f"the register map {name} of {dev.name}")
    regmap = _of_device(g.k, dev.name)
    return regmap_pointer(g, regmap) if regmap is not None else 0


@kernel
def regmap_exit(k: Kernel, regmap: Regmap) -> None:
    """``regmap_exit()``."""
    clk = _drop(k, regmap)
    if clk:
        clk_unprepare(k, clk)


@atomic
def _drop(k: Kernel, regmap: Regmap) -> str:
    clk = regmap.clk
    k.world.drop(regmap)
    return clk


@export()
def __devm_regmap_init_mmio_clk(g: Guest, dev: Dev, clk: Text, registers: Ptr, config: Ptr, key: Ptr, name: Text) -> Ptr:
    def field(path: str) -> int:
        return g.field(config, "regmap_config", path)

    odd = _odd(g, config)
    if odd:
        g.unknown(f"a register map with {odd}")
    width, stride, most = field("val_bits") // 8, field("reg_stride"), field("max_register")
    if field("reg_bits") not in (8, 16, 32) or field("val_bits") not in (8, 16, 32) or 0 < stride < width > 1:
        return err_ptr(g, -EINVAL)
    base = g.physical(registers)
    if base < 0:
        g.unknown("a register map over what are no registers")
    if g.k.fails("regmap_init"):
        return err_ptr(g, -ENOMEM)
    found = clk_get(g.k, g.part(dev.name).node, clk) if clk else ""
    if isinstance(found, int):
        return err_ptr(g, found)
    error = clk_prepare(g.k, found)
    if error:
        return err_ptr(g, error)
    big = field("val_format_endian") == _BIG or (not field("val_format_endian") and g.part(dev.name).node.has("big-endian"))
    limit = most if most or field("max_register_is_0") else -1
    regmap = _make(g.k, dev.name, base, limit, stride or 1, width, big, found, bool(field("use_raw_spinlock")))
    devm_add_action(g.k, dev, regmap_exit, regmap)
    return regmap_pointer(g, regmap)
