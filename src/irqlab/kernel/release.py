"""Releases and switches: how kernels differ, one named switch a difference, each with the commit that made it.

6.1 (read as Debian's 6.1.170 and 6.1.192) and 6.12 (6.12.117) are claimed whole.  Every other release is the nearest
of these two plus the switches below; what else differs is not modelled, and the output says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from irqlab.errors import InputError


@dataclass(frozen=True)
class Switch:
    """One difference between kernels: its name, what it changes, and where it comes from."""

    name: str
    what: str
    origin: str


SWITCHES: dict[str, Switch] = {
    s.name: s
    for s in (
        Switch(
            "parent-device", "irq_chip_pm_get() uses chip->parent_device", "be45beb2df69 (v4.8), removed by beb0622138cd (v5.18)"
        ),
        Switch("domain-pm-device", "irq_chip_pm_get() uses the PM device of the outermost domain", "1f8863bfb5ca (v5.18)"),
        Switch(
            "pm-get-unbalanced",
            "irq_chip_pm_get() is pm_runtime_get_sync(), put_noidle on error",
            "be45beb2df69 (v4.8), until ce4818957fdc (v5.19)",
        ),
        Switch("chained-pm-reference", "installing a chained handler takes a PM reference", "668a9fe5c6a1 (v5.19)"),
        Switch(
            "kexec-clear-active",
            "arm64's mask loop first clears the active state through irq_set_irqchip_state()",
            "78fd584cdec0 (v4.12)",
        ),
        Switch(
            "kexec-skip-masked",
            "the mask loop calls irq_mask only where the core does not believe the line masked",
            "Jason Liu's patch of August 2020, never merged",
        ),
        Switch(
            "kexec-resume-first",
            "the mask loop takes a PM reference (irq_chip_pm_get()) before it touches a line, and leaves alone what it cannot resume",
            "nobody's patch: what a mask loop would do that asks for power",
        ),
        Switch(
            "kexec-masks-arm-powerpc",
            "only arm, arm64 and powerpc mask interrupts before they jump into a crash kernel",
            "until b17d19a5314a (riscv, v6.1) and the kexec of LoongArch (v6.1)",
        ),
        Switch("kexec-started-check", "the mask loop skips what is not started and shuts the rest down", "b4706d814921 (v6.14)"),
        Switch(
            "free-waits-for-threads", "__free_irq() waits for the threaded handlers too", "present in 6.12.117, absent in 6.1.170"
        ),
        Switch(
            "fasteoi-resend",
            "handle_fasteoi_irq() marks a line pending that comes while its handler runs and resends it",
            "present in 6.12.117, absent in 6.1.170",
        ),
        Switch("disable-irq-might-sleep", "disable_irq() says might_sleep()", "present in 6.12.117, absent in 6.1.170"),
        Switch(
            "cond-oneshot",
            "request_irq() adopts the ONESHOT of a shared line (IRQF_COND_ONESHOT)",
            "present in 6.12.117, absent in 6.1.192",
        ),
        Switch(
            "select-by-bus-token",
            "a domain's select() is asked unless any domain of the node will do, with or without cells",
            "present in 6.12.117; 6.1.192 asks it wherever there are cells",
        ),
        Switch(
            "resend-list",
            "lines that wait for a software resend are a list, which they leave when they are shut down",
            "present in 6.12.117; 6.1.192 has a bitmap of numbers",
        ),
        Switch(
            "nested-counts-as-thread",
            "handle_nested_irq() counts in threads_active and does not set INPROGRESS",
            "present in 6.12.117, absent in 6.1.192",
        ),
        Switch(
            "migrate-retries-online",
            "a line whose own CPUs have no vector left (-ENOSPC) when its CPU goes is tried on every CPU that is online",
            "88d724e2301a (v6.10), absent in 6.1.192",
        ),
        Switch(
            "restore-skips-suspended",
            "irq_restore_affinity_of_irq() leaves a suspended line to resume_device_irqs()",
            "a60dd06af674 (v6.10), absent in 6.1.192, removed by 72218d74c9c5 (v6.16)",
        ),
        Switch(
            "restore-sets-affinity",
            "irq_restore_affinity_of_irq() sets the affinity of a line that it has just started too",
            "a60dd06af674 (v6.10), absent in 6.1.192",
        ),
        Switch(
            "managed-depth",
            "irq_shutdown() adds one to the disable depth, and irq_startup_managed() takes it off again",
            "788019eb559f (v6.16)",
        ),
        Switch(
            "managed-depth-once",
            "irq_startup_managed() takes it off once, however many CPUs of the line come",
            "2b32fc8ff08d (v6.16)",
        ),
        Switch(
            "trim-failure-frees",
            "irq_domain_alloc_irqs() gives back to the drivers what trimming the hierarchy has refused",
            "present in 6.12.117, absent in 6.1.192",
        ),
        Switch(
            "in-use-with-children", "pm_runtime_get_if_in_use() succeeds with active children too", "6.12.44, absent in 6.1.192"
        ),
        Switch(
            "rpm-block-in-sleep",
            "runtime PM that is not enabled before system sleep cannot be enabled in it",
            "present in 6.12.117, absent in 6.1.192",
        ),
        Switch(
            "syscon-reset",
            "the reset line of a syscon is released when its registers are first asked for",
            "present in 6.12.117, absent in 6.1.192",
        ),
        Switch(
            "wakeup-disable-void",
            "device_wakeup_disable() returns nothing, so device_set_wakeup_enable(dev, false) never fails",
            "present in 6.12.117, absent in 6.1.170",
        ),
        Switch("put-autosuspend-marks-busy", "pm_runtime_put_autosuspend() marks the device busy", "v6.17"),
        Switch(
            "fw-devlink-rpm",
            "fw_devlink makes PM_RUNTIME links by default (fw_devlink=rpm)",
            "default in 6.12, fw_devlink=on in 6.1",
        ),
    )
}


@dataclass(frozen=True)
class Release:
    """A kernel release as a set of switches."""

    name: str
    switches: frozenset[str]
    #: Says in the output what is claimed.
    claim: str = ""
    added: tuple[str, ...] = field(default=())
    removed: tuple[str, ...] = field(default=())

    def has(self, switch: str) -> bool:
        """Whether a switch is set."""
        if switch not in SWITCHES:
            raise KeyError(switch)
        return switch in self.switches

    def with_(self, *names: str) -> Release:
        """This release with more switches set."""
        for name in names:
            _known(name)
        return Release(self.name, self.switches | set(names), self.claim, (*self.added, *names), self.removed)

    def without(self, *names: str) -> Release:
        """This release with switches taken away."""
        for name in names:
            _known(name)
        return Release(self.name, self.switches - set(names), self.claim, self.added, (*self.removed, *names))

    def __str__(self) -> str:
        return " ".join([self.name, *(f"+{name}" for name in self.added), *(f"-{name}" for name in self.removed)])


def _known(name: str) -> None:
    if name not in SWITCHES:
        raise InputError(f"no switch named '{name}'; 'irqlab list switches' names them all")


_6_1 = frozenset({"domain-pm-device", "chained-pm-reference", "kexec-clear-active"})
_6_12 = _6_1 | {
    "free-waits-for-threads",
    "fasteoi-resend",
    "disable-irq-might-sleep",
    "cond-oneshot",
    "select-by-bus-token",
    "trim-failure-frees",
    "resend-list",
    "nested-counts-as-thread",
    "in-use-with-children",
    "rpm-block-in-sleep",
    "fw-devlink-rpm",
    "syscon-reset",
    "migrate-retries-online",
    "restore-skips-suspended",
    "restore-sets-affinity",
    "wakeup-disable-void",
}

RELEASES: dict[str, Release] = {
    r.name: r
    for r in (
        Release(
            "5.8",
            frozenset({"parent-device", "pm-get-unbalanced", "kexec-clear-active", "kexec-masks-arm-powerpc"}),
            "6.1 plus the switches named; other differences of 5.8 are not modelled (5.17: resume when disabled; 5.10-5.12: force_resume)",
        ),
        Release("6.1", _6_1, "claimed whole, read as 6.1.170 and 6.1.192"),
        Release("6.12", _6_12, "claimed whole, read as 6.12.117"),
        Release(
            "6.18",
            _6_12 - {"restore-skips-suspended"}
            | {"kexec-started-check", "put-autosuspend-marks-busy", "managed-depth", "managed-depth-once"},
            "6.12 plus the switches named; other differences of 6.13 to 6.18 are not modelled",
        ),
    )
}


def release(name: str) -> Release:
    """The release of that name."""
    try:
        return RELEASES[name]
    except KeyError:
        raise InputError(f"no kernel named '{name}'; known: {', '.join(RELEASES)}") from None
