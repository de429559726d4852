"""``kernel/panic.c``: warnings, taints, and the end."""

from __future__ import annotations

from irqlab.guest.exports import Text, UInt, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.printk import tell


@export("panic")
def _panic(g: Guest, text: Text, *arguments: int) -> None:
    told = formatted(g, text, arguments)
    g.k.signal("bug", where=g.where(), what=f"panic: {told}")
    g.k.oops(f"panic: {told}")


@export()
def __warn_printk(g: Guest, text: Text, *arguments: int) -> None:  # noqa: N807
    told = formatted(g, text, arguments)
    g.warns(told)
    tell(g, told)


@export("add_taint")
def _add_taint(g: Guest, flag: UInt, lockdep_ok: UInt) -> None:
    tell(g, f"the kernel is tainted ({flag})")


@export("dump_stack")
def _dump_stack(g: Guest) -> None:
    tell(g, f"stack trace of {g.where()}")
