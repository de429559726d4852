"""Kernel sources from Debian: the package ``linux-source-<release>``, unpacked into the cache once, without root.

Tests: ``tests/tree/test_debian.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from irqlab.errors import TreeError
from irqlab.tree import arch, cache, make
from irqlab.tree.cache import Progress, silent
from irqlab.tree.source import Tree, open_tree

#: Where the package puts its archive.
INSTALLED = Path("/usr/src")

_RELEASE = re.compile(r"\d{1,3}\.\d{1,3}")


def get(release: str, progress: Progress = silent) -> Tree:
    """The sources of a release as Debian has them.

    :param release: ``6.12``; Debian's package says which stable version that is.
    :raises TreeError: the package is neither installed nor to be had, or a tool to unpack it is missing.
    """
    if not _RELEASE.fullmatch(release):
        raise TreeError(f"{release!r}: is no kernel release: give two numbers, such as 6.12")
    name = f"linux-source-{release}"
    trees = cache.directory("trees")
    place = trees / name
    if not place.is_dir():
        with cache.lock(trees / "lock", progress):
            if not place.is_dir():
                # What a killed run left.
                for left in trees.glob(".*.part"):
                    shutil.rmtree(left, ignore_errors=True)
                _unpack(release, place, progress)
    return open_tree(place)


def listed() -> list[Tree]:
    """The trees that were got, by release."""
    trees = cache.root() / "trees"
    found = [open_tree(path) for path in trees.glob("linux-source-*") if path.is_dir()]
    return sorted(found, key=lambda tree: [int(number) for number in re.findall(r"\d+", tree.version)])


def _unpack(release: str, place: Path, progress: Progress) -> None:
    arch.require(("tar", "xz"), "unpacking the kernel needs it", {"tar": "tar", "xz": "xz-utils"})
    part = Path(tempfile.mkdtemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent))
    try:
        archive = _archive(release, part, progress)
        progress(f"unpacking {archive.name}")
        inside = part / "tree"
        inside.mkdir()
        line = ["tar", "-xJf", str(archive), "--no-same-owner", "-C", str(inside)]
        _run(line, part, f"{archive}: cannot be unpacked", "make room, or install the package anew")
        tops = list(inside.iterdir())
        if len(tops) != 1:
            raise TreeError(f"{archive}: holds {len(tops)} directories instead of one kernel tree: install the package anew")
        open_tree(tops[0])
        tops[0].rename(place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _archive(release: str, part: Path, progress: Progress) -> Path:
    """The archive of the sources: the installed package's, or that of one that is downloaded."""
    name = f"linux-source-{release}"
    installed = INSTALLED / f"{name}.tar.xz"
    if installed.is_file():
        return installed
    wanted = f"sudo apt-get install {name}"
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise TreeError(
            f"{name}: is not installed, and there is no apt-get to get it with: unpack Linux {release} yourself and give --tree"
        )
    known = _known()
    if name not in known:
        there = f"take one of {', '.join(known)}" if known else f"sudo apt-get update, then {wanted}"
        raise TreeError(f"{name}: is not installed, and apt knows no such package: {there}")
    progress(f"downloading {name}")
    # Not into /var: a user may download, though not install.
    _run(["apt-get", "download", "-o", "APT::Sandbox::User=", name], part, f"{name}: cannot be downloaded", wanted)
    packages = list(part.glob("*.deb"))
    if len(packages) != 1:
        raise TreeError(f"{name}: apt-get downloaded {len(packages)} packages instead of one: {wanted}")
    progress(f"unpacking {packages[0].name}")
    _run(["dpkg-deb", "-x", str(packages[0]), str(part / "package")], part, f"{packages[0].name}: cannot be unpacked", wanted)
    found = list((part / "package").rglob(f"{name}.tar.xz"))
    if not found:
        raise TreeError(f"{packages[0].name}: has no {name}.tar.xz: {wanted}")
    packages[0].unlink()
    return found[0]


def _known() -> list[str]:
    """The kernel source packages apt can get, by release."""
    line = ["apt-cache", "pkgnames", "linux-source-"]
    try:
        done = subprocess.run(line, env=make.environment(), capture_output=True, text=True, errors="replace", check=False)
    except FileNotFoundError:
        return []
    names = [name for name in done.stdout.split() if _RELEASE.fullmatch(name.removeprefix("linux-source-"))]
    return sorted(names, key=lambda name: [int(number) for number in re.findall(r"\d+", name)])


def _run(line: list[str], directory: Path, failed: str, remedy: str) -> None:
    """Runs one program; what it complains of first becomes part of the error.

    :param failed: what could not be done; ``remedy`` is what to do about it.
    """
    with contextlib.suppress(FileNotFoundError):
        process = subprocess.Popen(
            line,
            cwd=directory,
            env=make.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
        )
        try:
            _, said = process.communicate()
        except BaseException:
            process.kill()
            process.wait()
            raise
        if process.returncode == 0:
            return
        lines = [text.strip() for text in said.splitlines() if text.strip()]
        reason = next((text for text in lines if text.startswith(("E:", "tar:", "xz:", "dpkg-deb:"))), lines[-1] if lines else "")
        raise TreeError(f"{failed} ({reason or f'{line[0]} ended with status {process.returncode}'}): {remedy}")
    raise TreeError(f"{failed} ({line[0]} is not installed): {remedy}")
