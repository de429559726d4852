"""``pm-reference-leak``, ``pm-reference-underflow``, ``unbalanced-enable``, ``warning``: counts that must come out even."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from irqlab.board.parts import CONTROLLERS
from irqlab.drivers.clock_user import ClockUser
from irqlab.hardware import ClockGate
from irqlab.kernel.clk import clk_core
from irqlab.kernel.device import Device
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.kernel import RUNNING
from irqlab.kernel.pm.power import ACTIVE, RESUMING, RpmSetup, RpmState, RpmUsage
from irqlab.properties.rule import (
    ARCHITECTURE,
    CONSUMER,
    DRIVER,
    Breach,
    Facts,
    Promise,
    Rule,
    at,
    caller,
    chain,
    place,
    road,
    when,
)

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


def lines_in_use(k: Kernel) -> bool:
    """Whether anybody has requested a line (chained parents do not count)."""
    return any(action for desc in k.world.all(IrqDesc) for action in desc.actions if not action.chained)


def controllers(k: Kernel) -> tuple[Device, ...]:
    """The devices that are interrupt controllers."""
    names = {part.name for part in k.board.parts if part.kind in CONTROLLERS}
    return tuple(device for device in k.world.all(Device) if device.name in names)


def check_leak(k: Kernel) -> None:
    """With nobody using a line and no work queued, the controller's counts are those of a device nobody uses."""
    system = k.system
    if not system.exists or system.hung or system.crash or system.phase != RUNNING or lines_in_use(k):
        return
    for device in controllers(k):
        state = k.world.at(RpmState, device.name)
        setup = k.world.at(RpmSetup, device.name)
        usage = k.world.at(RpmUsage, device.name)
        if state.queued or usage.usage_count == 0:
            continue
        k.signal("pm-leak", device=device.name, usage=usage.usage_count, enabled=setup.disable_depth == 0)


def check_clock_leak(k: Kernel) -> None:
    """The same for clocks: each is enabled once by a controller that is on, and once by each other user that holds it."""
    system = k.system
    if not system.exists or system.hung or system.crash or system.phase != RUNNING or lines_in_use(k):
        return
    for device in controllers(k):
        for _, clock in k.machine.blocks[device.name].clocks:
            holders = sum(_holds_clock(k, other) for other in controllers(k) if clock in _clocks(k, other.name))
            users = sum(user.clock == clock.name for user in _clock_users(k))
            count = clk_core(k, clock.name).enable_count
            if count > holders + users:
                k.signal("clk-leak", clk=clock.name, count=count, expected=holders + users)


def check_counts(k: Kernel) -> None:
    """Both."""
    check_leak(k)
    check_clock_leak(k)


def _clocks(k: Kernel, controller: str) -> tuple[ClockGate, ...]:
    return tuple(clock for _, clock in k.machine.blocks[controller].clocks)


def _holds_clock(k: Kernel, device: Device) -> bool:
    """A bound controller holds its clock unless runtime PM has suspended it."""
    unmanaged = k.world.at(RpmSetup, device.name).disable_depth > 0
    return device.bound and (unmanaged or awake(k, device))


def _clock_users(k: Kernel) -> tuple[ClockUser, ...]:
    users = (k.world.at(ClockUser, part.name) for part in k.board.parts if part.kind == "clock-user")
    return tuple(user for user in users if user.exists)


def judge_leak(kind: str, facts: Facts) -> Breach:
    if kind == "clk-leak":
        return Breach(
            "pm-reference-leak",
            facts["clk"],
            (when(facts), "clock"),
            f"nobody uses a line any more, and clock {facts['clk']} is enabled {facts['count']} times by {facts['expected']} users: "
            f"it never stops again.",
            DRIVER,
            "somebody enabled it and did not disable it",
        )
    return Breach(
        "pm-reference-leak",
        facts["device"],
        (when(facts), f"runtime PM is {'enabled' if facts['enabled'] else 'disabled'}"),
        f"nobody uses a line of {facts['device']} any more, and its runtime PM usage count is {facts['usage']} instead of 0: "
        f"it never suspends again.",
        DRIVER,
        "somebody took a reference and did not give it back",
    )


def judge_underflow(kind: str, facts: Facts) -> Breach:
    where = place(facts)
    said = "" if facts.get("silent") else f" The kernel warns: '{facts['text']}'."
    return Breach(
        "pm-reference-underflow",
        where,
        (road(facts), when(facts), str(facts["what"])),
        f"{facts['what']} of {facts.get('device', facts.get('clk', ''))} goes below zero in {where}{at(facts)} {when(facts)}. "
        f"Reached through {chain(facts)}.{said}",
        DRIVER,
        "it gives back what it does not hold: the device was runtime-suspended already"
        if "device_unbind" in facts["calls"]
        else "it gives back what it does not hold, or somebody gave its reference away before (an underflow earlier on the way)",
    )


def judge_unbalanced(kind: str, facts: Facts) -> Breach:
    return Breach(
        "unbalanced-enable",
        caller(facts, "__enable_irq"),
        (road(facts), when(facts)),
        f"'Unbalanced enable for IRQ {facts['irq']}' {when(facts)}: enable_irq() without a disable_irq(){at(facts)}. Reached through {chain(facts)}.",
        CONSUMER,
        "enable_irq() and disable_irq() must come in pairs",
    )


def judge_warning(kind: str, facts: Facts) -> Breach:
    text = str(facts["text"])
    loop = road(facts) == "machine_kexec_mask_interrupts"
    return Breach(
        "warning",
        place(facts),
        (road(facts), when(facts), re.sub(r"\b\d+\b", "N", text)),
        f"the kernel would WARN{at(facts)} {when(facts)}: '{text}'. Reached through {chain(facts)}.",
        ARCHITECTURE if loop else DRIVER,
        "the mask loop calls the chip for a line that nobody uses" if loop else "the call is not allowed here",
    )


def awake(k: Kernel, device: Device) -> bool:
    """Whether a device counts as runtime-active."""
    return k.world.at(RpmState, device.name).status in (ACTIVE, RESUMING)


LEAK = Rule(
    "pm-reference-leak",
    "after everyone has freed, a usage or clock count is not back where it was",
    "The controller never sleeps again until the next boot: the battery pays.",
    "Give back every reference on every path, error paths too.",
    ("pm-leak", "clk-leak"),
    judge_leak,
    check_counts,
    promise=Promise(
        "When nobody uses a line any more, usage counts and clock counts are what they were before anybody did.",
        "who takes a reference: the core one for each action of a line, the driver all others",
        (
            "irq_chip_pm_put() in kernel/irq/chip.c",
            "__free_irq() in kernel/irq/manage.c",
        ),
        "be45beb2df69 (v4.8); balanced on error since ce4818957fdc (v5.19)",
    ),
)
UNDERFLOW = Rule(
    "pm-reference-underflow",
    "a usage or clock count goes below zero",
    "Somebody else's reference is given away: the clock of another user stops under it.",
    "On remove, bring the device into a known state first (pm_runtime_resume_and_get(), then put_noidle() and set_suspended()).",
    ("pm-reference-underflow",),
    judge_underflow,
    promise=Promise(
        "Nobody gives back a reference he does not hold: no usage count and no clock count goes below zero.",
        "the driver, above all in ->remove, which may find its device runtime-suspended",
        (
            "rpm_drop_usage_count() in drivers/base/power/runtime.c",
            "clk_core_disable() in drivers/clk/clk.c",
        ),
        "every release that is modelled: both functions warn",
    ),
)
UNBALANCED = Rule(
    "unbalanced-enable",
    "the kernel would WARN 'Unbalanced enable'",
    "The depth is wrong: an interrupt runs where its user believed it off.",
    "Pair enable_irq() with disable_irq().",
    ("unbalanced-enable",),
    judge_unbalanced,
    promise=Promise(
        "Every enable_irq() has its disable_irq().",
        "the user of the line",
        ("__enable_irq() in kernel/irq/manage.c",),
        "every release that is modelled",
    ),
)
WARNING = Rule(
    "warning",
    "the kernel would WARN",
    "With panic_on_warn it is a crash; without it is a bug report.",
    "As the text of the warning says.",
    ("warning", "unexpected-irq"),
    lambda kind, facts: judge_warning(
        kind, facts if kind == "warning" else {**facts, "text": "unexpected IRQ trap (handle_bad_irq)"}
    ),
    promise=Promise(
        "The kernel finds nothing to WARN about.",
        "whoever calls the function that warns",
        (
            "__free_irq() in kernel/irq/manage.c",
            "pm_runtime_enable() in drivers/base/power/runtime.c",
        ),
        "every release that is modelled",
    ),
)
