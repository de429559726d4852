"""Objects: sources of a tree compiled as the kernel compiles them, and kept until something they were made from changes.

Tests: ``tests/tree/test_objects.py``, ``tests/real/test_tree.py``.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from irqlab.errors import CompileError, TreeError
from irqlab.tree import cache, command
from irqlab.tree.again import laid_over
from irqlab.tree.arch import Arch
from irqlab.tree.built import Built
from irqlab.tree.cache import Progress, silent
from irqlab.tree.makefile import drivers
from irqlab.tree.source import Tree
from irqlab.tree.workspace import Workspace, cpus, opened

#: How many neighbours of a new source are tried.
_NEIGHBOURS = 5


def build(tree: Tree, source: str | Path, arch: str | Arch = "arm64", progress: Progress = silent) -> Built:
    """The object of a source; make runs only if something the object is made from changed.

    :param source: ``drivers/irqchip/irq-imx-irqsteer.c``, as :meth:`Tree.source` takes it.
    :raises TreeError: it is no source of the tree, something building needs is missing, or it does not compile.
    """
    name = tree.source(source)
    if not (tree.path / name).is_file():
        return _new(tree, name, arch, progress)
    result = build_many(tree, [name], arch, progress=progress)[name]
    if isinstance(result, TreeError):
        raise result
    return result


def _new(tree: Tree, name: str, arch: str | Arch, progress: Progress) -> Built:
    """The object of a source that the tree does not have, but its changes: compiled as one beside it is."""
    plain, directory = dataclasses.replace(tree, changed=None), str(PurePosixPath(name).parent)
    beside = [other for other in drivers(plain, directory) if str(PurePosixPath(other).parent) == directory]
    error = TreeError(f"{name}: nothing beside it is built, so nothing says how it is compiled: give a whole kernel tree")
    for other in beside[:_NEIGHBOURS]:
        try:
            built = build(plain, other, arch, progress)
        except TreeError as refused:
            error = refused
        else:
            return laid_over(dataclasses.replace(built, tree=tree), name)
    raise error


def build_many(
    tree: Tree, sources: Iterable[str | Path], arch: str | Arch = "arm64", jobs: int = 0, progress: Progress = silent
) -> dict[str, Built | TreeError]:
    """The objects of many sources by their paths, in one run of make; in place of one that does not compile its error.

    :param jobs: how many compilers may run at a time; as many as there are CPUs if not given.
    :raises TreeError: something is wrong for all of them: a source is none, or something building needs is missing.
    """
    names = list(dict.fromkeys(tree.source(source) for source in sources))
    space = opened(tree, arch, progress)
    config = space.config()
    seen: dict[str, str] = {}
    stale = [name for name in names if not _fresh(space, name, seen)]
    errors: dict[str, TreeError] = {}
    if stale:
        with space.locked(progress) as holding:
            # Another irqlab may have built them while this one waited.
            seen = {}
            stale = [name for name in stale if not _fresh(space, name, seen)]
            if stale:
                errors = _make(space, stale, holding, jobs or cpus(), progress)
    return {name: errors[name] if name in errors else _changed(_built(space, name, config)) for name in names}


def _changed(built: Built) -> Built | TreeError:
    """The object with the tree's changes, where there are any."""
    try:
        return laid_over(built)
    except TreeError as error:
        return error


def _make(space: Workspace, names: list[str], holding: int, jobs: int, progress: Progress) -> dict[str, TreeError]:
    """Makes objects anew; returns what does not compile."""
    for name in names:
        # make goes by age only: an older version that was put back would be overlooked, and so would half an object.
        _object(space, name).unlink(missing_ok=True)
        _stamp(space, name).unlink(missing_ok=True)
    targets = [_target(name) for name in names]
    waited = set(targets)

    def tell(step: str) -> None:
        waited.discard(step.partition(" ")[2])
        progress(f"{step} ({len(names) - len(waited)} of {len(names)})" if len(names) > 1 else step)

    began = time.time_ns()
    made = space.make(targets, names[0].replace("/", "-") if len(names) == 1 else "many", holding, tell, jobs)
    said = made.errors()
    errors: dict[str, TreeError] = {}
    for name in names:
        recorded = _recorded(space, name)
        if recorded is None or not _object(space, name).is_file():
            reason = said.get(_target(name)) or made.error() or f"make ended with status {made.status} and made nothing"
            reason = reason.replace(f"{space.source}/", "")
            errors[name] = CompileError(name, space.arch.name, reason, f" (the whole log: {made.path})")
        elif not cache.touched(recorded.paths(space.objects), began):
            # What was edited while make ran may or may not be in the object: without a stamp it is made again next time.
            cache.save(_stamp(space, name), _now(space, name, recorded))
    return errors


def _built(space: Workspace, name: str, config: str) -> Built:
    recorded = _recorded(space, name)
    if recorded is None:
        raise TreeError(f"{_object(space, name)}: has gone while it was used: leave the cache alone, and run again")
    return Built(
        object=_object(space, name),
        source=name,
        tree=space.tree,
        arch=space.arch.name,
        version=space.tree.version,
        config=config,
        own_config=bool(space.base),
        command=recorded.command,
        directory=space.objects,
    )


def _fresh(space: Workspace, name: str, seen: dict[str, str]) -> bool:
    """Whether the object is there and nothing it was made from has changed."""
    said = cache.read(_stamp(space, name))
    if not said or not _object(space, name).is_file():
        return False
    recorded = _recorded(space, name)
    return recorded is not None and said == _now(space, name, recorded, seen)


def _now(space: Workspace, name: str, recorded: command.Recorded, seen: dict[str, str] | None = None) -> str:
    """What the object's stamp says if it is up to date; ``seen`` as for :func:`irqlab.tree.cache.fingerprint`."""
    return cache.fingerprint([*recorded.paths(space.objects), *space.makefiles(name)], seen) + "\n"


def _recorded(space: Workspace, name: str) -> command.Recorded | None:
    return command.parse(cache.read(command.beside(_object(space, name))))


def _target(name: str) -> str:
    return name.rpartition(".")[0] + ".o"


def _object(space: Workspace, name: str) -> Path:
    return space.objects / _target(name)


def _stamp(space: Workspace, name: str) -> Path:
    return space.path / "stamp" / _target(name)
