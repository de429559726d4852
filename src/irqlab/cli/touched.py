"""What a patch touches, sorted: drivers, the core, and what irqlab cannot judge, with the reason.

Tests: ``tests/cli/test_touched.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from irqlab.cli.concern import is_controller
from irqlab.errors import InputError
from irqlab.explore.origin import LINUX

if TYPE_CHECKING:
    from irqlab.cli.patches import Patch
    from irqlab.tree import Tree

#: The drivers a patch of the core is judged with where none is given.
DRIVERS = ("drivers/irqchip/irq-imx-irqsteer.c", "drivers/irqchip/irq-imx-intmux.c")

#: Headers that say what the core is: those beside it, and what it tells everybody.
_HEADERS = re.compile(
    r"(?:kernel/irq|drivers/base/power)/\w+\.h|include/linux/(?:irq\w*|interrupt|pm|pm_runtime|pm_wakeirq|device)\.h"
    r"|include/linux/irqchip/chained_irq\.h"
)

#: Where the mask loop was before :data:`~irqlab.core.build.KEXEC`.
_LOOP = "arch/arm64/kernel/machine_kexec.c"


@dataclass(frozen=True)
class Touched:
    """What is to be judged.

    :ivar drivers: sources below the top of the tree.
    :ivar core: the patch changes the core, so that the tree's own runs.
    :ivar left_out: files that are not judged, and why.
    """

    drivers: tuple[str, ...]
    core: bool
    left_out: tuple[tuple[str, str], ...]


def core_of(tree: Tree) -> Callable[[str], bool]:
    """What of a tree is its core: sources that run as they are, and headers that say what it is.

    :raises TreeError: it has no core.
    """
    from irqlab.core.build import KEXEC, sources

    known = {name for name in sources(tree) if name.startswith(("kernel/irq/", "drivers/base/power/"))}
    known |= set() if KEXEC in known else {_LOOP}
    return lambda path: path in known or _HEADERS.fullmatch(path) is not None


def sort(tree: Tree, patch: Patch, drivers: Iterable[str], core: str) -> Touched:
    """Sorts what a patch touches.

    :param drivers: those the user wants it judged with, as they were given; ``core`` as well, empty if not.
    :raises InputError: there is nothing to judge, or not as it is wanted.
    """
    known = core_of(tree)
    own, beneath, left_out = [], [], []
    for path, (_, after) in patch.files.items():
        if after is not None and known(path):
            beneath.append(path)
        elif after is None and not path.endswith(".h"):
            left_out.append((path, "it goes, and the tree's Makefile decides what is compiled"))
        elif after is not None and path.endswith(".c") and is_controller(after):
            own.append(path)
        else:
            left_out.append((path, _why(path)))
    wanted = [tree.source(name) for name in drivers]
    own += [name for name in wanted if name not in own]
    if beneath and not own:
        own = [name for name in DRIVERS if (tree.path / name).is_file()]
    if beneath and not own:
        raise InputError(f"{patch.name}: changes {beneath[0]}, and the tree has none of {', '.join(DRIVERS)}: give --driver")
    if not own:
        raise InputError(f"{patch.name}: touches no driver and nothing of the core: {reasons(left_out)}")
    moved = {patch.origin(path) for path in own}
    left_out = [one for one in left_out if not one[0].endswith(".h") and one[0] not in moved]  # seen through the drivers
    if beneath and core and core != LINUX:
        raise InputError(f"{patch.name}: changes {beneath[0]}, which the model stands for: leave --core {core} away")
    return Touched(tuple(own), bool(beneath), tuple(left_out))


def reasons(left_out: Sequence[tuple[str, str]]) -> str:
    """The first file that is not judged and why, and how many more there are."""
    path, why = left_out[0]
    count = len(left_out) - 1
    more = f" (and {count} more {'file' if count == 1 else 'files'})" if count else ""
    return f"{path}: {why}{more}"


def _why(path: str) -> str:
    from irqlab.core.build import IRQ

    suffix = PurePosixPath(path).suffix
    if path.startswith("Documentation/") or suffix in (".rst", ".txt", ".yaml"):
        return "it is a document"
    if suffix in (".dts", ".dtsi", ".dtso"):
        return "it is a device tree; check the driver with --board"
    if PurePosixPath(path).name in ("Makefile", "Kconfig", "Kbuild"):
        return "it decides what is compiled, and irqlab takes that from the tree as it is"
    if suffix == ".h":
        return "it is a header of no part of the core; give --driver, a driver that includes it"
    if path.startswith("kernel/irq/"):
        return "of kernel/irq irqlab runs " + ", ".join(f"{name}.c" for name in IRQ)
    if path.startswith("arch/"):
        return "of the architecture irqlab runs nothing but its mask loop in kernel/irq/kexec.c"
    if path.startswith("drivers/"):
        return "it names no chip and no device of an interrupt controller; give --driver, the driver it is part of"
    return "it is neither a driver nor kernel/irq nor runtime PM"
