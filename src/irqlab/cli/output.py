"""Where output goes: colour on a terminal only, plain and stable bytes into a pipe, files whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from irqlab.errors import InputError
from irqlab.report.lines import DIM, LOOKS, Line, plain


def show(lines: Iterable[Line]) -> None:
    """Prints a report."""
    lines = list(lines)
    if not sys.stdout.isatty():
        write(plain(lines))
        return
    from rich.console import Console
    from rich.text import Text

    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        text = Text(line.text, style=LOOKS[line.style])
        console.print(text.append(line.gap + line.aside, style="not bold " + LOOKS[DIM]) if line.aside else text)


def write(text: str) -> None:
    """Writes text to standard output, as UTF-8 whatever the locale."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace", newline="\n")
    sys.stdout.write(text)


def save(path: str, text: str) -> None:
    """Writes a file whole or not at all: a new file beside it takes its place.

    Something that is no regular file (``/dev/null``, a pipe) is written to directly.
    """
    target = Path(path)
    try:
        if target.exists() and not target.is_file():
            if target.is_dir():
                raise InputError(f"{path}: is a directory: give the name of a file")
            target.write_text(text, encoding="utf-8")
            return
        target = target.resolve()
        number, name = tempfile.mkstemp(prefix=f".{target.name[:100]}.", suffix=".part", dir=target.parent)
        try:
            with open(number, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            os.chmod(name, 0o666 & ~_umask())
            os.replace(name, target)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(name)
            raise
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise InputError(f"{path}: cannot be written ({reason}): choose another place") from None


def writable(path: str) -> None:
    """Refuses a path that nothing can be written to, before any work is done for it."""
    target = Path(path)
    try:
        if target.is_dir():
            raise InputError(f"{path}: is a directory: give the name of a file")
        if target.exists() and not target.is_file():
            return
        folder = target.resolve().parent
        if not folder.is_dir():
            raise InputError(f"{path}: cannot be written (there is no directory {folder}): choose another place")
        if not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(f"{path}: cannot be written (no permission in {folder}): choose another place")
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be written ({error}): choose another place") from None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
