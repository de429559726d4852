"""``irqlab survey``: how far every driver of a directory of a kernel tree gets.

Each driver is looked at in a process of its own, which may crash, hang or be killed without the others losing anything;
what it said is kept in the cache until the driver, its tree or irqlab change.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import irqlab
from irqlab.board import load
from irqlab.board import names as board_names
from irqlab.cli import boards, compiled, versions
from irqlab.cli.help import Help
from irqlab.cli.output import save, writable, write
from irqlab.cli.tree import telling
from irqlab.errors import InputError, TreeError
from irqlab.explore.origin import CORES, LINUX, MODEL
from irqlab.kernel.device import Driver
from irqlab.kernel.kernel import Config
from irqlab.kernel.release import RELEASES
from irqlab.report.survey import markdown, table
from irqlab.verdict.survey import Candidate, Row, look

if TYPE_CHECKING:
    from argparse import _SubParsersAction

    from irqlab.tree import Built, Tree

#: Seconds one driver may take.
PATIENCE = 300

#: What another try may settle, and so is not kept.
UNSETTLED = ("has not ended", "the emulator crashed", "ended with status")

#: Device trees that are tried for one driver.
MOST_BOARDS = 3

HELP = Help(
    {
        0: "every driver was exercised",
        2: "the input or the command is wrong: one line says what, where, and what to do",
        3: "some driver was not: the table says how far it gets and what it lacks",
    },
    ("irqlab survey --tree ~/linux drivers/irqchip", "irqlab survey --tree ~/linux --only drivers/irqchip/irq-imx-intmux.c"),
)


def add(commands: _SubParsersAction[Any]) -> None:
    """Adds the sub-command."""
    command = commands.add_parser(
        "survey",
        help="how far every driver of a kernel tree gets: builds, links, probes, is exercised; what the others lack",
        description=(
            "Builds every driver of a directory of a kernel tree, runs it on a board made of its binding's example or of a "
            "device tree that uses it, and says how far it gets and what it lacks."
        ),
        epilog=HELP.epilog(),
        allow_abbrev=False,
    )
    option = command.add_argument
    option(
        "directory", metavar="DIRECTORY", nargs="?", default="drivers/irqchip", help="of the tree; drivers/irqchip if not given"
    )
    option("--tree", metavar="PATH", required=True, help="the top of a kernel tree ('irqlab tree get')")
    option(
        "--arch",
        choices=("arm64", "arm", "riscv64"),
        default="arm64",
        help="what the drivers are compiled for; arm64 if not given",
    )
    option("--core", choices=CORES, default=MODEL, help="whose interrupt core and runtime PM the drivers run on")
    option("--only", metavar="SOURCE", action="append", default=[], help="this driver only; may be given several times")
    option("--jobs", "-j", metavar="N", type=int, default=os.cpu_count() or 1, help="how many drivers at the same time")
    option("--again", action="store_true", help="look at every driver again, whatever is known")
    option("--json", metavar="FILE", nargs="?", const="-", help="write the result as JSON; without FILE instead of the table")
    option("--markdown", metavar="FILE", help="write the result as Markdown")
    option("--one", metavar="SOURCE", default="", help=argparse.SUPPRESS)
    command.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Runs the sub-command."""
    from irqlab.tree import drivers, open_tree

    if args.core == LINUX and args.arch != compiled.CORE_ARCH:
        raise InputError(f"--core linux: runs on {compiled.CORE_ARCH} only: leave --arch {args.arch} away")
    tree = open_tree(args.tree)
    if args.one:
        write(json.dumps(_look(tree, args.one, args.arch, args.core).plain()))
        return 0
    for file in (args.json, args.markdown):
        if file and file != "-":
            writable(file)
    if args.jobs < 1:
        raise InputError(f"--jobs {args.jobs}: give 1 or more")
    sources = [tree.source(name) for name in args.only] or drivers(tree, args.directory)
    if not sources:
        raise InputError(f"{tree.path / args.directory}: has no driver that a Makefile there builds")
    with telling() as progress:
        rows = _survey(tree, sources, args, progress)
    text = json.dumps(
        {"tree": tree.version, "arch": args.arch, "drivers": [row.plain() for row in rows]}, indent=1, sort_keys=False
    )
    if args.markdown:
        save(args.markdown, markdown(rows, tree.version, args.arch))
    if args.json == "-":
        write(text + "\n")
    else:
        if args.json:
            save(args.json, text + "\n")
        write(table(rows, tree.version, args.arch))
    return 0 if all(row.has("exercised") for row in rows) else 3


def _survey(tree: Tree, sources: list[str], args: argparse.Namespace, tell: Callable[[str], None]) -> list[Row]:
    from irqlab.tree import build_many

    built = build_many(tree, sources, args.arch, args.jobs, tell)
    rows: dict[str, Row] = {}
    waiting: list[tuple[str, Path]] = []
    for source in sources:
        what = built[source]
        if isinstance(what, TreeError):
            rows[source] = Row(source, "", "", _shortly(what))
            continue
        kept = _kept(tree, what, args.arch, args.core)
        known = None if args.again else _known(kept)
        if known is not None:
            rows[source] = known
        else:
            waiting.append((source, kept))
    tell(f"{len(rows)} of {len(sources)} drivers are known")
    with ThreadPoolExecutor(args.jobs) as pool:
        running = {pool.submit(_child, tree, source, args.arch, args.core): (source, kept) for source, kept in waiting}
        try:
            for future in as_completed(running):
                source, kept = running[future]
                row = rows[source] = future.result()
                if not row.lacks.startswith(UNSETTLED):
                    _keep(kept, row)
                tell(f"{len(rows)} of {len(sources)} drivers: {Path(source).stem}: {row.reached or 'does not build'}")
        except KeyboardInterrupt:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [rows[source] for source in sources if source in rows]


def _shortly(error: TreeError) -> str:
    """Why a driver does not build, without where this machine keeps the log."""
    told = str(error).partition(" (the whole log")[0]
    return told.partition(": ")[2] or told


def _child(tree: Tree, source: str, arch: str, core: str) -> Row:
    """One driver in a process of its own."""
    words = ("survey", "--tree", str(tree.path), "--arch", arch, "--core", core, "--one", source)
    command = [sys.executable, "-m", "irqlab", *words]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        return Row(source, "builds", "", f"has not ended in {PATIENCE} s")
    if done.returncode < 0:
        return Row(source, "builds", "", f"the emulator crashed (signal {-done.returncode})")
    try:
        return Row.of(json.loads(done.stdout.strip().splitlines()[-1]))
    except (ValueError, KeyError, IndexError, TypeError):
        told = done.stderr.strip().splitlines()
        return Row(source, "builds", "", told[-1][:200] if told else f"ended with status {done.returncode} and said nothing")


def _look(tree: Tree, source: str, arch: str, core: str) -> Row:
    """The row of one driver; in the child."""
    try:
        target = compiled.load(str(tree.path / source), str(tree.path), arch, _silent, core)
    except InputError as error:
        return Row(source, "builds", "", str(error).partition(": ")[2] or str(error))
    config = Config(arch=arch, pm=target.pm is not False)
    release = RELEASES[versions.modelled(target.origin.version)[0]]
    return look(source, target.driver, release, config, _candidates(target.driver, tree, arch))


def _candidates(driver: Driver, tree: Tree, arch: str) -> Iterator[Candidate]:
    """Boards for a driver: irqlab's own, examples of its bindings, device trees of this tree."""
    from irqlab import tree as trees

    for name in board_names():
        board = load(name)
        if any(set(part.node.compatible) & set(driver.compatible) for part in board.parts if part.kind != "gic"):
            yield Candidate(name, partial(load, name))
    for example in trees.examples(tree, driver.compatible, arch).found:
        yield Candidate(f"{example.binding}#{example.number}", partial(boards.example_board, example, driver))
    for name in (arch, *(other for other in trees.ARCHES if other != arch)):
        if (tree.path / "arch" / trees.ARCHES[name].directory / "boot" / "dts").is_dir():
            for path in trees.boards(tree, driver.compatible, name)[:MOST_BOARDS]:
                made = partial(boards.tree_board, path, tree, name, driver)
                yield Candidate(str(path.relative_to(tree.path)), made)


def _silent(what: str) -> None:
    """A child tells nothing on the way."""


# -- what is known ---------------------------------------------------------------------------------------------------


def _kept(tree: Tree, built: Built, arch: str, core: str) -> Path:
    """Where the row of a driver is kept: under what it is made of."""
    from irqlab.core.build import beneath_driver
    from irqlab.tree.cache import root

    digest = hashlib.sha256()
    objects = [built.object, *(path for _, path in (beneath_driver(tree, arch) if core == LINUX else ()))]
    for part in (_ourselves(), arch, core, built.source, str(tree.path), *map(compiled.digest, objects)):
        digest.update(part.encode() + b"\0")
    return root() / "survey" / f"{Path(built.source).stem}-{digest.hexdigest()[:16]}.json"


def _ourselves() -> str:
    """The digest of irqlab's own code."""
    digest = hashlib.sha256()
    for path in sorted(Path(irqlab.__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _known(path: Path) -> Row | None:
    try:
        return Row.of(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return None


def _keep(path: Path, row: Row) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    draft.write_text(json.dumps(row.plain()), encoding="utf-8")
    draft.replace(path)
