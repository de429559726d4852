"""A kernel source tree: got, opened, configured; one object of it built, and kept.

::

    tree = open_tree("linux")                      # or get("6.12"): Debian's
    built = build(tree, "drivers/irqchip/irq-imx-irqsteer.c", "arm64")
    built.object                                   # with full debug information

Nothing here knows the kernel model, and nothing is ever written into the user's tree.
"""

from irqlab.tree.again import compile_text, with_flags
from irqlab.tree.arch import ARCHES, Arch
from irqlab.tree.binding import Example, Examples, examples
from irqlab.tree.debian import get
from irqlab.tree.devicetree import boards, compile_dts
from irqlab.tree.makefile import drivers
from irqlab.tree.objects import Built, build, build_many
from irqlab.tree.patched import patched
from irqlab.tree.source import Tree, open_tree, tree_of

__all__ = [
    "ARCHES",
    "Arch",
    "Built",
    "Example",
    "Examples",
    "Tree",
    "boards",
    "build",
    "build_many",
    "compile_dts",
    "compile_text",
    "drivers",
    "examples",
    "get",
    "open_tree",
    "patched",
    "tree_of",
    "with_flags",
]
