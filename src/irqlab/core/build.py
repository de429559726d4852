"""The objects of a tree that are its interrupt core and runtime PM, and the image they make with a driver of one's own."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from irqlab.core import beneath, kthread
from irqlab.errors import TreeError
from irqlab.guest.image import Image, load
from irqlab.tree import Built, Tree, build_many, compile_text, with_flags

assert beneath.__doc__ and kthread.__doc__  # imported, so that what they export to the core is known

#: The core itself, by source.
IRQ = (
    *("chip", "handle", "manage", "irqdesc", "irqdomain", "resend", "pm", "spurious", "dummychip", "devres", "kexec"),
    *("generic-chip", "cpuhotplug"),
)
POWER = ("runtime", "wakeirq")

#: What is Python where irqlab explores, and the tree's own where it is held against that.
WAKEUP = "drivers/base/power/wakeup.c"

#: What of ``lib/`` it needs: pure, linked rather than modelled.
LIB = (
    *("maple_tree", "radix-tree", "xarray", "kobject", "refcount", "bitmap", "find_bit", "string", "cpumask", "ctype"),
    *("hweight", "rbtree", "timerqueue", "klist"),
)


#: The mask loop of the releases that have one for all architectures.
KEXEC = "kernel/irq/kexec.c"

#: ``might_sleep()`` is nothing in a kernel that is preempted anywhere; as in one that is not, it calls ``__cond_resched()``.
TELLS = ("-DCONFIG_PREEMPT_VOLUNTARY_BUILD=1",)
#: What says so.
TELLING = ("kernel/irq/", "drivers/base/power/")

#: Before, each architecture had its own, static, and the compiler puts it where it is called.
SEPARATE = ("-fno-inline-functions-called-once", "-fno-inline-functions", "-fno-inline-small-functions")


def sources(tree: Tree) -> list[str]:
    """The sources of the core; of ``lib/``, and the mask loop (``kernel/irq/kexec.c`` came with 6.14 and 6.12.78), what there is.

    :raises TreeError: a source that every kernel has is missing.
    """
    core = [*(f"kernel/irq/{name}.c" for name in IRQ), *(f"drivers/base/power/{name}.c" for name in POWER)]
    names = [name for name in (*core, *(f"lib/{name}.c" for name in LIB)) if (tree.path / name).is_file()]
    for name in core:
        if name not in names and name != KEXEC:
            raise TreeError(f"{tree.path}: has no {name}, which is of the core: give a whole kernel tree")
    return names


def core_objects(tree: Tree, arch: str = "arm64", also: tuple[str, ...] = ()) -> tuple[Built, ...]:
    """The core's objects, built, and those of other sources.

    :raises TreeError: one does not compile.
    """
    wanted = sources(tree)
    loop = "" if KEXEC in wanted else f"arch/{arch}/kernel/machine_kexec.c"
    made = build_many(tree, [*wanted, *also, *([loop] if loop else [])], arch)
    for result in made.values():
        if isinstance(result, TreeError):
            raise result
    objects = {name: result for name, result in made.items() if isinstance(result, Built)}
    for name in objects:
        if name.startswith(TELLING):
            objects[name] = with_flags(objects[name], TELLS)
    if loop:
        objects[loop] = with_flags(objects[loop], SEPARATE)
    return tuple(objects.values())


def compiled(like: Built, package: str, name: str, before: str = "") -> Path:
    """A C file that comes with irqlab, compiled as an object of the tree is; ``before`` is put before its text."""
    return compile_text(like, name, before + files(package).joinpath(name).read_text()).object


def core_image(tree: Tree, package: str, *names: str, arch: str = "arm64") -> Image:
    """The tree's core, :data:`WAKEUP` with it, linked beneath C files of a package."""
    objects = core_objects(tree, arch, (WAKEUP,))
    first, *more = (compiled(objects[0], package, name) for name in names)
    return load(
        first, [*more, compiled(objects[0], "irqlab.core", "beneath.c"), *(built.object for built in objects)], spins=True
    )


#: Said before a text of ours: what is done later is Records.
EXPLORES = "#define IRQLAB_EXPLORES\n"


def beneath_driver(tree: Tree, arch: str = "arm64") -> tuple[tuple[str, Path], ...]:
    """What is linked with a driver so that it runs on the tree's own core: what each is called, and where it is.

    :raises TreeError: something of it does not compile.
    """
    objects = core_objects(tree, arch)
    ours = ((name, compiled(objects[0], "irqlab.core", name, EXPLORES)) for name in ("beneath.c", "root.c"))
    names = (built.source.removesuffix(".c") + ".o" for built in objects)
    return (*ours, *zip(names, (built.object for built in objects), strict=True))
