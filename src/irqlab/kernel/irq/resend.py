"""Resending what came while nobody could take it (kernel/irq/resend.c): level lines need none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.errno import EBUSY, EINVAL
from irqlab.kernel.irq.desc import IrqDesc, chip_of
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@atomic
def _level_pending(desc: IrqDesc) -> bool:
    """A level line raises itself again: only the note is cleared."""
    if desc.irq_data.level:
        if desc.pending:
            desc.pending = False
        return True
    return False


@atomic
def _replaying(desc: IrqDesc) -> bool:
    return desc.replay


@atomic
def _take_pending(desc: IrqDesc) -> bool:
    if not desc.pending:
        return False
    desc.pending = False
    return True


@atomic
def _set_replay(desc: IrqDesc) -> None:
    desc.replay = True


@kernel
def check_irq_resend(k: Kernel, desc: IrqDesc) -> int:
    """``check_irq_resend()``: -EINVAL for a level line, -EBUSY while one is being replayed, else ``irq_retrigger``.

    The software resend (tasklet), for chips that have no ``irq_retrigger`` or whose ``irq_retrigger`` fails, is not in
    this model yet: it is told, not dropped.
    """
    if _level_pending(desc):
        return -EINVAL
    if _replaying(desc):
        return -EBUSY
    if not _take_pending(desc):
        return 0
    chip = chip_of(desc)
    if chip.has("irq_retrigger") and chip.call(k, "irq_retrigger", desc.irq_data):
        _set_replay(desc)
        return 0
    k.signal("not-modelled", what="software resend of an edge interrupt (kernel/irq/resend.c)")
    return -EINVAL
