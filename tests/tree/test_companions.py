"""Who is linked beside a driver."""

from __future__ import annotations

import pytest

from irqlab.tree.companions import companion, companions


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("irq_gc_mask_set_bit", "kernel/irq/generic-chip.c"),
        ("irq_generic_chip_ops", "kernel/irq/generic-chip.c"),
        ("_find_next_bit", "lib/find_bit.c"),
        ("__bitmap_set", "lib/bitmap.c"),
        ("bitmap_zalloc", "lib/bitmap.c"),
        ("msi_lib_init_dev_msi_info", "drivers/irqchip/irq-msi-lib.c"),
        ("ipi_mux_create", "kernel/irq/ipi-mux.c"),
        ("gic_dist_config", "drivers/irqchip/irq-gic-common.c"),
        ("platform_irqchip_probe", "drivers/irqchip/irqchip.c"),
        ("_ctype", "lib/ctype.c"),
        ("irq_domain_instantiate", ""),
        ("__bitmap_parse", ""),
        ("irq_chip_mask_parent", ""),
    ],
)
def test_who_defines_a_symbol(name: str, source: str):
    assert companion(name) == source


def test_each_source_is_named_once_and_in_order():
    wanted = ["irq_gc_ack_set_bit", "_find_first_bit", "memset", "irq_gc_set_wake"]
    assert companions(wanted) == ("kernel/irq/generic-chip.c", "lib/find_bit.c")
    assert companions([]) == ()
