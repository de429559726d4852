"""The board a compiled driver is put on: irqlab's own, one of its kernel tree's, or the example of its binding.

Tests: ``tests/cli/test_boards.py``, ``tests/real/test_check.py``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from irqlab.board import Board, Node, blob, load, names, parse
from irqlab.cli.names import board_name
from irqlab.errors import BoardError, InputError, TreeError
from irqlab.report.board import contents, for_driver

if TYPE_CHECKING:
    from irqlab.kernel.device import Driver
    from irqlab.tree import Example, Tree

Tell = Callable[[str], None]

#: How many boards of a tree are looked at for one on which the controller is switched on.
_LOOK = 8

#: What only a preprocessed file is free of.
_DIRECTIVE = re.compile(rb"^[ \t]*(?:#[ \t]*(?:include|define|if|ifdef|ifndef)\b|/include/)", re.MULTILINE)

#: ``fsl,irqsteer.yaml``, ``fsl,irqsteer.yaml#1``: a binding, and which of its examples.
_BINDING = re.compile(r"(.+\.yaml)(?:#(\d{1,4}))?")


@dataclass(frozen=True)
class Chosen:
    """A board, and why it is this one.

    :ivar file: where it was read from, below the top of the tree if it is of one; ``text`` is what was read, as device tree
        source.  Both empty for irqlab's own.
    :ivar notes: what is assumed besides what the board assumes.
    """

    board: Board
    file: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()


def choose(wanted: str, driver: Driver, tree: Tree | None, arch: str, tell: Tell) -> Chosen:
    """The board that is asked for, or the first there is for a driver.

    :param wanted: a name of irqlab's own, a file, a binding; empty: irqlab's own, then the tree's, then an example.
    :raises InputError: there is none, or it has no node for the driver.
    """
    if wanted:
        return _wanted(wanted, driver, tree, arch, tell)
    for name in names():
        board = load(name)
        if any(set(part.node.compatible) & set(driver.compatible) for part in board.parts if part.kind != "gic"):
            return Chosen(board)
    what = ", ".join(driver.compatible[:4]) + (", …" if len(driver.compatible) > 4 else "")
    if tree is None:
        raise InputError(
            f"no board of irqlab's own has a node for {driver.name} ({what}): give --tree, the kernel tree it is from, or --board"
        )
    refused: list[str] = []
    found = _of_tree(driver, tree, arch, tell, refused) or _of_binding(driver, tree, arch, tell, refused)
    if found is None:
        why = f" ({refused[0]})" if refused else ""
        raise InputError(f"nothing in {tree.path} describes a board for {driver.name} ({what}){why}: give --board FILE.dts")
    return found


def _wanted(wanted: str, driver: Driver, tree: Tree | None, arch: str, tell: Tell) -> Chosen:
    if wanted in names():
        return Chosen(load(wanted))
    binding = _BINDING.fullmatch(wanted)
    if binding is not None:
        return _named_binding(binding[1], binding[2], driver, tree, arch, tell)
    path = Path(wanted)
    if not path.exists() and tree is not None and (tree.path / wanted).is_file():
        path = tree.path / wanted
    if not path.exists():
        board_name(wanted)
    data = contents(str(path))
    if not data.startswith(blob.MAGIC) and _DIRECTIVE.search(data):
        data = _compiled(path, tree, arch, tell)
    return _made(_below(path, tree) or wanted, data, driver)


def _made(file: str, data: bytes, driver: Driver, notes: tuple[str, ...] = ()) -> Chosen:
    try:
        text = blob.to_text(data, file) if data.startswith(blob.MAGIC) else data.decode()
    except UnicodeDecodeError:
        parse(data, file)  # says what is wrong
        raise
    return Chosen(for_driver(Path(file.partition("#")[0]).stem, text, file, driver), file, text, notes)


def _compiled(path: Path, tree: Tree | None, arch: str, tell: Tell) -> bytes:
    """What dtc makes of a file that includes others."""
    from irqlab.tree import compile_dts, tree_of

    if tree is None:
        try:
            tree = tree_of(path)
        except TreeError:
            raise InputError(f"{path}: includes other files: give --tree, the kernel tree they are in, or the .dtb") from None
    tell(f"compiling {path.name}")
    return compile_dts(tree, path.absolute(), arch)


def _below(path: Path, tree: Tree | None) -> str:
    """A path below the top of the tree; empty for one elsewhere."""
    real = Path(os.path.realpath(path))
    return real.relative_to(tree.path).as_posix() if tree is not None and real.is_relative_to(tree.path) else ""


def _of_tree(driver: Driver, tree: Tree, arch: str, tell: Tell, refused: list[str]) -> Chosen | None:
    """The first board of the tree on which the controller is switched on, else the first on which there is one."""
    from irqlab.tree import ARCHES, boards

    for name in (arch, *(other for other in ARCHES if other != arch)):
        if not (tree.path / "arch" / ARCHES[name].directory / "boot" / "dts").is_dir():
            continue
        paths = boards(tree, driver.compatible, name, tell)
        tell(f"looking for a board for {driver.name}")
        usable = list(_usable(paths[:_LOOK], driver, tree, arch, tell, refused))
        if usable:
            chosen = next((found for found, on in usable if on), usable[0][0])
            several = f", one of {len(paths)} in the tree with such a node" if len(paths) > 1 else ""
            note = f"the board is {chosen.file}{several}: --board takes another"
            return Chosen(chosen.board, chosen.file, chosen.text, (note, *chosen.notes))
    return None


def _usable(
    paths: list[Path], driver: Driver, tree: Tree, arch: str, tell: Tell, refused: list[str]
) -> Iterator[tuple[Chosen, bool]]:
    """Boards that can be built, each with whether the controller is switched on; ends with the first such."""
    for path in paths:
        try:
            data = _compiled(path, tree, arch, tell)
            found = _made(_below(path, tree), data, driver)
        except (BoardError, TreeError) as error:
            refused.append(str(error))
            continue
        on = any(_is_on(node) for node in parse(data, str(path)).walk() if node.is_compatible(*driver.compatible))
        yield found, on
        if on:
            return


def _is_on(node: Node) -> bool:
    above: Node | None = node
    while above is not None:
        if above.has("status") and above.strings("status")[:1] not in (("okay",), ("ok",)):
            return False
        above = above.parent
    return True


def _of_binding(driver: Driver, tree: Tree, arch: str, tell: Tell, refused: list[str]) -> Chosen | None:
    """The first example of a binding that can be built."""
    from irqlab.tree import examples

    tell(f"looking for an example of {driver.name}")
    found = examples(tree, driver.compatible, arch, tell)
    refused.extend(found.refused)
    for example in found.found:
        try:
            note = "no board of irqlab's own and none of the tree's has such a node: --board takes one of yours"
            return _example(example, driver, note)
        except BoardError as error:
            refused.append(str(error))
    return None


def example_board(example: Example, driver: Driver) -> Board:
    """The board of one example; :class:`~irqlab.errors.BoardError` if it is none."""
    return _example(example, driver).board


def tree_board(path: Path, tree: Tree, arch: str, driver: Driver) -> Board:
    """The board of one device tree of a kernel tree; an :class:`~irqlab.errors.InputError` if it is none."""
    return _made(_below(path, tree), _compiled(path, tree, arch, lambda what: None), driver).board


def _named_binding(path: str, number: str | None, driver: Driver, tree: Tree | None, arch: str, tell: Tell) -> Chosen:
    from irqlab.tree import examples

    if tree is None:
        raise InputError(f"--board {path}: is a binding: give --tree, the kernel tree it is in, too")
    below = _below(tree.path / path, tree) or path
    found = examples(tree, driver.compatible, arch, tell)
    for example in found.found:
        if example.binding == below and number in (None, str(example.number)):
            return _example(example, driver)
    why = f" ({found.refused[0]})" if found.refused else ""
    raise InputError(f"--board {path}: no such example in {tree.path} has a node for {driver.name}{why}: give a .dts or .dtb")


def _example(example: Example, driver: Driver, note: str = "") -> Chosen:
    file = f"{example.binding}#{example.number}"
    told = f"the board is example {example.number} of {example.binding}" + (f": {note}" if note else "")
    return _made(file, example.dtb, driver, (told, *example.assumptions))
