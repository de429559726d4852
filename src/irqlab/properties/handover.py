"""``armed-at-handover``: the next kernel starts while a line the old kernel left unmasked can fire."""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import HANDOVER
from irqlab.properties.rule import ARCHITECTURE, Breach, Facts, Promise, Rule

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


def check(k: Kernel) -> None:
    """At the jump: a line with a user whose controller lets it through to a CPU interrupt that is enabled."""
    system = k.system
    if not system.exists or system.hung or system.phase != HANDOVER:
        return
    for desc in k.world.all(IrqDesc):
        d = desc.irq_data
        domain = d.domain
        if domain is None or not domain.exists or not desc.actions or any(action.chained for action in desc.actions):
            continue
        block = k.machine.blocks.get(str(domain.key[0]))
        if block is not None and block.lets_through(d.hwirq) and not block.cut_off():
            k.signal("armed", block=block.name, line=f"hwirq {d.hwirq}")


def judge(kind: str, facts: Facts) -> Breach:
    way = "after a crash" if facts["crash"] else "in an orderly kexec"
    return Breach(
        "armed-at-handover",
        facts["block"],
        (way,),
        f"the next kernel starts {way} while a line of {facts['block']} that the old kernel requested is unmasked in hardware.",
        ARCHITECTURE,
        "arm and arm64 mask interrupts on the crash path only; drivers without ->shutdown leave theirs as they are",
        note=True,
    )


RULE = Rule(
    "armed-at-handover",
    "the next kernel starts while a line the old kernel left unmasked can fire",
    "The next kernel inherits an interrupt it does not know. It is a note unless it suffers (successor-storm).",
    "Mask in ->shutdown; zero the mask registers in probe before the handler is installed, as intmux does.",
    ("armed",),
    judge,
    check,
    promise=Promise(
        "When the next kernel starts, no line that the old one requested can fire.",
        "the architecture, after a crash; in an orderly kexec the driver's ->shutdown, and on arm, arm64 and riscv nobody else",
        (
            "machine_kexec_mask_interrupts() in arch/arm64/kernel/machine_kexec.c",
            "machine_kexec_mask_interrupts() in kernel/irq/kexec.c",
        ),
        "9141a003a491 (arm); one copy for all architectures since bad6722e478f (v6.14, also in 6.12.78)",
    ),
)
