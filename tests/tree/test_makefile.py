"""Which sources the build knows."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from irqlab.errors import TreeError
from irqlab.tree import Tree, drivers

Kernel = Callable[..., Tree]

MAKEFILE = """\
# obj-y += irq-comment.o
obj-$(CONFIG_IRQCHIP)	+= irqchip.o irq-one.o \\
	irq-more.o
obj-$(CONFIG_GIC) += gic.o	# and irq-two.o
gic-objs := gic/main.o ../outside.o
ccflags-$(CONFIG_X) += -I$(src)/irq-flag.o
irq-made.o: irq-two.o
	X=irq-two.o
obj-y += sub/
"""


def test_what_a_makefile_names_is_found_whatever_the_options(kernel: Kernel):
    names = ("irqchip", "irq-one", "irq-more", "gic/main", "sub/irq-sub", "irq-comment", "irq-flag", "irq-unknown")
    more = {f"drivers/irqchip/{name}.c": "" for name in names}
    more["drivers/outside.c"] = ""
    tree = kernel({"drivers/irqchip/Makefile": MAKEFILE, "drivers/irqchip/sub/Kbuild": "obj-y := irq-sub.o\n", **more})
    assert drivers(tree) == [
        "drivers/irqchip/gic/main.c",
        "drivers/irqchip/irq-more.c",
        "drivers/irqchip/irq-one.c",
        "drivers/irqchip/irqchip.c",
        "drivers/irqchip/sub/irq-sub.c",
    ]
    assert "drivers/outside.c" not in drivers(tree, "drivers/irqchip")


@pytest.mark.parametrize("directory", ["drivers/none", "drivers/irqchip/Makefile", "..", "../../.."])
def test_what_is_no_directory_of_the_tree_is_refused(kernel: Kernel, directory: str):
    with pytest.raises(TreeError, match="there is no such directory in"):
        drivers(kernel(), directory)
