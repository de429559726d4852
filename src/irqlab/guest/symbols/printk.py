"""``kernel/printk``, ``lib/vsprintf.c``: what the driver prints goes into the trace; strings it has made."""

from __future__ import annotations

from irqlab.guest.ctypes import OptDev
from irqlab.guest.exports import Int, Ptr, Text, UInt, ULong, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.slab import kmalloc
from irqlab.kernel.errno import EPROBE_DEFER


def tell(g: Guest, text: str) -> None:
    """A line of the kernel's log."""
    g.world.trace("printk", text=text)
    g.logged(text)


@export("_printk", "printk")
def _printk(g: Guest, text: Text, *arguments: int) -> Int:
    tell(g, formatted(g, text, arguments))
    return 0


@export("_dev_err", "_dev_warn", "_dev_info", "_dev_notice", "_dev_crit", "_dev_alert", "_dev_emerg")
def _dev_err(g: Guest, dev: OptDev, text: Text, *arguments: int) -> None:
    tell(g, f"{dev.name if dev is not None else '(NULL device *)'}: {formatted(g, text, arguments)}")


@export()
def dev_err_probe(g: Guest, dev: OptDev, error: Int, text: Text, *arguments: int) -> Int:
    if error != -EPROBE_DEFER:
        tell(g, f"{dev.name if dev is not None else ''}: error {error}: {formatted(g, text, arguments)}")
    return error


@export()
def ___ratelimit(g: Guest, state: Ptr, function: Ptr) -> Int:
    return 1


# -- strings ---------------------------------------------------------------------------------------------------------------


@export("kasprintf")
def _kasprintf(g: Guest, flags: UInt, text: Text, *arguments: int) -> Ptr:
    made = formatted(g, text, arguments, strip=False).encode() + b"\0"
    address = kmalloc(g, len(made), flags, "kasprintf")
    if address:
        g.write(address, made)
    return address


@export("kstrdup", "kstrdup_noprof", "kstrdup_const")
def _kstrdup(g: Guest, text: Ptr, flags: UInt) -> Ptr:
    if not text:
        return 0
    made = g.text(text).encode() + b"\0"
    address = kmalloc(g, len(made), flags, "kstrdup")
    if address:
        g.write(address, made)
    return address


@export("snprintf")
def _snprintf(g: Guest, to: Ptr, size: ULong, text: Text, *arguments: int) -> Int:
    made = formatted(g, text, arguments, strip=False).encode()
    if size:
        g.write(to, made[: size - 1] + b"\0")
    return len(made)


@export("scnprintf")
def _scnprintf(g: Guest, to: Ptr, size: ULong, text: Text, *arguments: int) -> Int:
    return min(int(_snprintf(g, to, size, text, *arguments)), max(size - 1, 0))
