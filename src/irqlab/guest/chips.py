"""``struct irq_chip``: a driver's as the core calls it, and the core's own as compiled code calls them.

A driver's chip stays where the driver has it.  A callback is looked up in the guest's memory when the core calls it, so
a driver that changes its chip at run time is believed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from irqlab.guest.exports import C, Export
from irqlab.guest.memory import Fault
from irqlab.kernel.irq import parent
from irqlab.kernel.irq.desc import IrqChip, IrqData, disconnected_chip, dummy_irq_chip, no_irq_chip, null_chip
from irqlab.kernel.irq.flags import (
    IRQCHIP_STATE_ACTIVE,
    IRQCHIP_STATE_LINE_LEVEL,
    IRQCHIP_STATE_MASKED,
    IRQCHIP_STATE_PENDING,
)

if TYPE_CHECKING:
    from irqlab.guest.guest import Guest
    from irqlab.kernel.kernel import Kernel

#: The callbacks that give something back; ``irq_startup`` an unsigned number that nobody looks at.
_RESULTS = frozenset(
    {
        "irq_startup",
        "irq_set_affinity",
        "irq_retrigger",
        "irq_set_type",
        "irq_set_wake",
        "irq_request_resources",
        "irq_get_irqchip_state",
        "irq_set_irqchip_state",
        "irq_set_vcpu_affinity",
        "irq_nmi_setup",
    }
)

#: ``enum irqchip_irq_state``.
STATES = (IRQCHIP_STATE_PENDING, IRQCHIP_STATE_ACTIVE, IRQCHIP_STATE_MASKED, IRQCHIP_STATE_LINE_LEVEL)

#: Bytes of a mask of CPUs on the stack: no kernel of the modelled ones is built for more than 1024 CPUs.
CPUMASK = 128

#: ``ENOTCONN``: where a hierarchy ends, its chip is ``ERR_PTR(-ENOTCONN)``.
_ENOTCONN = 107

#: The core's own chips that have a name.
_CHIPS: dict[str, IrqChip] = {"dummy_irq_chip": dummy_irq_chip, "no_irq_chip": no_irq_chip}


class GuestChip(IrqChip):
    """A ``struct irq_chip`` in a guest's memory."""

    def __init__(self, guest: Guest, address: int) -> None:
        self.guest, self.address = guest, address
        self.parent_device = None
        self.callbacks = {}

    @property
    def name(self) -> str:  # type: ignore[override]
        """Where it lies: a symbol of the driver, or an address of memory it got."""
        return self.guest.image.describe(self.address)

    @property
    def flags(self) -> int:  # type: ignore[override]
        return self.guest.field(self.address, "irq_chip", "flags")

    def pointer(self, callback: str) -> int:
        """``chip->callback``."""
        return self.guest.field(self.address, "irq_chip", callback)

    def has(self, callback: str) -> bool:
        return self.pointer(callback) != 0

    def call(self, k: Kernel, callback: str, d: IrqData, *args: Any) -> Any:
        function = self.pointer(callback)
        if not function:
            k.signal("null-pointer", what=f"chip->{callback}")
            k.oops(f"NULL pointer dereference of chip->{callback}")
            raise AssertionError(callback)  # while replaying: the log has the oops before this
        k.world.trace("callback", chip=self.name, callback=callback, irq=d.key[0])
        subjects = k.world.tape.subjects
        subjects.append(d)
        own = _kernel_callback(self.guest, function)
        result = own(k, d, *args) if own is not None else _call(self.guest, function, callback, d, args)
        subjects.pop()
        return result


def _kernel_callback(g: Guest, function: int) -> Callable[..., Any] | None:
    """A callback that is a function of the kernel's (``irq_chip_*_parent()``)."""
    extern = g.image.by_address.get(function)
    return getattr(parent, extern.name, None) if extern is not None and extern.name.startswith("irq_chip_") else None


def _call(g: Guest, function: int, callback: str, d: IrqData, args: tuple[Any, ...]) -> Any:
    """Calls a chip's callback, with what the core's Python gives it as C has it."""
    from irqlab.guest.irqobjects import data_pointer
    from irqlab.guest.objects import pointer

    run, data = g.function(function, "int" if callback in _RESULTS else "void"), data_pointer(g, d)
    match callback:
        case "irq_get_irqchip_state":
            error, out = run(g.k, data, STATES.index(args[0]), ("out", 8))
            return error if error < 0 else bool(out[0])
        case "irq_set_irqchip_state":
            return run(g.k, data, STATES.index(args[0]), int(args[1]))
        case "irq_set_affinity":
            return run(g.k, data, int(args[0]).to_bytes(CPUMASK, "little"), int(args[1]))
        case "irq_set_vcpu_affinity":
            return run(g.k, data, pointer(g, args[0]))
    return run(g.k, data, *(int(argument) for argument in args))


def chip_at(g: Guest, address: int) -> IrqChip:
    """The chip behind a ``struct irq_chip *``: the same object for the same address; NULL is :data:`no_irq_chip`."""
    from irqlab.guest.irqobjects import kernel_chip_at

    if not address:
        return no_irq_chip
    if address == -_ENOTCONN & g.abi.mask:
        return disconnected_chip
    key = ("chip", address)
    if key not in g.statics:
        extern = g.image.by_address.get(address)
        known = _CHIPS.get(extern.name) if extern is not None else kernel_chip_at(g, address)
        if extern is not None and known is None:
            g.unknown(f"{extern.name} as a chip")
        g.statics[key] = known or GuestChip(g, address)
    found = g.statics[key]
    assert isinstance(found, IrqChip)
    return found


def chip_pointer(g: Guest, chip: IrqChip) -> int:
    """``struct irq_chip *`` of a chip, the driver's own or the kernel's."""
    from irqlab.guest.irqobjects import kernel_chip_pointer

    if isinstance(chip, GuestChip):
        return chip.address
    if chip is null_chip:
        return 0
    if chip is disconnected_chip:
        return -_ENOTCONN & g.abi.mask
    for name, known in _CHIPS.items():
        if known is chip and name in g.image.symbols:
            return g.image.symbols[name]
    return kernel_chip_pointer(g, chip)


# -- the core's chips, called by compiled code -----------------------------------------------------------------------


def _data(g: Guest, address: int) -> IrqData | None:
    from irqlab.guest.irqobjects import data_at

    found = data_at(g, address)
    if found is None:
        g.broken(Fault("null" if address < 0x1000 else "wild", address, g.abi.word, False, "as struct irq_data *"))
    return found


_WORD = C("unsigned int", ("unsigned", "int", "bool"), 4)
_FLAG = C("bool", ("bool", "unsigned", "int"), 1)
_POINTER = C("void *", ("pointer",), 0)
_INT = C("int", ("int",), 4, signed=True)

#: What callbacks take beyond the ``struct irq_data *``.
_TAKES: dict[str, tuple[C, ...]] = {
    "irq_set_type": (_WORD,),
    "irq_set_wake": (_WORD,),
    "irq_set_affinity": (_POINTER, _FLAG),
    "irq_get_irqchip_state": (_WORD, _POINTER),
    "irq_set_irqchip_state": (_WORD, _FLAG),
    "irq_set_vcpu_affinity": (_POINTER,),
    "irq_compose_msi_msg": (_POINTER,),
    "irq_write_msi_msg": (_POINTER,),
    "irq_print_chip": (_POINTER,),
    "ipi_send_single": (_WORD,),
    "ipi_send_mask": (_POINTER,),
}


def _state(which: int) -> str:
    return STATES[which] if which < len(STATES) else ""


def callback_gate(g: Guest, chip: IrqChip, callback: str) -> int:
    """The address at which compiled code calls a callback of a chip of the kernel's own."""

    def run(g: Guest, d: IrqData, *arguments: int) -> Any:
        match callback:
            case "irq_set_affinity":
                return chip.call(g.k, callback, d, g.number(arguments[0]), bool(arguments[1] & 0xFF))
            case "irq_get_irqchip_state":
                found = chip.call(g.k, callback, d, _state(arguments[0]))
                if found < 0:
                    return found
                g.set_number(arguments[1], int(found), 1)
                return 0
            case "irq_set_irqchip_state":
                return chip.call(g.k, callback, d, _state(arguments[0]), bool(arguments[1] & 0xFF))
            case "irq_set_vcpu_affinity":
                return chip.call(g.k, callback, d, arguments[0] or None)
        return chip.call(g.k, callback, d, *arguments)

    data = C("struct irq_data *", ("pointer",), 0, False, _data)
    result = _INT if callback in _RESULTS else None
    if chip not in g.kernel_chips:
        g.kernel_chips.append(chip)
    return g.gate(
        Export(f"{chip.name} {g.kernel_chips.index(chip)}.{callback}", run, (data, *_TAKES.get(callback, ())), result, False)
    )
