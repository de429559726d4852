"""What a patch touches: drivers, the core, headers of it; and why the rest is not judged."""

from __future__ import annotations

from pathlib import Path

import pytest

from irqlab.cli.patches import Patch
from irqlab.cli.touched import DRIVERS, Touched, sort
from irqlab.core.build import IRQ, POWER
from irqlab.errors import InputError
from irqlab.tree import Tree, open_tree

#: What a driver of a controller has.
CONTROLLER = 'IRQCHIP_DECLARE(mine, "a,mine", mine_init);\n'

MINE, KEXEC = "drivers/irqchip/irq-mine.c", "kernel/irq/kexec.c"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    """What has every source of the core, and the drivers it is judged with."""
    core = [*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER)]
    for name in ("Kbuild", "Kconfig", "arch/Kconfig", "include/x.h", "scripts/x", MINE, *DRIVERS, *core):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "Makefile").write_text("VERSION = 6\nPATCHLEVEL = 12\nSUBLEVEL = 117\n")
    return open_tree(tmp_path)


def _texts(path: str) -> tuple[str, str]:
    text = CONTROLLER if path.startswith("drivers/") else "a\n"
    return text, text + "b\n"


def touched(tree: Tree, *paths: str, drivers: tuple[str, ...] = (), core: str = "") -> Touched:
    return sort(tree, Patch("x.patch", "", {path: _texts(path) for path in paths}), drivers, core)


def test_a_driver_is_judged_on_the_model_unless_the_core_changes_too(tree: Tree):
    assert touched(tree, MINE) == Touched((MINE,), False, ())
    assert touched(tree, MINE, KEXEC) == Touched((MINE,), True, ())


@pytest.mark.parametrize(
    "path",
    [
        *("kernel/irq/chip.c", KEXEC, "kernel/irq/internals.h", "drivers/base/power/runtime.c", "drivers/base/power/power.h"),
        *("include/linux/irq.h", "include/linux/irqdomain.h", "include/linux/pm_runtime.h", "include/linux/interrupt.h"),
    ],
)
def test_the_core_is_judged_with_the_drivers_of_the_thread_or_those_that_are_given(tree: Tree, path: str):
    assert touched(tree, path) == Touched(DRIVERS, True, ())
    assert touched(tree, path, drivers=(MINE,), core="linux") == Touched((MINE,), True, ())


def test_a_tree_without_those_drivers_needs_one_that_is_given(tree: Tree):
    for name in DRIVERS:
        (tree.path / name).unlink()
    with pytest.raises(InputError, match=f"^x.patch: changes {KEXEC}, and the tree has none of drivers/.*: give --driver$"):
        touched(tree, KEXEC)


def test_the_model_cannot_stand_for_a_core_that_changes(tree: Tree):
    with pytest.raises(InputError, match=f"x.patch: changes {KEXEC}, which the model stands for: leave --core model away"):
        touched(tree, KEXEC, core="model")


def test_the_mask_loop_of_old_releases_is_the_architectures(tree: Tree):
    loop = "arch/arm64/kernel/machine_kexec.c"
    assert dict(touched(tree, MINE, loop).left_out) == {
        loop: "of the architecture irqlab runs nothing but its mask loop in kernel/irq/kexec.c"
    }
    (tree.path / KEXEC).unlink()
    assert touched(tree, loop) == Touched(DRIVERS, True, ())


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("Documentation/core-api/irq/concepts.rst", "it is a document"),
        ("arch/arm64/boot/dts/freescale/imx8mp.dtsi", "it is a device tree; check the driver with --board"),
        ("drivers/irqchip/Kconfig", "it decides what is compiled, and irqlab takes that from the tree as it is"),
        ("kernel/irq/msi.c", "of kernel/irq irqlab runs " + ", ".join(f"{name}.c" for name in IRQ)),
        ("arch/x86/kernel/irq.c", "of the architecture irqlab runs nothing but its mask loop in kernel/irq/kexec.c"),
        ("kernel/sched/core.c", "it is neither a driver nor kernel/irq nor runtime PM"),
    ],
)
def test_what_is_not_judged_says_why(tree: Tree, path: str, why: str):
    assert touched(tree, MINE, path).left_out == ((path, why),)
    with pytest.raises(InputError) as error:
        touched(tree, path)
    assert str(error.value) == f"x.patch: touches no driver and nothing of the core: {path}: {why}"


def test_a_header_is_seen_through_the_drivers_that_include_it(tree: Tree):
    assert touched(tree, MINE, "include/linux/usb.h").left_out == ()
    why = "it is a header of no part of the core; give --driver, a driver that includes it"
    with pytest.raises(InputError, match=f"include/linux/usb.h: {why}"):
        touched(tree, "include/linux/usb.h")


def test_a_new_driver_is_judged_and_one_that_goes_is_not(tree: Tree):
    patch = Patch("x.patch", "", {"drivers/irqchip/irq-new.c": (None, CONTROLLER), MINE: ("int other;\n" * 9, None)})
    left_out = ((MINE, "it goes, and the tree's Makefile decides what is compiled"),)
    assert sort(tree, patch, (), "") == Touched(("drivers/irqchip/irq-new.c",), False, left_out)


def test_a_driver_of_another_name_is_what_it_was(tree: Tree):
    text = CONTROLLER + "int a;\n" * 20
    new = "drivers/irqchip/irq-renamed.c"
    patch = Patch("x.patch", "", {MINE: (text, None), new: (None, text + "int b;\n"), "drivers/x.c": ("other\n", None)})
    assert (patch.origin(new), patch.origin("drivers/irqchip/irq-two.c")) == (MINE, "drivers/irqchip/irq-two.c")
    left_out = (("drivers/x.c", "it goes, and the tree's Makefile decides what is compiled"),)
    assert sort(tree, patch, (), "") == Touched((new,), False, left_out)
    assert Patch("x.patch", "", {MINE: (text, None), new: (None, CONTROLLER + "int c;\n" * 20)}).origin(new) == ""


def test_a_part_of_a_driver_names_no_device(tree: Tree):
    patch = Patch("x.patch", "", {"drivers/irqchip/irq-part.c": ("int a;\n", "int b;\n")})
    why = "it names no chip and no device of an interrupt controller; give --driver, the driver it is part of"
    assert sort(tree, patch, (MINE,), "") == Touched((MINE,), False, (("drivers/irqchip/irq-part.c", why),))
