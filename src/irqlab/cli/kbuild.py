"""``irqlab kbuild``: the checker of a kernel build, ``make C=1 CHECK="irqlab kbuild" CF="--scope small"``.

kbuild runs it on every file with the whole line of the compiler, in the directory it builds in.  A driver of an interrupt
controller is compiled once more as that line says, into a scratch directory, and explored for a few seconds.  The build goes
on whatever is found: the exit status is 0, but 2 where ``CF`` is wrong.

Tests: ``tests/cli/test_kbuild.py``, ``tests/real/test_kbuild.py``.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irqlab.board import names as boards
from irqlab.cli import check, compiled, concern, isolated, names
from irqlab.cli.answer import Answer
from irqlab.cli.child import Request
from irqlab.cli.companions import Make
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.parser import Parser
from irqlab.cli.status import KEPT
from irqlab.errors import InputError, IrqlabError, NoDeviceError, TreeError
from irqlab.explore.origin import MODEL
from irqlab.report.lines import Line as Said
from irqlab.report.lines import one_line, plain
from irqlab.report.warnings import note, warnings

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from irqlab.tree import Built, Tree
    from irqlab.tree.line import Line

#: What is compiled for if nobody says.
ARM64 = "arm64"

#: Seconds an exploration may take, if ``CF`` does not say.
SECONDS = 10.0

_HOW = "call it as kbuild does: make C=1 CHECK='irqlab kbuild' drivers/irqchip/irq-x.o (docs/kbuild.md)"

#: Options of ``irqlab check`` that the build has decided.
_BUILDS = ("tree", "driver_file", "arch", "core")

#: What kbuild tells its checker besides ``CF``, and what ``CF`` may tell sparse as well.
_SPARSES = re.compile(
    r"-(?:[DUI].*|W.*|O\w*|[Evw]|g[\w=-]*|std=.*|nostdinc|include|imacros|isystem.*|iquote.*|idirafter.*|gcc-base-dir"
    r"|multiarch-dir|m(?:\d+|(?:big|little)-endian|size-long|(?:arch|cpu|abi|cmodel|tune|fpu|float-abi)=.*)"
    r"|f(?!w-)[a-z0-9]+(?:-[a-z0-9]+)*(?:=.*)?)"
)

#: Those of them whose value is a word of its own.
_TAKES = ("-D", "-U", "-I", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-gcc-base-dir", "-multiarch-dir")


HELP = Help(
    {0: "whatever is found: the build goes on", 2: "the options in CF are wrong"},
    notes=_HOW[0].upper() + _HOW[1:] + ". CF takes these options: CF='--scope small --max-seconds 20'.",
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    # No word begins an option here: a compiler's line is full of what argparse would take for one.
    command = commands.add_parser(
        "kbuild", help="the checker of a kernel build: make C=1 CHECK='irqlab kbuild'", prefix_chars="\0", add_help=False
    )
    command.add_argument("line", nargs="*")
    command.set_defaults(run=run, answer=answer)


def options() -> Parser:
    """What ``CF`` may say; what it may not is in there to be refused with the reason."""
    parser = Parser(
        prog="irqlab kbuild",
        usage="make C=1 CHECK='irqlab kbuild' [CF='OPTIONS'] TARGET",
        description="The checker of a kernel build: a warning for each promise that a driver of an interrupt controller breaks, "
        f"within {SECONDS:.0f} s if --max-seconds does not say otherwise.",
        epilog=HELP.epilog(),
        allow_abbrev=False,
        add_help=False,
    )
    parser.add_argument("--help", action="help", help="show this")
    check.subject(parser)
    check.bounds(parser)
    parser.add_argument("--scratch", default="", help=argparse.SUPPRESS)
    parser.set_defaults(max_seconds=SECONDS, target="")
    for action in parser._actions:
        if action.dest in _BUILDS:
            action.help = argparse.SUPPRESS
    return parser


def _read(words: Sequence[str]) -> tuple[argparse.Namespace, Line | None]:
    """The options in a line of kbuild's, and the line.

    :raises InputError: an option is none, or is not for a build.
    """
    from irqlab.tree.line import line

    found = line(words)
    parser = options()
    args, rest = parser.parse_known_args(_own(found.own if found is not None else words))
    if found is not None:
        _refuse(rest, [name for action in parser._actions for name in action.option_strings if action.help != argparse.SUPPRESS])
    if args.tree or args.driver_file or args.arch or args.core != MODEL:
        raise InputError("kbuild: CF: tree, driver, architecture and core are those of the build: leave these options away")
    check.scope_of(args)
    names.switches(args.with_, args.without)
    if args.kernel:
        names.release(args.kernel, args.with_, args.without)
    _board(args.board)
    return args, found


def _own(words: Sequence[str]) -> list[str]:
    """A line's words without kbuild's own ``--arch=``, which comes after ``CF``."""
    last = max((at for at, word in enumerate(words) if word.startswith("--arch=")), default=-1)
    return [word for at, word in enumerate(words) if at != last]


def _refuse(rest: Sequence[str], known: Sequence[str]) -> None:
    """Refuses what no option took, unless it is kbuild's or sparse's."""
    before = ""
    for word in rest:
        name = word.partition("=")[0]
        if not word.startswith("-") and before not in _TAKES:
            raise InputError(
                f"kbuild: CF: '{word}' belongs to no option: write --max-seconds 30, and in quotes within CF what has a space, "
                "--scope \"small sleep=on\" (see 'irqlab kbuild --help')"
            )
        if word.startswith("-") and (f"-{name}" in known or not _SPARSES.fullmatch(word)):
            meant = f": did you mean -{name}?" if f"-{name}" in known else ""
            raise InputError(f"kbuild: CF: there is no option {name}{meant} (see 'irqlab kbuild --help')")
        before = word


def _board(wanted: str) -> None:
    """Refuses a board that is nowhere; one may be of the tree."""
    names.board_name(wanted)
    top = os.environ.get("srctree")  # noqa: SIM112 (kbuild calls it so)
    path = wanted.partition("#")[0]
    if top and wanted and wanted not in boards() and not Path(path).exists() and not Path(top, path).exists():
        raise InputError(f"--board {wanted}: there is no such file, here or in the tree: give the path of a .dts, .dtb or .yaml")


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    words = args.words[1:]
    if not concern.concerns(words):
        return KEPT
    _, line = _read(words)
    if line is None:
        raise InputError(f"kbuild: this is no line of a compiler that ends with a .c: {_HOW}")
    sys.stderr.write(plain(_asked(words, line.source)))
    return KEPT


def _asked(words: Sequence[str], source: str) -> list[Said]:
    """What a child says of a source; whatever goes wrong is a note of it, for no build is to fail of that."""
    scratch = ""
    try:
        with tempfile.TemporaryDirectory(prefix="irqlab-kbuild-") as scratch:
            told, trouble = isolated.ask(("kbuild", "--scratch", scratch, *words), compiled.name(source))
            return [*told.lines, *([note(source, trouble)] if trouble else [])]
    except (IrqlabError, OSError) as error:
        said = one_line(error).replace(f"{scratch}/", "") if scratch else one_line(error)
        return [note(source, f"not decided: {said}")]


def answer(args: argparse.Namespace, link: Link, request: Request) -> Answer:
    """What there is to say of one driver; in the child."""
    own, line = _read(args.line)
    assert line is not None
    try:
        built = _built(line, Path(own.scratch))
        target = compiled.of_built(
            built, link.tell, target=line.source, tree=str(built.tree.path), make=_maker(line, Path(own.scratch))
        )
    except NoDeviceError:
        return Answer(KEPT)
    what, watchdog = check.for_target(own, target, link.tell), Watchdog(COMPILED_PATIENCE)
    with link.watching(watchdog):
        checked = check.explored(what, own, watchdog, link, request)
    lines = [*warnings(checked, line.source)]
    if checked.broken and (built.tree.path / built.source).is_file() and not built.source.startswith("/"):
        lines.append(_more(built, line.source))
    return Answer.of(KEPT, lines)


def _built(line: Line, place: Path) -> Built:
    """The driver's object, and the tree the build is of."""
    from irqlab.tree import open_tree, tree_of

    top = os.environ.get("srctree", "")  # noqa: SIM112 (kbuild calls it so)
    tree = open_tree(line.directory / top) if top else tree_of(line.source)
    name = line.source
    with contextlib.suppress(TreeError):  # of a module that lies elsewhere
        name = tree.source(line.directory / line.source)
    return line.build(tree, name, concern.ARCHES[os.environ.get("SRCARCH", ARM64)], place)


def _maker(line: Line, place: Path) -> Make:
    """Compiles what a driver is linked with as the driver itself."""

    def make(tree: Tree, source: str, arch: str, tell: compiled.Tell) -> Built:
        tell(f"compiling {source}")
        return line.build(tree, source, arch, place)

    return make


def _more(built: Built, file: str) -> Said:
    """How the traces are seen."""
    arch = "" if built.arch == ARM64 else f" --arch {built.arch}"
    return note(file, f"the traces: irqlab check {built.source} --tree {built.tree.path}{arch}")
