"""Register maps over memory-mapped registers (``drivers/base/regmap``, ``regmap-mmio.c``).

An access takes the map's spinlock with interrupts off, and switches the map's clock on for as long as it lasts.  Caches,
pages, formats, tables of readable registers and field accessors are not modelled.

6.1.192 and 6.12.117 differ in maps whose highest register is 0: 6.1 takes that for no limit.  No such map can be made here.

Tests: ``tests/kernel/test_regmap.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.block import Block
from irqlab.kernel.clk import clk_disable, clk_enable
from irqlab.kernel.errno import EINVAL, EIO
from irqlab.kernel.io import readl, writel
from irqlab.kernel.locking import Lock, RawSpinLock, SpinLock, irqsave
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel

_WORD = 0xFFFF_FFFF


class Regmap(Record, counted=True):
    """``struct regmap``.  Key: its name."""

    #: The physical address of its register 0.
    base: int
    #: The highest offset; -1 for no limit.
    max_register: int = -1
    #: Offsets are multiples of it.
    stride: int = 4
    #: Bytes of a register.
    width: int = 4
    big_endian: bool = False
    #: A clock that runs during accesses; empty for none.
    clk: str = ""
    #: ``use_raw_spinlock``.
    raw: bool = False

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.key[0])


@atomic
def _lock(k: Kernel, regmap: Regmap) -> Lock:
    return k.lock(RawSpinLock if regmap.raw else SpinLock, f"regmap {regmap.name}")


@atomic
def _refusal(regmap: Regmap, reg: int) -> int:
    """``regmap_readable()``, ``regmap_writeable()``: -EIO behind the end."""
    return -EIO if 0 <= regmap.max_register < reg else 0


@atomic
def _aligned(regmap: Regmap, reg: int) -> bool:
    return regmap.stride <= 1 or reg % regmap.stride == 0


@atomic
def _place(k: Kernel, regmap: Regmap, reg: int) -> tuple[str, int, int, bool, str]:
    """The block and the offset of a register, its width, whether its bytes stand the other way, and the clock."""
    found = k.machine.at(regmap.base + reg)
    block, offset = (found[0].name, found[1]) if found is not None else ("", 0)
    return block, offset, regmap.width, regmap.big_endian, regmap.clk


def _block(k: Kernel, regmap: Regmap, reg: int, name: str) -> Block:
    if not name:
        k.signal("not-modelled", what=f"register {reg:#x} of {regmap.name}, where the board has none")
        k.hang(f"not modelled: register {reg:#x} of {regmap.name}")
    return k.machine.blocks[name]


def _swapped(value: int, width: int) -> int:
    return int.from_bytes(value.to_bytes(width, "little"), "big")


@kernel
def _regmap_read(k: Kernel, regmap: Regmap, reg: int) -> tuple[int, int]:
    """``_regmap_read()``: 0 or an error, and the value."""
    error = _refusal(regmap, reg)
    if error:
        return error, 0
    name, offset, width, big, clk = _place(k, regmap, reg)
    error = clk_enable(k, clk)
    if error < 0:
        return error, 0
    value = readl(k, _block(k, regmap, reg, name), offset, width)
    clk_disable(k, clk)
    return 0, _swapped(value, width) if big else value


@kernel
def _regmap_write(k: Kernel, regmap: Regmap, reg: int, value: int) -> int:
    """``_regmap_write()``."""
    error = _refusal(regmap, reg)
    if error:
        return error
    name, offset, width, big, clk = _place(k, regmap, reg)
    error = clk_enable(k, clk)
    if error < 0:
        return error
    value &= (1 << 8 * width) - 1
    writel(k, _block(k, regmap, reg, name), offset, _swapped(value, width) if big else value, width)
    clk_disable(k, clk)
    return 0


@kernel
def regmap_read(k: Kernel, regmap: Regmap, reg: int) -> tuple[int, int]:
    """``regmap_read()``: 0 or a negative errno, and the value.  Does not sleep."""
    if not _aligned(regmap, reg):
        return -EINVAL, 0
    with irqsave(k, _lock(k, regmap)):
        return _regmap_read(k, regmap, reg)


@kernel
def regmap_write(k: Kernel, regmap: Regmap, reg: int, value: int) -> int:
    """``regmap_write()``.  Does not sleep."""
    if not _aligned(regmap, reg):
        return -EINVAL
    with irqsave(k, _lock(k, regmap)):
        return _regmap_write(k, regmap, reg, value)


@kernel
def regmap_update_bits_base(k: Kernel, regmap: Regmap, reg: int, mask: int, value: int, force: bool) -> tuple[int, bool]:
    """``regmap_update_bits_base()``: 0 or a negative errno, and whether the register was written.  Does not sleep."""
    with irqsave(k, _lock(k, regmap)):
        error, old = _regmap_read(k, regmap, reg)
        if error:
            return error, False
        new = (old & ~mask | value & mask) & _WORD
        if not force and new == old:
            return 0, False
        error = _regmap_write(k, regmap, reg, new)
        return error, not error
