"""A GPIO bank that restores of the saved MASK what its cache still has open, as ``gpio-mvebu`` in 6.12.117.

So nothing is opened behind the core's back any more.  But what was masked when MASK was read, and has been unmasked since,
stays shut: a ONESHOT line whose thread was still running.  No runtime PM; the clock runs from probe on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.drivers.gpio_bank.common import (
    Bank,
    cached_mask,
    drvdata,
    gpio_bank_irq_chip,
    gpio_bank_remove_always_on,
    lock_of,
    probe,
    restore_trigger,
)
from irqlab.hardware.gpio import MASK
from irqlab.kernel.device import Device, DevPmOps, Driver
from irqlab.kernel.io import readl, writel
from irqlab.kernel.locking import irqsave
from irqlab.kernel.of.device import regs
from irqlab.state import atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


@kernel
def gpio_bank_probe(k: Kernel, pdev: Device) -> int:
    return probe(k, pdev, gpio_bank_irq_chip, False, False)


@atomic
def _save(bank: Bank, mask: int) -> None:
    bank.saved_mask = mask


@kernel
def gpio_bank_suspend(k: Kernel, dev: Device) -> int:
    _save(drvdata(k, dev), readl(k, regs(k, dev), MASK))
    return 0


@kernel
def gpio_bank_resume(k: Kernel, dev: Device) -> int:
    bank = drvdata(k, dev)
    restore_trigger(k, bank)
    with irqsave(k, lock_of(k, bank)):
        mask = _saved(bank) & cached_mask(bank)
    writel(k, regs(k, dev), MASK, mask)
    return 0


@atomic
def _saved(bank: Bank) -> int:
    return bank.saved_mask


driver = Driver(
    "gpio-bank@merged-masks",
    compatible=("irqlab,gpio-bank",),
    probe=gpio_bank_probe,
    remove=gpio_bank_remove_always_on,
    pm=DevPmOps("gpio-bank@merged-masks", suspend=gpio_bank_suspend, resume=gpio_bank_resume),
)
