"""Which modelled release stands for a kernel version, and where a version is written.

Tests: ``tests/cli/test_versions.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from irqlab.errors import InputError
from irqlab.kernel.release import RELEASES

_NUMBERS = re.compile(r"(\d{1,3})\.(\d{1,4})(?!\d)")

#: More directories than lie between an object and the top of its build directory.
_DEEP = 32


def numbers(version: str) -> tuple[int, int]:
    """The first two numbers of a version: ``6.12.117-amd64`` is (6, 12).

    :raises InputError: it does not begin with two numbers.
    """
    found = _NUMBERS.match(version)
    if found is None:
        raise InputError(f"'{version}' is no kernel version: give --kernel, a release ('irqlab list kernels')")
    return int(found[1]), int(found[2])


def modelled(version: str) -> tuple[str, str]:
    """The nearest modelled release at or below a version, and what is assumed by that; nothing where it is the same x.y.

    :raises InputError: no modelled release is that old.
    """
    wanted = numbers(version)
    known = sorted((numbers(name), name) for name in RELEASES)
    below = [name for release, name in known if release <= wanted]
    if not below:
        raise InputError(
            f"Linux {version} is older than any release that is modelled: give --kernel, one of {', '.join(RELEASES)}"
        )
    name = below[-1]
    if numbers(name) == wanted:
        return name, ""
    return name, (
        f"Linux {version} is run as {name}, the nearest modelled release at or below it: what changed in between is not modelled"
    )


def of_module(modinfo: Iterable[tuple[str, str]]) -> str:
    """The version in a module's ``vermagic``; empty where it has none."""
    return next((value.split(" ")[0] for key, value in modinfo if key == "vermagic"), "")


def of_build(file: Path) -> tuple[str, Path | None]:
    """The version of the build directory a file lies in, and that directory; empty and None where it lies in none."""
    for directory in list(file.absolute().parents)[:_DEEP]:
        release = directory / "include" / "config" / "kernel.release"
        try:
            return release.read_text(encoding="utf-8").strip(), directory
        except (OSError, UnicodeDecodeError):
            continue
    return "", None
