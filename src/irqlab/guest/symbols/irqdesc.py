"""``kernel/irq/irqdesc.c``: descriptors, and what hands an interrupt on to one."""

from __future__ import annotations

from irqlab.guest.ctypes import Domain, OptDesc
from irqlab.guest.exports import Int, Ptr, UInt, export
from irqlab.guest.guest import Guest
from irqlab.kernel.irq import desc as descs
from irqlab.kernel.irq import mapping, percpu
from irqlab.kernel.irq.desc import IrqDesc
from irqlab.kernel.irq.flags import IRQ_NOTHREAD, IRQ_PER_CPU, IRQ_PER_CPU_DEVID
from irqlab.kernel.kernel import Kernel
from irqlab.state import atomic


@export("irq_to_desc")
def _irq_to_desc(g: Guest, irq: UInt) -> OptDesc:
    return descs.irq_to_desc(g.k, irq)


# -- allocating --------------------------------------------------------------------------------------------------------


@export("__irq_alloc_descs")
def _irq_alloc_descs(g: Guest, irq: Int, start: UInt, count: UInt, node: Int, owner: Ptr, affinity: Ptr) -> Int:
    return descs.irq_alloc_descs(g.k, irq, count, None, start)


@atomic
def _present(k: Kernel, start: int, count: int) -> bool:
    return all(k.world.at(IrqDesc, start + i).exists for i in range(count))


@export("irq_free_descs")
def _irq_free_descs(g: Guest, start: UInt, count: UInt) -> None:
    if not _present(g.k, start, count):
        g.unknown(f"irq_free_descs({start}, {count}), of which not all are allocated")
    descs.irq_free_descs(g.k, start, count)


# -- lines that each CPU has its own of ----------------------------------------------------------------------------------


@export("irq_set_percpu_devid")
def _irq_set_percpu_devid(g: Guest, irq: UInt) -> Int:
    return percpu.irq_set_percpu_devid(g.k, irq)


@export("irq_set_percpu_devid_partition")
def _irq_set_percpu_devid_partition(g: Guest, irq: UInt, affinity: Ptr) -> Int:
    if affinity:
        g.unknown("irq_set_percpu_devid_partition() with a mask of CPUs")
    return percpu.irq_set_percpu_devid(g.k, irq)


@atomic
def _settings(k: Kernel, irq: int) -> int:
    desc = k.world.at(IrqDesc, irq)
    return desc.settings if desc.exists else 0


@export("irq_check_status_bit")
def _irq_check_status_bit(g: Guest, irq: UInt, bitmask: UInt) -> Int:
    if bitmask & ~(IRQ_PER_CPU_DEVID | IRQ_PER_CPU | IRQ_NOTHREAD):
        g.unknown(f"irq_check_status_bit() of {bitmask:#x}")
    return int(bool(_settings(g.k, irq) & bitmask))


# -- handing an interrupt on ---------------------------------------------------------------------------------------------


@export("handle_irq_desc")
def _handle_irq_desc(g: Guest, desc: OptDesc) -> Int:
    return descs.handle_irq_desc(g.k, desc)


@export("generic_handle_irq")
def _generic_handle_irq(g: Guest, irq: UInt) -> Int:
    return descs.generic_handle_irq(g.k, irq)


@export("generic_handle_irq_safe")
def _generic_handle_irq_safe(g: Guest, irq: UInt) -> Int:
    return descs.generic_handle_irq_safe(g.k, irq)


@export("generic_handle_domain_irq")
def _generic_handle_domain_irq(g: Guest, domain: Domain, hwirq: UInt) -> Int:
    return mapping.generic_handle_domain_irq(g.k, domain, hwirq)


@export("generic_handle_domain_irq_safe")
def _generic_handle_domain_irq_safe(g: Guest, domain: Domain, hwirq: UInt) -> Int:
    return mapping.generic_handle_domain_irq_safe(g.k, domain, hwirq)
