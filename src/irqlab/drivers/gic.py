"""GICv3, after ``drivers/irqchip/irq-gic-v3.c`` (v6.12), reduced to shared peripheral interrupts.

The distributor and the CPU interface are always powered.  Its probe clears the active and enable bits of every SPI,
whatever an earlier kernel left (``gic_dist_config()``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware import Gic
from irqlab.hardware.gic import CTLR_ARE, CTLR_ENABLE, GICD_CTLR, GICD_ICACTIVER, GICD_ICENABLER, SPURIOUS
from irqlab.kernel.errno import EINVAL, EPERM
from irqlab.kernel.io import writel
from irqlab.kernel.irq.desc import IrqChip, IrqData
from irqlab.kernel.irq.domain import (
    Fwspec,
    IrqDomain,
    IrqDomainOps,
    Translated,
    irq_domain_add_tree,
    irq_domain_update_bus_token,
)
from irqlab.kernel.irq.flags import (
    DOMAIN_BUS_WIRED,
    IRQ_TYPE_EDGE_RISING,
    IRQ_TYPE_LEVEL_HIGH,
    IRQ_TYPE_NONE,
    IRQ_TYPE_SENSE_MASK,
    IRQCHIP_MASK_ON_SUSPEND,
    IRQCHIP_SET_TYPE_MASKED,
    IRQCHIP_SKIP_SET_WAKE,
    IRQD_HANDLE_ENFORCE_IRQCTX,
    IRQD_SINGLE_TARGET,
)
from irqlab.kernel.irq.flow import handle_fasteoi_irq
from irqlab.kernel.irq.hierarchy import irq_domain_get_irq_data, irq_domain_reset_irq_data, irq_domain_set_info
from irqlab.kernel.irq.mapping import generic_handle_domain_irq, irq_find_mapping
from irqlab.kernel.irq.root import set_handle_irq
from irqlab.kernel.irq.setup import irq_set_handler
from irqlab.kernel.irq.state import set_flag
from irqlab.kernel.kernel import Irqchip
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.board import Part
    from irqlab.kernel.kernel import Kernel


#: INTIDs of shared peripheral interrupts.
FIRST_SPI, LAST_SPI = 32, 1019


class GicData(Record):
    """``struct gic_chip_data``."""

    domain: IrqDomain | None = None


# -- registers, by INTID -------------------------------------------------------------------------------------------


@atomic
def clear_enable(k: Kernel, intid: int) -> None:
    """Writes the interrupt's bit of ``GICD_ICENABLER``."""
    _gic(k).clear_enable(intid)
    k.world.trace("write", block=_gic(k).name, register=f"GICD_ICENABLER{intid // 32}", value=1 << intid % 32)


@atomic
def set_enable(k: Kernel, intid: int) -> None:
    """Writes its bit of ``GICD_ISENABLER``."""
    _gic(k).set_enable(intid)
    k.world.trace("write", block=_gic(k).name, register=f"GICD_ISENABLER{intid // 32}", value=1 << intid % 32)


@atomic
def end_of_interrupt(k: Kernel, intid: int) -> None:
    """Writes ``ICC_EOIR1_EL1``."""
    _gic(k).eoi(intid)
    k.world.trace("sysreg", register="ICC_EOIR1_EL1", value=intid)


@atomic
def set_state(k: Kernel, intid: int, which: str, value: bool) -> int:
    """Sets a state; -EINVAL for one that the GIC has not."""
    gic = _gic(k)
    setters = {
        ("pending", True): gic.set_pending,
        ("pending", False): gic.clear_pending,
        ("active", True): gic.set_active,
        ("active", False): gic.clear_active,
        ("masked", True): gic.clear_enable,
        ("masked", False): gic.set_enable,
    }
    if (which, value) not in setters:
        return -EINVAL
    setters[which, value](intid)
    return 0


@atomic
def get_state(k: Kernel, intid: int, which: str) -> bool:
    """Whether it is pending, active, masked."""
    gic = _gic(k)
    getters = {"pending": gic.is_pending, "active": gic.is_active}
    return getters[which](intid) if which in getters else not gic.is_enabled(intid)


@atomic
def set_type(k: Kernel, intid: int, type_: int) -> int:
    """Level high or rising edge.  What an input is, is soldered here: another type is said aloud, not configured."""
    if type_ not in (IRQ_TYPE_LEVEL_HIGH, IRQ_TYPE_EDGE_RISING):
        return -EINVAL
    if _gic(k).is_edge(intid) is not (type_ == IRQ_TYPE_EDGE_RISING):
        k.signal(
            "not-modelled", what=f"SPI {intid - FIRST_SPI} of the GIC is configured for another trigger than it is wired for"
        )
    return 0


@atomic
def acknowledge(k: Kernel) -> int:
    """Reads ``ICC_IAR1_EL1``: the INTID; -1 if there was nothing to take."""
    intid = _gic(k).acknowledge()
    k.world.trace("sysreg", register="ICC_IAR1_EL1", value=intid)
    return -1 if intid == SPURIOUS else intid


# -- the chip ------------------------------------------------------------------------------------------------------


@atomic
def gic_mask_irq(k: Kernel, d: IrqData) -> None:
    clear_enable(k, d.hwirq)


@atomic
def gic_unmask_irq(k: Kernel, d: IrqData) -> None:
    set_enable(k, d.hwirq)


@atomic
def gic_eoi_irq(k: Kernel, d: IrqData) -> None:
    end_of_interrupt(k, d.hwirq)


@atomic
def gic_irq_set_irqchip_state(k: Kernel, d: IrqData, which: str, value: bool) -> int:
    return set_state(k, d.hwirq, which, value)


@atomic
def gic_irq_get_irqchip_state(k: Kernel, d: IrqData, which: str) -> bool:
    return get_state(k, d.hwirq, which)


@atomic
def gic_set_type(k: Kernel, d: IrqData, type_: int) -> int:
    return set_type(k, d.hwirq, type_)


@atomic
def gic_retrigger(k: Kernel, d: IrqData) -> bool:
    set_state(k, d.hwirq, "pending", True)
    return True


gic_chip = IrqChip(
    "GICv3",
    flags=IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MASK_ON_SUSPEND,
    irq_mask=gic_mask_irq,
    irq_unmask=gic_unmask_irq,
    irq_eoi=gic_eoi_irq,
    irq_set_type=gic_set_type,
    irq_get_irqchip_state=gic_irq_get_irqchip_state,
    irq_set_irqchip_state=gic_irq_set_irqchip_state,
    irq_retrigger=gic_retrigger,
)


@kernel
def gic_irq_domain_translate(k: Kernel, domain: IrqDomain, fwspec: Fwspec) -> Translated:
    return translate(k, fwspec)


@kernel
def translate(k: Kernel, fwspec: Fwspec) -> Translated:
    """Three cells: type (0 is SPI), number, flags.  Private interrupts of a CPU are not modelled."""
    node, cells = fwspec
    part = k.board.part(node)
    if part.stands_in or any(known == cells for known, _ in part.lines):
        return _stood_for(part, cells)
    if len(cells) < 3:
        return -EINVAL, 0, IRQ_TYPE_NONE
    if cells[0] != 0:
        k.signal("not-modelled", what=f"an interrupt of the GIC that is no SPI (type {cells[0]})")
        return -EINVAL, 0, IRQ_TYPE_NONE
    type_ = cells[2] & IRQ_TYPE_SENSE_MASK
    if type_ == IRQ_TYPE_NONE:
        k.warn("gic_irq_domain_translate: *type == IRQ_TYPE_NONE")
    return 0, cells[1] + FIRST_SPI, type_


def _stood_for(part: Part, cells: tuple[int, ...]) -> Translated:
    """A line of what the board has the GIC stand in for: a rising edge if its specifier is a GIC's and says so, else level
    high."""
    intid = part.intid(cells)
    if intid < 0:
        return -EINVAL, 0, IRQ_TYPE_NONE
    rising = len(cells) > 2 and cells[0] == 0 and cells[2] == IRQ_TYPE_EDGE_RISING
    return 0, intid, IRQ_TYPE_EDGE_RISING if rising else IRQ_TYPE_LEVEL_HIGH


@kernel
def gic_irq_domain_map(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    """Called by ``alloc`` only.  Nobody may resend a line by software (``irqd_set_handle_enforce_irqctx()``).

    A level input is noted as one here; the kernel notes it at the first request, with its ``irq_set_type``.
    """
    if hwirq > LAST_SPI:
        return -EPERM
    irq_domain_set_info(k, domain, irq, hwirq, gic_chip, _data(k), handle_fasteoi_irq, None)
    _set_flags(k, irq, not _gic(k).is_edge(hwirq))
    return 0


@atomic
def _set_flags(k: Kernel, irq: int, level: bool) -> None:
    d = k.world.at(IrqData, irq)
    d.level = level
    set_flag(d, IRQD_SINGLE_TARGET | IRQD_HANDLE_ENFORCE_IRQCTX)


@kernel
def gic_irq_domain_alloc(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int, fwspec: Fwspec) -> int:
    """Lines in a row, from the one of the specifier on."""
    error, hwirq, _ = gic_irq_domain_translate(k, domain, fwspec)
    if error:
        return error
    for i in range(nr_irqs):
        error = gic_irq_domain_map(k, domain, irq + i, hwirq + i)
        if error:
            return error
    return 0


@kernel
def gic_irq_domain_free(k: Kernel, domain: IrqDomain, irq: int, nr_irqs: int) -> None:
    for i in range(nr_irqs):
        d = irq_domain_get_irq_data(k, domain, irq + i)
        irq_set_handler(k, irq + i, None)
        irq_domain_reset_irq_data(k, k.deref(d, IrqData, "irq_domain_get_irq_data()"))


@kernel
def gic_irq_domain_select(k: Kernel, domain: IrqDomain, fwspec: Fwspec, bus_token: int) -> bool:
    """Its own node's specifiers, and (since 6.12) searches without one for its bus token."""
    node, cells = fwspec
    if node != domain.key[0]:
        return False
    if not cells:
        return _bus_token(domain) == bus_token
    error, _, _ = gic_irq_domain_translate(k, domain, fwspec)
    return not error


@atomic
def _bus_token(domain: IrqDomain) -> int:
    return domain.bus_token


gic_irq_domain_ops = IrqDomainOps(
    "gic",
    translate=gic_irq_domain_translate,
    alloc=gic_irq_domain_alloc,
    free=gic_irq_domain_free,
    select=gic_irq_domain_select,
)


@kernel
def gic_handle_irq(k: Kernel) -> None:
    """``gic_handle_irq()``: acknowledges and hands on; without a handler the interrupt is deactivated."""
    intid = acknowledge(k)
    if intid < 0:
        return
    domain = _domain(k, intid)
    if domain is None or generic_handle_domain_irq(k, domain, intid):
        k.warn("Unexpected interrupt received!")
        end_of_interrupt(k, intid)


@atomic
def _domain(k: Kernel, intid: int) -> IrqDomain | None:
    """The domain of an INTID: the GIC's own, or that of a node it stands in for."""
    domain = _data(k).domain
    for part in k.board.parts:
        other = k.world.at(IrqDomain, part.name, 0)
        if part.kind == "gic" and other is not domain and other.exists and irq_find_mapping(k, other, intid):
            return other
    return domain


@atomic
def _set_domain(k: Kernel, domain: IrqDomain | None) -> None:
    k.world.new(GicData, domain=domain)


def _data(k: Kernel) -> GicData:
    return k.world.at(GicData)


def _gic(k: Kernel) -> Gic:
    gic = k.machine.gic
    assert gic is not None  # the driver runs only where the board has one
    return gic


@kernel
def gic_of_init(k: Kernel, node: str) -> None:
    """``gic_of_init()``: a domain, registers put in order, ``handle_arch_irq``.

    Where the GIC stands in for several controllers, the others get a domain each.
    """
    domain = irq_domain_add_tree(k, node, gic_irq_domain_ops, None)
    if domain is not None:
        irq_domain_update_bus_token(k, domain, DOMAIN_BUS_WIRED)
    if _data(k).exists:
        return
    _set_domain(k, domain)
    gic_dist_config(k)
    set_handle_irq(k, gic_handle_irq)


@kernel
def gic_dist_config(k: Kernel) -> None:
    """``gic_dist_config()``: disables and deactivates every SPI, then forwarding is on."""
    gic = _gic(k)
    writel(k, gic, GICD_CTLR, 0)
    for word in range(1, gic.words):
        writel(k, gic, GICD_ICACTIVER + 4 * word, 0xFFFFFFFF)
        writel(k, gic, GICD_ICENABLER + 4 * word, 0xFFFFFFFF)
    writel(k, gic, GICD_CTLR, CTLR_ARE | CTLR_ENABLE)


gic_v3 = Irqchip("gic-v3", ("arm,gic-v3",), gic_of_init)
