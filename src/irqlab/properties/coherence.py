"""``mask-incoherent``: the core's belief and the live register say different things."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import HANDOVER
from irqlab.properties.rule import DRIVER, Breach, Facts, Promise, Rule, when

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


def check(k: Kernel) -> None:
    """Every started line that is neither chained nor percpu, with its chip answering.

    Not after the jump into the next kernel: this one believes nothing any more, and ->shutdown is meant to mask.
    """
    system = k.system
    if not system.exists or system.hung or system.crash or system.phase == HANDOVER:
        return
    for desc in k.world.all(IrqDesc):
        d = desc.irq_data
        domain = d.domain
        if not d.started or domain is None or not domain.exists or any(action.chained for action in desc.actions):
            continue
        block = k.machine.blocks.get(str(domain.key[0]))
        if block is None or not block.described or block.dead_reason():
            continue
        open_ = block.lets_through(d.hwirq)
        if d.masked and open_:
            k.signal("mask-incoherent", block=block.name, believed="masked", register="open", lazy=d.disabled)
        elif not d.masked and not open_:
            k.signal("mask-incoherent", block=block.name, believed="unmasked", register="masked", lazy=d.disabled)


def judge(kind: str, facts: Facts) -> Breach:
    return Breach(
        "mask-incoherent",
        facts["block"],
        (
            f"believed {facts['believed']}",
            f"register {facts['register']}",
            when(facts),
            "disabled" if facts["lazy"] else "enabled",
        ),
        f"a started line of {facts['block']} is believed {facts['believed']} while the live register has it {facts['register']}, "
        f"and no call is under way ({when(facts)}).",
        DRIVER,
        "the register was changed behind the core's back",
    )


RULE = Rule(
    "mask-incoherent",
    "with no call under way a started line (not chained, not percpu) is believed masked while the live register is open, or the reverse",
    "mask_irq() and unmask_irq() do nothing when the belief says so: a line stays open that was disabled, or dead that was enabled.",
    "Restore mask registers from the core's beliefs, and write them under the lock that mask and unmask take.",
    ("mask-incoherent",),
    judge,
    check,
    promise=Promise(
        "While no call is under way, a started line is masked in the hardware exactly if the core believes so.",
        "the driver, whoever writes its mask registers",
        (
            "mask_irq() in kernel/irq/chip.c",
            "unmask_irq() in kernel/irq/chip.c",
        ),
        "every release that is modelled",
    ),
)
