"""A guest with a few functions in machine code of arm64: what the core calls back, and what is linked as the kernel's.

Each function writes what it was given to :data:`SEEN` and returns a number; layouts of structs are given by hand, as in
:mod:`symbol_rig`.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import Any, cast

from guest_rig import bare
from symbol_rig import LAYOUTS, Layouts, Rig

from irqlab.guest.abi import ARM64, STUB
from irqlab.guest.dwarf import CType, Variable
from irqlab.guest.guest import Guest
from irqlab.guest.image import Function, Image
from irqlab.guest.irqobjects import data_pointer, desc_pointer, domain_pointer
from irqlab.guest.layout import IMAGE
from irqlab.guest.link import RETURNED, Extern
from irqlab.guest.types import Member
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, irq_alloc_descs
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_domain_add_linear

#: Where a function writes its first four arguments.
SEEN = IMAGE + 0x1100

#: What a function called ``gives_N`` returns: a register as an int has it.
NUMBERS = {"gives_0": 0, "gives_1": 1, "gives_7": 7, "gives_minus_22": 0xFFFF_FFEA}

#: Functions and variables that the kernel has to provide.
FUNCTIONS = ("handle_level_irq", "handle_edge_irq", "irq_chip_mask_parent", "irq_domain_xlate_onecell", "printk", "of_something")
VARIABLES = {"nr_cpu_ids": 4, "cpu_bit_bitmap": 65 * 8, "jiffies": 8, "irq_domain_simple_ops": 88, "dummy_irq_chip": 264}

_CALLBACKS = tuple((name, 8) for name in IrqChip.CALLBACKS)

IRQ_LAYOUTS: dict[str, tuple[tuple[str, int], ...]] = {
    **LAYOUTS,
    "irq_chip": (("name", 8), *_CALLBACKS, ("flags", 8)),
    "irq_domain_ops": tuple(
        (name, 8) for name in ("match", "select", "map", "unmap", "xlate", "alloc", "free", "activate", "deactivate", "translate")
    ),
    "irq_domain_info": (
        *(("fwnode", 8), ("domain_flags", 4), ("size", 4), ("hwirq_max", 8), ("hwirq_base", 4), ("virq_base", 4)),
        *(("bus_token", 4), ("", 4), ("name_suffix", 8), ("ops", 8), ("host_data", 8), ("parent", 8)),
        *(("dgc_info", 8), ("init", 8), ("exit", 8)),
    ),
    "irq_domain": (
        *(("link", 16), ("name", 8), ("ops", 8), ("host_data", 8), ("flags", 4), ("mapcount", 4), ("mutex", 32), ("root", 8)),
        *(("fwnode", 8), ("bus_token", 4), ("", 4), ("gc", 8), ("dev", 8), ("pm_dev", 8), ("parent", 8)),
        *(("msi_parent_ops", 8), ("exit", 8), ("hwirq_max", 8), ("revmap_size", 4)),
    ),
    "irq_common_data": (
        *(("state_use_accessors", 4), ("node", 4), ("handler_data", 8), ("msi_desc", 8), ("affinity", 8)),
        ("effective_affinity", 8),
    ),
    "irq_data": (
        *(("mask", 4), ("irq", 4), ("hwirq", 8), ("common", 8), ("chip", 8), ("domain", 8), ("parent_data", 8)),
        ("chip_data", 8),
    ),
    "irq_desc": (
        *(("irq_common_data", 40), ("irq_data", 56), ("kstat_irqs", 8), ("handle_irq", 8), ("action", 8)),
        *(("depth", 4), ("wake_depth", 4), ("lock", 4), ("", 4), ("name", 8), ("parent_irq", 4)),
    ),
    "cpumask": (("bits", 64),),
    "fwnode_handle": (("secondary", 8), ("ops", 8), ("dev", 8)),
    "syscore": (("node", 16), ("ops", 8), ("data", 8)),
    "syscore_ops": (("suspend", 8), ("resume", 8), ("shutdown", 8)),
    "notifier_block": (("notifier_call", 8), ("next", 8), ("priority", 4)),
    "mutex": (("owner", 8), ("rest", 24)),
    "pt_regs": (("regs", 248), ("sp", 8), ("pc", 8), ("pstate", 8)),
}

CONSTANTS = {
    "CPUHP_OFFLINE": 0,
    "CPUHP_BP_PREPARE_DYN": 50,
    "CPUHP_BP_PREPARE_DYN_END": 52,
    "CPUHP_AP_IDLE_DEAD": 100,
    "CPUHP_AP_ONLINE": 150,
    "CPUHP_AP_ONLINE_DYN": 200,
    "CPUHP_AP_ONLINE_DYN_END": 202,
    "CPUHP_ONLINE": 230,
}


class IrqLayouts(Layouts):
    """Stands where the types of a compiled driver stand."""

    def has(self, struct: str) -> bool:
        return struct in IRQ_LAYOUTS

    def size(self, struct: str) -> int:
        return sum(size for _, size in IRQ_LAYOUTS[struct])

    def member(self, struct: str, path: str) -> Member | None:
        at = 0
        for name, size in IRQ_LAYOUTS.get(struct, ()):
            if name == path:
                return Member(at, size, signed=path == "priority", pointer="affinity" in path)
            at += size
        return None

    def constant(self, name: str) -> int | None:
        return CONSTANTS.get(name)


def _code(number: int) -> bytes:
    """Writes x0 to x3 to :data:`SEEN` and returns a number."""
    low, high = SEEN & 0xFFFF, SEEN >> 16
    return struct.pack(
        "<7I",
        0xD280_0009 | low << 5,  # mov x9, #low
        0xF2A0_0009 | high << 5,  # movk x9, #high, lsl #16
        0xA900_0520,  # stp x0, x1, [x9]
        0xA901_0D22,  # stp x2, x3, [x9, #16]
        0x5280_0000 | (number & 0xFFFF) << 5,  # mov w0, #number
        0x72A0_0000 | (number >> 16) << 5,  # movk w0, #number, lsl #16
        0xD65F_03C0,  # ret
    )


def image() -> Image:
    """The image: functions from its beginning on, then the stubs."""
    plain = bare()
    code = bytearray(0x1000)
    functions: list[Function] = []
    for at, (name, number) in enumerate(NUMBERS.items()):
        start = 0x40 * at
        code[start : start + 28] = _code(number)
        functions.append(Function(name, IMAGE + start, 28))
    externs = [Extern(name, number, None) for number, name in enumerate(FUNCTIONS)]
    word = CType("struct", 0)
    externs += [
        Extern(name, len(externs) + number, Variable(replace(word, size=size)))
        for number, (name, size) in enumerate(VARIABLES.items())
    ]
    symbols: dict[str, int] = {function.name: function.address for function in functions}
    for extern in externs[: len(FUNCTIONS)]:
        here = IMAGE + 0x800 + STUB * extern.number
        symbols[extern.name] = here
        code[here - IMAGE : here - IMAGE + STUB] = ARM64.stub(extern.number, here, plain.common)
    at = IMAGE + 0x1400
    for extern in externs[len(FUNCTIONS) :]:
        symbols[extern.name], at = at, at + extern.size + 16
    back = plain.back - IMAGE
    code[back : back + STUB] = ARM64.stub(RETURNED, plain.back, plain.common)
    symbols |= {"iomem_resource": IMAGE + 0x1F00, "irqchip_fwnode_ops": IMAGE + 0x1F10}
    return replace(
        plain,
        content=bytes(code) + bytes(0x1000),
        externs=tuple(externs),
        symbols=symbols,
        functions=tuple(functions),
        variables=(Function("my_chip", IMAGE + 0x1200, 0x100),),
        types=cast(Any, IrqLayouts()),
    )


IMAGE_OF_TESTS = image()


class IrqRig(Rig):
    """A kernel with devices and a few descriptors, and a guest with functions."""

    def prepare(self) -> None:
        self.g = self.k.guest = Guest(self.k, IMAGE_OF_TESTS)
        self.symbols = IMAGE_OF_TESTS.symbols

    def seen(self, count: int = 4) -> tuple[int, ...]:
        """What the last function was given."""
        return self.numbers(SEEN, count, 8)

    def descs(self, count: int = 4) -> None:
        """Descriptors from 1 on."""
        assert irq_alloc_descs(self.k, -1, count) == 1

    def desc(self, irq: int) -> IrqDesc:
        return self.world.at(IrqDesc, irq)

    def data(self, irq: int) -> IrqData:
        return self.world.at(IrqData, irq)

    def desc_at(self, irq: int) -> int:
        return desc_pointer(self.g, self.desc(irq))

    def data_at(self, irq: int) -> int:
        return data_pointer(self.g, self.data(irq))

    def domain_of(self, name: str, size: int = 64, ops: IrqDomainOps | None = None) -> IrqDomain:
        """A linear domain of a part, made by the kernel."""
        owner = self.board.part(name).name
        made = irq_domain_add_linear(self.k, owner, size, ops or IrqDomainOps(f"{name} ops"), None)
        assert made is not None
        return made

    def at(self, domain: IrqDomain) -> int:
        return domain_pointer(self.g, domain)

    def function(self, name: str) -> int:
        """The address of a function of the guest, or of the stub of one of the kernel's."""
        return self.symbols[name]

    def chip(self, **callbacks: str) -> int:
        """A new ``struct irq_chip`` with functions of the guest."""
        return self.struct("irq_chip", **{name: self.function(function) for name, function in callbacks.items()})
