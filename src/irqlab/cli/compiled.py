"""Compiled drivers as targets: a source of a kernel tree, which is compiled, or an object.

Tests: ``tests/cli/test_compiled.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from irqlab.cli import versions
from irqlab.cli.companions import Make
from irqlab.drivers import CONTROLLERS
from irqlab.errors import GuestError, InputError, NoDeviceError
from irqlab.explore.origin import LINUX, MODEL, Linked, Origin

if TYPE_CHECKING:
    from irqlab.guest.image import Image
    from irqlab.guest.module import Compiled
    from irqlab.tree import Built, Tree

#: The one architecture that a tree's own core runs on so far.
CORE_ARCH = "arm64"

#: What a target ends in that is no name of a driver.
SOURCE, OBJECTS = ".c", (".o", ".ko")

#: Texts by their paths below the top of a tree; None for a file that is none.
Files = Mapping[str, str | None]

#: Told one short line about what is going on.
Tell = Callable[[str], None]


def is_compiled(target: str) -> bool:
    """Whether a target is a source or an object."""
    return target not in CONTROLLERS and Path(target).suffix in (SOURCE, *OBJECTS)


def name(target: str) -> str:
    """What a compiled driver is called: the stem of its file."""
    return Path(target).stem


@dataclass(frozen=True)
class Target:
    """A compiled driver, ready to run.

    :ivar tree: the kernel tree it belongs to, if that is known.
    :ivar pm: whether it was compiled with ``CONFIG_PM``; None where nothing says.
    """

    driver: Compiled
    origin: Origin
    tree: Tree | None
    pm: bool | None = None


def load(target: str, tree: str, arch: str, tell: Tell, core: str = MODEL, changed: Files | None = None) -> Target:
    """The driver of a source or an object.

    :param tree: the top of the kernel tree, as the user gave it; empty if not.
    :param arch: what a source is compiled for, or an object must be for; empty: arm64, or whatever it is for.
    :param core: whose core it runs on, one of :data:`~irqlab.explore.origin.CORES`.
    :param changed: files that take the place of the tree's own (:func:`irqlab.tree.lay`), for a source.
    :raises InputError: it cannot be found, compiled, linked or believed.
    """
    source = Path(target).suffix == SOURCE
    if core == LINUX and (arch or CORE_ARCH) != CORE_ARCH:
        raise InputError(f"--core linux: runs on {CORE_ARCH} only: leave --arch {arch} away")
    return _source(target, tree, arch or "arm64", tell, core, changed) if source else _object(target, tree, arch, tell, core)


def _source(target: str, tree: str, arch: str, tell: Tell, core: str, changed: Files | None) -> Target:
    from irqlab.tree import build, lay, open_tree, tree_of

    if not tree and not Path(target).exists():
        raise InputError(f"{target}: there is no such file: give the path of a source, or --tree, the kernel tree it is in")
    top = open_tree(tree) if tree else tree_of(target)
    top = lay(top, changed) if changed else top
    name = top.source(target)
    if not name.endswith(SOURCE):
        raise InputError(f"{target}: is no C: give a .c file of {top.path}")
    return of_built(build(top, name, arch, tell), tell, core, target=target, tree=tree or str(top.path))


def of_built(
    built: Built,
    tell: Tell,
    core: str = MODEL,
    *,
    target: str = "",
    tree: str = "",
    make: Make | None = None,
) -> Target:
    """The driver of an object that was built.

    :param target: what the user asked for, and ``tree`` where it is, for commands to repeat.
    :param make: builds what it is linked with; as irqlab builds from a tree if not given.
    :raises InputError: it cannot be linked or believed.
    """
    top, name = built.tree, built.source
    beneath = _beneath(top, built.arch, tell) if core == LINUX else []
    beside = _companions(top, built.object, name, built.arch, tell, beneath, make)
    image = _linked(built.object, [path for _, path in (*beside, *beneath)], tell, core)
    origin = Origin(
        Linked(name.removesuffix(SOURCE) + ".o", digest(built.object)),
        image.abi.name,
        source=name,
        version=built.version,
        config=built.config,
        also=_named(beside),
        target=target,
        tree=tree,
        beneath=_named(beneath),
    )
    return Target(_driver(image, core), origin, top, configured(built.directory))


def _object(target: str, tree: str, arch: str, tell: Tell, core: str) -> Target:
    from irqlab.guest.elf import read_object
    from irqlab.tree import open_tree

    top = open_tree(tree) if tree else None
    path = Path(target)
    read = read_object(path)
    if arch and arch != read.abi.name:
        raise InputError(f"{target}: was compiled for {read.abi.name}, and --arch says {arch}: leave --arch away")
    version, directory = versions.of_module(read.modinfo), None
    if not version:
        version, directory = versions.of_build(path)
    if top is not None and version and versions.numbers(version) != versions.numbers(top.version):
        raise InputError(
            f"{target}: was built from Linux {version}, and --tree is Linux {top.version}: give the tree it was built from"
        )
    if core == LINUX and top is None:
        raise InputError(f"{target}: --core linux needs the kernel tree whose core it is: give --tree")
    if core == LINUX and read.abi.name != CORE_ARCH:
        raise InputError(f"{target}: is for {read.abi.name}, and --core linux runs on {CORE_ARCH} only")
    source = _source_of(path)
    beneath = _beneath(top, read.abi.name, tell) if top is not None and core == LINUX else []
    beside = _companions(top, path, source, read.abi.name, tell, beneath) if top is not None and source else []
    image = _linked(path, [other for _, other in (*beside, *beneath)], tell, core)
    origin = Origin(
        Linked(target, digest(path)),
        image.abi.name,
        source=source,
        version=version or (top.version if top is not None else ""),
        config=_config_digest(directory),
        also=_named(beside),
        target=target,
        tree=tree,
        beneath=_named(beneath),
    )
    return Target(_driver(image, core), origin, top, configured(directory))


Objects = list[tuple[str, Path]]


def _named(objects: Objects) -> tuple[Linked, ...]:
    return tuple(Linked(name, digest(path)) for name, path in objects)


def _companions(
    tree: Tree, path: Path, source: str, arch: str, tell: Tell, beneath: Objects, make: Make | None = None
) -> Objects:
    """Objects of the tree that an object is linked with: what they are called, and where they are."""
    from irqlab.cli.companions import companions

    found = companions(tree, path, source, arch, tell, [other for _, other in beneath], make)
    return [(built.source.removesuffix(SOURCE) + ".o", built.object) for built in found]


def _beneath(tree: Tree, arch: str, tell: Tell) -> Objects:
    """The tree's own core, and what irqlab puts beneath it."""
    from irqlab.core.build import beneath_driver

    tell("compiling kernel/irq and runtime PM")
    return list(beneath_driver(tree, arch))


def _linked(path: Path, also: list[Path], tell: Tell, core: str) -> Image:
    from irqlab.guest.image import load as load_image

    tell(f"linking {path.name}")
    return load_image(path, also, spins=core == LINUX)


def _driver(image: Image, core: str) -> Compiled:
    driver = _kind(core).of(image)
    if not driver.compatible:
        raise NoDeviceError(
            f"{image.path}: has no table of compatible strings (IRQCHIP_DECLARE(), of_match_table): irqlab knows no device for it"
        )
    return driver


def _kind(core: str) -> type[Compiled]:
    """A driver on the kernel in Python, or on the tree's own core."""
    if core == LINUX:
        from irqlab.core.linux import OnLinux

        return OnLinux
    from irqlab.guest.module import Compiled

    return Compiled


def _source_of(path: Path) -> str:
    """The source of an object, below the top of its tree, as debug information names it; empty where it says none.

    Whether the debug information can be read at all is found out when the object is loaded.
    """
    from elftools.elf.elffile import ELFFile

    from irqlab.guest.elf import damaged
    from irqlab.guest.relocate import debug_info
    from irqlab.guest.types import relative

    with contextlib.suppress(GuestError), damaged(path), open(path, "rb") as file:
        elf = ELFFile(file)
        for unit in debug_info(elf).iter_CUs() if elf.has_dwarf_info() else ():
            name = unit.get_top_DIE().attributes.get("DW_AT_name")
            if name is not None:
                return relative(name.value.decode(errors="replace"))
    return ""


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): give the path of an object file") from None


def _config_digest(directory: Path | None) -> str:
    path = directory / ".config" if directory is not None else None
    return digest(path) if path is not None and path.is_file() else ""


def configured(directory: Path | None) -> bool | None:
    """Whether a build directory is configured with ``CONFIG_PM``; None where it does not say."""
    try:
        text = (directory / ".config").read_text(encoding="utf-8", errors="replace") if directory is not None else ""
    except OSError:
        return None
    return "CONFIG_PM=y" in text.splitlines() if text else None
