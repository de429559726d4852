"""Settings of a repository: ``git config irqlab.scope "small sleep=on"``.

Tests: ``tests/cli/test_b4_check.py``.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

from irqlab.cli.names import close
from irqlab.errors import InputError

_SECTION = "irqlab."


def settings(place: Path, known: dict[str, str]) -> dict[str, str]:
    """What git's configuration says in a directory, in place of what is known.

    :raises InputError: there is a setting that is none.
    """
    try:
        ran = subprocess.run(
            ["git", "config", "--null", "--get-regexp", r"^irqlab\."],
            cwd=place,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=10,
            check=False,
        )
    except OSError as error:
        raise InputError(f"git: cannot be run ({error.strerror}): sudo apt-get install git") from None
    except subprocess.TimeoutExpired:
        raise InputError("git config: did not end within 10 s: look at the repository") from None
    found = dict(known)
    for entry in filter(None, ran.stdout.split("\0")):
        key, _, value = entry.partition("\n")
        name = key.removeprefix(_SECTION)
        if name not in known:
            raise InputError(f"git config {key}: is no setting: {close(name, known)}")
        found[name] = value
    return found
