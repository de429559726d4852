"""``kernel/smp.c`` and the architecture's ``smp.c`` and ``irq.c``: one CPU, number 0; the root of all interrupts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from irqlab.guest.exports import U64, Bool, Int, Ptr, UInt, export
from irqlab.guest.guest import BOOL, VOID, Guest
from irqlab.kernel.context import local_irq_restore, local_irq_save
from irqlab.kernel.errno import EBUSY
from irqlab.kernel.irq import percpu, setup
from irqlab.kernel.irq.flags import IRQ_HANDLED, IRQ_HIDDEN
from irqlab.kernel.irq.root import HandleArchIrq, set_handle_irq
from irqlab.kernel.kernel import Kernel
from irqlab.kernel.pointer import Pointer
from irqlab.state import Record, atomic, kernel

#: ``MAX_IPI`` of arm64 in 6.12.
_MAX_IPI = 8

#: ``PSR_MODE_EL1h``: interrupts were on in the kernel when this one came.
_EL1H = 0x5

#: Bytes of a ``struct pt_regs`` whose layout the driver does not know.
_PT_REGS = 336


# -- the root ------------------------------------------------------------------------------------------------------------


@atomic
def _has_root(k: Kernel) -> bool:
    return k.world.at(HandleArchIrq).exists


def _regs(g: Guest) -> bytes:
    """A ``struct pt_regs`` of a kernel that was interrupted with interrupts on."""
    types = g.image.types
    data = bytearray(types.size("pt_regs") if types.has("pt_regs") else _PT_REGS)
    state = types.member("pt_regs", "pstate")
    if state is not None:
        data[state.offset] = _EL1H
    return bytes(data)


def _root(g: Guest, address: int) -> Callable[..., Any]:
    key = ("root", address)
    if key not in g.statics:
        regs = _regs(g)

        def run(k: Kernel) -> None:
            g.function(address, VOID)(k, regs)

        g.statics[key] = g.named(run, g.function(address, VOID))
    found = g.statics[key]
    assert callable(found)
    return found


@export("set_handle_irq")
def _set_handle_irq(g: Guest, handler: Ptr) -> Int:
    if _has_root(g.k):
        return -EBUSY
    set_handle_irq(g.k, _root(g, handler))
    return 0


class HandleArchFiq(Record):
    """``handle_arch_fiq``: nothing on a modelled board raises a FIQ; absent until somebody sets it."""

    #: A function of the guest.
    handler: int


@atomic
def _take_fiq(k: Kernel, handler: int) -> bool:
    if k.world.at(HandleArchFiq).exists:
        return False
    k.world.new(HandleArchFiq, handler=handler)
    return True


@export("set_handle_fiq")
def _set_handle_fiq(g: Guest, handler: Ptr) -> Int:
    return 0 if _take_fiq(g.k, handler) else -EBUSY


# -- interrupts from CPU to CPU ------------------------------------------------------------------------------------------


@kernel
def ipi_handler(k: Kernel, irq: int, dev_id: Pointer) -> int:
    """``ipi_handler()``: nobody sends one, for there is one CPU."""
    k.signal("not-modelled", what=f"an interrupt from CPU to CPU (irq {irq})")
    return IRQ_HANDLED


@export("set_smp_ipi_range")
def _set_smp_ipi_range(g: Guest, base: Int, count: Int) -> None:
    if count < _MAX_IPI:
        g.k.warn(f"set_smp_ipi_range: {count} interrupts are fewer than {_MAX_IPI}")
    lines = tuple(base + i for i in range(max(min(count, _MAX_IPI), 0)))
    for irq in lines:
        error = percpu.request_percpu_irq(g.k, irq, ipi_handler, "IPI", 1)
        if error:
            g.k.warn(f"Could not request IPI {irq - base} as IRQ, err={error}")
        setup.irq_set_status_flags(g.k, irq, IRQ_HIDDEN)
    if not base:
        g.k.warn("ipi_setup: !ipi_irq_base")
        return
    for irq in lines:
        percpu.enable_percpu_irq(g.k, irq)


# -- calling functions on CPUs -------------------------------------------------------------------------------------------


def _here(g: Guest, function: int, info: int) -> None:
    """Calls a function on CPU 0 with interrupts off."""
    flags = local_irq_save(g.k)
    g.function(function, VOID)(g.k, info)
    local_irq_restore(g.k, flags)


@export("on_each_cpu_cond_mask")
def _on_each_cpu_cond_mask(g: Guest, condition: Ptr, function: Ptr, info: Ptr, wait: Bool, mask: Ptr) -> None:
    if not g.number(mask) & 1 or (condition and not g.function(condition, BOOL)(g.k, 0, info)):
        return
    _here(g, function, info)


@export("smp_call_function_single")
def _smp_call_function_single(g: Guest, cpu: Int, function: Ptr, info: Ptr, wait: Int) -> Int:
    if cpu:
        g.unknown(f"smp_call_function_single() on CPU {cpu}")
    _here(g, function, info)
    return 0


@export("cpu_logical_map")
def _cpu_logical_map(g: Guest, cpu: UInt) -> U64:
    if cpu:
        g.unknown(f"cpu_logical_map({cpu})")
    return 0


@export("this_cpu_has_cap")
def _this_cpu_has_cap(g: Guest, number: UInt) -> Bool:
    return False  # a plain ARMv8.0, without any feature or erratum of the list
