"""``never-suspends``, ``lost-interrupt``, ``interrupt-storm``, ``successor-storm``, ``deadlock``.

Rules about what the kernel comes to by itself; :mod:`irqlab.explore.closure` finds the parts it ends up in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from irqlab.hardware import Block, Expander, GpioBank, Peripheral
from irqlab.kernel.clk import clk_core
from irqlab.kernel.context import SLEEPS, Context
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import HANDOVER, RUNNING
from irqlab.kernel.locking import HeldLock
from irqlab.kernel.pm.power import RpmSetup
from irqlab.properties.balance import controllers, lines_in_use
from irqlab.properties.rule import (
    ARCHITECTURE,
    BOARD,
    CONSUMER,
    CORE,
    DRIVER,
    Breach,
    Facts,
    Promise,
    Rule,
    at,
    chain,
    place,
    road,
    when,
)

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


def look(k: Kernel) -> frozenset[tuple[str, ...]]:
    """What is true in this state that must not be true for good: ``(kind, what, …)``."""
    system = k.system
    if not system.exists or system.hung or system.phase == HANDOVER:
        return frozenset()
    boot = "next kernel" if system.boot else "first kernel"
    crash = "crash path" if system.crash else ""
    facts: set[tuple[str, ...]] = set()
    for context in k.world.all(Context):
        if context.waits_for:
            facts.add(("waits", context.name, context.waits_for, boot, crash))
    if not system.crash:
        facts |= _lines(k, boot)
        facts |= _awake(k, boot)
    return frozenset(facts)


def _lines(k: Kernel, boot: str) -> set[tuple[str, ...]]:
    """Enabled, requested lines whose device asserts them."""
    facts: set[tuple[str, ...]] = set()
    for desc in k.world.all(IrqDesc):
        d = desc.irq_data
        domain = d.domain
        if d.disabled or domain is None or not domain.exists:
            continue
        block = k.machine.blocks.get(str(domain.key[0]))
        for action in desc.actions:
            if not action.chained and block is not None and block.input_level(d.hwirq):
                facts.add(("line-up", str(desc.irq), action.name, block.name, boot, _why_unseen(block, d.hwirq, d.masked)))
    return facts


def _why_unseen(block: Block, hwirq: int, masked: bool) -> str:
    """Why a line that is up at a controller does not come to a handler."""
    if block.dead_reason():
        return f"the controller is off ({block.dead_reason()})"
    if not block.lets_through(hwirq):
        return "its mask is shut" + ("" if masked else " though the core believes it open")
    if isinstance(block, GpioBank) and not block.latched(hwirq):
        return "the controller has lost its edge"
    if isinstance(block, Expander) and not block.waiting(hwirq):
        return "its change was read, and nothing came of it"
    return "something behind the controller holds it back"


def _awake(k: Kernel, boot: str) -> set[tuple[str, ...]]:
    """Controllers that could be off and answer, with nobody using a line."""
    if k.system.phase != RUNNING or lines_in_use(k) or k.world.all(Context):
        return set()
    if any(isinstance(block, Peripheral) and block.asserted() for block in k.machine.all_blocks):
        return set()
    facts: set[tuple[str, ...]] = set()
    for device in controllers(k):
        block = k.machine.blocks[device.name]
        if (block.clocks or block.domain) and not block.dead_reason() and not _clock_shared(k, block):
            managed = k.world.at(RpmSetup, device.name).disable_depth == 0
            facts.add(("awake", device.name, "runtime PM is enabled" if managed else "runtime PM is not used", boot))
    return facts


def _clock_shared(k: Kernel, block: Block) -> bool:
    """Whether somebody else keeps a clock of the block running."""
    return any(clk_core(k, clock.name).enable_count > 1 for _, clock in block.clocks)


def judge(kind: str, facts: Facts) -> Breach | None:
    """A fact that holds for good, or a circle of deliveries."""
    fact = facts["fact"]
    if kind == "waits":
        _, context, condition, boot, _ = fact
        return _deadlock(context, condition, boot, facts["holders"])
    if kind == "awake":
        _, device, managed, boot = fact
        return Breach(
            "never-suspends",
            device,
            (managed, boot),
            f"nobody uses a line of {device} and nothing the kernel does by itself turns it off ({managed}; {boot}).",
            DRIVER,
            "the price of keeping the chip on: it is never gated",
        )
    if kind == "line-up":
        _, irq, name, block, boot, reason = fact
        if boot == "next kernel":
            return Breach(
                "successor-storm",
                "the next kernel",
                ("lost",),
                f"irq {irq} ({name}) on {block} is requested, enabled and asserted in the next kernel, and its handler never runs: "
                f"{reason}.",
                DRIVER,
                "the controller was taken over in a state its driver does not expect",
            )
        return Breach(
            "lost-interrupt",
            block,
            (boot, reason),
            f"irq {irq} ({name}) on {block} is requested, enabled and asserted, nothing but the kernel can move, and its handler never "
            f"runs ({boot}): {reason}.",
            DRIVER,
            f"the line does not reach the CPU: {reason}",
        )
    return None


def _deadlock(context: str, condition: str, boot: str, holders: tuple[str, ...]) -> Breach:
    who = f" Meanwhile {', '.join(holders)}." if holders else ""
    return Breach(
        "deadlock",
        context.partition(" ")[0] if not context.startswith("irq/") else "irq thread",
        (_shape(condition), boot),
        f"{context} {condition}, and nobody who can run will make that true ({boot}).{who}",
        CORE if "irq/" not in context else CONSUMER,
        "each waits for what another holds",
    )


def _shape(condition: str) -> str:
    """A condition without the numbers that tell one descriptor from another."""
    return re.sub(r"\b\d+\b", "N", condition)


def judge_stuck(kind: str, facts: Facts) -> Breach:
    """A context that spins or sleeps where nobody else can run."""
    where = place(facts, "spin_lock", "mutex_lock", "__irq_get_desc_lock")
    on_crash = bool(facts["crash"])
    elsewhere = (
        " It needs that who would end the wait was running on another CPU, which the crash stopped; on this CPU schedule() would "
        "let it finish first, in the middle of the crash path."
        if on_crash and str(facts["waits_for"]).startswith(SLEEPS)
        else ""
    )
    return Breach(
        "deadlock",
        where,
        (road(facts), when(facts), _shape(str(facts["waits_for"]))),
        f"{where}{at(facts)} {facts['waits_for']} {when(facts)}, where nobody else can run. Reached through {chain(facts)}.{elsewhere}",
        ARCHITECTURE if on_crash else DRIVER,
        "the crash cut off who would have released it" if on_crash else "nobody can make it true",
    )


def open_though_masked(k: Kernel) -> tuple[str, ...]:
    """Asserted lines the core believes masked while the live register lets them through: ``mask_irq()`` does nothing."""
    lines = []
    for desc in k.world.all(IrqDesc):
        d = desc.irq_data
        domain = d.domain
        block = None if domain is None or not domain.exists else k.machine.blocks.get(str(domain.key[0]))
        if d.masked and block is not None and block.lets_through(d.hwirq) and block.input_level(d.hwirq):
            lines.append(f"hwirq {d.hwirq} of {block.name}")
    return tuple(lines)


def judge_storm(boot: bool, names: tuple[str, ...], handled: bool, open_: tuple[str, ...] = ()) -> Breach:
    """A circle of deliveries; ``open_`` are lines that are believed masked and let through."""
    who = f"the handlers of {', '.join(names)} run and do not quiet it" if names else "no handler runs"
    if boot:
        return Breach(
            "successor-storm",
            "the next kernel",
            (who,),
            f"the next kernel takes an interrupt it inherited again and again: {who}, and nothing else gets to run.",
            DRIVER,
            "the driver's probe leaves the mask it found, and nobody masks a line without a mapping",
        )
    if open_:
        return Breach(
            "interrupt-storm",
            ", ".join(names) or "no handler",
            (who, "a line believed masked is open"),
            f"an interrupt is taken again and again: {who}, and nothing else gets to run. The core believes {' and '.join(open_)} "
            f"masked, so mask_irq() does nothing, while the live register lets it through.",
            DRIVER,
            "the mask register was changed behind the core's back",
        )
    return Breach(
        "interrupt-storm",
        ", ".join(names) or "no handler",
        (who,),
        f"an interrupt is taken again and again: {who}, and nothing else gets to run.",
        CONSUMER if handled else BOARD,
        "its handler returns with the line still asserted" if handled else "nobody owns the line",
    )


def holders(k: Kernel) -> tuple[str, ...]:
    """Who holds which lock, in words."""
    return tuple(f"{held.owner} holds {held.key[0]}" for held in k.world.known(HeldLock) if held.exists)


NEVER_SUSPENDS = Rule(
    "never-suspends",
    "with no users left nothing reachable by the kernel alone is low-power",
    "The price of a wrong cure: the chip burns power for ever.",
    "Let runtime PM gate the chip while no line is requested.",
    promise=Promise(
        "A controller that nobody uses is switched off in the end, by what the kernel does by itself.",
        "the driver, by runtime PM; nothing in the kernel enforces it",
        ("rpm_idle() in drivers/base/power/runtime.c",),
        "irqlab's own promise: a cure that keeps the chip on breaks it",
    ),
)
LOST = Rule(
    "lost-interrupt",
    "nothing but the kernel can move, an enabled, requested line is asserted, and its handler never runs",
    "The device waits for ever: a hang that looks like the device's.",
    "Keep masks coherent with the core, and the controller on while a line is enabled.",
    promise=Promise(
        "The handler of a line that is requested, enabled and asserted runs.",
        "the driver, which leaves the line as the core believes it; the core, which resends what came while a line was off",
        (
            "unmask_irq() in kernel/irq/chip.c",
            "check_irq_resend() in kernel/irq/resend.c",
        ),
        "every release that is modelled",
    ),
)
STORM = Rule(
    "interrupt-storm",
    "a circle of deliveries with no consumer action in it: nobody quiets the line",
    "The CPU does nothing else; after 99 900 of 100 000 unhandled ones the kernel disables the line.",
    "Quiet the device in the handler, or use IRQF_ONESHOT and quiet it in the thread.",
    promise=Promise(
        "An interrupt that is delivered is quieted by somebody.",
        "the handler, at its device; the controller's driver, which masks where the core asks",
        ("note_interrupt() in kernel/irq/spurious.c",),
        "every release that is modelled; the core shuts a line down at 99 900 unhandled of 100 000",
    ),
)
SUCCESSOR = Rule(
    "successor-storm",
    "the next kernel is flooded by an interrupt it inherited, or loses it",
    "The crash kernel never gets to write the dump.",
    "Zero the mask registers in probe before the chained handler is installed.",
    promise=Promise(
        "The next kernel is neither flooded by an interrupt it inherited nor deaf to one it asked for.",
        "the driver's probe: it finds the registers as an earlier kernel left them",
        (
            "imx_intmux_probe() in drivers/irqchip/irq-imx-intmux.c",
            "gic_dist_config() in drivers/irqchip/irq-gic-common.c",
        ),
        "every release that is modelled",
    ),
)
DEADLOCK = Rule(
    "deadlock",
    "somebody waits and nobody who could run will make it true (also: a lock held by what the crash cut off)",
    "A hang, or a crash dump that never starts.",
    "Do not call synchronize_irq() or free_irq() with a lock the thread needs; take no locks on the crash path.",
    ("stuck",),
    judge_stuck,
    promise=Promise(
        "Whoever waits is released by somebody who can run.",
        "each who holds what another waits for; the architecture on the crash path, where nobody else runs",
        ("synchronize_irq() in kernel/irq/manage.c",),
        "every release that is modelled",
    ),
)
