"""Specifiers to numbers and trigger types (kernel/irq/irqdomain.c; 6.1.192 and 6.12.117)."""

from __future__ import annotations

import pytest
from irqrig import OPS

from irqlab.kernel.errno import EINVAL
from irqlab.kernel.irq import translate
from irqlab.kernel.irq.domain import IrqDomainOps, irq_domain_add_linear

BAD = (-EINVAL, 0, 0)


@pytest.mark.parametrize(
    ("function", "cells", "result"),
    [
        (translate.irq_domain_xlate_onecell, (), BAD),
        (translate.irq_domain_xlate_onecell, (5,), (0, 5, 0)),
        (translate.irq_domain_xlate_onecell, (5, 4), (0, 5, 0)),
        (translate.irq_domain_xlate_twocell, (5,), BAD),
        (translate.irq_domain_xlate_twocell, (5, 4), (0, 5, 4)),
        (translate.irq_domain_xlate_twocell, (5, 0xF04), (0, 5, 4)),
        (translate.irq_domain_xlate_onetwocell, (), BAD),
        (translate.irq_domain_xlate_onetwocell, (5,), (0, 5, 0)),
        (translate.irq_domain_xlate_onetwocell, (5, 0x18), (0, 5, 8)),
        (translate.irq_domain_translate_onecell, (), BAD),
        (translate.irq_domain_translate_onecell, (5,), (0, 5, 0)),
        (translate.irq_domain_translate_twocell, (5,), BAD),
        (translate.irq_domain_translate_twocell, (5, 0x12), (0, 5, 2)),
    ],
)
def test_cells_to_a_number_and_a_type_and_a_warning_where_there_are_too_few(irqs, function, cells, result):
    rig = irqs()
    assert function(rig.k, rig.domain, ("test", cells)) == result
    assert len(rig.warnings()) == (1 if result == BAD else 0)


@pytest.mark.parametrize(
    ("ops", "result"),
    [
        ({}, (0, 5, 0)),
        ({"xlate": translate.irq_domain_xlate_twocell}, (0, 5, 4)),
        (
            {"xlate": translate.irq_domain_xlate_twocell, "translate": translate.irq_domain_translate_onecell},
            (0, 5, 0),
        ),
    ],
    ids=["neither: the first cell", "xlate", "translate before xlate"],
)
def test_irq_domain_translate_asks_translate_then_xlate(irqs, ops, result):
    rig = irqs()
    domain = irq_domain_add_linear(rig.k, "node", 8, IrqDomainOps("some", map=OPS.map, **ops), None)
    assert translate.irq_domain_translate(rig.k, domain, ("node", (5, 4))) == result


def test_irq_domain_simple_ops_take_one_or_two_cells(irqs):
    assert translate.irq_domain_simple_ops.xlate is translate.irq_domain_xlate_onetwocell
