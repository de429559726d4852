"""Registers behind a slow bus (``drivers/i2c``, as regmap and the SMBus helpers reach them): an access sleeps, and may fail.

The adapter is not modelled, nor its lock: nobody else is on the bus.  A chip without power or clock does not acknowledge,
which is -ENXIO, where memory-mapped registers abort.

Tests: ``tests/drivers/test_expander.py``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.block import Block
from irqlab.kernel.context import might_sleep
from irqlab.kernel.errno import ENXIO
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _read(k: Kernel, block: Block, offset: int) -> tuple[int, int]:
    if block.dead_reason():
        return -ENXIO, 0
    value = block.read(offset)
    k.world.trace("read", block=block.name, register=block.register_name(offset), value=value)
    return 0, value


@atomic
def _write(k: Kernel, block: Block, offset: int, value: int) -> int:
    if block.dead_reason():
        return -ENXIO
    k.world.trace("write", block=block.name, register=block.register_name(offset), value=value)
    block.write(offset, value)
    return 0


@kernel
def i2c_read_reg(k: Kernel, block: Block, offset: int) -> tuple[int, int]:
    """``i2c_smbus_read_byte_data()`` and its kin: 0 or -ENXIO, and the value.  Sleeps."""
    might_sleep(k, f"i2c_transfer({block.register_name(offset)})")
    return _read(k, block, offset)


@kernel
def i2c_write_reg(k: Kernel, block: Block, offset: int, value: int) -> int:
    """``i2c_smbus_write_byte_data()`` and its kin: 0 or -ENXIO.  Sleeps."""
    might_sleep(k, f"i2c_transfer({block.register_name(offset)})")
    return _write(k, block, offset, value)
