"""One example a rule: a check that breaks it, the nearest that does not, and what the two differ in.

What irqlab's own drivers do not break is broken by a driver file of ``docs/rules/examples``, wrong in one thing.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Example:
    """One pair of checks.

    :ivar why: what is wrong, in a sentence.
    :ivar breaks: the arguments of the check that breaks the rule; ``keeps`` of its neighbour.
    :ivar differs: what is different there.
    """

    why: str
    breaks: str
    keeps: str
    differs: str


_FILES = "docs/rules/examples"
_LIVE = "--set crash= --output-when-gated low"
_QUIET = f"--set raises=off {_LIVE}"
_KEXEC = "--set calls=request --set kexec=on"
_UNBIND = "--set raises=off --set calls= --set unbind=on --output-when-gated low"
_SLEEP = f"--set calls=request --set sleep=on {_QUIET}"
_CRASH = "--set raises=off --set calls= --output-when-gated low"
_LOCKED = "The bus lock resumes the controller, in the mask loop of a crash too."
_STARTED = "6.14's loop leaves alone what was never started."

EXAMPLES: dict[str, Example] = {
    "dead-register-access": Example(
        "Nobody told the core which device powers the line, so `request_irq()` unmasks it in a chip that is going to sleep.",
        f"irqsteer@unlinked-2020 --kernel 6.1 {_QUIET}",
        f"irqsteer@5.19 --kernel 6.1 {_QUIET}",
        "The driver calls `irq_domain_set_pm_device()`: `request_irq()` resumes the chip and holds it.",
    ),
    "armed-at-handover": Example(
        "An orderly kexec masks nothing on arm64, and the driver has no `->shutdown`.",
        f"irqsteer@5.19 --kernel 6.12 {_KEXEC} {_QUIET}",
        f"irqsteer@5.19+mask-in-shutdown --kernel 6.12 {_KEXEC} {_QUIET}",
        "`->shutdown` resumes the chip and masks every line.",
    ),
    "successor-storm": Example(
        "The probe of irqsteer writes CHANCTRL and leaves the masks as it finds them: an inherited line is open, has no mapping, "
        "and nobody masks it.",
        f"irqsteer@mainline-2020 --kernel 6.12 {_KEXEC} --set successor=on {_LIVE}",
        f"irqsteer@mainline-2020+mask-in-shutdown --kernel 6.12 {_KEXEC} --set successor=on {_LIVE}",
        "`->shutdown` masks every line, so that nothing is inherited.",
    ),
    "pm-reference-leak": Example(
        "The probe takes a reference that it never gives back.",
        f"irqsteer@5.19+stays-on --kernel 6.12 {_QUIET}",
        f"irqsteer@5.19 --kernel 6.12 {_QUIET}",
        "The probe takes none.",
    ),
    "pm-reference-underflow": Example(
        "`->remove` disables the clock, whatever runtime PM has done with it: the device was suspended before it ran.",
        f"irqsteer@5.19 --kernel 6.12 --set crash= {_UNBIND}",
        f"intmux@6.12 --kernel 6.12 --set crash= {_UNBIND}",
        "`->remove` resumes first, so that clock and status agree.",
    ),
    "never-suspends": Example(
        "The driver has no runtime PM: the clock runs from probe on.",
        f"irqsteer@mainline-2020 --kernel 6.12 {_QUIET}",
        f"irqsteer@5.19 --kernel 6.12 {_QUIET}",
        "Runtime PM suspends the chip while no line is requested.",
    ),
    "sleep-in-atomic": Example(
        "`irq_mask` and `irq_unmask` write over a bus that sleeps, under `desc->lock`.",
        f"expander@writes-in-mask --kernel 6.12 --set consumers=a:threaded {_QUIET}",
        f"expander@6.12 --kernel 6.12 --set consumers=a:threaded {_QUIET}",
        "They note the mask; `irq_bus_sync_unlock` writes it, where sleeping is allowed.",
    ),
    "wait-context": Example(
        "`irq_mask` takes a `spinlock_t` for its statistics.",
        f"--driver-file {_FILES}/spinlock_in_mask.py --kernel 6.12 {_QUIET}",
        f"irqsteer@mainline-2020 --kernel 6.12 {_QUIET}",
        "It takes the driver's raw spinlock only.",
    ),
    "irqs-enabled": Example(
        _LOCKED
        + " The device is not irq_safe, so `__rpm_callback()` turns interrupts on, in a loop that runs with interrupts off.",
        f"irqsteer@6.11 --kernel 6.12 {_CRASH}",
        f"irqsteer@6.11 --kernel 6.12 --with kexec-started-check {_CRASH}",
        _STARTED,
    ),
    "lost-interrupt": Example(
        "Runtime PM turns the controller off under a line that is requested: nobody holds it up.",
        f"irqsteer@unlinked-2020 --kernel 6.1 {_LIVE}",
        f"irqsteer@5.19 --kernel 6.1 {_LIVE}",
        "The core knows the device, and holds it while the line is requested.",
    ),
    "interrupt-storm": Example(
        "The handler returns with its device's line still asserted.",
        f"irqsteer@5.19 --kernel 6.12 --set consumers=a:never-quiet {_LIVE}",
        f"irqsteer@5.19 --kernel 6.12 --set consumers=a:plain {_LIVE}",
        "The handler quiets the device.",
    ),
    "deadlock": Example(
        _LOCKED + " Here the crash comes in the middle of a suspend, which nobody is left to finish.",
        f"irqsteer@6.11 --kernel 6.12 {_CRASH}",
        f"irqsteer@6.11 --kernel 6.12 --with kexec-started-check {_CRASH}",
        _STARTED,
    ),
    "mask-incoherent": Example(
        "The resume starts the clock and does not write the masks that the power domain has lost.",
        f"--driver-file {_FILES}/forgets_masks.py --kernel 6.12 {_SLEEP}",
        f"irqsteer@mainline-2020 --kernel 6.12 {_SLEEP}",
        "The suspend reads the masks, the resume writes them.",
    ),
    "unbalanced-enable": Example(
        "The resume of a system enables an interrupt that its suspend did not disable.",
        f"--driver-file {_FILES}/enables_on_resume.py --kernel 6.12 {_SLEEP}",
        f"irqsteer@mainline-2020 --kernel 6.12 {_SLEEP}",
        "It enables nothing.",
    ),
    "warning": Example(
        "`->remove` leaves runtime PM enabled, and the next probe enables it again.",
        f"irqsteer@5.19 --kernel 6.12 --set crash= {_UNBIND}",
        f"intmux@6.12 --kernel 6.12 --set crash= {_UNBIND}",
        "`->remove` calls `pm_runtime_disable()`.",
    ),
    "memory-error": Example(
        "`->remove` disposes of no mapping: the descriptor still points to the chip's data, and the mask loop follows.",
        f"irqsteer@mainline-2020 --kernel 6.1 {_UNBIND}",
        f"irqsteer@mainline-2020 --kernel 6.1 --with kexec-started-check {_UNBIND}",
        _STARTED + " The mapping is still there, and nothing in this scope follows it.",
    ),
    "lock-left-held": Example(
        "`irq_mask` returns early with its lock held.",
        f"--driver-file {_FILES}/keeps_its_lock.py --kernel 6.12 {_QUIET}",
        f"irqsteer@mainline-2020 --kernel 6.12 {_QUIET}",
        "`irq_mask` releases what it takes.",
    ),
}

#: Rules that only compiled drivers can break, which takes a compiler: what is said in place of an example.
COMPILED = {
    "memory-leak": "Only a compiled driver can break it: one in Python has no memory to lose. The report names each line of the "
    "source that allocated what is still there. `tests/real/test_defects.py` compiles a chip with this defect, and one without, "
    "and sees the difference.",
}
