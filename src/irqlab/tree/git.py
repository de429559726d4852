"""Git, run for one answer: without a terminal, in one language, for a bounded time.

Tests: ``tests/tree/test_git.py``, ``tests/tree/test_patched.py``, ``tests/tree/test_revisions.py``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from irqlab.errors import TreeError

#: Seconds a run may take.
PATIENCE = 120


def git(
    place: Path,
    words: Iterable[str],
    *,
    data: bytes = b"",
    settings: Iterable[tuple[str, str]] = (),
    environment: Mapping[str, str] | None = None,
    own: bool = True,
) -> subprocess.CompletedProcess[bytes]:
    """Runs git in a directory; what it says and its status are the caller's to read.

    :param data: what it reads from standard input.
    :param settings: settings that win over those of the repository and the user; ``environment`` is added to git's.
    :param own: what the environment says of git (``GIT_DIR`` and its like) counts; False where only ``place`` is to.
    :raises TreeError: it cannot be run, or does not end.
    """
    words, pairs = list(words), list(settings)
    kept = {name: value for name, value in os.environ.items() if own or not name.startswith("GIT_")}
    won = {"GIT_CONFIG_COUNT": str(len(pairs))} if pairs else {}
    for number, (name, value) in enumerate(pairs):
        won |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    try:
        return subprocess.run(
            ["git", *words],
            cwd=place,
            env={**kept, "LC_ALL": "C", **(environment or {}), **won},
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        verb = next((word for word in words if not word.startswith("-") and "=" not in word), "")
        raise TreeError(f"git: {verb} did not end within {PATIENCE} s: give less") from None
    except OSError as error:
        raise TreeError(f"git: cannot be run ({error.strerror}): sudo apt-get install git") from None


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """The first thing that was wrong, as git says it."""
    lines = (line.removeprefix("error: ").removeprefix("fatal: ") for line in done.stderr.decode(errors="replace").splitlines())
    return next((line.strip() for line in lines if line.strip()), f"status {done.returncode}")
