"""The objects of a tree that are its interrupt core and runtime PM, and the image they make with a driver of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.guest.image import Image, load
from irqlab.tree import Built, Tree, build_many, compile_text, with_flags

#: The core itself, by source.
IRQ = (
    *("chip", "handle", "manage", "irqdesc", "irqdomain", "resend", "pm", "spurious", "dummychip", "devres", "kexec"),
    *("generic-chip", "cpuhotplug"),
)
POWER = ("runtime", "wakeirq", "wakeup")

#: What of ``lib/`` it needs: pure, linked rather than modelled.
LIB = (
    *("maple_tree", "radix-tree", "xarray", "kobject", "refcount", "bitmap", "find_bit", "string", "cpumask", "ctype"),
    *("hweight", "rbtree", "timerqueue", "klist"),
)


#: The mask loop of the releases that have one for all architectures.
KEXEC = "kernel/irq/kexec.c"

#: Before, each architecture had its own, static, and the compiler puts it where it is called.
SEPARATE = ("-fno-inline-functions-called-once", "-fno-inline-functions", "-fno-inline-small-functions")


def sources(tree: Tree) -> list[str]:
    """The sources that a tree has of them: ``kernel/irq/kexec.c`` came with 6.14 (and 6.12.78)."""
    names = [*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER)]
    names += [f"lib/{name}.c" for name in LIB]
    return [name for name in names if (tree.path / name).is_file()]


def core_objects(tree: Tree, arch: str = "arm64") -> tuple[Built, ...]:
    """The core's objects, built.

    :raises TreeError: one does not compile.
    """
    wanted = sources(tree)
    loop = "" if KEXEC in wanted else f"arch/{arch}/kernel/machine_kexec.c"
    made = build_many(tree, [*wanted, *([loop] if loop else [])], arch)
    for result in made.values():
        if isinstance(result, TreeError):
            raise result
    objects = {name: result for name, result in made.items() if isinstance(result, Built)}
    if loop:
        objects[loop] = with_flags(objects[loop], SEPARATE)
    return tuple(objects.values())


def compiled(like: Built, package: str, name: str) -> Path:
    """A C file that comes with irqlab, compiled as an object of the tree is."""
    return compile_text(like, name, files(package).joinpath(name).read_text()).object


def core_image(tree: Tree, package: str, name: str, arch: str = "arm64") -> Image:
    """The tree's core linked beneath a C file of a package."""
    objects = core_objects(tree, arch)
    like = objects[0]
    also = [compiled(like, "irqlab.core", "beneath.c"), *(built.object for built in objects)]
    return load(compiled(like, package, name), also, spins=True)
