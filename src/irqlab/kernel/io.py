"""Register access: ``readl()``, ``writel()`` and what a dead block answers.

Every access is a schedule point where interrupts are on.  A block without clock, power or out of reset answers as its
bus does: an *abort* is an oops at this access, a *hang* stops the CPU for good, *ignore* reads as 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware.block import Block
from irqlab.kernel.context import point
from irqlab.kernel.pm.power import ACTIVE, RpmSetup, RpmState
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _dead_reason(block: Block) -> str:
    return block.dead_reason()


@atomic
def _read(k: Kernel, block: Block, offset: int, size: int) -> int:
    value = block.read(offset, size)
    k.world.trace("read", block=block.name, register=block.register_name(offset), value=value)
    return value


@atomic
def _write(k: Kernel, block: Block, offset: int, value: int, size: int) -> None:
    k.world.trace("write", block=block.name, register=block.register_name(offset), value=value)
    block.write(offset, value, size)


@kernel
def readl(k: Kernel, block: Block, offset: int, size: int = 4) -> int:
    """``readl_relaxed()``, and its kin of 1, 2 and 8 bytes."""
    point(k, f"readl {block.register_name(offset)}")
    dead = _dead_reason(block)
    if dead:
        return _dead(k, block, offset, "read", dead)
    return _read(k, block, offset, size)


@kernel
def writel(k: Kernel, block: Block, offset: int, value: int, size: int = 4) -> None:
    """``writel_relaxed()``, and its kin of 1, 2 and 8 bytes."""
    point(k, f"writel {block.register_name(offset)}")
    dead = _dead_reason(block)
    if dead:
        _dead(k, block, offset, "write", dead)
        return
    _write(k, block, offset, value & (1 << 8 * size) - 1, size)


@atomic
def _rpm(k: Kernel, block: Block) -> tuple[str, bool, bool]:
    """Runtime PM of the device behind a block: its status (empty for what is no device), whether it is enabled, and
    whether it is system sleep that has turned an active device off (or is doing so)."""
    state, setup = k.world.at(RpmState, block.device), k.world.at(RpmSetup, block.device)
    if not state.exists:
        return "", False, False
    disabled = setup.disable_depth > 0
    return state.status, not disabled, setup.needs_force_resume or (disabled and state.status == ACTIVE)


def _dead(k: Kernel, block: Block, offset: int, access: str, dead: str) -> int:
    register = block.register_name(offset)
    status, enabled, forced = _rpm(k, block)
    k.signal(
        "dead-access",
        block=block.name,
        register=register,
        access=access,
        reason=dead,
        bus=block.on_dead,
        status=status,
        rpm_enabled=enabled,
        forced=forced,
    )
    if block.on_dead == "abort":
        k.oops(f"synchronous external abort at {register}")
    elif block.on_dead == "hang":
        k.machine.hang_bus()
        k.hang(f"bus hang at {register}")
    return 0
