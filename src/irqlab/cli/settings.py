"""Settings of a repository: ``git config irqlab.scope "small sleep=on"``.

Tests: ``tests/cli/test_b4_check.py``.
"""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Collection, Iterator
from pathlib import Path

from irqlab.cli.names import close
from irqlab.errors import InputError

_SECTION = "irqlab."

#: With what ``git config`` ends where nothing is set.
_NOTHING = 1

#: Where the settings are explained.
PAGE = "docs/b4.md"


def settings(place: Path, known: dict[str, str]) -> dict[str, str]:
    """What git's configuration says in a directory, in place of what is known.

    :raises InputError: there is a setting that is none, or git cannot read its configuration.
    """
    from irqlab.tree.git import git, said

    ran = git(place, ["config", "--null", "--get-regexp", r"^irqlab\."])
    if ran.returncode not in (0, _NOTHING):
        raise InputError(f"git config: {said(ran)}: mend it")
    found = dict(known)
    for entry in filter(None, ran.stdout.decode(errors="replace").split("\0")):
        key, _, value = entry.partition("\n")
        name = key.removeprefix(_SECTION)
        if name not in known:
            raise InputError(f"git config {key}: is no setting: {close(name, known)} ({PAGE})")
        found[name] = value
    return found


@contextlib.contextmanager
def reading(name: str) -> Iterator[None]:
    """Has a complaint about the value of a setting name it."""
    try:
        yield
    except (InputError, argparse.ArgumentTypeError) as error:
        raise InputError(f"git config {_SECTION}{name}: {error} ({PAGE})") from None


def one_of(value: str, known: Collection[str]) -> str:
    """A value, which is to be one of those that are known."""
    if value not in known:
        raise InputError(f"'{value}' is not known: {close(value, known)}")
    return value
