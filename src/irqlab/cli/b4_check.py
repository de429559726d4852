"""``irqlab b4-check``: a check of ``b4 review``: one mail on standard input, a JSON array of results on standard output.

b4 runs it at the top of the repository, whatever is checked out there, and applies nothing.  The sources that the patch
touches are compiled as they are before it and after it, laid over the tree in irqlab's
cache, and both are explored.

Tests: ``tests/cli/test_b4_check.py``, ``tests/real/test_b4_check.py``.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from irqlab.cli import check, compiled, isolated
from irqlab.cli.answer import Answer
from irqlab.cli.child import Request
from irqlab.cli.guard import COMPILED_PATIENCE, Watchdog
from irqlab.cli.help import Help
from irqlab.cli.link import Link
from irqlab.cli.names import board_name
from irqlab.cli.options import seconds
from irqlab.cli.output import write
from irqlab.cli.parser import Parser
from irqlab.cli.patches import Patch
from irqlab.cli.progress import Progress
from irqlab.cli.settings import one_of, reading, settings
from irqlab.cli.several import Explorer
from irqlab.cli.status import KEPT
from irqlab.cli.touched import core_of, sort
from irqlab.errors import InputError, IrqlabError, TreeError
from irqlab.explore.check import Setup
from irqlab.explore.origin import CORES, LINUX, MODEL
from irqlab.report.mail import Result, added, compared, entries, refused
from irqlab.verdict.compare import compare

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from irqlab.tree import Tree

#: Every setting ``git config irqlab.NAME``, and what it is if it is not set.
SETTINGS = {
    "scope": "small",
    "seconds": "60",
    "core": MODEL,
    "arch": "arm64",
    "board": "",
    "driver": "drivers/irqchip/irq-imx-irqsteer.c",
}

#: The name of the answer's text.
_JSON = "json"


HELP = Help(
    {0: "whatever is found: it is in the array", 2: "the command is wrong: one line says what"},
    ("irqlab b4-check --mail fix.patch",),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "b4-check",
        help="a check of 'b4 review': one patch on standard input, results as JSON",
        description="Judges one patch, a mail on standard input, for 'b4 review': git config b4.review-perpatch-check-cmd "
        f"'irqlab b4-check'. Settings: git config irqlab.NAME, NAME one of {', '.join(SETTINGS)} (docs/b4.md).",
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    command.add_argument("--mail", metavar="FILE", default="", help="the mail; standard input if not given")
    command.set_defaults(run=run, answer=answer)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    if args.mail:
        mail = _contents(args.mail)
    elif sys.stdin.isatty():
        raise InputError("b4-check: reads a mail from standard input, and that is a terminal: give it one, or --mail FILE")
    else:
        mail = sys.stdin.buffer.read()
    write(_results(mail))
    return KEPT


def _contents(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({error.strerror}): give the path of a mail") from None


def _results(mail: bytes) -> str:
    """The array; whatever goes wrong is a result too."""
    try:
        with tempfile.TemporaryDirectory(prefix="irqlab-b4-") as scratch:
            work = _work(mail)
            if work is None:
                return _text([])
            file = Path(scratch) / "mail"
            file.write_bytes(mail)
            told, _ = isolated.ask(("b4-check", "--mail", str(file)), "the patch")
            return told.texts[_JSON]
    except (IrqlabError, OSError) as error:
        return _text([refused("", str(error))])


def _text(results: list[Result], left_out: Sequence[tuple[str, str]] = ()) -> str:
    return json.dumps(entries(results, left_out), indent=1, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class _Work:
    """What there is to do for one patch.

    :ivar before: the tree before it, and ``after`` it.
    :ivar said: the settings.
    :ivar drivers: the drivers it touches, by what they are called before it (empty for one that it brings); ``core`` are the
        sources and headers of the interrupt core and of runtime PM.
    :ivar left_out: files that are not judged, and why.
    """

    before: Tree
    after: Tree
    said: Mapping[str, str]
    drivers: Mapping[str, str]
    core: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def _work(mail: bytes) -> _Work | None:
    """What a patch asks for in the tree at hand; None where there is nothing to judge, or that is no kernel's.

    :raises InputError: it does not apply there, or a setting is wrong.
    """
    from irqlab.tree import lay, open_tree, patched

    try:
        tree = open_tree(Path.cwd())
        known = core_of(tree)
    except TreeError:
        return None
    patch = Patch("the patch", "", patched(tree, mail).files)
    if not patch.files:
        return None
    core = tuple(path for path, (_, text) in patch.files.items() if text is not None and known(path))
    said = settings(tree.path, SETTINGS) if core else {}
    if core:
        with reading("driver"):
            tree.source(said["driver"])
    try:
        touched = sort(tree, patch, [said["driver"]] if core else [], "")
    except InputError:
        return None
    return _Work(
        lay(tree, patch.before()),
        lay(tree, patch.after()),
        said or settings(tree.path, SETTINGS),
        {name: patch.origin(name) for name in touched.drivers if name in patch.files},
        core,
        touched.left_out,
    )


def answer(args: argparse.Namespace, link: Link, request: Request) -> Answer:
    """The results; in the child."""
    work = _work(_contents(args.mail))
    assert work is not None
    jobs = [(name, work.said["core"]) for name in work.drivers]
    jobs += [(work.said["driver"], LINUX)] * bool(work.core)
    watchdog = Watchdog(COMPILED_PATIENCE)
    wanted = [(name, core, _options(work.said, core, 2 * len(jobs))) for name, core in jobs]
    results = [_judged(work, name, core, options, link, watchdog, request) for name, core, options in wanted]
    return Answer(KEPT, texts={_JSON: _text(results, work.left_out)})


def _options(said: Mapping[str, str], core: str, explorations: int) -> argparse.Namespace:
    """The settings as ``check`` takes them; the time there is, is for all explorations together.

    :raises InputError: one has a value that it cannot have.
    """
    options = Parser(prog="irqlab b4-check", add_help=False, allow_abbrev=False)
    check.subject(options)
    check.bounds(options)
    args = options.parse_args([])
    args.scope, args.board, args.core = said["scope"], said["board"], core
    with reading("scope"):
        check.scope_of(args)
    with reading("board"):
        board_name(args.board)
    with reading("seconds"):
        args.max_seconds = seconds(said["seconds"]) / explorations
    with reading("arch"):
        args.arch = one_of(said["arch"], check.COMPILED)
    with reading("core"):
        one_of(said["core"], CORES)
    return args


def _judged(
    work: _Work, name: str, core: str, args: argparse.Namespace, link: Link, watchdog: Watchdog, request: Request
) -> Result:
    """What is said of one source, or of the core under one driver."""
    shown = f"{', '.join(work.core)} under {Path(name).name}" if name not in work.drivers else name
    try:
        was = work.drivers.get(name, name)
        sides = [(work.before, was), (work.after, name)] if was else [(work.after, name)]
        setups = [_setup(tree, called, core, args, link.tell) for tree, called in sides]
        with link.watching(watchdog), Progress(link) as progress:
            checked = Explorer(args, watchdog, progress, request)(setups, None)
    except IrqlabError as error:
        return refused(shown, str(error))
    if len(checked) < len(setups):
        raise KeyboardInterrupt
    return compared(shown, compare(*checked)) if len(checked) > 1 else added(shown, checked[0])


def _setup(tree: Tree, name: str, core: str, args: argparse.Namespace, tell: Callable[[str], None]) -> Setup:
    """What is to be checked on one side of the patch."""
    from irqlab.tree import build

    built = build(tree, name, args.arch, tell)
    return check.for_target(args, compiled.of_built(built, tell, core, target=name, tree=str(tree.path)), tell)
