"""``dead-register-access``: a register is accessed while its clock, power or reset says no."""

from __future__ import annotations

from irqlab.properties.rule import ARCHITECTURE, BOARD, CORE, DRIVER, Breach, Facts, Promise, Rule, at, caller, chain, road, when

_IO = ("readl", "writel")


def judge(kind: str, facts: Facts) -> Breach:
    place = caller(facts, *_IO)
    line = facts["subject"]
    blame, why = _blame(facts)
    what = f"the line is {', '.join(line)}" if line else "no line is involved"
    text = (
        f"{place} {'reads' if facts['access'] == 'read' else 'writes'} {facts['register']} of {facts['block']}{at(facts)} {when(facts)}, "
        f"but {facts['reason']} (runtime PM: {facts['status'] or 'none'}{'' if facts['rpm_enabled'] else ', disabled'}; {what}). Reached through {chain(facts)}. "
        f"On this board the access {_ENDS[facts['bus']]}."
    )
    return Breach(
        "dead-register-access",
        place,
        (road(facts), when(facts), _power(facts), *line),
        text,
        blame,
        why,
    )


def _power(facts: Facts) -> str:
    """Where the device behind the block stands, coarsely: what tells causes apart."""
    if facts["phase"] == "noirq":
        return "off by system sleep" if facts["forced"] else "off by runtime PM"
    if facts["status"] in ("suspending", "resuming"):
        return "in the middle of a PM callback"
    return str(facts["status"]) if facts["rpm_enabled"] else f"{facts['status']}, runtime PM disabled"


_ENDS = {
    "abort": "is a synchronous external abort: the kernel oopses at this instruction",
    "hang": "is never answered: the CPU stops for good",
    "ignore": "is lost without a trace",
}


def _blame(facts: Facts) -> tuple[str, str]:
    line = facts["subject"]
    loop = road(facts) == "machine_kexec_mask_interrupts"
    if road(facts) == "chained handler" and not line:
        return BOARD, "the controller's output rises although it is gated; nothing in Linux expects an interrupt from it"
    if loop and "unused" in line:
        return ARCHITECTURE, "the mask loop masks a line that nobody requested, on a chip nobody keeps powered"
    if loop and "suspended" in line and "pm-device" in line:
        return (
            CORE,
            "the reference of request_irq() does not keep the chip up in system sleep, and lazy disable leaves the line unmasked",
        )
    if "no-pm-device" in line and ("requested" in line or not loop):
        return DRIVER, "the core does not know the device behind the interrupt, so request_irq() could take no reference on it"
    if loop:
        return ARCHITECTURE, "the mask loop touches a chip without asking whether it is powered"
    return DRIVER, "the driver touches its registers without resuming its device"


RULE = Rule(
    "dead-register-access",
    "a register is accessed while its clock, its power domain or its reset says no",
    "The access is never answered as meant: depending on the bus an abort (an oops, in kexec the end of the crash dump), a hang of the "
    "CPU that no watchdog of Linux sees, or a write that is silently lost.",
    "Tell the core which device powers the interrupts (irq_domain_set_pm_device(), before 5.18 chip->parent_device); resume in "
    "irq_bus_lock; skip at kexec what was never started (b4706d814921, v6.14).",
    ("dead-access",),
    judge,
    promise=Promise(
        "A register is accessed only while its clock runs, its power domain is on and its reset is released.",
        "the driver, for what it touches itself; the core, for lines that are requested: request_irq() holds the device it was told of",
        ("irq_chip_pm_get() in kernel/irq/chip.c",),
        "be45beb2df69 (v4.8); the device is that of the domain since 1f8863bfb5ca (v5.18)",
    ),
)
