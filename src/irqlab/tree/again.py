"""What was compiled once, compiled once more: with other flags, or another text in the place of the source.

So C of irqlab's own sees the headers, the options and the configuration that the driver beside it saw.

Tests: ``tests/tree/test_again.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shlex
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from irqlab.errors import CompileError, TreeError
from irqlab.tree import cache, make
from irqlab.tree.built import Built
from irqlab.tree.overlay import own, search


def with_flags(built: Built, flags: Iterable[str]) -> Built:
    """The same source with more flags for the compiler, which come last and so win.

    :raises TreeError: it does not compile with them.
    """
    source = _source(built)
    flags = tuple(flags)
    place = _place(built, source, *flags)
    return _compiled(built, built.source, Path(source), place / Path(built.object).name, flags)


def compile_text(like: Built, name: str, text: str, flags: Iterable[str] = ()) -> Built:
    """A source of one's own, compiled as ``like`` was.

    :param name: what the file is called, also in debug information: ``glue.c``, or ``.S`` for assembly.
    :raises TreeError: it does not compile.
    """
    if "/" in name or not name.endswith((".c", ".S")):
        raise TreeError(f"{name}: is no name of a source: give one that ends in .c or .S, without a directory")
    flags = tuple(flags)
    place = _place(like, name, text, *flags)
    source = place / name
    if cache.read(source) != text:
        cache.save(source, text)
    assembly = ("-D__ASSEMBLY__",) if name.endswith(".S") else ()
    named = f"-fdebug-prefix-map={place}/="
    return _compiled(like, name, source, source.with_suffix(".o"), (*assembly, named, *flags))


def laid_over(built: Built, name: str = "") -> Built:
    """The object with what is changed of its tree; as it is where the tree is.

    Its source is that of the changes, if they have it, and their headers are found before the tree's own.

    :param name: a source of the changes that the tree does not have, compiled in the place of the object's own.
    :raises TreeError: it does not compile so.
    """
    place = built.tree.changed
    if place is None:
        return built
    source, name = _source(built), name or built.source
    words = shlex.split(built.command)[:-1]
    words[1:1] = [*search(place, source.removesuffix(built.source), words), f"-iquote{os.path.dirname(source)}"]
    words += [f"-fdebug-prefix-map={place}/=", f"-fmacro-prefix-map={place}/="]
    changed = dataclasses.replace(built, command=shlex.join([*words, str(own(place, name) or source)]))
    target = _place(changed, "changed") / Path(name).with_suffix(".o").name
    try:
        return _compiled(changed, name, Path(_source(changed)), target, ())
    except CompileError as error:
        raise CompileError(error.source, error.arch, error.reason.replace(f"{place}/", "")) from None


def _place(built: Built, *parts: str) -> Path:
    """A directory of the workspace for what is compiled from ``parts`` as ``built`` was."""
    place = built.directory.parent / "again" / cache.key(built.command, *parts)
    place.mkdir(parents=True, exist_ok=True)
    return place


def _source(built: Built) -> str:
    return shlex.split(built.command)[-1]


def _compiled(built: Built, name: str, source: Path, target: Path, flags: tuple[str, ...]) -> Built:
    listed = target.with_suffix(".d")
    number, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
    os.close(number)
    line = _line(built.command, source, target, flags)
    result = dataclasses.replace(built, object=target, source=name, command=shlex.join(line))
    line[line.index("-o") + 1] = part
    stamp = target.with_suffix(".stamp")
    try:
        if target.is_file() and cache.read(stamp) == _now(listed, built):
            return result
        stamp.unlink(missing_ok=True)
        began = time.time_ns()
        wrong = make.compiler(line, built.directory)
        if wrong:
            raise CompileError(name, built.arch, wrong)
        os.replace(part, target)
        if not cache.touched(_inputs(listed, built), began):
            cache.save(stamp, _now(listed, built))
        return result
    finally:
        with contextlib.suppress(OSError):
            os.unlink(part)


def _line(command: str, source: Path, target: Path, flags: tuple[str, ...]) -> list[str]:
    """The recorded line with another source, another object and more flags."""
    words = [word for word in shlex.split(command)[:-1] if not word.startswith("-Wp,-MMD")]
    words[words.index("-o") + 1] = str(target)
    return [*words, *flags, "-MD", "-MF", str(target.with_suffix(".d")), "-MT", target.name, str(source)]


def _inputs(listed: Path, built: Built) -> list[Path]:
    """The dependencies the compiler listed."""
    return [built.directory / name for name in cache.read(listed).partition(":")[2].replace("\\\n", " ").split()]


def _now(listed: Path, built: Built) -> str:
    """What the stamp of an object says if it is up to date."""
    return cache.fingerprint(_inputs(listed, built)) + "\n"
