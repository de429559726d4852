"""What a driver is linked with is found by what the sources of its tree define."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.cli.companions import sources
from irqlab.tree import Tree

DRIVER = "drivers/irqchip/irq-one.c"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """A few sources, and what Kbuild makes of them."""
    texts = {
        "drivers/irqchip/Makefile": "obj-y += irq-one.o irq-two.o irq-three.o\n",
        DRIVER: "int mine(void)\n{\n}\n",
        "drivers/irqchip/irq-two.c": (
            "int two_init(struct device *dev,\n\t     int number)\n{\n\treturn helper(number);\n}\n"
            "static int hidden(void)\n{\n}\nextern int declared(int number);\n"
            "const struct irq_domain_ops two_ops = {\n};\nstruct thing *two_table[4] = { 0 };\n"
        ),
        "drivers/irqchip/irq-three.c": "static int three(void)\n{\n\treturn two_init(0, 1);\n}\n",
        "drivers/irqchip/irq-unbuilt.c": "int unbuilt(void)\n{\n}\n",
        "lib/bsearch.c": "void *bsearch(const void *key)\n{\n}\nEXPORT_SYMBOL(bsearch);\n",
        "kernel/irq/generic-chip.c": "EXPORT_SYMBOL_GPL(irq_alloc_generic_chip);\n",
    }
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Tree(tmp_path, "6.12.117")


@pytest.mark.parametrize("name", ["two_init", "two_ops", "two_table"])
def test_a_neighbour_that_defines_a_name_is_found(tree: Tree, name: str):
    assert sources(tree, DRIVER, [name]) == ["drivers/irqchip/irq-two.c"]


@pytest.mark.parametrize("name", ["hidden", "declared", "helper", "unbuilt", "mine", "two", "printk"])
def test_what_is_static_declared_called_or_not_built_is_not(tree: Tree, name: str):
    assert sources(tree, DRIVER, [name]) == []


def test_the_kernels_libraries_come_after_the_neighbours(tree: Tree):
    assert sources(tree, DRIVER, ["bsearch", "irq_alloc_generic_chip", "two_ops"]) == [
        "drivers/irqchip/irq-two.c",
        "kernel/irq/generic-chip.c",
        "lib/bsearch.c",
    ]


def test_nothing_is_looked_for_where_nothing_is_wanted(tree: Tree):
    assert sources(tree, DRIVER, []) == []
