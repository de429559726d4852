"""A place in the cache where one tree is built for one architecture in one configuration.

Nothing is ever written into the user's tree.  A tree in which something was configured or built is built through a
shadow of links (:mod:`irqlab.tree.shadow`), because the kernel's Makefile builds elsewhere from clean trees only.

Tests: ``tests/tree/test_workspace.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree import arch as arches
from irqlab.tree import cache, command, config, make, shadow
from irqlab.tree.arch import Arch
from irqlab.tree.cache import Progress, silent
from irqlab.tree.source import Tree

#: Written into every key: raised when something here changes what is built.
GENERATION = "2"


@dataclass(frozen=True)
class Workspace:
    """One build directory.

    :ivar source: what make is given as the source tree: the tree, or its shadow.
    :ivar path: the workspace in the cache; objects are in ``obj/``, stamps in ``stamp/``, logs in ``log/``.
    :ivar base: the user's ``.config``; empty where irqlab's own configuration is used.
    """

    tree: Tree
    arch: Arch
    source: Path
    path: Path
    base: str

    @property
    def objects(self) -> Path:
        """The build directory: make's ``O=``."""
        return self.path / "obj"

    def config(self) -> str:
        """The SHA-256 of the configuration."""
        return hashlib.sha256(cache.read(self.objects / ".config").encode(errors="surrogateescape")).hexdigest()

    @contextlib.contextmanager
    def locked(self, progress: Progress = silent) -> Iterator[int]:
        """Only one process at a time changes the workspace."""
        with cache.lock(self.path / "lock", progress) as number:
            yield number

    def make(self, targets: list[str], log: str, holding: int, progress: Progress = silent, jobs: int = 1) -> make.Made:
        """Runs make here, keeping on after errors; the caller holds the lock."""
        given = make.variables(self.arch, self.objects)
        # Debug information names sources as the tree does, wherever tree, shadow and cache lie.
        given["KCFLAGS"] = f"-fdebug-prefix-map={self.source}/= -fdebug-prefix-map={self.objects}=."
        path = self.path / "log" / f"{log}.log"
        return make.run(
            self.source, given, targets, path, jobs=jobs, keep_going=len(targets) > 1, progress=progress, holding=holding
        )

    def makefiles(self, source: str) -> list[Path]:
        """What decides how a source is compiled, from the top of the tree down to its directory."""
        top, kernel = self.source, self.source / "arch" / self.arch.directory
        found = [top / "Makefile", top / "Kbuild", kernel / "Makefile", kernel / "Kbuild"]
        found += [*sorted((top / "scripts").glob("Makefile.*")), top / "scripts" / "Kbuild.include"]
        for parent in Path(source).parents:
            found += [top / parent / "Makefile", top / parent / "Kbuild"]
        return list(dict.fromkeys(found))


def locate(tree: Tree, arch: str | Arch, progress: Progress = silent) -> Workspace:
    """The workspace of a tree, which need not have been configured yet.

    :raises TreeError: the compiler is missing, or the architecture is none.
    """
    known = arch if isinstance(arch, Arch) else arches.find(arch)
    if not (tree.path / "arch" / known.directory / "Kconfig").is_file():
        raise TreeError(f"{tree.path}: Linux {tree.version} has no arch/{known.directory}: take another architecture")
    toolchain = known.toolchain()
    users = cache.read(tree.path / ".config")
    base = users if users and config.is_for(users, known) else ""
    recipe = base or config.lines(config.options(known, ""))
    source = shadow.source(tree, progress)
    name = f"{tree.version}-{known.name}-{cache.key(GENERATION, str(source), known.name, toolchain, recipe)}"
    return Workspace(tree, known, source, cache.directory("build", name), base)


def opened(tree: Tree, arch: str | Arch = "arm64", progress: Progress = silent) -> Workspace:
    """The workspace of a tree, configured and prepared; at once where nothing changed since.

    :raises TreeError: something that building needs is missing, or make failed.
    """
    space = locate(tree, arch, progress)
    if not _current(space):
        arches.require(("make", "flex", "bison", "bc", "gcc", "ld"), "the kernel's build needs it")
        with space.locked(progress) as holding:
            if not _current(space):
                _configure(space, holding, progress)
    return space


@dataclass(frozen=True)
class Kept:
    """A build directory of the cache, told without opening the tree it was made from."""

    tree: str
    version: str
    arch: str
    own_config: bool
    objects: int
    path: Path


def listed() -> list[Kept]:
    """The build directories of the cache, by tree and architecture."""
    found: list[Kept] = []
    for path in (cache.root() / "build").glob("*/about.json"):
        try:
            about = json.loads(cache.read(path))
            stamps = sum(1 for stamp in (path.parent / "stamp").rglob("*") if stamp.is_file())
            found.append(Kept(about["tree"], about["version"], about["arch"], about["own"], stamps, path.parent))
        except (ValueError, KeyError, TypeError):
            continue
    return sorted(found, key=lambda kept: (kept.tree, kept.version, kept.arch, kept.own_config, str(kept.path)))


def _configure(space: Workspace, holding: int, progress: Progress) -> None:
    """Writes the configuration and prepares the build directory."""
    (space.path / "prepared").unlink(missing_ok=True)
    space.objects.mkdir(parents=True, exist_ok=True)
    about = {"tree": str(space.tree.path), "version": space.tree.version, "arch": space.arch.name, "own": bool(space.base)}
    cache.save(space.path / "about.json", json.dumps(about, sort_keys=True) + "\n")
    target = space.objects / ".config"
    progress(f"configuring Linux {space.tree.version} for {space.arch.name}")
    if space.base:
        _write(target, config.merged(space.base, config.with_debug_info(space.base)))
        _make(space, ["olddefconfig"], "configure", holding, progress)
    else:
        wanted = config.options(space.arch, config.kconfig(space.tree.path))
        before = target.with_name(".config.before")
        # The default one anew: what an earlier configuration of this directory said must not remain.
        if target.exists():
            target.replace(before)
        _make(space, [space.arch.defconfig], "configure", holding, progress)
        # Twice: what the options bring along comes as modules first.
        for _ in range(2):
            target.write_text(config.merged(config.built_in(cache.read(target)), wanted), encoding="utf-8")
            _make(space, ["olddefconfig"], "configure", holding, progress)
        if cache.read(before) == cache.read(target):
            before.replace(target)
        before.unlink(missing_ok=True)
    if config.parse(cache.read(target)).get("DEBUG_INFO") != "y":
        raise TreeError(f"{target}: the kernel cannot be configured with debug information: say what its Kconfig wants for it")
    progress(f"preparing Linux {space.tree.version} for {space.arch.name}")
    _make(space, ["prepare"], "prepare", holding, progress)
    cache.save(space.path / "prepared", _stamp(space))


def _write(target: Path, text: str) -> None:
    if cache.read(target) != text:
        target.write_text(text, encoding="utf-8", errors="surrogateescape")


def _make(space: Workspace, targets: list[str], log: str, holding: int, progress: Progress) -> None:
    made = space.make(targets, log, holding, progress, jobs=cpus())
    if made.status:
        what = f"Linux {space.tree.version} cannot be {'prepared' if log == 'prepare' else 'configured'} for {space.arch.name}"
        raise TreeError(f"{space.tree.path}: {what}: {made.error()} (the whole log: {made.path})")


def cpus() -> int:
    """How many compilers run at a time where nobody says."""
    return max(1, len(os.sched_getaffinity(0)))


def _current(space: Workspace) -> bool:
    said = cache.read(space.path / "prepared")
    return bool(said) and said == _stamp(space)


def _stamp(space: Workspace) -> str:
    """What the configuration and the generated headers were made from."""
    build, top = space.objects, space.source
    kernel = top / "arch" / space.arch.directory
    files = [str(build / ".config"), *_kconfigs(space)]
    for path in (
        build / "kernel" / "bounds.s",
        build / "arch" / space.arch.directory / "kernel" / "asm-offsets.s",
    ):
        recorded = command.parse(cache.read(command.beside(path)))
        files += recorded.paths(build) if recorded is not None else []
    files += [str(top / "Makefile"), str(top / "Kbuild"), str(kernel / "Makefile"), str(top / "include/asm-generic/Kbuild")]
    files += [str(kernel / "include" / "asm" / "Kbuild"), str(kernel / "include" / "uapi" / "asm" / "Kbuild")]
    return cache.fingerprint(dict.fromkeys(files)) + "\n"


def _kconfigs(space: Workspace) -> list[str]:
    """The Kconfig files the configuration was made from; Kconfig lists them below the source tree."""
    text = cache.read(space.objects / "include" / "config" / "auto.conf.cmd")
    return [os.path.join(space.source, name) for name in text.split() if "Kconfig" in name]
