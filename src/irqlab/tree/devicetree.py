"""The tree's own boards: which of its ``.dts`` files have a device, and what dtc makes of them.

Tests: ``tests/tree/test_devicetree.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree import arch as arches
from irqlab.tree import index, make
from irqlab.tree.arch import Arch
from irqlab.tree.cache import Progress, silent
from irqlab.tree.source import Tree

#: Where includes in angle brackets are looked for, below the tree's top.
PREFIXES = "scripts/dtc/include-prefixes"


def boards(tree: Tree, compatible: Iterable[str], arch: str | Arch = "arm64", progress: Progress = silent) -> list[Path]:
    """The ``.dts`` files of an architecture in which a node has one of the compatibles, includes followed; sorted."""
    known = arch if isinstance(arch, Arch) else arches.find(arch)
    directory = f"arch/{known.directory}/boot/dts"
    entries = index.indexed(tree, f"dts-{known.name}", index.files(tree.path, directory, (".dts", ".dtsi")), index.scan, progress)
    wanted = frozenset(compatible)
    has: dict[str, bool] = {}

    def holds(name: str, above: tuple[str, ...]) -> bool:
        if name not in has and name not in above:
            entry = entries.get(name) or _elsewhere(tree, name)
            entries[name] = entry
            inside = (found for include in entry.includes if (found := _included(tree, name, include)) is not None)
            has[name] = bool(wanted & set(entry.compatible)) or any(holds(found, (*above, name)) for found in inside)
        return has.get(name, False)

    return [tree.path / name for name in sorted(entries) if name.endswith(".dts") and holds(name, ())]


def _elsewhere(tree: Tree, name: str) -> index.Entry:
    """A file of another architecture that is included here."""
    try:
        return index.scan((tree.path / name).read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return index.Entry()


def _included(tree: Tree, name: str, include: str) -> str | None:
    """The file an include means, below the tree's top."""
    for place in (tree.path / name).parent, tree.path / PREFIXES:
        # include-prefixes/ holds links to directories; a file that is a link itself keeps its place.
        found = Path(os.path.realpath((place / include).parent), Path(include).name)
        if found.is_file() and found.is_relative_to(tree.path):
            return found.relative_to(tree.path).as_posix()
    return None


def compile_dts(tree: Tree, dts: str | Path, arch: str | Arch = "arm64", *, dtc: Path | None = None) -> bytes:
    """The blob of a ``.dts``, of the tree or of the user's own, as the kernel's build makes it.

    :param dtc: the compiler to use; that of the Debian package if not given.
    :raises TreeError: a tool is missing, or the file does not compile.
    """
    path = Path(dts)
    if not path.is_absolute() and not path.exists():
        path = tree.path / path
    if not path.is_file():
        raise TreeError(f"{dts}: there is no such file: give a .dts of {tree.path}, or one of your own")
    known = arch if isinstance(arch, Arch) else arches.find(arch)
    text = preprocessed(tree, path.read_bytes(), known, path.parent, str(dts))
    return compiled(tree, text, path.parent, str(dts), dtc)


def preprocessed(tree: Tree, text: bytes, arch: Arch, directory: Path, name: str) -> bytes:
    """Device tree source after the C preprocessor, with the tree's include directories.

    :param directory: where includes in quotes are looked for; ``name`` is what messages call the source.
    """
    gcc = arch.tool("gcc")
    line = [str(gcc), "-E", "-nostdinc", "-undef", "-D__DTS__", "-x", "assembler-with-cpp"]
    line += [f"-I{directory}", f"-I{tree.path / PREFIXES}", "-"]
    return _run(line, text, directory, name)


def compiled(tree: Tree, text: bytes, directory: Path, name: str, dtc: Path | None = None) -> bytes:
    """What dtc makes of preprocessed source."""
    program = str(dtc) if dtc is not None else shutil.which("dtc")
    if program is None:
        raise TreeError(f"dtc: is not installed, {name} cannot be compiled: sudo apt-get install device-tree-compiler")
    line = [program, "-q", "-I", "dts", "-O", "dtb", "-b", "0", f"-i{directory}", f"-i{tree.path / PREFIXES}", "-"]
    return _run(line, text, directory, name)


def _run(line: list[str], text: bytes, directory: Path, name: str) -> bytes:
    try:
        done = subprocess.run(line, input=text, capture_output=True, cwd=directory, env=make.environment(), check=False)
    except OSError as error:
        raise TreeError(f"{line[0]}: cannot be run ({error.strerror}): install it anew") from None
    if done.returncode == 0:
        return done.stdout
    said = [part.strip() for part in done.stderr.decode(errors="replace").splitlines() if part.strip()]
    reason = next((part for part in said if "rror:" in part or "syntax error" in part), said[0] if said else "")
    raise TreeError(f"{name}: does not compile ({reason or Path(line[0]).name + f' ended with {done.returncode}'}): mend it")
