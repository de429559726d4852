"""Scopes: which actions there are, how many users, how deep.  Printed with every verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

from irqlab.errors import InputError


@dataclass(frozen=True)
class Scope:
    """What may happen in an exploration.

    :ivar consumers: ``(peripheral label, kind of consumer)``; other lines stay unused.
    :ivar calls: what consumers may call: ``request``, ``free``, ``disable``, ``enable``, ``synchronize``.
    :ivar tasks: how many calls of user space (consumers, sleep, unbind …) may be under way at the same time; workers,
        interrupt threads and interrupts come on top.
    :ivar depth: how often a consumer may call disable_irq() without enable_irq().
    :ivar raises: peripherals assert their lines, where interrupts are on (an interrupt is taken at once there);
        ``raises_anywhere``: also between register accesses with interrupts off, in the middle of a handler.
    :ivar runtime_pm: the workers and timers of runtime PM run.
    :ivar sleep: system sleep to RAM; ``unbind``: the controller's driver is unbound once, and bound again (each time leaks
        descriptors in a driver that disposes of no mapping, so there would be no end).
    :ivar clock_user: the other user of a shared clock takes and releases it.
    :ivar crash: causes of a crash: ``sysrq`` (where a task may run), ``remote`` (where interrupts are on), ``nmi``.
    :ivar kexec: the orderly way into the next kernel.
    :ivar successor: the next kernel boots and serves on the hardware as left.
    :ivar failures: how often something fallible may fail.
    :ivar nested: hard interrupts inside hard interrupts (where something turned interrupts on).
    """

    name: str = "custom"
    consumers: tuple[tuple[str, str], ...] = (("a", "plain"),)
    calls: tuple[str, ...] = ("request", "free")
    tasks: int = 1
    depth: int = 1
    raises: bool = True
    raises_anywhere: bool = True
    runtime_pm: bool = True
    sleep: bool = False
    unbind: bool = False
    clock_user: bool = False
    crash: tuple[str, ...] = ("sysrq",)
    kexec: bool = False
    successor: bool = False
    failures: int = 0
    nested: int = 0

    def but(self, **changes: object) -> Scope:
        """This scope with changes."""
        return replace(self, **changes)  # type: ignore[arg-type]

    def __str__(self) -> str:
        who = ", ".join(f"{label} ({kind})" for label, kind in self.consumers) or "none"
        parts = [f"consumers {who}", f"calls {'/'.join(self.calls) or 'none'}"]
        parts.append(f"{self.tasks} at a time" if self.tasks > 1 else "one at a time")
        if "disable" in self.calls:
            parts.append(f"disable depth {self.depth}")
        for word, on in (
            ("lines rise", self.raises),
            ("lines rise also with interrupts off", self.raises and self.raises_anywhere),
            ("runtime PM", self.runtime_pm),
            ("system sleep", self.sleep),
            ("unbind and bind", self.unbind),
            ("second clock user", self.clock_user),
            ("orderly kexec", self.kexec),
            ("successor kernel", self.successor),
        ):
            parts.append(word if on else f"no {word}")
        parts.append(f"crash causes {'/'.join(self.crash) or 'none'} (an abort is an oops crash)")
        parts.append(f"failures {self.failures}")
        parts.append(f"nested interrupts {self.nested}")
        return "; ".join(parts)


SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope("small"),
        Scope(
            "normal",
            calls=("request", "free", "disable", "enable"),
            sleep=True,
            unbind=True,
            crash=("sysrq", "remote"),
            kexec=True,
            successor=True,
        ),
        Scope(
            "deep",
            consumers=(("a", "plain"), ("b", "threaded")),
            calls=("request", "free", "disable", "enable", "synchronize"),
            tasks=2,
            depth=2,
            sleep=True,
            unbind=True,
            clock_user=True,
            crash=("sysrq", "remote", "nmi"),
            kexec=True,
            successor=True,
            failures=1,
            nested=1,
        ),
    )
}


def scope(name: str) -> Scope:
    """The scope of that name."""
    try:
        return SCOPES[name]
    except KeyError:
        raise InputError(f"no scope named '{name}'; known: {', '.join(SCOPES)}") from None
