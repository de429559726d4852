"""What else lies beneath the tree's own core: what is only told, and strings.

Most of it is C (``beneath.c``); memory, locks and more strings are exported to every guest (:mod:`irqlab.guest.symbols`).
"""

from __future__ import annotations

from irqlab.guest.exports import U8, Int, Ptr, Text, UInt, export
from irqlab.guest.format import formatted
from irqlab.guest.guest import Guest
from irqlab.guest.symbols.printk import tell
from irqlab.guest.symbols.slab import kmalloc


@export("irqlab_warns")
def _warns(g: Guest, text: Text) -> None:
    g.k.warn(text.strip())


@export()
def dump_stack_lvl(g: Guest, level: Ptr) -> None:
    tell(g, f"stack trace of {g.where()}")


@export("strreplace")
def _strreplace(g: Guest, text: Ptr, old: U8, new: U8) -> Ptr:
    return _replaced(g, text, old, new)


@export("strreplace")
def _strreplace_signed(g: Guest, text: Ptr, old: Int, new: Int) -> Ptr:
    """The same where an object says that a ``char`` is wider."""
    return _replaced(g, text, old, new)


def _replaced(g: Guest, text: int, old: int, new: int) -> int:
    content = g.text(text)
    g.write(text, content.replace(chr(old & 0xFF), chr(new & 0xFF)).encode())
    return text


@export()
def sprintf(g: Guest, to: Ptr, text: Text, *arguments: int) -> Int:
    made = formatted(g, text, arguments, strip=False).encode()
    g.write(to, made + b"\0")
    return len(made)


@export("kvasprintf_const")
def _kvasprintf_const(g: Guest, flags: UInt, text: Text, arguments: Ptr) -> Ptr:
    made = text.encode() + b"\0"
    address = kmalloc(g, len(made), flags, "kvasprintf")
    if address:
        g.write(address, made)
    return address
