"""Masking everything before the next kernel (kernel/irq/kexec.c; until 6.13 one copy an architecture).

| switch | what the loop does with a descriptor |
|---|---|
| none (but arm64) | eoi if in progress; ``irq_mask`` whatever the core believes; ``irq_disable`` if not disabled |
| ``kexec-clear-active`` (arm64) | first ``irq_set_irqchip_state(ACTIVE, false)``, which takes the bus lock and ``desc->lock`` |
| ``kexec-skip-masked`` | ``irq_mask`` only if the core does not believe the line masked |
| ``kexec-started-check`` | nothing for lines never started; ``irq_shutdown()`` for the rest |
| ``kexec-resume-first`` | first ``irq_chip_pm_get()``; nothing where that fails |

Which architecture runs it where: :mod:`irqlab.kernel.arch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.core import core
from irqlab.kernel.irq.chip import irq_chip_pm_get, irq_shutdown
from irqlab.kernel.irq.desc import IrqDesc, chip_of
from irqlab.kernel.irq.flags import IRQCHIP_STATE_ACTIVE
from irqlab.kernel.irq.irqchip_state import irq_set_irqchip_state
from irqlab.kernel.irq.state import is_disabled, is_inprogress, is_masked, is_started
from irqlab.state import kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@core
@kernel
def machine_kexec_mask_interrupts(k: Kernel) -> None:
    """``machine_kexec_mask_interrupts()``.  Crash path: interrupts off, any lock may be held by nobody alive."""
    for desc in k.world.all(IrqDesc):  # the kernel skips a NULL chip, which a descriptor never has
        _mask_one(k, desc)


@kernel
def _mask_one(k: Kernel, desc: IrqDesc) -> None:
    chip = chip_of(desc)
    d = desc.irq_data
    if k.release.has("kexec-started-check") and not is_started(d):
        return
    if k.release.has("kexec-resume-first") and irq_chip_pm_get(k, d) < 0:
        return  # nobody gives the reference back: nothing is suspended any more
    check_eoi = True
    if k.arch.clears_active and k.release.has("kexec-clear-active"):
        check_eoi = irq_set_irqchip_state(k, desc.irq, IRQCHIP_STATE_ACTIVE, False) != 0
    if check_eoi and chip.has("irq_eoi") and is_inprogress(d):
        chip.call(k, "irq_eoi", d)
    if k.release.has("kexec-started-check"):
        irq_shutdown(k, desc)
        return
    if chip.has("irq_mask") and not (k.release.has("kexec-skip-masked") and is_masked(d)):
        chip.call(k, "irq_mask", d)
    if chip.has("irq_disable") and not is_disabled(d):
        chip.call(k, "irq_disable", d)
