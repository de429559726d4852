"""Gifts: what drivers of interrupt controllers can be given beside what they have.

A driver says which it lacks (``Driver.takes``) and how it is with them; what a gift is, is the same for all.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gift:
    """One thing a driver may be given: its name, what it does, and who has it."""

    name: str
    what: str
    origin: str


GIFTS: dict[str, Gift] = {
    gift.name: gift
    for gift in (
        Gift(
            "pm-device",
            "the driver tells the core which device powers the interrupts: request_irq() takes a reference",
            "irq_domain_set_pm_device(), what Marc Zyngier asked for; irqsteer since 5.19",
        ),
        Gift("bus-lock", "irq_bus_lock resumes the chip, irq_bus_sync_unlock lets it go", "33b1c47d1fc0 (v6.11), gpio-omap"),
        Gift(
            "mask-on-suspend",
            "system sleep masks what it suspends (IRQCHIP_MASK_ON_SUSPEND), not lazily",
            "many chips have it; irqsteer never had",
        ),
        Gift(
            "stays-on",
            "probe takes a reference that is never given back: the chip is never suspended at run time",
            "irqlab's own",
        ),
        Gift(
            "mask-in-shutdown",
            "->shutdown masks every line before an orderly kexec",
            "what armed-at-handover says; irqsteer never had it",
        ),
    )
}
