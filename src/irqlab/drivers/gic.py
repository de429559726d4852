"""GICv3, after ``drivers/irqchip/irq-gic-v3.c`` (v6.12), reduced to shared peripheral interrupts.

The distributor and the CPU interface are always powered.  Its probe clears the active and enable bits of every SPI,
whatever an earlier kernel left (``gic_dist_config()``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from irqlab.hardware import Gic
from irqlab.hardware.gic import CTLR_ARE, CTLR_ENABLE, GICD_CTLR, GICD_ICACTIVER, GICD_ICENABLER, SPURIOUS
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.io import writel
from irqlab.kernel.irq.chip import irq_set_chip_and_handler, irq_set_chip_data, irq_set_status_level
from irqlab.kernel.irq.desc import (
    IRQCHIP_MASK_ON_SUSPEND,
    IRQCHIP_SET_TYPE_MASKED,
    IRQCHIP_SKIP_SET_WAKE,
    IrqChip,
    IrqData,
)
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, generic_handle_domain_irq, irq_domain_add_tree
from irqlab.kernel.irq.flow import handle_fasteoi_irq
from irqlab.kernel.irq.root import set_handle_irq
from irqlab.kernel.kernel import Irqchip
from irqlab.state import Record, atomic, kernel

if TYPE_CHECKING:
    from irqlab.kernel.kernel import Kernel


class GicData(Record):
    """``struct gic_chip_data``."""

    domain: IrqDomain | None = None


@atomic
def gic_mask_irq(k: Kernel, d: IrqData) -> None:
    _gic(k).clear_enable(d.hwirq)
    k.world.trace("write", block=_gic(k).name, register=f"GICD_ICENABLER{d.hwirq // 32}", value=1 << d.hwirq % 32)


@atomic
def gic_unmask_irq(k: Kernel, d: IrqData) -> None:
    _gic(k).set_enable(d.hwirq)
    k.world.trace("write", block=_gic(k).name, register=f"GICD_ISENABLER{d.hwirq // 32}", value=1 << d.hwirq % 32)


@atomic
def gic_eoi_irq(k: Kernel, d: IrqData) -> None:
    _gic(k).eoi(d.hwirq)
    k.world.trace("sysreg", register="ICC_EOIR1_EL1", value=d.hwirq)


@atomic
def gic_irq_set_irqchip_state(k: Kernel, d: IrqData, which: str, value: bool) -> int:
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
    setters[which, value](d.hwirq)
    return 0


@atomic
def gic_irq_get_irqchip_state(k: Kernel, d: IrqData, which: str) -> bool:
    gic = _gic(k)
    getters = {"pending": gic.is_pending, "active": gic.is_active}
    return getters[which](d.hwirq) if which in getters else not gic.is_enabled(d.hwirq)


@atomic
def gic_retrigger(k: Kernel, d: IrqData) -> bool:
    _gic(k).set_pending(d.hwirq)
    return True


gic_chip = IrqChip(
    "GICv3",
    flags=IRQCHIP_SET_TYPE_MASKED | IRQCHIP_SKIP_SET_WAKE | IRQCHIP_MASK_ON_SUSPEND,
    irq_mask=gic_mask_irq,
    irq_unmask=gic_unmask_irq,
    irq_eoi=gic_eoi_irq,
    irq_get_irqchip_state=gic_irq_get_irqchip_state,
    irq_set_irqchip_state=gic_irq_set_irqchip_state,
    irq_retrigger=gic_retrigger,
)


@kernel
def gic_irq_domain_translate(k: Kernel, domain: IrqDomain, args: tuple[int, ...]) -> int:
    """Three cells: type (0 is SPI), number, flags."""
    if len(args) < 3 or args[0] != 0:
        return -EINVAL
    return args[1] + 32


@kernel
def gic_irq_domain_map(k: Kernel, domain: IrqDomain, irq: int, hwirq: int) -> int:
    irq_set_chip_and_handler(k, irq, gic_chip, handle_fasteoi_irq)
    irq_set_chip_data(k, irq, _data(k))
    if not _gic(k).is_edge(hwirq):
        irq_set_status_level(k, irq)
    return 0


gic_irq_domain_ops = IrqDomainOps("gic", map=gic_irq_domain_map, xlate=gic_irq_domain_translate)


@kernel
def gic_handle_irq(k: Kernel) -> None:
    """``gic_handle_irq()``: acknowledges and hands on; without a handler the interrupt is deactivated."""
    intid = _acknowledge(k)
    if intid == SPURIOUS:
        return
    domain = _domain(k)
    if domain is None or generic_handle_domain_irq(k, domain, intid):
        k.warn("Unexpected interrupt received!")
        _gic(k).eoi(intid)


@atomic
def _acknowledge(k: Kernel) -> int:
    intid = _gic(k).acknowledge()
    k.world.trace("sysreg", register="ICC_IAR1_EL1", value=intid)
    return intid


@atomic
def _domain(k: Kernel) -> IrqDomain | None:
    return _data(k).domain


@atomic
def _set_domain(k: Kernel, domain: IrqDomain | None) -> None:
    k.world.new(GicData, domain=domain)


def _data(k: Kernel) -> GicData:
    return k.world.at(GicData)


def _gic(k: Kernel) -> Gic:
    return k.machine.gic


@kernel
def gic_of_init(k: Kernel, node: str) -> None:
    """``gic_of_init()``: ``gic_dist_config()`` disables and deactivates every SPI, then forwarding is on."""
    gic = _gic(k)
    _set_domain(k, irq_domain_add_tree(k, node, gic_irq_domain_ops, None))
    writel(k, gic, GICD_CTLR, 0)
    for word in range(1, gic.words):
        writel(k, gic, GICD_ICACTIVER + 4 * word, 0xFFFFFFFF)
        writel(k, gic, GICD_ICENABLER + 4 * word, 0xFFFFFFFF)
    writel(k, gic, GICD_CTLR, CTLR_ARE | CTLR_ENABLE)
    set_handle_irq(k, gic_handle_irq)


gic_v3 = Irqchip("gic-v3", ("arm,gic-v3",), gic_of_init)
