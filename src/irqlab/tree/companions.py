"""Sources of the kernel that are linked beside a driver: real code does what nobody has to model.

A table of who defines what.  Whoever links closes over it: a companion takes symbols itself.

Tests: ``tests/tree/test_companions.py``, ``tests/real/test_companions.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

#: Beginnings of names, and the source in which everything so called is defined.
_PREFIXES: tuple[tuple[str, str], ...] = (
    ("irq_gc_", "kernel/irq/generic-chip.c"),
    ("ipi_mux_", "kernel/irq/ipi-mux.c"),
    ("_find_", "lib/find_bit.c"),
    ("__find_nth_", "lib/find_bit.c"),
    ("__bitmap_", "lib/bitmap.c"),
    ("msi_lib_", "drivers/irqchip/irq-msi-lib.c"),
    ("aic_common_", "drivers/irqchip/irq-atmel-aic-common.c"),
    ("partition_", "drivers/irqchip/irq-partition-percpu.c"),
    ("pci_msi_domain_", "drivers/pci/msi/irqdomain.c"),
    ("msi_domain_", "kernel/irq/msi.c"),
    ("stmp_", "lib/stmp_device.c"),
)

#: What goes by its whole name.
_NAMES: dict[str, str] = {
    name: source
    for source, names in {
        "kernel/irq/generic-chip.c": (
            "__irq_alloc_domain_generic_chips",
            "irq_alloc_generic_chip",
            "irq_domain_alloc_generic_chips",
            "irq_domain_remove_generic_chips",
            "irq_generic_chip_ops",
            "irq_get_domain_generic_chip",
            "irq_init_generic_chip",
            "irq_map_generic_chip",
            "irq_remove_generic_chip",
            "irq_setup_alt_chip",
            "irq_setup_generic_chip",
            "irq_unmap_generic_chip",
        ),
        "lib/find_bit.c": ("find_next_clump8",),
        "lib/bitmap.c": (
            "bitmap_alloc",
            "bitmap_alloc_node",
            "bitmap_allocate_region",
            "bitmap_cut",
            "bitmap_find_next_zero_area_off",
            "bitmap_free",
            "bitmap_from_arr32",
            "bitmap_from_arr64",
            "bitmap_release_region",
            "bitmap_to_arr32",
            "bitmap_to_arr64",
            "bitmap_zalloc",
            "bitmap_zalloc_node",
            "devm_bitmap_alloc",
            "devm_bitmap_zalloc",
        ),
        "lib/ctype.c": ("_ctype",),
        "lib/hweight.c": ("__sw_hweight8", "__sw_hweight16", "__sw_hweight32", "__sw_hweight64"),
        "lib/kstrtox.c": ("kstrtobool", "kstrtoint", "kstrtouint", "kstrtoull", "simple_strtoul", "simple_strtoull"),
        "kernel/irq/msi.c": (
            "get_cached_msi_msg",
            "msi_create_device_irq_domain",
            "msi_create_irq_domain",
            "msi_create_parent_irq_domain",
            "msi_device_has_isolated_msi",
            "msi_get_domain_info",
            "msi_remove_device_irq_domain",
        ),
        "drivers/pci/msi/irqdomain.c": ("pci_msi_create_irq_domain",),
        "drivers/soc/ti/ti_sci_inta_msi.c": ("ti_sci_inta_msi_create_irq_domain",),
        "drivers/irqchip/irqchip.c": ("platform_irqchip_probe",),
        "drivers/irqchip/irq-gic-common.c": (
            "gic_configure_irq",
            "gic_cpu_config",
            "gic_dist_config",
            "gic_enable_of_quirks",
            "gic_enable_quirks",
        ),
        "drivers/irqchip/irq-gic.c": (
            "gic_cpu_restore",
            "gic_cpu_save",
            "gic_dist_restore",
            "gic_dist_save",
            "gic_of_init",
            "gic_of_init_child",
        ),
        "drivers/irqchip/irq-gic-v2m.c": ("gicv2m_init",),
        "drivers/irqchip/irq-gic-v3-mbi.c": ("mbi_init",),
        "drivers/irqchip/irq-gic-v3-its.c": ("its_cpu_init", "its_init", "its_lpi_memreserve_init"),
        "drivers/irqchip/irq-gic-v3-its-msi-parent.c": ("gic_v3_its_msi_parent_ops",),
        "drivers/irqchip/irq-gic-v4.c": ("its_init_v4",),
    }.items()
    for name in names
}

#: Names that begin like these and are defined elsewhere.
_NOT = frozenset({"__bitmap_parse"})


def companion(name: str) -> str:
    """The source that defines a symbol and is meant to be linked beside who wants it; empty if there is none."""
    known = _NAMES.get(name)
    if known is not None:
        return known
    if name in _NOT:
        return ""
    return next((source for prefix, source in _PREFIXES if name.startswith(prefix)), "")


def companions(undefined: Iterable[str]) -> tuple[str, ...]:
    """The sources that define some of these symbols, sorted; each may need others in its turn."""
    return tuple(sorted({source for name in undefined if (source := companion(name))}))
