"""The GIC as a root of hierarchies (drivers/irqchip/irq-gic-v3.c, 6.12)."""

from __future__ import annotations

from typing import Any

import pytest
from setups import UNUSED, linux

from irqlab.drivers.gic import gic_chip, gic_of_init
from irqlab.hardware.gic import GICD_ICENABLER
from irqlab.kernel.errno import EINVAL
from irqlab.kernel.init import next_kernel
from irqlab.kernel.irq import parent
from irqlab.kernel.irq.desc import IrqChip, IrqData, IrqDesc, handle_irq_desc
from irqlab.kernel.irq.domain import IrqDomain, IrqDomainOps, irq_find_host, irq_find_matching_fwnode
from irqlab.kernel.irq.flags import (
    DOMAIN_BUS_WIRED,
    IRQ_HANDLED,
    IRQ_TYPE_EDGE_FALLING,
    IRQ_TYPE_EDGE_RISING,
    IRQ_TYPE_LEVEL_HIGH,
    IRQD_HANDLE_ENFORCE_IRQCTX,
    IRQD_SINGLE_TARGET,
    IRQF_TRIGGER_MASK,
)
from irqlab.kernel.irq.flow import handle_fasteoi_irq
from irqlab.kernel.irq.hierarchy import (
    irq_domain_alloc_irqs,
    irq_domain_alloc_irqs_parent,
    irq_domain_create_hierarchy,
    irq_domain_free_irqs_common,
    irq_domain_set_hwirq_and_chip,
)
from irqlab.kernel.irq.irqchip_state import irq_get_irqchip_state
from irqlab.kernel.irq.manage import free_irq, request_threaded_irq
from irqlab.kernel.irq.mapping import irq_create_of_mapping, irq_dispose_mapping
from irqlab.kernel.irq.resend import check_irq_resend
from irqlab.kernel.irq.setup import irq_set_irq_type
from irqlab.kernel.irq.translate import irq_domain_translate_twocell
from irqlab.state import kernel

GIC = "interrupt-controller@38800000"
#: An SPI nothing of the board is wired to; its INTID.
FREE, INTID = 30, 62


@pytest.fixture
def k() -> Any:
    """A kernel after its boot, with one SPI more."""
    model = linux("irqsteer@mainline-2020", "6.12", UNUSED)
    model.k.machine.gic.add_spi(INTID)
    model.world.begin()
    return model.k


def warned(k: Any, kind: str = "warning") -> int:
    return sum(name == kind for name, _ in k.world.signals)


def test_a_line_of_the_gic_is_allocated_and_keeps_the_trigger_type_of_its_specifier(k: Any) -> None:
    irq = irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_LEVEL_HIGH))
    d = k.world.at(IrqData, irq)
    assert (d.hwirq, d.chip, d.parent_data, d.trigger, d.level) == (INTID, gic_chip, None, IRQ_TYPE_LEVEL_HIGH, True)
    assert d.flags == IRQD_SINGLE_TARGET | IRQD_HANDLE_ENFORCE_IRQCTX
    assert k.world.at(IrqDesc, irq).handle_irq is handle_fasteoi_irq
    before = len(d.domain.revmap)
    assert irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_LEVEL_HIGH)) == irq
    assert irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_EDGE_RISING)) == 0
    domain = d.domain
    irq_dispose_mapping(k, irq)
    assert not k.world.at(IrqDesc, irq).exists and len(domain.revmap) == before - 1


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ((0, FREE), ()),  # too few
        ((1, 9, 4), ("not-modelled",)),  # a private interrupt
        ((0, 1000, 4), ()),  # no SPI any more
        ((0, FREE, 0), ("warning",)),  # a broken device tree
    ],
)
def test_specifiers_the_gic_refuses_or_warns_of(k: Any, cells: tuple[int, ...], told: tuple[str, ...]) -> None:
    before = len(k.world.all(IrqDesc))
    irq = irq_create_of_mapping(k, GIC, cells)
    assert bool(irq) is (told == ("warning",)) and len(k.world.all(IrqDesc)) == before + bool(irq)
    assert {kind for kind in ("warning", "not-modelled") if warned(k, kind)} == set(told)


def test_the_gics_domain_is_that_of_wired_interrupts(k: Any) -> None:
    domain = irq_find_host(k, GIC)
    assert domain is not None and domain.bus_token == DOMAIN_BUS_WIRED
    assert irq_find_matching_fwnode(k, GIC, DOMAIN_BUS_WIRED) is domain
    assert irq_find_matching_fwnode(k, GIC, 5) is None


@pytest.mark.parametrize(
    ("type_", "result", "told"),
    [(IRQ_TYPE_LEVEL_HIGH, 0, 0), (IRQ_TYPE_EDGE_RISING, 0, 1), (IRQ_TYPE_EDGE_FALLING, -EINVAL, 0)],
)
def test_the_gic_takes_high_levels_and_rising_edges_and_says_so_if_it_is_wired_otherwise(
    k: Any, type_: int, result: int, told: int
) -> None:
    irq = irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_LEVEL_HIGH))
    assert irq_set_irq_type(k, irq, type_) == result and warned(k, "not-modelled") == told


# -- a controller on top of it -----------------------------------------------------------------------------------------

CHILD = IrqChip(
    "child",
    irq_mask=parent.irq_chip_mask_parent,
    irq_unmask=parent.irq_chip_unmask_parent,
    irq_eoi=parent.irq_chip_eoi_parent,
    irq_set_type=parent.irq_chip_set_type_parent,
    irq_get_irqchip_state=parent.irq_chip_get_parent_state,
)


@kernel
def child_alloc(k: Any, domain: IrqDomain, irq: int, nr_irqs: int, fwspec: tuple[str, tuple[int, ...]]) -> int:
    """Line 0 is SPI 30, and so on: what compiled drivers do with ``struct irq_fwspec``."""
    _, hwirq, type_ = irq_domain_translate_twocell(k, domain, fwspec)
    for i in range(nr_irqs):
        irq_domain_set_hwirq_and_chip(k, domain, irq + i, hwirq + i, CHILD, None)
    return irq_domain_alloc_irqs_parent(k, domain, irq, nr_irqs, (GIC, (0, FREE + hwirq, type_)))


CHILD_OPS = IrqDomainOps("child", translate=irq_domain_translate_twocell, alloc=child_alloc, free=irq_domain_free_irqs_common)


@kernel
def handled(k: Any, irq: int, dev_id: object) -> int:
    return IRQ_HANDLED


def child(k: Any) -> IrqDomain:
    domain = irq_domain_create_hierarchy(k, irq_find_host(k, GIC), 0, 8, "child", CHILD_OPS, None)
    assert domain is not None
    return domain


def test_a_controller_on_the_gic_is_worked_through_it(k: Any) -> None:
    domain, gic = child(k), k.machine.gic
    irq = irq_create_of_mapping(k, "child", (0, IRQ_TYPE_LEVEL_HIGH))
    d = k.world.at(IrqData, irq)
    inner = d.parent_data
    assert (d.hwirq, inner.hwirq, inner.chip) == (0, INTID, gic_chip)
    assert k.world.at(IrqDesc, irq).handle_irq is handle_fasteoi_irq
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == 0
    assert gic.is_enabled(INTID) and d.desc.actions[0].flags & IRQF_TRIGGER_MASK == IRQ_TYPE_LEVEL_HIGH
    gic.set_active(INTID)
    assert irq_get_irqchip_state(k, irq, "active") == 1
    free_irq_when_landed(k, irq)
    assert not gic.is_enabled(INTID)
    irq_dispose_mapping(k, irq)
    assert domain.revmap == () and not d.exists and not inner.exists and warned(k) == 0


def free_irq_when_landed(k: Any, irq: int) -> None:
    k.machine.gic.clear_active(INTID)
    free_irq(k, irq, None)


def test_the_type_that_the_gic_refuses_fails_the_request_above_it(k: Any) -> None:
    child(k)
    irq = irq_create_of_mapping(k, "child", (0, IRQ_TYPE_EDGE_FALLING))
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == -EINVAL
    assert not k.machine.gic.is_enabled(INTID)


def test_several_lines_in_a_row_go_to_the_gic_together(k: Any) -> None:
    domain = child(k)
    irq = irq_domain_alloc_irqs(k, domain, 3, ("child", (0, IRQ_TYPE_LEVEL_HIGH)))
    inner = [k.world.at(IrqData, irq + i).parent_data.hwirq for i in range(3)]
    assert inner == [INTID, INTID + 1, INTID + 2]


def test_nobody_handles_a_line_of_the_gic_outside_a_hard_interrupt_nor_resends_it_by_software(k: Any) -> None:
    """gic_irq_domain_map(): IRQD_HANDLE_ENFORCE_IRQCTX; the GIC retriggers itself."""
    irq = irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_LEVEL_HIGH))
    desc = k.world.at(IrqDesc, irq)
    assert handle_irq_desc(k, desc) == -1 and warned(k) == 1
    desc.pending, desc.irq_data.level = True, False
    assert check_irq_resend(k, desc) == 0 and k.machine.gic.is_pending(INTID)


def test_the_boards_own_interrupt_is_disabled_by_the_gics_registers_too(k: Any) -> None:
    irq = irq_create_of_mapping(k, GIC, (0, FREE, IRQ_TYPE_LEVEL_HIGH))
    assert request_threaded_irq(k, irq, handled, None, 0, "user", None) == 0
    k.machine.gic.write(GICD_ICENABLER + 4 * (INTID // 32), 1 << INTID % 32)
    assert not k.machine.gic.is_enabled(INTID)


def test_the_next_kernels_gic_disables_and_deactivates_every_spi_and_leaves_what_is_pending(k: Any) -> None:
    """gic_dist_config(), 6.1 and 6.12: GICD_ICACTIVER and GICD_ICENABLER, no GICD_ICPENDR."""
    gic = k.machine.gic
    for inherited in (gic.set_enable, gic.set_active, gic.set_pending):
        inherited(INTID)
    next_kernel(k)
    assert (gic.is_enabled(INTID), gic.is_active(INTID), gic.is_pending(INTID)) == (True, True, True)
    gic_of_init(k, GIC)
    assert (gic.is_enabled(INTID), gic.is_active(INTID), gic.is_pending(INTID)) == (False, False, True)
